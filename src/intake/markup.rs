//! Tags and texts of a page or an XML file, one after another.
//!
//! Enough to find the cells of a table and no more: no document is built, so
//! nesting costs nothing, and an entity that a file defines for itself is never
//! expanded. What the tags mean is decided by whoever asks.

use std::borrow::Cow;

/// One piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A tag: its name without a prefix, and the rest up to `>`.
    Open { name: &'a str, rest: &'a str, closed: bool },
    /// An end tag.
    Close { name: &'a str },
    /// Text between tags, entities not resolved.
    Text(&'a str),
    /// Text that is taken as it stands.
    Data(&'a str),
}

/// Cuts a text into pieces; comments and declarations are passed over.
pub(super) struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(text: &'a str) -> Pieces<'a> {
        Pieces { rest: text }
    }

    /// Passes over everything up to the end tag `name`, as scripts and styles are.
    pub(super) fn skip_to_close(&mut self, name: &str) {
        for piece in self.by_ref() {
            if matches!(piece, Piece::Close { name: closed } if closed.eq_ignore_ascii_case(name)) {
                return;
            }
        }
    }

    /// Takes what stands before `end` and passes over `end`; the whole rest where it never comes.
    fn until(&mut self, end: &str) -> &'a str {
        let at = self.rest.find(end);
        let taken = &self.rest[..at.unwrap_or(self.rest.len())];
        self.rest = at.map_or("", |at| &self.rest[at + end.len()..]);
        taken
    }

    fn tag(&mut self) -> Piece<'a> {
        let inner = self.inside();
        if let Some(name) = inner.strip_prefix('/') {
            return Piece::Close { name: local(name.trim()) };
        }
        let closed = inner.ends_with('/');
        let inner = inner.trim_end_matches('/');
        let end = inner.find(|ch: char| ch.is_ascii_whitespace() || ch == '/').unwrap_or(inner.len());
        Piece::Open { name: local(&inner[..end]), rest: &inner[end..], closed }
    }

    /// A tag's inside; a `>` in quotes does not end it.
    fn inside(&mut self) -> &'a str {
        let mut quote = None;
        for (at, byte) in self.rest.bytes().enumerate() {
            match (quote, byte) {
                (Some(open), byte) if byte == open => quote = None,
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'>') => {
                    let inner = &self.rest[..at];
                    self.rest = &self.rest[at + 1..];
                    return inner;
                }
                _ => {}
            }
        }
        // A quote that never ends must not swallow the page.
        self.until(">")
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if !self.rest.starts_with('<') {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some(Piece::Text(text));
            }
            self.rest = &self.rest[1..];
            if let Some(rest) = self.rest.strip_prefix("!--") {
                self.rest = rest;
                self.until("-->");
            } else if let Some(rest) = self.rest.strip_prefix("![CDATA[") {
                self.rest = rest;
                return Some(Piece::Data(self.until("]]>")));
            } else if self.rest.starts_with(['!', '?']) {
                self.until(">");
            } else if self.rest.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '/') {
                return Some(self.tag());
            } else {
                // A lone `<` is text.
                return Some(Piece::Text("<"));
            }
        }
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, name)| name)
}

/// The value of an attribute, whatever its prefix; entities resolved.
pub(super) fn attribute<'a>(rest: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let mut rest = rest;
    loop {
        let (key, after) = rest.split_once('=')?;
        let key = key.trim().rsplit(|ch: char| ch.is_ascii_whitespace()).next().unwrap_or_default();
        let after = after.trim_ascii_start();
        let quote = after.chars().next()?;
        let (value, left) = if matches!(quote, '"' | '\'') {
            after[1..].split_once(quote)?
        } else {
            let end = after.find(|ch: char| ch.is_ascii_whitespace()).unwrap_or(after.len());
            after.split_at(end)
        };
        if local(key).eq_ignore_ascii_case(name) {
            return Some(resolved(value));
        }
        rest = left;
    }
}

/// Text with the entities that every page may use resolved; any other stays as it stands.
pub(super) fn resolved(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        if let Some((ch, end)) = end.and_then(|end| entity(&rest[1..end]).map(|ch| (ch, end))) {
            out.push(ch);
            rest = &rest[end + 1..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<char> {
    let code = match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        "nbsp" => return Some('\u{A0}'),
        "yen" => return Some('¥'),
        "middot" => return Some('·'),
        name => name.strip_prefix('#')?,
    };
    let number = match code.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => code.parse().ok()?,
    };
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pieces_of_a_page() {
        let page = "<?xml?><!-- <td> --><TD x:num=\"1>2\" b>1 &lt; 2<br/></ss:TD>a<b";
        let said: Vec<_> = Pieces::new(page).map(|piece| format!("{piece:?}")).collect();
        #[rustfmt::skip] // one piece a line
        assert_eq!(said, [
            "Open { name: \"TD\", rest: \" x:num=\\\"1>2\\\" b\", closed: false }",
            "Text(\"1 &lt; 2\")",
            "Open { name: \"br\", rest: \"\", closed: true }",
            "Close { name: \"TD\" }",
            "Text(\"a\")",
            "Open { name: \"b\", rest: \"\", closed: false }",
        ]);
    }

    #[test]
    fn entities_and_attributes() {
        assert_eq!(resolved("&#24352;&#x4E09;&nbsp;&amp;lt; &bomb; &"), "张三\u{A0}&lt; &bomb; &");
        let rest = " ss:Type=\"Number\" colspan=3 x='a&quot;b'";
        for (name, want) in
            [("type", Some("Number")), ("colspan", Some("3")), ("x", Some("a\"b")), ("y", None)]
        {
            assert_eq!(attribute(rest, name).as_deref(), want, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[<>/!?&;#x= \"'a-z账\\[\\]-]{0,60}") {
            for piece in Pieces::new(&text) {
                if let Piece::Open { rest, .. } = piece {
                    let _ = attribute(rest, "x");
                }
            }
            let _ = resolved(&text);
        }
    }
}
