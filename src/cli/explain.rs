//! `guazhang explain`: what a code means and what usually helps; why a record is
//! decided as it is.

use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{Reason, Route, ShortNumber, Stage, Status, Verdict};
use crate::report::{Card, Cell, Column, Format, why};
use crate::text::{Label, Lang};
use crate::work;

/// Explain a code, or why a record is decided as it is
///
/// A code is that of a break such as A1, a route, a stage, a status or a verdict.
#[derive(clap::Args, Debug)]
pub(super) struct ExplainArgs {
    /// The code, or a record by its number
    #[arg(value_name = "CODE|ID")]
    code: String,
}

pub(super) fn run(ctx: &mut Ctx, args: &ExplainArgs) -> Result<Exit, Failure> {
    let code = args.code.trim();
    if code.parse::<ShortNumber>().is_ok() {
        return record(ctx, code);
    }
    let mut card = Card::new();
    card.fact(Column::code("code", "代码", "code"), Cell::text(code));
    let meaning = Column::text("meaning", "含义", "meaning");
    if let Ok(reason) = code.parse::<Reason>() {
        card.fact(Column::text("what", "类别", "a kind of"), Cell::text(ctx.lang.pick("差异", "break")));
        card.fact(meaning, Cell::text(reason.label(ctx.lang)));
        card.fact(Column::text("remedy", "处理建议", "what to do"), Cell::text(reason.remedy(ctx.lang)));
    } else if let Some((zh, en, word)) = listed(code) {
        card.fact(Column::text("what", "类别", "a kind of"), Cell::text(ctx.lang.pick(zh, en)));
        card.fact(meaning, word);
    } else {
        let unknown = Says::new(format!("没有代码“{code}”"), format!("there is no code `{code}`"));
        let known: Vec<_> = Reason::ALL.iter().map(Label::id).collect();
        let hint = known.join(" ");
        return Err(Failure::usage(
            unknown.hint(format!("差异代码：{hint}"), format!("the codes of breaks are {hint}")),
        ));
    }
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// Why a record is decided as it is, in one paragraph.
fn record(ctx: &mut Ctx, id: &str) -> Result<Exit, Failure> {
    let (book, law) = ledger::open(ctx)?;
    let stored = work::find(&book.books(), id)?;
    let decision = law.decide(&stored.record, ctx.now);
    let said = why(&decision, ctx.lang);
    if ctx.format != Format::Table {
        let mut card = Card::new();
        card.fact(Column::code("number", "编号", "number"), Cell::text(stored.number.to_string()));
        card.fact(Column::text("why", "为什么", "why"), Cell::text(said));
        card.extra("decision", &decision);
        ctx.print_card(&card)?;
        return Ok(Exit::Done);
    }
    writeln!(ctx.out, "{}{}{said}", stored.number, ctx.lang.pick("：", ": "))?;
    Ok(Exit::Done)
}

/// A value of one of the other closed lists.
fn listed(code: &str) -> Option<(&'static str, &'static str, Cell)> {
    let word = |value: &dyn Label| Cell::Word {
        id: value.id(),
        zh: value.label(Lang::Zh),
        en: value.label(Lang::En),
    };
    if let Ok(route) = code.parse::<Route>() {
        return Some(("去向", "way back", word(&route)));
    }
    if let Ok(stage) = code.parse::<Stage>() {
        return Some(("阶段", "stage", word(&stage)));
    }
    if let Ok(status) = code.parse::<Status>() {
        return Some(("状态", "status", word(&status)));
    }
    code.parse::<Verdict>().ok().map(|verdict| ("对账结论", "verdict", word(&verdict)))
}
