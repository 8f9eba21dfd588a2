//! `guazhang shift`: the cashier's day, from the float to the counted drawer.

use crate::cli::args::DryRun;
use crate::cli::new_file::put;
use crate::cli::slip::Form;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{Means, Money};
use crate::report::{Card, Cell, Column, Format, Paper, Sheet, Ticket};
use crate::store::{Books, Ledger, ShiftInfo};
use crate::text::{Label, Lang};
use crate::work::{self, WorkError};
use std::path::{Path, PathBuf};

/// The cashier's shift: sums by means of payment, counted cash and the difference
#[derive(clap::Args, Debug)]
pub(super) struct ShiftArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Open a shift
    Open {
        /// Cash in the drawer, in yuan
        #[arg(long, value_name = "YUAN", default_value = "0")]
        float: Money,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Close the shift: count the cash, see the difference, seal the chain
    ///
    /// Exit code 3 where the drawer does not hold what it should. A closed shift stays as it is: a later correction counts
    /// in the shift in which it is made. Records that came in with sheets are cash of other drawers and not expected here.
    Close {
        /// Cash counted, in yuan
        #[arg(long, value_name = "YUAN")]
        counted: Money,
        /// A remark, such as why the drawer differs
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
        /// Close the shift of somebody who left without doing so; for administrators, and on record
        #[arg(long, value_name = "NAME")]
        of: Option<String>,
        /// Width of the slip's paper in millimetres
        #[arg(long, value_name = "58|80", default_value = "80")]
        width: Paper,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Show a shift as a slip: one's own, or that of a number
    ///
    /// With --out it is written for a receipt printer as text, for A5 as a page, or as a picture.
    Show {
        /// Number of the shift, such as S3; one's own last by default
        #[arg(value_name = "N")]
        number: Option<String>,
        /// Width of the slip's paper in millimetres
        #[arg(long, value_name = "58|80", default_value = "80")]
        width: Paper,
        /// Write it into this new file: .txt, .html or .png
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// List all shifts
    List,
}

pub(super) fn run(ctx: &mut Ctx, args: &ShiftArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::Open { float, dry_run } => open(ctx, *float, dry_run.dry_run),
        Action::Close { counted, note, of, width, dry_run } => {
            let closing = Closing { counted: *counted, note, of: of.as_deref() };
            close(ctx, &closing, *width, dry_run.dry_run)
        }
        Action::Show { number, width, out } => show(ctx, number.as_deref(), *width, out.as_deref()),
        Action::List => list(ctx),
    }
}

fn open(ctx: &mut Ctx, float: Money, trying: bool) -> Result<Exit, Failure> {
    not_negative(float)?;
    let (mut book, _) = ledger::unlocked(ctx)?;
    let shift = work::open_shift(&mut book, &ctx.actor(), ledger::mode(trying), float)?;
    let mut card = Card::new();
    head(&mut card, &shift);
    card.fact(Column::money("float", "备用金", "float"), Cell::Money(shift.float));
    ctx.print_card(&card)?;
    ledger::tried(ctx, trying)?;
    Ok(Exit::Done)
}

/// What is said when a shift is closed.
struct Closing<'a> {
    counted: Money,
    note: &'a str,
    /// Whose shift, where it is not one's own.
    of: Option<&'a str>,
}

fn close(ctx: &mut Ctx, closing: &Closing<'_>, paper: Paper, trying: bool) -> Result<Exit, Failure> {
    let Closing { counted, note, of } = *closing;
    not_negative(counted)?;
    let (mut book, _) = ledger::unlocked(ctx)?;
    let shift = work::close_shift(&mut book, &ctx.actor(), ledger::mode(trying), of, counted, note)?;
    print(ctx, &book, &shift, paper)?;
    ledger::tried(ctx, trying)?;
    Ok(Exit::findings(usize::from(shift.difference().is_some_and(|difference| !difference.is_zero()))))
}

fn show(ctx: &mut Ctx, number: Option<&str>, paper: Paper, out: Option<&Path>) -> Result<Exit, Failure> {
    let form = out.map(Form::of).transpose()?;
    let (book, _) = ledger::open(ctx)?;
    let shift = found(&book.books(), number, &ctx.operator)?;
    let (Some(path), Some(form)) = (out, form) else {
        print(ctx, &book, &shift, paper)?;
        return Ok(Exit::Done);
    };
    put(path, &form.bytes(&slip(&book.founding().name, &shift, ctx.lang), paper)?, ctx.lang)?;
    let mut card = Card::new();
    card.fact(Column::code("shift", "班次", "shift"), Cell::text(format!("S{}", shift.id)));
    card.fact(Column::text("file", "文件", "file"), Cell::text(path.display().to_string()));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

fn found(books: &Books<'_>, number: Option<&str>, operator: &str) -> Result<ShiftInfo, Failure> {
    let Some(text) = number else {
        let last = books.last_shift(operator)?;
        return last.ok_or_else(|| WorkError::NoShift { operator: operator.trim().to_owned() }.into());
    };
    let Ok(number) = text.trim().trim_start_matches(['S', 's']).parse() else {
        let says =
            Says::new(format!("“{text}”不是班次编号"), format!("`{text}` is not the number of a shift"));
        return Err(Failure::usage(says.hint("写成 S3", "write it as S3")));
    };
    Ok(books.shift(number)?)
}

fn not_negative(amount: Money) -> Result<(), Failure> {
    if amount >= Money::ZERO {
        return Ok(());
    }
    let says = Says::new(format!("现金不能是 {amount}"), format!("cash cannot be {amount}"));
    Err(Failure::refused(says.hint("写实际清点的金额", "give what was counted")))
}

fn list(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let mut sheet = Sheet::new(&[
        Column::code("shift", "班次", "shift"),
        Column::code("operator", "收费员", "operator"),
        Column::code("opened_at", "接班", "opened"),
        Column::code("closed_at", "交班", "closed"),
        Column::number("records", "登记", "records"),
        Column::number("voided", "作废", "voids"),
        Column::money("float", "备用金", "float"),
        Column::money("expected", "应有现金", "expected"),
        Column::money("counted", "清点现金", "counted"),
        Column::money("difference", "差额", "difference"),
    ]);
    for shift in book.books().shifts()? {
        let difference = shift.difference();
        sheet.row([
            Cell::text(format!("S{}", shift.id)),
            Cell::text(shift.operator),
            Cell::Time(shift.opened_at),
            Cell::known(shift.closed_at, Cell::Time),
            Cell::Int(shift.tally.records),
            Cell::Int(shift.tally.voided),
            Cell::Money(shift.float),
            Cell::Money(shift.expected),
            Cell::known(shift.counted, Cell::Money),
            Cell::known(difference, Cell::Money),
        ]);
    }
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

fn head(card: &mut Card, shift: &ShiftInfo) {
    card.fact(Column::code("shift", "班次", "shift"), Cell::text(format!("S{}", shift.id)));
    card.fact(Column::code("station", "窗口", "station"), Cell::text(&shift.station));
    card.fact(Column::code("operator", "收费员", "operator"), Cell::text(&shift.operator));
    card.fact(Column::code("opened_at", "接班", "opened"), Cell::Time(shift.opened_at));
}

/// A slip for people, one object for programs.
fn print(ctx: &mut Ctx, book: &Ledger, shift: &ShiftInfo, paper: Paper) -> Result<(), Failure> {
    if ctx.format == Format::Table {
        let ticket = slip(&book.founding().name, shift, ctx.lang);
        return Ok(ticket.slip(paper).print(&mut ctx.out)?);
    }
    let tally = &shift.tally;
    let mut card = Card::new();
    head(&mut card, shift);
    card.fact(Column::code("closed_at", "交班", "closed"), Cell::known(shift.closed_at, Cell::Time));
    card.fact(Column::number("records", "登记", "records"), Cell::Int(tally.records));
    card.fact(Column::number("imported", "导入", "imported"), Cell::Int(tally.imported));
    card.fact(Column::number("amended", "更正", "amended"), Cell::Int(tally.amended));
    card.fact(Column::number("voided", "作废", "voided"), Cell::Int(tally.voided));
    card.fact(Column::number("refunds", "退费", "refunds"), Cell::Int(tally.refunds));
    card.fact(Column::money("total", "总额", "total"), Cell::Money(tally.total_fen));
    card.fact(Column::money("float", "备用金", "float"), Cell::Money(shift.float));
    card.fact(Column::money("expected", "应有现金", "expected"), Cell::Money(shift.expected));
    card.fact(Column::money("counted", "清点现金", "counted"), Cell::known(shift.counted, Cell::Money));
    card.fact(
        Column::money("difference", "差额", "difference"),
        Cell::known(shift.difference(), Cell::Money),
    );
    card.fact(Column::text("note", "备注", "note"), Cell::text(ledger::sealed(shift.note.clone(), ctx.lang)));
    let seal = shift.seal.as_ref();
    card.fact(Column::number("seq", "至事件", "up to event"), Cell::known(seal, |seal| Cell::Int(seal.seq)));
    card.fact(
        Column::code("hash", "校验", "hash"),
        Cell::known(seal, |seal| Cell::text(seal.hash.to_string())),
    );
    card.fact(
        Column::code("code", "封签码", "code"),
        Cell::known(seal, |seal| Cell::text(seal.code().to_string())),
    );
    card.extra("means", &tally.means);
    ctx.print_card(&card)
}

fn slip(facility: &str, shift: &ShiftInfo, lang: Lang) -> Ticket {
    let say = |zh: &'static str, en: &'static str| lang.pick(zh, en);
    let (tally, mut slip) = (&shift.tally, Ticket::new(lang));
    slip.title(facility);
    slip.title(if shift.closed_at.is_some() {
        say("交班单", "closing slip")
    } else {
        say("班次未交", "shift still open")
    });
    slip.rule();
    slip.pair(say("班次", "shift"), &format!("S{}", shift.id));
    slip.pair(say("窗口", "station"), &shift.station);
    slip.pair(say("收费员", "operator"), &shift.operator);
    slip.pair(say("接班", "opened"), &shift.opened_at.short());
    if let Some(at) = shift.closed_at {
        slip.pair(say("交班", "closed"), &at.short());
    }
    slip.rule();
    let counts = [
        (say("登记", "records"), tally.records),
        (say("导入（不计现金）", "imported (not counted)"), tally.imported),
        (say("更正", "amended"), tally.amended),
        (say("作废", "voided"), tally.voided),
        (say("退费", "refunds"), tally.refunds),
    ];
    for (label, count) in counts {
        // What seldom happens is told only when it did.
        if count > 0 || label == counts[0].0 || label == counts[3].0 {
            slip.pair(label, &count.to_string());
        }
    }
    slip.pair(say("登记总额", "total of records"), &tally.total_fen.to_string());
    slip.rule();
    means(&mut slip, &tally.means, lang);
    let cash = tally.cash();
    slip.pair(say("备用金", "float"), &shift.float.to_string());
    slip.pair(say("现金收入", "cash taken"), &(cash.taken_fen + cash.corrected_fen).to_string());
    slip.pair(say("现金退费", "cash refunded"), &cash.refunded_fen.to_string());
    slip.pair(say("应有现金", "cash expected"), &shift.expected.to_string());
    if let (Some(counted), Some(difference)) = (shift.counted, shift.difference()) {
        slip.pair(say("清点现金", "cash counted"), &counted.to_string());
        slip.pair(say("差额", "difference"), &difference.to_string());
    }
    let note = ledger::sealed(shift.note.clone(), lang);
    if !note.is_empty() {
        slip.pair(say("备注", "note"), &note);
    }
    if let Some(seal) = &shift.seal {
        slip.rule();
        slip.pair(say("封签至事件", "sealed up to event"), &seal.seq.to_string());
        slip.line(&seal.code().to_string());
        slip.line(say("签字：", "signed:"));
    }
    slip
}

/// A line for each means of payment, and below it what is not simply taken.
fn means(slip: &mut Ticket, means: &[Means], lang: Lang) {
    for one in means {
        let label =
            one.pay_method.map_or(lang.pick("未注明", "not stated"), |method| method.label(lang)).to_owned();
        slip.pair(&label, &one.taken_fen.to_string());
        let below = [
            ("以前记录的更正", "earlier records", one.corrected_fen),
            ("退费", "refunded", one.refunded_fen),
        ];
        for (zh, en, amount) in below {
            if !amount.is_zero() {
                slip.pair(&format!("  {}", lang.pick(zh, en)), &amount.to_string());
            }
        }
    }
    if !means.is_empty() {
        slip.rule();
    }
}
