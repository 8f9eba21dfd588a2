//! Slips of the pen: the known word that an unknown one was most likely meant to be.
//!
//! Letters only; what words mean is not known here.

/// The word of a list that a slip of the pen most likely meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let length = word.chars().count();
    let allowed = (length / 3).max(1);
    known
        .into_iter()
        // Every letter too many has to go: a word that is much longer or shorter need not be looked at.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= allowed)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(far, _)| *far <= allowed)
        .min_by_key(|(far, _)| *far)
        .map(|(_, candidate)| candidate.to_owned())
}

/// Letters to change, add, drop or swap with the next, to get from one word to the other.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![vec![0; other.len() + 1]; one.len() + 1];
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let change = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
                let plain = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let swapped = i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1];
                if swapped { plain.min(rows[i - 2][j - 2] + 1) } else { plain }
            };
        }
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("cluase",    Some("clause")),
            ("tittle",    Some("title")),
            ("suspend",   Some("suspended")),
            ("weather",   None),
        ];
        for (word, want) in cases {
            assert_eq!(nearest(word, ["clause", "title", "suspended"]).as_deref(), want, "{word}");
        }
        assert_eq!(nearest(&"a".repeat(1 << 20), ["suspended"]), None);
        assert_eq!(nearest("suspendd", ["suspended"]).as_deref(), Some("suspended"));
    }
}
