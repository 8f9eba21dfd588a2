//! A slip: lines for the narrow paper of a receipt printer.
//!
//! It knows nothing of printers: 58 mm paper holds 32 columns and 80 mm paper 48,
//! where a Chinese character takes two. What stands on a slip is the front's business.

use crate::closed_list;
use crate::text::{width, width_of};
use std::io::{self, Write};

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

    /// Lines that stand in the middle as they are, such as a drawing; left out where they are too wide.
    pub fn drawing(&mut self, lines: &[String]) {
        let widest = lines.iter().map(|line| width(line)).max().unwrap_or(0);
        if let Some(room) = self.columns.checked_sub(widest) {
            let blanks = " ".repeat(room / 2);
            self.lines.extend(lines.iter().map(|line| format!("{blanks}{line}").trim_end().to_owned()));
        }
    }

    /// Columns of the paper.
    pub fn columns(&self) -> usize {
        self.columns
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
    broken_by(text, columns, width_of)
}

/// A text in lines that are no wider than `room`, broken at a blank where one stands in the second half of the line.
pub(super) fn broken_by(text: &str, room: usize, measure: impl Fn(char) -> usize) -> Vec<String> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for ch in text.chars().filter(|ch| !ch.is_control()) {
        let wide = measure(ch);
        if used + wide > room {
            let rest = match line.rfind(' ').filter(|at| ch != ' ' && *at * 2 >= line.len()) {
                Some(at) => line.split_off(at).trim_start().to_owned(),
                None => String::new(),
            };
            lines.push(std::mem::replace(&mut line, rest));
            used = line.chars().map(&measure).sum();
            if ch == ' ' && line.is_empty() {
                continue;
            }
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
    fn words_are_kept_whole_where_they_can_be() {
        let lines = broken("with the receipt to the same window, 从周一至周五上午九点", 16);
        assert_eq!(lines, ["with the receipt", "to the same", "window, 从周一至", "周五上午九点"]);
        assert_eq!(broken("a-very-long-word-without-a-blank", 10).len(), 4);
    }

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
