//! What windows hand in: one bundle, one transaction. Rows are copied into staging tables and
//! from there inserted where they are not yet, so that a bundle which comes twice adds nothing,
//! and a loader that is killed leaves nothing.

use super::sender::ledger_id;
use super::wire::Rows;
use super::{FacilityId, Hub, HubFault};
use crate::domain::{
    self, Asserted, Day, Digest, Key, Kind, Money, RecordId, ShortNumber, Stage, Stand, Time,
};
use crate::text::Label as _;
use std::io::Write as _;
use uuid::Uuid;

/// A stretch of a window's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Whose.
    pub facility: FacilityId,
    /// UUID of the window's ledger.
    pub ledger: String,
    /// First event.
    pub first: i64,
    /// Last one.
    pub last: i64,
    /// The hash before the first.
    pub before: Digest,
    /// That of the last.
    pub head: Digest,
    /// Records it speaks of.
    pub records: u64,
    /// What the records of its own cost.
    pub total: Money,
    /// What was paid back.
    pub refunds: Money,
    /// The hashes of its events, 32 bytes each.
    pub hashes: Vec<u8>,
    /// When it was sealed; nothing is decided by it.
    pub sealed_at: Time,
}

/// A record as its own window tells it.
#[derive(Clone, Debug)]
pub struct RecordRow {
    /// Which.
    pub id: RecordId,
    /// Its number.
    pub number: ShortNumber,
    /// The last event that touched it.
    pub seq: i64,
    /// Counts the corrections.
    pub version: i64,
    /// What it is.
    pub kind: Kind,
    /// What it cost.
    pub total: Money,
    /// What was paid beforehand.
    pub paid: Option<Money>,
    /// When.
    pub occurred_at: Time,
    /// When it was written down.
    pub entered_at: Time,
    /// Where it stands by that window alone.
    pub stage: Option<Stage>,
    /// What was paid back.
    pub refund: Option<Money>,
    /// The platform's code of the last refusal that stands.
    pub refusal: Option<String>,
    /// `insutype`.
    pub insurance: String,
    /// The masked name.
    pub who: String,
    /// Keys, each mixed with the facility: record number, receipt, issued, answered, visit, stay, certificate, person number.
    pub keys: [Option<Key>; 8],
    /// The person in the whole city.
    pub person: Option<Uuid>,
    /// The rest, sealed.
    pub sealed: Vec<u8>,
}

/// What a window says of another's record.
#[derive(Clone, Debug)]
pub struct SaidRow {
    /// Which.
    pub id: RecordId,
    /// The last event that touched it there.
    pub seq: i64,
    /// Where it stands there.
    pub stage: Option<Stage>,
    /// The version it was said of.
    pub version: i64,
    /// What was paid back there.
    pub refund: Option<Money>,
    /// The platform's code of the last refusal that stands there.
    pub refusal: Option<String>,
    /// Keys mixed with the facility: issued, answered, visit.
    pub keys: [Option<Key>; 3],
}

/// What is known of the chain of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// The last event up to which all is there.
    pub head: i64,
    /// A bundle of another chain waits for a decision.
    pub quarantined: bool,
    /// First and last event and hash of bundles that wait for what lies before them.
    pub aside: Vec<(i64, i64, Digest)>,
}

/// What came of taking a bundle in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It stands: so many records are new, so many were changed.
    In {
        /// New ones.
        new: u64,
        /// Changed ones.
        changed: u64,
    },
    /// All of it was there.
    There,
    /// Nothing was written: the chain goes further now than where this was to be put.
    Moved,
}

const RECORD: &str = "facility, id, ledger, number, seq, version, kind, total_fen, paid_fen, occurred_at, entered_at,
    stage, own_stage, refund_fen, refusal, insutype, who, record_no, receipt, issued, answered, visit, stay, cert, psn, person";
const RECORD_COLUMNS: i16 = 26;
const CONTENT: &str = "facility, id, sealed";
const ATTENDANCE: &str = "person, facility, id, day, kind, total_fen";
const SAID: &str = "facility, id, ledger, seq, stage, version, refund_fen, refusal, issued, answered, visit";
/// Filled within a transaction, and empty again when it ends.
const STAGING: [(&str, &str); 4] = [
    ("in_record", "record"),
    ("in_content", "record_content"),
    ("in_attendance", "attendance"),
    ("in_said", "said"),
];
const PUT_BUNDLE: &str = "
    INSERT INTO bundle (facility, ledger, first_seq, last_seq, before_hash, head, records, total_fen, refunds_fen,
        state, fork_seq, hashes, sealed_at, loaded_at, operator)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const PUT_FILE: &str =
    "INSERT INTO bundle_file (facility, ledger, last_seq, head, file) VALUES ($1, $2, $3, $4, $5)";
/// Holds whoever else loads for the facility until this is done.
const ALONE: &str = "SELECT 1 FROM facility WHERE id = $1 FOR UPDATE";
/// How far a chain goes, and whether another window of the facility has handed in.
const KNOWN: &str = "
    SELECT coalesce(max(CASE WHEN ledger = $2 THEN last_seq END), 0)::bigint,
        count(CASE WHEN ledger <> $2 THEN 1 END) > 0
    FROM bundle WHERE facility = $1 AND state = 'merged'";
/// A staged record that is another under its id or under its number.
const ANOTHER: &str = "
    SELECT s.number FROM in_record s JOIN record r ON r.facility = $1 AND r.id = s.id
        WHERE r.ledger <> s.ledger OR r.number <> s.number
    UNION ALL
    SELECT s.number FROM in_record s JOIN record r ON r.facility = $1 AND r.number = s.number WHERE r.id <> s.id
    LIMIT 1";
const IS_THERE: &str =
    "SELECT state FROM bundle WHERE facility = $1 AND ledger = $2 AND last_seq = $3 AND head = $4";

impl Hub {
    /// What is known of a window's chain.
    ///
    /// # Errors
    /// What the server says.
    pub fn chain(&mut self, facility: FacilityId, ledger: &str) -> Result<Chain, HubFault> {
        let rows = self.client.query(
            "SELECT first_seq, last_seq, head, state FROM bundle WHERE facility = $1 AND ledger = $2 ORDER BY first_seq",
            &[&facility.0, &ledger_id(ledger)?],
        )?;
        let mut chain = Chain::default();
        for row in rows {
            let (first, last, head, state): (i64, i64, Vec<u8>, String) =
                (row.get(0), row.get(1), row.get(2), row.get(3));
            match state.as_str() {
                "merged" => chain.head = chain.head.max(last),
                "aside" => chain.aside.push((first, last, digest(&head)?)),
                "quarantined" => chain.quarantined = true,
                _ => {}
            }
        }
        Ok(chain)
    }

    /// The hashes of the events `from..=to` as far as they are known, by number.
    ///
    /// # Errors
    /// What the server says.
    pub fn hashes(
        &mut self,
        facility: FacilityId,
        ledger: &str,
        from: i64,
        to: i64,
    ) -> Result<std::collections::BTreeMap<i64, Digest>, HubFault> {
        let rows = self.client.query(
            "SELECT first_seq, hashes FROM bundle WHERE facility = $1 AND ledger = $2 AND state = 'merged'
                 AND last_seq >= $3 AND first_seq <= $4",
            &[&facility.0, &ledger_id(ledger)?, &from, &to],
        )?;
        let mut known = std::collections::BTreeMap::new();
        for row in rows {
            let (first, hashes): (i64, Vec<u8>) = (row.get(0), row.get(1));
            for (seq, hash) in (first..).zip(hashes.chunks_exact(32)) {
                if (from..=to).contains(&seq) {
                    known.insert(seq, digest(hash)?);
                }
            }
        }
        Ok(known)
    }

    /// Drops what is in quarantine of a window; how many bundles. They stay in the table, with the reason.
    ///
    /// # Errors
    /// What the server says.
    pub fn release(
        &mut self,
        facility: &str,
        ledger: &str,
        reason: &str,
        operator: &str,
        now: Time,
    ) -> Result<u64, HubFault> {
        let note = format!("{now} {operator}: {reason}");
        let dropped = self.client.execute(
            "UPDATE bundle SET state = 'dropped', note = $3
             WHERE facility = $1 AND ledger = $2 AND state = 'quarantined'",
            &[&FacilityId::of(facility).0, &ledger_id(ledger)?, &note],
        )?;
        Ok(dropped)
    }

    /// The file of a bundle that is kept.
    ///
    /// # Errors
    /// What the server says.
    pub fn bundle_file(
        &mut self,
        facility: FacilityId,
        ledger: &str,
        last: i64,
        head: Digest,
    ) -> Result<Option<Vec<u8>>, HubFault> {
        let row = self.client.query_opt(
            "SELECT file FROM bundle_file WHERE facility = $1 AND ledger = $2 AND last_seq = $3 AND head = $4",
            &[&facility.0, &ledger_id(ledger)?, &last, &&head.bytes()[..]],
        )?;
        Ok(row.map(|row| row.get(0)))
    }

    /// All that is kept of a window, in the order of its chain: last event and hash of each bundle that was taken.
    ///
    /// # Errors
    /// What the server says.
    pub fn merged(
        &mut self,
        facility: FacilityId,
        ledger: &str,
    ) -> Result<Vec<(i64, i64, Digest)>, HubFault> {
        let rows = self.client.query(
            "SELECT first_seq, last_seq, head FROM bundle WHERE facility = $1 AND ledger = $2 AND state = 'merged'
             ORDER BY last_seq",
            &[&facility.0, &ledger_id(ledger)?],
        )?;
        rows.iter().map(|row| Ok((row.get(0), row.get(1), digest(row.get(2))?))).collect()
    }

    /// Makes the staging tables of this connection, once.
    fn stage(&mut self) -> Result<(), HubFault> {
        if std::mem::replace(&mut self.staged, true) {
            return Ok(());
        }
        for (staging, table) in STAGING {
            let make = format!(
                "CREATE TEMPORARY TABLE {staging} ON COMMIT DELETE ROWS AS SELECT * FROM {table} WHERE 1 = 0"
            );
            self.client.batch_execute(&make)?;
        }
        Ok(())
    }

    /// Keeps a bundle that is not taken in now: before its turn, or of a second chain. Whether it was new.
    ///
    /// # Errors
    /// What the server says.
    pub fn keep_bundle(
        &mut self,
        stretch: &Stretch,
        fork: Option<i64>,
        file: &[u8],
        operator: &str,
        now: Time,
    ) -> Result<bool, HubFault> {
        let state = if fork.is_some() { "quarantined" } else { "aside" };
        let mut tx = self.client.transaction()?;
        let new = put_bundle(&mut tx, stretch, state, fork, file, operator, now)?;
        tx.commit()?;
        Ok(new)
    }

    /// Takes a bundle in that goes on where the chain ends, at `head`: all of it or nothing; `records` of its own window,
    /// `said` of others.
    ///
    /// One bundle of a facility at a time: what two windows say of one record is combined by whoever comes second.
    ///
    /// # Errors
    /// [`HubFault::Contradicts`] where a record is another than the hub knows under its id or number, and what the
    /// server says.
    pub fn take_bundle(
        &mut self,
        (stretch, head): (&Stretch, i64),
        records: &[RecordRow],
        said: &[SaidRow],
        file: &[u8],
        operator: &str,
        now: Time,
    ) -> Result<Taken, HubFault> {
        self.stage()?;
        let (facility, ledger) = (stretch.facility.0, ledger_id(&stretch.ledger)?);
        let mut tx = self.client.transaction()?;
        tx.query(ALONE, &[&facility])?;
        let known = tx.query_one(KNOWN, &[&facility, &ledger])?;
        let (there, spoken_of): (i64, bool) = (known.get(0), known.get(1));
        if there != head {
            return Ok(Taken::Moved);
        }
        if !put_bundle(&mut tx, stretch, "merged", None, file, operator, now)? {
            return Ok(Taken::There);
        }
        // No record of a window can be there that hands in for the first time and that no other speaks of.
        let fresh = head == 0 && stretch.first == 1 && !spoken_of;
        let place = |staging: &'static str, table: &'static str| if fresh { table } else { staging };
        let [record, content, attendance, others] = STAGING.map(|(staging, table)| place(staging, table));
        copy(&mut tx, record, RECORD, staged_records(facility, ledger, records))?;
        copy(&mut tx, content, CONTENT, staged_contents(facility, records))?;
        copy(&mut tx, attendance, ATTENDANCE, staged_attendance(facility, records))?;
        copy(&mut tx, others, SAID, staged_said(facility, ledger, said))?;
        if fresh {
            tx.commit()?;
            return Ok(Taken::In { new: records.len() as u64, changed: 0 });
        }
        if let Some(other) = tx.query_opt(ANOTHER, &[&facility])? {
            return Err(HubFault::Contradicts { number: other.get(0) });
        }
        let of = [&facility as &(dyn postgres::types::ToSql + Sync)];
        // What a later stretch says of a record replaces what an earlier one said.
        tx.execute(
            "DELETE FROM attendance a USING record r, in_record s
             WHERE r.facility = $1 AND r.id = s.id AND a.person = r.person AND a.facility = $1 AND a.id = r.id",
            &of,
        )?;
        let changed =
            tx.execute("DELETE FROM record r USING in_record s WHERE r.facility = $1 AND r.id = s.id", &of)?;
        tx.execute(
            "DELETE FROM record_content r USING in_record s WHERE r.facility = $1 AND r.id = s.id",
            &of,
        )?;
        tx.execute(
            "DELETE FROM said r USING in_said s
             WHERE r.facility = $1 AND r.id = s.id AND r.ledger = s.ledger AND r.seq < s.seq",
            &of,
        )?;
        let inserted = insert(&mut tx, "record", "in_record", RECORD, "r.id = s.id", &of)?;
        insert(&mut tx, "record_content", "in_content", CONTENT, "r.id = s.id", &of)?;
        insert(
            &mut tx,
            "attendance",
            "in_attendance",
            ATTENDANCE,
            "r.person = s.person AND r.id = s.id",
            &of,
        )?;
        insert(&mut tx, "said", "in_said", SAID, "r.id = s.id AND r.ledger = s.ledger", &of)?;
        combine(&mut tx, facility)?;
        tx.commit()?;
        Ok(Taken::In { new: inserted - changed.min(inserted), changed })
    }
}

/// Puts a row down of a bundle and its file, where it is not there; whether it was new. One that waited is taken now.
fn put_bundle(
    tx: &mut postgres::Transaction<'_>,
    stretch: &Stretch,
    state: &str,
    fork: Option<i64>,
    file: &[u8],
    operator: &str,
    now: Time,
) -> Result<bool, HubFault> {
    let (facility, ledger) = (stretch.facility.0, ledger_id(&stretch.ledger)?);
    let head = &stretch.head.bytes()[..];
    let there = tx.query_opt(IS_THERE, &[&facility, &ledger, &stretch.last, &head])?;
    let there: Option<String> = there.map(|row| row.get(0));
    let waited = there.as_deref().is_some_and(|known| known != "merged" && known != state);
    if there.is_some() && !waited {
        return Ok(false);
    }
    if waited {
        for table in ["bundle", "bundle_file"] {
            tx.execute(
                &format!(
                    "DELETE FROM {table} WHERE facility = $1 AND ledger = $2 AND last_seq = $3 AND head = $4"
                ),
                &[&facility, &ledger, &stretch.last, &head],
            )?;
        }
    }
    let records = i64::try_from(stretch.records).expect("fewer records than a chain has events");
    let before = &stretch.before.bytes()[..];
    tx.execute(
        PUT_BUNDLE,
        &[
            &facility,
            &ledger,
            &stretch.first,
            &stretch.last,
            &before,
            &head,
            &records,
            &stretch.total.fen(),
            &stretch.refunds.fen(),
            &state,
            &fork,
            &stretch.hashes,
            &stretch.sealed_at.naive(),
            &now.naive(),
            &operator,
        ],
    )?;
    tx.execute(PUT_FILE, &[&facility, &ledger, &stretch.last, &head, &file])?;
    Ok(true)
}

/// Copies rows into a table, in the binary form.
pub(super) fn copy(
    tx: &mut postgres::Transaction<'_>,
    table: &str,
    columns: &str,
    rows: Rows,
) -> Result<u64, HubFault> {
    if rows.count() == 0 {
        return Ok(0);
    }
    let mut writer = tx.copy_in(&format!("COPY {table} ({columns}) FROM STDIN BINARY"))?;
    writer.write_all(&rows.finish())?;
    Ok(writer.finish()?)
}

/// Inserts staged rows that are not there.
fn insert(
    tx: &mut postgres::Transaction<'_>,
    table: &str,
    staging: &str,
    columns: &str,
    same: &str,
    of: &[&(dyn postgres::types::ToSql + Sync)],
) -> Result<u64, HubFault> {
    let text = format!(
        "INSERT INTO {table} ({columns}) SELECT {} FROM {staging} s
         LEFT JOIN {table} r ON r.facility = $1 AND {same} WHERE r.id IS NULL",
        prefixed(columns)
    );
    Ok(tx.execute(&text, of)?)
}

/// Columns with the name of the staging table before each.
pub(super) fn prefixed(columns: &str) -> String {
    columns.split(',').map(|column| format!("s.{}", column.trim())).collect::<Vec<_>>().join(", ")
}

fn id_bytes(id: RecordId) -> [u8; 16] {
    *id.bytes()
}

fn staged_records(facility: i64, ledger: Uuid, records: &[RecordRow]) -> Rows {
    let mut rows = Rows::of(RECORD_COLUMNS);
    for record in records {
        let stage = record.stage.unwrap_or(Stage::Pending);
        rows.row().big(facility).bytes(&id_bytes(record.id)).bytes(ledger.as_bytes());
        rows.text(&record.number.to_string()).big(record.seq).big(record.version).text(record.kind.id());
        rows.money(record.total).money_or(record.paid).time(record.occurred_at).time(record.entered_at);
        rows.text(stage.id()).text_or(record.stage.map(|stage| stage.id())).money_or(record.refund);
        rows.text_or(record.refusal.as_deref()).text(&record.insurance).text(&record.who);
        for key in record.keys {
            rows.key(key);
        }
        rows.uuid_or(record.person);
    }
    rows
}

fn staged_contents(facility: i64, records: &[RecordRow]) -> Rows {
    let mut rows = Rows::of(3);
    for record in records {
        rows.row().big(facility).bytes(&id_bytes(record.id)).bytes(&record.sealed);
    }
    rows
}

fn staged_attendance(facility: i64, records: &[RecordRow]) -> Rows {
    let mut rows = Rows::of(6);
    let mut by_person: Vec<(Uuid, &RecordRow)> = records
        .iter()
        .filter(|record| record.stage != Some(Stage::Void))
        .filter_map(|record| Some((record.person?, record)))
        .collect();
    // In the order of the table's key.
    by_person.sort_by_key(|(person, _)| *person);
    for (person, record) in by_person {
        let day: Day = record.occurred_at.day();
        rows.row().bytes(person.as_bytes()).big(facility).bytes(&id_bytes(record.id)).day(day);
        rows.text(record.kind.id()).money(record.total);
    }
    rows
}

fn staged_said(facility: i64, ledger: Uuid, said: &[SaidRow]) -> Rows {
    let mut rows = Rows::of(11);
    for said in said {
        rows.row().big(facility).bytes(&id_bytes(said.id)).bytes(ledger.as_bytes()).big(said.seq);
        rows.text_or(said.stage.map(|stage| stage.id())).big(said.version).money_or(said.refund);
        rows.text_or(said.refusal.as_deref());
        for key in said.keys {
            rows.key(key);
        }
    }
    rows
}

/// Works out anew where the records stand that this bundle speaks of and several windows know.
fn combine(tx: &mut postgres::Transaction<'_>, facility: i64) -> Result<(), HubFault> {
    let rows = tx.query(
        "SELECT r.id, r.ledger, r.own_stage, r.version, s.ledger, s.stage, s.version
         FROM said s JOIN record r ON r.facility = s.facility AND r.id = s.id
         WHERE s.facility = $1 AND (s.id IN (SELECT id FROM in_said) OR s.id IN (SELECT id FROM in_record))
         ORDER BY r.id, s.ledger",
        &[&facility],
    )?;
    let stage_of = |text: Option<String>| -> Result<Option<Stage>, HubFault> {
        text.map(|text| text.parse().map_err(|_| HubFault::Odd { text })).transpose()
    };
    let mut all: std::collections::BTreeMap<Uuid, (i64, Vec<Asserted>)> = std::collections::BTreeMap::new();
    for row in &rows {
        let (id, version): (Uuid, i64) = (row.get(0), row.get(3));
        let (_, words) = match all.entry(id) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let stand = Stand { stage: stage_of(row.get(2))?, verdict: None, version };
                let ledger = row.get::<_, Uuid>(1).simple().to_string();
                place.insert((version, vec![Asserted { ledger, home: true, stand }]))
            }
        };
        let stand = Stand { stage: stage_of(row.get(5))?, verdict: None, version: row.get(6) };
        words.push(Asserted { ledger: row.get::<_, Uuid>(4).simple().to_string(), home: false, stand });
    }
    let update = tx.prepare(
        "UPDATE record SET stage = $3,
             issued = coalesce(issued, (SELECT max(issued) FROM said s WHERE s.facility = $1 AND s.id = $2)),
             answered = coalesce(answered, (SELECT max(answered) FROM said s WHERE s.facility = $1 AND s.id = $2)),
             visit = coalesce(visit, (SELECT max(visit) FROM said s WHERE s.facility = $1 AND s.id = $2)),
             refusal = coalesce(refusal, (SELECT max(refusal) FROM said s WHERE s.facility = $1 AND s.id = $2)),
             refund_fen = coalesce(refund_fen, (SELECT max(refund_fen) FROM said s WHERE s.facility = $1 AND s.id = $2))
         WHERE facility = $1 AND id = $2",
    )?;
    for (id, (version, words)) in all {
        let stage = domain::combine(version, &words).stage;
        tx.execute(&update, &[&facility, &id, &stage.id()])?;
    }
    Ok(())
}

pub(super) fn digest(bytes: &[u8]) -> Result<Digest, HubFault> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| HubFault::Odd { text: "a digest".to_owned() })?;
    Ok(Digest::from_bytes(bytes))
}
