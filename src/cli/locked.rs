//! Batches for certain readers only: whom they are encrypted to, and what opens them.

use crate::cli::{Ctx, Failure};
use crate::store::{Lock, Opener};
use std::path::PathBuf;
use std::sync::Arc;

/// Whom a batch is encrypted to.
#[derive(clap::Args, Clone, Debug, Default)]
pub(super) struct EncryptTo {
    /// Encrypt the files to this public key (age1…), once for each reader; manifest and cover sheet stay readable
    #[arg(long, value_name = "KEY")]
    encrypt_to: Vec<String>,
}

impl EncryptTo {
    /// The lock; `None` where the files stay in the clear.
    ///
    /// # Errors
    /// Input refused where a text is no public key.
    pub(super) fn lock(&self) -> Result<Option<Arc<Lock>>, Failure> {
        if self.encrypt_to.is_empty() {
            return Ok(None);
        }
        Ok(Some(Arc::new(Lock::keys(&self.encrypt_to)?)))
    }
}

/// What opens an encrypted batch.
#[derive(clap::Args, Clone, Debug, Default)]
pub(super) struct Identity {
    /// A file of secret keys (AGE-SECRET-KEY-1…), to look into an encrypted batch
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

impl Identity {
    /// The keys, where a file was given.
    ///
    /// # Errors
    /// Input refused where the file holds none.
    pub(super) fn opener(&self, ctx: &Ctx) -> Result<Option<Opener>, Failure> {
        let Some(path) = &self.identity else { return Ok(None) };
        Ok(Some(Opener::identities(path, &ctx.read_text(path)?)?))
    }
}
