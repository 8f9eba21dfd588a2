//! What the notices ask for each patient of the census, and where that stands.
//!
//! It follows from the notices and today alone, so it is never kept. Nothing is
//! written here.

use crate::closed_list;
use crate::domain::{Decision, FactKind, Phase, Status, Time};
use crate::store::{CensusDone, Ledger, StoredCensus};
use crate::work::{Law, WorkError};

/// Asked of a stay: these change it, whoever is named for them.
const OF_A_STAY: &[&str] = &[
    "discharge_settle",
    "interim_settle",
    "year_end_settle",
    "convert_self_pay",
    "cancel_registration",
    "carry_over",
    "clean_up",
    "readmit",
];
/// Asked of a desk as a whole, or about papers and bills: not a thing to be done for one patient.
const OF_THE_DESK: &[&str] = &[
    "announce",
    "back_up",
    "call_back",
    "declare",
    "enter_later",
    "escalate",
    "explain",
    "freeze_charges",
    "freeze_refunds",
    "nothing",
    "print_keep",
    "reconcile",
    "record_paper",
    "register_filing",
    "report_data",
    "stay_in_touch",
    "stock_up",
    "test",
];
/// What is to be done for a patient who has left and is still listed.
const OF_THE_GONE: &[&str] = &["cancel_registration", "clean_up"];
/// So many open yes/no facts are tried in every combination.
const FLAGS_TRIED: usize = 4;
/// So many days before its deadline a thing is due soon, to the second.
const SOON: i64 = 14 * 24 * 3600;

closed_list! {
    /// Where a patient stands with one thing that is asked.
    Standing as "standing" {
        Overdue = "overdue", "逾期", "overdue";
        DueSoon = "due_soon", "临期", "due soon";
        Open = "open", "待办", "open";
        Undetermined = "undetermined", "待补充信息", "facts missing";
        Wait = "wait", "待系统恢复", "waits for resumption";
        Gone = "gone", "已出院仍在册", "gone but listed";
        Nothing = "nothing", "无需处理", "nothing to do";
        Done = "done", "已办", "done";
    }
}

impl Standing {
    /// Someone has to see to it now.
    pub fn is_open(self) -> bool {
        matches!(self, Standing::Overdue | Standing::DueSoon | Standing::Open | Standing::Undetermined)
    }
}

/// One thing that the notices ask for a patient.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What, in the notice's word.
    pub action: String,
    /// Before, during or after the stop.
    pub phase: Phase,
    /// By when.
    pub due_at: Option<Time>,
    /// The clause it rests on.
    pub clause: String,
    /// Where it stands.
    pub standing: Standing,
    /// How it was done.
    pub done: Option<CensusDone>,
}

/// A patient of the census and what the notices ask.
#[derive(Clone, Debug)]
pub struct Patient {
    /// As listed.
    pub stored: StoredCensus,
    /// What the notices say of the stay as a whole.
    pub decision: Decision,
    /// Each thing that is asked, earliest deadline first.
    pub asks: Vec<Ask>,
    /// Facts that must be known before it is certain what is asked.
    pub questions: Vec<String>,
    /// The patient has left, and the list does not know it.
    pub gone: bool,
}

impl Patient {
    /// Where the patient stands, where nothing is asked.
    pub fn standing(&self) -> Standing {
        match (self.gone, self.questions.is_empty()) {
            (true, _) => Standing::Gone,
            (false, false) => Standing::Undetermined,
            (false, true) => Standing::Nothing,
        }
    }
}

/// Every patient of the census, in the order of the list.
///
/// # Errors
/// [`WorkError::Store`].
pub fn census(ledger: &Ledger, law: &Law, now: Time) -> Result<Vec<Patient>, WorkError> {
    let listed = ledger.books().census()?;
    Ok(listed.into_iter().map(|stored| asked(law, stored, now)).collect())
}

/// What the notices ask for one patient today.
pub fn asked(law: &Law, stored: StoredCensus, now: Time) -> Patient {
    let decision = law.decide_facts(&stored.entry.all_facts(), now);
    let gone = stored.entry.discharged_at.is_some();
    let mut asks: Vec<Ask> = Vec::new();
    for duty in decision.duties.iter().filter(|duty| !gone || is_one_of(OF_THE_GONE, &duty.action)) {
        if concerns_the_stay(&duty.action, &duty.who) {
            add(&mut asks, &duty.action, duty.phase, duty.due_at, &duty.clause);
        }
    }
    if gone {
        for duty in law.duties(now).iter().filter(|duty| duty.phase == Phase::Before) {
            if is_one_of(OF_THE_GONE, &duty.action) && concerns_the_stay(&duty.action, &duty.who) {
                add(&mut asks, &duty.action, duty.phase, duty.due_at, &duty.clause);
            }
        }
    }
    let waits = waits(&decision, &asks, now);
    for ask in &mut asks {
        ask.done = stored.done(&ask.action).cloned();
        ask.standing = standing(ask, waits, now);
    }
    // What was done stays visible after the notice has ceased to ask it.
    for done in &stored.done {
        if asks.iter().any(|ask| ask.action == done.action) {
            continue;
        }
        asks.push(Ask {
            action: done.action.clone(),
            phase: Phase::Before,
            due_at: None,
            clause: String::new(),
            standing: Standing::Done,
            done: Some(done.clone()),
        });
    }
    asks.sort_by_key(|ask| (ask.due_at.is_none(), ask.due_at, ask.phase));
    let questions = if gone { Vec::new() } else { questions(law, &stored, &decision, now) };
    Patient { stored, decision, asks, questions, gone }
}

/// The facts on which it hangs what is asked for the stay. A decision may need others, for the way back alone: a
/// yes or no that changes nothing here, whatever the other answers, is no question.
fn questions(law: &Law, stored: &StoredCensus, decision: &Decision, now: Time) -> Vec<String> {
    let is_flag = |name: &String| law.fact_kind(name) == Some(FactKind::Flag);
    let (flags, mut open): (Vec<_>, Vec<_>) = decision.needs.iter().cloned().partition(is_flag);
    if flags.len() > FLAGS_TRIED {
        return decision.needs.clone();
    }
    let asked = |answers: usize| {
        let mut facts = stored.entry.all_facts();
        for (at, name) in flags.iter().enumerate() {
            facts.set_flag(name, answers >> at & 1 == 1);
        }
        let duties = law.decide_facts(&facts, now).duties;
        let here = duties.into_iter().filter(|duty| concerns_the_stay(&duty.action, &duty.who));
        here.map(|duty| duty.action).collect::<Vec<_>>()
    };
    let answers: Vec<_> = (0..1_usize << flags.len()).map(asked).collect();
    let matters = |at: usize| (0..answers.len()).any(|one| answers[one] != answers[one ^ (1 << at)]);
    open.extend((0..flags.len()).filter(|at| matters(*at)).map(|at| flags[at].clone()));
    open
}

/// Adds a thing that is asked. What two clauses ask is done once, by the earlier deadline.
fn add(asks: &mut Vec<Ask>, action: &str, phase: Phase, due_at: Option<Time>, clause: &str) {
    let Some(known) = asks.iter_mut().find(|ask| ask.action == action) else {
        asks.push(Ask {
            action: action.to_owned(),
            phase,
            due_at,
            clause: clause.to_owned(),
            standing: Standing::Open,
            done: None,
        });
        return;
    };
    let earlier = match (due_at, known.due_at) {
        (Some(due), Some(known)) => due < known,
        (due, None) => due.is_some(),
        (None, Some(_)) => false,
    };
    if earlier {
        (known.due_at, known.phase, known.clause) = (due_at, phase, clause.to_owned());
    }
}

pub(super) fn is_one_of(list: &[&str], action: &str) -> bool {
    list.contains(&action)
}

/// Whether something asked is a thing to do for this stay here, and not for a desk, a bill or another office.
fn concerns_the_stay(action: &str, who: &str) -> bool {
    match who {
        "facility" | "care_provider" => !is_one_of(OF_THE_DESK, action),
        "patient" => is_one_of(OF_A_STAY, action),
        _ => false,
    }
}

/// Whether what comes after the stop cannot be done yet.
fn waits(decision: &Decision, asks: &[Ask], now: Time) -> bool {
    let before = |ask: &Ask| ask.phase == Phase::Before && ask.due_at.is_some_and(|due| now <= due);
    decision.status == Status::Wait
        || decision.options.iter().any(|way| way.status == Status::Wait)
        || asks.iter().any(before)
}

fn standing(ask: &Ask, waits: bool, now: Time) -> Standing {
    match ask.due_at {
        _ if ask.done.is_some() => Standing::Done,
        _ if ask.phase == Phase::After && waits => Standing::Wait,
        Some(due) if due < now => Standing::Overdue,
        Some(due) if due.seconds_since(now) <= SOON => Standing::DueSoon,
        _ => Standing::Open,
    }
}
