//! One record as someone typed it: the same columns, put to the same checks as
//! a row of a sheet. Nothing here asks; what is missing is a fault.

use crate::domain::{Line, Record, Time};
use crate::intake::column::SheetKind;
use crate::intake::draft::row_key;
use crate::intake::record_sheet::{Context, RecordSheet};
use crate::intake::sheet::Sheet;
use crate::intake::{ColumnMap, Draft, SheetError};
use crate::text::{Label, Lang};
use std::io::Cursor;
use std::path::Path;

/// Checks what was typed, by column (`total`, `fact:NAME`), and `lines` with it, which were checked before.
///
/// # Errors
/// [`SheetError::Refused`] with every fault; [`SheetError::Headings`] for a column or fact that nobody knows.
pub fn typed(cells: &[(String, String)], lines: Vec<Line>, ctx: &Context<'_>) -> Result<Draft, SheetError> {
    let keyboard = Path::new("");
    let text = as_csv(cells).map_err(|error| SheetError::io(keyboard, &error.into()))?;
    let source = Box::new(Cursor::new(text));
    let sheet = Sheet::over(source, keyboard, SheetKind::Records, &ColumnMap::none(), ctx.fact_kind)?;
    let mut rows = RecordSheet::over(sheet, None, false, ctx);
    let mut draft = rows.next().unwrap_or_else(|| Err(Vec::new())).map_err(SheetError::Refused)?;
    if !lines.is_empty() {
        draft.record.lines = lines;
        draft.row_key = row_key(&draft.record);
    }
    Ok(draft)
}

/// A sheet of one row. Two columns at least, so that its headings are not taken for a title.
fn as_csv(cells: &[(String, String)]) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let note = ("note".to_owned(), String::new());
    let spare = cells.iter().all(|(column, _)| *column != note.0).then_some(&note);
    out.write_record(cells.iter().chain(spare).map(|(column, _)| column))?;
    out.write_record(cells.iter().chain(spare).map(|(_, text)| text))?;
    out.into_inner().map_err(|error| error.into_error().into())
}

/// A record as it would be typed, column by column; what is unknown is left out.
pub fn cells_of(record: &Record) -> Vec<(String, String)> {
    let time = |time: Option<Time>| time.map_or_else(String::new, |time| time.to_string());
    let person = &record.person;
    let columns = [
        ("record_no", record.record_no.clone()),
        ("kind", record.kind.id().to_owned()),
        ("line", record.line.clone()),
        ("name", person.name.clone()),
        ("id_type", person.id_type.clone()),
        ("id_no", person.id_no.clone()),
        ("phone", person.phone.clone()),
        ("card_no", person.card_no.clone()),
        ("psn_no", person.psn_no.clone()),
        ("insured_area", record.insured_area.clone()),
        ("insurance", record.insurance.clone()),
        ("person_group", record.person_group.clone()),
        ("occurred_at", record.occurred_at.to_string()),
        ("admitted_at", time(record.admitted_at)),
        ("discharged_at", time(record.discharged_at)),
        ("applied_on", time(record.applied_on)),
        ("department", record.department.clone()),
        ("doctor", record.doctor.clone()),
        ("diagnosis_code", record.diagnosis_code.clone()),
        ("diagnosis_name", record.diagnosis_name.clone()),
        ("total", record.total.to_string()),
        ("paid", record.paid.map_or_else(String::new, |paid| paid.to_string())),
        ("pay_method", record.pay_method.map_or("", |method| method.id()).to_owned()),
        ("receipt_no", record.receipt_no.clone()),
        ("facility", record.facility.clone()),
        ("note", record.note.clone()),
    ];
    let known = columns.into_iter().filter(|(_, text)| !text.is_empty());
    let mut cells: Vec<_> = known.map(|(column, text)| (column.to_owned(), text)).collect();
    cells.extend(record.facts.iter().map(|(name, value)| (format!("fact:{name}"), value.written(Lang::En))));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::FaultReason;
    use crate::text::Explain;

    fn context<'a>() -> Context<'a> {
        Context {
            now: "2021-11-02T09:00:00".parse().unwrap(),
            own_facility: "H14990100001",
            knows_facility: &|_| false,
            fact_kind: &|name| crate::domain::fact_kind(name),
        }
    }

    fn cells(given: &[(&str, &str)]) -> Vec<(String, String)> {
        given.iter().map(|(column, text)| ((*column).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn what_is_read_is_written_the_same_way_again() {
        let given = cells(&[
            ("kind", "inpatient"),
            ("name", "张三, \"老张\""),
            ("total", "1250.5"),
            ("admitted_at", "2021-10-20 08:00"),
            ("arrears", "否"),
            ("papers", "receipt;card"),
            ("fact:scheme", "20211029"),
        ]);
        let draft = typed(&given, Vec::new(), &context()).unwrap();
        let again = typed(&cells_of(&draft.record), Vec::new(), &context()).unwrap();
        assert_eq!(again.record, draft.record);
        assert_eq!(draft.record.facts.flag("arrears"), Some(false));
        assert_eq!(draft.record.facts.text("scheme"), Some("20211029"));
    }

    #[test]
    fn a_fault_names_the_column_and_no_file() {
        let given = cells(&[("kind", "outpatient"), ("total", "12,5"), ("occurred_at", "2021-10-25")]);
        let Err(SheetError::Refused(faults)) = typed(&given, Vec::new(), &context()) else {
            panic!("a comma in an amount is refused")
        };
        let told: Vec<_> = faults.iter().map(|fault| fault.what(Lang::En)).collect();
        assert_eq!(told, ["name: must not be empty", "total: `12,5` is not an amount in yuan"]);
        assert!(faults.iter().any(|fault| fault.reason == FaultReason::Missing));
    }
}
