//! The nearest known words to one that is not known, for "did you mean".

/// So many near words are named at most.
const NAMED: usize = 3;

/// Of `known` those that `text` was most likely meant to be, the nearest first: few letters differ, or one begins with
/// the other. Capitals, blanks, `_` and `-` make no difference.
pub fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let typed = plain(text);
    let letters = typed.chars().count();
    if letters == 0 {
        return Vec::new();
    }
    let mut found: Vec<(usize, &str)> = Vec::new();
    for word in known {
        let other = plain(word);
        let least = letters.min(other.chars().count());
        let begins = least >= 3 && (other.starts_with(&typed) || typed.starts_with(&other));
        let steps = if begins { 1 } else { strsim::osa_distance(&typed, &other) };
        // One letter in three may be wrong, and in a short word one at all.
        if steps <= (letters / 3).clamp(1, 3) && steps < least && !found.iter().any(|(_, seen)| *seen == word)
        {
            found.push((steps, word));
        }
    }
    found.sort_by_key(|(steps, _)| *steps);
    found.into_iter().take(NAMED).map(|(_, word)| word).collect()
}

fn plain(text: &str) -> String {
    text.chars().filter(|ch| !matches!(ch, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likely_word_is_named() {
        let known = ["pending", "exported", "settled", "refunded", "handed_over", "待处理", "已移交", "A1"];
        #[rustfmt::skip] // the columns are the point
        let cases: &[(&str, &[&str])] = &[
            ("pendign",     &["pending"]),
            ("Settled",     &["settled"]),
            ("setled",      &["settled"]),
            ("handed over", &["handed_over"]),
            ("handedover",  &["handed_over"]),
            ("export",      &["exported"]),
            ("待处",         &["待处理"]),
            ("已移文",       &["已移交"]),
            ("xyz",         &[]),
            ("B9",          &[]),
            ("",            &[]),
        ];
        for (text, want) in cases {
            assert_eq!(nearest(text, known), *want, "{text}");
        }
    }
}
