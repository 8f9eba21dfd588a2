//! A stand-in for the city's platform: it reads the files of a batch, answers
//! them, and writes settlement statements, with differences planted on purpose.
//!
//! It knows nothing of the ledger. What it answers depends on what the files
//! say and on the table of fates alone, so it is the same every time.

use super::people::person;
use crate::domain::Money;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// What the platform makes of some records; all others are settled as they were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Refused until it is sent with this insurance type.
    Insured(&'static str),
    /// Refused for good: the person's insurance was suspended.
    NotInsured,
    /// Accepted, and then not on the first statement; on the second where it says so.
    Missing { late: bool },
    /// Settled with another total.
    Total(i64),
    /// Fund, account and cash do not sum to the total.
    Parts,
    /// Settled twice; the second statement may reverse one of them.
    Twice { mended: bool },
    /// Settled and taken back again.
    Reversed,
    /// On the statement with nothing but the person.
    Nameless,
}

#[rustfmt::skip] // the columns are the point
const FATES: &[(&str, Fate)] = &[
    ("MZ0012", Fate::Insured("310")),
    ("ZY0005", Fate::Insured("310")),
    ("MZ0044", Fate::NotInsured),
    ("MZ0020", Fate::Missing { late: true }),
    ("YF0022", Fate::Missing { late: true }),
    ("ZY0011", Fate::Missing { late: false }),
    ("ZS0030", Fate::Missing { late: false }),
    ("MZ0033", Fate::Total(1_000)),
    ("ZS0008", Fate::Total(-150)),
    ("YF0011", Fate::Parts),
    ("MZ0025", Fate::Twice { mended: true }),
    ("YF0050", Fate::Twice { mended: false }),
    ("ZY0015", Fate::Reversed),
    ("ZS0033", Fate::Reversed),
    ("MZ0060", Fate::Nameless),
    ("ZS0020", Fate::Nameless),
    ("ZS0021", Fate::Nameless),
];

/// A visit that nobody wrote down: only the platform has it. Its slip turns up later.
pub(super) const FORGOTTEN: (&str, usize, &str) = ("MZ0301", 901, "86.00");

/// The calls that settle, with the file each of them is in.
const SETTLING: &[&str] = &["2207-data.csv", "2304-data.csv", "2102-druginfo.csv"];
/// The files that register filings.
const REGISTERING: &[&str] = &["2501-refmedin.csv", "2503-data.csv", "2505-data.csv", "registration.csv"];

const ANSWER_HEADINGS: &str = "medins_setl_id,number,infcode,err_msg";
const STATEMENT_HEADINGS: &str = "setl_id,init_setl_id,mdtrt_id,psn_no,certno,insutype,setl_time,medfee_sumamt,\
fund_pay_sumamt,acct_pay,psn_cash_pay,refd_setl_flag,medins_setl_id,record_no";

/// One record as a batch names it.
struct Sent {
    number: String,
    record_no: String,
    msgid: String,
    certno: String,
    insutype: String,
    total: Money,
}

impl Sent {
    fn fate(&self) -> Option<Fate> {
        FATES.iter().find(|(number, _)| *number == self.record_no).map(|(_, fate)| *fate)
    }

    /// Why it is refused, if it is.
    fn refusal(&self) -> Option<&'static str> {
        match self.fate() {
            Some(Fate::Insured(insutype)) if insutype != self.insutype => {
                Some("险种与参保信息不一致，应为职工基本医疗保险")
            }
            Some(Fate::NotInsured) => Some("就诊当日参保状态为暂停参保"),
            _ => None,
        }
    }
}

/// The answer to one batch.
///
/// # Errors
/// What reading the folder answers.
pub(super) fn answer(folder: &Path) -> io::Result<String> {
    let mut text = format!("{ANSWER_HEADINGS}\r\n");
    for sent in read(folder, SETTLING)?.iter().chain(&read(folder, REGISTERING)?) {
        let (code, why) = sent.refusal().map_or(("0", ""), |why| ("-1", why));
        put(&mut text, format_args!("{},{},{code},{why}", sent.msgid, sent.number));
    }
    Ok(text)
}

/// The first statement over all batches in a folder, and the second, which overlaps with it.
///
/// # Errors
/// What reading the folders answers.
pub(super) fn statements(batches: &Path) -> io::Result<(String, String)> {
    let mut folders: Vec<_> = std::fs::read_dir(batches)?.collect::<Result<Vec<_>, _>>()?;
    folders.sort_by_key(std::fs::DirEntry::file_name);
    let (mut first, mut second) = (Statement::new("20211105"), Statement::new("20211114"));
    let mut taken = 0;
    for folder in folders {
        for sent in read(&folder.path(), SETTLING)?.iter().filter(|sent| sent.refusal().is_none()) {
            taken += 1;
            settle(&mut first, &mut second, sent, taken);
        }
    }
    let (record_no, who, total) = FORGOTTEN;
    first.extra(record_no, who, total);
    first.extra("P-88127", 902, "41.20");
    Ok((first.text, second.text))
}

fn settle(first: &mut Statement, second: &mut Statement, sent: &Sent, taken: usize) {
    let keys = if taken.is_multiple_of(5) { Keys::RecordNo } else { Keys::Issued };
    match sent.fate() {
        Some(Fate::Missing { late }) => {
            if late {
                second.settle(sent, sent.total, Keys::Issued);
            }
        }
        Some(Fate::Total(more)) => drop(first.settle(sent, sent.total + Money::from_fen(more), keys)),
        Some(Fate::Parts) => {
            first.spoiled = Money::from_fen(300);
            first.settle(sent, sent.total, keys);
            first.spoiled = Money::ZERO;
        }
        Some(Fate::Twice { mended }) => {
            first.settle(sent, sent.total, keys);
            let again = first.settle(sent, sent.total, keys);
            if mended {
                second.reverse(sent, &again);
            }
        }
        Some(Fate::Reversed) => {
            let settled = first.settle(sent, sent.total, keys);
            first.reverse(sent, &settled);
        }
        Some(Fate::Nameless) => drop(first.settle(sent, sent.total, Keys::Person)),
        Some(Fate::Insured(_) | Fate::NotInsured) | None => {
            let row = first.text.len();
            first.settle(sent, sent.total, keys);
            // Statements overlap by a few rows, as they do where the days of two downloads do.
            if taken.is_multiple_of(40) {
                let repeated = first.text[row..].to_owned();
                second.text.push_str(&repeated);
            }
        }
    }
}

/// By what a row can be found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    Issued,
    RecordNo,
    Person,
}

/// A statement in the making.
struct Statement {
    text: String,
    day: &'static str,
    count: u32,
    /// What the parts of the next row are too much.
    spoiled: Money,
}

impl Statement {
    fn new(day: &'static str) -> Statement {
        Statement { text: format!("{STATEMENT_HEADINGS}\r\n"), day, count: 0, spoiled: Money::ZERO }
    }

    fn settle(&mut self, sent: &Sent, total: Money, keys: Keys) -> String {
        let id = self.next_id();
        self.row(&id, "", sent, total, keys);
        id
    }

    fn reverse(&mut self, sent: &Sent, settled: &str) {
        let id = self.next_id();
        self.row(&id, settled, sent, -sent.total, Keys::RecordNo);
    }

    fn extra(&mut self, record_no: &str, who: usize, total: &str) {
        let sent = Sent {
            number: String::new(),
            record_no: record_no.to_owned(),
            msgid: String::new(),
            certno: person(who).id_no,
            insutype: "390".to_owned(),
            total: total.parse().unwrap_or_default(),
        };
        let total = sent.total;
        self.settle(&sent, total, Keys::RecordNo);
    }

    fn next_id(&mut self) -> String {
        self.count += 1;
        format!("{}{:05}", self.day, self.count)
    }

    fn row(&mut self, id: &str, init: &str, sent: &Sent, total: Money, keys: Keys) {
        let Sent { certno, insutype, .. } = sent;
        let psn_no = format!("99{}", certno.get(6..17).unwrap_or_default());
        let (fund, account, cash) = shares(total, insutype);
        let (day, minute) = (self.day, self.count % 540);
        let day = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
        let at = format!("{day} {:02}:{:02}:00", 8 + minute / 60, minute % 60);
        let msgid = if keys == Keys::Issued { sent.msgid.as_str() } else { "" };
        let record_no = if keys == Keys::Person { "" } else { sent.record_no.as_str() };
        let back = u8::from(total.is_negative());
        let cash = cash + self.spoiled;
        put(
            &mut self.text,
            format_args!(
                "{id},{init},M{id},{psn_no},{certno},{insutype},{at},{total},{fund},{account},{cash},{back},{msgid},{record_no}"
            ),
        );
    }
}

/// Fund, account and cash: employees 72 in the hundred, residents 56, whole fen; a reversal mirrors its settlement.
fn shares(total: Money, insutype: &str) -> (Money, Money, Money) {
    let (rate, by_account) = if insutype == "310" { (72, 2) } else { (56, 0) };
    let fund = total.fen() * rate / 100;
    let rest = total.fen() - fund;
    let account = if by_account == 0 { 0 } else { rest / by_account };
    (Money::from_fen(fund), Money::from_fen(account), Money::from_fen(rest - account))
}

/// The records in those files of a batch that are there. Their first column is our number, whatever it is called.
fn read(folder: &Path, files: &[&str]) -> io::Result<Vec<Sent>> {
    let mut all = Vec::new();
    for path in files.iter().map(|file| folder.join(file)).filter(|path| path.is_file()) {
        let bytes = std::fs::read(path)?;
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let mut reader = csv::Reader::from_reader(text);
        let headings = reader.headers()?.clone();
        for row in reader.records() {
            let row = row?;
            let cell = |id: &str| {
                let at = headings.iter().position(|heading| heading == id);
                at.and_then(|at| row.get(at)).unwrap_or_default().to_owned()
            };
            all.push(Sent {
                number: row.get(0).unwrap_or_default().to_owned(),
                record_no: row.get(1).unwrap_or_default().to_owned(),
                msgid: cell("msgid"),
                certno: cell("certno"),
                insutype: cell("insutype"),
                total: cell("medfee_sumamt").parse().unwrap_or_default(),
            });
        }
    }
    Ok(all)
}

fn put(text: &mut String, row: std::fmt::Arguments<'_>) {
    text.write_fmt(row).expect("a text takes everything");
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_the_total_in_both_directions() {
        for fen in [0, 1, 99, 8_600, 123_457] {
            for insutype in ["310", "390"] {
                let total = Money::from_fen(fen);
                let (fund, account, cash) = shares(total, insutype);
                assert_eq!(fund + account + cash, total);
                let back = shares(-total, insutype);
                assert_eq!(back, (-fund, -account, -cash));
            }
        }
    }
}
