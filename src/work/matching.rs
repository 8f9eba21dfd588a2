//! Both sides as the matching engine sees them, and what its answer changes in the ledger.
//!
//! Nothing is matched here: this reads keys in, runs the engine until nothing it
//! was told of earlier runs contradicts it any more, and writes matches, moves
//! and suggestions down. What does not agree becomes findings in `findings.rs`.

use crate::domain::{Key, Money, Part, Stage, Step, Time, Verdict};
use crate::reconcile::{
    self as engine, Claim, Ground, Joined, Likeness, Options, Outcome, Row, Traits, near_pairs,
};
use crate::store::{Books, ClaimRow, IssuedKeys, Mode, NewMatch, Pair, Said, Suggestion, Writer};
use crate::text::Label;
use crate::work::platform::Platform;
use crate::work::{Law, Levels, Reconciled, WorkError, rounds};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// So many of the settlements that a match beat are kept with it.
const BEATEN_KEPT: usize = 5;
/// So many suggestions of one record are kept.
const SUGGESTED_KEPT: usize = 12;

/// How a record stood before the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stood {
    pub(super) stage: Stage,
    pub(super) verdict: Option<Verdict>,
    /// A match of an earlier run stands for it.
    pub(super) settled: bool,
}

/// Both sides as the engine sees them, and what they stand for.
pub(super) struct Desk {
    pub(super) claims: Vec<Claim>,
    pub(super) stood: Vec<Stood>,
    pub(super) rows: Vec<Row>,
    pub(super) platform: Platform,
    options: Options,
}

/// The tolerance of the last run; it is a run that sets it.
pub(super) fn last_tolerance(books: &Books<'_>) -> Result<Money, WorkError> {
    let last = books.last_run()?;
    let fen = last.and_then(|run| run.outcome["tolerance_fen"].as_i64());
    Ok(Money::from_fen(fen.unwrap_or_default()))
}

impl Desk {
    pub(super) fn read(books: &Books<'_>, law: &Law, tolerance: Money) -> Result<Desk, WorkError> {
        let mut issued: FxHashMap<i64, IssuedKeys> = FxHashMap::default();
        books.each_issued(|record, keys| {
            issued.insert(record, keys);
        })?;
        let mut kept = Vec::new();
        books.each_shared(|record, setl| kept.push((record, setl)))?;
        let in_groups: FxHashSet<i64> = kept.iter().map(|&(record, _)| record).collect();
        let (mut claims, mut stood) = (Vec::new(), Vec::new());
        books.each_claim(|row| {
            let settled = row.confirmed.is_some() || in_groups.contains(&row.id);
            stood.push(Stood { stage: row.stage, verdict: row.verdict, settled });
            claims.push(as_claim(&row, issued.get(&row.id).copied().unwrap_or_default()));
        })?;
        let mut platform = Platform::of(books.facilities()?.into_iter().map(|(code, _)| code).collect());
        books.each_standing_settlement(|row| platform.take(row.into()))?;
        platform.finish(&claims);
        let rows = std::mem::take(&mut platform.rows);
        let options = Options { tolerance, kept, opened: law.first_stop(), ..Options::default() };
        let mut desk = Desk { claims, stood, rows, platform, options };
        desk.heed(&books.pairs_by_hand()?);
        Ok(desk)
    }

    /// What people said of pairs stands above what earlier runs confirmed. A settlement on whose ground a refund was
    /// paid, or a record closed, stays the ground of that.
    fn heed(&mut self, pairs: &[Pair]) {
        if pairs.is_empty() {
            return;
        }
        let places: FxHashMap<i64, usize> =
            self.claims.iter().enumerate().map(|(at, claim)| (claim.id, at)).collect();
        for pair in pairs {
            let (Some(&at), Some(setl)) = (places.get(&pair.record), pair.setl) else { continue };
            if matches!(self.stood[at].stage, Stage::Refunded | Stage::Cleared) {
                continue;
            }
            match pair.said {
                Said::Match => self.options.pinned.push((pair.record, setl)),
                Said::Apart => self.options.forbidden.push((pair.record, setl)),
            }
        }
        let Options { pinned, forbidden, kept, .. } = &mut self.options;
        let said: FxHashSet<(i64, Key)> = pinned.iter().copied().collect();
        let apart: FxHashSet<(i64, Key)> = forbidden.iter().copied().collect();
        let by_hand: FxHashSet<i64> = pinned.iter().map(|&(record, _)| record).collect();
        // One part of a group that does not hold dissolves it.
        let fails =
            |pair: &(i64, Key)| apart.contains(pair) || (by_hand.contains(&pair.0) && !said.contains(pair));
        let left: FxHashSet<i64> =
            kept.iter().filter(|pair| fails(pair)).map(|&(record, _)| record).collect();
        kept.retain(|(record, _)| !left.contains(record));
        for pair in pairs {
            let Some(claim) = places.get(&pair.record).map(|&at| &mut self.claims[at]) else { continue };
            claim.confirmed = claim.confirmed.filter(|&setl| !fails(&(claim.id, setl)));
        }
    }

    /// The engine's answer, once nothing that earlier runs confirmed contradicts it, no settlement lies behind its
    /// deadline unnoticed, and what is left and nearly alike is suggested.
    pub(super) fn match_all(
        &mut self,
        books: &Books<'_>,
        law: &Law,
        now: Time,
    ) -> Result<Outcome, WorkError> {
        let mut outcome = self.match_surely(books, law, now)?;
        let near = self.near(books, &outcome)?;
        engine::suggest(&self.claims, &self.rows, &mut outcome, &near);
        Ok(outcome)
    }

    /// The same, with what the last run found nearly alike and is still left on both sides: no identity is opened.
    pub(super) fn match_as_told(
        &mut self,
        books: &Books<'_>,
        law: &Law,
        now: Time,
    ) -> Result<Outcome, WorkError> {
        let mut outcome = self.match_surely(books, law, now)?;
        let told: FxHashMap<(i64, i64), Likeness> = (books.suggestions()?.into_iter())
            .filter_map(|one| Some(((one.record, one.settlement), one.likeness.parse().ok()?)))
            .collect();
        let near: Vec<(u32, u32, Likeness)> = near_pairs(&self.claims, &self.rows, &outcome)
            .into_iter()
            .filter_map(|(claim, row)| {
                let pair = (self.claims[claim as usize].id, self.rows[row as usize].id);
                told.get(&pair).map(|&likeness| (claim, row, likeness))
            })
            .collect();
        engine::suggest(&self.claims, &self.rows, &mut outcome, &near);
        Ok(outcome)
    }

    fn match_surely(&mut self, books: &Books<'_>, law: &Law, now: Time) -> Result<Outcome, WorkError> {
        let mut asked = FxHashSet::default();
        let mut outcome = engine::reconcile(&self.claims, &self.rows, &self.options);
        let record = |id| Ok::<_, WorkError>(books.record_without_lines(id)?.record);
        while self.let_go(&outcome)
            || rounds::learn_deadlines(
                &mut self.claims,
                &self.rows,
                (law, now),
                &outcome,
                &mut asked,
                record,
            )?
        {
            outcome = engine::reconcile(&self.claims, &self.rows, &self.options);
        }
        Ok(outcome)
    }

    /// The claims whose group an earlier run confirmed, and nothing contradicts.
    fn in_groups(&self) -> FxHashSet<i64> {
        self.options.kept.iter().map(|&(record, _)| record).collect()
    }

    /// Lets go of the settlements that no longer hold, as if no earlier run had confirmed them; whether there were any.
    /// Else the statement that came first would decide which of two settlements a refund is reckoned from. Where the
    /// refund is paid or the record closed, the settlement stays as the ground of that.
    fn let_go(&mut self, outcome: &Outcome) -> bool {
        let mut any = false;
        let in_groups = self.in_groups();
        let mut left: FxHashSet<i64> = FxHashSet::default();
        for (at, found) in outcome.claims.iter().enumerate() {
            let claim = &mut self.claims[at];
            if matches!(self.stood[at].stage, Stage::Refunded | Stage::Cleared) {
                continue;
            }
            let contradicted =
                matches!(found.verdict, Verdict::Ambiguous | Verdict::AmountDiffers | Verdict::Duplicate);
            let other = found.verdict == Verdict::Matched
                && found.row.is_none_or(|row| Some(self.rows[row as usize].setl) != claim.confirmed);
            if claim.confirmed.is_some() && (contradicted || other) {
                claim.confirmed = None;
                any = true;
            }
            if contradicted && in_groups.contains(&claim.id) {
                left.insert(claim.id);
            }
        }
        self.options.kept.retain(|(record, _)| !left.contains(record));
        any || !left.is_empty()
    }

    /// Pairs that are left over on both sides and nearly alike. Only for these few are identities opened.
    fn near(&self, books: &Books<'_>, outcome: &Outcome) -> Result<Vec<(u32, u32, Likeness)>, WorkError> {
        let (ours, theirs) = (|id| traits_of_record(books, id), |id| traits_of_settlement(books, id));
        rounds::near(&self.claims, &self.rows, outcome, ours, theirs)
    }

    pub(super) fn summary(&self, outcome: &Outcome) -> Reconciled {
        let mut records: Vec<_> = Verdict::ALL.iter().map(|&verdict| (verdict, 0, Money::ZERO)).collect();
        for (claim, found) in self.claims.iter().zip(&outcome.claims) {
            let entry = &mut records[found.verdict as usize];
            entry.1 += 1;
            entry.2 += claim.total;
        }
        records.retain(|(_, count, _)| *count > 0);
        let mut extra = (0, Money::ZERO);
        for (row, found) in self.rows.iter().zip(&outcome.rows) {
            if found.verdict == Verdict::Extra && found.repeat_of.is_none() {
                extra = (extra.0 + 1, extra.1 + row.signed());
            }
        }
        Reconciled {
            run: None,
            rows: 0,
            new_rows: 0,
            settled: 0,
            unsettled: 0,
            records,
            unread: self.platform.unread(),
            extra,
            bridge: outcome.bridge.with_unread(self.platform.unread().1),
            levels: Levels::default(),
            new_breaks: 0,
            still_open: 0,
            gone: 0,
            tolerance: self.options.tolerance,
        }
    }

    /// Settles what newly matches, takes back what no longer does, notes every verdict that changed.
    ///
    /// What is only tried is counted and not written where nothing that is asked before it is taken back could tell:
    /// refunds are asked of records that are paid back, or were settled some weeks ago.
    pub(super) fn apply(
        &self,
        w: &mut Writer<'_>,
        (run, mode): (i64, Mode),
        outcome: &Outcome,
        done: &mut Reconciled,
    ) -> Result<bool, WorkError> {
        let (told, in_groups) = (Told::of(self, outcome), self.in_groups());
        let mut noted = false;
        let moves = (self.stood.iter().zip(&outcome.claims))
            .filter(|(stood, found)| stood.settled != (found.verdict == Verdict::Matched))
            .count();
        let none_matched = self.stood.iter().all(|stood| !stood.settled);
        let keep = mode == Mode::Keep;
        let many = keep && moves > self.claims.len() / 2;
        let later = if many { Some(w.index_moves_later(none_matched)?) } else { None };
        for at in 0..self.claims.len() {
            let (claim, found) = (&self.claims[at], &outcome.claims[at]);
            let Stood { mut stage, mut verdict, mut settled } = self.stood[at];
            if settled && claim.confirmed.is_none() && !in_groups.contains(&claim.id) {
                stage = w.unsettle(run, claim.id, stage, found.verdict)?;
                done.unsettled += 1;
                (settled, verdict) = (false, Some(found.verdict));
            }
            match (found.verdict, settled) {
                (Verdict::Matched, false) if stage.after(Step::Settle).is_some() => {
                    if keep || matches!(stage, Stage::Refunded | Stage::Cleared) {
                        told.settle(w, run, at, stage)?;
                    }
                    done.settled += 1;
                }
                (Verdict::Reversed | Verdict::Missing, true) => {
                    w.unsettle(run, claim.id, stage, found.verdict)?;
                    done.unsettled += 1;
                }
                (said, _) if verdict != Some(said) => {
                    if keep {
                        w.set_verdict(claim.id, said)?;
                    }
                    noted = true;
                }
                _ => {}
            }
        }
        later.map_or(Ok(()), |later| w.index(later))?;
        Ok(noted || done.settled + done.unsettled > 0)
    }

    /// Notes every pair that is left to a person; whether they are other pairs than before.
    pub(super) fn suggest(&self, w: &mut Writer<'_>, outcome: &Outcome) -> Result<bool, WorkError> {
        let mut found: BTreeSet<(i64, i64, &'static str)> = BTreeSet::new();
        for group in &outcome.groups {
            for &claim in &group.claims {
                let record = self.claims[claim as usize].id;
                let rows = group.rows.iter().take(SUGGESTED_KEPT);
                found.extend(rows.map(|&row| (record, self.rows[row as usize].id, group.likeness.id())));
            }
        }
        let stood = w.books().suggestions()?;
        let stood = stood.iter().map(|one| (one.record, one.settlement, &*one.likeness));
        let same = stood.eq(found.iter().copied());
        for (record, settlement, likeness) in found {
            w.suggest(&Suggestion { record, settlement, likeness: likeness.to_owned() });
        }
        Ok(!same)
    }
}

/// The answer by claim: its group, and what its settlement was chosen over.
struct Told<'a> {
    desk: &'a Desk,
    outcome: &'a Outcome,
    groups: FxHashMap<u32, &'a Joined>,
    beaten: FxHashMap<u32, Vec<i64>>,
}

impl<'a> Told<'a> {
    fn of(desk: &'a Desk, outcome: &'a Outcome) -> Told<'a> {
        let groups = outcome.joined.iter();
        let groups = groups.flat_map(|group| group.claims.iter().map(move |&claim| (claim, group))).collect();
        let mut beaten: FxHashMap<u32, Vec<i64>> = FxHashMap::default();
        for &(claim, row) in &outcome.beaten {
            let rows = beaten.entry(claim).or_default();
            if rows.len() < BEATEN_KEPT {
                rows.push(desk.rows[row as usize].id);
            }
        }
        Told { desk, outcome, groups, beaten }
    }

    fn settle(&self, w: &mut Writer<'_>, run: i64, at: usize, stage: Stage) -> Result<(), WorkError> {
        let (claim, found) = (&self.desk.claims[at], &self.outcome.claims[at]);
        let place = u32::try_from(at).expect("the engine counted them in 32 bits");
        let group = self.groups.get(&place);
        let part = group.map_or(Part::One, |group| group.part());
        let one: Vec<u32> = found.row.into_iter().collect();
        let rows: &[u32] = group.map_or(&one, |group| &group.rows);
        let beat = self.beaten.get(&place).map_or(&[][..], Vec::as_slice);
        let beat = beat.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let mut keys = Vec::with_capacity(rows.len());
        for &row in rows {
            let mut said = String::with_capacity(32);
            for shared in claim.in_common(&self.desk.rows[row as usize]) {
                write!(said, "{}{}", if said.is_empty() { "" } else { " " }, shared.id())
                    .expect("a text takes any word");
            }
            keys.push(said);
        }
        let by = |row: u32| {
            let ground = self.outcome.rows[row as usize].ground.or(found.ground);
            ground.unwrap_or(Ground::PersonTotal).id()
        };
        let matches: Vec<NewMatch<'_>> = rows
            .iter()
            .zip(&keys)
            .map(|(&row, keys)| NewMatch {
                settlement: self.desk.rows[row as usize].id,
                by: by(row),
                part,
                keys,
                beat: &beat,
            })
            .collect();
        Ok(w.settle(run, claim.id, stage, &matches, found.verdict)?)
    }
}

fn traits_of_record(books: &Books<'_>, id: i64) -> Result<Traits, WorkError> {
    let record = books.opened(books.record_by_id(id)?)?.record;
    let person = record.person;
    Ok(Traits {
        id_no: person.id_no,
        psn_no: person.psn_no,
        name: person.name,
        receipt: record.receipt_no,
        record_no: record.record_no,
    })
}

fn traits_of_settlement(books: &Books<'_>, id: i64) -> Result<Traits, WorkError> {
    let settlement = books.settlement_in_full(id)?;
    Ok(Traits {
        id_no: settlement.certno,
        psn_no: settlement.psn_no,
        name: settlement.psn_name,
        receipt: settlement.receipt_no,
        record_no: settlement.record_no,
    })
}

fn as_claim(row: &ClaimRow, keys: IssuedKeys) -> Claim {
    Claim {
        record_no: row.record_no,
        receipt: row.receipt,
        issued: keys.issued,
        answered: keys.answered,
        visit: keys.visit,
        stay: row.stay,
        confirmed: row.confirmed,
        cert: row.cert,
        psn: row.psn,
        kind: Some(row.kind),
        insutype: row.insutype,
        exported: row.stage != Stage::Pending,
        ..Claim::new(row.id, row.total, row.occurred_at)
    }
}
