//! Taking back what the platform has: the settlement, and the visit or stay itself where it must go.
//!
//! What was done last is undone first.

use super::{Page, Rows, filing, inpatient, lists, outpatient, purchase};
use crate::batch::fields::Field;
use crate::batch::{Depth, Undo};
use crate::domain::Kind;

/// Cancels every line that is not settled.
const EVERY_LINE: &str = "0000";

/// The rows that undo, then those that settle again where that is asked.
pub(super) fn rows<'p>(page: &Page<'p>, undo: &Undo) -> Vec<Rows<'p>> {
    let back = |call| page.with(call, "data", |field| known(page, undo, field));
    let whole = undo.depth == Depth::Visit;
    if let Depth::Begun { lines, discharged } = undo.depth {
        let calls = match page.record().kind {
            Kind::Inpatient => [(discharged, "2405"), (lines, "2302"), (true, "2404")],
            Kind::Outpatient | Kind::Purchase | Kind::Filing => {
                [(lines, "2205"), (true, "2202"), (false, "")]
            }
        };
        return calls.into_iter().filter(|(stands, _)| *stands).map(|(_, call)| back(call)).collect();
    }
    let (mut rows, again): (Vec<Rows<'p>>, Vec<Rows<'p>>) = match page.record().kind {
        Kind::Outpatient if whole => (vec![back("2208"), back("2205"), back("2202")], outpatient::rows(page)),
        Kind::Outpatient => (vec![back("2208")], outpatient::settlement(page)),
        Kind::Inpatient if whole => {
            (vec![back("2305"), back("2405"), back("2302"), back("2404")], inpatient::rows(page))
        }
        Kind::Inpatient => (vec![back("2305")], inpatient::settlement(page)),
        Kind::Purchase => (vec![back("2103")], purchase::rows(page)),
        Kind::Filing => (vec![withdrawn(page, undo)], filing::rows(page)),
    };
    if undo.again {
        rows.extend(again);
    }
    rows
}

fn withdrawn<'p>(page: &Page<'p>, undo: &Undo) -> Rows<'p> {
    let call = match &*page.record().line {
        "referral" => "2502",
        "chronic_enrolment" => "2504",
        "offsite" => "2506",
        // No call withdraws what no call registered: people read of it.
        _ => return page.with("", "withdrawal", |field| lists::withdrawal(page, undo, field)),
    };
    page.with(call, "data", |field| match &*field.id {
        "trt_dcla_detl_sn" => undo.setl_id.clone(),
        "memo" => undo.reason.clone(),
        _ => known(page, undo, field),
    })
}

fn known(page: &Page<'_>, undo: &Undo, field: &Field) -> String {
    match &*field.id {
        "setl_id" => undo.setl_id.clone(),
        "mdtrt_id" => undo.mdtrt_id.clone(),
        "psn_no" if !undo.psn_no.is_empty() => undo.psn_no.clone(),
        "chrg_bchno" | "feedetl_sn" => EVERY_LINE.to_owned(),
        _ => page.common(field),
    }
}
