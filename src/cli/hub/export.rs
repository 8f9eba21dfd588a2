//! `guazhang hub export`: the records of the city for analysts, a Parquet file for each facility.
//!
//! What an auditor sees, and nothing else: no sealed text, no stand-in for an identity, the masked name. The rows of
//! one facility are in memory at a time.

use super::At;
use crate::cli::{Ctx, Exit, Failure, Says, new_file, progress};
use crate::domain::{Digest, Progress, Watcher};
use crate::hub::{Hub, HubFault, RunInfo, SeenRecord};
use crate::report::{Card, Cell, Column, Sheet, print_object};
use crate::text::{Lang, of_io};
use crate::work::city::CityError;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Records of every facility with their verdicts, a Parquet file each, for analysis elsewhere
///
/// Names are masked, and nothing else tells of a person. `about.json` comes last and lists the files with their sums
/// and digests: a folder without it is not whole.
#[derive(clap::Args, Debug)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    at: At,
    /// A new folder, or an empty one
    #[arg(long, value_name = "DIR", required = true)]
    parquet: PathBuf,
}

const COLUMNS: &[Column] = &[
    Column::code("facility", "机构编码", "facility"),
    Column::code("number", "记录编号", "record"),
    Column::number("version", "版本", "version"),
    Column::code("kind", "类别", "kind"),
    Column::code("insutype", "险种", "insurance"),
    Column::text("who", "姓名", "who"),
    Column::code("occurred_at", "发生时间", "occurred"),
    Column::code("entered_at", "登记时间", "entered"),
    Column::money("total", "金额", "total"),
    Column::money("paid", "已付", "paid"),
    Column::money("refund", "已退", "paid back"),
    Column::code("stage", "状态", "stage"),
    Column::code("refusal", "拒绝代码", "refusal"),
    Column::code("verdict", "结论", "verdict"),
    Column::code("reason", "原因", "reason"),
    Column::code("ground", "依据", "ground"),
    Column::money("difference", "平台多出", "platform has more"),
];

/// Why the stream of records ended early.
enum Ended {
    Hub(HubFault),
    Front(Failure),
}

impl From<HubFault> for Ended {
    fn from(fault: HubFault) -> Ended {
        Ended::Hub(fault)
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Ended {
        Ended::Front(failure)
    }
}

impl From<Ended> for Failure {
    fn from(ended: Ended) -> Failure {
        match ended {
            Ended::Hub(fault) => CityError::from(fault).into(),
            Ended::Front(failure) => failure,
        }
    }
}

/// What was written so far, and the facility whose rows are being gathered.
struct Folder<'a> {
    path: &'a Path,
    lang: Lang,
    files: Vec<Value>,
    rows: usize,
    code: String,
    sheet: Sheet,
    total: i64,
}

pub(super) fn export(ctx: &mut Ctx, args: &ExportArgs) -> Result<Exit, Failure> {
    let mut hub = Hub::connect(&args.at.address()?).map_err(CityError::from)?;
    let founding = hub.founding().map_err(CityError::from)?;
    let all = hub.facilities().map_err(CityError::from)?.len() as u64;
    empty(&args.parquet, ctx.lang)?;
    let mut folder = Folder::new(&args.parquet, ctx.lang);
    let run = progress::watched(ctx.lang, |watch| written(&mut hub, &mut folder, all, watch))?;
    let (files, rows) = (folder.files, folder.rows);
    let about = json!({
        "hub": founding.code, "name": founding.name, "as_of": ctx.now, "run": run.as_ref().map(|run| run.run),
        "reconciled_at": run.as_ref().map(|run| run.started_at), "rows": rows, "files": files,
    });
    let mut bytes = Vec::new();
    print_object(&mut bytes, &about)?;
    new_file::put(&args.parquet.join("about.json"), &bytes, ctx.lang)?;
    let mut card = Card::new();
    card.fact(Column::text("folder", "文件夹", "folder"), Cell::text(args.parquet.display().to_string()));
    card.fact(Column::number("files", "文件", "files"), Cell::count(files.len()));
    card.fact(Column::number("rows", "行数", "rows"), Cell::count(rows));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

fn written(
    hub: &mut Hub,
    folder: &mut Folder<'_>,
    all: u64,
    watch: &mut Watcher<'_>,
) -> Result<Option<RunInfo>, Ended> {
    let run = hub.each_record(|record| {
        if record.facility != folder.code {
            folder.place()?;
            folder.code.clone_from(&record.facility);
            let done = folder.files.len() as u64;
            if !watch(&Progress { rows: folder.rows as u64, read: (done, all), ..Progress::default() }) {
                return Err(Ended::Front(Failure::interrupted()));
            }
        }
        folder.add(&record);
        Ok(())
    })?;
    folder.place()?;
    Ok(run)
}

impl<'a> Folder<'a> {
    fn new(path: &'a Path, lang: Lang) -> Folder<'a> {
        let sheet = Sheet::new(COLUMNS);
        Folder { path, lang, files: Vec::new(), rows: 0, code: String::new(), sheet, total: 0 }
    }

    fn add(&mut self, one: &SeenRecord) {
        self.total = self.total.saturating_add(one.total.fen());
        let text = |text: &Option<String>| Cell::text(text.as_deref().unwrap_or_default());
        self.sheet.row([
            Cell::text(&one.facility),
            Cell::text(&one.number),
            Cell::Int(one.version),
            Cell::word(&one.kind),
            Cell::text(&one.insurance),
            Cell::text(&one.who),
            Cell::Time(one.occurred_at),
            Cell::Time(one.entered_at),
            Cell::Money(one.total),
            Cell::known(one.paid, Cell::Money),
            Cell::known(one.refund, Cell::Money),
            Cell::word(&one.stage),
            text(&one.refusal),
            Cell::known(one.verdict, |verdict| Cell::word(&verdict)),
            text(&one.reason),
            text(&one.ground),
            Cell::known(one.difference, Cell::Money),
        ]);
    }

    /// Writes the file of the facility that was gathered, where it has a record.
    fn place(&mut self) -> Result<(), Failure> {
        if self.sheet.is_empty() {
            return Ok(());
        }
        let sheet = std::mem::replace(&mut self.sheet, Sheet::new(COLUMNS));
        let mut bytes = Vec::new();
        sheet.parquet(&mut bytes)?;
        let name = file_name(&self.code);
        new_file::put(&self.path.join(&name), &bytes, self.lang)?;
        self.rows += sheet.len();
        self.files.push(json!({
            "name": name, "facility": self.code, "rows": sheet.len(), "total_fen": std::mem::take(&mut self.total),
            "sha256": Digest::of(&bytes),
        }));
        Ok(())
    }
}

/// A code is a file name as it is, unless somebody wrote into it what names no file.
fn file_name(code: &str) -> String {
    let plain = !code.is_empty() && code.len() <= 40 && code.chars().all(|ch| ch.is_ascii_alphanumeric());
    if plain {
        format!("{code}.parquet")
    } else {
        format!("x-{}.parquet", Digest::of(code.as_bytes()).short())
    }
}

/// Nothing is written into a folder that holds something.
fn empty(folder: &Path, lang: Lang) -> Result<(), Failure> {
    let shown = folder.display();
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => {
            let says =
                Says::new(format!("{shown}：文件夹里已有内容"), format!("{shown}: the folder is not empty"));
            Err(Failure::conflict(says.hint("换一个新文件夹", "give a new folder")))
        }
        Err(_) => fs::create_dir_all(folder).map_err(|error| {
            let why = of_io(&error, lang);
            let says = Says::new(
                format!("{shown}：无法写出（{why}）"),
                format!("{shown}: cannot be written ({why})"),
            );
            Failure::refused(says.hint(
                "检查磁盘和权限，或换一个文件夹",
                "check the disk and its permissions, or give another folder",
            ))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_its_file_and_no_other_place() {
        assert_eq!(file_name("H14090200001"), "H14090200001.parquet");
        for odd in ["", "../../etc/passwd", "H1/2", "机构", "a b", &"9".repeat(60)] {
            let name = file_name(odd);
            assert!(name.starts_with("x-") && !name.contains(['/', '\\', ' ']), "{name}");
        }
    }
}
