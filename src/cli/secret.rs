//! Where the passphrase of a backup comes from, and what a failed backup amounts to.
//!
//! A file named on the command line, else the environment, else the terminal. A
//! passphrase is never an argument: those stand in the shell's history and in
//! the list of processes.

use crate::cli::{Ctx, Exit, Failure, Says, ctx};
use crate::store::{BackupError, Passphrase};
use crate::work::WorkError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The variable that a backup's passphrase is read from.
pub(super) const VARIABLE: &str = "GUAZHANG_BACKUP_PASSPHRASE";

/// Where a passphrase may be read.
#[derive(clap::Args, Clone, Debug, Default)]
pub(super) struct PassphraseFrom {
    /// A file whose first line is the backup's passphrase; else $GUAZHANG_BACKUP_PASSPHRASE, the terminal
    #[arg(long, value_name = "FILE")]
    backup_passphrase_file: Option<PathBuf>,
}

impl PassphraseFrom {
    /// The passphrase, where one is given without asking.
    pub(super) fn given(&self, ctx: &Ctx) -> Result<Option<Passphrase>, Failure> {
        let Some(path) = &self.backup_passphrase_file else {
            return Ok(ctx::variable(VARIABLE).map(|text| Passphrase::new(&text)));
        };
        let text = ctx.read_text(path)?;
        let first = text.lines().next().unwrap_or_default();
        Ok(Some(Passphrase::new(first)))
    }
}

/// Asks for a passphrase on the terminal, unseen; `None` where nobody may be asked.
pub(super) fn asked(ctx: &Ctx, zh: &str, en: &str) -> Result<Option<Passphrase>, Failure> {
    if !ctx.asks {
        return Ok(None);
    }
    match rpassword::prompt_password(ctx.lang.pick(zh, en)) {
        Ok(text) => Ok(Some(Passphrase::new(&text))),
        Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::UnexpectedEof) => {
            Err(Failure::interrupted())
        }
        Err(error) => Err(error.into()),
    }
}

/// A new passphrase, typed twice; refused where there is no terminal.
pub(super) fn asked_twice(ctx: &Ctx) -> Result<Passphrase, Failure> {
    let first = asked(ctx, "备份口令：", "passphrase of the backup: ")?;
    let second = if first.is_some() { asked(ctx, "再输一遍：", "once more: ")? } else { None };
    let (Some(first), Some(second)) = (first, second) else {
        let none = Says::new("加密备份需要口令", "an encrypted backup needs a passphrase");
        return Err(Failure::refused(none.hint(
            "用 --backup-passphrase-file 或 $GUAZHANG_BACKUP_PASSPHRASE 给出，或用 --encrypt-to 加密给公钥",
            "give it with --backup-passphrase-file or $GUAZHANG_BACKUP_PASSPHRASE, or encrypt to a key with --encrypt-to",
        )));
    };
    if first.is(&second) {
        return Ok(first);
    }
    let differ = Says::new("两次输入的口令不同", "the two passphrases are not the same");
    Err(Failure::refused(differ.hint("请重新输入", "try again; nothing was written")))
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Failure {
        let exit = match &error {
            BackupError::Store(_) => Exit::Failed,
            BackupError::Taken { .. } | BackupError::InUse { .. } => Exit::Conflict,
            BackupError::NoFolder { .. }
            | BackupError::NotABackup { .. }
            | BackupError::OtherSchema { .. }
            | BackupError::Locked { .. }
            | BackupError::WrongKey { .. }
            | BackupError::TooMuchWork { .. }
            | BackupError::BadKey { .. }
            | BackupError::NoKeys { .. }
            | BackupError::ShortPassphrase { .. } => Exit::Refused,
            BackupError::Altered { .. }
            | BackupError::Damaged { .. }
            | BackupError::Disagrees { .. }
            | BackupError::NotAsWritten { .. } => Exit::Integrity,
            BackupError::Io { error, .. } => match error.kind() {
                ErrorKind::NotFound | ErrorKind::IsADirectory => Exit::Refused,
                ErrorKind::PermissionDenied => Exit::NotPermitted,
                _ => Exit::Failed,
            },
        };
        match error {
            BackupError::Store(error) => Failure::from(WorkError::from(error)),
            BackupError::Disagrees { path, mut faults } => {
                let items = std::mem::take(&mut faults);
                Failure::new(exit, BackupError::Disagrees { path, faults }).with_items(items)
            }
            error => Failure::new(exit, error),
        }
    }
}

/// A file that must be there to be read.
pub(super) fn must_exist(path: &Path) -> Result<(), Failure> {
    if path.is_file() {
        return Ok(());
    }
    let path = path.display();
    let none = Says::new(format!("没有文件 {path}"), format!("there is no file {path}"));
    Err(Failure::refused(none.hint("请检查文件名", "check the name")))
}
