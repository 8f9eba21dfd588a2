//! What bundles say, written into the books: records of other windows, and where every
//! record stands by all that was said of it.
//!
//! The rules are in `domain/merge.rs`; here their inputs are gathered from the tables
//! and their outcome is written, with the digests that the proof will ask for.

use crate::domain::{
    Asserted, Combined, Digest, Money, Person, Reason, Record, RecordId, ResultOf, Said, SaidContent,
    SaidResults, Stage, Stand, combine, odd_results,
};
use crate::store::bundle::Merging;
use crate::store::merge_log::{MergedRecord, MergedRow};
use crate::store::person::PreparedPerson;
use crate::store::prepared::{digest_of, facts_of, lines_of, private_of, public_of};
use crate::store::row;
use crate::store::seal::Place;
use crate::store::{Books, StoreError, Writer};
use crate::text::Label as _;
use rusqlite::{OptionalExtension, Row};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Where records stand by this ledger's own steps, by row number.
pub type OwnStands = FxHashMap<i64, Stand>;

const BY_UUID: &str = "
    SELECT id, station, count, person, version, total_fen FROM record WHERE uuid = ?1";
const BY_COUNT: &str = "SELECT 1 FROM record WHERE station = ?1 AND count = ?2";
const SAID: &str = "
    INSERT INTO said (bundle, uuid, seq, stage, verdict, version, setl_id, share_fen, refund_fen, mark, sealed)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const LAST_SAID: &str = "
    SELECT s.seq, s.mark FROM said s JOIN bundle b ON b.id = s.bundle
    WHERE s.uuid = ?1 AND b.peer = ?2 AND b.state = 'merged' ORDER BY s.seq DESC LIMIT 1";
macro_rules! words {
    () => {
        "SELECT s.uuid, p.ledger, p.station, s.stage, s.verdict, s.version, s.setl_id, s.refund_fen, s.bundle, s.sealed,
            s.share_fen
         FROM said s JOIN bundle b ON b.id = s.bundle JOIN peer p ON p.id = b.peer
         WHERE b.state = 'merged' AND NOT EXISTS (
            SELECT 1 FROM said n JOIN bundle c ON c.id = n.bundle
            WHERE n.uuid = s.uuid AND c.peer = b.peer AND c.state = 'merged' AND n.seq > s.seq)"
    };
}
const WORDS_OF: &str = concat!(words!(), " AND s.uuid = ?1 ORDER BY p.ledger");
const WORDS: &str = concat!(words!(), " ORDER BY s.uuid, p.ledger");
const INSERT: &str = "
    INSERT INTO record (uuid, station, count, record_no, row_key, occurrence, facility, kind, line, person,
        insured_area, insurance, person_group, occurred_at, admitted_at, discharged_at, applied_on, department,
        total_fen, paid_fen, pay_method, receipt_no, facts, private, version, content, entered_at, operator, stage)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
        ?23, ?24, ?25, ?26, ?27, ?28, 'pending')";
const LINES: &str = "INSERT INTO record_lines (record, lines) VALUES (?1, ?2)";
const UPDATE: &str = "
    UPDATE record SET record_no = ?2, facility = ?3, kind = ?4, line = ?5, person = ?6, insured_area = ?7,
        insurance = ?8, person_group = ?9, occurred_at = ?10, admitted_at = ?11, discharged_at = ?12, applied_on = ?13,
        department = ?14, total_fen = ?15, paid_fen = ?16, pay_method = ?17, receipt_no = ?18, facts = ?19,
        private = ?20, version = ?21, content = ?22
    WHERE id = ?1";
const KEPT_LINES: &str = "SELECT lines FROM record_lines WHERE record = ?1";
const STANDING: &str = "SELECT id, station, version, stage, verdict FROM record WHERE uuid = ?1";
const MOVE: &str = "UPDATE record SET stage = ?2, verdict = ?3 WHERE id = ?1";
const REFUND: &str = "
    INSERT INTO refund (record, amount_fen, receipt_no, pay_method, paid_at, operator) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (record) DO UPDATE SET amount_fen = excluded.amount_fen, receipt_no = excluded.receipt_no,
        pay_method = excluded.pay_method, paid_at = excluded.paid_at, operator = excluded.operator";
const CLEARING: &str = "
    INSERT INTO clearing (record, evidence, cleared_at, operator) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (record) DO UPDATE SET evidence = excluded.evidence, cleared_at = excluded.cleared_at,
        operator = excluded.operator";
const REFUND_ROW: &str = "SELECT * FROM refund WHERE record = ?1";
const CLEARING_ROW: &str = "SELECT * FROM clearing WHERE record = ?1";
const OWN: &str = "SELECT 1 FROM event WHERE record = ?1 AND kind = ?2 LIMIT 1";
const FACILITY: &str = "INSERT INTO facility (code, name) VALUES (?1, ?2) ON CONFLICT (code) DO NOTHING";
const FACILITY_ROW: &str = "SELECT * FROM facility WHERE code = ?1";
const IDS: &str = "SELECT uuid, id, station, version FROM record";
/// Two copies of one chain that say different things of one version.
const TWICE_CORRECTED: &str = "
    SELECT DISTINCT r.id FROM said q JOIN bundle x ON x.id = q.bundle AND x.state = 'quarantined'
    JOIN said s ON s.uuid = q.uuid JOIN bundle b ON b.id = s.bundle AND b.state = 'merged' AND b.peer = x.peer
    JOIN record r ON r.uuid = q.uuid
    WHERE q.version = s.version AND q.mark <> s.mark";
/// The same person, kind, day and total at different windows: all but the first by UUID.
const TWICE_BY_PERSON: &str = "
    SELECT r.id FROM record r JOIN person p ON p.id = r.person
    JOIN (SELECT coalesce(p.id_mark, p.name_mark) AS mark, r.kind, substr(r.occurred_at, 1, 10) AS day, r.total_fen, min(r.uuid) AS first
          FROM record r JOIN person p ON p.id = r.person WHERE r.stage <> 'void' AND coalesce(p.id_mark, p.name_mark) IS NOT NULL
          GROUP BY 1, 2, 3, 4 HAVING min(r.station) <> max(r.station)) g
        ON g.mark = coalesce(p.id_mark, p.name_mark) AND g.kind = r.kind AND g.day = substr(r.occurred_at, 1, 10)
            AND g.total_fen = r.total_fen
    WHERE r.uuid <> g.first AND r.stage <> 'void'";
/// The same number of the facility at different windows.
const TWICE_BY_NUMBER: &str = "
    SELECT r.id FROM record r
    JOIN (SELECT record_no, facility, min(uuid) AS first FROM record WHERE record_no <> '' AND stage <> 'void'
          GROUP BY 1, 2 HAVING min(station) <> max(station)) g ON g.record_no = r.record_no AND g.facility = r.facility
    WHERE r.record_no <> '' AND r.uuid <> g.first AND r.stage <> 'void'";

/// The last word of one ledger on a record.
#[derive(Clone, Debug)]
pub struct Word {
    /// Which record.
    pub uuid: RecordId,
    /// Which ledger.
    pub ledger: String,
    /// Its station.
    pub station: String,
    /// Where the record stands there.
    pub stand: Stand,
    /// The settlement it knows of, alone of this record; empty where there is none.
    pub setl_id: String,
    /// What it paid back.
    pub refund: Option<Money>,
    /// The person's own share after insurance, as its statements tell it.
    pub share: Option<Money>,
    bundle: i64,
    sealed: Vec<u8>,
}

impl Word {
    fn from_row(row: &Row<'_>) -> Result<Word, StoreError> {
        let word = |at: usize| row.get::<_, Option<String>>(at);
        let damaged = |text: String| StoreError::Damaged { text };
        Ok(Word {
            uuid: RecordId::from_bytes(row.get(0)?),
            ledger: row.get(1)?,
            station: row.get(2)?,
            stand: Stand {
                stage: word(3)?.map(|text| text.parse().map_err(|_| damaged(text))).transpose()?,
                verdict: word(4)?.map(|text| text.parse().map_err(|_| damaged(text))).transpose()?,
                version: row.get(5)?,
            },
            setl_id: row.get(6)?,
            refund: row.get::<_, Option<i64>>(7)?.map(Money::from_fen),
            share: row.get::<_, Option<i64>>(10)?.map(Money::from_fen),
            bundle: row.get(8)?,
            sealed: row.get(9)?,
        })
    }
}

fn place(row: &[u8]) -> Place<'_> {
    Place { column: "said.sealed", row }
}

fn row_of(bundle: i64, uuid: &RecordId) -> Vec<u8> {
    [&bundle.to_be_bytes()[..], uuid.bytes()].concat()
}

impl Books<'_> {
    /// What other ledgers last said of a record, by ledger.
    pub fn words_of(&self, uuid: &RecordId) -> Result<Vec<Word>, StoreError> {
        let mut statement = self.conn.prepare_cached(WORDS_OF)?;
        let mut rows = statement.query([uuid.bytes()])?;
        let mut words = Vec::new();
        while let Some(row) = rows.next()? {
            words.push(Word::from_row(row)?);
        }
        Ok(words)
    }

    /// What was done with a record where that was said: batches, settlements, refund, clearing.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn results_of(&self, word: &Word) -> Result<SaidResults, StoreError> {
        let plain = self.sealer()?.open(place(&row_of(word.bundle, &word.uuid)), &word.sealed)?;
        Ok(serde_json::from_slice(&plain)?)
    }

    /// What windows say of each other that cannot all be true, and what looks entered twice.
    pub fn odd_windows(&self, own: &OwnStands) -> Result<BTreeSet<(Reason, i64)>, StoreError> {
        let mut odd = BTreeSet::new();
        for (reason, sql) in [
            (Reason::CorrectedTwice, TWICE_CORRECTED),
            (Reason::TwiceAtWindows, TWICE_BY_PERSON),
            (Reason::TwiceAtWindows, TWICE_BY_NUMBER),
        ] {
            let mut statement = self.conn.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                odd.insert((reason, row.get(0)?));
            }
        }
        let mut known: FxHashMap<[u8; 16], (i64, String, i64)> = FxHashMap::default();
        let mut statement = self.conn.prepare_cached(IDS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            known.insert(row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?));
        }
        let mut by_record: FxHashMap<i64, Vec<Word>> = FxHashMap::default();
        let mut statement = self.conn.prepare_cached(WORDS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let word = Word::from_row(row)?;
            if let Some((id, ..)) = known.get(word.uuid.bytes()) {
                by_record.entry(*id).or_default().push(word);
            }
        }
        let homes: FxHashMap<i64, (String, i64)> =
            known.into_values().map(|(id, station, version)| (id, (station, version))).collect();
        let us = self.ledger_id()?;
        let mut results = Vec::new();
        for (id, words) in &by_record {
            let Some((station, version)) = homes.get(id) else { continue };
            if self.combined(*version, station, own.get(id), words)?.void_and_settled {
                odd.insert((Reason::VoidAndSettled, *id));
            }
            results.extend(words.iter().map(|word| ResultOf {
                record: *id,
                ledger: word.ledger.clone(),
                setl_id: word.setl_id.clone(),
                refunded: word.refund.is_some(),
            }));
        }
        // Only where somebody else has a result of his own can ours contradict it.
        if results.iter().any(|one| !one.setl_id.is_empty() || one.refunded) {
            for id in own.iter().filter(|(_, own)| own.stage.is_some_and(has_result)).map(|(id, _)| *id) {
                let ours = self.own_results(id)?;
                let setl_id = ours.setl_id().unwrap_or_default().to_owned();
                let refunded = ours.refund.is_some();
                results.push(ResultOf { record: id, ledger: us.clone(), setl_id, refunded });
            }
        }
        odd.extend(odd_results(&results));
        Ok(odd)
    }

    /// Where a record of `station` stands by our own steps and by the words of others.
    fn combined(
        &self,
        version: i64,
        station: &str,
        own: Option<&Stand>,
        words: &[Word],
    ) -> Result<Combined, StoreError> {
        let us = self.ledger_id()?;
        let here = self.station()?;
        let ours = own.map(|own| Asserted { ledger: us, home: here == station, stand: *own });
        let theirs = words.iter().map(|word| Asserted {
            ledger: word.ledger.clone(),
            home: word.station == station,
            stand: word.stand,
        });
        Ok(combine(version, &ours.into_iter().chain(theirs).collect::<Vec<_>>()))
    }

    fn station(&self) -> Result<String, StoreError> {
        Ok(self.conn.prepare_cached("SELECT station FROM ledger")?.query_row([], |row| row.get(0))?)
    }
}

/// Whether a record that stands here may have a settlement or a refund.
fn has_result(stage: Stage) -> bool {
    matches!(stage, Stage::Exported | Stage::Settled | Stage::Refunded | Stage::Cleared)
}

impl Writer<'_> {
    /// A facility whose records a bundle brings; `true` where it was not known. Its name comes along.
    pub fn take_facility(
        &mut self,
        merging: &mut Merging<'_>,
        code: &str,
        name: &str,
    ) -> Result<bool, StoreError> {
        if self.tx.prepare_cached(FACILITY)?.execute([code, name])? == 0 {
            return Ok(false);
        }
        let digest = self.row_digest("facility", FACILITY_ROW, code)?;
        merging.log.rows.push(MergedRow { table: "facility", digest, key: code.to_owned() });
        Ok(true)
    }

    fn row_digest(
        &self,
        table: &'static str,
        sql: &str,
        key: impl rusqlite::ToSql,
    ) -> Result<Digest, StoreError> {
        self.tx.prepare_cached(sql)?.query_row([key], |found| Ok(row::digest_of(table, found)))?
    }

    /// Keeps what a bundle says of a record.
    pub(super) fn note_said(&mut self, bundle: i64, said: &Said) -> Result<(), StoreError> {
        let sealer = self.sealer()?;
        let results = serde_json::to_vec(&said.results)?;
        let mark = said.content.as_ref().map(serde_json::to_vec).transpose()?;
        let mark = mark.map(|content| sealer.long_mark("said", &content));
        let sealed = sealer.seal(place(&row_of(bundle, &said.uuid)), &results);
        self.tx.prepare_cached(SAID)?.execute((
            bundle,
            said.uuid.bytes(),
            said.seq,
            said.stand.stage.map(|stage| stage.id()),
            said.stand.verdict.map(|verdict| verdict.id()),
            said.stand.version,
            said.results.setl_id().unwrap_or_default(),
            said.results.own_share().map(Money::fen),
            said.results.refund.as_ref().map(|refund| refund.amount.fen()),
            mark,
            sealed,
        ))?;
        Ok(())
    }

    /// Takes what a bundle says of a record, unless its ledger said something later already.
    ///
    /// # Errors
    /// [`StoreError::Contradicts`] where a number or an id stands for another record here.
    pub fn take_said(&mut self, merging: &mut Merging<'_>, said: &Said) -> Result<(), StoreError> {
        let last: Option<(i64, Option<[u8; 32]>)> = self
            .tx
            .prepare_cached(LAST_SAID)?
            .query_row((said.uuid.bytes(), merging.peer.id), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if last.is_some_and(|(seq, _)| seq >= said.seq) {
            return Ok(());
        }
        self.note_said(merging.bundle, said)?;
        merging.touched.insert(*said.uuid.bytes());
        merging.changed += 1;
        let contradicts = || StoreError::Contradicts { what: format!("record {}", said.number) };
        let found = self.tx.prepare_cached(BY_UUID)?.query_row([said.uuid.bytes()], Known::from_row);
        let found = found.optional()?;
        let (station, count) = (said.number.station(), said.number.count());
        if found.as_ref().is_some_and(|found| found.station != station || found.count != count) {
            return Err(contradicts());
        }
        let Some(content) = &said.content else { return Ok(()) };
        let mark = self.sealer()?.long_mark("said", &serde_json::to_vec(content)?);
        match found {
            Some(_) if last.is_some_and(|(_, kept)| kept == Some(mark)) => Ok(()),
            Some(known) => self.rewrite(merging, &known, &said.uuid, content),
            None if self.tx.prepare_cached(BY_COUNT)?.exists((station, count))? => Err(contradicts()),
            None => self.write_new(merging, said, content),
        }
    }

    fn write_new(
        &mut self,
        merging: &mut Merging<'_>,
        said: &Said,
        content: &SaidContent,
    ) -> Result<(), StoreError> {
        let made = self.made(&said.uuid, content)?;
        let record = &made.record;
        // The mark of the row is under their key; ours of theirs is as good, and nobody else has it.
        let origin = format!("{} {}", merging.peer.card.ledger, content.origin);
        let origin = self.sealer()?.long_mark("row of another ledger", origin.as_bytes());
        self.tx.prepare_cached(INSERT)?.execute(rusqlite::params![
            said.uuid.bytes(),
            said.number.station(),
            said.number.count(),
            record.record_no,
            origin,
            content.occurrence,
            record.facility,
            record.kind.id(),
            record.line,
            made.person,
            record.insured_area,
            record.insurance,
            record.person_group,
            record.occurred_at.to_string(),
            record.admitted_at.map(|t| t.to_string()),
            record.discharged_at.map(|t| t.to_string()),
            record.applied_on.map(|t| t.to_string()),
            record.department,
            record.total.fen(),
            record.paid.map(Money::fen),
            record.pay_method.map(|m| m.id()),
            record.receipt_no,
            facts_of(&record.facts),
            made.private,
            content.version,
            made.content.bytes(),
            content.entered_at.to_string(),
            content.operator,
        ])?;
        let id = self.tx.last_insert_rowid();
        let lines = lines_of(record);
        if !lines.is_empty() {
            self.tx.prepare_cached(LINES)?.execute((id, lines))?;
        }
        merging.new += 1;
        Ok(())
    }

    fn rewrite(
        &mut self,
        merging: &mut Merging<'_>,
        known: &Known,
        uuid: &RecordId,
        content: &SaidContent,
    ) -> Result<(), StoreError> {
        let made = self.made(uuid, content)?;
        let record = &made.record;
        let lines: Option<String> =
            self.tx.prepare_cached(KEPT_LINES)?.query_row([known.id], |row| row.get(0)).optional()?;
        // Fee lines never change once they are written, at whatever window.
        if lines.unwrap_or_default() != lines_of(record) {
            return Err(StoreError::Contradicts { what: format!("fee lines of record #{}", known.id) });
        }
        self.tx.prepare_cached(UPDATE)?.execute(rusqlite::params![
            known.id,
            record.record_no,
            record.facility,
            record.kind.id(),
            record.line,
            made.person,
            record.insured_area,
            record.insurance,
            record.person_group,
            record.occurred_at.to_string(),
            record.admitted_at.map(|t| t.to_string()),
            record.discharged_at.map(|t| t.to_string()),
            record.applied_on.map(|t| t.to_string()),
            record.department,
            record.total.fen(),
            record.paid.map(Money::fen),
            record.pay_method.map(|m| m.id()),
            record.receipt_no,
            facts_of(&record.facts),
            made.private,
            content.version,
            made.content.bytes(),
        ])?;
        if made.person != known.person {
            merging.former.push(known.person);
        }
        if record.total.fen() != known.total {
            merging.totals.push((known.id, known.total));
        }
        Ok(())
    }

    /// A record from elsewhere, its identity and free texts sealed with our key.
    fn made(&mut self, uuid: &RecordId, content: &SaidContent) -> Result<Made, StoreError> {
        let record = Record { lines: content.lines.clone(), ..content.record.clone() };
        let person: &Person = &record.person;
        let prepared = PreparedPerson::new(self.sealer()?, person);
        let (person, identity) = self.put_person(&prepared)?;
        let private = private_of(self.sealer()?, uuid, &record);
        let content = digest_of(&public_of(&record), identity, &private, lines_of(&record).as_bytes());
        Ok(Made { record, person, private, content })
    }

    /// Brings every record that something was said of to where it now stands.
    pub(super) fn restand_all(
        &mut self,
        merging: &mut Merging<'_>,
        own: &OwnStands,
    ) -> Result<(), StoreError> {
        for uuid in std::mem::take(&mut merging.touched) {
            self.restand(merging, &RecordId::from_bytes(uuid), own)?;
        }
        // A new record is told in the order of its number, since that is how it was written.
        merging.log.records.sort_by_key(|one| one.record);
        Ok(())
    }

    fn restand(
        &mut self,
        merging: &mut Merging<'_>,
        uuid: &RecordId,
        own: &OwnStands,
    ) -> Result<(), StoreError> {
        let take = |row: &Row<'_>| {
            let before: (String, Option<String>) = (row.get(3)?, row.get(4)?);
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, before))
        };
        let found = self.tx.prepare_cached(STANDING)?.query_row([uuid.bytes()], take).optional()?;
        // Spoken of before its own window told of it: what was said is kept.
        let Some((id, station, version, before)) = found else { return Ok(()) };
        let mut words = self.books().words_of(uuid)?;
        let stands = self.books().combined(version, &station, own.get(&id), &words)?;
        let verdict = stands.verdict.map(|verdict| verdict.id());
        if before.0 != stands.stage.id() || before.1.as_deref() != verdict {
            self.tx.prepare_cached(MOVE)?.execute((id, stands.stage.id(), verdict))?;
        }
        // Its own window's word first; among the others the ledger's id decides, never who came first.
        words.sort_by_key(|word| (word.station != station, word.ledger.clone()));
        self.restand_refund(merging, id, &words)?;
        self.restand_clearing(merging, id, &words)?;
        let frame = self.books().frame(id)?;
        let Combined { stage, verdict, .. } = stands;
        merging.log.records.push(MergedRecord { record: id, frame, version, stage, verdict });
        Ok(())
    }

    fn is_own(&self, record: i64, kind: &str) -> Result<bool, StoreError> {
        Ok(self.tx.prepare_cached(OWN)?.exists((record, kind))?)
    }

    /// What others paid back stands beside what this ledger paid, which it never replaces.
    fn restand_refund(
        &mut self,
        merging: &mut Merging<'_>,
        id: i64,
        words: &[Word],
    ) -> Result<(), StoreError> {
        let Some(word) = words.iter().find(|word| word.refund.is_some()) else { return Ok(()) };
        if self.is_own(id, "refunded")? {
            return Ok(());
        }
        let Some(refund) = self.books().results_of(word)?.refund else { return Ok(()) };
        self.tx.prepare_cached(REFUND)?.execute((
            id,
            refund.amount.fen(),
            refund.receipt_no,
            refund.pay_method.id(),
            refund.paid_at.to_string(),
            refund.operator,
        ))?;
        let digest = self.row_digest("refund", REFUND_ROW, id)?;
        merging.log.rows.push(MergedRow { table: "refund", digest, key: id.to_string() });
        Ok(())
    }

    fn restand_clearing(
        &mut self,
        merging: &mut Merging<'_>,
        id: i64,
        words: &[Word],
    ) -> Result<(), StoreError> {
        let Some(word) = words.iter().find(|word| word.stand.stage == Some(Stage::Cleared)) else {
            return Ok(());
        };
        if self.is_own(id, "cleared")? {
            return Ok(());
        }
        let Some(clearing) = self.books().results_of(word)?.clearing else { return Ok(()) };
        let bytes = id.to_be_bytes();
        let here = Place { column: "clearing.evidence", row: &bytes };
        let sealed = self.seal_text(here, &clearing.evidence)?;
        self.tx.prepare_cached(CLEARING)?.execute((
            id,
            sealed,
            clearing.cleared_at.to_string(),
            clearing.operator,
        ))?;
        let digest = self.row_digest("clearing", CLEARING_ROW, id)?;
        merging.log.rows.push(MergedRow { table: "clearing", digest, key: id.to_string() });
        Ok(())
    }
}

/// A record as it stands before it is written anew.
struct Known {
    id: i64,
    station: String,
    count: u32,
    person: i64,
    total: i64,
}

impl Known {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Known> {
        Ok(Known {
            id: row.get(0)?,
            station: row.get(1)?,
            count: row.get(2)?,
            person: row.get(3)?,
            total: row.get(5)?,
        })
    }
}

/// A record ready to be written.
struct Made {
    record: Record,
    person: i64,
    private: Vec<u8>,
    content: Digest,
}
