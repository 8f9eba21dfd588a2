//! A small bundle for the tests of this room: three events and one record.

use super::{About, BundleFault, Header, Opened, Part, measure, read, write};
use crate::domain::{
    ChainLine, Digest, Facts, Kind, Person, Record, RecordId, Said, SaidContent, SaidResults, Stage, Stand,
    StationKey,
};
use age::secrecy::ExposeSecret as _;
use ed25519_dalek::{Signer as _, SigningKey};
use std::io;

/// What is in it, and the secret that opens it.
pub(super) struct Sample {
    pub(super) events: Vec<ChainLine>,
    pub(super) said: Said,
    pub(super) secret: String,
    to: String,
    key: SigningKey,
}

impl Sample {
    pub(super) fn new() -> Sample {
        let identity = age::x25519::Identity::generate();
        let said = Said {
            uuid: RecordId::from_bytes([3; 16]),
            number: "A2-0007".parse().unwrap(),
            seq: 4,
            stand: Stand { stage: Some(Stage::Pending), verdict: None, version: 1 },
            content: Some(Box::new(content())),
            results: SaidResults::default(),
        };
        Sample {
            events: chain(3, 3),
            said,
            secret: identity.to_string().expose_secret().to_owned(),
            to: identity.to_public().to_string(),
            key: SigningKey::from_bytes(&[7; 32]),
        }
    }

    pub(super) fn other_secret() -> String {
        age::x25519::Identity::generate().to_string().expose_secret().to_owned()
    }

    fn parts(&self, take: &mut dyn FnMut(Part<'_>) -> Result<(), io::Error>) -> Result<(), io::Error> {
        self.events.iter().try_for_each(|event| take(Part::Event(event)))?;
        take(Part::Said(&self.said))
    }

    pub(super) fn header(&self) -> Header {
        let about = About {
            facility: "H1".to_owned(),
            name: "示例医院".to_owned(),
            station: "A2".to_owned(),
            ledger: "018f2b1e0000700080000123456789ab".to_owned(),
            key: StationKey::from_bytes(self.key.verifying_key().to_bytes()),
            at: "2021-10-29T10:20:00".parse().unwrap(),
            // Only the encryption uses it; the same header each time makes the same file inside.
            to: vec![self.to.clone()],
            facilities: vec![("H1".to_owned(), "示例医院".to_owned())],
        };
        Header::new(about, &measure(|take| self.parts(take)).unwrap())
    }

    pub(super) fn sealed(&self) -> Vec<u8> {
        self.sealed_as(&self.header())
    }

    /// With another header over it, signed all the same.
    pub(super) fn sealed_as(&self, header: &Header) -> Vec<u8> {
        let mut bytes = Vec::new();
        let sign = |text: &[u8]| Ok(self.key.sign(text).to_bytes());
        // What does not agree with its header is written nevertheless, as a forger would.
        let _ = write::<io::Error>(header, &mut bytes, sign, |take| self.parts(take));
        bytes
    }
}

fn content() -> SaidContent {
    let record = Record {
        record_no: "M-1".to_owned(),
        facility: "H1".to_owned(),
        kind: Kind::Outpatient,
        line: "ordinary".to_owned(),
        person: Person { name: "王试一".to_owned(), ..Person::default() },
        insured_area: String::new(),
        insurance: "310".to_owned(),
        person_group: String::new(),
        occurred_at: "2021-10-29T10:20:00".parse().unwrap(),
        admitted_at: None,
        discharged_at: None,
        applied_on: None,
        department: String::new(),
        doctor: String::new(),
        diagnosis_code: String::new(),
        diagnosis_name: String::new(),
        total: "12.50".parse().unwrap(),
        paid: None,
        pay_method: None,
        receipt_no: String::new(),
        facts: Facts::default(),
        note: String::new(),
        lines: Vec::new(),
    };
    let line = r#"{"line_no":1,"item_code":"A","item_name":"甲","quantity":"1","unit_price":"12.50","amount_fen":1250}"#;
    SaidContent {
        record,
        lines: vec![serde_json::from_str(line).unwrap()],
        version: 1,
        origin: Digest::of(b"row").to_string(),
        occurrence: 1,
        entered_at: "2021-10-29T10:20:00".parse().unwrap(),
        operator: "Li".to_owned(),
    }
}

/// So many events from `first` on.
fn chain(first: i64, count: i64) -> Vec<ChainLine> {
    let mut before = Digest::of(b"before");
    let mut events = Vec::new();
    for seq in first..first + count {
        let mut event = ChainLine {
            before,
            seq,
            at: "2021-10-29T10:20:00".parse().unwrap(),
            station: "A2".to_owned(),
            operator: "Li".to_owned(),
            kind: "recorded".to_owned(),
            subject: format!("record A2-{seq:04}"),
            record: Some(seq),
            content: Digest::of(&seq.to_be_bytes()),
            detail: "{}".to_owned(),
            hash: Digest::NONE,
        };
        event.hash = event.hash_now();
        before = event.hash;
        events.push(event);
    }
    events
}

/// A bundle as it is read: header, events, what is said.
pub(super) fn opened(bytes: &[u8], secret: &str) -> Result<(Header, Vec<ChainLine>, Vec<Said>), BundleFault> {
    let (mut events, mut said) = (Vec::new(), Vec::new());
    let header = read::<BundleFault>(
        bytes,
        secret,
        |_| Ok(()),
        |_, line| {
            match line {
                Opened::Event(event) => events.push(*event),
                Opened::Said(one) => said.push(*one),
            }
            Ok(())
        },
    )?;
    Ok((header, events, said))
}
