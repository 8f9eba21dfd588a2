//! Recording that something asked was done, and opening the record in which the
//! stay goes on.
//!
//! Whether that counts as one stay is the notice's word, not decided here.

use super::ask::{Ask, Patient, Standing, asked, is_one_of};
use crate::domain::{Actor, CensusNumber, Day, Decision, Money, ShortNumber, Time};
use crate::intake::row_key;
use crate::store::{Added, Ledger, Mode, NewRecord, Writer};
use crate::work::{Law, WorkError};
use serde_json::json;

/// What closes the costs so far.
const SETTLES: &[&str] = &["discharge_settle", "interim_settle", "year_end_settle"];
/// What lets the stay go on as another one.
const GOES_ON: &[&str] = &["convert_self_pay", "readmit"];

/// What is told beside a thing done.
#[derive(Clone, Debug, Default)]
pub struct Doing {
    /// What proves it.
    pub evidence: String,
    /// When the patient was converted or admitted again; now where nobody says.
    pub at: Option<Time>,
    /// Number of the stay from then on; that of the census where nobody says.
    pub record_no: Option<String>,
    /// What the stay has cost from then on.
    pub total: Option<Money>,
    /// What was paid for that.
    pub paid: Option<Money>,
}

/// A thing that was done for a patient.
#[derive(Clone, Debug)]
pub struct CensusAct {
    /// For whom.
    pub number: CensusNumber,
    /// What.
    pub action: String,
    /// By when it was asked.
    pub due_at: Option<Time>,
    /// The deadline had passed.
    pub late: bool,
    /// The inpatient record in which the stay goes on.
    pub record: Option<ShortNumber>,
    /// That record was opened now.
    pub opened: bool,
    /// What the notices say of that record.
    pub decision: Option<Decision>,
}

/// Records that something the notices ask was done, and opens the record in which the stay goes on.
///
/// # Errors
/// [`WorkError::NoPatient`], [`WorkError::NotAsked`] with what is asked, [`WorkError::NotYet`] before the system is
/// back, [`WorkError::DoneAlready`], [`WorkError::SameNumber`] where the number of the stay is taken.
pub fn do_asked(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
    number: CensusNumber,
    action: &str,
    doing: &Doing,
) -> Result<CensusAct, WorkError> {
    ledger.write(actor, mode, |w| {
        let stored = w.books().census_entry(number).map_err(|error| WorkError::no_patient(error, number))?;
        let stored = w.books().opened_census(stored)?;
        let patient = asked(law, stored, actor.at);
        let ask = ask_of(&patient, action)?;
        let text = |time: Option<Time>| time.map(|time| time.to_string());
        let mut detail = json!({ "due_at": text(ask.due_at), "clause": ask.clause, "at": text(doing.at) });
        let mut act = CensusAct {
            number,
            action: ask.action.clone(),
            due_at: ask.due_at,
            late: ask.due_at.is_some_and(|due| due < doing.at.unwrap_or(actor.at)),
            record: None,
            opened: false,
            decision: None,
        };
        if goes_on(&patient, &ask.action) {
            act.record = patient.stored.linked().cloned();
            if act.record.is_none() {
                act.opened = true;
                act.record = Some(open_record(w, &patient, &ask.action, doing)?);
            }
        }
        if let Some(record) = &act.record {
            act.decision = Some(law.decide(&w.books().record(record)?.record, actor.at));
            detail["opened"] = json!(act.opened);
        }
        w.census_done(number, &ask.action, doing.evidence.trim(), act.record.as_ref(), &detail)?;
        Ok(act)
    })
}

/// What is asked under that name, and may be done now.
fn ask_of<'a>(patient: &'a Patient, action: &str) -> Result<&'a Ask, WorkError> {
    let number = patient.stored.number.to_string();
    let action = action.trim().to_owned();
    let Some(ask) = patient.asks.iter().find(|ask| ask.action == action) else {
        let open = patient.asks.iter().filter(|ask| ask.standing != Standing::Done);
        let asked = open.map(|ask| ask.action.clone()).collect();
        return Err(WorkError::NotAsked { number, action, asked });
    };
    match (&ask.done, ask.standing) {
        (Some(done), _) => Err(WorkError::DoneAlready { number, action, at: done.done_at }),
        (None, Standing::Wait) => Err(WorkError::NotYet { number, action }),
        (None, _) => Ok(ask),
    }
}

/// Whether the stay goes on in a record of its own: after a conversion or readmission, and after an interim
/// settlement of someone who stays on and of whom no such thing is asked.
fn goes_on(patient: &Patient, action: &str) -> bool {
    let converted = patient.asks.iter().any(|ask| is_one_of(GOES_ON, &ask.action));
    let leaves = patient.stored.entry.facts.flag("dischargeable") == Some(true);
    is_one_of(GOES_ON, action) || (action == "interim_settle" && !converted && !leaves)
}

fn open_record(
    w: &mut Writer<'_>,
    patient: &Patient,
    action: &str,
    doing: &Doing,
) -> Result<ShortNumber, WorkError> {
    let entry = &patient.stored.entry;
    let at = doing.at.unwrap_or(w.actor().at);
    let effects = patient.decision.best().map(|way| &way.effects);
    let effect = |name: &str| effects.and_then(|effects| effects.get(name));
    let day = effect("admitted_on").and_then(|day| day.as_str()?.parse::<Day>().ok());
    let admitted_at = match day {
        _ if effect("one_stay") == Some(&json!(true)) => entry.admitted_at,
        Some(day) if action == "readmit" => day.start(),
        _ => at,
    };
    let settled = patient.asks.iter().any(|ask| is_one_of(SETTLES, &ask.action));
    // What was settled before the stop does not come back; what was not goes over to the new record.
    let carried = if settled { Money::default() } else { entry.total.unwrap_or_default() };
    let mut record = entry.linked(patient.stored.number, admitted_at, doing.total.unwrap_or(carried));
    record.paid = doing.paid;
    if let Some(record_no) = &doing.record_no {
        record_no.trim().clone_into(&mut record.record_no);
    }
    let row_key = row_key(&record);
    match w.add_record(&NewRecord {
        record: &record,
        row_key,
        occurrence: None,
        first: false,
        source: None,
        lines: None,
    })? {
        Added::New(number) | Added::Known(number) => Ok(number),
        Added::Differs(number) => {
            Err(WorkError::SameNumber { record_no: record.record_no, number: number.to_string() })
        }
    }
}
