//! The whole city reconciled: the database settles what needs no thought, and what it leaves goes
//! through the engine of the desk, facility by facility, with the same questions about deadlines
//! and near misses. Several connections work side by side; what they find counts when all of it is
//! there.

use crate::domain::{Key, Money, Progress, Reason, Record, Stage, Time, Verdict, Watcher};
use crate::hub::{
    Address, Chunk, FacilityId, Hub, HubFault, LooseClaim, LooseRow, RowVerdictRow, Running, VerdictRow,
};
use crate::reconcile::{self as engine, Claim, Options, Traits};
use crate::text::Label as _;
use crate::work::city::statement::Whose;
use crate::work::city::{CityError, CityKeys};
use crate::work::platform::{Platform, StatementRow};
use crate::work::{Law, rounds};
use rustc_hash::FxHashSet;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

/// What came of reconciling the city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Laid {
    /// Its number.
    pub run: i64,
    /// Records that the database settled by itself.
    pub settled: u64,
    /// Records that nothing on the platform touches.
    pub missing: u64,
    /// Records and settlements that went through the engine.
    pub engine: (u64, u64),
    /// Records that are not settled, and settlements of no record.
    pub open: u64,
}

/// How to do it.
#[derive(Clone, Copy, Debug)]
pub struct CityTerms {
    /// A difference of a total that a key still matches.
    pub tolerance: Money,
    /// Connections side by side.
    pub workers: usize,
    /// Give up a run that was broken off.
    pub take_over: bool,
}

/// Lays everything the platform settled against everything the facilities handed in.
///
/// # Errors
/// [`CityError`]; the run does not count then, and the one before it stands.
pub fn lay_city(
    address: &Address,
    keys: &CityKeys,
    law: &Law,
    terms: CityTerms,
    operator: &str,
    now: Time,
    watch: &mut Watcher<'_>,
) -> Result<Laid, CityError> {
    let mut hub = Hub::connect(address)?;
    hub.open(&keys.key, now)?;
    let running = hub.begin_run(terms.tolerance, operator, terms.take_over, now)?;
    hub.look()?;
    let ranges = hub.ranges(terms.workers)?;
    let count = ranges.len() as u64;
    let left = Mutex::new(ranges.into_iter());
    let stop = AtomicBool::new(false);
    let (told, heard) = mpsc::channel();
    let sums: [AtomicU64; 5] = Default::default();
    let options = Options { tolerance: terms.tolerance, opened: law.first_stop(), ..Options::default() };
    let work = |told: mpsc::Sender<Result<(), CityError>>| {
        let mut hub = match Hub::connect(address) {
            Ok(hub) => hub,
            Err(fault) => return drop(told.send(Err(fault.into()))),
        };
        loop {
            let range = left.lock().ok().and_then(|mut left| left.next());
            let Some(range) = range.filter(|_| !stop.load(Ordering::Relaxed)) else { return };
            let done = lay_range(&mut hub, &keys.key, law, &options, running, &range, now);
            let said = done.map(|found| {
                for (sum, found) in sums.iter().zip(found) {
                    sum.fetch_add(found, Ordering::Relaxed);
                }
            });
            let failed = said.is_err();
            if told.send(said).is_err() || failed {
                return;
            }
        }
    };
    let outcome = std::thread::scope(|scope| {
        for _ in 0..terms.workers.max(1) {
            let told = told.clone();
            scope.spawn(|| work(told));
        }
        drop(told);
        let mut done = 0;
        let mut outcome = Ok(());
        for said in heard {
            done += u64::from(said.is_ok());
            let rows = sums[..4].iter().map(|sum| sum.load(Ordering::Relaxed)).sum();
            let far = Progress { rows, read: (done, count), ..Progress::default() };
            if outcome.is_ok() {
                outcome = said;
                if outcome.is_ok() && !watch(&far) {
                    outcome = Err(HubFault::Stopped.into());
                }
            }
            stop.store(outcome.is_err(), Ordering::Relaxed);
        }
        outcome
    });
    if let Err(error) = outcome {
        // Where the server is gone the next run gives this one up.
        let _ = hub.give_up(running);
        return Err(error);
    }
    let [settled, missing, claims, rows, open] = sums.map(AtomicU64::into_inner);
    let laid = Laid { run: running.run, settled, missing, engine: (claims, rows), open };
    let told = json!({
        "in_sql": settled, "untouched": missing, "engine_records": claims, "engine_rows": rows, "open": open,
    });
    hub.finish_run(running, &told, now)?;
    Ok(laid)
}

/// One range of facilities: how many records the database settled, how many are untouched, what went through the engine,
/// and how much is open at the end.
fn lay_range(
    hub: &mut Hub,
    key: &crate::hub::HubKey,
    law: &Law,
    options: &Options,
    running: Running,
    range: &Range<i64>,
    now: Time,
) -> Result<[u64; 5], CityError> {
    let mut chunk = hub.lay(running, range)?;
    let (claims, rows) = (std::mem::take(&mut chunk.claims), std::mem::take(&mut chunk.rows));
    let counts = [chunk.settled, chunk.missing, claims.len() as u64, rows.len() as u64];
    let (mut verdicts, mut of_rows) = (Vec::new(), Vec::new());
    let facilities: BTreeSet<FacilityId> =
        claims.iter().map(|claim| claim.facility).chain(rows.iter().map(|row| row.facility)).collect();
    let (mut claims, mut rows) = (&claims[..], &rows[..]);
    for facility in facilities {
        let ours = claims.partition_point(|claim| claim.facility <= facility);
        let theirs = rows.partition_point(|row| row.facility <= facility);
        let (mine, rest) = claims.split_at(ours);
        let (told, others) = rows.split_at(theirs);
        (claims, rows) = (rest, others);
        one_facility(
            &mut chunk,
            key,
            (law, now),
            options,
            facility,
            (mine, told),
            &mut verdicts,
            &mut of_rows,
        )?;
    }
    let unsettled = verdicts.iter().filter(|one| one.verdict != Verdict::Matched).count() as u64;
    let nobodys =
        |row: &&RowVerdictRow| row.record.is_none() && row.repeats.is_none() && row.reason.is_some();
    let extra = of_rows.iter().filter(nobodys).count() as u64;
    chunk.finish(&verdicts, &of_rows)?;
    let [settled, missing, ours, theirs] = counts;
    Ok([settled, missing, ours, theirs, missing + unsettled + extra])
}

fn number(at: usize) -> i64 {
    i64::try_from(at).expect("a place in a list")
}

fn place(number: i64) -> usize {
    usize::try_from(number).expect("the number was made of a place")
}

#[expect(clippy::too_many_arguments, reason = "what one facility is, and where what is found of it goes")]
fn one_facility(
    chunk: &mut Chunk<'_>,
    key: &crate::hub::HubKey,
    (law, now): (&Law, Time),
    options: &Options,
    facility: FacilityId,
    (ours, theirs): (&[LooseClaim], &[LooseRow]),
    verdicts: &mut Vec<VerdictRow>,
    of_rows: &mut Vec<RowVerdictRow>,
) -> Result<(), CityError> {
    let mut claims: Vec<Claim> =
        ours.iter().enumerate().map(|(at, one)| as_claim(facility, at, one)).collect();
    let mut platform = Platform::default();
    for (at, row) in theirs.iter().enumerate() {
        let [.., cert, psn] = row.keys;
        platform.take(StatementRow { id: number(at), settlement: row.settlement.clone(), cert, psn });
    }
    platform.finish(&claims);
    let rows = std::mem::take(&mut platform.rows);
    let sealed = RefCell::new(chunk);
    let record = |id: i64| -> Result<Record, CityError> {
        let id = ours[place(id)].id;
        let sealed = sealed.borrow_mut().content(facility, &id)?;
        let clear = key.open(&id, &sealed)?;
        Ok(serde_json::from_slice(&clear).map_err(|error| HubFault::Odd { text: error.to_string() })?)
    };
    let mut asked = FxHashSet::default();
    let mut outcome = engine::reconcile(&claims, &rows, options);
    while rounds::learn_deadlines(&mut claims, &rows, (law, now), &outcome, &mut asked, record)? {
        outcome = engine::reconcile(&claims, &rows, options);
    }
    let of_record = |id: i64| -> Result<Traits, CityError> {
        let Record { person, receipt_no, record_no, .. } = record(id)?;
        Ok(Traits {
            id_no: person.id_no,
            psn_no: person.psn_no,
            name: person.name,
            receipt: receipt_no,
            record_no,
        })
    };
    let of_settlement = |id: i64| -> Result<Traits, CityError> {
        let row = &theirs[place(id)];
        let sealed = sealed.borrow_mut().whose(facility, &row.id)?;
        let clear = key.open(&row.id, &sealed)?;
        let (psn_no, id_no, name, _): Whose =
            serde_json::from_slice(&clear).map_err(|error| HubFault::Odd { text: error.to_string() })?;
        let (receipt, record_no) = (row.settlement.receipt_no.clone(), row.settlement.record_no.clone());
        Ok(Traits { id_no, psn_no, name, receipt, record_no })
    };
    let near = rounds::near(&claims, &rows, &outcome, of_record, of_settlement)?;
    engine::suggest(&claims, &rows, &mut outcome, &near);
    for (one, found) in ours.iter().zip(&outcome.claims) {
        verdicts.push(VerdictRow {
            facility,
            id: one.id,
            verdict: found.verdict,
            reason: found.reason,
            ground: found.ground.map(|ground| ground.id()),
            settlement: found.row.map(|row| theirs[place(rows[row as usize].id)].id),
            difference: found.difference,
        });
    }
    for (row, found) in rows.iter().zip(&outcome.rows) {
        let alone = found.verdict == Verdict::Matched
            && found.repeat_of.is_none()
            && found.claim.is_some_and(|claim| {
                let owner = &outcome.claims[claim as usize];
                owner.row.is_some_and(|own| rows[own as usize].id == row.id) && owner.difference.is_zero()
            });
        let shared = || {
            outcome.joined.iter().any(|group| group.rows.iter().any(|&one| rows[one as usize].id == row.id))
        };
        if alone && !shared() {
            continue;
        }
        of_rows.push(RowVerdictRow {
            facility,
            settlement: theirs[place(row.id)].id,
            verdict: found.verdict,
            reason: found.reason,
            ground: found.ground.map(|ground| ground.id()),
            record: found.claim.map(|claim| ours[claim as usize].id),
            repeats: found.repeat_of.map(|first| theirs[place(rows[first as usize].id)].id),
            signed: row.signed(),
        });
    }
    // What the engine never saw: rows that are no settlement, or nobody can read.
    for finding in platform.findings(&claims) {
        let Some(row) = finding.settlement else { continue };
        of_rows.push(RowVerdictRow {
            facility,
            settlement: theirs[place(row)].id,
            verdict: Verdict::Ambiguous,
            reason: Some(finding.reason),
            ground: None,
            record: finding.record.map(|record| ours[place(record)].id),
            repeats: None,
            signed: if finding.reason == Reason::UnknownCode { finding.difference } else { Money::ZERO },
        });
    }
    Ok(())
}

fn as_claim(facility: FacilityId, at: usize, one: &LooseClaim) -> Claim {
    // Mixing twice is no mixing: the engine sees the keys that a window would.
    let plain = |key: Option<Key>| key.map(|key| facility.mixed(key));
    let [record_no, receipt, issued, answered, visit, stay, cert, psn] = one.keys;
    Claim {
        record_no: plain(record_no),
        receipt: plain(receipt),
        issued: plain(issued),
        answered: plain(answered),
        visit: plain(visit),
        stay: plain(stay),
        cert,
        psn,
        kind: Some(one.kind),
        insutype: one.insutype,
        exported: one.stage != Stage::Pending,
        ..Claim::new(number(at), one.total, one.occurred_at)
    }
}
