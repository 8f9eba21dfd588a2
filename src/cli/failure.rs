//! The only place that prints errors, and that turns them into exit codes.
//!
//! A failure takes the facts of whoever raised it ([`Explain`]) and the
//! [`Exit`] they amount to. It words nothing itself, except for what nobody
//! expected: that travels as `anyhow` and is told step by step.

use crate::cli::Exit;
use crate::text::{Explain, Label, Lang};
use serde_json::{Value, json};
use std::fmt;
use std::io::{self, ErrorKind, Write};

/// So many faults of one file are shown; JSON has all of them.
const SHOWN: usize = 20;

/// Why a command ended early.
pub struct Failure {
    exit: Exit,
    /// `None` where there is nobody left to tell: the reader of a pipe went away.
    error: Option<Box<dyn Explain>>,
    items: Vec<Box<dyn Explain>>,
}

impl Failure {
    /// A failure that ends in `exit`.
    pub fn new(exit: Exit, error: impl Explain + 'static) -> Failure {
        Failure { exit, error: Some(Box::new(error)), items: Vec::new() }
    }

    /// Wrong usage (2).
    pub fn usage(error: impl Explain + 'static) -> Failure {
        Failure::new(Exit::Usage, error)
    }

    /// Input refused, nothing written (4).
    pub fn refused(error: impl Explain + 'static) -> Failure {
        Failure::new(Exit::Refused, error)
    }

    /// Locked, stale or already done (5).
    pub fn conflict(error: impl Explain + 'static) -> Failure {
        Failure::new(Exit::Conflict, error)
    }

    /// The ledger does not agree with itself (6).
    pub fn integrity(error: impl Explain + 'static) -> Failure {
        Failure::new(Exit::Integrity, error)
    }

    /// Not permitted (7).
    pub fn not_permitted(error: impl Explain + 'static) -> Failure {
        Failure::new(Exit::NotPermitted, error)
    }

    /// Stopped by the person at the keyboard (130).
    pub fn interrupted() -> Failure {
        Failure::new(Exit::Interrupted, Says::new("已中断，未写入", "interrupted, nothing was written"))
    }

    /// The single faults behind this failure, such as every bad row of a file.
    pub fn with_items<E: Explain + 'static>(mut self, items: impl IntoIterator<Item = E>) -> Failure {
        self.items.extend(items.into_iter().map(|item| Box::new(item) as Box<dyn Explain>));
        self
    }

    /// What the shell is told.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// What happened, for whoever goes on without.
    pub(super) fn what(&self, lang: Lang) -> String {
        self.error.as_ref().map(|error| error.what(lang)).unwrap_or_default()
    }

    /// Prints the failure for a person, or as one JSON object.
    ///
    /// # Errors
    /// What `err` answers.
    pub fn print(&self, err: &mut dyn Write, lang: Lang, as_json: bool) -> io::Result<()> {
        let Some(error) = &self.error else { return Ok(()) };
        if as_json {
            return crate::report::print_object(err, &json!({ "error": self.json(error.as_ref(), lang) }));
        }
        writeln!(err, "{}{}", lang.pick("错误：", "error: "), error.what(lang))?;
        let mark = lang.pick("提示：", "hint: ");
        let common = self.common_hint(lang);
        for item in self.items.iter().take(SHOWN) {
            writeln!(err, "  {}", item.what(lang))?;
            if common.is_none() {
                writeln!(err, "    {mark}{}", item.hint(lang))?;
            }
        }
        if let Some(rest) = self.items.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
            match lang {
                Lang::Zh => writeln!(err, "  ……另有 {rest} 处，用 --format json 查看全部")?,
                Lang::En => writeln!(err, "  ... and {rest} more; --format json lists all of them")?,
            }
        }
        // First what mends the rows, then what to do with the whole.
        let whole = Some(error.hint(lang)).filter(|hint| common.as_ref() != Some(hint));
        for hint in common.into_iter().chain(whole).filter(|hint| !hint.is_empty()) {
            writeln!(err, " {mark}{hint}")?;
        }
        Ok(())
    }

    /// What all items advise, said once; `None` where they differ and each says its own.
    fn common_hint(&self, lang: Lang) -> Option<String> {
        let mut hints = self.items.iter().map(|item| item.hint(lang));
        let first = hints.next().unwrap_or_default();
        hints.all(|hint| hint == first).then_some(first)
    }

    fn json(&self, error: &dyn Explain, lang: Lang) -> Value {
        let told = |error: &dyn Explain| json!({ "what": error.what(lang), "hint": error.hint(lang) });
        let items: Vec<Value> = self.items.iter().map(|item| told(item.as_ref())).collect();
        json!({ "kind": self.exit.id(), "what": error.what(lang), "hint": error.hint(lang), "items": items })
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.error.as_ref().map(|error| error.what(Lang::En));
        f.debug_struct("Failure").field("exit", &self.exit).field("what", &what).finish_non_exhaustive()
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        let broken = |cause: &(dyn std::error::Error + 'static)| {
            cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe)
        };
        if error.chain().any(broken) {
            return Failure { exit: Exit::Done, error: None, items: Vec::new() };
        }
        Failure::new(Exit::Failed, Unexpected(error))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::from(anyhow::Error::from(error))
    }
}

/// What nobody expected, told from the outermost step to the cause.
struct Unexpected(anyhow::Error);

impl Explain for Unexpected {
    fn what(&self, _: Lang) -> String {
        format!("{:#}", self.0)
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "请再试一次；若仍出现，请把以上文字交给信息科",
            "try again; if it happens again, show the text above to whoever looks after this machine",
        )
        .to_owned()
    }
}

/// A short failure of the front itself, worded where it is raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Says {
    what: [String; 2],
    hint: [String; 2],
}

impl Says {
    /// What happened, in Chinese and in English.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Says {
        Says { what: [zh.into(), en.into()], hint: Default::default() }
    }

    /// What to do, in Chinese and in English.
    pub fn hint(mut self, zh: impl Into<String>, en: impl Into<String>) -> Says {
        self.hint = [zh.into(), en.into()];
        self
    }
}

impl Explain for Says {
    fn what(&self, lang: Lang) -> String {
        let [zh, en] = &self.what;
        lang.pick(zh, en).to_owned()
    }

    fn hint(&self, lang: Lang) -> String {
        let [zh, en] = &self.hint;
        lang.pick(zh, en).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Day, Money, MoneyError};
    use anyhow::Context;

    fn printed(failure: &Failure, lang: Lang, as_json: bool) -> String {
        let mut err = Vec::new();
        failure.print(&mut err, lang, as_json).unwrap();
        String::from_utf8(err).unwrap()
    }

    fn bad_amount() -> MoneyError {
        "12,5".parse::<Money>().unwrap_err()
    }

    #[test]
    fn what_happened_and_what_to_do_in_both_languages() {
        let failure = Failure::refused(bad_amount());
        insta::assert_snapshot!(printed(&failure, Lang::En, false), @r#"
        error: is not an amount in yuan
         hint: write at most two decimals and no commas, as in 12.50
        "#);
        insta::assert_snapshot!(printed(&failure, Lang::Zh, false), @r#"
        错误：不是以元为单位的金额
         提示：金额最多两位小数，不带千分位，如 12.50
        "#);
        insta::assert_snapshot!(printed(&failure, Lang::En, true), @r#"
        {
          "schema": 1,
          "error": {
            "kind": "refused",
            "what": "is not an amount in yuan",
            "hint": "write at most two decimals and no commas, as in 12.50",
            "items": []
          }
        }
        "#);
    }

    #[test]
    fn twenty_faults_are_shown_and_json_has_all() {
        let failure = Failure::refused(Says::new("二十二处", "22 faults")).with_items(vec![bad_amount(); 22]);
        let shown = printed(&failure, Lang::En, false);
        assert_eq!(shown.lines().count(), 1 + 20 + 1 + 1);
        assert!(shown.contains("... and 2 more"), "{shown}");
        let object: Value = serde_json::from_str(&printed(&failure, Lang::En, true)).unwrap();
        assert_eq!(object["error"]["items"].as_array().map(Vec::len), Some(22));
    }

    #[test]
    fn advice_is_given_once_where_it_is_the_same() {
        let of = |amounts: &[&str]| {
            let faults: Vec<_> = amounts.iter().map(|text| text.parse::<Day>().unwrap_err()).collect();
            printed(&Failure::refused(Says::new("坏", "bad.csv")).with_items(faults), Lang::En, false)
        };
        assert_eq!(of(&["x", "y"]).matches("hint:").count(), 1);
        let failure =
            Failure::refused(Says::new("坏", "bad.csv").hint("再来", "again")).with_items([bad_amount()]);
        let shown = printed(&failure, Lang::En, false);
        assert!(
            shown.ends_with(" hint: write at most two decimals and no commas, as in 12.50\n hint: again\n"),
            "{shown}"
        );
        let failure = Failure::refused(Says::new("坏", "bad.csv"))
            .with_items([Says::new("甲", "a").hint("一", "one"), Says::new("乙", "b").hint("二", "two")]);
        let shown = printed(&failure, Lang::En, false);
        assert_eq!(shown, "error: bad.csv\n  a\n    hint: one\n  b\n    hint: two\n");
    }

    #[test]
    fn the_unexpected_is_told_step_by_step() {
        let full = || io::Error::new(ErrorKind::StorageFull, "no space left");
        let failure = Failure::from(Err::<(), _>(full()).context("writing the batch").unwrap_err());
        assert_eq!(failure.exit(), Exit::Failed);
        assert!(printed(&failure, Lang::En, false).starts_with("error: writing the batch: no space left\n"));
    }

    #[test]
    fn a_reader_that_left_is_told_nothing() {
        let gone = io::Error::new(ErrorKind::BrokenPipe, "broken pipe");
        let failure = Failure::from(anyhow::Error::from(gone).context("printing"));
        assert_eq!((failure.exit(), printed(&failure, Lang::En, false)), (Exit::Done, String::new()));
    }
}
