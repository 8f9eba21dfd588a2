//! `guazhang bundle`: what windows hand to each other, and how each stands.
//!
//! Keys and whom to trust stand in `bundle_keys`. What a bundle is and does is told in
//! `work::merge`; here it is asked for and shown.

use crate::cli::args::DryRun;
use crate::cli::bundle_keys::{self, KeysArgs};
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::report::{Card, Cell, Column, Format, Sheet};
use crate::store::{PeerInfo, Word};
use crate::text::{Label as _, Lang};
use crate::work::merge::{self, MergeError, OpenedBundle, Outcome, SealFrom, SealedBundle};
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;

/// Exchange records and answers with other windows as signed, encrypted files
#[derive(clap::Args, Debug)]
pub(super) struct BundleArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Show this window's keys, or say whom to trust
    Keys(KeysArgs),
    /// Seal what a window does not have yet into a new file
    ///
    /// The events of this ledger since the last time, its records they touch, and what was done here with records of
    /// that window. To repeat it is harmless.
    Seal {
        /// Whom it is for: the station of a trusted window, or its fingerprint; may be given several times
        #[arg(long, value_name = "STATION", required_unless_present = "all_peers")]
        to: Vec<String>,
        /// For every trusted window, in one file that each of them opens
        #[arg(long, conflicts_with = "to")]
        all_peers: bool,
        /// The new file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// From the first event on, whatever was sealed before
        #[arg(long)]
        all: bool,
        /// From this event on, as where a file was lost
        #[arg(long, value_name = "SEQ", conflicts_with = "all")]
        from: Option<i64>,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Open bundles of trusted windows and take in what they say
    ///
    /// A file is proved to its end before anything is written. In which order they come, and how often, makes no
    /// difference.
    Open {
        /// The files
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// Keep a folder in step: put what is new here, take what is new there
    Sync {
        /// The folder, on a share or a stick
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        #[command(flatten)]
        dry_run: DryRun,
    },
    /// List the windows bundles are exchanged with, and how far each is known
    List,
    /// Drop what is in quarantine of a window, once it is settled which of its two chains goes on
    Release {
        /// The station
        #[arg(value_name = "STATION")]
        peer: String,
        /// What was found out
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

pub(super) fn run(ctx: &mut Ctx, args: &BundleArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::Keys(args) => bundle_keys::run(ctx, args),
        Action::Seal { to, all_peers, out, all, from, dry_run } => {
            let from = match (all, from) {
                (true, _) => SealFrom::Beginning,
                (_, Some(seq)) => SealFrom::Event(*seq),
                _ => SealFrom::Last,
            };
            seal(ctx, to, *all_peers, out, from, dry_run.dry_run)
        }
        Action::Open { files, dry_run } => open(ctx, files, dry_run.dry_run),
        Action::Sync { folder, dry_run } => sync(ctx, folder, dry_run.dry_run),
        Action::List => list(ctx),
        Action::Release { peer, reason, dry_run } => release(ctx, peer, reason, dry_run.dry_run),
    }
}

fn seal(
    ctx: &mut Ctx,
    to: &[String],
    all_peers: bool,
    out: &std::path::Path,
    from: SealFrom,
    trying: bool,
) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let peers: Vec<PeerInfo> = if all_peers {
        book.books().peers()?.into_iter().filter(|peer| peer.trusted).collect()
    } else {
        to.iter().map(|text| merge::wanted(&book.books(), text)).collect::<Result<_, _>>()?
    };
    if peers.is_empty() {
        return Err(MergeError::NoPeer { text: "--all-peers".to_owned() }.into());
    }
    let name = |_, _| out.to_owned();
    let sealed = merge::seal(&mut book, &ctx.actor(), ledger::mode(trying), &peers, from, name)?;
    let Some(sealed) = sealed else {
        nothing_new(ctx)?;
        return Ok(Exit::Done);
    };
    let mut card = sealed_card(&sealed, trying);
    let stations: Vec<String> = peers.iter().map(|peer| peer.card.station.clone()).collect();
    card.fact(Column::code("to", "接收窗口", "to"), Cell::List(stations));
    ctx.print_card(&card)?;
    ctx.out.flush()?;
    ledger::tried(ctx, trying)?;
    Ok(Exit::Done)
}

fn nothing_new(ctx: &mut Ctx) -> Result<(), Failure> {
    let mut card = Card::new();
    card.fact(Column::text("file", "文件", "file"), Cell::Empty);
    card.fact(Column::number("records", "记录", "records"), Cell::Int(0));
    ctx.print_card(&card)?;
    ctx.out.flush()?;
    ctx.remark(
        "没有新内容要封装，未写文件；文件丢失时用 --from 或 --all 重封",
        "there is nothing new to seal, and no file was written; where one was lost, use --from or --all",
    )
}

fn sealed_card(sealed: &SealedBundle, trying: bool) -> Card {
    let header = &sealed.header;
    let file = Some(sealed.path.display().to_string()).filter(|_| !trying);
    let mut card = Card::new();
    card.fact(Column::text("file", "文件", "file"), Cell::known(file, Cell::text));
    card.fact(Column::code("station", "窗口", "station"), Cell::text(&header.station));
    card.fact(Column::number("first", "首个事件", "first event"), Cell::Int(header.first));
    card.fact(Column::number("last", "末个事件", "last event"), Cell::Int(header.last));
    card.fact(Column::number("records", "记录", "records"), Cell::Int(counted(header.records)));
    card.fact(Column::money("total", "总额", "total"), Cell::Money(header.total_fen));
    card.fact(Column::code("head", "链头", "head"), Cell::text(header.head.to_string()));
    card
}

fn counted(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The columns in which opened bundles are listed.
const OPENED: &[Column] = &[
    Column::text("file", "文件", "file"),
    Column::code("station", "窗口", "station"),
    Column::number("first", "首个事件", "first event"),
    Column::number("last", "末个事件", "last event"),
    Column::text("outcome", "结果", "outcome"),
    Column::number("new", "新记录", "new records"),
    Column::number("changed", "有变化", "changed"),
    Column::text("note", "说明", "note"),
];

/// A word of [`Outcome`] for scripts, in Chinese and in English.
fn outcome_words(outcome: Outcome) -> (&'static str, &'static str, &'static str) {
    match outcome {
        Outcome::Merged { .. } => ("merged", "已并入", "merged"),
        Outcome::Known => ("known", "早已并入", "known already"),
        Outcome::Aside { .. } => ("aside", "暂存待补", "set aside"),
        Outcome::Fork { .. } => ("quarantined", "已隔离", "quarantined"),
        Outcome::Own => ("own", "本窗口所封", "of this ledger"),
    }
}

fn opened_row(ctx: &Ctx, name: &str, opened: &OpenedBundle) -> Vec<Cell> {
    let OpenedBundle { header, outcome } = opened;
    let (new, changed) = match outcome {
        Outcome::Merged { new, changed, .. } => (*new, *changed),
        _ => (0, 0),
    };
    let note = match (outcome, ctx.lang) {
        (Outcome::Merged { waited: 1.., .. }, Lang::Zh) => "连同先前暂存的".to_owned(),
        (Outcome::Merged { waited: 1.., .. }, Lang::En) => "with what had waited".to_owned(),
        (Outcome::Aside { from }, Lang::Zh) => format!("缺事件 {from} 至 {}", header.first - 1),
        (Outcome::Aside { from }, Lang::En) => format!("events {from} to {} are missing", header.first - 1),
        (Outcome::Fork { at }, Lang::Zh) => format!("自事件 {at} 起另有一条链"),
        (Outcome::Fork { at }, Lang::En) => format!("there is another chain from event {at} on"),
        _ => String::new(),
    };
    let (id, zh, en) = outcome_words(*outcome);
    vec![
        Cell::text(name),
        Cell::text(&header.station),
        Cell::Int(header.first),
        Cell::Int(header.last),
        Cell::Word { id, zh, en },
        Cell::Int(counted(new)),
        Cell::Int(counted(changed)),
        Cell::text(note),
    ]
}

fn open(ctx: &mut Ctx, files: &[PathBuf], trying: bool) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let own = book.books().own_stands()?;
    let (actor, mode) = (ctx.actor(), ledger::mode(trying));
    let opened: Vec<_> = files
        .iter()
        .map(|path| (path.clone(), merge::open_bundle(&mut book, &actor, mode, path, &own)))
        .collect();
    told(ctx, &mut book, &own, opened, trying)
}

/// Shows what became of each file, lays the windows beside each other, and ends as the worst of it.
fn told(
    ctx: &mut Ctx,
    book: &mut crate::store::Ledger,
    own: &crate::store::OwnStands,
    opened: Vec<(PathBuf, Result<OpenedBundle, MergeError>)>,
    trying: bool,
) -> Result<Exit, Failure> {
    let (new, gone) = merge::compare_windows(book, &ctx.actor(), ledger::mode(trying), own)?;
    let mut sheet = Sheet::new(OPENED);
    let (mut faults, mut exit) = (Vec::new(), Exit::findings(new));
    for (path, opened) in opened {
        match opened {
            Ok(opened) => {
                match opened.outcome {
                    Outcome::Fork { .. } => exit = Exit::Integrity,
                    Outcome::Aside { .. } if exit == Exit::Done => exit = Exit::Findings,
                    _ => {}
                }
                let row = opened_row(ctx, &path.display().to_string(), &opened);
                sheet.row(row);
            }
            Err(error) => faults.push(error),
        }
    }
    if !sheet.is_empty() || (faults.is_empty() && ctx.format != Format::Table) {
        ctx.print(&sheet)?;
    }
    // What is remarked is read after it.
    ctx.out.flush()?;
    if new + gone > 0 {
        ctx.remark(
            &format!("窗口之间的差异：新增 {new}，消失 {gone}；guazhang break list 查看"),
            &format!("breaks between windows: {new} new, {gone} gone; see guazhang break list"),
        )?;
    }
    if exit == Exit::Integrity {
        ctx.remark(
            "同一窗口有两条不同的链，后到的已隔离、未并入；查明前不再接收该窗口的交换包，见 docs/bundles.md",
            "a window has two different chains; what came later is kept apart and nothing of it was taken in. No more of \
             that window is taken until an administrator decides, see docs/bundles.md",
        )?;
    }
    ledger::tried(ctx, trying)?;
    let count = faults.len();
    let Some(first) = faults.pop() else { return Ok(exit) };
    if count == 1 {
        return Err(first.into());
    }
    let first = Failure::from(first).exit();
    let said = Says::new(format!("{count} 个交换包未能打开"), format!("{count} bundles could not be opened"));
    Err(Failure::new(first, said).with_items(faults))
}

fn sync(ctx: &mut Ctx, folder: &std::path::Path, trying: bool) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::unlocked(ctx)?;
    let own = book.books().own_stands()?;
    let done = merge::sync(&mut book, &ctx.actor(), ledger::mode(trying), folder, &own)?;
    for sealed in &done.sealed {
        let name = sealed.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let records = sealed.header.records;
        ctx.remark(
            &format!("已放入 {name}（记录 {records}）"),
            &format!("put there: {name} (records: {records})"),
        )?;
    }
    if done.sealed.is_empty() && done.opened.is_empty() {
        ctx.remark("两边一致，没有新内容", "both sides are in step; there is nothing new")?;
    }
    told(ctx, &mut book, &own, done.opened, trying)
}

fn list(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let (book, _) = ledger::open(ctx)?;
    let books = book.books();
    let mut sheet = Sheet::new(&[
        Column::code("station", "窗口", "station"),
        Column::text("name", "机构", "facility"),
        Column::text("trusted", "受信任", "trusted"),
        Column::code("fingerprint", "指纹", "fingerprint"),
        Column::number("known", "已知至事件", "known up to"),
        Column::number("aside", "暂存", "set aside"),
        Column::number("quarantined", "隔离", "quarantined"),
        Column::number("sealed", "已封至事件", "sealed up to"),
        Column::text("news", "有待封装", "to be sealed"),
        Column::text("answers", "仅答复", "answers only"),
    ]);
    let (head, _) = books.head()?;
    let mut waits = 0;
    for peer in books.peers()? {
        let chain = books.peer_chain(peer.id)?;
        waits += chain.aside.len() + chain.quarantined.len();
        let news = peer.trusted
            && head > peer.sealed_seq
            && merge::has_news(&books, &book.founding().station, &peer)?;
        let fingerprint = peer.card.fingerprint();
        sheet.row([
            Cell::text(peer.card.station),
            Cell::text(peer.card.name),
            Cell::Flag(peer.trusted),
            Cell::text(fingerprint),
            Cell::Int(chain.head),
            Cell::Int(counted(chain.aside.len() as u64)),
            Cell::Int(counted(chain.quarantined.len() as u64)),
            Cell::Int(peer.sealed_seq),
            Cell::Flag(news),
            Cell::Flag(peer.answers),
        ]);
    }
    ctx.print(&sheet)?;
    Ok(Exit::findings(waits))
}

/// What other windows say of a record, where they say anything.
pub(super) fn add_words(card: &mut Card, words: &[Word], lang: Lang) {
    if words.is_empty() {
        return;
    }
    let line = |word: &Word| {
        let stage = word.stand.stage.map(|stage| stage.label(lang).to_owned());
        let refund = word.refund.map(|refund| match lang {
            Lang::Zh => format!("已退 {refund}"),
            Lang::En => format!("refunded {refund}"),
        });
        let setl_id = Some(word.setl_id.clone()).filter(|id| !id.is_empty());
        let said: Vec<String> = [stage, setl_id, refund].into_iter().flatten().collect();
        format!("{}{}{}", word.station, lang.pick("：", ": "), said.join(lang.pick("，", ", ")))
    };
    let told = words.iter().map(line).collect();
    card.fact(Column::text("said_by", "其他窗口", "other windows"), Cell::List(told));
    let object = |word: &Word| {
        json!({
            "station": word.station, "ledger": word.ledger, "stage": word.stand.stage.map(|stage| stage.id()),
            "verdict": word.stand.verdict.map(|verdict| verdict.id()), "setl_id": word.setl_id,
            "own_share_fen": word.share, "refund_fen": word.refund,
        })
    };
    card.extra("elsewhere", words.iter().map(object).collect::<Vec<_>>());
}

fn release(ctx: &mut Ctx, peer: &str, reason: &str, trying: bool) -> Result<Exit, Failure> {
    if reason.trim().is_empty() {
        let says = Says::new("原因不能为空", "the reason is empty");
        return Err(Failure::refused(says.hint("写明查明的情况", "say what was found out")));
    }
    let (mut book, _) = ledger::unlocked(ctx)?;
    let dropped = merge::release(&mut book, &ctx.actor(), ledger::mode(trying), peer, reason.trim())?;
    let mut card = Card::new();
    card.fact(Column::code("station", "窗口", "station"), Cell::text(peer));
    card.fact(
        Column::number("dropped", "弃用的交换包", "bundles dropped"),
        Cell::Int(counted(dropped as u64)),
    );
    ctx.print_card(&card)?;
    ctx.out.flush()?;
    ledger::tried(ctx, trying)?;
    Ok(Exit::Done)
}

impl From<MergeError> for Failure {
    fn from(error: MergeError) -> Failure {
        let error = match error.into_work() {
            Ok(error) => return Failure::from(error),
            Err(error) => error,
        };
        let exit = Exit::from(error.kind());
        Failure::new(exit, error)
    }
}
