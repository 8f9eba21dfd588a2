//! Answers to facilities: what the last reconciliation says of their records, and the chain of
//! what was said before.

use super::{FacilityId, Hub, HubFault};
use crate::domain::{Money, RecordId, SaidSettlement, Settlement, Time, Verdict};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the last reconciliation says of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Which.
    pub id: RecordId,
    /// Its number.
    pub number: String,
    /// Its version as it is known at the hub.
    pub version: i64,
    /// What was found.
    pub verdict: Verdict,
    /// The settlements that settle it.
    pub settlements: Vec<SaidSettlement>,
}

/// One link of what was said to a facility: an event, and what it said of records, as deflated lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerLine {
    /// Its number.
    pub seq: i64,
    /// The event as JSON.
    pub line: String,
    /// What was said, deflated.
    pub said: Vec<u8>,
}

impl Hub {
    /// What the run in `slot` says of every record of a facility, and by which settlements.
    ///
    /// # Errors
    /// What the server says; [`HubFault::Odd`].
    pub fn judged(&mut self, slot: i16, facility: FacilityId) -> Result<Vec<Judged>, HubFault> {
        let of = &facility.0;
        let mut shared: BTreeMap<Uuid, u64> = BTreeMap::new();
        let mut by: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        let rows = self.client.query(
            &format!("SELECT id, settlement, verdict FROM verdict_{slot} WHERE facility = $1 AND settlement IS NOT NULL"),
            &[of],
        )?;
        for row in &rows {
            *shared.entry(row.get(1)).or_default() += 1;
            by.entry(row.get(0)).or_default().push(row.get(1));
        }
        // Parts of a record stand with the rows.
        let rows = self.client.query(
            &format!(
                "SELECT record, settlement FROM row_verdict_{slot} WHERE facility = $1 AND record IS NOT NULL
                     AND repeats IS NULL AND verdict = 'matched' ORDER BY record, settlement"
            ),
            &[of],
        )?;
        for row in &rows {
            let (record, settlement): (Uuid, Uuid) = (row.get(0), row.get(1));
            let parts = by.entry(record).or_default();
            if !parts.contains(&settlement) {
                parts.push(settlement);
            }
        }
        let wanted: Vec<Uuid> = by.values().flatten().copied().collect();
        let mut settlements: BTreeMap<Uuid, Settlement> = BTreeMap::new();
        let rows = self.client.query(
            "SELECT id, setl_id, setl_time, total_fen, fund_fen, account_fen, cash_fen, hospital_fen
             FROM settlement WHERE facility = $1 AND id = ANY($2)",
            &[of, &wanted],
        )?;
        for row in &rows {
            let money = |at: usize| row.get::<_, Option<i64>>(at).map(Money::from_fen);
            let settlement = Settlement {
                setl_id: row.get(1),
                setl_time: row.get::<_, Option<chrono::NaiveDateTime>>(2).map(Time::from_naive),
                total: Money::from_fen(row.get(3)),
                fund: money(4),
                account: money(5),
                cash: money(6),
                hospital: money(7),
                ..Settlement::default()
            };
            settlements.insert(row.get(0), settlement);
        }
        let told = |id: &Uuid| -> Option<SaidSettlement> {
            let one = settlements.get(id)?;
            let alone = shared.get(id).is_none_or(|count| *count == 1);
            Some(SaidSettlement {
                setl_id: one.setl_id.clone(),
                alone,
                setl_time: one.setl_time,
                total: one.total,
                fund: one.fund,
                account: one.account,
                cash: one.cash,
                share: one.own_share().filter(|_| alone),
            })
        };
        let rows = self.client.query(
            &format!(
                "SELECT v.id, r.number, r.version, v.verdict FROM verdict_{slot} v
                 JOIN record r ON r.facility = v.facility AND r.id = v.id WHERE v.facility = $1 ORDER BY r.number"
            ),
            &[of],
        )?;
        rows.iter()
            .map(|row| {
                let (id, verdict): (Uuid, String) = (row.get(0), row.get(3));
                let verdict: Verdict =
                    verdict.parse().map_err(|_| HubFault::Odd { text: "verdict".to_owned() })?;
                let settled = by.get(&id).filter(|_| verdict == Verdict::Matched);
                Ok(Judged {
                    id: RecordId::from_bytes(*id.as_bytes()),
                    number: row.get(1),
                    version: row.get(2),
                    verdict,
                    settlements: settled.into_iter().flatten().filter_map(told).collect(),
                })
            })
            .collect()
    }

    /// Everything that was said to a facility so far.
    ///
    /// # Errors
    /// What the server says.
    pub fn answers(&mut self, facility: FacilityId) -> Result<Vec<AnswerLine>, HubFault> {
        let rows = self
            .client
            .query("SELECT seq, line, said FROM answer WHERE facility = $1 ORDER BY seq", &[&facility.0])?;
        Ok(rows
            .iter()
            .map(|row| AnswerLine { seq: row.get(0), line: row.get(1), said: row.get(2) })
            .collect())
    }

    /// Adds to what is said to a facility.
    ///
    /// # Errors
    /// What the server says; nothing is added where somebody else did at the same moment.
    pub fn answer(
        &mut self,
        facility: FacilityId,
        run: i64,
        new: &AnswerLine,
        now: Time,
    ) -> Result<(), HubFault> {
        self.client.execute(
            "INSERT INTO answer (facility, seq, run, line, said, made_at) VALUES ($1, $2, $3, $4, $5, $6)",
            &[&facility.0, &new.seq, &run, &new.line, &new.said, &now.naive()],
        )?;
        Ok(())
    }
}
