//! `guazhang explain`: what a code means and what usually helps; why a record is
//! decided as it is.

use crate::cli::meaning::{self, Meaning};
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{Reason, ShortNumber, go_on_words, known_refusal, refusal};
use crate::notice;
use crate::report::{Card, Cell, Column, Format, Sheet, why};
use crate::text::{Label, Lang};
use crate::work;
use serde_json::json;

/// Explain a code, or why a record is decided as it is
///
/// A code is that of a break such as A1; a stage, way back, status, verdict or fact such as prepaid; a field or column such as
/// medfee_sumamt; or a value of any other list. Its word in either language does too.
#[derive(clap::Args, Debug)]
pub(super) struct ExplainArgs {
    /// The code, or a record by its number; every code of breaks by default
    #[arg(value_name = "CODE|ID")]
    code: Option<String>,
}

pub(super) fn run(ctx: &mut Ctx, args: &ExplainArgs) -> Result<Exit, Failure> {
    let Some(code) = args.code.as_deref().map(str::trim) else { return all(ctx) };
    if code.parse::<ShortNumber>().is_ok() {
        return record(ctx, code);
    }
    // The platform's words are looked into only where nothing is called so.
    let refused = refusal(code);
    let mut card = Card::new();
    card.fact(Column::code("code", "代码", "code"), Cell::text(code));
    let meaning = Column::text("meaning", "含义", "meaning");
    if let Ok(reason) = code.parse::<Reason>() {
        card.fact(Column::text("what", "类别", "a kind of"), Cell::text(ctx.lang.pick("差异", "break")));
        card.fact(meaning, Cell::text(reason.label(ctx.lang)));
        card.fact(Column::text("side", "方面", "side"), Cell::word(&reason.side()));
        card.fact(Column::text("cause", "原因", "behind it"), Cell::text(reason.cause(ctx.lang)));
        card.fact(Column::text("who", "办理人", "who acts"), Cell::word(&reason.who()));
        card.fact(Column::text("remedy", "处理建议", "what to do"), Cell::text(reason.remedy(ctx.lang)));
        card.fact(Column::text("command", "相关命令", "command"), Cell::text(reason.command()));
    } else if code.len() == 4 && code.bytes().all(|b| b.is_ascii_digit()) {
        let what = ctx.lang.pick("结果不明的交易", "a call without an outcome");
        card.fact(Column::text("what", "类别", "a kind of"), Cell::text(what));
        card.fact(Column::text("remedy", "处理建议", "what to do"), Cell::text(go_on_words(code, ctx.lang)));
    } else if refused.is_none()
        && let Some(said) = words(ctx, code)?
    {
        return Ok(said);
    } else if let Some(known) = refused.or_else(|| known_refusal(code)) {
        card.fact(
            Column::text("what", "类别", "a kind of"),
            Cell::text(ctx.lang.pick("平台拒绝", "refusal")),
        );
        card.fact(meaning, Cell::text(known.meaning(ctx.lang)));
        card.fact(Column::text("remedy", "处理建议", "what to do"), Cell::text(known.remedy(ctx.lang)));
        card.extra("refusal", known.id);
    } else {
        return Err(unknown(code));
    }
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// Every code of breaks.
fn all(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("code", "代码", "code"),
        Column::text("meaning", "含义", "meaning"),
        Column::code("who", "办理人", "who acts"),
        Column::text("remedy", "处理建议", "what to do"),
        Column::text("cause", "原因", "behind it"),
        Column::text("command", "相关命令", "command"),
    ]);
    for reason in Reason::ALL {
        sheet.row([
            Cell::text(reason.id()),
            Cell::text(reason.label(ctx.lang)),
            Cell::word(&reason.who()),
            Cell::text(reason.remedy(ctx.lang)),
            Cell::text(reason.cause(ctx.lang)),
            Cell::text(reason.command()),
        ]);
    }
    sheet.only_in_data(&["cause", "command"]);
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

/// Why a record is decided as it is, in one paragraph.
fn record(ctx: &mut Ctx, id: &str) -> Result<Exit, Failure> {
    let (book, law) = ledger::open(ctx)?;
    let stored = work::find(&book.books(), id)?;
    let decision = law.decide(&stored.record, ctx.now);
    let mut said = why(&decision, ctx.lang);
    let settled = work::why_matched(&book.books(), &stored)?;
    if let Some(told) = settled.told(ctx.lang) {
        said.push_str(ctx.lang.pick("", " "));
        said.push_str(&told);
    }
    if ctx.format != Format::Table {
        let mut card = Card::new();
        card.fact(Column::code("number", "编号", "number"), Cell::text(stored.number.to_string()));
        card.fact(Column::text("why", "为什么", "why"), Cell::text(said));
        card.extra("decision", &decision);
        card.extra("matches", settled.matches());
        card.extra("suggestions", settled.suggestions());
        ctx.print_card(&card)?;
        return Ok(Exit::Done);
    }
    writeln!(ctx.out, "{}{}{said}", stored.number, ctx.lang.pick("：", ": "))?;
    Ok(Exit::Done)
}

/// What a word means, each of its meanings; `None` where it has none.
fn words(ctx: &mut Ctx, word: &str) -> Result<Option<Exit>, Failure> {
    let mut found = meaning::look_up(word);
    for notice in notice::builtin_ids().filter_map(notice::builtin) {
        found.extend(meaning::declared(word, notice));
    }
    // A notice of one's own is known where it is in force; a ledger that does not open explains no less of the rest.
    if let Some((_, law)) = Some(()).filter(|()| ctx.ledger.is_file()).and_then(|()| ledger::open(ctx).ok()) {
        let own = law.notices().iter().filter(|own| notice::builtin(own.id()).is_none());
        found.extend(own.flat_map(|own| meaning::declared(word, own)));
    }
    let Some((first, others)) = found.split_first() else { return Ok(None) };
    if ctx.format == Format::Table {
        for (at, one) in found.iter().enumerate() {
            if at > 0 {
                writeln!(ctx.out)?;
            }
            let card = card_of(one, ctx.lang);
            ctx.print_card(&card)?;
        }
        return Ok(Some(Exit::Done));
    }
    let mut card = card_of(first, ctx.lang);
    let also = |one: &Meaning| {
        json!({
            "code": one.id, "what": one.what.pick(ctx.lang), "meaning": one.label.pick(ctx.lang),
            "explained": one.text.pick(ctx.lang), "see": one.see,
        })
    };
    card.extra("also", others.iter().map(also).collect::<Vec<_>>());
    ctx.print_card(&card)?;
    Ok(Some(Exit::Done))
}

fn card_of(meaning: &Meaning, lang: Lang) -> Card {
    let mut card = Card::new();
    card.fact(Column::code("code", "代码", "code"), Cell::text(&meaning.id));
    card.fact(Column::text("what", "类别", "a kind of"), Cell::text(meaning.what.pick(lang)));
    card.fact(Column::text("meaning", "含义", "meaning"), Cell::text(meaning.label.pick(lang)));
    card.fact(Column::text("explained", "说明", "explained"), Cell::text(meaning.text.pick(lang)));
    card.fact(Column::text("see", "相关命令", "go on with"), Cell::text(meaning.see));
    card
}

fn unknown(code: &str) -> Failure {
    let says = Says::new(format!("没有代码“{code}”"), format!("there is no code `{code}`"));
    let near = meaning::near(code);
    if !near.is_empty() {
        return Failure::usage(
            says.hint(
                format!("是否想查 {}？", near.join("、")),
                format!("did you mean {}?", near.join(", ")),
            ),
        );
    }
    let known: Vec<_> = Reason::ALL.iter().map(Label::id).collect();
    let hint = known.join(" ");
    Failure::usage(says.hint(
        format!("差异代码：{hint}；也可查阶段、去向、状态、事实和字段，如 pending、prepaid、medfee_sumamt"),
        format!("the codes of breaks are {hint}; stages, ways back, statuses, facts and fields are explained too, as pending, prepaid, medfee_sumamt"),
    ))
}
