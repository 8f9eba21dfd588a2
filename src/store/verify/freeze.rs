//! The numbers of a sign-off, worked out from the events up to one of them.
//!
//! Stages, verdicts and breaks come from the replay. Settlements and matches never
//! change but by runs, so that those of the runs until then are found in the
//! tables; what a record cost then is what it costs now, with every later
//! correction taken back.

use super::Walk;
use super::rows::key;
use crate::domain::{
    BreakPhase, Counted, Digest, Digester, Frozen, FrozenBreak, Money, Resolution, Stage, Verdict,
};
use crate::store::{Books, Finding, StoreError};
use crate::text::Label as _;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

const TOTALS: &str = "SELECT total_fen FROM record ORDER BY id LIMIT ?1";
const LATER: &str = "
    SELECT record, detail FROM event
    WHERE seq > ?1 AND ((kind = 'amended' AND record IS NOT NULL) OR kind = 'merged') ORDER BY seq";
/// Settlements that a run up to then gave which was not undone by then; such a run is not undone after a sign-off.
const SETTLEMENTS: &str = "
    SELECT s.id, s.total_fen, s.content FROM settlement s
    WHERE EXISTS (SELECT 1 FROM run r WHERE r.id = s.run AND r.id <= ?1 AND r.undone_at IS NULL)
        OR EXISTS (SELECT 1 FROM settlement_again a JOIN run r ON r.id = a.run
                   WHERE a.settlement = s.id AND r.id <= ?1 AND r.undone_at IS NULL)
    ORDER BY s.id";
const MATCHES: &str = "
    SELECT id, record, settlement, by FROM match WHERE run <= ?1 AND (undone_run IS NULL OR undone_run > ?1) ORDER BY id";
const REFUNDS: &str = "SELECT record, amount_fen FROM refund ORDER BY record";
const CLEARED: &str = "SELECT record FROM clearing ORDER BY record";
/// What stands on the accounts that breaks are of.
const ACCOUNTS: &str = "
    SELECT DISTINCT a.id, a.balance_fen FROM break b JOIN account a ON a.id = b.account ORDER BY a.id";
const OUTCOME: &str = "SELECT outcome FROM run WHERE id = ?1";

/// Sums by the values of a closed list, in its order.
fn listed<T: Copy + Ord + std::hash::Hash>(sums: FxHashMap<T, Counted>) -> Vec<(T, Counted)> {
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(value, _)| *value);
    sums
}

impl Books<'_> {
    /// The numbers of a sign-off after event `seq`; `None` where no run stood then.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the events do not agree with each other.
    pub fn freeze(&self, seq: i64) -> Result<Option<Frozen>, StoreError> {
        let walk = self.replay(Some(seq))?;
        let Some(run) = walk.register.last_run() else { return Ok(None) };
        let totals = self.totals_at(seq, walk.stages.len())?;
        let total = |record: i64| {
            let at = usize::try_from(record).ok().and_then(|id| id.checked_sub(1));
            at.and_then(|at| totals.get(at)).copied().unwrap_or_default()
        };
        let mut digester = Digester::default();
        let (mut verdicts, mut stages) = (FxHashMap::default(), FxHashMap::default());
        for (id, claim) in walk.stages.all() {
            verdicts.entry(claim.verdict).or_insert_with(Counted::default).add(total(id));
            stages.entry(claim.stage).or_insert_with(Counted::default).add(total(id));
            digester.part(&id.to_be_bytes());
            digester.part(claim.frame.bytes());
            digester.part(claim.stage.id().as_bytes());
            digester.part(claim.verdict.map_or("", |verdict| verdict.id()).as_bytes());
        }
        let amounts = self.settlements_at(run, &mut digester)?;
        let mut frozen = Frozen {
            run,
            seq,
            outcome: self.outcome_of(run)?,
            verdicts: listed::<Option<Verdict>>(verdicts),
            stages: listed::<Stage>(stages),
            settlements: Counted::default(),
            matched: Counted::default(),
            matched_platform: Money::ZERO,
            refunds: Counted::default(),
            cleared: 0,
            breaks: Vec::new(),
            waived: Vec::new(),
            open: Vec::new(),
            digest: Digest::NONE,
        };
        for amount in amounts.values() {
            frozen.settlements.add(*amount);
        }
        self.matches_at(run, &mut frozen, &mut digester, &total, &amounts)?;
        self.paid_at(&walk, &mut frozen, &mut digester)?;
        let balances = self.balances_at_odds()?;
        breaks_at(&walk, &mut frozen, &mut digester, &total, [&amounts, &balances]);
        frozen.digest = digester.finish();
        Ok(Some(frozen))
    }

    fn balances_at_odds(&self) -> Result<FxHashMap<i64, Money>, StoreError> {
        let mut statement = self.conn.prepare_cached(ACCOUNTS)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, Money::from_fen(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn outcome_of(&self, run: i64) -> Result<Value, StoreError> {
        let text: String = self.conn.prepare_cached(OUTCOME)?.query_row([run], |row| row.get(0))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// What the first `count` records cost after event `seq`.
    fn totals_at(&self, seq: i64, count: usize) -> Result<Vec<Money>, StoreError> {
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        let mut statement = self.conn.prepare_cached(TOTALS)?;
        let rows = statement.query_map([limit], |row| Ok(Money::from_fen(row.get(0)?)))?;
        let mut totals: Vec<Money> = rows.collect::<Result<_, _>>()?;
        let mut corrected = FxHashSet::default();
        let mut statement = self.conn.prepare_cached(LATER)?;
        let mut rows = statement.query([seq])?;
        while let Some(row) = rows.next()? {
            let (record, detail): (Option<i64>, String) = (row.get(0)?, row.get(1)?);
            let detail: Value = serde_json::from_str(&detail)?;
            // One correction, or those that a bundle brought.
            let own = record.zip(detail["changes"]["total_fen"][0].as_i64());
            let brought = detail["totals"].as_array().into_iter().flatten();
            let brought = brought.filter_map(|one| one[0].as_i64().zip(one[1].as_i64()));
            for (record, fen) in own.into_iter().chain(brought) {
                let at = usize::try_from(record).ok().and_then(|id| id.checked_sub(1));
                // The first correction after the event says what stood before it.
                if let Some(total) = at.and_then(|at| totals.get_mut(at)).filter(|_| corrected.insert(record))
                {
                    *total = Money::from_fen(fen);
                }
            }
        }
        Ok(totals)
    }

    fn settlements_at(&self, run: i64, digester: &mut Digester) -> Result<FxHashMap<i64, Money>, StoreError> {
        let mut amounts = FxHashMap::default();
        let mut statement = self.conn.prepare_cached(SETTLEMENTS)?;
        let mut rows = statement.query([run])?;
        while let Some(row) = rows.next()? {
            let (id, content): (i64, [u8; 32]) = (row.get(0)?, row.get(2)?);
            amounts.insert(id, Money::from_fen(row.get(1)?));
            digester.part(&id.to_be_bytes());
            digester.part(&content);
        }
        Ok(amounts)
    }

    fn matches_at(
        &self,
        run: i64,
        frozen: &mut Frozen,
        digester: &mut Digester,
        total: &impl Fn(i64) -> Money,
        amounts: &FxHashMap<i64, Money>,
    ) -> Result<(), StoreError> {
        let (mut records, mut settlements) = (FxHashSet::default(), FxHashSet::default());
        let mut statement = self.conn.prepare_cached(MATCHES)?;
        let mut rows = statement.query([run])?;
        while let Some(row) = rows.next()? {
            let (id, record, settlement): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            // One settlement may cover several records, and a record several settlements: each is counted once.
            frozen.matched.count += 1;
            if records.insert(record) {
                frozen.matched.total += total(record);
            }
            if settlements.insert(settlement) {
                frozen.matched_platform += amounts.get(&settlement).copied().unwrap_or_default();
            }
            for part in [id, record, settlement] {
                digester.part(&part.to_be_bytes());
            }
            digester.part(row.get::<_, String>(3)?.as_bytes());
        }
        Ok(())
    }

    /// Refunds and clearings that an event up to then told of.
    fn paid_at(
        &self,
        walk: &Walk<'_>,
        frozen: &mut Frozen,
        digester: &mut Digester,
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(REFUNDS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (record, fen): (i64, i64) = (row.get(0)?, row.get(1)?);
            if let Some(told) = walk.told.get(&key("refund", &record.to_string())) {
                frozen.refunds.add(Money::from_fen(fen));
                digester.part(told.digest.bytes());
            }
        }
        let mut statement = self.conn.prepare_cached(CLEARED)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(told) = walk.told.get(&key("clearing", &row.get::<_, i64>(0)?.to_string())) {
                frozen.cleared += 1;
                digester.part(told.digest.bytes());
            }
        }
        Ok(())
    }
}

fn breaks_at(
    walk: &Walk<'_>,
    frozen: &mut Frozen,
    digester: &mut Digester,
    total: &impl Fn(i64) -> Money,
    [amounts, balances]: [&FxHashMap<i64, Money>; 2],
) {
    let mut phases: FxHashMap<BreakPhase, Counted> = FxHashMap::default();
    for (told, id) in walk.register.breaks.iter().zip(1_i64..) {
        digester.part(told.digest(id).bytes());
        digester.part(told.resolution().as_ref().map_or(&[][..], |digest| &digest.bytes()[..]));
        let Finding { reason, record, settlement, difference, account } = told.finding;
        let of = |amounts: &FxHashMap<i64, Money>, id: &i64| amounts.get(id).copied().unwrap_or_default();
        let whole = || match (record, settlement, account) {
            (Some(record), ..) => total(record),
            (None, Some(settlement), _) => of(amounts, &settlement),
            (None, None, Some(account)) => of(balances, &account),
            (None, None, None) => Money::ZERO,
        };
        let stake = if difference.is_zero() { whole().abs() } else { difference.abs() };
        let phase = told.phase();
        phases.entry(phase).or_default().add(stake);
        let listed = FrozenBreak { id, reason, difference, stake };
        if phase.is_outstanding() {
            frozen.open.push(listed);
        } else if told.how == Some(Resolution::Waived) {
            frozen.waived.push(listed);
        }
    }
    frozen.breaks = phases.into_iter().collect();
    frozen.breaks.sort_by_key(|(phase, _)| *phase);
}
