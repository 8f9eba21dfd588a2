//! Several notices at once: those that concern the record answer together, and
//! where they contradict each other, that is what is said.
//!
//! None is ever chosen silently. One notice by itself is decided in `decide`.

use super::condition::Truth;
use super::context::Context;
use super::decide::{nothing, one};
use super::explore::sure;
use super::model::Notice;
use super::way::Needs;
use crate::domain::{Decision, Status, Time, WayBack};
use crate::text::Label;

/// One notice's answer.
struct Answer<'a> {
    ctx: Context<'a>,
    decision: Decision,
    /// Facts on which it depends whether the notice concerns the record at all.
    unsure: Vec<String>,
}

/// Decides under all notices that concern the record.
pub(super) fn decide<'a>(notices: &[&'a Notice], ask: impl Fn(&'a Notice) -> Context<'a>) -> Decision {
    let replaced = |notice: &Notice| notices.iter().any(|other| other.head.supersedes.contains(&notice.id));
    let asked = notices.iter().filter(|notice| !replaced(notice));
    let answers: Vec<Answer<'a>> = asked.filter_map(|notice| answer(ask(notice))).collect();
    let (sure, unsure): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.unsure.is_empty());
    let out = |answer: &Answer<'a>| answer.decision.status == Status::Out;
    let (outside, inside): (Vec<_>, Vec<_>) = sure.into_iter().partition(out);
    let perhaps: Vec<_> = unsure.into_iter().filter(|answer| !out(answer)).collect();
    let Some(first) = inside.first() else { return perhaps_one(&perhaps, outside) };
    let mut decision = first.decision.clone();
    for other in &inside[1..] {
        join(&mut decision, first, other);
    }
    for other in &outside {
        decision.conflicts.extend(contradicts(first, other));
    }
    // A notice that may concern the record matters only where it would say something else.
    for other in perhaps.iter().filter(|other| !differences(&first.decision, &other.decision).is_empty()) {
        decision.status = Status::Undetermined;
        add(&mut decision.needs, &other.unsure);
    }
    decision
}

/// No notice surely answers; some may, depending on facts that are unknown.
fn perhaps_one(perhaps: &[Answer<'_>], outside: Vec<Answer<'_>>) -> Decision {
    let alone = perhaps.len() == 1;
    let Some(first) = perhaps.first() else {
        return outside.into_iter().next().map_or_else(|| nothing(""), |answer| answer.decision);
    };
    let mut decision = nothing(if alone { &first.decision.notice } else { "" });
    decision.status = Status::Undetermined;
    decision.in_window = perhaps.iter().any(|answer| answer.decision.in_window);
    for answer in perhaps {
        add(&mut decision.needs, &answer.unsure);
        add(&mut decision.needs, &answer.decision.needs);
    }
    decision
}

/// Adds names that are not there yet.
fn add(needs: &mut Vec<String>, more: &[String]) {
    for need in more {
        if !needs.contains(need) {
            needs.push(need.clone());
        }
    }
}

fn answer(mut ctx: Context<'_>) -> Option<Answer<'_>> {
    let notice = ctx.notice;
    let unsure = match sure(&notice.applies, &mut ctx) {
        Ok(false) => return None,
        Ok(true) => Vec::new(),
        Err(facts) => Needs { facts, ..Needs::default() }.names(&ctx),
    };
    let decision = one(&mut ctx);
    Some(Answer { ctx, decision, unsure })
}

/// Lays another answer beside the first.
fn join(decision: &mut Decision, first: &Answer<'_>, other: &Answer<'_>) {
    let silent = |decision: &Decision| decision.options.is_empty() && decision.status == Status::NotStated;
    decision
        .duties
        .extend(other.decision.duties.iter().filter(|d| !first.decision.duties.contains(d)).cloned());
    decision.conflicts.extend(other.decision.conflicts.iter().cloned());
    if silent(&other.decision) {
        return;
    }
    if silent(decision) {
        let (duties, conflicts) =
            (std::mem::take(&mut decision.duties), std::mem::take(&mut decision.conflicts));
        *decision = Decision { duties, conflicts, ..other.decision.clone() };
        return;
    }
    let lines = differences(&first.decision, &other.decision);
    add(&mut decision.needs, &other.decision.needs);
    if lines.is_empty() {
        return;
    }
    if decision.conflicts.is_empty() || decision.options == first.decision.options {
        decision.options.iter_mut().for_each(|way| name(way, &first.decision.notice));
    }
    for way in &other.decision.options {
        let mut way = way.clone();
        name(&mut way, &other.decision.notice);
        decision.options.push(way);
    }
    decision.conflicts.extend(lines);
    if first.decision.status != other.decision.status {
        decision.status = Status::Undetermined;
    }
}

/// A clause with its notice before it.
fn name(way: &mut WayBack, notice: &str) {
    way.clause = format!("{notice} {}", way.clause);
}

/// Where two answers differ, one line each: the field, then what each notice says.
fn differences(one: &Decision, other: &Decision) -> Vec<String> {
    let routes = |decision: &Decision| {
        let ids: Vec<&str> = decision.options.iter().map(|way| way.route.id()).collect();
        if ids.is_empty() { "-".to_owned() } else { ids.join(",") }
    };
    let line = |field: &str, a: String, b: String| {
        (a != b).then(|| format!("{field}: {} {a} ≠ {} {b}", one.notice, other.notice))
    };
    let mut lines: Vec<String> = line("routes", routes(one), routes(other)).into_iter().collect();
    for way in &one.options {
        let Some(twin) = other.options.iter().find(|twin| twin.route == way.route) else { continue };
        let route = way.route.id();
        let time = |time: Option<Time>| time.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let label = |id: Option<&'static str>| id.unwrap_or("-").to_owned();
        let refused =
            |way: &WayBack| if way.status == Status::Refused { "refused" } else { "taken" }.to_owned();
        lines.extend(line(
            &format!("{route}.place"),
            label(way.place.map(|p| p.id())),
            label(twin.place.map(|p| p.id())),
        ));
        lines.extend(line(
            &format!("{route}.owner"),
            label(way.owner.map(|o| o.id())),
            label(twin.owner.map(|o| o.id())),
        ));
        lines.extend(line(&format!("{route}.opens_at"), time(way.opens_at), time(twin.opens_at)));
        lines.extend(line(&format!("{route}.due_at"), time(way.due_at), time(twin.due_at)));
        lines.extend(line(&format!("{route}.papers"), way.papers.join(","), twin.papers.join(",")));
        lines.extend(line(&format!("{route}.refused"), refused(way), refused(twin)));
        let effects = |way: &WayBack| serde_json::Value::Object(way.effects.clone()).to_string();
        lines.extend(line(&format!("{route}.effects"), effects(way), effects(twin)));
    }
    lines
}

/// The first notice says that the record falls into the stop, the other, of the same stop, that it does not.
fn contradicts(first: &Answer<'_>, other: &Answer<'_>) -> Option<String> {
    let window = first.decision.window.as_deref()?;
    let at = first.ctx.notice.windows.iter().position(|known| known.id == window)?;
    let stop = first.ctx.stop_of(Some(at))?;
    let same_stop = other.ctx.notice.windows.iter().enumerate().any(|(at, known)| {
        known.applies.holds(&other.ctx) == Truth::Yes
            && known.stops(at, &other.ctx).any(|theirs| {
                let ends = |resumes: Option<Time>, begin| resumes.is_none_or(|end| begin < end);
                ends(stop.resumes, theirs.suspended) && ends(theirs.resumes, stop.suspended)
            })
    });
    let (one, two) = (&first.decision.notice, &other.decision.notice);
    same_stop.then(|| format!("in_window: {one} {window} ≠ {two} -"))
}
