//! What to do with an unknown fact: try it out.
//!
//! A question that hangs on an unknown fact is asked again with each value that
//! could make a difference. If all answers agree, the fact does not matter; if
//! not, it is needed. So nothing is guessed, and nothing is asked in vain.

use super::condition::{Condition, Slot, Truth};
use super::context::Context;
use std::collections::BTreeSet;

/// How often a question may be asked again before every fact it hangs on counts as needed.
const TRIES: u32 = 4096;

/// How many unknown facts are tried at once.
const DEPTH: usize = 6;

/// The answers to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answers<T> {
    /// The answers that differ from each other; the first is *the* answer where it stands alone.
    pub(super) all: Vec<T>,
    /// Facts on which it depends which one holds.
    pub(super) needs: BTreeSet<Slot>,
    /// Everything that could make a difference was tried.
    pub(super) complete: bool,
}

impl<T> Answers<T> {
    fn of(answer: T) -> Answers<T> {
        Answers { all: vec![answer], needs: BTreeSet::new(), complete: true }
    }

    /// There is one answer whatever the unknown facts are.
    pub(super) fn is_sure(&self) -> bool {
        self.needs.is_empty()
    }
}

/// Asks `question`, trying out the facts it turns out to hang on. `same` says whether two answers mean the same.
pub(super) fn explore<'a, T>(
    ctx: &mut Context<'a>,
    question: &impl Fn(&Context<'a>) -> Result<T, Slot>,
    same: &impl Fn(&T, &T) -> bool,
) -> Answers<T> {
    match question(ctx) {
        Ok(answer) => Answers::of(answer),
        Err(slot) => {
            let mut tries = TRIES;
            try_out(ctx, slot, question, same, DEPTH, &mut tries)
        }
    }
}

fn try_out<'a, T>(
    ctx: &mut Context<'a>,
    slot: Slot,
    question: &impl Fn(&Context<'a>) -> Result<T, Slot>,
    same: &impl Fn(&T, &T) -> bool,
    depth: usize,
    tries: &mut u32,
) -> Answers<T> {
    let notice = ctx.notice;
    let samples = &notice.samples[slot];
    let mut gathered = Answers { all: Vec::new(), needs: BTreeSet::new(), complete: true };
    if depth == 0 || samples.is_empty() {
        gathered.needs.insert(slot);
        gathered.complete = false;
        return gathered;
    }
    for sample in samples {
        if *tries == 0 {
            gathered.needs.insert(slot);
            gathered.complete = false;
            break;
        }
        *tries -= 1;
        ctx.facts[slot] = Some(sample);
        let answers = match question(ctx) {
            Ok(answer) => Answers::of(answer),
            Err(next) => try_out(ctx, next, question, same, depth - 1, tries),
        };
        gathered.needs.extend(answers.needs);
        gathered.complete &= answers.complete;
        for answer in answers.all {
            if !gathered.all.iter().any(|known| same(known, &answer)) {
                gathered.all.push(answer);
            }
        }
    }
    ctx.facts[slot] = None;
    if gathered.all.len() > 1 {
        gathered.needs.insert(slot);
    }
    gathered
}

/// A condition's answer; `Err` with every fact that it hangs on.
pub(super) fn sure(condition: &Condition, ctx: &mut Context<'_>) -> Result<bool, BTreeSet<Slot>> {
    match condition.holds(ctx) {
        Truth::Yes => Ok(true),
        Truth::No => Ok(false),
        Truth::Unknown(_) => {
            let question = |ctx: &Context<'_>| match condition.holds(ctx) {
                Truth::Yes => Ok(true),
                Truth::No => Ok(false),
                Truth::Unknown(slot) => Err(slot),
            };
            let answers = explore(ctx, &question, &|one, other| one == other);
            match (answers.is_sure(), answers.all.first()) {
                (true, Some(answer)) => Ok(*answer),
                _ => Err(answers.needs),
            }
        }
    }
}
