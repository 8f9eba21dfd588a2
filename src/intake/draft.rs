//! One row of a records sheet as a checked record, and the key of its content.
//!
//! Every check that a row can be put to alone is here; all faults of a row are
//! gathered. What needs the lines, or other rows, is done by the record sheet.

use crate::domain::{
    CertNo, Digest, FactKind, FactValue, Facts, Kind, Line, Money, PayMethod, Person, Record, Time,
    business_line,
};
use crate::intake::column::RecordField as Field;
use crate::intake::reading::Reading;
use crate::intake::{Context, FaultReason, words};
use crate::text::Label;
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// A record as a sheet states it, checked; not yet decided about, not yet stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The record, with its fee lines.
    pub record: Record,
    /// Line of the records file.
    pub at_line: u64,
    /// Lines of the file of fee lines, in the order of the fee lines, neighbours as a run: `2-6 9`.
    pub lines_at: String,
    /// Digest of the cleaned content with its lines, see [`row_key`].
    pub row_key: Digest,
    /// The record's facility, where the ledger does not know it and the map lets it in.
    pub new_facility: Option<String>,
    /// Line on which the same record stood before, word for word; it need not be taken twice.
    pub repeats: Option<u64>,
}

/// The columns that hold yes or no.
const FLAGS: [(Field, &str); 5] = [
    (Field::Prepaid, "prepaid"),
    (Field::Dischargeable, "dischargeable"),
    (Field::Arrears, "arrears"),
    (Field::Filed, "filed"),
    (Field::Anomaly, "anomaly"),
];

/// Reads the present row, without its lines. The record is complete only where no fault was found.
pub(super) fn read(
    row: &mut Reading<'_>,
    ctx: &Context<'_>,
    new_facilities: bool,
) -> (Record, Option<String>) {
    let kind = kind(row);
    let filing = kind == Some(Kind::Filing);
    let (facility, new_facility) = facility(row, Field::Facility, ctx, new_facilities);
    let person = person(row, ctx.now);
    let (total, paid, pay_method) = money(row, kind);
    let admitted_at = row.past(Field::AdmittedAt, ctx.now);
    let discharged_at = row.past(Field::DischargedAt, ctx.now);
    let applied_on = row.past(Field::AppliedOn, ctx.now);
    if let (Some(admitted_at), Some(_)) =
        (admitted_at, discharged_at.filter(|left| Some(*left) < admitted_at))
    {
        row.refuse(Field::DischargedAt, FaultReason::Backwards { admitted_at });
    }
    let stands_in = match kind {
        Some(Kind::Filing) => Some((Field::AppliedOn, applied_on)),
        Some(Kind::Inpatient) => Some((Field::AdmittedAt, admitted_at)),
        _ => None,
    };
    let record = Record {
        record_no: row.number(Field::RecordNo),
        facility,
        kind: kind.unwrap_or(Kind::Outpatient),
        line: kind.map(|kind| line(row, Field::Line, kind)).unwrap_or_default(),
        person,
        insured_area: area(row, Field::InsuredArea),
        insurance: insurance(row, Field::Insurance),
        person_group: row.text(Field::PersonGroup),
        occurred_at: occurred_at(row, ctx.now, stands_in),
        admitted_at,
        discharged_at,
        applied_on,
        department: row.text(Field::Department),
        doctor: row.text(Field::Doctor),
        diagnosis_code: row.text(Field::DiagnosisCode),
        diagnosis_name: row.text(Field::DiagnosisName),
        total: total.unwrap_or_default(),
        paid,
        pay_method,
        receipt_no: row.number(Field::ReceiptNo),
        facts: facts(row),
        note: row.text(Field::Note),
        lines: Vec::new(),
    };
    if total.is_none() && !filing && row.raw(Field::Total).is_empty() {
        row.refuse(Field::Total, FaultReason::Missing);
    }
    (record, new_facility)
}

fn kind(row: &mut Reading<'_>) -> Option<Kind> {
    if row.required(Field::Kind).is_empty() {
        return None;
    }
    row.parse(Field::Kind.into(), |text| text.parse().map_err(FaultReason::Word))
}

/// The business line of a row.
pub(super) fn line(row: &mut Reading<'_>, column: impl Into<usize>, kind: Kind) -> String {
    let column = column.into();
    let text = row.raw(column);
    match business_line(kind, words::line(&text)) {
        Ok(line) => line,
        Err(word) => {
            row.refuse(column, FaultReason::Word(word));
            String::new()
        }
    }
}

/// The facility of a row, and the same once more where the ledger does not know it yet.
pub(super) fn facility(
    row: &mut Reading<'_>,
    column: impl Into<usize>,
    ctx: &Context<'_>,
    takes_new: bool,
) -> (String, Option<String>) {
    let column = column.into();
    let code = row.number(column);
    if code.is_empty() || code == ctx.own_facility {
        return (ctx.own_facility.to_owned(), None);
    }
    if (ctx.knows_facility)(&code) {
        return (code, None);
    }
    // Local codes cannot be excluded, but a code is one word of plain characters and fits `fixmedins_code`.
    let like_a_code = code.len() <= 30 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if takes_new && like_a_code {
        return (code.clone(), Some(code));
    }
    row.refuse(column, FaultReason::Facility);
    (code, None)
}

fn person(row: &mut Reading<'_>, now: Time) -> Person {
    let id_type = id_type(row, Field::IdType);
    Person {
        name: row.required(Field::Name),
        id_no: id_no(row, Field::IdNo, &id_type, now),
        id_type,
        phone: row.number(Field::Phone),
        card_no: row.number(Field::CardNo),
        psn_no: row.number(Field::PsnNo),
    }
}

/// The code of the document; the identity card where nothing is said.
pub(super) fn id_type(row: &mut Reading<'_>, column: impl Into<usize>) -> String {
    let column = column.into();
    let id_type = row.parse(column, |text| words::id_type(text).ok_or(FaultReason::IdType));
    match id_type {
        Some(code) => {
            row.note_padded(column, &code);
            code.into_owned()
        }
        None => "01".to_owned(),
    }
}

/// For an identity card the checked form; other documents have no rule but that a spreadsheet's float is none.
pub(super) fn id_no(row: &mut Reading<'_>, column: impl Into<usize>, id_type: &str, now: Time) -> String {
    let column = column.into();
    if id_type != "01" {
        return row.number(column);
    }
    let number = row.parse(column, |text| CertNo::read(text, now).map_err(FaultReason::Identity));
    number.map(|number| number.as_str().to_owned()).unwrap_or_default()
}

/// A region of six digits.
pub(super) fn area(row: &mut Reading<'_>, column: impl Into<usize>) -> String {
    let six = |text: &str| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = |text: &str| if six(text) { Ok(text.to_owned()) } else { Err(FaultReason::Area) };
    row.parse(column.into(), read).unwrap_or_default()
}

/// The code of an insurance type.
pub(super) fn insurance(row: &mut Reading<'_>, column: impl Into<usize>) -> String {
    let read = |text: &str| words::insurance(text).ok_or(FaultReason::Insurance);
    row.parse(column.into(), read).unwrap_or_default().to_owned()
}

fn occurred_at(row: &mut Reading<'_>, now: Time, stands_in: Option<(Field, Option<Time>)>) -> Time {
    let stated = row.past(Field::OccurredAt, now);
    if stated.is_none() && row.raw(Field::OccurredAt).is_empty() {
        // A date that is there but at fault has its own fault already.
        let silent = stands_in.is_none_or(|(field, _)| row.raw(field).is_empty());
        if silent {
            row.refuse(Field::OccurredAt, FaultReason::Missing);
        }
    }
    stated.or_else(|| stands_in.and_then(|(_, time)| time)).unwrap_or(now)
}

fn money(row: &mut Reading<'_>, kind: Option<Kind>) -> (Option<Money>, Option<Money>, Option<PayMethod>) {
    let total = charge(row, Field::Total);
    let paid = charge(row, Field::Paid);
    let read = |text: &str| text.parse::<PayMethod>().map_err(FaultReason::Word);
    let method = row.parse(Field::PayMethod.into(), read);
    // Whoever stays in hospital pays a deposit, which may be more than the cost so far.
    let deposit = kind == Some(Kind::Inpatient) || method == Some(PayMethod::Deposit);
    if let (Some(total), Some(paid)) = (total, paid)
        && paid > total
        && !deposit
    {
        row.refuse(Field::Paid, FaultReason::PaidOverTotal { total });
    }
    (total, paid, method)
}

/// An amount that is a charge, not a refund.
pub(super) fn charge(row: &mut Reading<'_>, column: impl Into<usize>) -> Option<Money> {
    let column = column.into();
    let amount = row.amount(column)?;
    if amount.is_negative() {
        row.refuse(column, FaultReason::Negative);
        return None;
    }
    Some(amount)
}

fn facts(row: &mut Reading<'_>) -> Facts {
    let mut facts = Facts::default();
    flags(row, &FLAGS, &mut facts);
    for (column, name) in [(Field::Locality, "locality"), (Field::Credential, "credential")] {
        let text = row.text(column);
        facts.set_text(name, words::value(&text).unwrap_or(&text));
    }
    let papers = row.text(Field::Papers);
    if !papers.is_empty() {
        let named = papers.split([';', '；', '|']).map(str::trim).filter(|paper| !paper.is_empty());
        let papers = named.map(|paper| row.sheet.word(Field::Papers.into(), paper));
        let papers = papers.map(|paper| words::paper(paper).unwrap_or(paper).to_owned());
        facts.set("papers", FactValue::List(papers.collect::<BTreeSet<_>>()));
    }
    declared(row, &mut facts);
    facts
}

/// The facts of columns that hold yes or no.
pub(super) fn flags<F: Copy + Into<usize>>(row: &mut Reading<'_>, columns: &[(F, &str)], facts: &mut Facts) {
    for (column, name) in columns {
        let read = |text: &str| {
            Facts::read(name, FactKind::Flag, text).map_err(|_| FaultReason::Fact(FactKind::Flag))
        };
        if let Some(value) = row.parse((*column).into(), read) {
            facts.set(name, value);
        }
    }
}

/// The facts of columns such as `fact:NAME`.
pub(super) fn declared(row: &mut Reading<'_>, facts: &mut Facts) {
    for fact in &row.sheet.facts {
        if let Some(value) = row.fact(fact) {
            facts.set(&fact.name, value);
        }
    }
}

/// The key of a record's content: the same whatever the order of columns, the line ends, the byte order
/// mark or the language of the headings. Two equal keys are two equal rows, not one: how often a row stands
/// in a file still counts.
pub fn row_key(record: &Record) -> Digest {
    let mut content = Content(Vec::with_capacity(512 + record.lines.len() * 192));
    let mut put = |name: &str, value: &str| content.put(name, value.as_bytes());
    let Record { person, .. } = record;
    put("record_no", &record.record_no);
    put("facility", &record.facility);
    put("kind", record.kind.id());
    put("line", &record.line);
    put("name", &person.name);
    put("id_type", &person.id_type);
    put("id_no", &person.id_no);
    put("phone", &person.phone);
    put("card_no", &person.card_no);
    put("psn_no", &person.psn_no);
    put("insured_area", &record.insured_area);
    put("insurance", &record.insurance);
    put("person_group", &record.person_group);
    put("department", &record.department);
    put("doctor", &record.doctor);
    put("diagnosis_code", &record.diagnosis_code);
    put("diagnosis_name", &record.diagnosis_name);
    put("pay_method", record.pay_method.map_or("", |method| method.id()));
    put("receipt_no", &record.receipt_no);
    put("note", &record.note);
    for (name, value) in record.facts.iter() {
        put("fact", name);
        put("value", &value.written(crate::text::Lang::En));
    }
    content.put_time("occurred_at", Some(record.occurred_at));
    content.put_time("admitted_at", record.admitted_at);
    content.put_time("discharged_at", record.discharged_at);
    content.put_time("applied_on", record.applied_on);
    content.put("total", &record.total.fen().to_be_bytes());
    content.put("paid", &record.paid.map_or(Vec::new(), |paid| paid.fen().to_be_bytes().to_vec()));
    for line in &record.lines {
        content.put_line(line);
    }
    Digest::of(&content.0)
}

/// What a row says, each value behind its name and its length, so that no two contents look alike.
struct Content(Vec<u8>);

impl Content {
    /// An empty cell and a column that is not there say the same, so neither leaves a trace; a column that a
    /// later version adds does not change the keys of rows without it.
    fn put(&mut self, name: &str, value: &[u8]) {
        if !value.is_empty() {
            self.0.extend_from_slice(name.as_bytes());
            self.0.push(b'=');
            self.0.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
            self.0.extend_from_slice(value);
        }
    }

    /// Seconds on the Beijing clock.
    fn put_time(&mut self, name: &str, time: Option<Time>) {
        if let Some(time) = time {
            self.put(name, &time.naive().and_utc().timestamp().to_be_bytes());
        }
    }

    /// `2`, `2.0` and `2.00` are one quantity.
    fn put_decimal(&mut self, name: &str, value: Decimal) {
        self.put(name, &value.normalize().serialize());
    }

    /// Lines are most of a file, so their names are short.
    fn put_line(&mut self, line: &Line) {
        self.put("#", &line.line_no.to_be_bytes());
        self.put("i", line.item_code.as_bytes());
        self.put("o", line.own_code.as_bytes());
        self.put("n", line.item_name.as_bytes());
        self.put("c", line.category.as_bytes());
        self.put("s", line.spec.as_bytes());
        self.put_decimal("q", line.quantity.value());
        self.put_decimal("p", line.unit_price.value());
        self.put("a", &line.amount.fen().to_be_bytes());
        self.put_time("t", line.occurred_at);
    }
}
