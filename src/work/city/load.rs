//! Bundles into the hub: proved whole as at a window, laid beside what is known of the chain,
//! and then taken in, set aside or kept apart, each in one transaction.

use crate::domain::{
    Answer, BatchState, Digest, Key, Kind, Placer, Placing, Purpose, Said, SaidContent, SaidResults, Time,
    mask_name,
};
use crate::exchange::{BundleFault, Header, Opened};
use crate::hub::{FacilityId, Hub, HubKey, RecordRow, SaidRow, SenderState, Stretch, Taken};
use crate::work::city::{CityError, CityKeys};
use crate::work::merge::Outcome;
use std::cell::RefCell;
use uuid::Uuid;

/// What a bundle says, proved.
struct Proved {
    stretch: Stretch,
    records: Vec<RecordRow>,
    said: Vec<SaidRow>,
    facilities: Vec<(String, String)>,
}

/// Loads one bundle. What it says is proved before anything is written.
///
/// # Errors
/// [`CityError`]; nothing of it stands then.
pub fn load_bundle(
    hub: &mut Hub,
    keys: &CityKeys,
    bytes: &[u8],
    operator: &str,
    now: Time,
) -> Result<(Header, Outcome), CityError> {
    let (header, proved) = prove(hub, keys, bytes)?;
    if header.ledger == keys.card.ledger {
        return Ok((header, Outcome::Own));
    }
    // Others load meanwhile: where what was found is no longer so, it is looked at again.
    loop {
        if let Some(outcome) = load_proved(hub, keys, (&header, &proved), bytes, operator, now)? {
            return Ok((header, outcome));
        }
    }
}

/// Lays what was proved beside what is known of its chain. `None` where that changed under its hands.
fn load_proved(
    hub: &mut Hub,
    keys: &CityKeys,
    (header, proved): (&Header, &Proved),
    bytes: &[u8],
    operator: &str,
    now: Time,
) -> Result<Option<Outcome>, CityError> {
    let facility = proved.stretch.facility;
    let chain = hub.chain(facility, &header.ledger)?;
    if chain.quarantined {
        return Err(CityError::InQuarantine {
            facility: header.facility.clone(),
            station: header.station.clone(),
        });
    }
    let (mut new, mut changed) = match place(hub, &proved.stretch, chain.head)? {
        Placing::Known => return Ok(Some(Outcome::Known)),
        Placing::Gap { from } => {
            hub.keep_bundle(&proved.stretch, None, bytes, operator, now)?;
            return Ok(Some(Outcome::Aside { from }));
        }
        Placing::Fork { at } => {
            hub.keep_bundle(&proved.stretch, Some(at), bytes, operator, now)?;
            return Ok(Some(Outcome::Fork { at }));
        }
        Placing::Next => match take(hub, proved, chain.head, bytes, operator, now)? {
            Taken::In { new, changed } => (new, changed),
            Taken::There => return Ok(Some(Outcome::Known)),
            Taken::Moved => return Ok(None),
        },
    };
    // What had waited, as far as it goes on now.
    let (mut head, mut waited) = (proved.stretch.last, 0);
    let mut aside = chain.aside;
    aside.sort_unstable();
    for (first, last, hash) in aside {
        if first > head + 1 || last <= head {
            continue;
        }
        let Some(file) = hub.bundle_file(facility, &header.ledger, last, hash)? else { continue };
        let (_, next) = prove(hub, keys, &file)?;
        match place(hub, &next.stretch, head)? {
            Placing::Next => match take(hub, &next, head, &file, operator, now)? {
                Taken::In { new: more, changed: other } => {
                    (new, changed, waited) = (new + more, changed + other, waited + 1);
                    head = last;
                }
                Taken::There => head = last,
                // Another loader goes on from here.
                Taken::Moved => break,
            },
            Placing::Fork { at } => {
                hub.keep_bundle(&next.stretch, Some(at), &file, operator, now)?;
            }
            Placing::Known | Placing::Gap { .. } => {}
        }
    }
    Ok(Some(Outcome::Merged { new, changed, waited }))
}

fn take(
    hub: &mut Hub,
    proved: &Proved,
    head: i64,
    file: &[u8],
    operator: &str,
    now: Time,
) -> Result<Taken, CityError> {
    hub.know(&proved.facilities)?;
    Ok(hub.take_bundle((&proved.stretch, head), &proved.records, &proved.said, file, operator, now)?)
}

/// What a stretch is to the chain that ends at `head`.
fn place(hub: &mut Hub, stretch: &Stretch, head: i64) -> Result<Placing, CityError> {
    let (first, before) = (stretch.first, stretch.before);
    let known = if head >= first - 1 && head > 0 {
        hub.hashes(stretch.facility, &stretch.ledger, first - 1, stretch.last)?
    } else {
        std::collections::BTreeMap::new()
    };
    let mut placer = Placer::new(head, first, before, known.get(&(first - 1)).copied());
    for (seq, hash) in (first..).zip(stretch.hashes.chunks_exact(32)) {
        let hash = Digest::from_bytes(hash.try_into().expect("32 bytes each"));
        placer.meet(seq, hash, known.get(&seq).copied());
    }
    Ok(placer.placing())
}

/// Reads all of a bundle; nothing of it counts where this fails.
fn prove(hub: &mut Hub, keys: &CityKeys, bytes: &[u8]) -> Result<(Header, Proved), CityError> {
    let found = RefCell::new((Vec::new(), Vec::new(), Vec::new()));
    let trust = |header: &Header| -> Result<(), CityError> {
        if header.ledger == keys.card.ledger {
            return if header.key == keys.card.key { Ok(()) } else { Err(BundleFault::Signature.into()) };
        }
        let (facility, station) = (header.facility.clone(), header.station.clone());
        let Some(sender) = hub.sender(&header.facility, &header.ledger)? else {
            return Err(CityError::Stranger { facility, station });
        };
        if sender.card.key != header.key || sender.card.station != header.station {
            return Err(CityError::OtherKey { facility, station });
        }
        if sender.state != SenderState::Trusted {
            return Err(CityError::Revoked { facility, station });
        }
        Ok(())
    };
    let take = |header: &Header, line: Opened| -> Result<(), CityError> {
        let facility = FacilityId::of(&header.facility);
        let (hashes, records, said) = &mut *found.borrow_mut();
        match line {
            Opened::Event(event) => {
                let hashes: &mut Vec<u8> = hashes;
                hashes.extend(event.hash.bytes());
            }
            Opened::Said(one) => {
                if let Some(content) = &one.content {
                    let records: &mut Vec<RecordRow> = records;
                    records.push(as_record(&keys.key, facility, &one, content)?);
                } else {
                    let said: &mut Vec<SaidRow> = said;
                    said.push(as_said(facility, &one));
                }
            }
        }
        Ok(())
    };
    let header = keys.read(bytes, trust, take)?;
    let (hashes, records, said) = found.into_inner();
    let stretch = Stretch {
        facility: FacilityId::of(&header.facility),
        ledger: header.ledger.clone(),
        first: header.first,
        last: header.last,
        before: header.before,
        head: header.head,
        records: header.records,
        total: header.total_fen,
        refunds: header.refunds_fen,
        hashes,
        sealed_at: header.sealed_at,
    };
    let facilities = header.facilities.clone();
    Ok((header, Proved { stretch, records, said, facilities }))
}

/// Keys under which the platform knows a record, each mixed with the facility: issued, answered, visit.
fn issued(facility: FacilityId, results: &SaidResults) -> [Option<Key>; 3] {
    let sent = results.batches.iter().rev().find(|batch| {
        matches!(batch.state, BatchState::Sent | BatchState::Answered)
            && matches!(batch.purpose, Purpose::Backfill | Purpose::Resettle)
    });
    let key = |text: &str| Key::of(text).map(|key| facility.mixed(key));
    sent.map_or([None; 3], |batch| {
        [&batch.medins_setl_id, &batch.setl_id, &batch.mdtrt_id].map(|text| key(text))
    })
}

/// The code of the refusal that stands, where the last answer was one.
fn refusal(results: &SaidResults) -> Option<String> {
    let last = results.batches.iter().rev().find(|batch| batch.state != BatchState::Cancelled)?;
    (last.answer == Some(Answer::Refused)).then(|| last.code.clone())
}

fn as_record(
    key: &HubKey,
    facility: FacilityId,
    said: &Said,
    content: &SaidContent,
) -> Result<RecordRow, CityError> {
    let record = &content.record;
    let person = &record.person;
    let mixed = |text: &str| Key::of(text).map(|key| facility.mixed(key));
    let stay = (record.kind == Kind::Inpatient)
        .then(|| {
            let stated = record.facts.text("first_admitted_at").map(str::to_owned);
            stated.or_else(|| record.admitted_at.map(|at| at.to_string()))
        })
        .flatten()
        .and_then(|text| text.get(..10).and_then(mixed));
    let [issued, answered, visit] = issued(facility, &said.results);
    let clear = serde_json::to_vec(record)
        .map_err(|error| CityError::from(BundleFault::Line { line: 0, text: error.to_string() }))?;
    let id = Uuid::from_bytes(*said.uuid.bytes());
    Ok(RecordRow {
        id: said.uuid,
        number: said.number.clone(),
        seq: said.seq,
        version: content.version,
        kind: record.kind,
        total: record.total,
        paid: record.paid,
        occurred_at: record.occurred_at,
        entered_at: content.entered_at,
        stage: said.stand.stage,
        refund: said.results.refund.as_ref().map(|refund| refund.amount),
        refusal: refusal(&said.results),
        insurance: record.insurance.clone(),
        who: mask_name(&person.name),
        keys: [
            mixed(&record.record_no),
            mixed(&record.receipt_no),
            issued,
            answered,
            visit,
            stay,
            key.key(facility, "cert", &person.id_no),
            key.key(facility, "psn", &person.psn_no),
        ],
        person: key.person(&person.id_no, &person.psn_no),
        sealed: key.seal(&id, &clear),
    })
}

fn as_said(facility: FacilityId, said: &Said) -> SaidRow {
    SaidRow {
        id: said.uuid,
        seq: said.seq,
        stage: said.stand.stage,
        version: said.stand.version,
        refund: said.results.refund.as_ref().map(|refund| refund.amount),
        refusal: refusal(&said.results),
        keys: issued(facility, &said.results),
    }
}
