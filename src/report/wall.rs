//! A page for the wall: large, printable on A4 or A3, and complete in itself.
//!
//! It lays out headings and tables that it is given; it knows no notice.

use crate::closed_list;
use crate::report::html::escaped;
use crate::text::Lang;
use std::fmt::Write as _;

closed_list! {
    /// How large the page is.
    WallPaper as "paper" {
        A4 = "a4", "A4", "A4";
        A3 = "a3", "A3", "A3";
    }
}

/// A heading and what stands below it.
#[derive(Clone, Debug, Default)]
pub struct WallSection {
    /// The heading.
    pub heading: String,
    /// Headings of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// What hangs on the wall.
#[derive(Clone, Debug)]
pub struct Wall {
    /// Its language.
    pub lang: Lang,
    /// How large it is.
    pub paper: WallPaper,
    /// Whose page it is; may be empty.
    pub house: String,
    /// The title.
    pub title: String,
    /// Lines below the title.
    pub below: Vec<String>,
    /// The sections.
    pub sections: Vec<WallSection>,
    /// Lines at the foot: whom to ask, what it rests on.
    pub foot: Vec<String>,
}

impl Wall {
    /// The page, which needs no other file.
    pub fn html(&self) -> String {
        let (lang, size) = (self.lang.pick("zh", "en"), crate::text::Label::id(&self.paper));
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\n\
             <style>@page{{size:{size};margin:12mm}}{STYLE}</style></head>\n<body class=\"{size}\"><main>\n",
            escaped(&self.title)
        );
        if !self.house.is_empty() {
            let _ = writeln!(page, "<p class=\"house\">{}</p>", escaped(&self.house));
        }
        let _ = writeln!(page, "<h1>{}</h1>", escaped(&self.title));
        for line in &self.below {
            let _ = writeln!(page, "<p class=\"below\">{}</p>", escaped(line));
        }
        for section in self.sections.iter().filter(|section| !section.rows.is_empty()) {
            section.html(&mut page);
        }
        page.push_str("<footer>\n");
        for line in &self.foot {
            let _ = writeln!(page, "<p>{}</p>", escaped(line));
        }
        page.push_str("</footer>\n</main></body></html>\n");
        page
    }
}

impl WallSection {
    fn html(&self, page: &mut String) {
        // A column in which nothing stands only takes room.
        let filled: Vec<usize> = (0..self.columns.len())
            .filter(|at| self.rows.iter().any(|row| row.get(*at).is_some_and(|text| !text.is_empty())))
            .collect();
        let _ = writeln!(page, "<section><h2>{}</h2>\n<table><thead><tr>", escaped(&self.heading));
        for at in &filled {
            let _ = write!(page, "<th scope=\"col\">{}</th>", escaped(&self.columns[*at]));
        }
        page.push_str("</tr></thead><tbody>\n");
        for row in &self.rows {
            page.push_str("<tr>");
            for at in &filled {
                let _ =
                    write!(page, "<td>{}</td>", row.get(*at).map(|text| escaped(text)).unwrap_or_default());
            }
            page.push_str("</tr>\n");
        }
        page.push_str("</tbody></table></section>\n");
    }
}

const STYLE: &str = "*{box-sizing:border-box}body{margin:0;color:#000;background:#fff;\
font:13pt/1.4 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif}body.a3{font-size:18pt}\
main{margin:0 auto;padding:4mm;max-width:190mm}.a3 main{max-width:280mm}.house{margin:0;text-align:center;font-size:1.1em}\
h1{margin:.2em 0;text-align:center;font-size:2em;line-height:1.2}.below{margin:.2em 0;text-align:center}\
h2{margin:.8em 0 .2em;font-size:1.25em;border-left:.35em solid #000;padding-left:.4em;break-after:avoid}\
table{width:100%;border-collapse:collapse}th,td{border:1px solid #444;padding:.25em .4em;text-align:left;vertical-align:top}\
th{background:#eee}tr{break-inside:avoid}thead{display:table-header-group}footer{margin-top:1em;border-top:2px solid #000;font-weight:600}\
footer p{margin:.2em 0}@media print{main{padding:0;max-width:none}}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_complete_and_breaks_out_of_nothing() {
        let wall = Wall {
            lang: Lang::Zh,
            paper: WallPaper::A3,
            house: "示例<医院>".into(),
            title: "停机通告".into(),
            below: vec!["张贴".into()],
            sections: vec![
                WallSection {
                    heading: "去向".into(),
                    columns: vec!["情形".into(), "空".into(), "截止".into()],
                    rows: vec![vec!["门诊".into(), String::new(), "<b>".into()]],
                },
                WallSection { heading: "无".into(), ..WallSection::default() },
            ],
            foot: vec!["电话 0350-0000000".into()],
        };
        let page = wall.html();
        assert!(page.contains("size:a3") && page.contains("示例&lt;医院&gt;") && page.contains("&lt;b&gt;"));
        assert!(!page.contains("空") && !page.contains("<h2>无</h2>"), "what is empty is left out");
        assert!(!page.contains("http") && !page.contains("url(") && !page.contains("<script"));
    }
}
