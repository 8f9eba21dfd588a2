//! Laying records against settlements, some facilities at a time.
//!
//! The database settles what needs no thought: one record and one settlement that carry the
//! same record number and agree in all else they say, where no other key of either leads
//! anywhere else. What is left, with everything that one of its keys touches, goes to the
//! engine of the desk (`closure.rs` says why the verdicts are then those of the desk). A chunk
//! is one transaction.

use super::closure;
use super::verdict::{RowVerdictRow, VerdictRow, put_row_verdicts, put_verdicts};
use super::{FacilityId, Hub, HubFault, Running};
use crate::domain::{Day, Insutype, Key, Kind, Money, Reason, Settlement, Stage, Standing, Time, Verdict};
use crate::text::Label as _;
use std::ops::Range;
use uuid::Uuid;

/// About so many records are laid at once: their keys fit into the memory of a small server.
const CHUNK: i64 = 250_000;

/// How the server is asked to work: some hundred megabytes for the tables of a chunk, rows by their key, and a short
/// look at what was just made.
const WISHES: [(&str, &str); 5] = [
    ("work_mem", "192MB"),
    ("temp_buffers", "256MB"),
    ("jit", "off"),
    ("random_page_cost", "1.1"),
    ("default_statistics_target", "10"),
];

/// A record that the database left to the engine.
#[derive(Clone, Debug)]
pub struct LooseClaim {
    /// Whose.
    pub facility: FacilityId,
    /// Which.
    pub id: Uuid,
    /// Record number, receipt, issued, answered, visit, stay, certificate, person number.
    pub keys: [Option<Key>; 8],
    /// What it cost.
    pub total: Money,
    /// When.
    pub occurred_at: Time,
    /// What it is.
    pub kind: Kind,
    /// The insurance it was recorded under.
    pub insutype: Insutype,
    /// Where it stands.
    pub stage: Stage,
}

/// A settlement that the database left to the engine.
#[derive(Clone, Debug)]
pub struct LooseRow {
    /// Whose.
    pub facility: FacilityId,
    /// Which.
    pub id: Uuid,
    /// Without whom it concerns.
    pub settlement: Settlement,
    /// Settlement, original, record number, receipt, issued, visit, certificate, person number.
    pub keys: [Option<Key>; 8],
}

/// Some facilities being laid; nothing of it stands until it is finished.
pub struct Chunk<'a> {
    tx: postgres::Transaction<'a>,
    running: Running,
    /// How many records the database settled by itself.
    pub settled: u64,
    /// How many it found that nothing on the platform touches.
    pub missing: u64,
    /// The records left, by facility.
    pub claims: Vec<LooseClaim>,
    /// The settlements left, by facility.
    pub rows: Vec<LooseRow>,
}

/// The records of a range, as far as they are looked at more than once.
const OURS: &str = "
    CREATE TEMPORARY TABLE ours AS
    SELECT facility, id, total_fen, occurred_at, kind, insutype, stage, record_no, receipt, issued, answered, visit, stay,
        cert, psn
    FROM record WHERE @ AND kind <> 'filing' AND stage NOT IN ('draft', 'void')";
/// The settlements of a range, the same.
const THEIRS: &str = "
    CREATE TEMPORARY TABLE theirs AS
    SELECT facility, id, total_fen, plain, kind, insutype, setl_time, setl, init, record_no, receipt, issued, visit, cert, psn
    FROM settlement WHERE @";
/// Records and settlements under one record number, and whether the two agree in all they say.
const PAIRS: &str = "
    CREATE TEMPORARY TABLE pair AS
    SELECT c.facility, c.id, s.id AS settlement, c.record_no, coalesce(c.issued, s.issued) AS issued, s.setl,
        coalesce(c.visit, s.visit) AS visit, coalesce(c.receipt, s.receipt) AS receipt, c.cert, s.cert AS their_cert,
        c.psn, s.psn AS their_psn,
        CASE WHEN c.issued = s.issued THEN 'issued_key' WHEN c.answered = s.setl THEN 'answered_key'
             WHEN c.visit = s.visit THEN 'visit' ELSE 'record_no' END AS ground,
        CASE WHEN s.plain = 1 AND s.total_fen = c.total_fen
        AND (c.issued = s.issued OR c.issued IS NULL OR s.issued IS NULL)
        AND (c.answered = s.setl OR c.answered IS NULL)
        AND (c.visit = s.visit OR c.visit IS NULL OR s.visit IS NULL)
        AND (c.receipt = s.receipt OR c.receipt IS NULL OR s.receipt IS NULL)
        AND (c.cert = s.cert OR (c.cert IS NULL OR s.cert IS NULL) AND (c.psn = s.psn OR c.psn IS NULL OR s.psn IS NULL))
        AND (s.kind = c.kind OR s.kind = '') AND (s.insutype = c.insutype OR s.insutype = '' OR c.insutype = '')
        AND (s.setl_time >= c.occurred_at OR s.setl_time >= date_trunc('day', c.occurred_at) OR s.setl_time IS NULL) THEN 1 ELSE 0 END AS agrees
    FROM ours c JOIN theirs s ON s.facility = c.facility AND s.record_no = c.record_no";
/// Record numbers of both sides that one of them has twice.
const TWICE: &str = "
    CREATE TEMPORARY TABLE twice AS
    SELECT record_no AS key FROM pair GROUP BY record_no HAVING count(*) > 1";
/// Which keys besides the record number the records have at all.
const KNOWN: &str = "SELECT count(issued), count(answered), count(visit), count(receipt) FROM ours";
/// Other keys that lead to more than one record number, or to something without one.
const ELSEWHERE: &str = "
    INSERT INTO elsewhere SELECT key FROM (
        SELECT $ours AS key, record_no FROM ours WHERE $ours IS NOT NULL
        UNION ALL SELECT $theirs, record_no FROM theirs WHERE $theirs IS NOT NULL) k
    GROUP BY key HAVING count(*) > 2 OR count(record_no) < count(*) OR min(record_no) <> max(record_no)";
/// Keys by which a record and a settlement may be the same.
const KINDS: [(&str, &str); 4] =
    [("issued", "issued"), ("answered", "setl"), ("visit", "visit"), ("receipt", "receipt")];
/// A settlement may be told twice, or be undone, where no record names it.
const TOLD_TWICE: &str = "
    INSERT INTO elsewhere
    SELECT setl FROM theirs WHERE setl IS NOT NULL GROUP BY setl HAVING count(*) > 1
    UNION ALL SELECT init FROM theirs WHERE init IS NOT NULL";
const NOT_PLAIN: &str = "
    DELETE FROM pair WHERE agrees = 0 OR record_no IN (SELECT key FROM twice) OR issued IN (SELECT key FROM elsewhere)
        OR setl IN (SELECT key FROM elsewhere) OR visit IN (SELECT key FROM elsewhere)
        OR receipt IN (SELECT key FROM elsewhere)";
const FREE: &str = "
    CREATE TEMPORARY TABLE free AS
    SELECT c.facility, c.id, c.total_fen, c.stage, c.record_no, c.receipt, c.issued, c.answered, c.visit, c.cert, c.psn
    FROM ours c LEFT JOIN pair p ON p.id = c.id AND p.facility = c.facility WHERE p.id IS NULL";
const LOOSE: &str = "
    CREATE TEMPORARY TABLE loose AS
    SELECT s.facility, s.id, s.total_fen, s.setl, s.init, s.record_no, s.receipt, s.issued, s.visit, s.cert, s.psn
    FROM theirs s LEFT JOIN pair p ON p.settlement = s.id AND p.facility = s.facility WHERE p.settlement IS NULL";
const CLAIMS: &str = "
    SELECT c.facility, c.id, c.record_no, c.receipt, c.issued, c.answered, c.visit, c.stay, c.cert, c.psn, c.total_fen,
        c.occurred_at, c.kind, c.insutype, c.stage
    FROM ours c JOIN pulled p ON p.id = c.id AND p.facility = c.facility ORDER BY c.facility, c.id";
const ROWS: &str = "
    SELECT s.facility, s.id, s.setl, s.init, s.record_no, s.receipt, s.issued, s.visit, s.cert, s.psn, s.setl_id,
        s.init_setl_id, s.mdtrt_id, s.medins_setl_id, s.record_text, s.receipt_text, s.med_type, s.insutype, s.clr_type,
        s.standing, s.unread, s.refunded, s.unpriced, s.setl_time, s.counted_on, s.total_fen, s.fund_fen,
        s.account_fen, s.cash_fen, s.hospital_fen
    FROM settlement s JOIN (SELECT facility, id FROM loose UNION ALL SELECT facility, settlement FROM pulled_pair) p
        ON p.id = s.id AND p.facility = s.facility ORDER BY s.facility, s.id";
const DROP: &str =
    "DROP TABLE IF EXISTS ours, theirs, pair, twice, elsewhere, free, loose, touched, pulled, pulled_pair";

/// Ranges of ids, a multiple of `workers` where there are more records than fit into one; `counts` by id.
fn even_ranges(counts: &[(i64, i64)], workers: usize) -> Vec<Range<i64>> {
    let workers = i64::try_from(workers.max(1)).unwrap_or(1);
    let all: i64 = counts.iter().map(|(_, count)| count).sum();
    let parts =
        if all <= CHUNK { 1 } else { workers * (all + workers * CHUNK - 1).div_euclid(workers * CHUNK) };
    let (mut ranges, mut from, mut sum) = (Vec::new(), 0, 0);
    for (id, count) in counts {
        let done = i64::try_from(ranges.len()).unwrap_or(i64::MAX) + 1;
        if sum >= all * done / parts && sum > 0 {
            ranges.push(from..*id);
            from = *id;
        }
        sum += count;
    }
    ranges.push(from..i64::MAX);
    ranges
}

impl Hub {
    /// Ranges of facilities with about as many records each, all of them together, so that `workers` have as much to do.
    ///
    /// # Errors
    /// What the server says.
    pub fn ranges(&mut self, workers: usize) -> Result<Vec<Range<i64>>, HubFault> {
        let rows = self.client.query(
            "SELECT f.id, coalesce(sum(b.records), 0)::bigint FROM facility f
             LEFT JOIN bundle b ON b.facility = f.id AND b.state = 'merged' GROUP BY f.id ORDER BY f.id",
            &[],
        )?;
        let counts: Vec<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(even_ranges(&counts, workers))
    }

    /// Lets the server look at what was loaded, so that it plans with what is there.
    ///
    /// # Errors
    /// What the server says.
    pub fn look(&mut self) -> Result<(), HubFault> {
        self.client.batch_execute("ANALYZE record; ANALYZE settlement")?;
        Ok(())
    }

    /// Settles what agrees in all, of the facilities in `range`, into the tables of `slot`.
    ///
    /// # Errors
    /// What the server says.
    pub fn lay(&mut self, running: Running, range: &Range<i64>) -> Result<Chunk<'_>, HubFault> {
        let slot = running.slot;
        for (setting, value) in WISHES {
            self.wish(setting, value);
        }
        let place = format!("facility >= {} AND facility < {}", range.start, range.end);
        let mut tx = self.client.transaction()?;
        tx.batch_execute(DROP)?;
        tx.batch_execute(&OURS.replace('@', &place))?;
        tx.batch_execute(&THEIRS.replace('@', &place))?;
        tx.batch_execute("ANALYZE ours; ANALYZE theirs")?;
        tx.batch_execute(PAIRS)?;
        tx.batch_execute(TWICE)?;
        tx.batch_execute("CREATE TEMPORARY TABLE elsewhere (key BIGINT)")?;
        tx.batch_execute(TOLD_TWICE)?;
        let known = tx.query_one(KNOWN, &[])?;
        for (at, (ours, theirs)) in KINDS.iter().enumerate() {
            if known.get::<_, i64>(at) > 0 {
                tx.batch_execute(&ELSEWHERE.replace("$ours", ours).replace("$theirs", theirs))?;
            }
        }
        tx.batch_execute(NOT_PLAIN)?;
        tx.batch_execute("ANALYZE pair")?;
        tx.batch_execute(FREE)?;
        tx.batch_execute(LOOSE)?;
        tx.batch_execute("ANALYZE free; ANALYZE loose")?;
        closure::pull(&mut tx)?;
        let settled = tx.execute(
            &format!(
                "INSERT INTO verdict_{slot} (facility, id, verdict, reason, ground, settlement, difference_fen)
                 SELECT facility, id, '{}', NULL, ground, settlement, 0 FROM pair",
                Verdict::Matched.id()
            ),
            &[],
        )?;
        let missing = tx.execute(
            &format!(
                "INSERT INTO verdict_{slot} (facility, id, verdict, reason, ground, settlement, difference_fen)
                 SELECT f.facility, f.id, '{}', CASE f.stage WHEN 'pending' THEN '{}' ELSE '{}' END, NULL, NULL, 0
                 FROM free f LEFT JOIN pulled p ON p.id = f.id AND p.facility = f.facility WHERE p.id IS NULL",
                Verdict::Missing.id(),
                Reason::NotSent.id(),
                Reason::NoAnswer.id()
            ),
            &[],
        )?;
        tx.batch_execute("ANALYZE pulled; ANALYZE pulled_pair")?;
        let claims = tx.query(CLAIMS, &[])?.iter().map(as_claim).collect::<Result<_, _>>()?;
        let rows = tx.query(ROWS, &[])?.iter().map(as_row).collect::<Result<_, _>>()?;
        Ok(Chunk { tx, running, settled, missing, claims, rows })
    }
}

impl Chunk<'_> {
    /// What is sealed of a record.
    ///
    /// # Errors
    /// What the server says; [`HubFault::Odd`] where it has none.
    pub fn content(&mut self, facility: FacilityId, id: &Uuid) -> Result<Vec<u8>, HubFault> {
        self.sealed("SELECT sealed FROM record_content WHERE facility = $1 AND id = $2", facility, id)
    }

    /// What is sealed of a settlement.
    ///
    /// # Errors
    /// As [`Chunk::content`].
    pub fn whose(&mut self, facility: FacilityId, id: &Uuid) -> Result<Vec<u8>, HubFault> {
        self.sealed("SELECT sealed FROM settlement WHERE facility = $1 AND id = $2", facility, id)
    }

    fn sealed(&mut self, text: &str, facility: FacilityId, id: &Uuid) -> Result<Vec<u8>, HubFault> {
        let row = self.tx.query_opt(text, &[&facility.0, id])?;
        row.map(|row| row.get(0)).ok_or_else(|| HubFault::Odd { text: format!("{id}") })
    }

    /// Adds what the engine said, and has all of it stand.
    ///
    /// # Errors
    /// What the server says, and nothing of the chunk stands then.
    pub fn finish(mut self, verdicts: &[VerdictRow], rows: &[RowVerdictRow]) -> Result<(), HubFault> {
        let Running { run, slot } = self.running;
        put_verdicts(&mut self.tx, slot, verdicts)?;
        put_row_verdicts(&mut self.tx, slot, rows)?;
        // Nobody has taken over meanwhile, and nobody does before this stands.
        let still =
            self.tx.query_opt("SELECT 1 FROM run WHERE run = $1 AND state = 'running' FOR SHARE", &[&run])?;
        if still.is_none() {
            return Err(HubFault::Busy { run });
        }
        self.tx.batch_execute(DROP)?;
        self.tx.commit()?;
        Ok(())
    }
}

fn keys<const N: usize>(row: &postgres::Row, from: usize) -> [Option<Key>; N] {
    std::array::from_fn(|at| {
        row.get::<_, Option<i64>>(from + at).map(|key| Key::of_mark(key.cast_unsigned()))
    })
}

fn read<T: std::str::FromStr>(text: &str) -> Result<T, HubFault> {
    text.parse().map_err(|_| HubFault::Odd { text: text.to_owned() })
}

fn as_claim(row: &postgres::Row) -> Result<LooseClaim, HubFault> {
    Ok(LooseClaim {
        facility: FacilityId(row.get(0)),
        id: row.get(1),
        keys: keys(row, 2),
        total: Money::from_fen(row.get(10)),
        occurred_at: Time::from_naive(row.get(11)),
        kind: read(row.get(12))?,
        insutype: Insutype::of(row.get(13)),
        stage: read(row.get(14))?,
    })
}

fn as_row(row: &postgres::Row) -> Result<LooseRow, HubFault> {
    let text = |at: usize| row.get::<_, String>(at);
    let money = |at: usize| row.get::<_, Option<i64>>(at).map(Money::from_fen);
    let day = |at: usize| {
        let date: Option<chrono::NaiveDate> = row.get(at);
        date.map(|date| Time::from_naive(date.and_time(chrono::NaiveTime::MIN)).day())
    };
    let counted_on: Option<Day> = day(24);
    let standing: Standing = read(row.get(19))?;
    let settlement = Settlement {
        setl_id: text(10),
        init_setl_id: text(11),
        mdtrt_id: text(12),
        medins_setl_id: text(13),
        record_no: text(14),
        receipt_no: text(15),
        med_type: text(16),
        insutype: text(17),
        clr_type: text(18),
        standing,
        unread: text(20),
        refunded: row.get::<_, i16>(21) == 1,
        unpriced: row.get::<_, i16>(22) == 1,
        setl_time: row.get::<_, Option<chrono::NaiveDateTime>>(23).map(Time::from_naive),
        counted_on,
        total: Money::from_fen(row.get(25)),
        fund: money(26),
        account: money(27),
        cash: money(28),
        hospital: money(29),
        ..Settlement::default()
    };
    Ok(LooseRow { facility: FacilityId(row.get(0)), id: row.get(1), settlement, keys: keys(row, 2) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facilities_are_shared_out_evenly() {
        let city = |facilities: i64, each: i64| -> Vec<(i64, i64)> {
            (0..facilities).map(|at| (at * 7 + 3, each)).collect()
        };
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (city(0, 0),                      2, 1),
            (city(8, 400),                    2, 1),
            (city(300, 3_334),                2, 6),
            (city(3_000, 3_334),              2, 42),
            (city(300, 3_334),                3, 6),
            (vec![(1, 9_000_000), (2, 1)],    2, 2),
        ];
        for (counts, workers, want) in cases {
            let ranges = even_ranges(&counts, workers);
            assert_eq!(ranges.len(), want, "{} x {:?}, {workers}", counts.len(), counts.first());
            assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start), "none is left out");
            assert_eq!((ranges[0].start, ranges[want - 1].end), (0, i64::MAX));
            let within = |range: &Range<i64>| counts.iter().filter(|(id, _)| range.contains(id)).count();
            assert_eq!(ranges.iter().map(within).sum::<usize>(), counts.len());
        }
    }

    #[test]
    fn the_words_in_the_text_are_those_of_the_lists() {
        for stage in [Stage::Draft, Stage::Void] {
            assert!(OURS.contains(&format!("'{}'", stage.id())));
        }
        assert!(OURS.contains(&format!("'{}'", Kind::Filing.id())));
        assert_eq!(Stage::Pending.id(), "pending");
    }
}
