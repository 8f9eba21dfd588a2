//! A filing: the call with a national number where there is one, else our own list.
//!
//! What only the form says (the receiving hospital, the reason) comes from
//! facts recorded under the field's id.

use super::{Page, Rows, lists};
use crate::batch::fields::Field;

/// The rows of one filing.
pub(super) fn rows<'p>(page: &Page<'p>) -> Vec<Rows<'p>> {
    let (call, name) = match &*page.record().line {
        "referral" => ("2501", "refmedin"),
        "chronic_enrolment" => ("2503", "data"),
        "offsite" => ("2505", "data"),
        _ => return vec![page.with("", "registration", |field| lists::registration(page, field))],
    };
    vec![page.with(call, name, |field| form(page, field))]
}

fn form(page: &Page<'_>, field: &Field) -> String {
    let stated = page.common(field);
    match &*field.id {
        // The patient's right begins with the date on the paper, not with the day it is typed in.
        "begndate" | "refl_date" if stated.is_empty() => page.form_date().day().to_string(),
        "biz_appy_type" if stated.is_empty() => "08".to_owned(),
        "memo" if stated.is_empty() => page.record().note.clone(),
        _ => stated,
    }
}
