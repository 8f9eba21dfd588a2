//! What goes into the fields: from a record, field by field.
//!
//! A field takes, in this order: what the ledger knows, a fact that someone
//! recorded under the field's own id, and a constant where the interface leaves
//! one choice to a facility that backfills. Anything else stays empty.

mod filing;
mod inpatient;
mod lists;
mod outpatient;
mod purchase;
mod undo;

use super::check::{Fault, LeftOut, MOST_DIGITS, check};
use super::encoding;
use super::fields::{Field, Node, Shape};
use super::layout::{Encoding, Form};
use super::profile::{Listed, Profile};
use super::workbook::WIDEST;
use super::{Depth, Head, Item};
use crate::domain::{FactValue, Issued, Kind, Line, Purpose, Record, Route, Time};

/// The call that looks a person up; who reads files does that by hand.
pub(super) const LOOK_UP: &str = "1101";

/// The rows that one record adds to one node.
pub(super) struct Rows<'p> {
    pub(super) node: &'p Node,
    pub(super) rows: Vec<Vec<String>>,
}

/// The rows of one record, checked; or why it is left out.
pub(super) fn rows<'p>(
    head: &'p Head,
    item: &'p Item,
    profile: &'p Profile,
) -> Result<Vec<Rows<'p>>, LeftOut> {
    let page = Page { head, item, profile, whole: head.layout.form == Form::Calls };
    let rows = page.rows();
    page.check_settlement(&rows)?;
    for Rows { node, rows } in &rows {
        for row in rows {
            for (field, text) in node.columns().zip(row) {
                page.check(node, field, text).map_err(|fault| page.left_out(node, &field.id, fault))?;
            }
        }
    }
    Ok(rows)
}

/// One record on its way into the files.
pub(super) struct Page<'p> {
    pub(super) head: &'p Head,
    pub(super) item: &'p Item,
    pub(super) profile: &'p Profile,
    /// Nodes of which nothing is known are there all the same.
    pub(super) whole: bool,
}

impl<'p> Page<'p> {
    fn record(&self) -> &'p Record {
        &self.item.record
    }

    fn keys(&self) -> Option<&'p Issued> {
        self.item.issued.as_ref()
    }

    /// Every row of the record, in the order of the calls; nothing is checked yet.
    pub(super) fn rows(&self) -> Vec<Rows<'p>> {
        let mut rows = match self.head.purpose {
            Purpose::Refund => vec![self.with("", "refund", |field| lists::refund(self, field))],
            Purpose::Handover => lists::handed_over(self),
            Purpose::Backfill | Purpose::Resettle | Purpose::Register | Purpose::Undo => self.called(),
            // It asks about settlements, and holds no record.
            Purpose::Statement => Vec::new(),
        };
        rows.retain(|rows| self.profile.makes(rows.node.transaction));
        rows
    }

    fn called(&self) -> Vec<Rows<'p>> {
        let mut rows = Vec::new();
        let unknown = self.record().person.psn_no.is_empty() || self.record().facts.get("psn_type").is_none();
        // What was begun and never settled is taken back; then the record is sent as if for the first time.
        let begun = self.item.undo.as_ref().filter(|undo| matches!(undo.depth, Depth::Begun { .. }));
        let calls = match self.item.undo.as_ref().filter(|_| begun.is_none()) {
            Some(undo) => undo::rows(self, undo),
            None => match self.record().kind {
                Kind::Outpatient => outpatient::rows(self),
                Kind::Inpatient => inpatient::rows(self),
                Kind::Purchase => purchase::rows(self),
                Kind::Filing => filing::rows(self),
            },
        };
        let unknown = match self.item.undo.as_ref().filter(|_| begun.is_none()) {
            Some(undo) => undo.psn_no.is_empty() && self.record().person.psn_no.is_empty(),
            None => unknown,
        };
        rows.extend(begun.into_iter().flat_map(|undo| undo::rows(self, undo)));
        if unknown && calls.iter().any(|rows| !rows.node.is_list()) {
            rows.push(self.one(LOOK_UP, "data"));
        }
        rows.extend(calls);
        if self.item.route == Route::Convert && self.item.undo.is_none() {
            rows.push(self.with("", "convert", |field| lists::convert(self, field)));
        }
        rows
    }

    /// When the visit, stay or purchase began.
    fn began_at(&self) -> Time {
        self.item
            .admitted_at
            .or(self.record().admitted_at)
            .filter(|_| self.record().kind == Kind::Inpatient)
            .unwrap_or(self.record().occurred_at)
    }

    /// The date on a paper form.
    fn form_date(&self) -> Time {
        self.record().applied_on.unwrap_or(self.record().occurred_at)
    }

    /// A row in one node, from what every node takes.
    fn one(&self, call: &str, name: &str) -> Rows<'p> {
        self.with(call, name, |field| self.common(field))
    }

    /// A row in one node.
    fn with(&self, call: &str, name: &str, value: impl Fn(&Field) -> String) -> Rows<'p> {
        let node = self.known(call, name);
        Rows { node, rows: vec![self.row(node, value)] }
    }

    /// A row per fee line in one node.
    fn lines(&self, call: &str, name: &str, value: impl Fn(&Field, &Line, u64) -> String) -> Rows<'p> {
        let node = self.known(call, name);
        let row = |(at, line): (u64, &Line)| self.row(node, |field| value(field, line, at));
        Rows { node, rows: (0..).zip(&self.record().lines).map(row).collect() }
    }

    fn row(&self, node: &Node, value: impl Fn(&Field) -> String) -> Vec<String> {
        let cell = |field: &Field| match &*field.id {
            "number" => self.item.number.to_string(),
            "record_no" => self.record().record_no.clone(),
            "msgid" => self.message(node).to_owned(),
            _ => value(field),
        };
        node.columns().map(cell).collect()
    }

    /// The message id of a call that settles; an undone settlement is a call of its own.
    fn message(&self, node: &Node) -> &'p str {
        let undoes = ["2103", "2208", "2305"].contains(&node.transaction);
        let other = self.item.messages.first().map(String::as_str);
        let issued = self.keys().map(|keys| &*keys.medins_setl_id);
        (if undoes { other.or(issued) } else { issued }).unwrap_or_default()
    }

    fn check(&self, node: &Node, field: &Field, text: &str) -> Result<(), Fault> {
        check(field, text)?;
        if self.profile.lists(field, text) == Listed::No {
            return Err(Fault::NotACode);
        }
        let layout = self.head.layout;
        let calls = layout.form == Form::Calls && !node.is_list();
        if calls && text.contains("{{") {
            return Err(Fault::Placeholder);
        }
        let characters = text.chars().count();
        if layout.form == Form::Xlsx && characters >= WIDEST {
            return Err(Fault::TooLong { characters, most: WIDEST - 1 });
        }
        let encoding = if calls || layout.form == Form::Xlsx { Encoding::Utf8 } else { layout.encoding };
        match encoding::lost(text, encoding) {
            Some((ch, at)) => Err(Fault::NotInEncoding { code: u32::from(ch), at }),
            None => Ok(()),
        }
    }

    fn left_out(&self, node: &Node, field: &str, fault: Fault) -> LeftOut {
        LeftOut {
            number: self.item.number.clone(),
            file: node.file_name(),
            field: field.to_owned(),
            field_zh: node.column(field).map_or_else(Box::default, |field| (*field.zh).into()),
            fault,
        }
    }

    /// What must hold before a record is settled: usable keys, lines that sum to the total and that one call holds.
    fn check_settlement(&self, rows: &[Rows<'_>]) -> Result<(), LeftOut> {
        let settles = |rows: &&Rows<'_>| rows.node.settles() && rows.node.column("medfee_sumamt").is_some();
        let Some(settling) = rows.iter().find(settles).map(|rows| rows.node) else { return Ok(()) };
        if !self.keys().is_some_and(|keys| usable(keys, self.record().lines.len())) {
            return Err(self.left_out(settling, "msgid", Fault::BadKey));
        }
        let record = self.record();
        if !record.lines.is_empty() && record.lines_total() != record.total {
            return Err(self.left_out(settling, "medfee_sumamt", Fault::LinesDoNotSum));
        }
        if self.head.layout.form != Form::Calls {
            return Ok(());
        }
        if record.lines.is_empty() {
            return Err(self.left_out(settling, "medfee_sumamt", Fault::NoLines));
        }
        for Rows { node, rows } in rows.iter().filter(|rows| rows.node.transaction != SPLIT) {
            let most = self.profile.lines_per_call(node.transaction).unwrap_or(usize::MAX);
            if rows.len() > most {
                let fault = Fault::TooManyLines { lines: rows.len(), most };
                return Err(self.left_out(node, "feedetl_sn", fault));
            }
        }
        Ok(())
    }

    /// A node of the profile.
    fn known(&self, call: &str, name: &str) -> &'p Node {
        self.profile.node(call, name).expect("the table of fields has every node that is written")
    }

    /// What every node takes from the same place.
    fn common(&self, field: &Field) -> String {
        let found = self.kept(&field.id);
        if !found.is_empty() {
            return found;
        }
        let stated = self.stated(field);
        if !stated.is_empty() {
            return stated;
        }
        field.preset.clone().unwrap_or_else(|| self.constant(&field.id).to_owned())
    }

    fn kept(&self, id: &str) -> String {
        let record = self.record();
        let person = &record.person;
        match id {
            // What is settled again without a new visit keeps the visit it had.
            "mdtrt_id" => self
                .item
                .undo
                .as_ref()
                .filter(|undo| undo.depth == Depth::Settlement)
                .map(|undo| undo.mdtrt_id.clone())
                .unwrap_or_default(),
            "psn_no" if person.psn_no.is_empty() => {
                self.item.undo.as_ref().map(|undo| undo.psn_no.clone()).unwrap_or_default()
            }
            "psn_no" => person.psn_no.clone(),
            "psn_name" => person.name.clone(),
            "psn_cert_type" | "cert_type" => person.id_type.clone(),
            "certno" => person.id_no.clone(),
            "tel" => person.phone.clone(),
            "mdtrt_cert_type" => self.credential().0.to_owned(),
            "mdtrt_cert_no" => self.credential().1.to_owned(),
            "insutype" => record.insurance.clone(),
            "insuplc_admdvs" | "insu_optins" => record.insured_area.clone(),
            "begntime" | "diag_time" => self.began_at().platform(),
            "ipt_otp_no" | "ipt_no" if record.record_no.is_empty() => self.item.number.to_string(),
            "ipt_otp_no" | "ipt_no" => record.record_no.clone(),
            "dr_name" | "dise_dor_name" | "chfpdr_name" | "bilg_dr_name" | "diag_dr_name" => {
                record.doctor.clone()
            }
            "dept_name" | "diag_dept" | "bilg_dept_name" | "adm_dept_name" | "dscg_dept_name" => {
                record.department.clone()
            }
            "diag_code" | "dscg_maindiag_code" => record.diagnosis_code.clone(),
            "diag_name" | "dscg_maindiag_name" | "adm_diag_dscr" => record.diagnosis_name.clone(),
            "dise_codg" | "opsp_dise_code" if is_chronic_code(&record.diagnosis_code) => {
                record.diagnosis_code.clone()
            }
            "dise_name" | "opsp_dise_name" if is_chronic_code(&record.diagnosis_code) => {
                record.diagnosis_name.clone()
            }
            "dscgTime" => record.discharged_at.map(|time| time.day().to_string()).unwrap_or_default(),
            "medfee_sumamt" => record.total.to_string(),
            "invono" => record.receipt_no.clone(),
            // Lines that stay on the platform are settled again under the number they have there.
            "chrg_bchno" if self.kept_lines().is_some() => self.kept_lines().unwrap_or_default().to_owned(),
            "chrg_bchno" => self.keys().map(|keys| keys.chrg_bchno.clone()).unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// The number of the fee lines that an undoing leaves on the platform.
    fn kept_lines(&self) -> Option<&'p str> {
        let undo = self.item.undo.as_ref().filter(|undo| undo.depth == Depth::Settlement)?;
        Some(&*undo.chrg_bchno).filter(|number| !number.is_empty())
    }

    /// A fact recorded under the field's id, as a region or a facility may need it.
    fn stated(&self, field: &Field) -> String {
        match self.record().facts.get(&field.id) {
            Some(FactValue::Text(text)) => text.clone(),
            Some(FactValue::Number(number)) => number.to_string(),
            Some(FactValue::Flag(flag)) => if *flag { "1" } else { "0" }.to_owned(),
            Some(FactValue::Time(time)) if field.shape == Shape::Date => time.day().to_string(),
            Some(FactValue::Time(time)) => time.platform(),
            Some(FactValue::List(_)) | None => String::new(),
        }
    }

    /// Where the interface leaves no choice to a visit that is backfilled.
    fn constant(&self, id: &str) -> &'static str {
        match id {
            "med_type" => med_type(self.record()),
            "vali_flag" | "maindiag_flag" | "diag_srt_no" | "diag_type" => "1",
            "psn_setlway" => "01",
            "mid_setl_flag" => "0",
            _ => "",
        }
    }

    /// The credential of the visit and its number. A code scanned in the downtime is worthless
    /// later, so it is the identity card, else the card.
    fn credential(&self) -> (&'static str, &str) {
        let person = &self.record().person;
        if person.id_type == "01" && !person.id_no.is_empty() {
            ("02", &person.id_no)
        } else if person.card_no.is_empty() {
            ("", "")
        } else {
            ("03", &person.card_no)
        }
    }

    /// What the fee lines of every call have in common.
    fn fee_line(&self, field: &Field, line: &Line, at: u64) -> String {
        match &*field.id {
            "feedetl_sn" => {
                self.keys().map(|keys| (keys.first_feedetl_sn + at).to_string()).unwrap_or_default()
            }
            "fee_ocur_time" => line.occurred_at.unwrap_or(self.began_at()).platform(),
            "med_list_codg" => line.item_code.clone(),
            "medins_list_codg" => line.own_code.clone(),
            "det_item_fee_sumamt" => line.amount.to_string(),
            "cnt" => line.quantity.to_string(),
            "pric" => line.unit_price.to_string(),
            _ => self.common(field),
        }
    }

    /// There is a diagnosis to send, or someone has to fill it in.
    fn shows_diagnosis(&self) -> bool {
        self.whole || !self.record().diagnosis_code.is_empty() || !self.record().diagnosis_name.is_empty()
    }
}

/// The call whose lines may go up in several parts; every other call takes all lines of a charge batch at once.
pub(super) const SPLIT: &str = "2301";

/// Keys the strictest edition takes: 30 characters, digits that are never `0000`, running numbers of 15 digits.
fn usable(keys: &Issued, lines: usize) -> bool {
    let batch = &keys.chrg_bchno;
    let digits = !batch.is_empty() && batch.len() <= MOST_DIGITS && batch.bytes().all(|b| b.is_ascii_digit());
    let last = u64::try_from(lines).ok().and_then(|lines| keys.first_feedetl_sn.checked_add(lines));
    keys.medins_setl_id.len() == 30
        && keys.medins_setl_id.is_ascii()
        && digits
        && batch.bytes().any(|b| b != b'0')
        && keys.first_feedetl_sn > 0
        && last.is_some_and(|last| last <= 999_999_999_999_999)
}

/// A code of the list of chronic and special diseases, `M` and five digits, and not an ICD code.
fn is_chronic_code(code: &str) -> bool {
    code.strip_prefix('M').is_some_and(|rest| rest.len() == 5 && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// `med_type`, where the whole country uses one code; regions have their own for the rest.
fn med_type(record: &Record) -> &'static str {
    match (record.kind, &*record.line) {
        (Kind::Outpatient, "ordinary") => "11",
        (Kind::Outpatient, "emergency") => "13",
        (Kind::Outpatient, "chronic") => "14",
        (Kind::Inpatient, "ordinary") => "21",
        (Kind::Inpatient, "accident") => "22",
        (Kind::Inpatient, "maternity") => "52",
        (Kind::Purchase, "ordinary") => "41",
        _ => "",
    }
}
