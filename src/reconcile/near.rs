//! Near misses: what nothing else joined, and what is nearly the same on both sides.
//!
//! They are suggested and never joined. Keys cannot say that two texts are
//! nearly equal, so the caller opens the few texts that are needed: those of the
//! pairs that [`near_pairs`] names, which are left over on both sides and have
//! the same total. What of them is alike, [`likeness`] says.

use super::{Claim, Group, Likeness, Outcome, Row};
use crate::domain::{Money, Verdict};

/// Of one total no more pairs than this are looked at.
const PAIRS_OF_A_TOTAL: usize = 64;
/// No more than this in all.
const PAIRS: usize = 20_000;

/// The texts of one side that may nearly agree; empty where it does not know them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Identity number.
    pub id_no: String,
    /// The platform's person number.
    pub psn_no: String,
    /// Name.
    pub name: String,
    /// Receipt number.
    pub receipt: String,
    /// The facility's record number.
    pub record_no: String,
}

/// The pairs of claims and rows that are left on both sides, have the same total, and do not contradict each other in
/// time. No more than a bounded number of them.
pub fn near_pairs(claims: &[Claim], rows: &[Row], outcome: &Outcome) -> Vec<(u32, u32)> {
    let at = |at: usize| super::position(at);
    let mut ours: Vec<(Money, i64, u32)> = (claims.iter().zip(&outcome.claims).enumerate())
        .filter(|(_, (_, verdict))| verdict.verdict == Verdict::Missing)
        .map(|(place, (claim, _))| (claim.total, claim.id, at(place)))
        .collect();
    let mut theirs: Vec<(Money, i64, u32)> = (rows.iter().zip(&outcome.rows).enumerate())
        .filter(|(_, (_, verdict))| verdict.verdict == Verdict::Extra && verdict.repeat_of.is_none())
        .map(|(place, (row, _))| (row.signed(), row.id, at(place)))
        .collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    let mut found = Vec::new();
    for of_total in ours.chunk_by(|one, other| one.0 == other.0) {
        let total = of_total[0].0;
        let from = theirs.partition_point(|entry| entry.0 < total);
        let to = from + theirs[from..].partition_point(|entry| entry.0 == total);
        if of_total.len().saturating_mul(to - from) > PAIRS_OF_A_TOTAL {
            continue;
        }
        for &(_, _, claim) in of_total {
            let fits = |&&(_, _, row): &&(Money, i64, u32)| {
                let (facts, row) = (&claims[claim as usize], &rows[row as usize]);
                facts.not_after(row) && !facts.is_over(row) && !facts.other_kind(row)
            };
            found.extend(theirs[from..to].iter().filter(fits).map(|&(_, _, row)| (claim, row)));
        }
        if found.len() > PAIRS {
            found.truncate(PAIRS);
            break;
        }
    }
    found
}

/// What two sides have nearly in common, where that is worth a look. A contradiction in anything else rules it out.
pub fn likeness(ours: &Traits, theirs: &Traits) -> Option<Likeness> {
    let known = |one: &str, other: &str| !one.is_empty() && !other.is_empty();
    let both_names = known(&ours.name, &theirs.name);
    let names_agree = !both_names || plain_name(&ours.name) == plain_name(&theirs.name);
    let others = |one: &str, other: &str| known(one, other) && one != other;
    if !names_agree || others(&ours.psn_no, &theirs.psn_no) {
        return None;
    }
    if known(&ours.id_no, &theirs.id_no) && ours.id_no != theirs.id_no {
        return one_slip(&ours.id_no, &theirs.id_no).then_some(Likeness::IdDigit);
    }
    if known(&ours.receipt, &theirs.receipt) && one_slip(&ours.receipt, &theirs.receipt) {
        return Some(Likeness::ReceiptDigit);
    }
    if known(&ours.record_no, &theirs.record_no) && one_slip(&ours.record_no, &theirs.record_no) {
        return Some(Likeness::NumberDigit);
    }
    // Other numbers, and nothing near about them.
    if others(&ours.record_no, &theirs.record_no) || others(&ours.receipt, &theirs.receipt) {
        return None;
    }
    match both_names {
        true if ours.name == theirs.name => Some(Likeness::Name),
        true => Some(Likeness::NameVariant),
        // One side does not say who it is.
        false => Some(Likeness::Total),
    }
}

/// Names of several parts are written with several dots, or none: `·`, `•`, `.`, a blank.
fn plain_name(name: &str) -> String {
    let joint = |ch: char| ch.is_whitespace() || "·•・‧∙⋅．.。、-—'’".contains(ch);
    name.chars().filter(|&ch| !joint(ch)).flat_map(char::to_uppercase).collect()
}

/// One character is another, or two neighbours changed places.
fn one_slip(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len() != other.len() || one.len() < 4 {
        return false;
    }
    let differs: Vec<usize> = (0..one.len()).filter(|&at| one[at] != other[at]).collect();
    match differs[..] {
        [_] => true,
        [first, last] => last == first + 1 && one[first] == other[last] && one[last] == other[first],
        _ => false,
    }
}

/// Suggests pairs that nearly agree: both sides are left to a person, and move to their place in the bridge.
pub fn suggest(claims: &[Claim], rows: &[Row], outcome: &mut Outcome, pairs: &[(u32, u32, Likeness)]) {
    for &(claim, row, likeness) in pairs {
        let (ours, theirs) = (claims[claim as usize].total, rows[row as usize].signed());
        let Outcome { claims: said, rows: found, bridge, groups, .. } = outcome;
        if !said[claim as usize].is_marked() {
            bridge.missing = bridge.missing - ours;
            bridge.ambiguous_claims += ours;
        }
        if !found[row as usize].is_marked() {
            bridge.extra = bridge.extra - theirs;
            bridge.ambiguous_rows += theirs;
        }
        said[claim as usize].mark(likeness.reason());
        found[row as usize].mark(likeness.reason());
        let sums_agree = ours == theirs;
        groups.push(Group { claims: vec![claim], rows: vec![row], likeness, sums_agree });
    }
    if pairs.is_empty() {
        return;
    }
    for at in 0..outcome.rows.len() {
        if let Some(first) = outcome.rows[at].repeat_of {
            outcome.rows[at] = super::RowVerdict { repeat_of: Some(first), ..outcome.rows[first as usize] };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Label;

    fn traits(text: &str) -> Traits {
        let mut words = text.split_whitespace().map(|word| word.trim_start_matches('-').to_owned());
        let mut next = || words.next().unwrap_or_default();
        let (id_no, name, receipt, record_no) = (next(), next(), next(), next());
        Traits { id_no, name, receipt, record_no, psn_no: next() }
    }

    #[test]
    fn what_is_near_and_what_is_not() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // ours                                    theirs                                    likeness
            ("119900199001011234 王试一",               "119900199001011243 王试一",              "id_digit"),
            ("119900199001011234 王试一",               "119900199001011244 -",                   "id_digit"),
            ("119900199001011234 王试一",               "119900199001011244 李试二",              "-"),
            ("119900199001011234 王试一",               "119900199001012244 王试一",              "-"),
            ("- 古丽·试样",                             "- 古丽•试样",                            "name_variant"),
            ("- 古丽·试样",                             "119900199001011234 古丽试样",            "name_variant"),
            ("- 王试一",                                "- 王试一",                               "name"),
            ("- 王试一",                                "- 王试二",                               "-"),
            ("119900199001011234 - R20000001",          "- - R20000007",                          "receipt_digit"),
            ("119900199001011234 - R20000001",          "- - R20000010",                          "receipt_digit"),
            ("119900199001011234 - R20000001",          "- - R20000022",                          "-"),
            ("- - - MZ-0001",                           "- - - MZ-0007",                          "number_digit"),
            ("- 王试一 - MZ-0001",                      "- 王试一 - MZ-0777",                     "-"),
            ("- - 12",                                  "- - 13",                                 "-"),
            ("119900199001011234 王试一 R20000001 MZ-1", "-",                                     "total"),
            ("119900199001011234 王试一",               "119900199001011234",                     "total"),
            ("- 王试一 - - 140001",                     "- - - - 140002",                         "-"),
        ];
        for (ours, theirs, want) in cases {
            let found = likeness(&traits(ours), &traits(theirs)).map_or("-", |likeness| likeness.id());
            assert_eq!(found, want, "{ours} / {theirs}");
        }
    }
}
