//! The sums of a statement's rows, and whether its own rows of totals say the same.
//!
//! A row of totals is the sum of all rows above it, or of those since the one
//! before; one above every row is the sum of the whole. Reports print refunds with
//! a minus or with a flag only, so a total may be that of the figures as they
//! stand or that after refunds; anything else refuses the statement.

use crate::domain::{Money, MoneyError, Settlement};
use crate::intake::column::StatementField as Field;
use crate::intake::sheet::{Sheet, Trailer};
use crate::intake::{Fault, FaultReason};

/// The amounts of which a statement may state totals.
const AMOUNTS: [Field; 5] = [Field::Total, Field::Fund, Field::Account, Field::Cash, Field::Hospital];

/// Totals of a page, a day or a group, and those carried forward: what they sum is not known here.
const PARTIAL: &[&str] = &["小计", "累计", "subtotal", "本"];

/// Words beside a count of rows.
const COUNTED: &[&str] = &["笔", "条", "人次", "rows"];

/// Counts and sums of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Rows.
    pub rows: u64,
    /// Total, fund, account, cash and the hospital's share, as printed.
    pub printed: [Money; 5],
    /// The same after refunds: what a reversal names is taken away, whichever sign it is printed with.
    pub net: [Money; 5],
}

impl Sums {
    pub(super) fn add(&mut self, s: &Settlement) {
        self.rows += 1;
        let parts = [Some(s.total), s.fund, s.account, s.cash, s.hospital];
        for (at, part) in parts.into_iter().enumerate() {
            let part = part.unwrap_or_default();
            self.printed[at] += part;
            self.net[at] += s.signed_part(part);
        }
    }

    fn since(&self, before: &Sums) -> Sums {
        let less = |one: &[Money; 5], other: &[Money; 5]| std::array::from_fn(|at| one[at] - other[at]);
        Sums {
            rows: self.rows - before.rows,
            printed: less(&self.printed, &before.printed),
            net: less(&self.net, &before.net),
        }
    }
}

/// What is wrong with the totals of a sheet: `above` are the sums of the rows above each of its rows of totals.
pub(super) fn agree(
    sheet: &Sheet,
    whole: &Sums,
    above: &[Sums],
    money: &dyn Fn(&str) -> Result<Money, MoneyError>,
) -> Vec<Fault> {
    let (mut faults, mut before) = (Vec::new(), Sums::default());
    for (trailer, above) in sheet.trailers.iter().zip(above) {
        if PARTIAL.iter().any(|word| trailer.word.to_lowercase().contains(word)) {
            continue;
        }
        let section = above.since(&before);
        let sums = if trailer.after == 0 { [whole, whole] } else { [above, &section] };
        faults.extend(of_one(sheet, trailer, sums, money));
        before = above.clone();
    }
    faults
}

fn of_one(
    sheet: &Sheet,
    trailer: &Trailer,
    sums: [&Sums; 2],
    money: &dyn Fn(&str) -> Result<Money, MoneyError>,
) -> Vec<Fault> {
    let mut said: Vec<(usize, usize, Money, &str)> = Vec::new();
    for (at, field) in AMOUNTS.into_iter().enumerate() {
        let column = usize::from(field);
        let text = trailer.cells.iter().find(|(place, _)| *place == column).map(|(_, text)| text.as_str());
        // A word in a column of amounts, such as the one the row begins with, says nothing of it.
        if let Some((text, Ok(stated))) = text.map(|text| (text, money(text))) {
            said.push((at, column, stated, text));
        }
    }
    let count = trailer.texts.iter().find_map(|text| count_in(text));
    // All of one row of totals is about the same rows.
    let wrong = |sums: &Sums| {
        let amounts =
            said.iter().filter(|(at, _, stated, _)| ![sums.printed[*at], sums.net[*at]].contains(stated));
        amounts.count() + usize::from(count.is_some_and(|count| count != sums.rows))
    };
    if sums.iter().any(|sums| wrong(sums) == 0) {
        return Vec::new();
    }
    let nearest = if wrong(sums[0]) <= wrong(sums[1]) { sums[0] } else { sums[1] };
    let mut faults = Vec::new();
    for (at, column, stated, text) in said {
        if ![nearest.printed[at], nearest.net[at]].contains(&stated) {
            let reason = FaultReason::StatedTotal { rows: nearest.printed[at] };
            faults.push(Fault { line: trailer.line, ..sheet.cell_fault(column, text, reason) });
        }
    }
    if let Some(count) = count.filter(|count| *count != nearest.rows) {
        let reason = FaultReason::StatedCount { stated: count, rows: nearest.rows };
        faults.push(Fault { line: trailer.line, text: trailer.word.clone(), ..sheet.row_fault(reason) });
    }
    faults
}

/// The number before `笔` and the like, as in `合计：12 笔`.
pub(super) fn count_in(text: &str) -> Option<u64> {
    let at = COUNTED.iter().find_map(|word| text.find(word))?;
    let before = text[..at].trim_end();
    let begin = before
        .rfind(|ch: char| !ch.is_ascii_digit() && ch != ',')
        .map_or(0, |found| found + before[found..].chars().next().map_or(1, char::len_utf8));
    before[begin..].replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_the_number_before_its_word() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("合计：12 笔",       Some(12)),
            ("共1,204条",        Some(1204)),
            ("12 rows",          Some(12)),
            ("笔",               None),
            ("合计",             None),
            ("1,234.50",         None),
        ];
        for (text, want) in cases {
            assert_eq!(count_in(text), want, "{text}");
        }
    }
}
