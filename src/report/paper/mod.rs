//! Papers that are handed out, the patient's slip and the closing slip of a shift: the
//! same lines as text for a receipt printer, as a page of A5, and as a picture.
//!
//! What stands on them is said elsewhere; here it is only laid out.

mod glyphs;
mod large;
mod picture;

use crate::report::html::escaped;
use crate::report::qr::Squares;
use crate::report::slip::broken_by;
use crate::report::{Paper, Slip};
use crate::text::{Lang, is_ambiguous_wide};
use glyphs::Glyph;
use picture::{Picture, points};
use std::fmt::Write as _;
use std::io::{self, Write};

/// One thing that stands on the paper.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Block {
    Title(String),
    Number(String),
    Code(String),
    Rule,
    Pair(String, String),
    Line(String),
}

/// What stands on a paper, from top to bottom.
#[derive(Clone, Debug)]
pub struct Ticket {
    lang: Lang,
    blocks: Vec<Block>,
}

impl Ticket {
    /// An empty paper.
    pub fn new(lang: Lang) -> Ticket {
        Ticket { lang, blocks: Vec::new() }
    }

    /// A line in the middle.
    pub fn title(&mut self, text: &str) {
        self.blocks.push(Block::Title(text.to_owned()));
    }

    /// A number in large type.
    pub fn number(&mut self, number: &str) {
        self.blocks.push(Block::Number(number.to_owned()));
    }

    /// A text to be scanned; it stands below its code in letters too.
    pub fn code(&mut self, text: &str) {
        self.blocks.push(Block::Code(text.to_owned()));
    }

    /// A line across.
    pub fn rule(&mut self) {
        self.blocks.push(Block::Rule);
    }

    /// A label and its value; nothing where there is no value.
    pub fn pair(&mut self, label: &str, value: &str) {
        if !value.is_empty() {
            self.blocks.push(Block::Pair(label.to_owned(), value.to_owned()));
        }
    }

    /// A sentence.
    pub fn line(&mut self, text: &str) {
        self.blocks.push(Block::Line(text.to_owned()));
    }

    /// As text for a receipt printer.
    pub fn slip(&self, paper: Paper) -> Slip {
        let mut slip = Slip::new(paper);
        for block in &self.blocks {
            match block {
                Block::Title(text) => slip.title(text),
                Block::Number(number) => large_type(&mut slip, number),
                Block::Code(text) => {
                    if let Some(squares) = Squares::of(text) {
                        let wide = is_ambiguous_wide();
                        slip.drawing(&if wide { squares.full_blocks() } else { squares.half_blocks() });
                    }
                    slip.title(text);
                }
                Block::Rule => slip.rule(),
                Block::Pair(label, value) => slip.pair(label, value),
                Block::Line(text) => slip.line(text),
            }
        }
        slip
    }

    /// As a page of A5 that needs nothing else.
    pub fn html(&self) -> String {
        let lang = self.lang.pick("zh", "en");
        let number = self.blocks.iter().find_map(|block| match block {
            Block::Number(number) => Some(number.as_str()),
            _ => None,
        });
        let title = number.or_else(|| {
            self.blocks.iter().rev().find_map(|block| match block {
                Block::Title(title) => Some(title.as_str()),
                _ => None,
            })
        });
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\n<style>{STYLE}</style></head><body><main>\n",
            escaped(title.unwrap_or_default())
        );
        let (mut in_pairs, mut titles) = (false, 0);
        for block in &self.blocks {
            let pair = matches!(block, Block::Pair(..));
            if pair != in_pairs {
                page.push_str(if pair { "<dl>\n" } else { "</dl>\n" });
                in_pairs = pair;
            }
            titles += usize::from(matches!(block, Block::Title(_)));
            let _ = writeln!(page, "{}", block.html(titles, self.lang));
        }
        page.push_str(if in_pairs { "</dl>\n</main></body></html>\n" } else { "</main></body></html>\n" });
        page
    }

    /// As a picture (PNG) of as many points as a printer of 203 dots to the inch has on that paper.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn png(&self, out: &mut dyn Write, paper: Paper) -> io::Result<()> {
        let width = match paper {
            Paper::Narrow => 384,
            Paper::Wide => 576,
        };
        let mut picture = Picture::new(width);
        picture.space(16);
        for block in &self.blocks {
            block.draw(&mut picture, width);
        }
        picture.space(48);
        picture.write(out, 8000)
    }
}

/// A number in large type; in two parts where the paper is too narrow, and plain where even that is.
fn large_type(slip: &mut Slip, number: &str) {
    let parts: Vec<&str> = match number.rsplit_once('-') {
        Some((station, count)) if large::columns(number) > slip.columns() => vec![station, count],
        _ => vec![number],
    };
    slip.line("");
    for part in &parts {
        slip.drawing(&large::lines(part));
    }
    if parts.iter().any(|part| large::columns(part) > slip.columns()) {
        slip.title(number);
    }
    slip.line("");
}

impl Block {
    fn html(&self, titles: usize, lang: Lang) -> String {
        match self {
            Block::Title(text) if titles == 1 => format!("<p class=\"house\">{}</p>", escaped(text)),
            Block::Title(text) => format!("<h1>{}</h1>", escaped(text)),
            Block::Number(number) => format!("<p class=\"number\">{}</p>", escaped(number)),
            Block::Code(text) => {
                let label = lang.pick("二维码：", "code to scan: ");
                let svg = Squares::of(text).map(|squares| squares.svg(&escaped(&format!("{label}{text}"))));
                let text = escaped(text);
                format!("{}<p class=\"text\">{text}</p>", svg.unwrap_or_default())
            }
            Block::Rule => "<hr>".to_owned(),
            Block::Pair(label, value) => {
                format!("<div><dt>{}</dt><dd>{}</dd></div>", escaped(label), escaped(value))
            }
            Block::Line(text) => format!("<p>{}</p>", escaped(text)),
        }
    }

    fn draw(&self, picture: &mut Picture, width: usize) {
        let middle = |text: &str, scale| (width.saturating_sub(points(text, scale))) / 2;
        match self {
            Block::Title(text) => {
                for line in in_points(text, width, 2) {
                    picture.text(&line, middle(&line, 2), 2);
                }
            }
            Block::Number(number) => {
                let scale = (1..=7).rev().find(|scale| points(number, *scale) <= width).unwrap_or(1);
                picture.text(number, middle(number, scale), scale);
            }
            Block::Code(text) => {
                if let Some(squares) = Squares::of(text) {
                    picture.squares(&squares, (width * 2 / 3 / squares.side()).max(1));
                }
                Block::Title(text.clone()).draw(picture, width);
            }
            Block::Rule => picture.rule(),
            Block::Pair(label, value) => {
                if points(label, 2) + points(value, 2) + 16 <= width {
                    picture.text(label, 0, 2);
                    picture.text_beside(value, width - points(value, 2), 2);
                    return;
                }
                Block::Line(label.clone()).draw(picture, width);
                for line in in_points(value, width, 2) {
                    picture.text(&line, width - points(&line, 2), 2);
                }
            }
            Block::Line(text) => {
                for line in in_points(text, width, 2) {
                    picture.text(&line, 0, 2);
                }
            }
        }
    }
}

fn in_points(text: &str, width: usize, scale: usize) -> Vec<String> {
    broken_by(text, width, |ch| Glyph::of(ch).width() * scale)
}

const STYLE: &str = "@page{size:A5;margin:10mm}*{box-sizing:border-box}\
body{margin:0;color:#000;background:#fff;font:12pt/1.45 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif}\
main{max-width:128mm;margin:0 auto;padding:2mm}.house{text-align:center;margin:0}\
h1{font-size:15pt;text-align:center;margin:1mm 0}.number{font-size:38pt;font-weight:700;text-align:center;margin:0;line-height:1.2;white-space:nowrap}\
.code{display:block;width:38mm;height:38mm;margin:1mm auto}.text{text-align:center;font:10pt monospace;margin:0}\
hr{border:0;border-top:1px dashed #000;margin:2mm 0}dl{margin:0}dl div{display:flex;justify-content:space-between;gap:5mm;break-inside:avoid}\
dt{flex:none}dd{margin:0;text-align:right;font-weight:600}p{margin:1mm 0}";

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(lang: Lang) -> Ticket {
        let mut ticket = Ticket::new(lang);
        ticket.title("忻州示例医院");
        ticket.title("挂账凭条");
        ticket.number("A1-0007");
        ticket.code("GZ-A1-0007-K7QD");
        ticket.rule();
        ticket.pair("患者", "张**");
        ticket.pair("票据号", "");
        ticket.pair("请带", "收费票据、社保卡（医保卡）、<身份证件>");
        ticket.line("请妥善保管。");
        ticket
    }

    #[test]
    fn the_text_fits_both_papers() {
        for (paper, columns) in [(Paper::Narrow, 32), (Paper::Wide, 48)] {
            let mut out = Vec::new();
            ticket(Lang::Zh).slip(paper).print(&mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.lines().all(|line| crate::text::width(line) <= columns), "{text}");
            assert!(
                text.contains('▀') && text.contains("GZ-A1-0007-K7QD") && !text.contains("票据号"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_page_needs_nothing_else_and_breaks_out_of_nothing() {
        let page = ticket(Lang::Zh).html();
        assert!(page.contains("&lt;身份证件&gt;") && !page.contains("<身份证件>"));
        assert!(!page.contains("http") && !page.contains("src=") && !page.contains("url("), "{page}");
        assert_eq!(page.matches("<dl>").count(), page.matches("</dl>").count());
    }

    #[test]
    fn the_picture_is_as_wide_as_the_printer() {
        for (paper, width) in [(Paper::Narrow, 384_u32), (Paper::Wide, 576)] {
            let mut out = Vec::new();
            ticket(Lang::Zh).png(&mut out, paper).unwrap();
            assert_eq!(&out[..8], b"\x89PNG\r\n\x1a\n");
            assert_eq!(out[16..20], width.to_be_bytes());
        }
    }
}
