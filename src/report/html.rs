//! What every page we write has in common: texts that cannot break out of it.

/// A text inside a page.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_text_breaks_out() {
        assert_eq!(
            super::escaped("<a title='x' b=\"&\">"),
            "&lt;a title=&#39;x&#39; b=&quot;&amp;&quot;&gt;"
        );
    }
}
