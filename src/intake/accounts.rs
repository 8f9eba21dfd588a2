//! A list of personal accounts with their balances, a bank's or the virtual side's, read as a stream of checked rows.
//!
//! What the rows mean beside those of the other side is not known here, and
//! nothing is stored.

use crate::domain::{AccountEntry, AccountState, Money, Person, Time};
use crate::intake::cell::amount;
use crate::intake::column::{AccountField as Field, SheetKind};
use crate::intake::draft::{id_no, id_type};
use crate::intake::reading::Reading;
use crate::intake::record_sheet::SheetSummary;
use crate::intake::sheet::{Next, Sheet, Trailer};
use crate::intake::sums::count_in;
use crate::intake::{ColumnMap, Fault, FaultReason, Padded, SheetError};
use rustc_hash::FxHashMap;
use std::path::Path;

/// Totals of a page or carried forward: what they sum is not known here.
const PARTIAL: &[&str] = &["小计", "累计", "subtotal", "本"];

/// One account as the list states it, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountDraft {
    /// The account.
    pub entry: AccountEntry,
    /// Line of the file.
    pub at_line: u64,
}

/// A list being read; gives one account at a time, a row with faults as its faults.
pub struct AccountsSheet {
    sheet: Sheet,
    /// The bank whose list it is; empty where each row names its own.
    bank: String,
    now: Time,
    /// The line of each account, by bank and number.
    seen: FxHashMap<(String, String), u64>,
    /// Sum and count after each row of totals, in their order.
    above: Vec<(u64, Money)>,
    summary: SheetSummary,
    done: bool,
}

impl AccountsSheet {
    /// Opens a list and resolves its headings. `bank` is the bank whose list it is; empty where each row names its own.
    ///
    /// # Errors
    /// [`SheetError`] where the file is not a sheet at all or its headings do not do.
    pub fn open(path: &Path, map: &ColumnMap, bank: &str, now: Time) -> Result<AccountsSheet, SheetError> {
        let sheet = Sheet::open(path, SheetKind::Accounts, map, &|_| None)?;
        let keys = [Field::IdNo, Field::CardNo].map(usize::from);
        let balance = [usize::from(Field::Balance)];
        let named = [usize::from(Field::Bank)];
        if bank.is_empty() {
            sheet.require(&[&balance, &keys, &named])?;
        } else {
            sheet.require(&[&balance, &keys])?;
        }
        Ok(AccountsSheet {
            sheet,
            bank: bank.to_owned(),
            now,
            seen: FxHashMap::default(),
            above: Vec::new(),
            summary: SheetSummary::default(),
            done: false,
        })
    }

    /// What was read, once the last row has been taken, and what is wrong with the totals that the list states of
    /// itself. Where rows were refused nothing can be said of those.
    pub fn finish(mut self) -> (SheetSummary, Vec<Fault>) {
        let faults = if self.summary.refused == 0 { self.totals() } else { Vec::new() };
        let summary = SheetSummary {
            passed: self.sheet.passed,
            ignored_columns: self.sheet.ignored.clone(),
            origin: self.sheet.origin.clone(),
            ..self.summary
        };
        (summary, faults)
    }

    /// A row of totals is the sum of all rows above it, or of those since the one before; one above every row is that
    /// of the whole.
    fn totals(&mut self) -> Vec<Fault> {
        self.note_trailers();
        let whole = (self.summary.records, self.summary.total);
        let (mut faults, mut before) = (Vec::new(), (0, Money::ZERO));
        for (trailer, above) in self.sheet.trailers.iter().zip(&self.above) {
            let word = trailer.word.to_lowercase();
            if PARTIAL.iter().any(|part| word.contains(part)) {
                continue;
            }
            let section = (above.0 - before.0, above.1 - before.1);
            let sums = if trailer.after == 0 { [whole, whole] } else { [*above, section] };
            faults.extend(self.of_one(trailer, sums));
            before = *above;
        }
        faults
    }

    fn of_one(&self, trailer: &Trailer, sums: [(u64, Money); 2]) -> Option<Fault> {
        let column = usize::from(Field::Balance);
        let text = trailer.cells.iter().find(|(place, _)| *place == column).map(|(_, text)| text.as_str());
        let stated = text.and_then(|text| amount(text).ok());
        let count = trailer.texts.iter().find_map(|text| count_in(text));
        let fits = |(rows, sum): (u64, Money)| {
            stated.is_none_or(|stated| stated == sum) && count.is_none_or(|count| count == rows)
        };
        if sums.into_iter().any(fits) {
            return None;
        }
        let (rows, sum) = sums[0];
        if stated.is_some_and(|stated| stated != sum) {
            let reason = FaultReason::StatedTotal { rows: sum };
            let fault = self.sheet.cell_fault(column, text.unwrap_or_default(), reason);
            return Some(Fault { line: trailer.line, ..fault });
        }
        let reason = FaultReason::StatedCount { stated: count.unwrap_or_default(), rows };
        Some(Fault { line: trailer.line, text: trailer.word.clone(), ..self.sheet.row_fault(reason) })
    }

    /// Notes the sums above the rows of totals that were passed since the last row.
    fn note_trailers(&mut self) {
        self.above.resize(self.sheet.trailers.len(), (self.summary.records, self.summary.total));
    }

    fn read(&mut self) -> Result<AccountDraft, Vec<Fault>> {
        let mut row = Reading::new(&self.sheet);
        let at_line = self.sheet.row.line;
        if !row.faults.is_empty() {
            return Err(row.faults);
        }
        let entry = read(&mut row, &self.bank, self.now);
        if row.faults.is_empty() {
            let Person { card_no, id_no, .. } = &entry.person;
            let number = if card_no.is_empty() { id_no } else { card_no };
            let first = *self.seen.entry((entry.bank.clone(), number.clone())).or_insert(at_line);
            if first != at_line {
                let column = if card_no.is_empty() { Field::IdNo } else { Field::CardNo };
                row.refuse(column, FaultReason::AccountTwice { first_line: first });
            }
        }
        Padded::gather(&mut self.summary.padded, row.padded);
        if !row.faults.is_empty() {
            return Err(row.faults);
        }
        self.summary.records += 1;
        self.summary.total += entry.balance;
        Ok(AccountDraft { entry, at_line })
    }
}

impl Iterator for AccountsSheet {
    type Item = Result<AccountDraft, Vec<Fault>>;

    fn next(&mut self) -> Option<Result<AccountDraft, Vec<Fault>>> {
        if self.done {
            return None;
        }
        let next = self.sheet.next_row();
        self.note_trailers();
        let read = match next {
            Next::End => {
                self.done = true;
                return None;
            }
            Next::Broken(fault) => {
                self.done = true;
                Err(vec![fault])
            }
            Next::Row => self.read(),
        };
        self.summary.refused += u64::from(read.is_err());
        Some(read)
    }
}

/// Reads the present row. The entry is complete only where no fault was found.
fn read(row: &mut Reading<'_>, bank: &str, now: Time) -> AccountEntry {
    let id_type = id_type(row, Field::IdType);
    let person = Person {
        name: row.text(Field::Name),
        id_no: id_no(row, Field::IdNo, &id_type, now),
        id_type,
        phone: String::new(),
        card_no: row.number(Field::CardNo),
        psn_no: row.number(Field::PsnNo),
    };
    if row.raw(Field::IdNo).is_empty() && row.raw(Field::CardNo).is_empty() {
        row.refuse(Field::IdNo, FaultReason::NoKey);
    }
    let balance = row.amount(Field::Balance);
    if row.raw(Field::Balance).is_empty() {
        row.refuse(Field::Balance, FaultReason::Missing);
    }
    let state = row.parse(Field::State.into(), |text| text.parse().map_err(FaultReason::Word));
    AccountEntry {
        bank: bank_of(row, bank),
        person,
        old_card_no: row.number(Field::OldCardNo),
        balance: balance.unwrap_or_default(),
        state: state.unwrap_or(AccountState::Normal),
    }
}

/// The bank of a row: what it says, which is the bank of the list where the list is of one.
fn bank_of(row: &mut Reading<'_>, bank: &str) -> String {
    let said = row.text(Field::Bank);
    if said.is_empty() && bank.is_empty() {
        row.refuse(Field::Bank, FaultReason::Missing);
    }
    if !said.is_empty() && !bank.is_empty() && said != bank {
        row.refuse(Field::Bank, FaultReason::OtherBank { bank: bank.to_owned() });
    }
    if bank.is_empty() { said } else { bank.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::testing::file;
    use crate::text::{Explain as _, Lang};

    const NOW: &str = "2019-12-01T09:00:00";

    fn told(text: &str, bank: &str) -> (Vec<AccountEntry>, Vec<String>) {
        let (_folder, path) = file("list.csv", text.as_bytes());
        let mut sheet = AccountsSheet::open(&path, &ColumnMap::none(), bank, NOW.parse().unwrap()).unwrap();
        let (mut entries, mut faults) = (Vec::new(), Vec::new());
        for row in &mut sheet {
            match row {
                Ok(draft) => entries.push(draft.entry),
                Err(found) => faults.extend(found),
            }
        }
        faults.extend(sheet.finish().1);
        (entries, faults.iter().map(|fault| format!("{}: {}", fault.line, fault.reason.id())).collect())
    }

    #[test]
    fn rows_are_read_and_refused_one_by_one() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // row                                              fault
            ("甲银行,陆样,11990019491231002X,6217001,12.50,正常",    ""),
            ("甲银行,陆样,11990019491231002X,6217001,-3.00,挂失",    ""),
            (",陆样,,6217001,0,",                                ""),
            ("乙银行,陆样,,6217001,0,",                           "2: other_bank"),
            ("甲银行,陆样,,,1.00,",                               "2: no_key"),
            ("甲银行,陆样,11990019491231002X,6217001,,",          "2: missing"),
            ("甲银行,陆样,11990019491231002X,6217001,1.005,",     "2: amount"),
            ("甲银行,陆样,119900194912310021,6217001,1.00,",      "2: check_digit"),
            ("甲银行,陆样,11990019491231002X,6217001,1.00,注销",    "2: word"),
        ];
        for (row, want) in cases {
            let (entries, faults) = told(&format!("银行,姓名,身份证号,卡号,余额,状态\n{row}\n"), "甲银行");
            assert_eq!(faults.join(" "), want, "{row}");
            assert_eq!(entries.len(), usize::from(want.is_empty()), "{row}");
        }
    }

    #[test]
    fn one_account_stands_once_and_the_totals_are_those_of_the_rows() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // rows                                           fault
            ("6217001,1.00\n6217002,2.00\n合计,3.00",          ""),
            ("6217001,1.00\n6217002,2.00\n合计：2 笔,3.00",     ""),
            ("6217001,1.00\n6217002,2.00\n合计,3.01",          "4: stated_total"),
            ("6217001,1.00\n6217002,2.00\n合计：3 笔,",         "4: stated_count"),
            ("6217001,1.00\n6217001,1.00\n合计,2.00",          "3: account_twice"),
        ];
        for (rows, want) in cases {
            let (_, faults) = told(&format!("卡号,余额\n{rows}\n"), "甲银行");
            assert_eq!(faults.join(" "), want, "{rows}");
        }
    }

    #[test]
    fn a_list_of_several_banks_names_them() {
        let (entries, faults) =
            told("承办银行,psn_no,certno,balc\n甲银行,1,11990019491231002X,5\n,2,440524188001010014,6\n", "");
        assert_eq!((entries[0].bank.as_str(), entries[0].balance), ("甲银行", Money::from_fen(500)));
        assert_eq!(faults, ["3: missing"]);
        let (_folder, path) = file("list.csv", "身份证号,余额\n".as_bytes());
        let opened = AccountsSheet::open(&path, &ColumnMap::none(), "", NOW.parse().unwrap());
        let Err(error) = opened else { panic!("a list that names no bank is refused") };
        assert!(error.what(Lang::En).contains("bank"), "{}", error.what(Lang::En));
    }
}
