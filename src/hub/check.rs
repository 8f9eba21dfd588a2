//! Checking a hub without touching it: named checks, each with what was found.
//!
//! All of them look at one moment, in a transaction that only reads. What the server refuses to answer is said, and
//! the other checks go on. Nothing is mended here and nothing worded; what to do is told by the front.

use super::check_chain;
use super::{Hub, HubFault, RunInfo};
use crate::closed_list;
use crate::domain::{Money, Time};
use postgres::{IsolationLevel, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const SCHEMA: &str = include_str!("schema.sql");

closed_list! {
    /// A check of a hub.
    HubCheck as "hub check" {
        Version = "version", "结构版本", "schema version";
        Tables = "tables", "表与列", "tables and columns";
        Facilities = "facilities", "机构已知", "facilities known";
        Contents = "contents", "记录与内容", "records and contents";
        Files = "files", "交换包与原件", "bundles and their files";
        Chains = "chains", "事件链连续", "chains without holes";
        Sums = "sums", "交换包合计", "sums of bundles";
        Attendance = "attendance", "就诊索引", "attendance";
        Verdicts = "verdicts", "每条记录一个结论", "one verdict each";
        Settlements = "settlements", "结算只用一次", "settlements used once";
        Runs = "runs", "未完对账", "reconciliations under way";
        Waiting = "waiting", "搁置与隔离", "bundles that wait";
        Counts = "counts", "数量", "counts";
    }
}

/// One place where something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// A facility, with the station where it is of one; or a table.
    pub place: String,
    /// The event, where it is of one.
    pub event: Option<i64>,
    /// How many.
    pub count: i64,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HubFound {
    /// All is well.
    Well,
    /// All is well, and this is what there is.
    Counted {
        /// Facilities.
        facilities: i64,
        /// Windows whose bundles are taken.
        windows: i64,
        /// Bundles that were taken in.
        bundles: i64,
        /// Records.
        records: i64,
        /// Rows of statements.
        settlements: i64,
        /// What windows said of records whose own window has not handed in yet: allowed, and told.
        ahead: i64,
    },
    /// The tables are of another version.
    OtherVersion {
        /// Theirs.
        version: i32,
        /// The one this program makes.
        ours: i32,
    },
    /// Tables or columns that are not there.
    Missing(Vec<String>),
    /// It could not be looked at because of an earlier fault, or because there is nothing yet.
    Skipped,
    /// The server refused to answer; its words.
    Refused(String),
    /// Where it is wrong, and how often.
    Spots(Vec<Spot>),
    /// Something was loaded since the last reconciliation.
    Stale {
        /// Records whose verdict is not that of what is there now.
        records: i64,
    },
    /// A reconciliation is under way, or was broken off.
    Running {
        /// Its number.
        run: i64,
        /// When it began.
        since: Time,
    },
}

/// Everything that checks need to name what they find.
pub(super) struct Known {
    codes: BTreeMap<i64, String>,
    stations: BTreeMap<(i64, Uuid), String>,
    run: Option<RunInfo>,
}

type Ask = fn(&mut Transaction<'_>, &Known) -> Result<HubFound, HubFault>;

/// Every check after the first two, in the order they are told.
const ASKED: [(HubCheck, Ask); 11] = [
    (HubCheck::Facilities, facilities),
    (HubCheck::Contents, contents),
    (HubCheck::Files, files),
    (HubCheck::Chains, check_chain::chains),
    (HubCheck::Sums, sums),
    (HubCheck::Attendance, attendance),
    (HubCheck::Verdicts, verdicts),
    (HubCheck::Settlements, settlements),
    (HubCheck::Runs, runs),
    (HubCheck::Waiting, waiting),
    (HubCheck::Counts, counts),
];

const COLUMNS: &str = "
    SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
    WHERE table_schema = current_schema()";
const CODES: &str = "SELECT id, code FROM facility";
const STATIONS: &str = "SELECT facility, ledger, station FROM sender";
const UNKNOWN: &str = "
    SELECT t.facility, count(*) FROM # t LEFT JOIN facility f ON f.id = t.facility WHERE f.id IS NULL GROUP BY t.facility";
const NO_CONTENT: &str = "
    SELECT r.facility, count(*) FROM record r LEFT JOIN record_content c ON c.facility = r.facility AND c.id = r.id
    WHERE c.id IS NULL GROUP BY r.facility";
const NO_RECORD: &str = "
    SELECT c.facility, count(*) FROM record_content c LEFT JOIN record r ON r.facility = c.facility AND r.id = c.id
    WHERE r.id IS NULL GROUP BY c.facility";
const NO_FILE: &str = "
    SELECT b.facility, count(*) FROM bundle b LEFT JOIN bundle_file f ON f.facility = b.facility
        AND f.ledger = b.ledger AND f.last_seq = b.last_seq AND f.head = b.head
    WHERE f.ledger IS NULL GROUP BY b.facility";
const NO_BUNDLE: &str = "
    SELECT f.facility, count(*) FROM bundle_file f LEFT JOIN bundle b ON b.facility = f.facility
        AND b.ledger = f.ledger AND b.last_seq = f.last_seq AND b.head = f.head
    WHERE b.ledger IS NULL GROUP BY f.facility";
const TOLD: &str = "
    SELECT facility, ledger, count(*), min(first_seq), max(last_seq), CAST(sum(records) AS BIGINT),
        CAST(sum(total_fen) AS BIGINT)
    FROM bundle WHERE state = 'merged' GROUP BY facility, ledger";
const HELD: &str = "
    SELECT facility, ledger, count(*), max(seq), CAST(sum(total_fen) AS BIGINT) FROM record GROUP BY facility, ledger";
const NOBODY: &str = "
    SELECT a.facility, count(*) FROM attendance a LEFT JOIN record r ON r.facility = a.facility AND r.id = a.id
    WHERE r.id IS NULL GROUP BY a.facility";
const COUNTING: &str = "c.kind <> 'filing' AND c.stage NOT IN ('draft', 'void')";
const TWICE: &str = "
    SELECT facility, count(*) FROM (
        SELECT facility, id FROM verdict_# GROUP BY facility, id HAVING count(*) > 1) t GROUP BY facility";
const NO_VERDICT: &str = "
    SELECT c.facility, count(*) FROM record c LEFT JOIN verdict_# v ON v.facility = c.facility AND v.id = c.id
    WHERE @ AND v.id IS NULL GROUP BY c.facility";
const OF_NOTHING: &str = "
    SELECT v.facility, count(*) FROM verdict_# v LEFT JOIN record c ON c.facility = v.facility AND c.id = v.id AND @
    WHERE c.id IS NULL GROUP BY v.facility";
const LOADED: &str = "
    SELECT max(at) FROM (SELECT max(loaded_at) AS at FROM bundle WHERE state = 'merged'
                         UNION ALL SELECT max(loaded_at) FROM statement) l";
/// A settlement that several records share has a verdict of its own that says so.
const SHARED: &str = "
    SELECT t.facility, count(*) FROM (
        SELECT facility, settlement FROM verdict_# WHERE settlement IS NOT NULL
        GROUP BY facility, settlement HAVING count(*) > 1) t
    LEFT JOIN row_verdict_# s ON s.facility = t.facility AND s.settlement = t.settlement
    WHERE s.settlement IS NULL GROUP BY t.facility";
const NO_SETTLEMENT: &str = "
    SELECT v.facility, count(*) FROM verdict_# v LEFT JOIN settlement s ON s.facility = v.facility AND s.id = v.settlement
    WHERE v.settlement IS NOT NULL AND s.id IS NULL GROUP BY v.facility";
const RUNNING: &str = "SELECT run, started_at FROM run WHERE state = 'running' ORDER BY run DESC LIMIT 1";
const WAIT: &str = "
    SELECT b.facility, b.ledger, b.state, b.first_seq FROM bundle b LEFT JOIN (
        SELECT facility, ledger, max(last_seq) AS head FROM bundle WHERE state = 'merged' GROUP BY facility, ledger) m
        ON m.facility = b.facility AND m.ledger = b.ledger
    WHERE b.state = 'quarantined' OR b.state = 'aside' AND b.last_seq > coalesce(m.head, 0)
    ORDER BY b.facility, b.ledger, b.first_seq";
const COUNTS: &str = "
    SELECT (SELECT count(*) FROM facility), (SELECT count(*) FROM sender WHERE state = 'trusted'),
        (SELECT count(*) FROM bundle WHERE state = 'merged'), (SELECT count(*) FROM record),
        (SELECT count(*) FROM settlement)";
const AHEAD: &str = "
    SELECT count(*) FROM said s LEFT JOIN record r ON r.facility = s.facility AND r.id = s.id WHERE r.id IS NULL";

impl Hub {
    /// Looks at everything, as of one moment.
    ///
    /// # Errors
    /// [`HubFault::NoHub`], and that the connection broke. What is wrong in the hub is found, not raised.
    pub fn examine(&mut self) -> Result<Vec<(HubCheck, HubFound)>, HubFault> {
        let (version, ours) = self.versions()?;
        self.wish("work_mem", "192MB");
        let mut found = Vec::new();
        let same = version == ours;
        found.push((
            HubCheck::Version,
            if same { HubFound::Well } else { HubFound::OtherVersion { version, ours } },
        ));
        let missing = if same { self.missing()? } else { Vec::new() };
        found.push((
            HubCheck::Tables,
            match (same, missing.is_empty()) {
                (false, _) => HubFound::Skipped,
                (true, true) => HubFound::Well,
                (true, false) => HubFound::Missing(missing.clone()),
            },
        ));
        if !same || !missing.is_empty() {
            found.extend(ASKED.map(|(check, _)| (check, HubFound::Skipped)));
            return Ok(found);
        }
        let run = self.last_run()?;
        let mut tx = self
            .client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()?;
        let known = Known::of(&mut tx, run)?;
        for (check, ask) in ASKED {
            let mut part = tx.transaction()?;
            let said = match ask(&mut part, &known) {
                Ok(said) => said,
                Err(HubFault::Server { code, text }) => HubFound::Refused(format!("{text} ({code})")),
                Err(fault) => return Err(fault),
            };
            // A refusal leaves nothing to go back to but the beginning of the part.
            part.rollback()?;
            found.push((check, said));
        }
        Ok(found)
    }

    /// Tables and columns of `schema.sql` that are not there.
    fn missing(&mut self) -> Result<Vec<String>, HubFault> {
        let rows = self.client.query(COLUMNS, &[])?;
        let there: BTreeSet<(String, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let tables: BTreeSet<&String> = there.iter().map(|(table, _)| table).collect();
        let mut missing: Vec<String> = Vec::new();
        for (table, column) in columns(SCHEMA) {
            if !tables.contains(&table) {
                missing.push(table);
            } else if !there.contains(&(table.clone(), column.clone())) {
                missing.push(format!("{table}.{column}"));
            }
        }
        missing.dedup();
        Ok(missing)
    }
}

/// Every table and column that a text of statements makes.
fn columns(text: &str) -> Vec<(String, String)> {
    let (mut table, mut found) = (String::new(), Vec::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("CREATE TABLE ") {
            name.split_whitespace().next().unwrap_or_default().clone_into(&mut table);
        } else if let Some(rest) = line.strip_prefix("    ") {
            let first = rest.split_whitespace().next().unwrap_or_default();
            if !matches!(first, "PRIMARY" | "") {
                found.push((table.clone(), first.to_owned()));
            }
        }
    }
    found
}

impl Known {
    fn of(tx: &mut Transaction<'_>, run: Option<RunInfo>) -> Result<Known, HubFault> {
        let codes = tx.query(CODES, &[])?.iter().map(|row| (row.get(0), row.get(1))).collect();
        // Whoever may not read who hands in still learns which facility it is.
        let mut part = tx.transaction()?;
        let stations = part.query(STATIONS, &[]).unwrap_or_default();
        part.rollback()?;
        let stations = stations.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
        Ok(Known { codes, stations, run })
    }

    fn code(&self, facility: i64) -> String {
        self.codes.get(&facility).cloned().unwrap_or_else(|| facility.to_string())
    }

    /// Facility and station.
    pub(super) fn window(&self, facility: i64, ledger: Uuid) -> String {
        let station = self.stations.get(&(facility, ledger)).cloned();
        format!("{} {}", self.code(facility), station.unwrap_or_else(|| ledger.simple().to_string()))
    }
}

/// Facilities and counts that a statement finds, for several statements together.
fn spots(tx: &mut Transaction<'_>, known: &Known, texts: &[&str]) -> Result<Vec<Spot>, HubFault> {
    let mut all = Vec::new();
    for text in texts {
        for row in tx.query(*text, &[])? {
            all.push(Spot { place: known.code(row.get(0)), event: None, count: row.get(1) });
        }
    }
    Ok(all)
}

pub(super) fn well_or(mut spots: Vec<Spot>) -> HubFound {
    spots.sort_by(|one, other| (&one.place, one.event).cmp(&(&other.place, other.event)));
    if spots.is_empty() { HubFound::Well } else { HubFound::Spots(spots) }
}

fn facilities(tx: &mut Transaction<'_>, _: &Known) -> Result<HubFound, HubFault> {
    let mut all = Vec::new();
    for table in ["sender", "bundle", "record", "attendance", "settlement"] {
        for row in tx.query(&UNKNOWN.replace('#', table), &[])? {
            all.push(Spot {
                place: format!("{table} {}", row.get::<_, i64>(0)),
                event: None,
                count: row.get(1),
            });
        }
    }
    Ok(well_or(all))
}

fn contents(tx: &mut Transaction<'_>, known: &Known) -> Result<HubFound, HubFault> {
    Ok(well_or(spots(tx, known, &[NO_CONTENT, NO_RECORD])?))
}

fn files(tx: &mut Transaction<'_>, known: &Known) -> Result<HubFound, HubFault> {
    Ok(well_or(spots(tx, known, &[NO_FILE, NO_BUNDLE])?))
}

fn attendance(tx: &mut Transaction<'_>, known: &Known) -> Result<HubFound, HubFault> {
    Ok(well_or(spots(tx, known, &[NOBODY])?))
}

/// What the bundles of a window say together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Told {
    bundles: i64,
    first: i64,
    last: i64,
    records: i64,
    total: Money,
}

/// What the hub has of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Held {
    records: i64,
    last: i64,
    total: Money,
}

fn sums(tx: &mut Transaction<'_>, known: &Known) -> Result<HubFound, HubFault> {
    let mut windows: BTreeMap<(i64, Uuid), (Told, Held)> = BTreeMap::new();
    for row in tx.query(TOLD, &[])? {
        let total = Money::from_fen(row.get(6));
        let told =
            Told { bundles: row.get(2), first: row.get(3), last: row.get(4), records: row.get(5), total };
        windows.entry((row.get(0), row.get(1))).or_default().0 = told;
    }
    for row in tx.query(HELD, &[])? {
        let held = Held { records: row.get(2), last: row.get(3), total: Money::from_fen(row.get(4)) };
        windows.entry((row.get(0), row.get(1))).or_default().1 = held;
    }
    let mut all = Vec::new();
    for ((facility, ledger), (told, held)) in windows {
        if !agree(told, held) {
            all.push(Spot { place: known.window(facility, ledger), event: None, count: held.records });
        }
    }
    Ok(well_or(all))
}

/// Whether what stands there can be what was told. A record that was corrected is told of by several bundles, so sums
/// are equal only where one bundle told everything; counts and events have a limit in any case.
fn agree(told: Told, held: Held) -> bool {
    let within = held.records <= told.records && held.last <= told.last;
    let whole = told.bundles == 1 && told.first == 1;
    within && (!whole || held.total == told.total)
}

fn verdicts(tx: &mut Transaction<'_>, known: &Known) -> Result<HubFound, HubFault> {
    let Some(run) = &known.run else { return Ok(HubFound::Skipped) };
    let of = |text: &str| text.replace('#', &run.slot.to_string()).replace('@', COUNTING);
    let twice = spots(tx, known, &[&of(TWICE)])?;
    if !twice.is_empty() {
        return Ok(well_or(twice));
    }
    let wrong = spots(tx, known, &[&of(NO_VERDICT), &of(OF_NOTHING)])?;
    let loaded: Option<chrono::NaiveDateTime> = tx.query_one(LOADED, &[])?.get(0);
    let (loaded, began) = (loaded.map(Time::from_naive), run.started_at);
    let records = wrong.iter().map(|spot| spot.count).sum();
    Ok(if loaded > Some(began) || loaded == Some(began) && records > 0 {
        HubFound::Stale { records }
    } else {
        well_or(wrong)
    })
}

fn settlements(tx: &mut Transaction<'_>, known: &Known) -> Result<HubFound, HubFault> {
    let Some(run) = &known.run else { return Ok(HubFound::Skipped) };
    let of = |text: &str| text.replace('#', &run.slot.to_string());
    Ok(well_or(spots(tx, known, &[&of(SHARED), &of(NO_SETTLEMENT)])?))
}

fn runs(tx: &mut Transaction<'_>, _: &Known) -> Result<HubFound, HubFault> {
    let row = tx.query_opt(RUNNING, &[])?;
    Ok(row.map_or(HubFound::Well, |row| HubFound::Running {
        run: row.get(0),
        since: Time::from_naive(row.get(1)),
    }))
}

fn waiting(tx: &mut Transaction<'_>, known: &Known) -> Result<HubFound, HubFault> {
    let rows = tx.query(WAIT, &[])?;
    let spot = |row: &postgres::Row| {
        let state: String = row.get(2);
        let place = known.window(row.get(0), row.get(1));
        Spot { place: format!("{place} {state}"), event: Some(row.get(3)), count: 1 }
    };
    Ok(well_or(rows.iter().map(spot).collect()))
}

fn counts(tx: &mut Transaction<'_>, _: &Known) -> Result<HubFound, HubFault> {
    let row = tx.query_one(COUNTS, &[])?;
    let ahead = tx.query_one(AHEAD, &[])?.get(0);
    Ok(HubFound::Counted {
        facilities: row.get(0),
        windows: row.get(1),
        bundles: row.get(2),
        records: row.get(3),
        settlements: row.get(4),
        ahead,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Label as _;

    #[test]
    fn every_table_of_the_text_is_read_with_its_columns() {
        let found = columns(SCHEMA);
        let tables: BTreeSet<&str> = found.iter().map(|(table, _)| table.as_str()).collect();
        assert_eq!(tables.len(), SCHEMA.matches("CREATE TABLE ").count());
        let has = |table: &str, column: &str| found.contains(&(table.to_owned(), column.to_owned()));
        assert!(has("hub", "one") && has("record", "psn") && has("answer", "made_at") && has("run", "slot"));
        assert!(
            found.iter().all(|(_, column)| column.chars().all(|ch| ch.is_ascii_lowercase() || ch == '_'))
        );
    }

    #[test]
    fn every_check_is_asked_once() {
        let asked: Vec<HubCheck> = ASKED.iter().map(|(check, _)| *check).collect();
        assert_eq!(HubCheck::ALL[2..], asked);
    }

    #[test]
    fn what_a_window_told_bounds_what_is_there() {
        let told =
            |bundles, first, fen| Told { bundles, first, last: 9, records: 3, total: Money::from_fen(fen) };
        let held = |records, last, fen| Held { records, last, total: Money::from_fen(fen) };
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // told            held             agree
            (told(1, 1, 600), held(3, 9, 600),  true),
            (told(1, 1, 600), held(3, 9, 601),  false),
            (told(1, 1, 600), held(4, 9, 600),  false),
            (told(1, 1, 600), held(3, 10, 600), false),
            (told(2, 1, 600), held(2, 9, 500),  true),
            (told(2, 1, 600), held(4, 9, 500),  false),
            (Told::default(), held(1, 2, 100),  false),
            (told(1, 1, 0),   held(0, 0, 0),    true),
        ];
        for (told, held, want) in cases {
            assert_eq!(agree(told, held), want, "{told:?} {held:?}");
        }
    }

    #[test]
    fn what_counts_is_what_is_laid() {
        use crate::domain::{Kind, Stage};
        for word in [Kind::Filing.id(), Stage::Draft.id(), Stage::Void.id()] {
            assert!(COUNTING.contains(&format!("'{word}'")));
        }
    }
}
