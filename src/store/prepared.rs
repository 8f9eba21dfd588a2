//! What can be made of a record before its place in the books is known.
//!
//! Sealing, marking, digests and JSON need the ledger key and nothing else, so a
//! second thread can do them while the first writes. Which number a record gets,
//! whether it stands there already, and the chain are the writer's business.

use crate::domain::{Digest, Digester, Kind, Money, PayMethod, Record, RecordId, Time};
use crate::domain::{Facts, Line};
use crate::store::person::PreparedPerson;
use crate::store::seal::{Place, Sealer, fill};
use crate::store::{StoreError, Writer};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};

const SPELLED: &str = "a record has nothing that JSON cannot say";

/// Where records are made ready; it may be shared between threads.
pub struct Workshop<'a> {
    pub(super) sealer: &'a Sealer,
    at: Time,
    /// Where the ids begin. They count up from here, so that their index grows at its end.
    bits: [u8; 10],
    made: AtomicU64,
}

/// A record, sealed and spelled out.
pub struct Prepared {
    pub(super) uuid: RecordId,
    pub(super) person: PreparedPerson,
    /// The keyed digest of the row it came from: the plain one would let an identity be guessed.
    pub(super) origin: [u8; 32],
    pub(super) private: Vec<u8>,
    pub(super) lines: String,
    pub(super) facts: String,
    public: Vec<u8>,
}

impl Workshop<'_> {
    /// Makes a record ready to be written; `row_key` is the digest of the row it came from.
    pub fn prepare(&self, record: &Record, row_key: Digest) -> Prepared {
        let uuid = self.id();
        Prepared {
            person: PreparedPerson::new(self.sealer, &record.person),
            origin: origin(self.sealer, row_key),
            private: private_of(self.sealer, &uuid, record),
            lines: lines_of(record),
            facts: facts_of(&record.facts),
            public: public_of(record),
            uuid,
        }
    }

    fn id(&self) -> RecordId {
        let mut bits = self.bits;
        let (_, low) = bits.split_last_chunk_mut::<8>().expect("ten bytes have eight at their end");
        *low = u64::from_be_bytes(*low).wrapping_add(self.made.fetch_add(1, Ordering::Relaxed)).to_be_bytes();
        RecordId::new(self.at, bits)
    }
}

impl Prepared {
    /// The digest of the record's content, where the person's row has the content `identity`.
    pub(super) fn content(&self, identity: Digest) -> Digest {
        digest_of(&self.public, identity, &self.private, self.lines.as_bytes())
    }
}

impl<'a> Writer<'a> {
    /// A place to make records ready in, for this change.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while nobody has unlocked the ledger.
    pub fn workshop(&self) -> Result<Workshop<'a>, StoreError> {
        let mut bits = [0; 10];
        fill(&mut bits)?;
        Ok(Workshop { sealer: self.sealer()?, at: self.actor.at, bits, made: AtomicU64::new(0) })
    }
}

/// What anyone may read of a record, in the order in which it is hashed.
#[derive(Serialize)]
struct Public<'a> {
    record_no: &'a str,
    facility: &'a str,
    kind: Kind,
    line: &'a str,
    insured_area: &'a str,
    insurance: &'a str,
    person_group: &'a str,
    occurred_at: Time,
    admitted_at: Option<Time>,
    discharged_at: Option<Time>,
    applied_on: Option<Time>,
    department: &'a str,
    total_fen: Money,
    paid_fen: Option<Money>,
    pay_method: Option<PayMethod>,
    receipt_no: &'a str,
    facts: &'a Facts,
}

/// What is sealed in a record besides the person.
#[derive(Serialize, Deserialize)]
pub(super) struct Private {
    pub(super) doctor: String,
    pub(super) diagnosis_code: String,
    pub(super) diagnosis_name: String,
    pub(super) note: String,
}

/// The digest of a record's content: what anyone may read, the content of the person's row, what is sealed, the lines.
pub(super) fn digest_of(public: &[u8], identity: Digest, private: &[u8], lines: &[u8]) -> Digest {
    let mut digester = Digester::default();
    for part in [public, identity.bytes(), private, lines] {
        digester.part(part);
    }
    digester.finish()
}

/// What anyone may read, as it is hashed.
pub(super) fn public_of(record: &Record) -> Vec<u8> {
    let public = Public {
        record_no: &record.record_no,
        facility: &record.facility,
        kind: record.kind,
        line: &record.line,
        insured_area: &record.insured_area,
        insurance: &record.insurance,
        person_group: &record.person_group,
        occurred_at: record.occurred_at,
        admitted_at: record.admitted_at,
        discharged_at: record.discharged_at,
        applied_on: record.applied_on,
        department: &record.department,
        total_fen: record.total,
        paid_fen: record.paid,
        pay_method: record.pay_method,
        receipt_no: &record.receipt_no,
        facts: &record.facts,
    };
    let mut bytes = Vec::with_capacity(640);
    serde_json::to_writer(&mut bytes, &public).expect(SPELLED);
    bytes
}

/// The keyed digest of the row a record came from.
pub(super) fn origin(sealer: &Sealer, row_key: Digest) -> [u8; 32] {
    sealer.long_mark("row", row_key.bytes())
}

/// Doctor, diagnosis and note of the record with this UUID, sealed; nothing where all are empty.
pub(super) fn private_of(sealer: &Sealer, uuid: &RecordId, record: &Record) -> Vec<u8> {
    let Record { doctor, diagnosis_code, diagnosis_name, note, .. } = record;
    if [doctor, diagnosis_code, diagnosis_name, note].iter().all(|text| text.is_empty()) {
        return Vec::new();
    }
    let private = Private {
        doctor: doctor.clone(),
        diagnosis_code: diagnosis_code.clone(),
        diagnosis_name: diagnosis_name.clone(),
        note: note.clone(),
    };
    sealer.seal(private_place(uuid), &serde_json::to_vec(&private).expect(SPELLED))
}

pub(super) fn private_place(uuid: &RecordId) -> Place<'_> {
    Place { column: "record.private", row: uuid.bytes() }
}

/// A record's lines as they are stored: nothing where there are none.
pub(super) fn lines_of(record: &Record) -> String {
    let lines: &[Line] = &record.lines;
    if lines.is_empty() { String::new() } else { serde_json::to_string(lines).expect(SPELLED) }
}

pub(super) fn facts_of(facts: &Facts) -> String {
    serde_json::to_string(facts).expect(SPELLED)
}
