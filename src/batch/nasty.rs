//! Texts that try to be something else, through every shape: people's cells are guarded, machines' data are as they
//! were, and what a template cannot hold is refused by name.

use super::sample::{head, record, with_lines};
use super::*;
use crate::domain::Kind;
use calamine::{Data, Reader as _};
use std::io::Cursor;

/// What becomes of a text.
enum Fate {
    /// It is written, so in people's cells.
    Written(&'static str),
    /// Its record is refused, for an invisible character of this code.
    Refused(u32),
}

use Fate::{Refused, Written};

/// A text, and what becomes of it in a list for people, where line breaks are allowed in notes.
#[rustfmt::skip] // the columns are the point
const NASTY: &[(&str, Fate)] = &[
    ("=1+1",                  Written("'=1+1")),
    ("=cmd|' /C calc'!A0",    Written("'=cmd|' /C calc'!A0")),
    ("+86 139",               Written("'+86 139")),
    ("-2+3",                  Written("'-2+3")),
    ("@SUM(A1)",              Written("'@SUM(A1)")),
    ("＝1+1",                  Written("'＝1+1")),
    ("＋1",                    Written("'＋1")),
    ("－1",                    Written("'－1")),
    ("＠a",                    Written("'＠a")),
    ("  =1",                  Written("'  =1")),
    ("\u{a0}=1",              Written("'\u{a0}=1")),
    ("\u{3000}＝1",            Written("'\u{3000}＝1")),
    ("\u{a0}\u{3000} ＋1",     Written("'\u{a0}\u{3000} ＋1")),
    ("已告知\n=1+1",            Written("已告知 / =1+1")),
    ("\n=1+1",                Written("'=1+1")),
    ("\t=1+1",                Written("'\t=1+1")),
    ("a;=1+1",                Written("a;=1+1")),
    ("a,\"=1+1",              Written("a,\"=1+1")),
    ("\"=1+1",                Written("\"=1+1")),
    ("'=1+1",                 Written("''=1+1")),
    ("{{x}}",                 Written("{{x}}")),
    ("0012",                  Written("0012")),
    ("\u{feff}=1",            Refused(0xfeff)),
    ("\u{200b}=1",            Refused(0x200b)),
    ("\r=1",                  Refused(0x0d)),
    ("a\u{202e}1=",           Refused(0x202e)),
    ("a\0",                   Refused(0)),
    ("a\u{2028}=1",           Refused(0x2028)),
];

fn built(form: Form, purpose: Purpose, text: &str, whole: bool) -> Built {
    let mut item = with_lines(record(Kind::Outpatient, "ordinary"));
    text.clone_into(if whole { &mut item.record.note } else { &mut item.record.department });
    item.messages = (0..9).map(|at| format!("H1409020000120211101080000{at:04}")).collect();
    let head = Head { layout: Layout { form, encoding: Encoding::Utf8, headings: None }, ..head(purpose) };
    build(&head, &[item], &Profile::national()).unwrap()
}

/// Cells of a CSV file that RFC 4180 reads back, the heading left out.
fn cells(file: &File) -> Vec<String> {
    let mut reader = ::csv::Reader::from_reader(&file.bytes[..]);
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
    rows.flatten().collect()
}

#[test]
fn what_becomes_of_texts_that_try_to_be_something_else() {
    for (text, fate) in NASTY {
        let list = built(Form::Csv, Purpose::Handover, text, true);
        match fate {
            Refused(code) => {
                assert_eq!(list.left_out[0].field, "memo", "{text:?}");
                assert!(
                    matches!(list.left_out[0].fault, Fault::Control { code: found, .. } if found == *code),
                    "{text:?}"
                );
            }
            Written(cell) => {
                assert!(list.left_out.is_empty(), "{text:?}: {:?}", list.left_out);
                assert!(
                    cells(&list.files[0]).iter().any(|found| found == cell),
                    "{text:?}: {:?}",
                    cells(&list.files[0])
                );
                assert!(list.manifest.files[0].guarded);
            }
        }
        assert!(list.manifest.formula_safety.starts_with("cells for people") || !list.left_out.is_empty());
    }
}

#[test]
fn data_for_machines_are_as_they_were_or_refused() {
    for (text, _) in NASTY {
        let invisible = text
            .chars()
            .any(|ch| ch.is_control() || matches!(ch, '\u{200b}' | '\u{feff}' | '\u{202e}' | '\u{2028}'));
        for form in [Form::Csv, Form::Calls, Form::Xlsx] {
            let made = built(form, Purpose::Backfill, text, false);
            let placeholder = form == Form::Calls && text.contains("{{");
            if invisible || placeholder {
                assert_eq!(made.left_out.len(), 1, "{text:?} {form:?}");
                assert_eq!(made.left_out[0].field, "dept_name", "{text:?} {form:?}");
                assert!(form == Form::Xlsx || made.manifest.files.is_empty());
                continue;
            }
            assert!(made.left_out.is_empty(), "{text:?} {form:?}: {:?}", made.left_out);
            let found = match form {
                Form::Csv => {
                    made.files.iter().filter(|file| file.name == "2201-data.csv").flat_map(cells).collect()
                }
                Form::Calls => texts_of_calls(&made),
                Form::Xlsx => texts_of_workbook(&made),
            };
            let want = if form == Form::Xlsx { guard::for_people(text) } else { (*text).to_owned() };
            assert!(found.contains(&want), "{text:?} {form:?}: {found:?}");
            let guarded = made.manifest.files.iter().all(|file| file.guarded);
            assert_eq!(guarded, form == Form::Xlsx, "{form:?}");
        }
    }
}

fn texts_of_calls(made: &Built) -> Vec<String> {
    let calls = made.files.iter().filter(|file| file.name.starts_with('0'));
    let calls = calls.map(|file| serde_json::from_slice::<serde_json::Value>(&file.bytes).unwrap());
    calls.filter_map(|call| Some(call["input"]["data"]["dept_name"].as_str()?.to_owned())).collect()
}

fn texts_of_workbook(made: &Built) -> Vec<String> {
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(&made.files[0].bytes)).unwrap();
    let mut found = Vec::new();
    for (_, range) in book.worksheets() {
        found.extend(range.cells().filter_map(|(_, _, cell)| match cell {
            Data::String(text) => Some(text.clone()),
            _ => None,
        }));
    }
    found
}
