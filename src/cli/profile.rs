//! `guazhang profile`: how regions write their statements, and what is understood of one file.
//!
//! No ledger is opened and nothing is written: a statement can be tried here
//! before anything is matched.

use crate::cli::sheet_flags::SheetFlags;
use crate::cli::{Ctx, Exit, Failure, import};
use crate::domain::{Settlement, mask_card, mask_name};
use crate::intake::profile::{DayBasis, Marks, NATIONAL};
use crate::intake::{CodeSeen, Fault, SheetKind, StatementProfile, StatementProfileError, StatementSheet};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::text::{Label, Lang};
use crate::work::WorkError;
use std::path::{Path, PathBuf};

/// So many rows are shown of a statement that is tried.
const SHOWN: usize = 3;

/// How regions write their statements
#[derive(clap::Args, Debug)]
pub(super) struct ProfileArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List the profiles that are built in
    List,
    /// Show what a profile says: headings, codes, units, days
    Show {
        /// A profile that is built in, or a TOML file
        #[arg(value_name = "NAME|FILE")]
        profile: String,
    },
    /// Read a statement and show what is understood of it; no ledger is opened
    ///
    /// Ends with 3 where a code is unknown: such rows would become breaks U1.
    Test(TestArgs),
}

#[derive(clap::Args, Debug)]
struct TestArgs {
    /// The statement
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// A profile that is built in, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = NATIONAL)]
    profile: String,

    #[command(flatten)]
    reading: SheetFlags,
}

pub(super) fn run(ctx: &mut Ctx, args: &ProfileArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::List => list(ctx),
        Action::Show { profile } => show(ctx, profile),
        Action::Test(args) => test(ctx, args),
    }
}

/// A profile by name or file.
pub(super) fn found(name_or_file: &str) -> Result<StatementProfile, Failure> {
    StatementProfile::find(name_or_file).map_err(|error| {
        let faults = error.faults().to_vec();
        match &error {
            StatementProfileError::Unreadable { .. } => Failure::refused(error),
            StatementProfileError::Faults(_) => Failure::refused(error).with_items(faults),
        }
    })
}

fn list(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("profile", "地区规则", "profile"),
        Column::text("results", "对账结果代码", "results of a comparison"),
        Column::code("refund_marks", "退费标志", "refund flag on"),
        Column::code("unit", "单位", "unit"),
    ]);
    for name in StatementProfile::names() {
        let profile = found(name)?;
        sheet.row([
            Cell::text(name),
            Cell::List(results(&profile, ctx.lang)),
            Cell::text(marks(&profile, ctx.lang)),
            Cell::text(unit(&profile, ctx.lang)),
        ]);
    }
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

fn results(profile: &StatementProfile, lang: Lang) -> Vec<String> {
    profile.results().iter().map(|(code, standing)| format!("{code} {}", standing.label(lang))).collect()
}

fn marks(profile: &StatementProfile, lang: Lang) -> &'static str {
    match profile.marks() {
        Marks::Reversal => lang.pick("冲正的一条", "the reversal"),
        Marks::Both => lang.pick("两条都有", "both records"),
    }
}

fn unit(profile: &StatementProfile, lang: Lang) -> &'static str {
    if profile.in_fen() { lang.pick("分", "fen") } else { lang.pick("元", "yuan") }
}

fn show(ctx: &mut Ctx, name: &str) -> Result<Exit, Failure> {
    let profile = found(name)?;
    let lang = ctx.lang;
    let mut card = Card::new();
    let digest = profile.digest().map(|digest| digest.to_string());
    let pairs = |of: &mut dyn Iterator<Item = String>| -> Cell {
        let list: Vec<String> = of.collect();
        if list.is_empty() { Cell::Empty } else { Cell::List(list) }
    };
    card.fact(Column::code("profile", "地区规则", "profile"), Cell::text(profile.name()));
    card.fact(Column::code("digest", "摘要", "digest"), Cell::known(digest, Cell::Text));
    card.fact(Column::code("unit", "单位", "unit"), Cell::text(unit(&profile, lang)));
    let headings = pairs(&mut profile.columns().iter().map(|(theirs, ours)| format!("{theirs} = {ours}")));
    card.fact(Column::text("columns", "表头", "headings"), headings);
    let order = profile.order().map(|order| order.into_iter().map(str::to_owned).collect());
    card.fact(
        Column::text("text_columns", "无表头文本的栏", "columns of a text"),
        Cell::known(order, Cell::List),
    );
    card.fact(Column::text("results", "对账结果代码", "results"), Cell::List(results(&profile, lang)));
    let states =
        pairs(&mut profile.states().iter().map(|(code, state)| format!("{code} {}", state.label(lang))));
    card.fact(Column::text("states", "结算状态代码", "states"), states);
    let word = |set: bool| if set { lang.pick("是", "yes") } else { lang.pick("否", "no") };
    let flags = pairs(&mut profile.flags().iter().map(|(code, set)| format!("{code} {}", word(*set))));
    card.fact(Column::text("refund_flags", "退费标志代码", "refund flags"), flags);
    card.fact(Column::text("refund_marks", "退费标志", "refund flag on"), Cell::text(marks(&profile, lang)));
    let basis = match profile.basis() {
        DayBasis::Settlement => lang.pick("结算时间", "time of settlement"),
        DayBasis::Clearing => lang.pick("清算日期", "day of clearing"),
    };
    card.fact(Column::text("day_basis", "日期口径", "day counted by"), Cell::text(basis));
    card.fact(Column::code("day_ends", "日切时刻", "its day ends"), Cell::text(profile.day_ends()));
    if !profile.text().is_empty() {
        card.extra("text", profile.text());
    }
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// What came of reading a statement.
struct Tried {
    sheet: StatementSheet,
    first: Vec<Settlement>,
    rows: u64,
    faults: Vec<Fault>,
}

fn read(path: &Path, args: &TestArgs, ctx: &Ctx) -> Result<Tried, Failure> {
    let map = args.reading.map(SheetKind::Statement)?;
    let profile = found(&args.profile)?;
    let mut sheet = StatementSheet::open_with(path, &map, &profile, ctx.now).map_err(import::refused)?;
    let (mut first, mut rows, mut faults) = (Vec::new(), 0, Vec::new());
    for row in sheet.by_ref() {
        match row {
            Err(found) => faults.extend(found),
            Ok((settlement, _)) => {
                rows += 1;
                if first.len() < SHOWN {
                    first.push(settlement);
                }
            }
        }
    }
    Ok(Tried { sheet, first, rows, faults })
}

fn test(ctx: &mut Ctx, args: &TestArgs) -> Result<Exit, Failure> {
    let Tried { sheet, first, rows, faults } = read(&args.file, args, ctx)?;
    if !faults.is_empty() {
        return Err(WorkError::Rows(faults).into());
    }
    let (lang, sums) = (ctx.lang, sheet.sums());
    let mut card = Card::new();
    let whole = |count: u64| Cell::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let list = |texts: Vec<String>| if texts.is_empty() { Cell::Empty } else { Cell::List(texts) };
    card.fact(Column::text("file", "文件", "file"), Cell::text(args.file.display().to_string()));
    card.fact(Column::text("read_as", "读作", "read as"), Cell::text(sheet.origin().told(lang)));
    let headings: Vec<String> =
        sheet.understood().iter().map(|(theirs, id)| format!("{theirs} = {id}")).collect();
    card.fact(Column::text("columns", "认出的栏", "understood"), list(headings));
    card.fact(
        Column::text("passed_columns", "略过的栏", "passed over"),
        list(sheet.ignored_columns().to_vec()),
    );
    card.fact(Column::number("rows", "行数", "rows"), whole(rows));
    card.fact(Column::number("totals", "合计行", "rows of totals"), whole(sheet.totals()));
    let amounts = [
        Column::money("total", "医疗费总额", "total"),
        Column::money("fund", "基金支付", "fund"),
        Column::money("account", "个人账户", "account"),
        Column::money("cash", "个人现金", "cash"),
        Column::money("hospital", "医院负担", "hospital"),
    ];
    for (column, sum) in amounts.into_iter().zip(sums.printed) {
        card.fact(column, Cell::Money(sum));
    }
    card.fact(Column::money("net", "扣除冲正后", "after refunds"), Cell::Money(sums.net[0]));
    card.fact(Column::number("unknown_rows", "含未知代码", "with unknown codes"), whole(sheet.unread_rows()));
    let codes = sheet.codes();
    if ctx.format == Format::Json {
        card.extra("codes", codes.iter().map(code_json).collect::<Vec<_>>());
        card.extra("first_rows", first.iter().map(row_json).collect::<Vec<_>>());
        ctx.print_card(&card)?;
        return Ok(Exit::findings(usize::try_from(sheet.unread_rows()).unwrap_or(usize::MAX)));
    }
    ctx.print_card(&card)?;
    if ctx.format == Format::Table {
        if !codes.is_empty() {
            writeln!(ctx.out)?;
            ctx.print(&code_sheet(&codes, lang))?;
        }
        writeln!(ctx.out)?;
        ctx.print(&row_sheet(&first))?;
    }
    Ok(Exit::findings(usize::try_from(sheet.unread_rows()).unwrap_or(usize::MAX)))
}

fn code_sheet(codes: &[CodeSeen], lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("column", "栏", "column"),
        Column::code("code", "代码", "code"),
        Column::number("rows", "行数", "rows"),
        Column::text("meaning", "含义", "meaning"),
    ]);
    for seen in codes {
        let unknown = lang.pick("未知：列为差异 U1", "unknown: would be a break U1");
        let meaning = seen.meaning.map_or(unknown, |[zh, en]| lang.pick(zh, en));
        let rows = i64::try_from(seen.rows).unwrap_or(i64::MAX);
        sheet.row([Cell::text(seen.column), Cell::text(&seen.code), Cell::Int(rows), Cell::text(meaning)]);
    }
    sheet
}

fn code_json(seen: &CodeSeen) -> serde_json::Value {
    let meaning = seen.meaning.map(|[_, en]| en);
    serde_json::json!({ "column": seen.column, "code": seen.code, "rows": seen.rows, "meaning": meaning })
}

fn row_sheet(first: &[Settlement]) -> Sheet {
    let mut sheet = Sheet::new(&[
        Column::code("setl_id", "结算ID", "setl_id"),
        Column::code("psn_name", "姓名", "name"),
        Column::code("certno", "证件号码", "ID number"),
        Column::code("setl_time", "结算时间", "settled"),
        Column::money("total", "总额", "total"),
        Column::text("standing", "状态", "standing"),
        Column::text("reversal", "冲正", "reversal"),
    ]);
    for row in first {
        sheet.row([
            Cell::text(&row.setl_id),
            Cell::text(mask_name(&row.psn_name)),
            Cell::text(mask_card(&row.certno)),
            Cell::known(row.setl_time, Cell::Time),
            if row.unpriced { Cell::Empty } else { Cell::Money(row.total) },
            if row.unread.is_empty() { Cell::word(&row.standing) } else { Cell::text(&row.unread) },
            Cell::Flag(row.is_reversal()),
        ]);
    }
    sheet
}

fn row_json(row: &Settlement) -> serde_json::Value {
    serde_json::json!({
        "setl_id": row.setl_id, "psn_name": mask_name(&row.psn_name), "certno": mask_card(&row.certno),
        "setl_time": row.setl_time, "total_fen": (!row.unpriced).then_some(row.total), "fund_fen": row.fund,
        "account_fen": row.account, "cash_fen": row.cash, "hospital_fen": row.hospital,
        "standing": row.standing, "reversal": row.is_reversal(), "unknown": row.unread,
    })
}
