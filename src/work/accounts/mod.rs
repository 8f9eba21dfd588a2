//! Account migration (实转虚): lists of banks and of the virtual side come in, are compared by sums and then
//! person by person, and what agrees leaves as data for the platform.
//!
//! A rehearsal goes through the same steps on lists of its own; nothing of it reaches
//! the register, a run or an export.

mod compare;
mod error;
mod export;
mod take;

pub use compare::{BankStanding, Comparison, Portion, account_standing, compare};
pub use error::AccountsError;
pub use export::{AccountsSent, export_accounts};
pub use take::{AccountsFile, AccountsTaken, take_accounts};

use crate::work::WorkError;

/// The longest name of a lot or bank, in characters.
const LONGEST: usize = 40;

/// A lot (批次) in which accounts move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Its name.
    pub name: String,
    /// It is only rehearsed.
    pub rehearsal: bool,
}

impl Lot {
    /// The lot of a name.
    ///
    /// # Errors
    /// [`AccountsError::BadName`] where the name is empty, too long or no line of text.
    pub fn new(name: &str, rehearsal: bool) -> Result<Lot, WorkError> {
        Ok(Lot { name: plain_name(name)?, rehearsal })
    }
}

/// The name of a lot or a bank, trimmed.
///
/// # Errors
/// [`AccountsError::BadName`] where it is empty, too long or no line of text.
pub fn plain_name(text: &str) -> Result<String, WorkError> {
    let name = text.trim();
    let fits = !name.is_empty() && name.chars().count() <= LONGEST && !name.contains(char::is_control);
    if fits { Ok(name.to_owned()) } else { Err(AccountsError::BadName { text: name.to_owned() }.into()) }
}
