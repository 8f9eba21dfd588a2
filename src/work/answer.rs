//! What came back for a batch, row by row; read twice it changes nothing.
//!
//! A row is about a record as a whole or about one of its calls. From the calls of a
//! record follows what came of the record: where its settling call was accepted it is,
//! where nobody knows what became of that call it is *unknown* and goes into no other
//! batch, and where only harmless calls stopped it is *not done* and may go out again.
//! An answer that contradicts what stands is refused: which of the two is true is for a
//! person to find out.

use crate::batch::{Depth, OrderedCall, Undo, is_run_order, run_order};
use crate::domain::{
    Actor, Answer, AnswerRow, BatchState, Inquiry, Reversal, SettledAs, ShortNumber, go_on, known_refusal,
    mask_numbers, settling_call, takes_settlement_back,
};
use crate::store::{
    Asked, BatchInfo, Books, CallAnswer, Ledger, Member, MemberAnswer, Mode, StoreError, Stored, Taking,
    Writer,
};
use crate::text::{Label, Lang};
use crate::work::WorkError;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::path::Path;

/// What came of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Records accepted now.
    pub accepted: usize,
    /// Records refused now.
    pub refused: usize,
    /// Records of which nobody knows what came of them.
    pub unknown: usize,
    /// Records of which it is known that nothing was done; they may go out again.
    pub not_done: usize,
    /// Rows that stood already.
    pub known: usize,
    /// Records of the batch that still wait for an answer.
    pub waiting: usize,
    /// Records that are not accepted, each with what to do.
    pub open: Vec<Open>,
}

/// A record that somebody has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Which.
    pub number: ShortNumber,
    /// What came of it.
    pub answer: Answer,
    /// The call that stopped; empty where only the record as a whole was answered.
    pub infno: String,
    /// The platform's code.
    pub code: String,
    /// Its words, with identities in them masked.
    pub shown: String,
}

impl Open {
    /// What the words mean, where that is known.
    pub fn meaning(&self, lang: Lang) -> String {
        match self.answer {
            Answer::Refused => {
                known_refusal(&self.shown).map(|known| known.meaning(lang)).unwrap_or_default()
            }
            answer => answer.label(lang),
        }
        .to_owned()
    }

    /// What to do.
    pub fn remedy(&self, lang: Lang) -> String {
        match self.answer {
            Answer::Unknown => crate::domain::go_on_words(&self.infno, lang),
            Answer::Refused => known_refusal(&self.shown)
                .map_or(
                    lang.pick(
                        "按平台原话更正后重新导出",
                        "correct what the platform names, then export again",
                    ),
                    |known| known.remedy(lang),
                )
                .to_owned(),
            _ => lang.pick("可以重新导出", "export it again").to_owned(),
        }
    }
}

/// Writes down the answers to a batch.
///
/// # Errors
/// [`WorkError::NotInBatch`] or [`WorkError::OtherAnswer`]; then nothing of the files is written.
pub fn acknowledge(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    batch: i64,
    rows: &[AnswerRow],
) -> Result<Answered, WorkError> {
    ledger.write(actor, mode, |w| {
        let mut desk = Desk::of(&w.books(), batch)?;
        for row in rows {
            desk.take(row)?;
        }
        desk.write(w, None)
    })
}

/// What somebody asked and found about a record whose outcome was unknown.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// What was done to find it out.
    pub by: Inquiry,
    /// What came of the record after all.
    pub found: Answer,
    /// `setl_id`, where it is settled.
    pub setl_id: &'a str,
    /// `mdtrt_id`, where a visit stands.
    pub mdtrt_id: &'a str,
    /// What proves it.
    pub evidence: &'a str,
}

/// Writes down what was found out about an outcome that was unknown.
///
/// # Errors
/// [`WorkError::NotUnknown`] where the outcome of that record is known; [`WorkError::Empty`] without evidence.
pub fn found_out(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    batch: i64,
    number: &ShortNumber,
    found: Found<'_>,
) -> Result<Answered, WorkError> {
    if found.evidence.trim().is_empty() {
        return Err(WorkError::Empty { what: "evidence" });
    }
    ledger.write(actor, mode, |w| {
        let mut desk = Desk::of(&w.books(), batch)?;
        let is_unknown = desk
            .cases
            .iter()
            .find(|case| case.stored.number == *number)
            .is_some_and(|case| case.member.answer == Some(Answer::Unknown));
        if !is_unknown {
            return Err(WorkError::NotUnknown { batch, number: number.to_string() });
        }
        desk.take_found(number, &found);
        let (by, evidence) = (found.by, found.evidence.trim());
        desk.write(w, Some(Asked { by, evidence }))
    })
}

/// What a stopped chain of calls left on the platform, to be taken back before the record is sent again.
///
/// # Errors
/// [`StoreError::Locked`] while nobody has unlocked the ledger.
pub(super) fn to_take_back(books: &Books<'_>, record: i64) -> Result<Option<Undo>, StoreError> {
    let begun = books.begun(record)?;
    Ok(begun.stands().then(|| Undo {
        setl_id: String::new(),
        mdtrt_id: begun.mdtrt_id,
        psn_no: begun.psn_no,
        reason: String::new(),
        depth: Depth::Begun { lines: begun.lines, discharged: begun.discharged },
        again: true,
        chrg_bchno: String::new(),
    }))
}

/// One member, what stood of it, and what is new.
struct Case {
    member: Member,
    stored: Stored,
    /// What is known of its calls, by step.
    calls: BTreeMap<i64, Known>,
    /// Told of the record as a whole.
    whole: Option<AnswerRow>,
    /// Some of its calls were told of now.
    touched: bool,
    /// What the batch takes back of it, if anything.
    taking: Option<Taking>,
    /// `setl_id` of the settlements that settle it now; looked up only where something is taken back.
    settled_by: Vec<String>,
}

/// What is known of a call.
#[derive(Clone, Debug)]
struct Known {
    answer: Answer,
    setl_id: String,
    /// The row that says so, where it is new.
    fresh: Option<AnswerRow>,
}

/// A batch and the answers to it as they are taken in.
struct Desk {
    info: BatchInfo,
    cases: Vec<Case>,
    order: Vec<OrderedCall>,
    /// Calls by message id and by file.
    by_call: FxHashMap<String, usize>,
    /// Members by what they are called.
    by_name: FxHashMap<String, usize>,
    of_number: FxHashMap<String, usize>,
    known: usize,
}

impl Desk {
    fn of(books: &Books<'_>, batch: i64) -> Result<Desk, WorkError> {
        let info = books.batch(batch)?;
        if matches!(info.state, BatchState::Cancelled | BatchState::Preparing) {
            return Err(StoreError::Stale { what: format!("batch B{batch}") }.into());
        }
        let mut order: Vec<OrderedCall> = Vec::new();
        books.each_batch_file(batch, is_run_order, |file| -> Result<(), StoreError> {
            order.extend(run_order(&file.name, &file.bytes));
            Ok(())
        })?;
        let mut desk = Desk {
            info,
            cases: Vec::new(),
            order,
            by_call: FxHashMap::default(),
            by_name: FxHashMap::default(),
            of_number: FxHashMap::default(),
            known: 0,
        };
        let mut at_record = FxHashMap::default();
        let takings = books.takings(batch)?.into_iter();
        let mut takings: FxHashMap<i64, Taking> = takings.map(|taking| (taking.record, taking)).collect();
        for member in books.members(batch)? {
            let stored = books.record_by_id(member.record)?;
            let at = desk.cases.len();
            let names = [
                member.issued.medins_setl_id.clone(),
                stored.number.to_string(),
                stored.record.record_no.clone(),
            ];
            desk.by_name.extend(names.into_iter().filter(|name| !name.is_empty()).map(|name| (name, at)));
            desk.of_number.insert(stored.number.to_string(), at);
            at_record.insert(member.record, at);
            let taking = takings.remove(&member.record);
            let matched = match taking {
                Some(_) => books.matches_of(member.record)?,
                None => Vec::new(),
            };
            desk.cases.push(Case {
                member,
                stored,
                calls: BTreeMap::new(),
                whole: None,
                touched: false,
                taking,
                settled_by: matched.into_iter().map(|matched| matched.settlement.setl_id).collect(),
            });
        }
        for (at, call) in desk.order.iter().enumerate() {
            desk.by_call.insert(call.msgid.clone(), at);
            let stem = Path::new(&call.file).file_stem().unwrap_or_default();
            desk.by_call.insert(stem.to_string_lossy().into_owned(), at);
        }
        for call in books.calls_of_batch(batch)? {
            if let Some(at) = at_record.get(&call.record) {
                let known = Known { answer: call.answer, setl_id: call.setl_id, fresh: None };
                desk.cases[*at].calls.insert(call.step, known);
            }
        }
        Ok(desk)
    }

    /// The call that a key names, by its message id or its file; what a program adds to a name is passed over.
    fn call(&self, key: &str) -> Option<usize> {
        let mut rest = key;
        loop {
            if let Some(at) = self.by_call.get(rest) {
                return Some(*at);
            }
            rest = &rest[..rest.rfind(['.', '-', '_'])?];
        }
    }

    fn take(&mut self, row: &AnswerRow) -> Result<(), WorkError> {
        if let Some(at) = self.call(&row.key) {
            let OrderedCall { step, number, .. } = &self.order[at];
            if let Some(case) = self.of_number.get(number) {
                return self.take_call(*case, *step, row);
            }
        }
        let at = self.by_name.get(&row.key).or_else(|| self.by_name.get(&row.key.to_ascii_uppercase()));
        let Some(&at) = at else {
            let (batch, file, line, key) = (self.info.id, named(&row.file), row.at_line, row.key.clone());
            return Err(WorkError::NotInBatch { batch, file, line, key });
        };
        let case = &mut self.cases[at];
        let stands = case.whole.as_ref().map_or(case.member.answer, |whole| Some(whole.answer));
        let setl_id = case.whole.as_ref().map_or(&case.member.setl_id, |whole| &whole.setl_id);
        match fits(stands, setl_id, row) {
            Fits::New => case.whole = Some(row.clone()),
            Fits::Known => self.known += 1,
            Fits::Not => return Err(case.other(row)),
        }
        Ok(())
    }

    fn take_call(&mut self, at: usize, step: i64, row: &AnswerRow) -> Result<(), WorkError> {
        let case = &mut self.cases[at];
        let stands = case.calls.get(&step);
        match fits(stands.map(|known| known.answer), stands.map_or("", |known| &known.setl_id), row) {
            Fits::New => {
                let (answer, setl_id) = (row.answer, row.setl_id.clone());
                case.calls.insert(step, Known { answer, setl_id, fresh: Some(row.clone()) });
                case.touched = true;
            }
            Fits::Known => self.known += 1,
            Fits::Not => return Err(case.other(row)),
        }
        Ok(())
    }

    /// Takes what a person found: of the call that is unknown, else of the record as a whole.
    fn take_found(&mut self, number: &ShortNumber, found: &Found<'_>) {
        let row = AnswerRow {
            setl_id: found.setl_id.to_owned(),
            mdtrt_id: found.mdtrt_id.to_owned(),
            ..empty_row(number, found.found)
        };
        let case = self.cases.iter_mut().find(|case| case.stored.number == *number);
        let Some(case) = case else { return };
        let unknown = case.calls.iter().rev().find(|(_, known)| known.answer == Answer::Unknown);
        match unknown.map(|(step, _)| *step) {
            Some(step) => {
                let (answer, setl_id) = (found.found, row.setl_id.clone());
                case.calls.insert(step, Known { answer, setl_id, fresh: Some(row) });
                case.touched = true;
            }
            None => case.whole = Some(row),
        }
    }

    /// Writes what is new, and says what came of it.
    fn write(self, w: &mut Writer<'_>, asked: Option<Asked<'_>>) -> Result<Answered, WorkError> {
        let mut done = Answered { known: self.known, ..Answered::default() };
        let steps = Steps::of(&self.order);
        let (mut fresh, mut calls) = (Vec::new(), Vec::new());
        for case in &self.cases {
            for (step, known) in &case.calls {
                if let (Some(row), Some(call)) = (&known.fresh, steps.get(*step)) {
                    let (infno, msgid) = (&*call.infno, &*call.msgid);
                    calls.push(CallAnswer { step: *step, infno, msgid, record: &case.stored, row });
                }
            }
            let Some((mut row, reversal)) = case.outcome(&steps, asked.is_some())? else { continue };
            if case.member.answer == Some(row.answer) && row.text.is_empty() {
                // Told before: only what became of the reversal is new.
                row.code.clone_from(&case.member.code);
                row.text = w.books().answer_words(self.info.id, &case.member)?.text;
            }
            match row.answer {
                Answer::Accepted => done.accepted += 1,
                Answer::Refused => done.refused += 1,
                Answer::Unknown => done.unknown += 1,
                Answer::NotDone => done.not_done += 1,
            }
            if row.answer != Answer::Accepted {
                let opened = w.books().opened(case.stored.clone())?;
                done.open.push(Open {
                    number: case.stored.number.clone(),
                    answer: row.answer,
                    infno: row.infno.clone(),
                    code: row.code.clone(),
                    shown: mask_numbers(&opened.record.person.masked_in(&row.text)),
                });
            }
            fresh.push(MemberAnswer { record: case.stored.clone(), row, reversal });
        }
        if fresh.is_empty() && calls.is_empty() {
            w.discard();
        } else {
            w.answer_batch(&self.info, &fresh, &calls, asked)?;
        }
        let members = w.books().members(self.info.id)?;
        done.waiting = members.iter().filter(|member| member.answer.is_none()).count();
        Ok(done)
    }
}

/// Whether a row says something new.
enum Fits {
    New,
    Known,
    Not,
}

/// Lays a row beside what stands. What is not known never contradicts, since a log may be read after the outcome was
/// found out.
fn fits(stands: Option<Answer>, setl_id: &str, row: &AnswerRow) -> Fits {
    let other_id = !setl_id.is_empty() && !row.setl_id.is_empty() && setl_id != row.setl_id;
    match stands {
        None => Fits::New,
        Some(Answer::Unknown) if row.answer != Answer::Unknown => Fits::New,
        Some(_) if row.answer == Answer::Unknown => Fits::Known,
        Some(answer) if answer != row.answer || other_id => Fits::Not,
        Some(_) if setl_id.is_empty() && !row.setl_id.is_empty() => Fits::New,
        Some(_) => Fits::Known,
    }
}

/// The calls of a batch by their step, and the last step of each record.
struct Steps<'a> {
    calls: FxHashMap<i64, &'a OrderedCall>,
    last: FxHashMap<&'a str, i64>,
}

impl<'a> Steps<'a> {
    fn of(order: &'a [OrderedCall]) -> Steps<'a> {
        let mut steps = Steps { calls: FxHashMap::default(), last: FxHashMap::default() };
        for call in order {
            steps.calls.insert(call.step, call);
            let last = steps.last.entry(&call.number).or_insert(call.step);
            *last = call.step.max(*last);
        }
        steps
    }

    fn get(&self, step: i64) -> Option<&'a OrderedCall> {
        self.calls.get(&step).copied()
    }

    /// Nothing is at stake where its outcome is unknown.
    fn is_safe(&self, step: i64) -> bool {
        self.get(step).is_some_and(|call| go_on(&call.infno).is_safe())
    }
}

impl Case {
    /// What is new of the record, and what is known of the settlement that is taken back; `None` where nothing is new.
    ///
    /// # Errors
    /// [`WorkError::OtherAnswer`] where it contradicts the answer or the stage on record.
    fn outcome(
        &self,
        steps: &Steps<'_>,
        asked: bool,
    ) -> Result<Option<(AnswerRow, Option<Reversal>)>, WorkError> {
        let row = match (&self.whole, self.touched) {
            (Some(whole), _) => Some(self.whole_row(whole)),
            (None, true) => self.by_calls(steps).or_else(|| self.as_before()),
            (None, false) => None,
        };
        let Some(row) = row else { return Ok(None) };
        let (reversal, is_news) = self.reversal(steps);
        let leaves = self.taking.as_ref().map(|taking| taking.leaves);
        let after = row.answer.after(self.stored.stage, leaves, reversal);
        match fits(self.member.answer, &self.member.setl_id, &row) {
            Fits::Known if !is_news || after == Some(self.stored.stage) => return Ok(None),
            Fits::Not => return Err(self.other(&row)),
            Fits::Known | Fits::New => {}
        }
        // A settlement that a statement knows of was not refused, whatever an answer says.
        if after.is_none() && !asked {
            return Err(self.other(&row));
        }
        Ok(Some((row, reversal)))
    }

    /// What is known of the settlement that is taken back, and whether it was told now.
    fn reversal(&self, steps: &Steps<'_>) -> (Option<Reversal>, bool) {
        let Some(taking) = &self.taking else { return (None, false) };
        if !self.settled_by.is_empty() && !self.settled_by.contains(&taking.setl_id) {
            return (Some(Reversal::Overtaken), false);
        }
        let done = self.calls.iter().find(|(step, known)| {
            let undoes = steps.get(**step).is_some_and(|call| takes_settlement_back(&call.infno));
            undoes && known.answer == Answer::Accepted
        });
        (done.map(|_| Reversal::Done), done.is_some_and(|(_, known)| known.fresh.is_some()))
    }

    /// What was told of the record as a whole, where its calls say no more.
    fn as_before(&self) -> Option<AnswerRow> {
        let answer =
            self.member.answer.filter(|answer| matches!(answer, Answer::Refused | Answer::NotDone))?;
        Some(AnswerRow { setl_id: self.member.setl_id.clone(), ..empty_row(&self.stored.number, answer) })
    }

    /// A timeout told of a record as a whole can only be that of its settlement.
    fn whole_row(&self, whole: &AnswerRow) -> AnswerRow {
        let mut row = whole.clone();
        if row.infno.is_empty() && row.answer == Answer::Unknown {
            settling_call(self.stored.record.kind, &self.stored.record.line).clone_into(&mut row.infno);
        }
        row
    }

    /// What follows from its calls, told with the words of the call that decides.
    fn by_calls(&self, steps: &Steps<'_>) -> Option<AnswerRow> {
        let number = self.stored.number.to_string();
        let last = steps.last.get(&*number).copied();
        let own = self.calls.iter().find(|(step, _)| {
            let call = steps.get(**step);
            call.is_some_and(|call| {
                call.msgid == self.member.issued.medins_setl_id || Some(call.step) == last
            })
        });
        let told = |step: i64, known: &Known, answer: Answer| {
            let infno = steps.get(step).map(|call| call.infno.clone()).unwrap_or_default();
            let fresh = known.fresh.clone();
            let empty =
                || AnswerRow { setl_id: known.setl_id.clone(), ..empty_row(&self.stored.number, answer) };
            AnswerRow { infno, answer, ..fresh.unwrap_or_else(empty) }
        };
        match own {
            Some((step, known)) if matches!(known.answer, Answer::Accepted) => {
                return Some(told(*step, known, Answer::Accepted));
            }
            Some((step, known)) if known.answer == Answer::Unknown && !steps.is_safe(*step) => {
                return Some(told(*step, known, Answer::Unknown));
            }
            _ => {}
        }
        let refused = self.calls.iter().find(|(_, known)| known.answer == Answer::Refused);
        if let Some((step, known)) = refused {
            return Some(told(*step, known, Answer::Refused));
        }
        let unsure =
            |(step, known): &(&i64, &Known)| known.answer == Answer::Unknown && !steps.is_safe(**step);
        if let Some((step, known)) = self.calls.iter().find(unsure) {
            return Some(told(*step, known, Answer::Unknown));
        }
        // The chain stopped where nothing is at stake, or a call of it was found not to have been done.
        let stopped = |(_, known): &(&i64, &Known)| matches!(known.answer, Answer::Unknown | Answer::NotDone);
        if let Some((step, known)) = self.calls.iter().find(stopped) {
            return Some(told(*step, known, Answer::NotDone));
        }
        // One that was unknown and is found to have been done, with the settlement still to come.
        let (step, known) = self.calls.iter().next_back()?;
        (self.member.answer == Some(Answer::Unknown)).then(|| told(*step, known, Answer::NotDone))
    }

    fn other(&self, row: &AnswerRow) -> WorkError {
        let (number, file) = (self.stored.number.to_string(), named(&row.file));
        WorkError::OtherAnswer { number, file, line: row.at_line }
    }
}

/// A row that says no more than what came of a record.
fn empty_row(number: &ShortNumber, answer: Answer) -> AnswerRow {
    AnswerRow {
        key: number.to_string(),
        infno: String::new(),
        answer,
        code: String::new(),
        text: String::new(),
        setl_id: String::new(),
        mdtrt_id: String::new(),
        psn_no: String::new(),
        settled: SettledAs::default(),
        file: String::new(),
        at_line: 0,
    }
}

/// A file's own name, without the folder it lies in.
fn named(file: &str) -> String {
    Path::new(file).file_name().map_or_else(|| file.to_owned(), |name| name.to_string_lossy().into_owned())
}
