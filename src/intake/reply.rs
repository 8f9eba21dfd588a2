//! The platform's answers as JSON, as an interface program keeps them: one file for each
//! call in a folder or a ZIP, one answer a line, or all of them in one list.
//!
//! An answer is the envelope (`infcode`, `err_msg`, `output`), alone or inside what the
//! program wraps around it. It names its call by `msgid` or by the call's file name. An
//! empty answer is one that never came. Which record a call is of is not asked here.

use crate::domain::{Answer, AnswerRow, SettledAs, leaves_open};
use crate::intake::answer::{coded, meant};
use crate::intake::cell::{amount, is_scientific};
use crate::intake::column::Privacy;
use crate::intake::{Fault, FaultReason, SheetError, WorkbookFault, moment};
use encoding_rs::GB18030;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The longest file of answers, and the most that those of a ZIP expand to.
const MOST_BYTES: u64 = 512 * 1024 * 1024;
/// What files of answers are called at the end.
const ENDINGS: [&str; 4] = ["json", "jsonl", "ndjson", "txt"];
/// Where programs put the answer, and where they put the call that it answers.
const WRAPPED: [&str; 5] = ["answer", "response", "reply", "result", "data"];
const ASKED: [&str; 3] = ["request", "call", "req"];
/// How a failure of the connection is named where there is no envelope.
const FAILURES: [&str; 3] = ["error", "exception", "failure"];

/// Reads answers that are JSON; `None` where the file is a sheet.
///
/// # Errors
/// [`SheetError::Refused`] with every fault; [`SheetError::Io`]; [`SheetError::Empty`] for a folder without answers.
pub(super) fn replies(path: &Path) -> Result<Option<Vec<AnswerRow>>, SheetError> {
    let io = |error: io::Error| SheetError::io(path, &error);
    let mut pile = Pile::default();
    if fs::metadata(path).map_err(io)?.is_dir() {
        pile.folder(path)?;
    } else if !pile.zip(path)? && !pile.single(path)? {
        return Ok(None);
    }
    match (pile.faults.is_empty(), pile.rows.is_empty()) {
        (false, _) => Err(SheetError::Refused(pile.faults)),
        (true, true) => Err(SheetError::Empty { path: path.to_owned() }),
        (true, false) => Ok(Some(pile.rows)),
    }
}

/// Answers as they are gathered, with every fault.
#[derive(Default)]
struct Pile {
    rows: Vec<AnswerRow>,
    faults: Vec<Fault>,
    read: u64,
}

impl Pile {
    /// Every file of answers of a folder, in the order of their names; the calls beside them are passed over.
    fn folder(&mut self, folder: &Path) -> Result<(), SheetError> {
        let io = |error: io::Error| SheetError::io(folder, &error);
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.is_file() && is_named_so(&path) {
                paths.push(path);
            }
        }
        paths.sort();
        for path in paths {
            let bytes = self.bytes(&path, File::open(&path).map_err(io)?)?;
            self.file(&path, &bytes, true);
        }
        Ok(())
    }

    /// The same of a ZIP; `false` where the file is none, or a workbook, which is a ZIP as well.
    fn zip(&mut self, path: &Path) -> Result<bool, SheetError> {
        let io = |error: io::Error| SheetError::io(path, &error);
        let damaged = |error: zip::result::ZipError| {
            let fault = WorkbookFault::Damaged { text: error.to_string() };
            SheetError::Workbook { path: path.to_owned(), fault }
        };
        let mut first = [0; 4];
        let read =
            File::open(path).and_then(|mut file| super::bytes::fill(&mut file, &mut first)).map_err(io)?;
        if first[..read] != *b"PK\x03\x04" {
            return Ok(false);
        }
        let mut archive = zip::ZipArchive::new(File::open(path).map_err(io)?).map_err(damaged)?;
        let mut names = Vec::new();
        for (name, at) in archive.file_names().zip(0..) {
            names.push((name.map_err(damaged)?.into_owned(), at));
        }
        if names.iter().any(|(name, _)| name.ends_with("[Content_Types].xml")) {
            return Ok(false);
        }
        names.sort();
        for (name, at) in
            names.iter().filter(|(name, _)| !name.ends_with('/') && is_named_so(Path::new(name)))
        {
            let entry = archive.by_index(*at).map_err(damaged)?;
            let bytes = self.bytes(path, entry)?;
            self.file(&path.join(name), &bytes, true);
        }
        Ok(true)
    }

    /// One file of JSON; `false` where it does not begin like one.
    fn single(&mut self, path: &Path) -> Result<bool, SheetError> {
        let io = |error: io::Error| SheetError::io(path, &error);
        let mut first = [0; 64];
        let read =
            File::open(path).and_then(|mut file| super::bytes::fill(&mut file, &mut first)).map_err(io)?;
        let begins =
            first[..read].strip_prefix(super::bytes::MARK).unwrap_or(&first[..read]).trim_ascii_start();
        let named = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let empty = begins.is_empty() && named;
        if !empty && !begins.starts_with(b"{") && !begins.starts_with(b"[") {
            return Ok(false);
        }
        let bytes = self.bytes(path, File::open(path).map_err(io)?)?;
        self.file(path, &bytes, false);
        Ok(true)
    }

    /// The whole of one file, as long as all of them together are not longer than anything a batch is answered with.
    fn bytes(&mut self, path: &Path, source: impl Read) -> Result<Vec<u8>, SheetError> {
        let room = MOST_BYTES.saturating_sub(self.read);
        let mut bytes = Vec::new();
        source.take(room + 1).read_to_end(&mut bytes).map_err(|error| SheetError::io(path, &error))?;
        self.read += bytes.len() as u64;
        if self.read > MOST_BYTES {
            let error = io::Error::new(io::ErrorKind::FileTooLarge, "more than 512 MiB");
            return Err(SheetError::io(path, &error));
        }
        Ok(bytes)
    }

    /// The answers of one file. Of `many` files, each is named after its call and some are no answers at all.
    fn file(&mut self, path: &Path, bytes: &[u8], many: bool) {
        let Some(text) = decoded(bytes) else {
            return self.refuse(path, 1, "", FaultReason::NotText);
        };
        let text = text.trim();
        if text.is_empty() {
            return self.take(path, 1, &Value::Null, many);
        }
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Array(all)) => {
                for (one, at) in all.iter().zip(1..) {
                    self.take(path, at, one, false);
                }
            }
            Ok(one) => self.take(path, 1, &one, many),
            Err(error) => self.lines(path, text, &error),
        }
    }

    /// One answer a line.
    fn lines(&mut self, path: &Path, text: &str, error: &serde_json::Error) {
        let lines = || text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
        let first = lines().next().map(|(line, _)| serde_json::from_str::<Value>(line));
        if !matches!(first, Some(Ok(_))) || lines().nth(1).is_none() {
            let line = u64::try_from(error.line()).unwrap_or(1).max(1);
            return self.refuse(path, line, "", FaultReason::Json(said(error)));
        }
        for (line, at) in lines() {
            match serde_json::from_str(line) {
                Ok(value) => self.take(path, at, &value, false),
                Err(error) => self.refuse(path, at, "", FaultReason::Json(said(&error))),
            }
        }
    }

    fn take(&mut self, path: &Path, at: u64, value: &Value, many: bool) {
        match Reply::of(value, path).row(path, at) {
            Ok(Some(row)) => self.rows.push(row),
            Ok(None) if many => {}
            Ok(None) => self.refuse(path, at, "", FaultReason::NoAnswer),
            Err((column, text, reason)) => {
                self.refuse(path, at, column, reason);
                if let Some(fault) = self.faults.last_mut() {
                    fault.text = Privacy::Open.shown(&text);
                }
            }
        }
    }

    fn refuse(&mut self, path: &Path, line: u64, column: &str, reason: FaultReason) {
        let (column, text, record_no) = (column.to_owned(), String::new(), String::new());
        self.faults.push(Fault { path: path.into(), line, column, text, reason, record_no, record_line: 0 });
    }
}

/// Where in JSON the reader stopped; its own words would quote what stands there.
fn said(error: &serde_json::Error) -> String {
    format!("{}:{}", error.line(), error.column())
}

fn is_named_so(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ENDINGS.contains(&&*ending)
}

/// UTF-8 with or without its mark, else GB18030; `None` where it is neither.
fn decoded(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let bytes = bytes.strip_prefix(super::bytes::MARK).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
    }
}

/// An answer, with what was wrapped around it.
struct Reply<'v> {
    /// What the program wrote around the answer; the answer itself where there is nothing around it.
    outer: Option<&'v Map<String, Value>>,
    /// The envelope; `None` where no answer came.
    envelope: Option<&'v Map<String, Value>>,
    /// The name of the file without its ending.
    stem: String,
}

/// Field, text, and what is wrong with it.
type Wrong = (&'static str, String, FaultReason);

impl<'v> Reply<'v> {
    fn of(value: &'v Value, path: &Path) -> Reply<'v> {
        let outer = value.as_object();
        let has = |map: &Map<String, Value>| map.contains_key("infcode");
        let wrapped = || {
            let inner = outer?.iter().filter(|(key, _)| WRAPPED.contains(&&***key));
            inner.filter_map(|(_, value)| value.as_object()).find(|map| has(map))
        };
        let envelope = outer.filter(|map| has(map)).or_else(wrapped);
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Reply { outer, envelope, stem }
    }

    /// The row that it amounts to; `None` where it is no answer but a call, or some other file.
    fn row(&self, path: &Path, at: u64) -> Result<Option<AnswerRow>, Wrong> {
        let infno = self.text("infno")?;
        let Some(answer) = self.answer()? else { return Ok(None) };
        let inquired = matches!(&*infno, "2601" | "5203");
        let key = if inquired { self.asked_about()? } else { self.key()? };
        if key.is_empty() {
            return Err(("msgid", String::new(), FaultReason::NoKey));
        }
        let setl_id = self.returned("setl_id")?;
        let setl_id = if setl_id.is_empty() { self.returned("trt_dcla_detl_sn")? } else { setl_id };
        let answer = match (&*infno, answer) {
            // What was reversed is not done; where reversing was refused, nothing more is known than before.
            ("2601", Answer::Accepted) => Answer::NotDone,
            ("5203", Answer::Accepted) if self.returned("refd_setl_flag")? == "1" => Answer::NotDone,
            ("2601" | "5203", Answer::Refused) => Answer::Unknown,
            (_, answer) => answer,
        };
        Ok(Some(AnswerRow {
            key,
            infno,
            answer,
            code: self.text("infcode")?,
            text: self.words()?,
            mdtrt_id: self.returned("mdtrt_id")?,
            psn_no: self.returned("psn_no")?,
            settled: if setl_id.is_empty() { SettledAs::default() } else { self.settled()? },
            setl_id,
            file: path.display().to_string(),
            at_line: at,
        }))
    }

    /// What it tells of a settlement beside its id.
    fn settled(&self) -> Result<SettledAs, Wrong> {
        let money = |key| {
            let text = self.returned(key)?;
            let read = |text: String| amount(&text).map_err(|error| (key, text, FaultReason::Amount(error)));
            Some(text).filter(|text| !text.is_empty()).map(read).transpose()
        };
        let at = self.returned("setl_time")?;
        let read = |at: String| moment::time(&at, false).ok_or(("setl_time", at, FaultReason::Time));
        Ok(SettledAs {
            at: Some(at).filter(|at| !at.is_empty()).map(read).transpose()?,
            total: money("medfee_sumamt")?,
            fund: money("fund_pay_sumamt")?,
            account: money("acct_pay")?,
            cash: money("psn_cash_pay")?,
            insutype: self.returned("insutype")?,
            clr_type: self.returned("clr_type")?,
            clr_optins: self.returned("clr_optins")?,
        })
    }

    /// What it says; `None` where it says nothing and is no answer.
    fn answer(&self) -> Result<Option<Answer>, Wrong> {
        let (code, word, text) = (self.text("infcode")?, self.text("status")?, self.words()?);
        if !word.is_empty() {
            return meant(&word).map(Some).map_err(|reason| ("status", word, reason));
        }
        if !code.is_empty() {
            let known = vec!["0", "-1"];
            let unknown = crate::text::UnknownWord { what: "infcode", text: code.clone(), known };
            let wrong = || ("infcode", code.clone(), FaultReason::Word(unknown));
            return coded(&code, &text).map(Some).ok_or_else(wrong);
        }
        let Some(outer) = self.outer else { return Ok(Some(Answer::Unknown)) };
        // A call that was never answered is told by a failure, or by an empty place where the answer would be.
        let failed = FAILURES.iter().any(|key| outer.get(*key).is_some_and(|value| !value.is_null()));
        let empty =
            |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        let silent = WRAPPED.iter().any(|key| outer.get(*key).is_some_and(empty));
        Ok((failed || silent || leaves_open(&text)).then_some(Answer::Unknown))
    }

    /// The call it names: its message id, its file, else the name of the file it stands in.
    fn key(&self) -> Result<String, Wrong> {
        let mut keys = vec![self.text("msgid")?];
        for wrap in ASKED {
            keys.push(text_of(self.outer.and_then(|map| map.get(wrap)), "msgid")?);
        }
        keys.push(self.text("medins_setl_id")?);
        let file = self.text("file")?;
        let stem = Path::new(&file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        keys.extend(stem);
        keys.push(self.stem.clone());
        Ok(keys.into_iter().find(|key| !key.is_empty()).unwrap_or_default())
    }

    /// The call whose outcome was asked for.
    fn asked_about(&self) -> Result<String, Wrong> {
        let places = [self.envelope, self.outer].into_iter().flatten();
        let mut inputs: Vec<&Value> = places.clone().filter_map(|map| map.get("input")).collect();
        let calls = ASKED.iter().filter_map(|key| self.outer.and_then(|map| map.get(*key)));
        inputs.extend(calls.filter_map(|call| call.get("input")));
        for input in inputs {
            let found = text_of(input.get("data"), "omsgid")?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let own = self.returned("medins_setl_id")?;
        let plain = self.text("omsgid")?;
        let file = self.text("file")?;
        let stem = Path::new(&file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        Ok([own, plain, stem.unwrap_or_default()].into_iter().find(|key| !key.is_empty()).unwrap_or_default())
    }

    /// The reason in the platform's words, or how the connection failed.
    fn words(&self) -> Result<String, Wrong> {
        for key in ["err_msg", "message", "msg"].into_iter().chain(FAILURES) {
            let found = self.text(key)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(String::new())
    }

    /// A field of the envelope, else of what is around it.
    fn text(&self, key: &'static str) -> Result<String, Wrong> {
        for map in [self.envelope, self.outer].into_iter().flatten() {
            let found = plain(map.get(key), key)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(String::new())
    }

    /// A field that the call returned, in whichever node of `output` it stands.
    fn returned(&self, key: &'static str) -> Result<String, Wrong> {
        let output = self.envelope.and_then(|envelope| envelope.get("output"));
        output.map_or_else(|| Ok(String::new()), |output| within(output, key, 3))
    }
}

/// The first field of that name, not deeper than an answer nests its nodes.
fn within(value: &Value, key: &'static str, depth: usize) -> Result<String, Wrong> {
    let found = text_of(Some(value), key)?;
    if !found.is_empty() || depth == 0 {
        return Ok(found);
    }
    let inner: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Object(map) => Box::new(map.values()),
        Value::Array(all) => Box::new(all.iter().take(1)),
        _ => return Ok(found),
    };
    for value in inner {
        let found = within(value, key, depth - 1)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(String::new())
}

fn text_of(value: Option<&Value>, key: &'static str) -> Result<String, Wrong> {
    plain(value.and_then(|value| value.get(key)), key)
}

/// A text or a whole number as text. A number that lost its digits on the way is refused: it would name another.
fn plain(value: Option<&Value>, key: &'static str) -> Result<String, Wrong> {
    let text = match value {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return Ok(String::new()),
    };
    let lost = matches!(value, Some(Value::Number(number)) if number.is_f64()) || is_scientific(&text);
    let is_id = key.ends_with("_id") || matches!(key, "psn_no" | "msgid" | "omsgid" | "trt_dcla_detl_sn");
    if lost && is_id { Err((key, text, FaultReason::Scientific)) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file of that name amounts to: key, transaction, outcome, `setl_id`.
    fn read(name: &str, text: &str) -> Vec<(String, String, Answer, String)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let rows = replies(&path).unwrap().unwrap();
        rows.into_iter().map(|row| (row.key, row.infno, row.answer, row.setl_id)).collect()
    }

    #[test]
    fn answers_in_every_wrapping() {
        let call = "00001-2207-A1-0001";
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (r#"{"infcode":0,"output":{"setlinfo":{"setl_id":"S1"}}}"#,          call, "",     Answer::Accepted, "S1"),
            (r#"{"infcode":"-1","err_msg":"人员信息不符"}"#,                       call, "",     Answer::Refused,  ""),
            (r#"{"infcode":-1,"err_msg":"调用超时"}"#,                            call, "",     Answer::Unknown,  ""),
            (r#"{"msgid":"G1","infno":"2207","response":{"infcode":0}}"#,        "G1", "2207", Answer::Accepted, ""),
            (r#"{"msgid":"G1","response":null}"#,                                "G1", "",     Answer::Unknown,  ""),
            (r#"{"request":{"msgid":"G2"},"error":"read timed out"}"#,           "G2", "",     Answer::Unknown,  ""),
            (r#"{"file":"00002-2102-A1-0002.json","infcode":0,"output":{"result":{"trt_dcla_detl_sn":"F1"}}}"#,
                "00002-2102-A1-0002", "", Answer::Accepted, "F1"),
            (r#"{"infno":"2601","infcode":0,"input":{"data":{"omsgid":"G3"}}}"#, "G3", "2601", Answer::NotDone,  ""),
            (r#"{"infno":"2601","infcode":-1,"err_msg":"不能冲正","input":{"data":{"omsgid":"G3"}}}"#,
                "G3", "2601", Answer::Unknown, ""),
            (r#"{"infno":"5203","infcode":0,"output":{"setlinfo":{"setl_id":"S4","medins_setl_id":"G4","refd_setl_flag":"0"}}}"#,
                "G4", "5203", Answer::Accepted, "S4"),
            ("",                                                                 call, "",     Answer::Unknown,  ""),
        ];
        for (text, key, infno, answer, setl_id) in cases {
            let found = read(&format!("{call}.json"), text);
            assert_eq!(found, [(key.to_owned(), infno.to_owned(), answer, setl_id.to_owned())], "{text}");
        }
        let two = "{\"msgid\":\"G1\",\"infcode\":0}\n{\"msgid\":\"G2\",\"infcode\":-1}\n";
        assert_eq!(read("all.jsonl", two).len(), 2);
        assert_eq!(read("all.json", &format!("[{}]", two.trim().replace('\n', ","))).len(), 2);
    }

    #[test]
    fn what_is_no_answer_is_refused_with_its_place() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (r#"{"infcode":7}"#,                                          "word"),
            (r#"{"hello":1}"#,                                            "no_answer"),
            (r#"{"infcode":0,"#,                                          "json"),
            (r#"{"infcode":0,"output":{"setl_id":123456789012345678901234}}"#, "scientific"),
        ];
        for (text, want) in cases {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.json");
            fs::write(&path, text).unwrap();
            let error = replies(&path).unwrap_err();
            assert_eq!(error.faults()[0].reason.id(), want, "{text}");
        }
    }

    #[test]
    fn a_folder_has_calls_and_answers_side_by_side() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        put("00001-2207-A1-0001.json", r#"{"infno":"2207","msgid":"G1","input":{}}"#);
        put("00001-2207-A1-0001.answer.json", r#"{"infcode":0}"#);
        put("manifest.json", r#"{"schema":1}"#);
        put("cover.html", "<html>");
        let rows = replies(folder.path()).unwrap().unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].key, "00001-2207-A1-0001.answer");
    }

    #[test]
    fn an_answer_tells_what_was_settled() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("00001-2207-A1-0001.json");
        let read = |info: &str| {
            fs::write(&path, format!(r#"{{"infcode":0,"output":{{"setlinfo":{info}}}}}"#)).unwrap();
            replies(&path).map(|rows| rows.unwrap()[0].settled.clone()).map_err(|_| ())
        };
        let whole = r#"{"setl_id":"S1","setl_time":"2021-11-02 08:10:00","insutype":"310","medfee_sumamt":100,
            "fund_pay_sumamt":60.5,"acct_pay":"10.00","psn_cash_pay":"29.5","clr_type":"11","clr_optins":"140902"}"#;
        let fen = |fen| Some(crate::domain::Money::from_fen(fen));
        let told = SettledAs {
            at: "2021-11-02T08:10:00".parse().ok(),
            total: fen(10_000),
            fund: fen(6_050),
            account: fen(1_000),
            cash: fen(2_950),
            insutype: "310".to_owned(),
            clr_type: "11".to_owned(),
            clr_optins: "140902".to_owned(),
        };
        assert_eq!(read(whole), Ok(told));
        assert_eq!(read(r#"{"setl_id":"S1","acct_pay":null}"#), Ok(SettledAs::default()));
        // A trial settles nothing.
        assert_eq!(read(r#"{"medfee_sumamt":"100.00"}"#), Ok(SettledAs::default()));
        assert_eq!(read(r#"{"setl_id":"S1","medfee_sumamt":"100.005"}"#), Err(()));
        assert_eq!(read(r#"{"setl_id":"S1","setl_time":"昨天"}"#), Err(()));
    }
}
