//! The options that every command takes. What they mean together (which ledger,
//! whose name, what time) is settled in `ctx`.

use crate::domain::Time;
use crate::report::Format;
use crate::text::{Lang, UnknownWord};
use std::path::PathBuf;

/// Options of every command.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// The ledger; else $GUAZHANG_LEDGER, guazhang.db here, the user's data directory
    #[arg(long, global = true, value_name = "FILE")]
    pub ledger: Option<PathBuf>,

    /// The time that stands for now, as 2021-10-29T10:20:00; else $GUAZHANG_AS_OF, the clock
    #[arg(long, global = true, value_name = "TIME")]
    pub as_of: Option<Time>,

    /// Who works at the window; else $GUAZHANG_OPERATOR, the user of this machine
    #[arg(long, global = true, value_name = "NAME")]
    pub operator: Option<String>,

    /// A file whose first line is the operator's passphrase; else $GUAZHANG_PASSPHRASE, else it is asked for
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,

    /// Language of all texts; else $GUAZHANG_LANG, the language of the system
    #[arg(long, global = true, value_name = "zh|en", value_parser = language)]
    pub lang: Option<Lang>,

    /// How results are printed
    #[arg(long, global = true, value_name = "table|json|csv")]
    pub format: Option<Format>,

    /// Holidays of years that are not built in, TOML
    #[arg(long, global = true, value_name = "FILE")]
    pub holidays: Option<PathBuf>,

    /// Never ask; what is missing is an error
    #[arg(long, global = true)]
    pub no_input: bool,

    /// Answer every question with yes
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
}

/// For commands that show persons.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Reveal {
    /// Show names and identity numbers in full; needs a purpose and leaves an event in the ledger
    #[arg(long)]
    pub reveal: bool,

    /// What they are shown for
    #[arg(long, value_name = "TEXT", requires = "reveal")]
    pub purpose: Option<String>,
}

/// For commands that write.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub struct DryRun {
    /// Show what would be done and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Reads a language.
pub(super) fn language(text: &str) -> Result<Lang, UnknownWord> {
    match text.trim() {
        "zh" => Ok(Lang::Zh),
        "en" => Ok(Lang::En),
        other => Err(UnknownWord { what: "lang", text: other.to_owned(), known: vec!["zh", "en"] }),
    }
}
