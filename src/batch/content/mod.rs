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

use super::check::{Fault, LeftOut, MOST_DIGITS, check};
use super::fields::{Field, Node, Shape, node, nodes};
use super::{Head, Item};
use crate::domain::{FactValue, Issued, Kind, Line, Purpose, Record, Time};
use std::collections::BTreeMap;

/// The rows that one record adds to one file.
pub(super) struct Rows {
    node: &'static Node,
    rows: Vec<Vec<String>>,
}

/// One file in the making.
pub(super) struct Sheet {
    pub(super) node: &'static Node,
    pub(super) rows: Vec<Vec<String>>,
}

/// The files in the making, by name.
#[derive(Default)]
pub(super) struct Sheets(BTreeMap<String, Sheet>);

impl Sheets {
    /// Adds the rows of one record.
    pub(super) fn add(&mut self, added: Vec<Rows>) {
        for Rows { node, rows } in added {
            let sheet = self.0.entry(node.file_name()).or_insert_with(|| Sheet { node, rows: Vec::new() });
            sheet.rows.extend(rows);
        }
    }

    /// Files that have rows, in the order of the calls.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Sheet> {
        nodes().filter_map(|node| self.0.get(&node.file_name())).filter(|sheet| !sheet.rows.is_empty())
    }
}

impl Sheet {
    /// Required fields that are empty, with the number of rows: the online side fills them.
    pub(super) fn to_fill(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (at, field) in self.node.columns().enumerate().filter(|(_, field)| field.required) {
            let empty = self.rows.iter().filter(|row| row[at].is_empty()).count();
            if empty > 0 {
                counts.insert(field.id.to_owned(), empty);
            }
        }
        counts
    }
}

/// The rows of one record, checked; or why it is left out.
pub(super) fn rows(head: &Head, item: &Item) -> Result<Vec<Rows>, LeftOut> {
    let page = Page { head, item };
    match head.purpose {
        Purpose::Refund => page.one_list("refund", |field| lists::refund(&page, field)),
        Purpose::Handover => page.one_list("handover", |field| lists::handover(&page, field)),
        Purpose::Backfill | Purpose::Resettle | Purpose::Register => {
            page.check_settlement()?;
            match item.record.kind {
                Kind::Outpatient => outpatient::rows(&page),
                Kind::Inpatient => inpatient::rows(&page),
                Kind::Purchase => purchase::rows(&page),
                Kind::Filing => filing::rows(&page),
            }
        }
    }
}

/// One record on its way into the files.
struct Page<'a> {
    head: &'a Head,
    item: &'a Item,
}

impl Page<'_> {
    fn record(&self) -> &Record {
        &self.item.record
    }

    fn keys(&self) -> Option<&Issued> {
        self.item.issued.as_ref()
    }

    /// When the visit, stay or purchase began.
    fn began_at(&self) -> Time {
        self.record()
            .admitted_at
            .filter(|_| self.record().kind == Kind::Inpatient)
            .unwrap_or(self.record().occurred_at)
    }

    /// The date on a paper form.
    fn form_date(&self) -> Time {
        self.record().applied_on.unwrap_or(self.record().occurred_at)
    }

    /// A row per record in one node.
    fn one(&self, node: &'static Node, value: impl Fn(&Field) -> String) -> Result<Rows, LeftOut> {
        Ok(Rows { node, rows: vec![self.row(node, value)?] })
    }

    /// A row per fee line in one node.
    fn lines(
        &self,
        node: &'static Node,
        value: impl Fn(&Field, &Line, u64) -> String,
    ) -> Result<Rows, LeftOut> {
        let rows =
            (0..).zip(&self.record().lines).map(|(at, line)| self.row(node, |field| value(field, line, at)));
        Ok(Rows { node, rows: rows.collect::<Result<_, _>>()? })
    }

    fn one_list(&self, name: &str, value: impl Fn(&Field) -> String) -> Result<Vec<Rows>, LeftOut> {
        Ok(vec![self.one(known("", name), value)?])
    }

    fn row(&self, node: &'static Node, value: impl Fn(&Field) -> String) -> Result<Vec<String>, LeftOut> {
        let cell = |field: &Field| {
            let text = match field.id {
                "number" => self.item.number.to_string(),
                "record_no" => self.record().record_no.clone(),
                "msgid" => self.keys().map(|keys| keys.medins_setl_id.clone()).unwrap_or_default(),
                _ => value(field),
            };
            check(field, &text).map_err(|fault| self.left_out(node, field.id, fault))?;
            Ok(text)
        };
        node.columns().map(cell).collect()
    }

    fn left_out(&self, node: &Node, field: &str, fault: Fault) -> LeftOut {
        LeftOut {
            number: self.item.number.clone(),
            file: node.file_name(),
            field: field.to_owned(),
            field_zh: node.column(field).map_or("", |field| field.zh),
            fault,
        }
    }

    /// What must hold before a record is settled: usable keys, and lines that sum to the total.
    fn check_settlement(&self) -> Result<(), LeftOut> {
        let (call, name) = match self.record().kind {
            Kind::Outpatient => ("2207", "data"),
            Kind::Inpatient => ("2304", "data"),
            Kind::Purchase => ("2102", "druginfo"),
            Kind::Filing => return Ok(()),
        };
        let settling = known(call, name);
        if !self.keys().is_some_and(|keys| usable(keys, self.record().lines.len())) {
            return Err(self.left_out(settling, "msgid", Fault::BadKey));
        }
        let record = self.record();
        if !record.lines.is_empty() && record.lines_total() != record.total {
            return Err(self.left_out(settling, "medfee_sumamt", Fault::LinesDoNotSum));
        }
        Ok(())
    }

    /// What every node takes from the same place.
    fn common(&self, field: &Field) -> String {
        let found = self.kept(field.id);
        if !found.is_empty() {
            return found;
        }
        let stated = self.stated(field);
        if stated.is_empty() { self.constant(field.id).to_owned() } else { stated }
    }

    fn kept(&self, id: &str) -> String {
        let record = self.record();
        let person = &record.person;
        match id {
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
            "medfee_sumamt" => record.total.to_string(),
            "invono" => record.receipt_no.clone(),
            "chrg_bchno" => self.keys().map(|keys| keys.chrg_bchno.clone()).unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// A fact recorded under the field's id, as a region or a facility may need it.
    fn stated(&self, field: &Field) -> String {
        match self.record().facts.get(field.id) {
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
        match field.id {
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

    /// There is a diagnosis to send.
    fn has_diagnosis(&self) -> bool {
        !self.record().diagnosis_code.is_empty() || !self.record().diagnosis_name.is_empty()
    }
}

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

/// A node of the table.
fn known(transaction: &str, name: &str) -> &'static Node {
    node(transaction, name).expect("the table of fields has every node that is written")
}
