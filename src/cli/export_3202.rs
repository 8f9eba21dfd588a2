//! `guazhang export 3202`: ask the platform to reconcile what it settled.
//!
//! It shows what would be asked and what cannot be; which settlements those are is decided below.

use crate::batch::{Encoding, Form};
use crate::cli::export::{ExportArgs, Sent, facilities, finish, manner};
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::Purpose;
use crate::report::{Cell, Column, Format, Sheet};
use crate::text::Explain;
use crate::work::{self, Asking, NotAsked};
use serde_json::json;

pub(super) fn run(ctx: &mut Ctx, args: &ExportArgs) -> Result<Exit, Failure> {
    let (Some(from), Some(to)) = (args.from, args.to) else {
        let says = Says::new("export 3202 须有 --from 和 --to", "`export 3202` needs --from and --to");
        return Err(Failure::usage(says.hint(
            "按平台结算时间，起止两天都包括在内",
            "days of settlement at the platform, both of them included",
        )));
    };
    let picks = !args.ids.is_empty() || args.line.is_some() || args.limit.is_some() || args.complete;
    let sends = !args.again.is_empty() || args.reason.is_some() || args.shown_for.is_some();
    let undoes = args.settle_again || args.settlement_only || args.settlement.is_some();
    let shapes = (args.shape, args.encoding) != (Form::Csv, Encoding::Utf8Bom) || args.headings.is_some();
    if picks || sends || undoes || shapes {
        let says = Says::new(
            "export 3202 只按日期、机构和险种选取，格式由平台规定",
            "`export 3202` chooses by days, facility and insurance only, and its form is the platform's",
        );
        return Err(Failure::usage(says.hint("去掉其他选项", "leave the other options out")));
    }
    if to < from {
        let says = Says::new("--to 早于 --from", "--to lies before --from");
        return Err(Failure::usage(says.hint("对调两个日期", "turn the two days around")));
    }
    let manner = manner(ctx, args)?;
    let (mut book, law) = ledger::unlocked(ctx)?;
    let (actor, trying) = (ctx.actor(), args.dry_run.dry_run);
    let finished = if trying { Vec::new() } else { finish(ctx, &mut book, &actor)? };
    let mut completed = Vec::new();
    for id in finished {
        if book.books().batch(id)?.purpose == Purpose::Statement {
            completed.push(id);
        }
    }
    if !completed.is_empty() {
        return said_completed(ctx, &completed);
    }
    let facilities = facilities(&book.books(), args)?;
    let (mut batches, mut left_out) = (Vec::new(), Vec::new());
    for (facility, _) in &facilities {
        if args.facility.as_ref().is_some_and(|only| only != facility) {
            continue;
        }
        let asking = Asking {
            facility: facility.clone(),
            from,
            to,
            insurance: args.insurance.clone(),
            clearing: args.clearing.clone(),
            body: args.body.clone(),
            refunds: args.refunds.clone(),
        };
        let one = facilities.len() == 1;
        let plan = work::plan_asking(&book.books(), &asking, one, &actor, &manner.profile)?;
        let (mode, out) = (ledger::mode(trying), args.out.as_deref());
        let asked = work::ask_3202(&mut book, &law, &actor, mode, &asking, &plan, out, &manner)?;
        batches.extend(asked.map(|(manifest, exported)| match exported {
            Some(exported) => {
                Sent { manifest, folder: Some(exported.folder), seal: Some(exported.seal.code()) }
            }
            None => Sent { manifest, folder: None, seal: None },
        }));
        left_out.extend(plan.left_out);
    }
    print(ctx, &batches, &left_out)?;
    ledger::tried(ctx, trying)?;
    Ok(Exit::findings(left_out.len()))
}

/// Asked again after an interruption, what was asked then is complete now; a second request would ask the same twice.
fn said_completed(ctx: &mut Ctx, batches: &[i64]) -> Result<Exit, Failure> {
    ctx.remark(
        "本次只补完上次的请求，未另行请求；要请求更多，请再执行一次",
        "this completed the request from before and wrote no other; give the command again to ask for more",
    )?;
    if ctx.format == Format::Json {
        let batches: Vec<String> = batches.iter().map(|id| format!("B{id}")).collect();
        ctx.print_json(&json!({
            "purpose": "3202", "completed": batches, "batches": [], "left_out": 0, "items": [],
        }))?;
    }
    Ok(Exit::Done)
}

fn print(ctx: &mut Ctx, batches: &[Sent], left_out: &[NotAsked]) -> Result<(), Failure> {
    if ctx.format == Format::Json {
        let lang = ctx.lang;
        let item = |left: &NotAsked| {
            json!({
                "setl_id": left.setl_id, "number": left.number, "total_fen": left.total,
                "why": left.why.what(lang), "code": left.why.code(), "hint": left.why.hint(lang),
            })
        };
        return ctx.print_json(&json!({
            "purpose": "3202", "batches": batches.iter().map(Sent::json).collect::<Vec<_>>(),
            "left_out": left_out.len(), "items": left_out.iter().map(item).collect::<Vec<_>>(),
        }));
    }
    for sent in batches {
        let card = sent.card();
        ctx.print_card(&card)?;
        let mut sheet = Sheet::new(&[
            Column::code("insutype", "险种", "insurance"),
            Column::code("clr_type", "清算类别", "clearing"),
            Column::number("settlements", "笔数", "settlements"),
            Column::money("total", "总额", "total"),
            Column::money("fund", "基金", "fund"),
            Column::money("account", "账户", "account"),
            Column::money("cash", "现金", "cash"),
        ]);
        for asked in &sent.manifest.requests {
            sheet.row([
                Cell::text(&asked.insutype),
                Cell::text(&asked.clr_type),
                Cell::count(asked.settlements),
                Cell::Money(asked.total_fen),
                Cell::Money(asked.fund_fen),
                Cell::Money(asked.account_fen),
                Cell::Money(asked.cash_fen),
            ]);
        }
        writeln!(ctx.out)?;
        ctx.print(&sheet)?;
    }
    if batches.is_empty() {
        writeln!(ctx.out, "{}", ctx.lang.pick("没有可以对账的结算", "there is no settlement to ask about"))?;
    }
    if !left_out.is_empty() {
        let mut sheet = Sheet::new(&[
            Column::code("setl_id", "结算ID", "setl_id"),
            Column::code("number", "编号", "number"),
            Column::money("total", "总额", "total"),
            Column::text("why", "未列入的原因", "why it is left out"),
        ]);
        for left in left_out {
            sheet.row([
                Cell::text(&left.setl_id),
                Cell::known(left.number.as_ref(), |number| Cell::text(number.to_string())),
                Cell::known(left.total, Cell::Money),
                Cell::text(left.why.what(ctx.lang)),
            ]);
        }
        writeln!(ctx.out)?;
        ctx.print(&sheet)?;
    }
    Ok(())
}
