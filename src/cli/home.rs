//! `guazhang` alone: where things stand, and the next useful step.
//!
//! It changes nothing and asks nothing; without a ledger it says how to begin.

use crate::cli::{Ctx, Exit, Failure, ledger};
use crate::report::{Card, Cell, Column, Format};
use crate::text::{Label, Lang};
use crate::work::{self, Next, Overview, Stop};
use serde_json::json;
use std::io::Write;

pub(super) fn run(ctx: &mut Ctx) -> Result<Exit, Failure> {
    if !ctx.ledger.is_file() {
        return begin(ctx);
    }
    let (book, law) = ledger::open(ctx)?;
    let overview = work::overview(&book.books(), &law, ctx.now)?;
    let (command, why) = next(&overview.next, ctx.lang);
    let mut card = card(&overview, &book.founding().name, &book.founding().station, ctx);
    if ctx.format == Format::Table {
        ctx.print_card(&card)?;
        writeln!(ctx.out, "\n{}{command}", ctx.lang.pick("下一步：", "next: "))?;
        writeln!(ctx.out, "  {why}")?;
        writeln!(ctx.out, "{}", ctx.lang.pick("全部命令：guazhang --help", "all commands: guazhang --help"))?;
        return Ok(Exit::Done);
    }
    let stages = overview
        .stages
        .iter()
        .map(|(stage, count, total)| json!({ "stage": stage, "count": count, "total_fen": total }));
    card.extra("stop_state", state(&overview.stop));
    card.extra("stages", stages.collect::<Vec<_>>());
    card.extra("next", json!({ "command": command, "why": why }));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// What to do where there is no ledger yet.
fn begin(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (demo, init) = ("guazhang demo", "guazhang init --facility CODE --name NAME --notice ID");
    if ctx.format != Format::Table {
        let mut card = Card::new();
        card.fact(Column::text("ledger", "账本", "ledger"), Cell::Empty);
        card.extra(
            "next",
            json!({ "command": init, "why": ctx.lang.pick("还没有账本", "there is no ledger yet") }),
        );
        ctx.print_card(&card)?;
        return Ok(Exit::Done);
    }
    let path = ctx.ledger.display().to_string();
    let lines = match ctx.lang {
        Lang::Zh => [
            format!("还没有账本（{path}）。"),
            format!("先看看是怎么回事：{demo}"),
            format!("为本机构建账：{init}"),
            "内置的停机通告：guazhang notice list".to_owned(),
            "全部命令：guazhang --help".to_owned(),
        ],
        Lang::En => [
            format!("There is no ledger yet ({path})."),
            format!("see how it works: {demo}"),
            format!("make one for your facility: {init}"),
            "the notices that are built in: guazhang notice list".to_owned(),
            "all commands: guazhang --help".to_owned(),
        ],
    };
    lines.iter().try_for_each(|line| writeln!(ctx.out, "{line}"))?;
    Ok(Exit::Done)
}

fn card(overview: &Overview, name: &str, station: &str, ctx: &Ctx) -> Card {
    let (mut card, lang) = (Card::new(), ctx.lang);
    card.fact(Column::text("name", "机构", "facility"), Cell::text(name));
    card.fact(Column::code("station", "窗口", "station"), Cell::text(station));
    card.fact(Column::text("stop", "停机", "the stop"), Cell::text(stop(&overview.stop, lang)));
    let stages = overview.stages.iter().map(|(stage, count, total)| {
        let label = stage.label(lang);
        lang.pick(&format!("{label} {count} 笔 {total} 元"), &format!("{count} {label} {total}")).to_owned()
    });
    // Programs get the counts themselves.
    if ctx.format == Format::Table && !overview.stages.is_empty() {
        card.fact(Column::text("records", "记录", "records"), Cell::List(stages.collect()));
    }
    let counted = |count: usize| if count == 0 { Cell::Empty } else { Cell::count(count) };
    card.fact(Column::number("overdue", "已逾期", "overdue"), counted(overview.overdue));
    card.fact(Column::number("due_soon", "临期", "due soon"), counted(overview.due_soon));
    let batches = overview.unanswered.iter().map(|batch| format!("B{batch}")).collect::<Vec<_>>();
    let unanswered = if batches.is_empty() { Cell::Empty } else { Cell::List(batches) };
    card.fact(Column::text("unanswered", "待回执批次", "unanswered batches"), unanswered);
    card.fact(Column::number("open_breaks", "未解决差异", "open breaks"), counted(overview.breaks));
    card.fact(Column::number("refunds", "应退未退", "refunds owed"), counted(overview.refunds.0));
    let owed = if overview.refunds.1.is_zero() { Cell::Empty } else { Cell::Money(overview.refunds.1) };
    card.fact(Column::money("refunds_owed", "应退金额", "to be paid back"), owed);
    card
}

/// The state of the stop for programs.
fn state(stop: &Stop) -> &'static str {
    match stop {
        Stop::NoNotice => "no_notice",
        Stop::Ahead(_) => "ahead",
        Stop::Down(_) => "down",
        Stop::ShouldBeBack(..) => "should_be_back",
        Stop::Back => "back",
    }
}

fn stop(stop: &Stop, lang: Lang) -> String {
    match (stop, lang) {
        (Stop::NoNotice, Lang::Zh) => "没有启用任何通告".to_owned(),
        (Stop::NoNotice, Lang::En) => "no notice is in force".to_owned(),
        (Stop::Ahead(at), Lang::Zh) => format!("{} 开始", at.short()),
        (Stop::Ahead(at), Lang::En) => format!("begins {}", at.short()),
        (Stop::Down(Some(at)), Lang::Zh) => format!("系统停机中，预计 {} 恢复", at.short()),
        (Stop::Down(Some(at)), Lang::En) => format!("the system is down, expected back {}", at.short()),
        (Stop::Down(None), Lang::Zh) => "系统停机中，恢复时间待通知".to_owned(),
        (Stop::Down(None), Lang::En) => "the system is down, no word yet when it is back".to_owned(),
        (Stop::ShouldBeBack(_, at), Lang::Zh) => format!("预计 {} 已恢复，实际时间尚未登记", at.short()),
        (Stop::ShouldBeBack(_, at), Lang::En) => {
            format!("expected back {}, and nobody has recorded when it was", at.short())
        }
        (Stop::Back, Lang::Zh) => "系统已恢复".to_owned(),
        (Stop::Back, Lang::En) => "the system is back".to_owned(),
    }
}

/// The next step as it is typed, and why.
fn next(next: &Next, lang: Lang) -> (String, &'static str) {
    let (command, zh, en) = match next {
        Next::AddNotice => (
            "guazhang notice list".into(),
            "选定停机通告，再用 notice add 启用",
            "choose a notice, then put it into force with notice add",
        ),
        Next::Prepare => {
            ("guazhang notice duties".into(), "停机前要办的事", "what is to be done before the stop")
        }
        Next::Record => {
            ("guazhang desk".into(), "患者来了就登记，一笔一笔记下", "write down each patient as they come")
        }
        Next::RecordResumption(notice) => (
            format!("guazhang notice resumed {notice} all TIME"),
            "系统若已恢复，登记实际时间：期限由此算起",
            "if the system is back, record when: deadlines count from it",
        ),
        Next::SeeOverdue => {
            ("guazhang due --within 0d".into(), "先处理已过期限的", "see to what is over its deadline first")
        }
        Next::CorrectRefused => (
            "guazhang list --stage rejected".into(),
            "平台拒绝的：按返回的说明更正，再导出",
            "what the platform refused: correct it, then export again",
        ),
        Next::FindOut(number) => (
            format!("guazhang show {number}"),
            "还缺信息，补上才能判定",
            "facts are missing before it can be decided",
        ),
        Next::Export(purpose) => (
            format!("guazhang export {} --dry-run", purpose.id()),
            "可以发出了；先试一遍，看清有哪些、为什么有的不去",
            "ready to go out; try it first and see what goes and what stays",
        ),
        Next::ReadAnswer(batch) => (
            format!("guazhang batch ack B{batch} FILE"),
            "批次已发出，等平台回执，拿到后读入",
            "the batch is out; read the platform's answer when it comes",
        ),
        Next::Reconcile => (
            "guazhang reconcile FILE".into(),
            "取平台的结算明细来对账",
            "take the platform's statement and lay it beside the ledger",
        ),
        Next::ResolveBreaks => {
            ("guazhang break list".into(), "与平台对不上的，逐项处理", "what does not agree, one by one")
        }
        Next::PayRefunds => {
            ("guazhang refund list".into(), "还欠患者的，退还并留收据", "what is owed to patients")
        }
        Next::Clear => (
            "guazhang list --open".into(),
            "已办完的逐笔销号：guazhang clear",
            "clear what is done, one by one: guazhang clear",
        ),
        Next::Seal => (
            "guazhang audit seal".into(),
            "没有未办的了：封签，再 guazhang backup",
            "nothing is open: seal the books, then guazhang backup",
        ),
    };
    (command, lang.pick(zh, en))
}
