//! `$GUAZHANG_KEY_FILE`: where the key of whole ledgers lies, in a build that encrypts them (`sqlcipher`).
//!
//! `init` makes the key where there is none yet; every other command takes it as it is.

use crate::cli::failure::Failure;
use crate::cli::{Ctx, ctx};
use crate::store::{KeyFileError, make_key, use_key};
use std::path::PathBuf;

/// The variable that names the file.
const VARIABLE: &str = "GUAZHANG_KEY_FILE";

/// Takes the key before anything opens a ledger.
///
/// # Errors
/// A refusal where the file is missing or holds no key; wrong usage where this build can do nothing with one.
pub(super) fn take(ctx: &mut Ctx, founds: bool) -> Result<(), Failure> {
    let Some(path) = ctx::variable(VARIABLE).map(PathBuf::from) else { return Ok(()) };
    match use_key(&path) {
        Err(KeyFileError::Missing { .. }) if founds && !ctx.ledger.exists() => {
            make_key(&path)?;
            use_key(&path)?;
            let path = path.display();
            ctx.remark(
                &format!("已生成整库密钥 {path}：请另存一份副本；没有它，账本和备份都无法打开"),
                &format!("made the key of the whole file, {path}: keep a copy apart; nothing opens the ledger or its backups without it"),
            )
        }
        taken => Ok(taken?),
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Failure {
        match error {
            KeyFileError::NotBuilt => Failure::usage(error),
            error => Failure::refused(error),
        }
    }
}
