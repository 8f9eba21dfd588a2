//! A slip: lines for the narrow paper of a receipt printer.
//!
//! It knows nothing of printers: 58 mm paper holds 32 columns and 80 mm paper 48,
//! where a Chinese character takes two. What stands on a slip is the front's business.

use crate::closed_list;
use crate::text::width;
use std::io::{self, Write};
use unicode_width::UnicodeWidthChar;

closed_list! {
    /// How wide the paper is, in millimetres.
    Paper as "width" {
        Narrow = "58", "58毫米", "58 mm";
        Wide = "80", "80毫米", "80 mm";
    }
}

impl Paper {
    fn columns(self) -> usize {
        match self {
            Paper::Narrow => 32,
            Paper::Wide => 48,
        }
    }
}

/// The lines of a slip; none is wider than its paper.
#[derive(Clone, Debug)]
pub struct Slip {
    columns: usize,
    lines: Vec<String>,
}

impl Slip {
    /// An empty slip.
    pub fn new(paper: Paper) -> Slip {
        Slip { columns: paper.columns(), lines: Vec::new() }
    }

    /// A line in the middle.
    pub fn title(&mut self, text: &str) {
        for line in broken(text, self.columns) {
            let blanks = (self.columns - width(&line)) / 2;
            self.lines.push(format!("{}{line}", " ".repeat(blanks)));
        }
    }

    /// A line from the left, broken where it is too long.
    pub fn line(&mut self, text: &str) {
        self.lines.extend(broken(text, self.columns));
    }

    /// A label on the left and its value on the right, on two lines where both do not fit.
    pub fn pair(&mut self, label: &str, value: &str) {
        let taken = width(label) + width(value);
        if taken < self.columns {
            self.lines.push(format!("{label}{}{value}", " ".repeat(self.columns - taken)));
            return;
        }
        self.line(label);
        for line in broken(value, self.columns) {
            self.lines.push(format!("{}{line}", " ".repeat(self.columns - width(&line))));
        }
    }

    /// A line across.
    pub fn rule(&mut self) {
        self.lines.push("-".repeat(self.columns));
    }

    /// Prints the slip.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        self.lines.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}

/// A text in lines of at most so many columns; one line where it is empty.
fn broken(text: &str, columns: usize) -> Vec<String> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for ch in text.chars().filter(|ch| !ch.is_control()) {
        let wide = ch.width().unwrap_or(0);
        if used + wide > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        line.push(ch);
        used += wide;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_paper() {
        for (paper, columns) in [(Paper::Narrow, 32), (Paper::Wide, 48)] {
            let mut slip = Slip::new(paper);
            slip.title("忻州市示例县人民医院医共体总医院东城分院门诊部收费处");
            slip.line("收费员 王");
            slip.pair("应有现金", "296.00");
            slip.pair("经过更正的以前班次的记录所涉及的现金", "-1234567890.00");
            slip.rule();
            slip.line("");
            let mut out = Vec::new();
            slip.print(&mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.lines().all(|line| width(line) <= columns), "{text}");
            assert!(text.lines().any(|line| line.ends_with(" 296.00") && width(line) == columns), "{text}");
        }
    }
}
