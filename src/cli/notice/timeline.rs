//! `guazhang notice timeline`, `duties` and `done`: what happens when, who has to
//! act, and what was done.

use crate::cli::args::DryRun;
use crate::cli::notice::load;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::Time;
use crate::notice::{self, Calendar, Event, Notice, Resumptions};
use crate::report::{Card, Cell, Column, Format, Sheet, word};
use crate::store::DutyDone;
use crate::text::Label;
use crate::work::Law;
use std::borrow::Cow;
use std::io::Write;

/// Stops, resumptions, deadlines and duties on one time axis
///
/// Of the notices in force in the ledger, or of those that are named.
#[derive(clap::Args, Debug)]
pub(super) struct TimelineArgs {
    /// Notices, built in or files, instead of those of the ledger
    #[arg(value_name = "ID|FILE")]
    notices: Vec<String>,
}

/// What is due before, during and after: who, by when, done or overdue
///
/// Of the notices in force in the ledger, or of those that are named.
#[derive(clap::Args, Debug)]
pub(super) struct DutiesArgs {
    /// Notices, built in or files, instead of those of the ledger
    #[arg(value_name = "ID|FILE")]
    notices: Vec<String>,
}

/// Note that a duty was done
#[derive(clap::Args, Debug)]
pub(super) struct DoneArgs {
    /// The notice
    #[arg(value_name = "ID")]
    notice: String,

    /// Number of the duty, as `notice duties` lists it
    #[arg(value_name = "N")]
    number: i64,

    /// What proves it
    #[arg(long, value_name = "TEXT")]
    evidence: String,

    #[command(flatten)]
    dry_run: DryRun,
}

/// The notices asked for, and what the ledger knows of them.
struct Scope {
    named: Vec<Cow<'static, Notice>>,
    law: Option<Law>,
    calendar: Calendar,
    done: Vec<DutyDone>,
}

impl Scope {
    fn of(ctx: &Ctx, names: &[String]) -> Result<Scope, Failure> {
        if !names.is_empty() {
            let named = names.iter().map(|name| load(ctx, name)).collect::<Result<_, _>>()?;
            return Ok(Scope { named, law: None, calendar: ctx.calendar()?, done: Vec::new() });
        }
        let (book, law) = ledger::open(ctx)?;
        Ok(Scope {
            named: Vec::new(),
            law: Some(law),
            calendar: ctx.calendar()?,
            done: book.books().duties_done()?,
        })
    }

    fn events(
        &self,
        now: Time,
        of: impl Fn(&[&Notice], &Resumptions, &Calendar, Time) -> Vec<Event>,
    ) -> Vec<Event> {
        if let Some(law) = &self.law {
            let notices: Vec<&Notice> = law.notices().iter().collect();
            return of(&notices, law.resumptions(), law.calendar(), now);
        }
        let notices: Vec<&Notice> = self.named.iter().map(AsRef::as_ref).collect();
        of(&notices, &Resumptions::new(), &self.calendar, now)
    }

    fn done(&self, event: &Event) -> Option<&DutyDone> {
        let number = i64::try_from(event.number?).ok()?;
        self.done.iter().find(|done| done.notice == event.notice && done.number == number)
    }

    /// `done`, `overdue` or still to do.
    fn state(&self, event: &Event) -> Cell {
        match (self.done(event), event.overdue) {
            (Some(_), _) => Cell::Word { id: "done", zh: "已办", en: "done" },
            (None, true) => Cell::Word { id: "overdue", zh: "逾期", en: "overdue" },
            (None, false) => Cell::Word { id: "open", zh: "待办", en: "to do" },
        }
    }
}

/// Runs `guazhang notice timeline`.
pub(super) fn run(ctx: &mut Ctx, args: &TimelineArgs) -> Result<Exit, Failure> {
    let scope = Scope::of(ctx, &args.notices)?;
    let events = scope.events(ctx.now, notice::timeline);
    let mut sheet = Sheet::new(&[
        Column::code("at", "时间", "when"),
        Column::code("mark", "", ""),
        Column::code("event", "事项", "what"),
        Column::text("title", "内容", "of"),
        Column::code("who", "责任方", "who"),
        Column::code("facility", "机构", "facility"),
        Column::code("clause", "条款", "clause"),
        Column::code("notice", "通告", "notice"),
    ]);
    let mut told_today = false;
    for event in &events {
        // Where today stands on the axis.
        if !told_today && event.at.is_none_or(|at| at > ctx.now) {
            told_today = true;
            let today = Cell::Word { id: "today", zh: "今天", en: "today" };
            sheet.row([Cell::Time(ctx.now), Cell::text("——"), today]);
        }
        let what = match event.phase {
            Some(phase) => Cell::text(format!("{}·{}", event.event.label(ctx.lang), phase.label(ctx.lang))),
            None => Cell::word(&event.event),
        };
        sheet.row([
            Cell::known(event.at, Cell::Time),
            Cell::text(if event.provisional { "*" } else { "" }),
            what,
            Cell::text(ctx.lang.pick(&event.title, &event.title_en)),
            Cell::known(event.who.as_deref(), |who| Cell::text(word(who, ctx.lang))),
            Cell::known(event.facility.as_deref(), Cell::text),
            Cell::text(&event.clause),
            Cell::text(&event.notice),
        ]);
    }
    sheet.note(ctx.lang.pick(
        "* 以预计恢复时间推算；无时间的为待公布或未载明",
        "* hangs on an expected resumption; without a time: to be announced, or not stated",
    ));
    match ctx.format {
        Format::Json => ctx.print_json(&events)?,
        Format::Table | Format::Csv => ctx.print(&sheet)?,
    }
    Ok(Exit::Done)
}

/// Runs `guazhang notice duties`.
pub(super) fn run_duties(ctx: &mut Ctx, args: &DutiesArgs) -> Result<Exit, Failure> {
    let scope = Scope::of(ctx, &args.notices)?;
    let events = scope.events(ctx.now, notice::duties);
    let mut sheet = Sheet::new(&[
        Column::code("notice", "通告", "notice"),
        Column::number("number", "序号", "no."),
        Column::code("phase", "阶段", "phase"),
        Column::text("duty", "事项", "what"),
        Column::code("who", "责任方", "who"),
        Column::code("due_at", "截止", "until"),
        Column::code("state", "状态", "state"),
        Column::text("evidence", "依据", "evidence"),
        Column::code("clause", "条款", "clause"),
    ]);
    let mut overdue = 0;
    for event in &events {
        let done = scope.done(event);
        overdue += usize::from(event.overdue && done.is_none());
        sheet.row([
            Cell::text(&event.notice),
            Cell::known(event.number, Cell::count),
            Cell::known(event.phase, |phase| Cell::word(&phase)),
            Cell::text(ctx.lang.pick(&event.title, &event.title_en)),
            Cell::known(event.who.as_deref(), |who| Cell::text(word(who, ctx.lang))),
            Cell::known(event.at, Cell::Time),
            scope.state(event),
            Cell::known(done, |done| Cell::text(ledger::sealed(done.evidence.clone(), ctx.lang))),
            Cell::text(&event.clause),
        ]);
    }
    sheet.extra("overdue", overdue);
    ctx.print(&sheet)?;
    Ok(Exit::findings(overdue))
}

/// Runs `guazhang notice done`.
pub(super) fn run_done(ctx: &mut Ctx, args: &DoneArgs) -> Result<Exit, Failure> {
    let scope = Scope::of(ctx, &[])?;
    let events = scope.events(ctx.now, notice::duties);
    let number = usize::try_from(args.number).unwrap_or(0);
    let found = events.iter().find(|event| event.notice == args.notice && event.number == Some(number));
    let Some(event) = found else {
        let says = Says::new(
            format!("通告 {} 没有第 {} 项事项", args.notice, args.number),
            format!("notice {} has no duty {}", args.notice, args.number),
        );
        let hint =
            says.hint("用 guazhang notice duties 查看序号", "see the numbers with guazhang notice duties");
        return Err(Failure::refused(hint));
    };
    let evidence = args.evidence.trim();
    if evidence.is_empty() {
        return Err(Failure::refused(Says::new("依据不能为空", "evidence must not be empty")));
    }
    let (mut book, _) = ledger::unlocked(ctx)?;
    let mode = ledger::mode(args.dry_run.dry_run);
    book.write(&ctx.actor(), mode, |w| w.duty_done(&args.notice, args.number, evidence))?;
    let mut card = Card::new();
    card.fact(Column::code("notice", "通告", "notice"), Cell::text(&args.notice));
    card.fact(Column::number("number", "序号", "no."), Cell::Int(args.number));
    card.fact(Column::text("duty", "事项", "what"), Cell::text(ctx.lang.pick(&event.title, &event.title_en)));
    ctx.print_card(&card)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}

/// The JSON Schema of the language of notices, for editors
///
/// Runs `guazhang notice schema`.
pub(super) fn run_schema(ctx: &mut Ctx) -> Result<Exit, Failure> {
    serde_json::to_writer_pretty(&mut ctx.out, &notice::schema()).map_err(anyhow::Error::from)?;
    writeln!(ctx.out)?;
    Ok(Exit::Done)
}
