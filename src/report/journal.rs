//! A journal of double entries in plain text, as hledger, ledger and beancount's
//! importers read it.
//!
//! It writes what it is given: which account an amount belongs to is decided elsewhere. Every entry sums to nothing.

use crate::domain::{Day, Money};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// One amount of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The account, as `assets:cash:wechat`.
    pub account: String,
    /// More or less there, in fen.
    pub amount: Money,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub day: Day,
    /// Its number, such as that of a receipt; may be empty.
    pub code: String,
    /// What happened, and to which record.
    pub says: String,
    /// The amounts; they sum to nothing.
    pub postings: Vec<Posting>,
}

/// What an account, with all below it, must hold at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The account.
    pub account: String,
    /// The amount.
    pub amount: Money,
}

/// A journal that can be checked.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    /// Lines at its head.
    pub head: Vec<String>,
    /// What accounts are for: the beginning of the name and a word.
    pub words: Vec<(String, String)>,
    /// What happened.
    pub entries: Vec<Entry>,
    /// What must hold at the end, reckoned another way.
    pub held: Vec<Held>,
}

/// The one commodity.
const YUAN: &str = "CNY";

impl Journal {
    /// Writes the journal, by day.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn print(&self, out: &mut dyn Write, until: Day) -> io::Result<()> {
        for line in &self.head {
            writeln!(out, "; {line}")?;
        }
        writeln!(out, "\ncommodity 1000.00 {YUAN}\n")?;
        let mut accounts: BTreeSet<&str> = self.held.iter().map(|held| held.account.as_str()).collect();
        accounts.extend(self.entries.iter().flat_map(|entry| &entry.postings).map(|p| p.account.as_str()));
        for account in accounts {
            let known = self.words.iter().filter(|(begins, _)| account.starts_with(begins.as_str()));
            match known.max_by_key(|(begins, _)| begins.len()) {
                Some((_, word)) => writeln!(out, "account {account}  ; {}", plain(word))?,
                None => writeln!(out, "account {account}")?,
            }
        }
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_by_key(|entry| entry.day);
        for entry in &entries {
            write!(out, "\n{}", entry.day)?;
            if !entry.code.is_empty() {
                write!(out, " ({})", plain(&entry.code).replace(['(', ')'], " "))?;
            }
            writeln!(out, " {}", plain(&entry.says))?;
            for posting in entry.postings.iter().filter(|posting| !posting.amount.is_zero()) {
                writeln!(out, "    {:<40}  {:>14} {YUAN}", posting.account, posting.amount.to_string())?;
            }
        }
        if !self.held.is_empty() {
            let last = entries.last().map_or(until, |entry| entry.day.max(until));
            writeln!(out, "\n{last} sums of the ledger, reckoned from its records")?;
            for Held { account, amount } in &self.held {
                writeln!(out, "    {account:<40}  {:>14} {YUAN} =* {amount} {YUAN}", "0.00")?;
            }
        }
        Ok(())
    }
}

/// A text that cannot end the line, begin a comment or open a tag.
fn plain(text: &str) -> String {
    text.chars().map(|ch| if ch.is_control() || matches!(ch, ';' | '|') { ' ' } else { ch }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_in_full() {
        let posting = |account: &str, fen| Posting { account: account.into(), amount: Money::from_fen(fen) };
        let entry = |day: &str, says: &str, postings| Entry {
            day: day.parse().unwrap(),
            code: "R-1".into(),
            says: says.into(),
            postings,
        };
        let journal = Journal {
            head: vec!["made up".into()],
            words: vec![("assets:cash".into(), "现金".into())],
            entries: vec![
                entry(
                    "2021-10-30",
                    "A1-0002; x\ny",
                    vec![posting("assets:cash:cash", -50), posting("income", 50)],
                ),
                entry(
                    "2021-10-29",
                    "A1-0001",
                    vec![posting("assets:cash:cash", 100), posting("income", -100)],
                ),
            ],
            held: vec![Held { account: "assets:cash".into(), amount: Money::from_fen(50) }],
        };
        let mut out = Vec::new();
        journal.print(&mut out, "2021-11-01".parse().unwrap()).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
        ; made up

        commodity 1000.00 CNY

        account assets:cash  ; 现金
        account assets:cash:cash  ; 现金
        account income

        2021-10-29 (R-1) A1-0001
            assets:cash:cash                                    1.00 CNY
            income                                             -1.00 CNY

        2021-10-30 (R-1) A1-0002  x y
            assets:cash:cash                                   -0.50 CNY
            income                                              0.50 CNY

        2021-11-01 sums of the ledger, reckoned from its records
            assets:cash                                         0.00 CNY =* 0.50 CNY
        ");
    }
}
