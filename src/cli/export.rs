//! `guazhang export`: send records out as a batch of files.

use crate::batch::{Encoding, Form, Headings, Layout, Manifest, NATIONAL, Profile};
use crate::cli::args::DryRun;
use crate::cli::locked::EncryptTo;
use crate::cli::{Ctx, Exit, Failure, Says, export_3202, export_plan, ledger};
use crate::domain::{Actor, BUSINESS_LINES, Day, Purpose, SealCode, ShortNumber};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::store::{Books, Ledger};
use crate::text::{Explain, Lang, UnknownWord};
use crate::work::{self, Choice, Filtered, LeftOut, Ready, Rehearsed, UndoChoice};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Send records out as a batch of files
///
/// A batch is a folder: one CSV for each node of a platform call (or one JSON for each call, or a workbook for
/// people), a manifest, and a cover sheet to read over the phone. Records are exported only once the folder is whole
/// and on the disk.
#[derive(clap::Args, Debug)]
pub(super) struct ExportArgs {
    /// What the batch is for: backfill, resettle, refund, register, handover, undo or 3202
    #[arg(value_name = "PURPOSE")]
    pub(super) purpose: Purpose,

    /// Only these records, by their number or the facility's own
    #[arg(value_name = "ID")]
    pub(super) ids: Vec<String>,

    /// The folder in which the batch's own folder is made; a trial without it tries no folder
    #[arg(long, value_name = "DIR", required_unless_present = "dry_run")]
    pub(super) out: Option<PathBuf>,

    /// Only records of this facility; else one batch for each facility
    #[arg(long, value_name = "CODE")]
    pub(super) facility: Option<String>,

    /// Only what occurred on this day or later; of 3202 the first day, by the platform's settlement time
    #[arg(long, value_name = "DAY")]
    pub(super) from: Option<Day>,

    /// Only what occurred on this day or earlier; of 3202 the last day
    #[arg(long, value_name = "DAY")]
    pub(super) to: Option<Day>,

    /// Only this business line, such as chronic or referral
    #[arg(long, value_name = "LINE", value_parser = business_line)]
    pub(super) line: Option<String>,

    /// Only records that lack nothing which the facility has to give
    #[arg(long)]
    pub(super) complete: bool,

    /// Send this refused record again as it is: what kept it back lay elsewhere and is gone; may be repeated
    #[arg(long, value_name = "ID", requires = "reason")]
    pub(super) again: Vec<String>,

    /// Why records are sent again as they are, or taken back
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,

    /// Of undo: settle the records again in the same batch, right after their reversal
    #[arg(long)]
    pub(super) settle_again: bool,

    /// Of undo: take back the settlement only; the visit and its fee lines stay
    #[arg(long, conflicts_with = "settle_again")]
    pub(super) settlement_only: bool,

    /// Of undo: which settlement, where the platform has several of the record
    #[arg(long, value_name = "SETL_ID")]
    pub(super) settlement: Option<String>,

    /// Of 3202: only this insurance type
    #[arg(long, value_name = "CODE")]
    pub(super) insurance: Option<String>,

    /// Of 3202: the clearing category, where it is not that of the kind: 11 outpatient, 21 inpatient, 41 pharmacy
    #[arg(long, value_name = "CODE")]
    pub(super) clearing: Option<String>,

    /// Of 3202: the handling body (clr_optins) of settlements whose answer did not tell it
    #[arg(long, value_name = "CODE")]
    pub(super) body: Option<String>,

    /// Of 3202: refd_setl_flag of the request, where the region's edition has it; 0 counts no refund
    #[arg(long, value_name = "FLAG")]
    pub(super) refunds: Option<String>,

    /// Of refund: what the list with names and phones is for; it leaves one event
    #[arg(long = "purpose", value_name = "TEXT")]
    pub(super) shown_for: Option<String>,

    /// Send at most so many records
    #[arg(long, value_name = "COUNT")]
    pub(super) limit: Option<usize>,

    /// What the files are: csv, one for each node; calls, one JSON for each call; xlsx, a workbook for people
    #[arg(long, value_name = "SHAPE", default_value = "csv")]
    pub(super) shape: Form,

    /// The characters of CSV files: utf-8-bom, utf-8 or gb18030
    #[arg(long, value_name = "ENCODING", default_value = "utf-8-bom")]
    pub(super) encoding: Encoding,

    /// The headings of CSV files: id or zh; by default ids for the platform, words in lists for people
    #[arg(long, value_name = "HEADINGS")]
    pub(super) headings: Option<Headings>,

    /// What the region asks for otherwise: a profile that is built in, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = NATIONAL)]
    profile: String,

    #[command(flatten)]
    encrypt: EncryptTo,

    #[command(flatten)]
    pub(super) dry_run: DryRun,
}

/// A business line of any kind of record.
fn business_line(text: &str) -> Result<String, UnknownWord> {
    let lines = || BUSINESS_LINES.iter().flat_map(|(_, lines)| lines.iter().copied());
    let found = lines().find(|line| line.eq_ignore_ascii_case(text.trim())).map(str::to_owned);
    let known: BTreeSet<&'static str> = lines().collect();
    found.ok_or_else(|| UnknownWord {
        what: "line",
        text: text.to_owned(),
        known: known.into_iter().collect(),
    })
}

pub(super) fn run(ctx: &mut Ctx, args: &ExportArgs) -> Result<Exit, Failure> {
    let asks = [&args.insurance, &args.clearing, &args.body, &args.refunds];
    if args.purpose == Purpose::Statement {
        return export_3202::run(ctx, args);
    }
    if asks.into_iter().any(Option::is_some) {
        let says = Says::new(
            "--insurance、--clearing、--body、--refunds 只用于 export 3202",
            "--insurance, --clearing, --body and --refunds belong to `export 3202`",
        );
        return Err(Failure::usage(says.hint("去掉它们", "leave them out")));
    }
    let mut manner = manner(ctx, args)?;
    let takes_back = args.settle_again || args.settlement_only || args.settlement.is_some();
    let undoes = args.purpose == Purpose::Undo;
    if takes_back && (!undoes || args.ids.is_empty()) {
        let says = Says::new(
            "--settle-again、--settlement-only、--settlement 只用于 export undo 编号",
            "--settle-again, --settlement-only and --settlement belong to `export undo ID`",
        );
        return Err(Failure::usage(says.hint("给出编号", "name the records")));
    }
    if args.settlement.is_some() && args.ids.len() != 1 {
        let says = Says::new("--settlement 只对应一条记录", "--settlement is of one record");
        return Err(Failure::usage(says.hint("只给出一个编号", "name that one record")));
    }
    if undoes && args.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) && !args.dry_run.dry_run
    {
        let says = Says::new("撤销平台结算须写明原因", "what is taken back is taken back for a reason");
        return Err(Failure::usage(says.hint("加上 --reason", "add --reason")));
    }
    let (mut book, law) = ledger::unlocked(ctx)?;
    let actor = ctx.actor();
    let trying = args.dry_run.dry_run;
    if !trying {
        finish(ctx, &mut book, &actor)?;
    }
    let facilities = facilities(&book.books(), args)?;
    let row = |id: &String| Ok::<_, Failure>(work::find(&book.books(), id)?.id);
    let ids: Vec<i64> = args.ids.iter().map(row).collect::<Result<_, _>>()?;
    let again: Vec<i64> = args.again.iter().map(row).collect::<Result<_, _>>()?;
    let profile = manner.profile.clone();
    let mut choice = Choice {
        facility: args.facility.as_deref(),
        ids: &ids,
        from: args.from,
        to: args.to,
        line: args.line.as_deref(),
        limit: args.limit,
        complete: args.complete.then_some(&profile),
        again: &again,
        reason: args.reason.as_deref(),
        undo: UndoChoice {
            settle_again: args.settle_again,
            settlement_only: args.settlement_only,
            settlement: args.settlement.as_deref(),
        },
    };
    let mut done = Done::default();
    for (facility, _) in &facilities {
        let mut plan = work::plan(&book.books(), &law, args.purpose, facility, ctx.now, &choice)?;
        match args.out.as_deref().filter(|_| !trying) {
            None => {
                let out = args.out.as_deref();
                let tried = work::rehearse(&mut book, &law, &actor, &mut plan, out, &manner)?;
                if let Some(Rehearsed { manifest, calls }) = tried {
                    done.batches.push(Sent { manifest, folder: None, seal: None });
                    done.calls.extend(calls);
                }
            }
            Some(out) => {
                if args.purpose == Purpose::Refund && !plan.ready.is_empty() {
                    manner.shown_for = Some(stated(ctx, args, manner.shown_for.take())?);
                }
                let sent = work::export(&mut book, &law, &actor, &mut plan, out, &manner)?;
                done.batches.extend(sent.map(|sent| Sent {
                    manifest: sent.manifest,
                    folder: Some(sent.folder),
                    seal: Some(sent.seal.code()),
                }));
            }
        }
        choice.limit = choice.limit.map(|room| room.saturating_sub(plan.ready.len()));
        done.filtered = done.filtered.and(plan.filtered);
        done.left_out.extend(plan.left_out);
        done.goes.extend(plan.ready);
        done.held += plan.held.len();
    }
    if trying && ctx.format != Format::Json {
        export_plan::print(ctx, &done)?;
    } else {
        done.print(ctx, args.purpose)?;
    }
    ledger::tried(ctx, trying)?;
    Ok(Exit::findings(done.left_out.len()))
}

/// Completes what something interrupted before, and says so; the numbers of these batches.
pub(super) fn finish(ctx: &mut Ctx, book: &mut Ledger, actor: &Actor) -> Result<Vec<i64>, Failure> {
    let finished = work::finish(book, actor)?;
    for id in &finished {
        let (zh, en) = (
            format!("上次中断的批次 B{id} 已补完"),
            format!("batch B{id}, interrupted before, is complete now"),
        );
        ctx.remark(&zh, &en)?;
    }
    Ok(finished)
}

/// The facilities of the ledger.
///
/// # Errors
/// Input refused where the one that was asked for is none of them.
pub(super) fn facilities(books: &Books<'_>, args: &ExportArgs) -> Result<Vec<(String, String)>, Failure> {
    let facilities = books.facilities()?;
    if let Some(code) = &args.facility
        && facilities.iter().all(|(known, _)| known != code)
    {
        let says =
            Says::new(format!("账本不认识机构 {code}"), format!("the ledger does not know facility {code}"));
        return Err(Failure::refused(
            says.hint("用 guazhang facility list 查看", "see them with guazhang facility list"),
        ));
    }
    Ok(facilities)
}

/// What a list with names and phones is for: as given, else asked for.
///
/// # Errors
/// Wrong usage where nobody says it.
fn stated(ctx: &mut Ctx, args: &ExportArgs, before: Option<String>) -> Result<String, Failure> {
    let stated = before.or_else(|| args.shown_for.clone()).filter(|text| !text.trim().is_empty());
    let stated = match stated {
        Some(stated) => Some(stated),
        None => ctx.ask("退费清单的用途：", "what the refund list is for: ")?,
    };
    stated.filter(|text| !text.trim().is_empty()).ok_or_else(|| {
        let says = Says::new(
            "退费清单载有姓名和电话，须写明用途",
            "a refund list shows names and phones, for a purpose",
        );
        Failure::usage(says.hint(
            "加上 --purpose，例如 --purpose 收费处退费",
            "add --purpose, as in --purpose \"refunds at the cashier\"",
        ))
    })
}

/// How the batch is written.
///
/// # Errors
/// Input refused where the profile has faults: each is told with its place.
pub(super) fn manner(ctx: &Ctx, args: &ExportArgs) -> Result<work::Manner, Failure> {
    let profile = Profile::find(&args.profile).map_err(|error| {
        let faults = error.faults().to_vec();
        Failure::refused(error).with_items(faults)
    })?;
    let layout = Layout { form: args.shape, encoding: args.encoding, headings: args.headings };
    let lock = args.encrypt.lock()?;
    Ok(work::Manner { layout, profile, lang: ctx.lang, shown_for: None, lock })
}

/// What went out, one batch for each facility, and what stayed.
#[derive(Default)]
pub(super) struct Done {
    pub(super) batches: Vec<Sent>,
    pub(super) goes: Vec<Ready>,
    pub(super) calls: BTreeMap<ShortNumber, Vec<String>>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) filtered: Filtered,
    /// Records on hold that were reported.
    pub(super) held: usize,
}

/// One batch; without a folder where it was only tried.
pub(super) struct Sent {
    pub(super) manifest: Manifest,
    pub(super) folder: Option<PathBuf>,
    /// What the ledger said then.
    pub(super) seal: Option<SealCode>,
}

impl Done {
    pub(super) fn print(&self, ctx: &mut Ctx, purpose: Purpose) -> Result<(), Failure> {
        if ctx.format == Format::Json {
            return ctx.print_json(&self.json(ctx.lang, purpose));
        }
        for (at, sent) in self.batches.iter().enumerate() {
            if at > 0 {
                writeln!(ctx.out)?;
            }
            let card = sent.card();
            ctx.print_card(&card)?;
            sent.warn(ctx)?;
        }
        if self.batches.is_empty() {
            writeln!(ctx.out, "{}", ctx.lang.pick("没有可以导出的记录", "nothing can go out"))?;
        }
        if !self.left_out.is_empty() {
            writeln!(ctx.out)?;
            let sheet = self.stays(ctx.lang);
            ctx.print(&sheet)?;
        }
        export_plan::remark(ctx, self)?;
        Ok(())
    }

    pub(super) fn stays(&self, lang: Lang) -> Sheet {
        let mut sheet = Sheet::new(&[
            Column::code("number", "编号", "number"),
            Column::money("total", "总额", "total"),
            Column::text("why", "未导出的原因", "why it stays"),
        ]);
        for left in &self.left_out {
            let why = Cell::text(left.why.what(lang));
            sheet.row([Cell::text(left.number.to_string()), Cell::Money(left.total), why]);
        }
        sheet
    }

    fn json(&self, lang: Lang, purpose: Purpose) -> Value {
        let batches: Vec<_> = self.batches.iter().map(Sent::json).collect();
        let left: Vec<_> = self
            .left_out
            .iter()
            .map(|left| {
                json!({
                    "number": left.number, "total_fen": left.total, "why": left.why.what(lang),
                    "code": left.why.code(), "hint": left.why.hint(lang),
                })
            })
            .collect();
        json!({
            "purpose": purpose, "batches": batches, "goes": export_plan::goes(self), "held": self.held,
            "filtered": export_plan::filtered(self.filtered), "left_out": left.len(), "items": left,
        })
    }
}

/// So many files are named; a batch of calls may have thousands.
const MOST_NAMES: usize = 12;

impl Sent {
    /// For programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "batch": self.folder.is_some().then(|| format!("B{}", self.manifest.batch)),
            "folder": self.folder, "seal": self.manifest.digest().short(), "manifest": self.manifest,
            "sealed_as": self.seal.map(|code| code.to_string()),
        })
    }

    /// What went out all the same, and someone should look at.
    pub(super) fn warn(&self, ctx: &mut Ctx) -> Result<(), Failure> {
        let Manifest { rare, unlisted_codes, .. } = &self.manifest;
        if !rare.is_empty() {
            let numbers = rare.keys().cloned().collect::<Vec<_>>().join(" ");
            let (zh, en) = (
                format!("提醒：{numbers} 含 GB18030 四字节字符（生僻字），旧程序可能显示不出；请对方核对"),
                format!(
                    "note: {numbers} have rare characters (four bytes in GB18030) that old programs may not show"
                ),
            );
            ctx.remark(&zh, &en)?;
        }
        for (field, rows) in unlisted_codes {
            let (zh, en) = (
                format!("提醒：{field} 有 {rows} 行的代码不在代码表中；如为本地代码，可写入地区规则"),
                format!(
                    "note: {field} has codes that its table lacks, in {rows} rows; local ones go into a profile"
                ),
            );
            ctx.remark(&zh, &en)?;
        }
        Ok(())
    }

    pub(super) fn card(&self) -> Card {
        let manifest = &self.manifest;
        let mut card = Card::new();
        if let Some(folder) = &self.folder {
            card.fact(Column::code("batch", "批次", "batch"), Cell::text(format!("B{}", manifest.batch)));
            card.fact(Column::text("folder", "文件夹", "folder"), Cell::text(folder.display().to_string()));
        }
        card.fact(Column::code("facility", "机构", "facility"), Cell::text(&manifest.facility));
        card.fact(Column::number("records", "记录", "records"), Cell::count(manifest.records));
        card.fact(Column::number("lines", "明细行数", "fee lines"), Cell::count(manifest.lines));
        card.fact(Column::money("total", "合计", "total"), Cell::Money(manifest.total_fen));
        let mut names: Vec<String> =
            manifest.files.iter().take(MOST_NAMES).map(|file| file.name.clone()).collect();
        if let Some(more) = manifest.files.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
            names.push(format!("… +{more}"));
        }
        card.fact(Column::text("files", "文件", "files"), Cell::List(names));
        let to_fill = (manifest.to_fill() > 0).then(|| Cell::count(manifest.to_fill()));
        card.fact(
            Column::number("to_fill", "待联网侧补填", "to fill in online"),
            to_fill.unwrap_or_default(),
        );
        card.fact(Column::code("seal", "校验码", "seal"), Cell::text(manifest.digest().short()));
        let code = Cell::known(self.seal, |code| Cell::text(code.to_string()));
        card.fact(Column::code("sealed_as", "封签码", "sealed as"), code);
        card
    }
}
