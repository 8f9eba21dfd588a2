//! Records as an auditor sees them, one after the other: amounts, times, stages and verdicts, the masked name, and
//! nothing that is sealed or stands for an identity.

use super::{Hub, HubFault, RunInfo};
use crate::domain::{Kind, Money, Stage, Time, Verdict};
use postgres::fallible_iterator::FallibleIterator as _;

/// A record as an auditor sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRecord {
    /// Code of its facility.
    pub facility: String,
    /// Its number there.
    pub number: String,
    /// Counts the corrections.
    pub version: i64,
    /// What it is.
    pub kind: Kind,
    /// `insutype`.
    pub insurance: String,
    /// The masked name.
    pub who: String,
    /// When the cost arose.
    pub occurred_at: Time,
    /// When it was written down.
    pub entered_at: Time,
    /// What it cost.
    pub total: Money,
    /// What was paid beforehand.
    pub paid: Option<Money>,
    /// What was paid back.
    pub refund: Option<Money>,
    /// How far it has come.
    pub stage: Stage,
    /// The platform's code of the last refusal that stands.
    pub refusal: Option<String>,
    /// What the last reconciliation found.
    pub verdict: Option<Verdict>,
    /// Its reason.
    pub reason: Option<String>,
    /// What the match rests on.
    pub ground: Option<String>,
    /// What the platform has more than the window.
    pub difference: Option<Money>,
}

const SEEN: &str = "
    SELECT f.code, r.number, r.version, r.kind, r.insutype, r.who, r.occurred_at, r.entered_at, r.total_fen, r.paid_fen,
        r.refund_fen, r.stage, r.refusal, v.verdict, v.reason, v.ground, v.difference_fen
    FROM record_seen r JOIN facility f ON f.id = r.facility
    LEFT JOIN # v ON v.facility = r.facility AND v.id = r.id
    ORDER BY r.facility, r.occurred_at, r.number";
const NO_VERDICTS: &str =
    "(SELECT facility, id, verdict, reason, ground, difference_fen FROM verdict_0 WHERE 1 = 0)";

impl Hub {
    /// Gives every record to `take`, facility after facility, those of each by time; the reconciliation that the
    /// verdicts are of. Rows are asked for as they are taken, so the city need not fit into memory.
    ///
    /// # Errors
    /// What the server says, what `take` says; [`HubFault::Odd`] where something stands there that no edition writes.
    pub fn each_record<E: From<HubFault>>(
        &mut self,
        mut take: impl FnMut(SeenRecord) -> Result<(), E>,
    ) -> Result<Option<RunInfo>, E> {
        self.wish("work_mem", "192MB");
        let run = self.last_run()?;
        let table =
            run.as_ref().map_or_else(|| NO_VERDICTS.to_owned(), |run| format!("verdict_{}", run.slot));
        let text = SEEN.replace('#', &table);
        let none: [&str; 0] = [];
        let mut rows = self.client.query_raw(&text, none).map_err(HubFault::from)?;
        while let Some(row) = rows.next().map_err(HubFault::from)? {
            take(seen(&row)?)?;
        }
        Ok(run)
    }
}

fn seen(row: &postgres::Row) -> Result<SeenRecord, HubFault> {
    let money = |at: usize| row.get::<_, Option<i64>>(at).map(Money::from_fen);
    Ok(SeenRecord {
        facility: row.get(0),
        number: row.get(1),
        version: row.get(2),
        kind: read(row.get(3))?,
        insurance: row.get(4),
        who: row.get(5),
        occurred_at: Time::from_naive(row.get(6)),
        entered_at: Time::from_naive(row.get(7)),
        total: Money::from_fen(row.get(8)),
        paid: money(9),
        refund: money(10),
        stage: read(row.get(11))?,
        refusal: row.get(12),
        verdict: row.get::<_, Option<String>>(13).map(read).transpose()?,
        reason: row.get(14),
        ground: row.get(15),
        difference: money(16),
    })
}

fn read<T: std::str::FromStr>(text: String) -> Result<T, HubFault> {
    text.parse().map_err(|_| HubFault::Odd { text })
}
