//! The options that every command takes. What they mean together (which ledger,
//! whose name, what time) is settled in `ctx`.

use crate::closed_list;
use crate::domain::Time;
use crate::report::Format;
use crate::text::{Lang, UnknownWord};
use std::path::PathBuf;

closed_list! {
    /// Columns of a character of ambiguous width.
    AmbiguousWidth as "ambiguous-width" {
        One = "1", "一列", "one column";
        Two = "2", "两列", "two columns";
    }
}

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
    #[arg(long, global = true, value_name = "table|json|csv", value_parser = shape)]
    pub format: Option<Shape>,

    /// Holidays of years that are not built in, TOML
    #[arg(long, global = true, value_name = "FILE")]
    pub holidays: Option<PathBuf>,

    /// Columns that this terminal gives to characters such as “ … ×; else $GUAZHANG_AMBIGUOUS_WIDTH, 1
    #[arg(long, global = true, value_name = "1|2")]
    pub ambiguous_width: Option<AmbiguousWidth>,

    /// Print long output at once; else it goes through $GUAZHANG_PAGER or $PAGER on a terminal
    #[arg(long, global = true)]
    pub no_pager: bool,

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

closed_list! {
    /// What `--format` may say. The last two are for `export data` alone.
    Shape as "format" {
        Table = "table", "表格", "a table for people";
        Json = "json", "JSON 对象", "one JSON object";
        Csv = "csv", "逗号分隔", "comma separated values";
        Parquet = "parquet", "列式文件", "columns for analysts";
        Hledger = "hledger", "复式记账", "a journal of double entries";
    }
}

impl Shape {
    /// How every command may print; `None` where only `export data` can.
    pub fn format(self) -> Option<Format> {
        match self {
            Shape::Table => Some(Format::Table),
            Shape::Json => Some(Format::Json),
            Shape::Csv => Some(Format::Csv),
            Shape::Parquet | Shape::Hledger => None,
        }
    }

    /// The ending of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Shape::Table | Shape::Json => "json",
            Shape::Csv => "csv",
            Shape::Parquet => "parquet",
            Shape::Hledger => "journal",
        }
    }
}

/// Reads a format; only those that every command takes are named where it is none.
fn shape(text: &str) -> Result<Shape, UnknownWord> {
    text.parse().map_err(|mut error: UnknownWord| {
        error.known.retain(|word| !matches!(*word, "parquet" | "hledger"));
        error
    })
}

/// Reads a language.
pub(super) fn language(text: &str) -> Result<Lang, UnknownWord> {
    match text.trim() {
        "zh" => Ok(Lang::Zh),
        "en" => Ok(Lang::En),
        other => Err(UnknownWord { what: "lang", text: other.to_owned(), known: vec!["zh", "en"] }),
    }
}
