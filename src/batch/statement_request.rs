//! Asking the platform to reconcile: the values of 3201 and 3202, and the file that 3202 compares.
//!
//! The file is text with one settlement a line and a TAB between columns, without a
//! heading, in UTF-8, `null` where there is no value, in a ZIP of its own. The same
//! settlements in the same order give the same bytes. Which settlements belong
//! together, and how a region marks the two records of a refund, the caller knows.

use super::File;
use super::check::{Fault, check};
use super::encoding;
use super::fields::Field;
use super::layout::Encoding;
use super::profile::Profile;
use crate::domain::{Day, Kind, Money, Time};
use crate::text::{Explain, Lang};
use serde_json::{Map, Value};
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;

/// What is asked, once for each insurance type, clearing category and handling body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementQuery {
    /// Code of the facility.
    pub facility: String,
    /// `insutype`.
    pub insurance: String,
    /// `clr_type`.
    pub clearing: String,
    /// `setl_optins`: the `clr_optins` that the platform returned with the settlements.
    pub body: String,
    /// First day, by the platform's settlement time.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// `refd_setl_flag` of the request, which not every edition has: 0 leaves both halves of a refund out of the totals.
    pub refunds: Option<String>,
    /// When it is asked, +08:00: the file is named by it.
    pub at: Time,
}

/// One settlement of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// `setl_id`.
    pub setl_id: String,
    /// `mdtrt_id`.
    pub mdtrt_id: String,
    /// `psn_no`.
    pub psn_no: String,
    /// `medfee_sumamt`, fen.
    pub total: Money,
    /// `fund_pay_sumamt`, fen.
    pub fund: Money,
    /// `acct_pay`, fen.
    pub account: Money,
    /// `psn_cash_pay`, fen; it is in the totals only.
    pub cash: Money,
    /// `refd_setl_flag`, as the region marks the two records of a refund.
    pub refund: String,
    /// It was taken back, or takes one back.
    pub undone: bool,
    /// Kind of the record that it settles; it is in our own totals only.
    pub kind: Kind,
}

/// A request ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRequest {
    /// The input of 3201.
    pub totals: Value,
    /// The input of 3202. Its `file_qury_no` is a placeholder: 9101 returns it for the ZIP.
    pub request: Value,
    /// The text inside.
    pub text: File,
    /// The ZIP to upload.
    pub zip: File,
    /// Sums and count as both inputs name them.
    pub sums: Sums,
}

/// Why a request cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementFault {
    /// A value that its field cannot hold.
    Value {
        /// The settlement, from 1; `None` for the request itself.
        line: Option<usize>,
        /// The field's id.
        field: String,
        /// What is wrong.
        fault: Fault,
    },
    /// There is nothing to compare.
    Empty,
    /// The last day lies before the first.
    Days,
}

/// Writes a request.
///
/// # Errors
/// [`StatementFault`] where a value does not fit its field: the file has no way to hold it.
pub fn statement_request(
    query: &StatementQuery,
    lines: &[StatementLine],
    profile: &Profile,
) -> Result<StatementRequest, StatementFault> {
    if lines.is_empty() {
        return Err(StatementFault::Empty);
    }
    if query.to < query.from {
        return Err(StatementFault::Days);
    }
    let mut text = String::new();
    for (at, line) in (1..).zip(lines) {
        let cells = filled(profile, "detail", Some(at), |id| of_line(line, id))?;
        let cells: Vec<String> = cells.into_iter().map(|(_, cell)| or_null(cell)).collect();
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    let sums = Sums::of(query, lines);
    let (from, to) = (query.from.to_string(), query.to.to_string());
    let said = |id: &str| match id {
        "insutype" => query.insurance.clone(),
        "clr_type" => query.clearing.clone(),
        "setl_optins" => query.body.clone(),
        "stmt_begndate" => from.clone(),
        "stmt_enddate" => to.clone(),
        "refd_setl_flag" => query.refunds.clone().unwrap_or_default(),
        "file_qury_no" => String::new(),
        _ => sums.of_field(id),
    };
    let totals = input(totals_of(profile, &said)?, true);
    let mut request = filled(profile, "data", None, said)?;
    for (id, text) in &mut request {
        if id == "file_qury_no" {
            "{{9101.file_qury_no}}".clone_into(text);
        }
    }
    // No two requests of one hand-out have the same name.
    let StatementQuery { facility, insurance, clearing, body, at, .. } = query;
    let name = format!("{facility}-{insurance}-{clearing}-{body}-{}", at.compact());
    let text = File { name: format!("{name}.txt"), bytes: text.into_bytes() };
    let zip = File { name: format!("{name}.zip"), bytes: zipped(&text) };
    Ok(StatementRequest { totals, request: input(request, false), text, zip, sums })
}

type Cells = Vec<(String, String)>;

fn totals_of(profile: &Profile, said: &impl Fn(&str) -> String) -> Result<Cells, StatementFault> {
    let node = profile.node("3201", "data").expect("the table of fields has every node that is written");
    node.fields.iter().map(|field| cell(field, said(&field.id), None)).collect()
}

/// The cells of one row of 3202, checked.
fn filled(
    profile: &Profile,
    name: &str,
    line: Option<usize>,
    value: impl Fn(&str) -> String,
) -> Result<Cells, StatementFault> {
    let node = profile.node("3202", name).expect("the table of fields has every node that is written");
    node.fields.iter().map(|field| cell(field, value(&field.id), line)).collect()
}

fn cell(field: &Field, text: String, line: Option<usize>) -> Result<(String, String), StatementFault> {
    let wrong = |fault| StatementFault::Value { line, field: field.id.to_string(), fault };
    check(field, &text).map_err(wrong)?;
    if let Some((ch, at)) = encoding::lost(&text, Encoding::Utf8) {
        return Err(wrong(Fault::NotInEncoding { code: u32::from(ch), at }));
    }
    // The word stands for an empty value in the file.
    if text == NULL {
        return Err(wrong(Fault::Placeholder));
    }
    Ok((field.id.to_string(), text))
}

/// An empty value in the file.
const NULL: &str = "null";

fn or_null(text: String) -> String {
    if text.is_empty() { NULL.to_owned() } else { text }
}

fn of_line(line: &StatementLine, id: &str) -> String {
    match id {
        "setl_id" => line.setl_id.clone(),
        "mdtrt_id" => line.mdtrt_id.clone(),
        "psn_no" => line.psn_no.clone(),
        "medfee_sumamt" => line.total.to_string(),
        "fund_pay_sumamt" => line.fund.to_string(),
        "acct_pay" => line.account.to_string(),
        "refd_setl_flag" => line.refund.clone(),
        _ => String::new(),
    }
}

/// Sums and count of the settlements that a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// `medfee_sumamt`, fen.
    pub total: Money,
    /// `fund_pay_sumamt`, fen.
    pub fund: Money,
    /// `acct_pay`, fen.
    pub account: Money,
    /// `cash_payamt`, fen.
    pub cash: Money,
    /// `fixmedins_setl_cnt`.
    pub count: usize,
}

/// What a request says where refunds are to stay out of its totals.
const WITHOUT_REFUNDS: &str = "0";

impl Sums {
    fn of(query: &StatementQuery, lines: &[StatementLine]) -> Sums {
        let without = query.refunds.as_deref() == Some(WITHOUT_REFUNDS);
        let counted = || lines.iter().filter(move |line| !(without && line.undone));
        Sums {
            total: counted().map(|line| line.total).sum(),
            fund: counted().map(|line| line.fund).sum(),
            account: counted().map(|line| line.account).sum(),
            cash: counted().map(|line| line.cash).sum(),
            count: counted().count(),
        }
    }

    fn of_field(&self, id: &str) -> String {
        match id {
            "medfee_sumamt" => self.total.to_string(),
            "fund_pay_sumamt" => self.fund.to_string(),
            "acct_pay" => self.account.to_string(),
            "cash_payamt" => self.cash.to_string(),
            "fixmedins_setl_cnt" => self.count.to_string(),
            _ => String::new(),
        }
    }
}

/// `{"data": …}`, a list where the node holds several rows.
fn input(cells: Cells, many: bool) -> Value {
    let object: Map<String, Value> = cells.into_iter().map(|(id, text)| (id, Value::String(text))).collect();
    let node = if many { Value::Array(vec![Value::Object(object)]) } else { Value::Object(object) };
    Value::Object(Map::from_iter([("data".to_owned(), node)]))
}

/// A ZIP with one file, without the time of day: it is written into memory and holds what it is given.
fn zipped(text: &File) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    zip.start_file(&text.name, plain).expect("a ZIP in memory takes a file with a plain name");
    zip.write_all(&text.bytes).expect("a ZIP in memory takes any bytes");
    zip.finish().expect("a ZIP in memory ends").into_inner()
}

impl Explain for StatementFault {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (StatementFault::Value { line: Some(line), field, fault }, Lang::Zh) => {
                format!("第 {line} 笔结算的 {field}：{}", fault.what(lang))
            }
            (StatementFault::Value { line: Some(line), field, fault }, Lang::En) => {
                format!("settlement {line}, {field} {}", fault.what(lang))
            }
            (StatementFault::Value { line: None, field, fault }, Lang::Zh) => {
                format!("对账请求的 {field}：{}", fault.what(lang))
            }
            (StatementFault::Value { line: None, field, fault }, Lang::En) => {
                format!("the request's {field} {}", fault.what(lang))
            }
            (StatementFault::Empty, _) => {
                lang.pick("没有可对账的结算", "there is no settlement to compare").to_owned()
            }
            (StatementFault::Days, _) => {
                lang.pick("对账结束日期早于开始日期", "the last day lies before the first").to_owned()
            }
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            StatementFault::Value { .. } => {
                lang.pick("更正该值；程序不会截断内容", "correct it; nothing is cut to fit")
            }
            StatementFault::Empty => lang.pick("换一个时段", "ask for other days"),
            StatementFault::Days => lang.pick("对调两个日期", "exchange the two days"),
        }
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn query() -> StatementQuery {
        StatementQuery {
            facility: "H14090200001".to_owned(),
            insurance: "310".to_owned(),
            clearing: "11".to_owned(),
            body: "140902".to_owned(),
            from: "2021-11-01".parse::<Time>().unwrap().day(),
            to: "2021-11-02".parse::<Time>().unwrap().day(),
            refunds: None,
            at: "2021-11-03T08:00:00".parse().unwrap(),
        }
    }

    fn line(setl_id: &str, total: i64, refund: &str) -> StatementLine {
        let fen = Money::from_fen;
        StatementLine {
            setl_id: setl_id.to_owned(),
            mdtrt_id: String::new(),
            psn_no: "14000001".to_owned(),
            total: fen(total),
            fund: fen(total / 2),
            account: fen(0),
            cash: fen(total / 2),
            refund: refund.to_owned(),
            undone: refund == "1",
            kind: Kind::Outpatient,
        }
    }

    #[test]
    fn a_request_with_its_file_and_totals() {
        let lines = [line("S1", 3000, "0"), line("S2", -1000, "1")];
        let made = statement_request(&query(), &lines, &Profile::national()).unwrap();
        assert_eq!(made.text.name, "H14090200001-310-11-140902-20211103080000.txt");
        let text = "S1\tnull\t14000001\t30.00\t15.00\t0.00\t0\nS2\tnull\t14000001\t-10.00\t-5.00\t0.00\t1\n";
        assert_eq!(String::from_utf8(made.text.bytes.clone()).unwrap(), text);
        let mut zip = zip::ZipArchive::new(Cursor::new(&made.zip.bytes)).unwrap();
        assert_eq!(zip.len(), 1);
        let mut inside = String::new();
        zip.by_index(0).unwrap().read_to_string(&mut inside).unwrap();
        assert_eq!(inside, text);
        insta::assert_snapshot!(made.totals, @r#"{"data":[{"insutype":"310","clr_type":"11","setl_optins":"140902","stmt_begndate":"2021-11-01","stmt_enddate":"2021-11-02","medfee_sumamt":"20.00","fund_pay_sumamt":"10.00","acct_pay":"0.00","fixmedins_setl_cnt":"2","refd_setl_flag":""}]}"#);
        insta::assert_snapshot!(made.request, @r#"{"data":{"setl_optins":"140902","file_qury_no":"{{9101.file_qury_no}}","stmt_begndate":"2021-11-01","stmt_enddate":"2021-11-02","medfee_sumamt":"20.00","fund_pay_sumamt":"10.00","cash_payamt":"10.00","fixmedins_setl_cnt":"2","clr_type":"11","refd_setl_flag":""}}"#);
        assert_eq!(made, statement_request(&query(), &lines, &Profile::national()).unwrap());
        let without = StatementQuery { refunds: Some("0".to_owned()), ..query() };
        let without = statement_request(&without, &lines, &Profile::national()).unwrap();
        assert_eq!((without.sums.count, without.sums.total), (1, Money::from_fen(3000)));
        assert_eq!(without.text.bytes, made.text.bytes, "the file names refunds all the same");
    }

    #[test]
    fn what_the_file_cannot_hold_is_refused() {
        let bad = |change: fn(&mut StatementQuery, &mut StatementLine)| {
            let (mut query, mut line) = (query(), line("S1", 100, "0"));
            change(&mut query, &mut line);
            statement_request(&query, &[line], &Profile::national()).unwrap_err()
        };
        let value = |line, field: &str, fault| StatementFault::Value { line, field: field.to_owned(), fault };
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (bad(|_, l| l.setl_id = "S\t1".into()),   value(Some(1), "setl_id", Fault::Control { code: 9, at: 2 })),
            (bad(|_, l| l.psn_no = "null".into()),    value(Some(1), "psn_no", Fault::Placeholder)),
            (bad(|_, l| l.refund = "0000".into()),    value(Some(1), "refd_setl_flag", Fault::TooLong { characters: 4, most: 3 })),
            (bad(|q, _| q.body = "1409020".into()),   value(None, "setl_optins", Fault::TooLong { characters: 7, most: 6 })),
            (bad(|q, _| std::mem::swap(&mut q.from, &mut q.to)), StatementFault::Days),
        ];
        for (found, want) in cases {
            assert_eq!(found, want);
            assert_ne!(found.what(Lang::Zh), found.what(Lang::En));
        }
        let none = statement_request(&query(), &[], &Profile::national());
        assert_eq!(none, Err(StatementFault::Empty));
    }
}
