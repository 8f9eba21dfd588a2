//! What the city amounts to: each facility's records by stage, age and verdict, what the platform has of it, and
//! why it refused. Few statements, each led by the facility, all of one moment.
//!
//! Nothing is opened here, and nobody is named: who has the database alone may ask all of it.

use super::double_claim::{self, Doubles};
use super::hand_in::{self, Window};
use super::{FacilityId, Hub, HubFault, RunInfo};
use crate::closed_list;
use crate::domain::{AgeBucket, Money, Stage, Time, Verdict};
use postgres::{IsolationLevel, Transaction};
use std::collections::BTreeMap;
use std::ops::AddAssign;

closed_list! {
    /// How far records have come, in a few words.
    StageGroup as "stage group" {
        Waiting = "waiting", "待处理", "waiting";
        Sent = "sent", "已导出待回执", "sent, no answer yet";
        Stuck = "stuck", "拒绝或暂缓", "refused or held";
        Away = "away", "已移交", "handed over";
        Done = "done", "已了结", "settled";
        Void = "void", "已作废", "void";
    }
}

/// The last day of each bucket of age but the oldest.
const EDGES: [i64; 5] = [1, 3, 7, 15, 30];

/// So many, and what they cost together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: i64,
    /// What they cost.
    pub total: Money,
}

/// One facility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacilityFigures {
    /// Which.
    pub id: FacilityId,
    /// Its code.
    pub code: String,
    /// Its name, empty where only the platform has named the code.
    pub name: String,
    /// At least one bundle of it was taken in.
    pub handed_in: bool,
    /// All its records but filings, in whatever stage.
    pub records: Tally,
    /// Filings, which cost nothing and are settled by nobody.
    pub filings: Tally,
    /// `records` by stage, in the order of [`StageGroup::ALL`].
    pub stages: [Tally; StageGroup::ALL.len()],
    /// Those that are not settled, paid back, cleared or void.
    pub open: Tally,
    /// Those of `open` that the last reconciliation found on the platform: their window has not heard of it yet.
    pub matched: Tally,
    /// `open` by age, in the order of [`AgeBucket::ALL`].
    pub ages: [Tally; AgeBucket::ALL.len()],
    /// `records` by what the last reconciliation found, in the order of [`Verdict::ALL`].
    pub verdicts: [Tally; Verdict::ALL.len()],
    /// Rows of the platform that belong to no record.
    pub alone: Tally,
    /// What the platform settled, without what it took back.
    pub settlements: Tally,
}

/// What the platform refused, by its own code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalFigures {
    /// The code of the last refusal that stands.
    pub code: String,
    /// How many facilities have it.
    pub facilities: i64,
    /// Records with it.
    pub records: Tally,
    /// Those that are still open.
    pub open: Tally,
}

/// The whole city at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct CityFigures {
    /// The reconciliation that counts.
    pub run: Option<RunInfo>,
    /// Every facility that is known, the most money left first.
    pub facilities: Vec<FacilityFigures>,
    /// Refusals, the most open money first.
    pub refusals: Vec<RefusalFigures>,
    /// Who hands in and who does not, the silent first.
    pub windows: Vec<Window>,
    /// One person in two places.
    pub doubles: Doubles,
}

const FACILITIES: &str = "SELECT id, code, name FROM facility";
/// The verdicts come first: from here on nobody empties the tables they stand in.
const RECORDS: &str = "
    SELECT r.facility, CASE r.kind WHEN 'filing' THEN 1 ELSE 0 END, r.stage, v.verdict,
        CASE WHEN r.occurred_at >= $1 THEN 0 WHEN r.occurred_at >= $2 THEN 1 WHEN r.occurred_at >= $3 THEN 2
             WHEN r.occurred_at >= $4 THEN 3 WHEN r.occurred_at >= $5 THEN 4 ELSE 5 END,
        count(*), CAST(sum(r.total_fen) AS BIGINT)
    FROM record_seen r LEFT JOIN # v ON v.facility = r.facility AND v.id = r.id
    GROUP BY 1, 2, 3, 4, 5";
/// What stands for the verdicts where there are none yet.
const NO_VERDICTS: &str = "(SELECT facility, id, verdict FROM verdict_0 WHERE 1 = 0)";
const ALONE: &str = "
    SELECT facility, count(*), CAST(sum(signed_fen) AS BIGINT) FROM # WHERE verdict = 'extra' GROUP BY facility";
const SETTLEMENTS: &str = "
    SELECT facility, count(*), CAST(sum(total_fen) AS BIGINT) FROM settlement_seen WHERE refunded = 0 GROUP BY facility";
const REFUSALS: &str = "
    SELECT refusal, count(DISTINCT facility), count(*), CAST(sum(total_fen) AS BIGINT),
        CAST(sum(CASE WHEN stage IN ('settled', 'refunded', 'cleared') THEN 0 ELSE 1 END) AS BIGINT),
        CAST(sum(CASE WHEN stage IN ('settled', 'refunded', 'cleared') THEN 0 ELSE total_fen END) AS BIGINT)
    FROM record_seen WHERE refusal IS NOT NULL AND stage <> 'void' GROUP BY refusal";
const LAST_DONE: &str = "SELECT max(run) FROM run WHERE state = 'done'";

impl Hub {
    /// What the city amounts to as of `now`.
    ///
    /// # Errors
    /// What the server says; [`HubFault::Odd`] where something stands there that no edition writes.
    pub fn figures(&mut self, now: Time) -> Result<CityFigures, HubFault> {
        // Joins of ten million rows spill to disk otherwise.
        self.wish("work_mem", "192MB");
        self.wish("jit", "off");
        loop {
            let run = self.last_run()?;
            let mut tx = self
                .client
                .build_transaction()
                .isolation_level(IsolationLevel::RepeatableRead)
                .read_only(true)
                .start()?;
            let mut facilities = of_records(&mut tx, run.as_ref(), now)?;
            let last: Option<i64> = tx.query_one(LAST_DONE, &[])?.get(0);
            if last != run.as_ref().map(|run| run.run) {
                // Another reconciliation was finished just now.
                continue;
            }
            if let Some(run) = &run {
                let text = ALONE.replace('#', &format!("row_verdict_{}", run.slot));
                put(&mut tx, &mut facilities, &text, |one| &mut one.alone)?;
            }
            put(&mut tx, &mut facilities, SETTLEMENTS, |one| &mut one.settlements)?;
            let windows = hand_in::windows(&mut tx, &mut facilities, now)?;
            let refusals = refusals(&mut tx)?;
            let doubles = double_claim::doubles(&mut tx, &facilities)?;
            tx.commit()?;
            let mut facilities: Vec<FacilityFigures> = facilities.into_values().collect();
            facilities.sort_by(|one, other| worst_first(one).cmp(&worst_first(other)));
            return Ok(CityFigures { run, facilities, refusals, windows, doubles });
        }
    }
}

/// The most money left first, then the most open, then the largest.
fn worst_first(one: &FacilityFigures) -> (i64, i64, i64, &str) {
    let down = |tally: Tally| tally.total.fen().saturating_neg();
    (down(one.left()), down(one.open), down(one.records), &one.code)
}

fn of_records(
    tx: &mut Transaction<'_>,
    run: Option<&RunInfo>,
    now: Time,
) -> Result<BTreeMap<i64, FacilityFigures>, HubFault> {
    let table = run.map_or_else(|| NO_VERDICTS.to_owned(), |run| format!("verdict_{}", run.slot));
    let today = now.day();
    let since = EDGES.map(|days| today.plus_days(-days).start().naive());
    let since: Vec<&(dyn postgres::types::ToSql + Sync)> =
        since.iter().map(|at| at as &(dyn postgres::types::ToSql + Sync)).collect();
    let rows = tx.query(&RECORDS.replace('#', &table), &since)?;
    let known = tx.query(FACILITIES, &[])?;
    let mut all: BTreeMap<i64, FacilityFigures> = BTreeMap::new();
    for row in &known {
        let id: i64 = row.get(0);
        all.insert(id, FacilityFigures::new(FacilityId(id), row.get(1), row.get(2)));
    }
    for row in &rows {
        let id: i64 = row.get(0);
        let one = all.get_mut(&id).ok_or_else(|| HubFault::Odd { text: format!("record.facility {id}") })?;
        let tally = Tally { count: row.get(5), total: Money::from_fen(row.get(6)) };
        let (apart, age): (i32, i32) = (row.get(1), row.get(4));
        let verdict = row.get::<_, Option<String>>(3).map(read).transpose()?;
        let age = usize::try_from(age).ok().filter(|age| *age < one.ages.len());
        let age = age.ok_or_else(|| HubFault::Odd { text: "age".to_owned() })?;
        one.add(apart == 1, read(row.get(2))?, verdict, age, tally);
    }
    Ok(all)
}

fn read<T: std::str::FromStr>(text: String) -> Result<T, HubFault> {
    text.parse().map_err(|_| HubFault::Odd { text })
}

/// Counts and sums by facility into the place they belong to.
fn put(
    tx: &mut Transaction<'_>,
    facilities: &mut BTreeMap<i64, FacilityFigures>,
    text: &str,
    place: fn(&mut FacilityFigures) -> &mut Tally,
) -> Result<(), HubFault> {
    for row in tx.query(text, &[])? {
        let id: i64 = row.get(0);
        let one = facilities
            .get_mut(&id)
            .ok_or_else(|| HubFault::Odd { text: format!("settlement.facility {id}") })?;
        *place(one) = Tally { count: row.get(1), total: Money::from_fen(row.get(2)) };
    }
    Ok(())
}

fn refusals(tx: &mut Transaction<'_>) -> Result<Vec<RefusalFigures>, HubFault> {
    let mut all: Vec<RefusalFigures> = tx
        .query(REFUSALS, &[])?
        .iter()
        .map(|row| RefusalFigures {
            code: row.get(0),
            facilities: row.get(1),
            records: Tally { count: row.get(2), total: Money::from_fen(row.get(3)) },
            open: Tally { count: row.get(4), total: Money::from_fen(row.get(5)) },
        })
        .collect();
    all.sort_by(|one, other| {
        (other.open.total, other.records.total, &one.code).cmp(&(
            one.open.total,
            one.records.total,
            &other.code,
        ))
    });
    Ok(all)
}

impl FacilityFigures {
    /// A facility of which nothing is known yet.
    pub fn new(id: FacilityId, code: String, name: String) -> FacilityFigures {
        FacilityFigures {
            id,
            code,
            name,
            handed_in: false,
            records: Tally::default(),
            filings: Tally::default(),
            stages: Default::default(),
            open: Tally::default(),
            matched: Tally::default(),
            ages: Default::default(),
            verdicts: Default::default(),
            alone: Tally::default(),
            settlements: Tally::default(),
        }
    }

    /// What is open and was not found on the platform either: what somebody still has to do something about.
    pub fn left(&self) -> Tally {
        Tally { count: self.open.count - self.matched.count, total: self.open.total - self.matched.total }
    }

    fn add(&mut self, filing: bool, stage: Stage, verdict: Option<Verdict>, age: usize, tally: Tally) {
        if filing {
            self.filings += tally;
            return;
        }
        let group = StageGroup::of(stage);
        self.records += tally;
        self.stages[place(StageGroup::ALL, &group)] += tally;
        if group.is_open() {
            self.open += tally;
            self.ages[age] += tally;
            if verdict == Some(Verdict::Matched) {
                self.matched += tally;
            }
        }
        if let Some(verdict) = verdict {
            self.verdicts[place(Verdict::ALL, &verdict)] += tally;
        }
    }
}

fn place<T: PartialEq>(all: &[T], one: &T) -> usize {
    all.iter().position(|other| other == one).expect("a closed list holds all its values")
}

impl StageGroup {
    /// The group of a stage.
    pub fn of(stage: Stage) -> StageGroup {
        match stage {
            Stage::Draft | Stage::Pending => StageGroup::Waiting,
            Stage::Exported => StageGroup::Sent,
            Stage::Rejected | Stage::Held => StageGroup::Stuck,
            Stage::HandedOver => StageGroup::Away,
            Stage::Settled | Stage::Refunded | Stage::Cleared => StageGroup::Done,
            Stage::Void => StageGroup::Void,
        }
    }

    /// Something is left to be done about it.
    pub fn is_open(self) -> bool {
        !matches!(self, StageGroup::Done | StageGroup::Void)
    }
}

impl CityFigures {
    /// The sum of something over all facilities.
    pub fn sum(&self, of: impl Fn(&FacilityFigures) -> Tally) -> Tally {
        let mut all = Tally::default();
        self.facilities.iter().for_each(|one| all += of(one));
        all
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.count += other.count;
        self.total += other.total;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Kind;
    use crate::text::Label as _;

    #[test]
    fn the_edges_are_those_of_the_buckets() {
        let oldest: Vec<i64> = AgeBucket::ALL
            .iter()
            .map(|bucket| (0..400).rev().find(|days| AgeBucket::of(*days) == *bucket).unwrap())
            .collect();
        assert_eq!(oldest[..5], EDGES);
    }

    #[test]
    fn the_words_in_the_text_are_those_of_the_lists() {
        assert!(RECORDS.contains(&format!("'{}'", Kind::Filing.id())));
        assert!(ALONE.contains(&format!("'{}'", Verdict::Extra.id())));
        for stage in Stage::ALL {
            let group = StageGroup::of(*stage);
            let named = REFUSALS.matches(&format!("'{}'", stage.id())).count();
            let want = match group {
                StageGroup::Done => 2,
                StageGroup::Void => 1,
                _ => 0,
            };
            assert_eq!(named, want, "{stage:?}");
        }
    }

    #[test]
    fn every_record_is_in_one_group_one_age_and_what_is_found_is_not_left() {
        let tally = |fen| Tally { count: 1, total: Money::from_fen(fen) };
        let mut one = FacilityFigures::new(FacilityId::of("H1"), "H1".to_owned(), String::new());
        one.add(true, Stage::Pending, None, 0, tally(0));
        #[rustfmt::skip] // the columns are the point
        let rows = [
            // stage           verdict                  age fen
            (Stage::Pending,   Some(Verdict::Missing),  5, 100),
            (Stage::Pending,   Some(Verdict::Matched),  5, 200),
            (Stage::Exported,  None,                    0, 400),
            (Stage::Settled,   Some(Verdict::Matched),  3, 800),
            (Stage::Void,      None,                    3, 1600),
            (Stage::Rejected,  Some(Verdict::Missing),  1, 3200),
        ];
        for (stage, verdict, age, fen) in rows {
            one.add(false, stage, verdict, age, tally(fen));
        }
        let sum = |all: &[Tally]| all.iter().map(|tally| tally.total.fen()).sum::<i64>();
        assert_eq!((one.records.count, one.records.total.fen(), one.filings.count), (6, 6300, 1));
        assert_eq!(sum(&one.stages), 6300);
        assert_eq!((one.open.total.fen(), sum(&one.ages)), (3900, 3900));
        assert_eq!((one.matched.total.fen(), one.left().total.fen(), one.left().count), (200, 3700, 3));
        assert_eq!(sum(&one.verdicts), 4300);
    }
}
