//! `guazhang export`: send records out as a batch of files.

use crate::batch::{Encoding, Form, Headings, Layout, Manifest, NATIONAL, Profile};
use crate::cli::args::DryRun;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{Purpose, SealCode};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::text::{Explain, Lang};
use crate::work::{self, LeftOut};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Send records out as a batch of files
///
/// A batch is a folder: one CSV for each node of a platform call (or one JSON for each call, or a workbook for
/// people), a manifest, and a cover sheet to read over the phone. Records are exported only once the folder is whole
/// and on the disk.
#[derive(clap::Args, Debug)]
pub(super) struct ExportArgs {
    /// What the batch is for: backfill, resettle, refund, register or handover
    #[arg(value_name = "PURPOSE")]
    purpose: Purpose,

    /// The folder in which the batch's own folder is made
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Only records of this facility; else one batch for each facility
    #[arg(long, value_name = "CODE")]
    facility: Option<String>,

    /// Send at most so many records
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,

    /// What the files are: csv, one for each node; calls, one JSON for each call; xlsx, a workbook for people
    #[arg(long, value_name = "SHAPE", default_value = "csv")]
    shape: Form,

    /// The characters of CSV files: utf-8-bom, utf-8 or gb18030
    #[arg(long, value_name = "ENCODING", default_value = "utf-8-bom")]
    encoding: Encoding,

    /// The headings of CSV files: id or zh; by default ids for the platform, words in lists for people
    #[arg(long, value_name = "HEADINGS")]
    headings: Option<Headings>,

    /// What the region asks for otherwise: a profile that is built in, or a TOML file
    #[arg(long, value_name = "NAME|FILE", default_value = NATIONAL)]
    profile: String,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &ExportArgs) -> Result<Exit, Failure> {
    let manner = manner(ctx, args)?;
    let (mut book, law) = ledger::unlocked(ctx)?;
    let actor = ctx.actor();
    let trying = args.dry_run.dry_run;
    if !trying {
        for id in work::finish(&mut book, &actor)? {
            let (zh, en) = (
                format!("上次中断的批次 B{id} 已补完"),
                format!("batch B{id}, interrupted before, is complete now"),
            );
            ctx.remark(&zh, &en)?;
        }
    }
    let facilities = book.books().facilities()?;
    if let Some(code) = &args.facility
        && facilities.iter().all(|(known, _)| known != code)
    {
        let says =
            Says::new(format!("账本不认识机构 {code}"), format!("the ledger does not know facility {code}"));
        return Err(Failure::refused(
            says.hint("用 guazhang facility list 查看", "see them with guazhang facility list"),
        ));
    }
    let mut room = args.limit;
    let mut done = Done::default();
    for (facility, _) in &facilities {
        if args.facility.as_ref().is_some_and(|only| only != facility) {
            continue;
        }
        let mut plan = work::plan(&book.books(), &law, args.purpose, facility, ctx.now, room)?;
        if trying {
            let manifest = work::rehearse(&mut book, &law, &actor, &mut plan, &args.out, &manner)?;
            done.batches.extend(manifest.map(|manifest| Sent { manifest, folder: None, seal: None }));
        } else {
            let sent = work::export(&mut book, &law, &actor, &mut plan, &args.out, &manner)?;
            done.batches.extend(sent.map(|sent| Sent {
                manifest: sent.manifest,
                folder: Some(sent.folder),
                seal: Some(sent.seal.code()),
            }));
        }
        room = room.map(|room| room.saturating_sub(plan.ready.len()));
        done.left_out.extend(plan.left_out);
    }
    done.print(ctx, args.purpose)?;
    ledger::tried(ctx, trying)?;
    Ok(Exit::findings(done.left_out.len()))
}

/// How the batch is written.
///
/// # Errors
/// Input refused where the profile has faults: each is told with its place.
fn manner(ctx: &Ctx, args: &ExportArgs) -> Result<work::Manner, Failure> {
    let profile = Profile::find(&args.profile).map_err(|error| {
        let faults = error.faults().to_vec();
        Failure::refused(error).with_items(faults)
    })?;
    let layout = Layout { form: args.shape, encoding: args.encoding, headings: args.headings };
    Ok(work::Manner { layout, profile, lang: ctx.lang })
}

/// What went out, one batch for each facility, and what stayed.
#[derive(Default)]
struct Done {
    batches: Vec<Sent>,
    left_out: Vec<LeftOut>,
}

/// One batch; without a folder where it was only tried.
struct Sent {
    manifest: Manifest,
    folder: Option<PathBuf>,
    /// What the ledger said then.
    seal: Option<SealCode>,
}

impl Done {
    fn print(&self, ctx: &mut Ctx, purpose: Purpose) -> Result<(), Failure> {
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
        Ok(())
    }

    fn stays(&self, lang: Lang) -> Sheet {
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
        let batches: Vec<_> = self
            .batches
            .iter()
            .map(|sent| {
                json!({
                    "batch": sent.folder.is_some().then(|| format!("B{}", sent.manifest.batch)),
                    "folder": sent.folder, "seal": sent.manifest.digest().short(), "manifest": sent.manifest,
                    "sealed_as": sent.seal.map(|code| code.to_string()),
                })
            })
            .collect();
        let left: Vec<_> = self
            .left_out
            .iter()
            .map(|left| {
                json!({
                    "number": left.number, "total_fen": left.total, "why": left.why.what(lang),
                    "hint": left.why.hint(lang),
                })
            })
            .collect();
        json!({ "purpose": purpose, "batches": batches, "left_out": left.len(), "items": left })
    }
}

/// So many files are named; a batch of calls may have thousands.
const MOST_NAMES: usize = 12;

impl Sent {
    /// What went out all the same, and someone should look at.
    fn warn(&self, ctx: &mut Ctx) -> Result<(), Failure> {
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

    fn card(&self) -> Card {
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
