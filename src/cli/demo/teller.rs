//! Telling the story: a heading, a few sentences, a command and what it prints.
//!
//! A command is run as it is shown, through the parser and the code of the
//! command line, in the demo's own folder. Only its surroundings differ: the
//! ledger there, the time of the story, and a sheet of paper to print on.

use crate::cli::ctx::Sessions;
use crate::cli::{Ctx, Exit, Failure, Line, Says, command};
use crate::report::Format;
use crate::store::Ledger;
use crate::text::{Label, Lang, width};
use clap::FromArgMatches;
use serde_json::Value;
use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;
use zeroize::Zeroizing;

/// The ledger in the demo's folder, where commands look for it by themselves.
pub(super) const LEDGER: &str = "guazhang.db";

/// The passphrase of everybody in the story.
pub(super) const PASSPHRASE: &str = "guazhang demo";

/// Who tells, and what time it is in the story.
pub(super) struct Teller<'a> {
    ctx: &'a mut Ctx,
    /// As it is typed after `--as-of`.
    as_of: &'static str,
    operator: &'static str,
    chapter: usize,
    /// The last thing told was a sentence, which its command follows at once.
    spoke: bool,
    /// Who has opened the ledger so far: each types the passphrase once.
    sessions: Sessions,
    /// A second window on the ledger. While one is open, SQLite does not fold its log back after each command.
    window: Option<Ledger>,
}

/// What a command printed on: shared between the command, which owns its output, and the teller.
#[derive(Clone, Default)]
struct Paper(Rc<RefCell<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}

impl<'a> Teller<'a> {
    pub(super) fn new(ctx: &'a mut Ctx) -> Teller<'a> {
        let operator = ctx.lang.pick("收费员甲", "cashier A");
        Teller {
            ctx,
            as_of: "",
            operator,
            chapter: 0,
            spoke: false,
            sessions: Sessions::default(),
            window: None,
        }
    }

    fn lang(&self) -> Lang {
        self.ctx.lang
    }

    /// Programs want the figures at the end, not the story.
    fn silent(&self) -> bool {
        self.ctx.format != Format::Table
    }

    fn columns(&self) -> usize {
        self.ctx.columns.clamp(40, 100)
    }

    /// The next chapter, at its own time and with who works then.
    pub(super) fn chapter(
        &mut self,
        as_of: &'static str,
        operator: [&'static str; 2],
        title: [&str; 2],
    ) -> Result<(), Failure> {
        self.as_of = as_of;
        self.operator = self.lang().pick(operator[0], operator[1]);
        self.chapter += 1;
        let (title, chapter) = (self.lang().pick(title[0], title[1]), self.chapter);
        let when = as_of.replace('T', " ");
        self.write(&format!("\n== {chapter}. {title} ({when}) =="))?;
        self.spoke = true;
        Ok(())
    }

    /// A few sentences.
    pub(super) fn say(&mut self, zh: &str, en: &str) -> Result<(), Failure> {
        let text = wrapped(self.lang().pick(zh, en), self.columns());
        let apart = if self.spoke { "" } else { "\n" };
        self.write(&format!("{apart}{text}"))?;
        self.spoke = true;
        Ok(())
    }

    /// Runs a command and shows it; of its output the first `head` lines, the last `tail` lines and the closing remark.
    pub(super) fn run(
        &mut self,
        expected: Exit,
        [head, tail]: [usize; 2],
        args: &[&str],
    ) -> Result<(), Failure> {
        let (exit, printed, _) = self.call(args, &[], false)?;
        if exit != expected {
            return Err(unplanned(args, exit, &printed));
        }
        let shown = as_typed(args, self.as_of, self.columns());
        let apart = if self.spoke { "" } else { "\n" };
        self.write(&format!("{apart}{shown}"))?;
        let text = shortened(&printed, head, tail, self.lang());
        self.write(&text)?;
        // That something is left to do is said by the output itself.
        if matches!(exit, Exit::Done | Exit::Findings) {
            return Ok(());
        }
        let (code, word) = (exit.code(), exit.label(self.lang()));
        self.write(&match self.lang() {
            Lang::Zh => format!("  （退出码 {code}：{word}）"),
            Lang::En => format!("  (exit {code}: {word})"),
        })
    }

    /// Runs a command that is like one shown before; it may leave findings.
    pub(super) fn likewise(&mut self, args: &[&str]) -> Result<(), Failure> {
        let (exit, printed, _) = self.call(args, &[], false)?;
        let done = exit == Exit::Done || exit == Exit::Findings;
        if done { Ok(()) } else { Err(unplanned(args, exit, &printed)) }
    }

    /// One of two texts.
    pub(super) fn pick<'t>(&self, texts: [&'t str; 2]) -> &'t str {
        self.lang().pick(texts[0], texts[1])
    }

    /// What a command answers to a program.
    pub(super) fn ask(&mut self, args: &[&str]) -> Result<Value, Failure> {
        let (exit, printed, errors) = self.call(args, &["--format", "json"], true)?;
        let told = exit == Exit::Done || exit == Exit::Findings;
        let value = told.then(|| serde_json::from_str(&printed).ok()).flatten();
        value.ok_or_else(|| unplanned(args, exit, &errors))
    }

    /// The items of a list.
    pub(super) fn items(&mut self, args: &[&str]) -> Result<Vec<Value>, Failure> {
        Ok(self.ask(args)?["items"].as_array().cloned().unwrap_or_default())
    }

    /// Runs a command line; its exit code and what it printed, errors apart or in their place.
    fn call(&mut self, args: &[&str], more: &[&str], apart: bool) -> Result<(Exit, String, String), Failure> {
        let clock = ["--as-of", self.as_of, "--operator", self.operator, "--ledger", LEDGER];
        let argv = ["guazhang"].iter().chain(args).chain(&clock).chain(more);
        let line = command().try_get_matches_from(argv).and_then(|found| Line::from_arg_matches(&found));
        let line = line.map_err(|error| unplanned(args, Exit::Usage, &error.to_string()))?;
        let out = Paper::default();
        let err = if apart { Paper::default() } else { out.clone() };
        let mut ctx = Ctx::new(&line.global, self.lang())?;
        ctx.sessions = self.sessions.clone();
        // The demo's own passphrase, whatever the surroundings say.
        ctx.stand_in = Some(Zeroizing::new(PASSPHRASE.to_owned()));
        (ctx.out, ctx.err) = (Box::new(out.clone()), Box::new(err.clone()));
        (ctx.asks, ctx.yes, ctx.columns) = (false, false, self.columns() - INDENT.len());
        if self.window.is_none() && Path::new(LEDGER).is_file() {
            self.window = Ledger::open(Path::new(LEDGER)).ok();
        }
        let Some(command) = &line.command else {
            return Ok((Exit::Usage, String::new(), String::new()));
        };
        let exit = match command.run(&mut ctx) {
            Ok(exit) => exit,
            Err(failure) => {
                failure.print(&mut ctx.err, self.lang(), false)?;
                failure.exit()
            }
        };
        Ok((exit, out.text(), err.text()))
    }

    /// A line of the story, or several.
    pub(super) fn write(&mut self, text: &str) -> Result<(), Failure> {
        self.spoke = false;
        if !self.silent() && !text.is_empty() {
            writeln!(self.ctx.out, "{text}")?;
            self.ctx.out.flush()?;
        }
        Ok(())
    }
}

/// Before what a command printed.
const INDENT: &str = "  ";

/// A story that does not go as planned is a fault of the program, not of the reader.
fn unplanned(args: &[&str], exit: Exit, printed: &str) -> Failure {
    let (line, code) = (args.join(" "), exit.code());
    let says = Says::new(
        format!("演示没有按计划进行：guazhang {line} 的退出码是 {code}\n{printed}"),
        format!("the demo did not go as planned: guazhang {line} ended in exit {code}\n{printed}"),
    );
    Failure::new(Exit::Failed, says)
}

/// The command as a person types it, over several lines where it is long.
fn as_typed(args: &[&str], as_of: &str, columns: usize) -> String {
    let mut words: Vec<String> = vec!["$ guazhang".to_owned()];
    let clock = ["--as-of", as_of];
    for word in args.iter().chain(&clock) {
        let plain = !word.is_empty() && !word.contains([' ', '"', '*', '&', ';', '(', ')']);
        let quoted = if plain { (*word).to_owned() } else { format!("\"{word}\"") };
        // A flag and its value stay together.
        match words.last_mut() {
            Some(flag) if flag.starts_with("--") && !flag.contains(' ') && !quoted.starts_with("--") => {
                *flag = format!("{flag} {quoted}");
            }
            _ => words.push(quoted),
        }
    }
    let (mut text, mut used) = (String::new(), 0);
    for word in words {
        let wide = width(&word) + 1;
        if used > 0 && used + wide > columns - 2 {
            text.push_str(" \\\n    ");
            used = 4;
        } else if used > 0 {
            text.push(' ');
        }
        text.push_str(&word);
        used += wide;
    }
    text
}

/// The first lines, how many are left out, the last lines, and the last paragraph where it is a remark.
fn shortened(printed: &str, head: usize, tail: usize, lang: Lang) -> String {
    let lines: Vec<&str> = printed.trim_end().lines().collect();
    let last = lines.iter().rposition(|line| line.is_empty()).map_or(lines.len(), |at| at + 1);
    let remark = if lines.len() - last <= 2 && last > head { &lines[last..] } else { &[] };
    let body = lines[..lines.len() - remark.len()].trim_blank();
    // One line left out would take one line to say.
    if body.len() <= head + tail + 1 {
        return indented(body.iter().chain(remark));
    }
    let (first, rest) = (body[..head].trim_blank(), &body[head..]);
    let (between, last) = rest.split_at(rest.len() - tail);
    let left = between.iter().filter(|line| !line.is_empty()).count();
    let gap = match lang {
        Lang::Zh => format!("……（另有 {left} 行）"),
        Lang::En => format!("... ({left} more lines)"),
    };
    indented(first.iter().chain([&gap.as_str()]).chain(last).chain(remark))
}

fn indented<'t>(lines: impl Iterator<Item = &'t &'t str>) -> String {
    let lines: Vec<String> = lines.map(|line| format!("{INDENT}{line}").trim_end().to_owned()).collect();
    lines.join("\n")
}

/// Without the empty lines at its end.
trait TrimBlank {
    fn trim_blank(&self) -> &Self;
}

impl TrimBlank for [&str] {
    fn trim_blank(&self) -> &Self {
        &self[..self.iter().rposition(|line| !line.is_empty()).map_or(0, |at| at + 1)]
    }
}

/// Lines of at most `columns`: English breaks at blanks, Chinese anywhere but before a mark or inside a word.
fn wrapped(text: &str, columns: usize) -> String {
    let (mut lines, mut line, mut word) = (Vec::new(), String::new(), String::new());
    let flush = |line: &mut String, word: &mut String, lines: &mut Vec<String>| {
        if width(line) + width(word.trim_end()) > columns && !line.is_empty() {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        line.push_str(word);
        word.clear();
    };
    for ch in text.chars() {
        let closes = "，。；：、？！）”》 ".contains(ch);
        let opens = word.ends_with(['（', '“', '《']);
        let apart = !ch.is_ascii() || word.chars().last().is_some_and(|last| !last.is_ascii());
        if word.ends_with(' ') || (apart && !closes && !opens) {
            flush(&mut line, &mut word, &mut lines);
        }
        word.push(ch);
    }
    flush(&mut line, &mut word, &mut lines);
    lines.push(line);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_where_the_language_allows_it() {
        assert_eq!(wrapped("one two three", 7), "one two\nthree");
        assert_eq!(wrapped("挂账，逐个销号。", 6), "挂账，\n逐个销\n号。");
        assert_eq!(wrapped("用 guazhang 导出", 11), "用 guazhang\n导出");
    }

    #[test]
    fn long_commands_go_on_below_and_flags_keep_their_values() {
        let typed = as_typed(&["add", "outpatient", "--name", "王 小禾"], "2021-10-22T10:30", 40);
        assert_eq!(
            typed,
            "$ guazhang add outpatient \\\n    --name \"王 小禾\" \\\n    --as-of 2021-10-22T10:30"
        );
    }

    #[test]
    fn a_long_table_keeps_its_head_and_its_remark() {
        let table = "h\n-\n1\n2\n3\n4\n\n4 rows\n";
        assert_eq!(shortened(table, 3, 0, Lang::En), "  h\n  -\n  1\n  ... (3 more lines)\n  4 rows");
        assert_eq!(shortened(table, 1, 1, Lang::Zh), "  h\n  ……（另有 4 行）\n  4\n  4 rows");
        assert_eq!(shortened("a\nb\n", 1, 0, Lang::En), "  a\n  b");
    }
}
