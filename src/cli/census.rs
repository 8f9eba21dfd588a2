//! `guazhang census`: patients in hospital before the stop, what the notices ask
//! for each, and recording it done.

use crate::cli::args::{DryRun, Reveal};
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{CensusNumber, Money, Time};
use crate::report::{Card, Cell, Column, Format, Sheet, word};
use crate::work::{self, Ask, Doing, Patient, Standing};

/// Patients in hospital before the stop, and what the notices ask for each
#[derive(clap::Args, Debug)]
pub(super) struct CensusArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List what the notices ask for each patient, and by when
    ///
    /// By deadline, without what is done. Ends with 3 while something that can be done now is not; what waits for
    /// the system to be back does not count.
    List(ListArgs),
    /// Record that something asked was done for a patient
    ///
    /// A conversion to self-pay or a readmission opens the inpatient record in which the stay goes on.
    Do(DoArgs),
}

#[derive(clap::Args, Debug)]
struct ListArgs {
    /// Only what is to be done now
    #[arg(long, conflicts_with = "all")]
    open: bool,

    /// What is done as well
    #[arg(long)]
    all: bool,

    /// Only this, such as `convert_self_pay`
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,

    #[command(flatten)]
    reveal: Reveal,
}

#[derive(clap::Args, Debug)]
struct DoArgs {
    /// The number in the census, such as C-0001
    #[arg(value_name = "ID")]
    id: CensusNumber,

    /// What the notice asks, such as discharge_settle, convert_self_pay, readmit
    #[arg(value_name = "ACTION")]
    action: String,

    /// What proves it, such as the number of the settlement sheet
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    evidence: String,

    /// When it was done, such as the hour of the conversion; now by default
    #[arg(long, value_name = "TIME")]
    at: Option<Time>,

    /// Number of the stay from then on; that of the census by default
    #[arg(long, value_name = "NO")]
    record_no: Option<String>,

    /// Cost from then on, yuan; 0 by default where the cost so far was settled, else that of the census
    #[arg(long, value_name = "YUAN")]
    total: Option<Money>,

    /// What the patient has paid for that, yuan
    #[arg(long, value_name = "YUAN")]
    paid: Option<Money>,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &CensusArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::List(args) => list(ctx, args),
        Action::Do(args) => act(ctx, args),
    }
}

const COLUMNS: &[Column] = &[
    Column::code("number", "编号", "number"),
    Column::code("bed_no", "床号", "bed"),
    Column::code("record_no", "住院号", "record no."),
    Column::code("name", "姓名", "name"),
    Column::text("department", "科室", "department"),
    Column::code("admitted_at", "入院时间", "admitted"),
    Column::text("action", "要求", "asked"),
    Column::code("due_at", "期限", "until"),
    Column::text("standing", "状态", "standing"),
    Column::text("needs", "需要知道", "needs"),
    Column::code("done_at", "办结时间", "done"),
    Column::code("record", "记录", "record"),
    Column::text("clause", "条款", "clause"),
    Column::text("gone", "已出院", "gone"),
];

fn list(ctx: &mut Ctx, args: &ListArgs) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::open(ctx)?;
    ledger::reveal(ctx, &mut book, &args.reveal, "census list")?;
    let patients = work::census(&book, &law, ctx.now)?;
    let mut rows: Vec<(Standing, &Patient, Option<&Ask>)> = Vec::new();
    for patient in &patients {
        rows.extend(patient.asks.iter().map(|ask| (ask.standing, patient, Some(ask))));
        // One thing done does not hide that the patient has left, or that nothing else is asked.
        if patient.asks.is_empty() {
            rows.push((patient.standing(), patient, None));
        }
    }
    rows.retain(|(_, _, ask)| {
        args.action
            .as_deref()
            .is_none_or(|action| ask.map_or("nothing", |ask| ask.action.as_str()) == action.trim())
    });
    let open = rows.iter().filter(|(standing, ..)| standing.is_open()).count();
    rows.retain(|(standing, ..)| match (args.open, args.all) {
        (true, _) => standing.is_open(),
        (false, true) => true,
        (false, false) => *standing != Standing::Done,
    });
    rows.sort_by_key(|(_, patient, ask)| {
        let due = ask.and_then(|ask| ask.due_at);
        (ask.is_none(), due.is_none(), due, patient.stored.number)
    });
    let mut sheet = Sheet::new(COLUMNS);
    for (standing, patient, ask) in &rows {
        let name = if args.reveal.reveal {
            book.books().opened_census(patient.stored.clone())?.entry.person.name
        } else {
            patient.stored.shown.name.clone()
        };
        sheet.row(row(ctx, *standing, patient, *ask, name));
    }
    sheet.extra("patients", patients.len());
    sheet.extra("open", open);
    ctx.print(&sheet)?;
    if law.notices().is_empty() {
        ctx.remark(
            "本账本没有启用任何通告：guazhang notice add",
            "no notice is in force in this ledger: guazhang notice add",
        )?;
    }
    Ok(Exit::findings(open))
}

fn row(ctx: &Ctx, standing: Standing, patient: &Patient, ask: Option<&Ask>, name: String) -> Vec<Cell> {
    let stored = &patient.stored;
    let entry = &stored.entry;
    // Words for people, ids for programs.
    let said = |id: &str| if ctx.format == Format::Table { word(id, ctx.lang) } else { id.to_owned() };
    let action = match (ask, standing) {
        (Some(ask), _) => said(&ask.action),
        (None, Standing::Nothing) => said("nothing"),
        (None, _) => String::new(),
    };
    let needs: Vec<String> = patient.questions.iter().map(|need| said(need)).collect();
    let done = ask.and_then(|ask| ask.done.as_ref());
    vec![
        Cell::text(stored.number.to_string()),
        Cell::text(&entry.bed_no),
        Cell::text(&entry.record_no),
        Cell::text(name),
        Cell::text(&entry.department),
        Cell::Time(entry.admitted_at),
        Cell::text(action),
        Cell::known(ask.and_then(|ask| ask.due_at), Cell::Time),
        Cell::word(&standing),
        if needs.is_empty() { Cell::Empty } else { Cell::List(needs) },
        Cell::known(done.map(|done| done.done_at), Cell::Time),
        Cell::known(done.and_then(|done| done.record.as_ref()), |record| Cell::text(record.to_string())),
        Cell::text(ask.map_or("", |ask| ask.clause.as_str())),
        if patient.gone { Cell::Flag(true) } else { Cell::Empty },
    ]
}

fn act(ctx: &mut Ctx, args: &DoArgs) -> Result<Exit, Failure> {
    if let Some(at) = args.at.filter(|at| *at > ctx.now) {
        let at = at.short();
        let says = Says::new(format!("{at} 还没有到"), format!("{at} has not come yet"));
        return Err(Failure::usage(says.hint("核对 --at 和本机时钟", "check --at and this machine's clock")));
    }
    let (mut book, law) = ledger::unlocked(ctx)?;
    let doing = Doing {
        evidence: args.evidence.clone(),
        at: args.at,
        record_no: args.record_no.clone(),
        total: args.total,
        paid: args.paid,
    };
    let mode = ledger::mode(args.dry_run.dry_run);
    let done = work::do_asked(&mut book, &law, &ctx.actor(), mode, args.id, &args.action, &doing)?;
    let mut card = Card::new();
    card.fact(Column::code("number", "编号", "number"), Cell::text(done.number.to_string()));
    let action = if ctx.format == Format::Table { word(&done.action, ctx.lang) } else { done.action.clone() };
    card.fact(Column::text("action", "已办", "done"), Cell::text(action));
    card.fact(Column::code("due_at", "期限", "until"), Cell::known(done.due_at, Cell::Time));
    card.fact(Column::text("late", "已逾期", "late"), if done.late { Cell::Flag(true) } else { Cell::Empty });
    let record = done.record.as_ref().map(ToString::to_string).unwrap_or_default();
    card.fact(Column::code("record", "住院记录", "inpatient record"), Cell::text(record));
    if done.record.is_some() {
        card.fact(Column::text("opened", "新开立", "opened now"), Cell::Flag(done.opened));
        card.extra("decision", &done.decision);
    }
    ctx.print_card(&card)?;
    if let (Format::Table, Some(decision)) = (ctx.format, &done.decision) {
        writeln!(ctx.out)?;
        ctx.print_decision(decision)?;
    }
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}
