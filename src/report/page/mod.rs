//! A report as one page: tables with their pictures, in a single HTML file.
//!
//! Style and script stand inside, so that the page opens from a USB stick in an old
//! browser, asks no network and prints on A4. Without the script it is the same page,
//! only not sorted or filtered. Every text is escaped; what the figures mean is said elsewhere.

use crate::domain::Digest;
use crate::report::html::escaped;
use crate::report::picture::Picture;
use crate::report::{Cell, Sheet, Sort, json};
use crate::text::Lang;
use std::io::{self, Write};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// Rows that a table of the page shows; what is beyond is left to CSV, so that a page of any ledger opens at once.
const SHOWN: usize = 500;

/// A table of more columns than this is printed small.
const MANY: usize = 11;

/// A page in the making.
pub struct Page {
    lang: Lang,
    title: String,
    facts: Vec<(String, String)>,
    sections: Vec<Section>,
}

/// One part of a page: a heading, a picture where there is one, and the tables that have its numbers.
pub struct Section {
    id: &'static str,
    title: String,
    says: String,
    picture: Option<Picture>,
    tables: Vec<Table>,
}

struct Table {
    caption: String,
    sheet: Sheet,
    /// The command that gives all of its rows.
    whole: String,
}

impl Section {
    /// A part; `id` names it in links, `says` is one sentence on what it shows.
    pub fn new(id: &'static str, title: &str, says: &str) -> Section {
        let (title, says) = (title.to_owned(), says.to_owned());
        Section { id, title, says, picture: None, tables: Vec::new() }
    }

    /// Puts a picture before the tables.
    #[must_use]
    pub fn picture(mut self, picture: Picture) -> Section {
        self.picture = Some(picture);
        self
    }

    /// Adds a table; `whole` is the command that lists all of its rows.
    #[must_use]
    pub fn table(mut self, caption: &str, sheet: Sheet, whole: &str) -> Section {
        self.tables.push(Table { caption: caption.to_owned(), sheet, whole: whole.to_owned() });
        self
    }
}

impl Page {
    /// A page without a part; `facts` stand below its title.
    pub fn new(lang: Lang, title: &str, facts: Vec<(String, String)>) -> Page {
        Page { lang, title: title.to_owned(), facts, sections: Vec::new() }
    }

    /// Adds a part.
    pub fn add(&mut self, section: Section) {
        self.sections.push(section);
    }

    /// The digest of all data of the page: each table's part, and its rows as JSON, where words of closed lists are their
    /// ids and other texts stand as the page says them.
    ///
    /// # Errors
    /// None; a buffer takes any bytes.
    pub fn digest(&self) -> io::Result<Digest> {
        let mut bytes = Vec::new();
        for section in &self.sections {
            for table in &section.tables {
                writeln!(bytes, "{}", section.id)?;
                json::print_sheet(&table.sheet, &mut bytes)?;
            }
        }
        Ok(Digest::of(&bytes))
    }

    /// Writes the page; `proofs` stand in its footer.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn write(&self, out: &mut dyn Write, proofs: &[(String, String)]) -> io::Result<()> {
        let lang = self.lang;
        let code = lang.pick("zh-CN", "en");
        writeln!(out, "<!DOCTYPE html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">")?;
        writeln!(out, "<title>{}</title>\n<style>\n{STYLE}</style>\n</head>", escaped(&self.title))?;
        let filter = lang.pick("筛选", "filter");
        let shown = lang.pick("显示 {shown} / {all} 行", "{shown} of {all} rows");
        writeln!(out, "<body data-filter=\"{filter}\" data-shown=\"{shown}\">")?;
        writeln!(out, "<a class=\"skip\" href=\"#main\">{}</a>", lang.pick("跳到正文", "skip to content"))?;
        self.head(out)?;
        writeln!(out, "<main id=\"main\">")?;
        for section in &self.sections {
            section.write(out, lang)?;
        }
        writeln!(out, "</main>\n<footer>\n<dl class=\"facts\">")?;
        facts(out, proofs)?;
        writeln!(out, "</dl>\n</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>")
    }

    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        let lang = self.lang;
        writeln!(out, "<header>\n<h1>{}</h1>\n<dl class=\"facts\">", escaped(&self.title))?;
        facts(out, &self.facts)?;
        writeln!(out, "</dl>\n<nav aria-label=\"{}\">\n<ul>", lang.pick("目录", "contents"))?;
        for section in &self.sections {
            writeln!(out, "<li><a href=\"#{}\">{}</a></li>", section.id, escaped(&section.title))?;
        }
        let label = lang.pick("在所有表格中查找", "find in every table");
        writeln!(out, "</ul>\n</nav>")?;
        writeln!(
            out,
            "<p class=\"find\" style=\"display:none\"><label>{label} <input id=\"find\" type=\"text\"></label></p>\n</header>"
        )
    }
}

fn facts(out: &mut dyn Write, facts: &[(String, String)]) -> io::Result<()> {
    facts.iter().try_for_each(|(name, value)| {
        writeln!(out, "<div><dt>{}</dt> <dd>{}</dd></div>", escaped(name), escaped(value))
    })
}

impl Section {
    fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        writeln!(out, "<section id=\"{}\">\n<h2>{}</h2>", self.id, escaped(&self.title))?;
        if !self.says.is_empty() {
            writeln!(out, "<p class=\"says\">{}</p>", escaped(&self.says))?;
        }
        if let Some(picture) = &self.picture {
            writeln!(out, "<figure>\n{}</figure>", picture.svg(self.id))?;
        }
        self.tables.iter().try_for_each(|table| table.write(out, lang))?;
        writeln!(out, "</section>")
    }
}

impl Table {
    fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        let (sheet, all) = (&self.sheet, self.sheet.rows.len());
        if all == 0 {
            let (caption, none) = (escaped(&self.caption), lang.pick("无", "none"));
            writeln!(out, "<p class=\"none\">{caption}{}{none}</p>", lang.pick("：", ": "))?;
            return self.notes(out);
        }
        // A column without a single value only takes room.
        let filled: Vec<usize> = (0..sheet.columns.len())
            .filter(|at| sheet.rows.iter().any(|row| row[*at] != Cell::Empty))
            .collect();
        writeln!(
            out,
            "<div class=\"wide\">\n<table class=\"data{}\">\n<caption>{}</caption>",
            if filled.len() > MANY { " many" } else { "" },
            escaped(&self.caption)
        )?;
        write!(out, "<thead><tr>")?;
        for at in &filled {
            let column = sheet.columns[*at];
            write!(
                out,
                "<th scope=\"col\"{}>{}</th>",
                class(column.sort),
                escaped(lang.pick(column.zh, column.en))
            )?;
        }
        writeln!(out, "</tr></thead>\n<tbody>")?;
        for row in sheet.rows.iter().take(SHOWN) {
            write!(out, "<tr>")?;
            for (place, at) in filled.iter().enumerate() {
                let tag = if place == 0 { "th scope=\"row\"" } else { "td" };
                let (class, shown) = (class(sheet.columns[*at].sort), row[*at].shown(lang));
                write!(out, "<{tag}{class}>{}</{}>", escaped(&shown), &tag[..2])?;
            }
            writeln!(out, "</tr>")?;
        }
        writeln!(out, "</tbody>\n</table>\n</div>")?;
        if all > SHOWN {
            let more = match lang {
                Lang::Zh => format!("本页显示前 {SHOWN} 行，共 {all} 行；全部见 {}", self.whole),
                Lang::En => format!("the first {SHOWN} of {all} rows; all of them: {}", self.whole),
            };
            writeln!(out, "<p class=\"more\">{}</p>", escaped(&more))?;
        }
        self.notes(out)
    }

    fn notes(&self, out: &mut dyn Write) -> io::Result<()> {
        self.sheet.notes.iter().try_for_each(|note| writeln!(out, "<p class=\"note\">{}</p>", escaped(note)))
    }
}

fn class(sort: Sort) -> &'static str {
    match sort {
        Sort::Text => "",
        Sort::Code => " class=\"c\"",
        Sort::Number | Sort::Money => " class=\"n\"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Money;
    use crate::report::Column;

    fn page(lang: Lang, rows: usize) -> Page {
        let mut sheet = Sheet::new(&[
            Column::code("number", "编号", "number"),
            Column::text("note", "备注", "note"),
            Column::money("total", "总额", "total"),
            Column::text("empty", "空", "empty"),
        ]);
        for at in 0..rows {
            let total = Money::from_fen(i64::try_from(at).unwrap() * 100);
            sheet.row([Cell::text(format!("A1-{at:04}")), Cell::text("<b>&"), Cell::Money(total)]);
        }
        sheet.note("共 & 计");
        let mut page = Page::new(lang, "<挂账>", vec![("机构".to_owned(), "示例\"医院".to_owned())]);
        page.add(Section::new("list", "清单", "说明").table("记录", sheet, "guazhang list --format csv"));
        page
    }

    fn written(page: &Page) -> String {
        let mut out = Vec::new();
        page.write(&mut out, &[("链头".to_owned(), "abcd".to_owned())]).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_are_escaped_and_empty_columns_are_left_out() {
        let text = written(&page(Lang::Zh, 2));
        assert!(text.contains("<title>&lt;挂账&gt;</title>") && !text.contains("<b>&"));
        assert!(text.contains("<td>&lt;b&gt;&amp;</td>") && text.contains("示例&quot;医院"));
        assert!(text.contains("<th scope=\"row\" class=\"c\">A1-0001</th>") && !text.contains(">空</th>"));
        assert!(text.contains("共 &amp; 计") && text.contains("<dd>abcd</dd>"));
    }

    #[test]
    fn a_page_asks_for_nothing_from_outside() {
        let text = written(&page(Lang::En, 2));
        for outside in ["http:", "https:", "src=", "@import", "url("] {
            assert!(!text.contains(outside), "{outside}");
        }
    }

    #[test]
    fn a_long_table_is_cut_and_says_where_the_rest_is() {
        let text = written(&page(Lang::En, SHOWN + 3));
        assert_eq!(text.matches("<tr><th scope=\"row\"").count(), SHOWN);
        assert!(text.contains("the first 500 of 503 rows; all of them: guazhang list --format csv"));
    }

    #[test]
    fn the_digest_is_of_every_row_and_not_of_headings() {
        let of = |lang, rows| page(lang, rows).digest().unwrap();
        assert_eq!(of(Lang::Zh, 3), of(Lang::En, 3));
        assert_ne!(of(Lang::Zh, 3), of(Lang::Zh, 4));
        // Rows that the page leaves to CSV are in it too.
        assert_ne!(of(Lang::Zh, SHOWN + 1), of(Lang::Zh, SHOWN + 2));
    }
}
