//! What a record still lacks before it can be sent, to be shown while it is written down.
//!
//! Only what the facility can give is named. What the platform returns on the way, and
//! the keys that are issued on export, nobody has to know.

use super::calls::returned;
use super::content::{LOOK_UP, Page};
use super::layout::Layout;
use super::profile::Profile;
use super::{Head, Item};
use crate::domain::{Digest, Kind, Purpose, Record, Route, ShortNumber};
use crate::text::{Lang, Words};
use serde::Serialize;

/// Something a record lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// How it is given.
    pub give: Give,
    /// What it is, in both languages.
    pub name: Words,
    /// The fields that wait for it, as `2201.data.dr_name`.
    pub fields: Vec<String>,
}

/// How a missing value is given.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "give", content = "id")]
pub enum Give {
    /// In a column of the record.
    Column(&'static str),
    /// In a column of its fee lines; all of them where that is `lines`.
    Lines(&'static str),
    /// As a fact of that name.
    Fact(String),
}

/// What an export issues or works out.
const ISSUED: [&str; 5] = ["msgid", "chrg_bchno", "feedetl_sn", "own_share", "refund_due"];

/// Fields and the column of the record they are taken from.
#[rustfmt::skip] // the columns are the point
const COLUMNS: &[(&str, &str)] = &[
    ("psn_name",           "name"),
    ("psn_cert_type",      "id_type"),
    ("cert_type",          "id_type"),
    ("certno",             "id_no"),
    ("mdtrt_cert_type",    "id_no"),
    ("mdtrt_cert_no",      "id_no"),
    ("psn_no",             "psn_no"),
    ("insutype",           "insurance"),
    ("insu_optins",        "insured_area"),
    ("insuplc_admdvs",     "insured_area"),
    ("endtime",            "discharged_at"),
    ("diag_time",          "discharged_at"),
    ("dr_name",            "doctor"),
    ("dise_dor_name",      "doctor"),
    ("chfpdr_name",        "doctor"),
    ("bilg_dr_name",       "doctor"),
    ("diag_dr_name",       "doctor"),
    ("dept_name",          "department"),
    ("diag_dept",          "department"),
    ("bilg_dept_name",     "department"),
    ("adm_dept_name",      "department"),
    ("dscg_dept_name",     "department"),
    ("diag_code",          "diagnosis_code"),
    ("dscg_maindiag_code", "diagnosis_code"),
    ("diag_name",          "diagnosis_name"),
    ("dscg_maindiag_name", "diagnosis_name"),
    ("adm_diag_dscr",      "diagnosis_name"),
    ("receipt_no",         "receipt_no"),
    ("paid",               "paid"),
];

/// What is missing in one line, at most `most` of it by name.
pub fn said(missing: &[Missing], most: usize, lang: Lang) -> String {
    let names: Vec<&str> = missing.iter().take(most).map(|missing| missing.name.pick(lang)).collect();
    let listed = names.join(lang.pick("、", ", "));
    match (missing.len().saturating_sub(most), lang) {
        (0, _) => listed,
        (more, Lang::Zh) => format!("{listed}等（另有 {more} 项）"),
        (more, Lang::En) => format!("{listed} and {more} more"),
    }
}

/// What `record` lacks before it can go out for `purpose`, in the order of the calls.
pub fn missing(record: &Record, purpose: Purpose, profile: &Profile) -> Vec<Missing> {
    let head = sample_head(record, purpose);
    let item = sample_item(record);
    let page = Page { head: &head, item: &item, profile, whole: true };
    let mut found: Vec<Missing> = Vec::new();
    let sends = !matches!(purpose, Purpose::Refund | Purpose::Handover) && record.kind != Kind::Filing;
    if sends && record.lines.is_empty() {
        let name = Words::new("费用明细", "fee lines");
        found.push(Missing { give: Give::Lines("lines"), name, fields: Vec::new() });
    }
    let mut made = vec![LOOK_UP];
    for rows in page.rows() {
        let node = rows.node;
        for (at, field) in node.columns().enumerate().filter(|(_, field)| field.required) {
            let given = ISSUED.contains(&&*field.id) || returned(&field.id, &made).is_some();
            if given || !rows.rows.iter().any(|row| row[at].is_empty()) {
                continue;
            }
            let (give, place) = (give(&field.id), format!("{}.{}", node.key(), field.id));
            match found.iter_mut().find(|known| known.give == give) {
                Some(known) => known.fields.push(place),
                None => found.push(Missing {
                    give,
                    name: Words::new(field.name(Lang::Zh), field.name(Lang::En)),
                    fields: vec![place],
                }),
            }
        }
        made.push(node.transaction);
    }
    found
}

fn give(id: &str) -> Give {
    match id {
        "med_list_codg" => Give::Lines("item_code"),
        "medins_list_codg" => Give::Lines("own_code"),
        _ => match COLUMNS.iter().find(|(field, _)| *field == id) {
            Some((_, column)) => Give::Column(column),
            None => Give::Fact(id.to_owned()),
        },
    }
}

/// Nothing of the head of a batch is asked for by a field that could be missing.
pub(super) fn sample_head(record: &Record, purpose: Purpose) -> Head {
    Head {
        batch: 1,
        purpose,
        facility: record.facility.clone(),
        facility_name: String::new(),
        notice: String::new(),
        created_at: record.occurred_at,
        chain_head: Digest::NONE,
        lang: Lang::Zh,
        layout: Layout::default(),
        signer: None,
    }
}

fn sample_item(record: &Record) -> Item {
    Item {
        number: ShortNumber::new("A1", 1).expect("A1-0001 is a number"),
        record: record.clone(),
        issued: None,
        messages: Vec::new(),
        undo: None,
        route: Route::Backfill,
        due_at: None,
        refund: None,
        admitted_at: None,
        lacks: String::new(),
        handed: None,
    }
}
