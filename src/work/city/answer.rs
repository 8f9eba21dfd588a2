//! Verdicts back to a facility: a bundle that each of its windows opens like any other. What is
//! said to a facility is a chain of its own, kept at the hub, so that every bundle tells all of it
//! and none contradicts another.

use crate::domain::{ChainLine, Digest, Said, SaidResults, Stage, Stand, Time, Verdict};
use crate::exchange::{About, Header, Part, measure, write};
use crate::hub::{AnswerLine, FacilityId, Hub, HubFault, RunInfo, Sender, SenderState};
use crate::store::Ledger;
use crate::work::city::{CityError, CityKeys};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

/// An answer that is ready to be carried back.
#[derive(Clone, Debug)]
pub struct AnswerBundle {
    /// Its header.
    pub header: Header,
    /// Records that it says something new of.
    pub new: u64,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What the hub has to say to a facility after this run, as a bundle for its trusted windows. `None` where nothing was
/// ever said and there is nothing to say, or where none of its windows is trusted.
///
/// # Errors
/// [`CityError`].
pub fn answer_facility(
    hub: &mut Hub,
    (book, keys): (&Ledger, &CityKeys),
    run: &RunInfo,
    (code, name): (&str, &str),
    senders: &[Sender],
    operator: &str,
    now: Time,
) -> Result<Option<AnswerBundle>, CityError> {
    let facility = FacilityId::of(code);
    let mut to: Vec<String> = senders
        .iter()
        .filter(|sender| sender.card.facility == code && sender.state == SenderState::Trusted)
        .map(|sender| sender.card.recipient.clone())
        .collect();
    if to.is_empty() {
        return Ok(None);
    }
    to.push(keys.card.recipient.clone());
    to.sort();
    to.dedup();
    let mut told = Told::of(hub.answers(facility)?)?;
    let mut new = Vec::new();
    for one in hub.judged(run.slot, facility)? {
        let settled = one.verdict == Verdict::Matched;
        let said = Said {
            uuid: one.id,
            number: one.number.parse().map_err(|_| HubFault::Odd { text: one.number.clone() })?,
            seq: told.last + 1,
            stand: Stand {
                stage: settled.then_some(Stage::Settled),
                verdict: Some(one.verdict),
                version: one.version,
            },
            content: None,
            results: SaidResults { settlements: one.settlements, ..SaidResults::default() },
        };
        if told.says_otherwise(&said) {
            new.push(said);
        }
    }
    if !new.is_empty() {
        let line = told.next(keys, run.run, &new, operator, now);
        let answer = AnswerLine {
            seq: line.seq,
            line: serde_json::to_string(&line).map_err(|error| HubFault::Odd { text: error.to_string() })?,
            said: packed(&new)?,
        };
        hub.answer(facility, run.run, &answer, now)?;
        told.take(line, new.clone());
    }
    if told.events.is_empty() {
        return Ok(None);
    }
    let mut said: Vec<&Said> = told.said.values().collect();
    said.sort_by_key(|one| (one.seq, one.number.clone()));
    let parts = |take: &mut dyn FnMut(Part<'_>) -> Result<(), CityError>| {
        told.events.iter().try_for_each(|event| take(Part::Event(event)))?;
        said.iter().try_for_each(|said| take(Part::Said(said)))
    };
    let about = About {
        facility: keys.card.facility.clone(),
        name: keys.card.name.clone(),
        station: keys.card.station.clone(),
        ledger: keys.card.ledger.clone(),
        key: keys.card.key,
        at: now,
        to,
        facilities: vec![(code.to_owned(), name.to_owned())],
    };
    let header = Header::new(about, &measure(|take| parts(take))?);
    let mut bytes = Vec::new();
    write(&header, &mut bytes, |text| Ok(book.sign(text)?), |take| parts(take))?;
    Ok(Some(AnswerBundle { header, new: new.len() as u64, bytes }))
}

/// The chain of what was said to a facility, and the last word on each record.
struct Told {
    events: Vec<ChainLine>,
    said: BTreeMap<[u8; 16], Said>,
    last: i64,
}

impl Told {
    fn of(lines: Vec<AnswerLine>) -> Result<Told, CityError> {
        let mut told = Told { events: Vec::new(), said: BTreeMap::new(), last: 0 };
        for AnswerLine { seq, line, said } in lines {
            let odd = |text: String| CityError::from(HubFault::Odd { text });
            let event: ChainLine = serde_json::from_str(&line).map_err(|error| odd(error.to_string()))?;
            if event.seq != seq || seq != told.last + 1 || event.before != told.head() || !event.is_whole() {
                return Err(odd(format!("answer {seq}")));
            }
            let mut text = String::new();
            DeflateDecoder::new(&said[..]).read_to_string(&mut text)?;
            if event.content != Digest::of(text.as_bytes()) {
                return Err(odd(format!("answer {seq}")));
            }
            let said: Result<Vec<Said>, _> = text.lines().map(serde_json::from_str).collect();
            told.take(event, said.map_err(|error| odd(error.to_string()))?);
        }
        Ok(told)
    }

    fn head(&self) -> Digest {
        self.events.last().map_or(Digest::NONE, |event| event.hash)
    }

    fn take(&mut self, event: ChainLine, said: Vec<Said>) {
        self.last = event.seq;
        self.events.push(event);
        self.said.extend(said.into_iter().map(|one| (*one.uuid.bytes(), one)));
    }

    /// Whether that is not what was said of the record before. That nothing is there yet need not be said first.
    fn says_otherwise(&self, said: &Said) -> bool {
        self.said
            .get(said.uuid.bytes())
            .is_none_or(|before| before.stand != said.stand || before.results != said.results)
    }

    fn next(&self, keys: &CityKeys, run: i64, new: &[Said], operator: &str, now: Time) -> ChainLine {
        let text: String = new.iter().map(line_of).collect();
        let mut event = ChainLine {
            before: self.head(),
            seq: self.last + 1,
            at: now,
            station: keys.card.station.clone(),
            operator: operator.to_owned(),
            kind: "hub_answered".to_owned(),
            subject: format!("R{run}"),
            record: None,
            content: Digest::of(text.as_bytes()),
            detail: json!({ "records": new.len() }).to_string(),
            hash: Digest::NONE,
        };
        event.hash = event.hash_now();
        event
    }
}

fn line_of(said: &Said) -> String {
    format!("{}\n", serde_json::to_string(said).expect("a line is made of texts and numbers"))
}

fn packed(said: &[Said]) -> std::io::Result<Vec<u8>> {
    let mut out = DeflateEncoder::new(Vec::new(), Compression::default());
    for one in said {
        out.write_all(line_of(one).as_bytes())?;
    }
    out.finish()
}
