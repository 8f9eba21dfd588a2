//! `guazhang backup`: a copy of the ledger that is proved before it counts.
//!
//! How a copy is made stands in `store`. Here is what it is called, whom it is
//! locked to, whether the chain is sealed with it, and which old copies go.

use crate::cli::args::DryRun;
use crate::cli::progress::watched;
use crate::cli::secret::{self, PassphraseFrom};
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{Seal, SealReason, Time};
use crate::report::{Card, Cell, Column};
use crate::store::{BackedUp, Ledger, Lock, StoreError};
use crate::text::{Explain, Lang};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Back the ledger up to a file, or to a folder under a dated name
///
/// Other windows may go on writing. The copy is opened again and proved before it gets its name, and no file is
/// overwritten. An encrypted copy is never on its disk in the clear. Where the operator's passphrase is at hand the head
/// of the chain is sealed first, and the code printed; a backup by a timer needs none.
#[derive(clap::Args, Debug)]
pub(super) struct BackupArgs {
    /// The new file; or a folder that is there, for a name such as guazhang-A1-20211102T0900.db
    #[arg(value_name = "FILE|DIR")]
    to: PathBuf,

    /// Encrypt with a passphrase, asked for on the terminal where it is not given
    #[arg(long, conflicts_with = "encrypt_to")]
    encrypt: bool,

    /// Encrypt to a public key, age1…; may be given several times
    #[arg(long, value_name = "KEY")]
    encrypt_to: Vec<String>,

    #[command(flatten)]
    passphrase: PassphraseFrom,

    /// In a folder, keep the newest so many dated backups of this station and delete older ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,

    /// Ask for the operator's passphrase, so that the chain is sealed; without it, a backup is made all the same
    #[arg(long)]
    seal: bool,

    #[command(flatten)]
    dry_run: DryRun,
}

pub(super) fn run(ctx: &mut Ctx, args: &BackupArgs) -> Result<Exit, Failure> {
    let mut book = Ledger::open(&ctx.ledger)?;
    let station = book.founding().station.clone();
    let is_folder = args.to.is_dir() || args.to.to_string_lossy().ends_with(['/', '\\']);
    if args.keep.is_some() && !is_folder {
        let alone = Says::new("--keep 只用于文件夹", "--keep goes with a folder");
        return Err(Failure::usage(
            alone.hint("写成 guazhang backup 文件夹/ --keep 7", "write guazhang backup FOLDER/ --keep 7"),
        ));
    }
    let lock = lock(ctx, args)?;
    let to = if is_folder { dated(&args.to, &station, ctx.now, lock.is_some()) } else { args.to.clone() };
    if args.dry_run.dry_run {
        return tried(ctx, &book, &to, lock.is_some());
    }
    // Before the copy, so that what is restored from it holds what was sealed.
    book.may_back_up(&to)?;
    let seal = sealed(ctx, &mut book, &to, args.seal)?;
    let made = watched(ctx.lang, |watch| book.back_up_watched(&to, lock.as_ref(), watch))?;
    // The backup is good whatever becomes of the note: a full disk is a reason to make one.
    let noted = book.note_backup(&ctx.actor(), &made);
    let dropped = match args.keep {
        Some(keep) => drop_old(&args.to, &station, keep, &to)?,
        None => Vec::new(),
    };
    show(ctx, &made, seal.as_ref().ok(), dropped)?;
    if let Err(why) = seal {
        let [zh, en] = [Lang::Zh, Lang::En].map(|lang| why.what(lang));
        ctx.remark(
            &format!("未封签：{zh}；需要时给出操作员口令（--seal），或运行 guazhang audit seal"),
            &format!("not sealed: {en}; give the operator's passphrase (--seal), or run guazhang audit seal"),
        )?;
    }
    if same_disk(&ctx.ledger, &to) {
        ctx.remark(
            "备份与账本在同一磁盘上：磁盘损坏时会一起丢失，请另存到 U 盘或共享文件夹",
            "the backup lies on the disk of the ledger: one broken disk takes both; keep one elsewhere",
        )?;
    }
    if let Err(error) = noted {
        let why = [Lang::Zh, Lang::En].map(|lang| error.what(lang));
        ctx.remark(
            &format!("备份完好，但未能在账本中记下：{}", why[0]),
            &format!("the backup is good; it could not be noted in the ledger: {}", why[1]),
        )?;
        return Ok(Exit::Findings);
    }
    Ok(Exit::Done)
}

/// Seals the head of the chain where the operator can be let in without being asked, or asked to be.
///
/// # Errors
/// Inside, why it was not sealed, where the backup goes on without; outside where a seal was asked for by name.
fn sealed(
    ctx: &mut Ctx,
    book: &mut Ledger,
    to: &Path,
    asked: bool,
) -> Result<Result<Seal, Failure>, Failure> {
    let at_hand = !book.is_encrypted()?
        || ctx.sessions.of(&ctx.operator).is_some()
        || !(ctx.types_passphrase() || ctx.knows_no_passphrase());
    if !at_hand && !asked {
        return Ok(Err(StoreError::Locked.into()));
    }
    let made = ledger::unlock(ctx, book)
        .and_then(|()| Ok(book.seal(&ctx.actor(), SealReason::Backup, &named(to))?));
    match made {
        Err(failure) if asked => Err(failure),
        made => Ok(made),
    }
}

/// A file's own name, without the folder it lies in.
fn named(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// What the backup is locked with: keys, else a passphrase that was asked for or is at hand.
fn lock(ctx: &Ctx, args: &BackupArgs) -> Result<Option<Lock>, Failure> {
    if !args.encrypt_to.is_empty() {
        return Ok(Some(Lock::keys(&args.encrypt_to)?));
    }
    let passphrase = match args.passphrase.given(ctx)? {
        Some(given) => given,
        None if args.encrypt => secret::asked_twice(ctx)?,
        None => return Ok(None),
    };
    Ok(Some(Lock::passphrase(passphrase)?))
}

fn tried(ctx: &mut Ctx, book: &Ledger, to: &Path, encrypted: bool) -> Result<Exit, Failure> {
    let (seq, head) = book.books().head()?;
    let mut card = Card::new();
    card.fact(Column::text("backup", "备份", "backup"), Cell::text(to.display().to_string()));
    card.fact(Column::number("head_seq", "末个事件", "last event"), Cell::Int(seq));
    card.fact(Column::code("head", "链头", "head"), Cell::text(head.short()));
    card.fact(Column::text("encrypted", "加密", "encrypted"), Cell::Flag(encrypted));
    ctx.print_card(&card)?;
    ctx.out.flush()?;
    ledger::tried(ctx, true)?;
    Ok(Exit::Done)
}

fn show(ctx: &mut Ctx, made: &BackedUp, seal: Option<&Seal>, dropped: Vec<String>) -> Result<(), Failure> {
    let mut card = Card::new();
    let size = i64::try_from(made.size).unwrap_or(i64::MAX);
    card.fact(Column::text("backup", "备份", "backup"), Cell::text(made.path.display().to_string()));
    card.fact(Column::number("bytes", "字节", "bytes"), Cell::Int(size));
    card.fact(Column::number("records", "记录", "records"), Cell::Int(made.records));
    card.fact(Column::number("head_seq", "末个事件", "last event"), Cell::Int(made.seq));
    card.fact(Column::code("head", "链头", "head"), Cell::text(made.head.to_string()));
    card.fact(Column::text("encrypted", "加密", "encrypted"), Cell::Flag(made.encrypted));
    card.fact(Column::text("verified", "核对", "verified"), Cell::word(&made.verified));
    let code = seal.map(|seal| seal.code().to_string());
    card.fact(Column::code("sealed_as", "封签码", "sealed as"), Cell::known(code, Cell::text));
    let deleted = if dropped.is_empty() { Cell::Empty } else { Cell::List(dropped) };
    card.fact(Column::text("deleted", "已删除", "deleted"), deleted);
    ctx.print_card(&card)?;
    // A remark that follows is read after it.
    Ok(ctx.out.flush()?)
}

/// The dated name of a new backup in a folder; to the second where the minute is taken.
fn dated(folder: &Path, station: &str, now: Time, encrypted: bool) -> PathBuf {
    let digits = now.compact();
    let (day, clock) = digits.split_at(8);
    let ending = if encrypted { ".db.age" } else { ".db" };
    let named = |clock: &str| folder.join(format!("guazhang-{station}-{day}T{clock}{ending}"));
    let minute = named(&clock[..4]);
    if minute.symlink_metadata().is_ok() { named(clock) } else { minute }
}

/// The time in a dated name of this station, as fourteen digits; `None` for any other file.
fn time_in(name: &str, station: &str) -> Option<String> {
    let rest = name.strip_prefix("guazhang-")?.strip_prefix(station)?.strip_prefix('-')?;
    let stamp = rest.strip_suffix(".db.age").or_else(|| rest.strip_suffix(".db"))?;
    let (day, clock) = stamp.split_once('T')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = day.len() == 8 && matches!(clock.len(), 4 | 6) && digits(day) && digits(clock);
    fits.then(|| format!("{day}{clock:0<6}"))
}

/// Deletes all but the newest `keep` dated backups of the station; their names. The one just made always stays.
fn drop_old(folder: &Path, station: &str, keep: u32, made: &Path) -> Result<Vec<String>, Failure> {
    let mut dated: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(time) = time_in(&name, station).filter(|_| made.file_name() != Some(name.as_ref())) {
            dated.push((time, name));
        }
    }
    dated.sort();
    let stay = usize::try_from(keep.saturating_sub(1)).unwrap_or(usize::MAX);
    let old = dated.len().saturating_sub(stay);
    let mut dropped = Vec::new();
    for (_, name) in dated.into_iter().take(old) {
        fs::remove_file(folder.join(&name))?;
        dropped.push(name);
    }
    Ok(dropped)
}

/// Whether two files lie on one disk, as far as the system tells.
#[cfg(unix)]
fn same_disk(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let disk = |path: &Path| path.metadata().map(|file| file.dev()).ok();
    disk(one).is_some() && disk(one) == disk(other)
}

/// Whether two files lie on one disk: under one drive letter.
#[cfg(not(unix))]
fn same_disk(one: &Path, other: &Path) -> bool {
    let drive = |path: &Path| {
        let whole = path.canonicalize().ok()?;
        whole.components().next().map(|first| first.as_os_str().to_owned())
    };
    drive(one).is_some() && drive(one) == drive(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dated_names_of_the_station_have_a_time() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("guazhang-A1-20211102T0900.db",       Some("20211102090000")),
            ("guazhang-A1-20211102T090015.db.age", Some("20211102090015")),
            ("guazhang-A2-20211102T0900.db",       None),
            ("guazhang-A11-20211102T0900.db",      None),
            ("guazhang-A1-20211102T0900.db.bak",   None),
            ("guazhang-A1-2021-11-02.db",          None),
            ("guazhang-A1-20211102T09.db",         None),
            ("guazhang.db",                        None),
        ];
        for (name, time) in cases {
            assert_eq!(time_in(name, "A1").as_deref(), time, "{name}");
        }
    }
}
