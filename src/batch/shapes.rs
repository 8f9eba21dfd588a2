//! One batch in every shape, against the files of `fixtures/batches`; what is refused on the way; and how much of
//! each call a record fills of which everything is known.
//!
//! `UPDATE_GOLDEN=1 cargo test --lib batch::` writes the files anew.

use super::content::Rows;
use super::fields::Shape;
use super::sample::{at, head, record, with_lines};
use super::*;
use crate::domain::{FactValue, Facts, Kind, Line};
use crate::text::{Explain, Label};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;

/// A batch of every kind, written so.
fn built(
    form: Form,
    encoding: Encoding,
    headings: Option<Headings>,
    purpose: Purpose,
    items: &[Item],
) -> Built {
    let head = Head { layout: Layout { form, encoding, headings }, ..head(purpose) };
    super::build(&head, &with_messages(&head, items), &Profile::national()).unwrap()
}

/// The items with as many message ids as they need, each of its own.
fn with_messages(head: &Head, items: &[Item]) -> Vec<Item> {
    let mut count = 0;
    let mut next = || {
        count += 1;
        format!("H1409020000120211101080000{count:04}")
    };
    let national = Profile::national();
    let with = |item: &Item| {
        let mut item = item.clone();
        item.messages = (0..messages(head, &item, &national)).map(|_| next()).collect();
        if let Some(keys) = &mut item.issued {
            keys.medins_setl_id = next();
        }
        item
    };
    items.iter().map(with).collect()
}

fn numbered(item: Item, count: u32) -> Item {
    Item { number: ShortNumber::new("A1", count).unwrap(), ..item }
}

fn visit() -> Item {
    numbered(with_lines(record(Kind::Outpatient, "ordinary")), 1)
}

fn stay(lines: u32) -> Item {
    let mut stay = record(Kind::Inpatient, "ordinary");
    stay.admitted_at = Some(at("2021-10-25T09:00:00"));
    stay.discharged_at = Some(at("2021-10-29T10:00:00"));
    stay.person.psn_no = "14000000000000000001".to_owned();
    stay.facts.set_text("psn_type", "11");
    let mut item = with_lines(stay);
    let one = Line { amount: Money::from_fen(100), ..item.record.lines[0].clone() };
    item.record.lines = (1..=lines).map(|line_no| Line { line_no, ..one.clone() }).collect();
    item.record.total = item.record.lines_total();
    numbered(item, 2)
}

fn purchase() -> Item {
    let mut item = with_lines(record(Kind::Purchase, "ordinary"));
    item.record.insurance = "390".to_owned();
    numbered(item, 3)
}

fn filing(line: &str, count: u32) -> Item {
    let mut filing = with_lines(record(Kind::Filing, line));
    filing.record.lines.clear();
    filing.record.total = Money::ZERO;
    filing.record.applied_on = Some(at("2021-10-28"));
    numbered(filing, count)
}

fn everything() -> Vec<Item> {
    vec![visit(), stay(102), purchase(), filing("referral", 4), filing("maternity", 5)]
}

/// Compares texts with the files of one folder of `fixtures/batches`, or writes them.
fn golden(folder: &str, files: &[(String, String)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/batches").join(folder);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    for (name, text) in files {
        let want = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert_eq!(text.replace('\r', ""), want.replace('\r', ""), "{name}");
    }
    let names: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, files.iter().map(|(name, _)| name.clone()).collect());
}

fn texts(built: &Built) -> Vec<(String, String)> {
    let text = |file: &File| (file.name.clone(), String::from_utf8(file.bytes.clone()).unwrap());
    built.files.iter().map(text).collect()
}

#[test]
fn csv_with_ids() {
    let built = built(Form::Csv, Encoding::Utf8, None, Purpose::Backfill, &[visit(), stay(2), purchase()]);
    assert_eq!(built.left_out, []);
    golden("csv-id", &texts(&built));
}

#[test]
fn csv_with_chinese_headings_in_every_encoding() {
    let of = |encoding| built(Form::Csv, encoding, Some(Headings::Zh), Purpose::Backfill, &[visit()]);
    let plain = of(Encoding::Utf8);
    let csv: Vec<_> = texts(&plain).into_iter().filter(|(name, _)| name.starts_with('2')).collect();
    golden("csv-zh", &csv);
    for (name, text) in csv {
        let bytes = |built: &Built| {
            built.files.iter().find(|file| file.name == name).map(|file| file.bytes.clone()).unwrap()
        };
        assert_eq!(bytes(&of(Encoding::Utf8Bom)), format!("\u{feff}{text}").into_bytes(), "{name}");
        let gb = bytes(&of(Encoding::Gb18030));
        assert_eq!(encoding_rs::GB18030.decode_without_bom_handling(&gb).0, text, "{name}");
    }
}

#[test]
fn calls_in_the_order_they_are_made() {
    let built = built(Form::Calls, Encoding::Utf8, None, Purpose::Backfill, &everything());
    assert_eq!(built.left_out, []);
    golden("calls", &texts(&built));
    let calls: Vec<serde_json::Value> = built
        .files
        .iter()
        .filter(|file| file.name.starts_with('0'))
        .map(|file| serde_json::from_slice(&file.bytes).unwrap())
        .collect();
    let ids: BTreeSet<&str> = calls.iter().map(|call| call["msgid"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), calls.len(), "every call has a message id of its own");
    let order: Vec<&str> = calls.iter().map(|call| call["infno"].as_str().unwrap()).collect();
    let want = "1101 2201 2203 2204 2206 2207 2401 2301 2301 2402 2303 2304 1101 2101 2102 1101 2501";
    assert_eq!(order.join(" "), want);
    let lines: Vec<usize> = calls
        .iter()
        .filter(|call| call["infno"] == "2301")
        .map(|call| call["input"]["feedetail"].as_array().unwrap().len())
        .collect();
    assert_eq!(lines, [100, 2], "no call has more lines than one may");
}

#[test]
fn a_workbook_for_people() {
    let mut patient = visit();
    patient.record.person.name = "＝cmd|calc".to_owned();
    patient.record.receipt_no = "00123456789012345678".to_owned();
    let items = [patient, stay(2), purchase()];
    let made = built(Form::Xlsx, Encoding::Utf8, None, Purpose::Backfill, &items);
    assert_eq!(
        made,
        built(Form::Xlsx, Encoding::Utf8, None, Purpose::Backfill, &items),
        "the same bytes again"
    );
    golden("xlsx", &[("batch.txt".to_owned(), shown(&made))]);
    assert!(made.manifest.formula_safety.starts_with("cells for people"));
    assert!(made.manifest.files.iter().all(|file| file.guarded));
}

/// Every cell of a workbook: texts in quotes, numbers as they are.
fn shown(built: &Built) -> String {
    use calamine::{Data, Reader as _};
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(&built.files[0].bytes)).unwrap();
    let mut text = String::new();
    for name in book.sheet_names() {
        writeln!(text, "# {name}").unwrap();
        for row in book.worksheet_range(&name).unwrap().rows() {
            let cells = row.iter().map(|cell| match cell {
                Data::Empty => "-".to_owned(),
                Data::String(text) => format!("“{text}”"),
                Data::Float(number) => number.to_string(),
                other => panic!("{other:?}"),
            });
            writeln!(text, "{}", cells.collect::<Vec<_>>().join(" ")).unwrap();
        }
    }
    text
}

#[test]
fn lists_are_guarded_and_data_is_not() {
    let mut one = numbered(with_lines(record(Kind::Outpatient, "ordinary")), 1);
    one.record.person.name = "=HYPERLINK(1)".to_owned();
    one.record.note = "已告知\n=1+1".to_owned();
    one.record.total = Money::from_fen(-3001);
    one.record.lines.clear();
    let list = built(Form::Csv, Encoding::Utf8, None, Purpose::Handover, std::slice::from_ref(&one));
    let text = String::from_utf8(list.files[0].bytes.clone()).unwrap();
    assert!(text.contains(",'=HYPERLINK(1),") && text.contains("已告知 / =1+1"), "{text}");
    assert!(text.contains(",-30.01,"), "an amount stays one: {text}");
    assert!(list.manifest.files[0].guarded);
    let data = built(Form::Csv, Encoding::Utf8, None, Purpose::Backfill, &[one]);
    let text = String::from_utf8(data.files[0].bytes.clone()).unwrap();
    assert!(text.contains(",=HYPERLINK(1),") && !data.manifest.files[0].guarded, "{text}");
    assert!(data.manifest.formula_safety.starts_with("data for machines"));
}

#[test]
fn what_a_shape_cannot_hold_is_refused_by_name() {
    let change = |change: fn(&mut Item)| {
        let mut changed = visit();
        change(&mut changed);
        changed
    };
    #[rustfmt::skip] // the columns are the point
    let cases: [(Form, Encoding, Item, &str, Fault); 6] = [
        (Form::Csv,   Encoding::Gb18030, change(|i| i.record.person.name = "王\u{e5e5}".into()), "psn_name", Fault::NotInEncoding { code: 0xe5e5, at: 2 }),
        (Form::Csv,   Encoding::Utf8,    change(|i| i.record.insurance = "311".into()),          "insutype", Fault::NotACode),
        (Form::Csv,   Encoding::Utf8,    change(|i| i.record.facts.set_text("acct_used_flag", "Y")), "acct_used_flag", Fault::NotACode),
        (Form::Calls, Encoding::Utf8,    change(|i| i.record.department = "{{内科}}".into()),      "dept_name", Fault::Placeholder),
        (Form::Calls, Encoding::Utf8,    change(|i| i.record.lines.clear()),                     "medfee_sumamt", Fault::NoLines),
        (Form::Calls, Encoding::Utf8,    change(|i| i.issued = None),                            "msgid", Fault::BadKey),
    ];
    for (form, encoding, item, field, fault) in cases {
        let built = built(form, encoding, None, Purpose::Backfill, &[item]);
        let [left_out] = &built.left_out[..] else { panic!("{field}: {:?}", built.left_out) };
        assert_eq!((&*left_out.field, &left_out.fault), (field, &fault));
        assert_ne!(left_out.what(Lang::Zh), left_out.what(Lang::En));
        assert!(built.manifest.files.is_empty(), "{:?}", built.manifest.files);
    }
    let head = Head { layout: Layout { form: Form::Calls, ..Layout::default() }, ..head(Purpose::Backfill) };
    let alone = super::build(&head, &[visit()], &Profile::national()).unwrap();
    assert_eq!(alone.left_out[0].fault, Fault::BadKey, "a call without a message id is not written");
    let few = Profile::parse("p", "[calls.2204]\nlines = 1").unwrap();
    let many = super::build(&head, &with_messages(&head, &[visit()]), &few).unwrap();
    assert_eq!(many.left_out[0].fault, Fault::TooManyLines { lines: 2, most: 1 });
}

#[test]
fn rare_characters_and_local_codes_go_out_and_are_told() {
    let mut patient = visit();
    patient.record.person.name = "𠮷㛃".to_owned();
    patient.record.facts.set_text("med_type", "140105");
    let made = built(Form::Csv, Encoding::Gb18030, None, Purpose::Backfill, std::slice::from_ref(&patient));
    assert_eq!(made.manifest.rare["A1-0001"], ["psn_name"]);
    let unlisted: Vec<&str> = made.manifest.unlisted_codes.keys().map(String::as_str).collect();
    assert_eq!(unlisted, ["2203.mdtrtinfo.med_type", "2206.data.med_type", "2207.data.med_type"]);
    let made = built(Form::Csv, Encoding::Utf8, None, Purpose::Backfill, &[patient]);
    assert!(made.manifest.rare.is_empty());
}

#[test]
fn what_was_settled_is_undone_first() {
    let undo = |depth, again| Undo {
        setl_id: "S1".to_owned(),
        mdtrt_id: "V1".to_owned(),
        psn_no: "P1".to_owned(),
        reason: "重复".to_owned(),
        depth,
        again,
        chrg_bchno: "77".to_owned(),
    };
    #[rustfmt::skip] // the columns are the point
    let cases = [
        (visit(),              undo(Depth::Settlement, false), "2208"),
        (visit(),              undo(Depth::Settlement, true),  "2208 2206 2207"),
        (visit(),              undo(Depth::Visit, false),      "2208 2205 2202"),
        (visit(),              undo(Depth::Visit, true),       "2208 2205 2202 2201 2203 2204 2206 2207"),
        (stay(2),              undo(Depth::Visit, false),      "2305 2405 2302 2404"),
        (stay(2),              undo(Depth::Settlement, true),  "2305 2303 2304"),
        (purchase(),           undo(Depth::Visit, true),       "2103 2101 2102"),
        (filing("referral", 4), undo(Depth::Visit, false),     "2502"),
    ];
    for (mut item, undo, want) in cases {
        item.undo = Some(undo);
        let purpose = if item.record.kind == Kind::Filing { Purpose::Register } else { Purpose::Resettle };
        let made = built(Form::Calls, Encoding::Utf8, None, purpose, std::slice::from_ref(&item));
        assert_eq!(made.left_out, []);
        let calls: Vec<serde_json::Value> = made
            .files
            .iter()
            .filter(|file| file.name.starts_with('0'))
            .map(|file| serde_json::from_slice(&file.bytes).unwrap())
            .collect();
        let order: Vec<&str> = calls.iter().map(|call| call["infno"].as_str().unwrap()).collect();
        assert_eq!(order.join(" "), want);
        assert_eq!(calls[0]["input"]["data"]["psn_no"], "P1");
        let settled = calls.iter().filter(|call| ["2207", "2304"].contains(&call["infno"].as_str().unwrap()));
        for call in settled {
            let visit = if order.contains(&"2201") { "{{2201.data.mdtrt_id}}" } else { "V1" };
            assert_eq!(call["input"]["data"]["mdtrt_id"], visit, "{want}");
        }
        let ids: BTreeSet<&str> = calls.iter().map(|call| call["msgid"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), calls.len());
    }
}

#[test]
fn a_changed_cover_sheet_is_found() {
    let out = tempfile::tempdir().unwrap();
    let made = built(Form::Csv, Encoding::Utf8Bom, None, Purpose::Backfill, &everything());
    let folder = write(out.path(), "B3", &made.files).unwrap().path;
    assert_eq!(verify(&folder).as_ref(), Ok(&made.manifest));
    let path = folder.join("cover.html");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(&made.manifest.digest().short()) && text.contains("162.02"));
    std::fs::write(&path, text.replace("162.02", "262.02")).unwrap();
    assert!(
        matches!(&verify(&folder).unwrap_err()[..], [Difference::Changed { name, .. }] if name == "cover.html")
    );
    std::fs::write(folder.join("00099-2207-A1-0009.json"), "{}").unwrap();
    assert_eq!(verify(&folder).unwrap_err().len(), 2);
}

#[test]
fn totals_by_insurance_and_kind() {
    let made = built(Form::Csv, Encoding::Utf8, None, Purpose::Backfill, &everything());
    let lines: Vec<String> = made
        .manifest
        .control
        .iter()
        .map(|c| format!("{} {} {} {} {}", c.insurance, c.kind, c.records, c.lines, c.total_fen))
        .collect();
    let want = [
        "310 filing 2 0 0.00",
        "310 inpatient 1 102 102.00",
        "310 outpatient 1 2 30.01",
        "390 purchase 1 2 30.01",
    ];
    assert_eq!(lines, want);
    assert_eq!(made.manifest.profile, ProfileUsed { name: "national".to_owned(), sha256: None });
}

/// A record of which everything is known: every fact that any field could take is stated.
fn known(mut item: Item) -> Item {
    let mut facts = Facts::default();
    let ours = ["psn_no", "msgid", "number", "record_no"];
    for field in fields::nodes().flat_map(|node| node.fields.iter()).filter(|f| !ours.contains(&&*f.id)) {
        let code = field.codes.and_then(codes::table).and_then(|table| table.codes.first());
        let value = match field.shape {
            Shape::Text(width) | Shape::Digits(width) => {
                let text = code.map_or("1", |code| &code.code);
                FactValue::Text(text.chars().take(width).collect())
            }
            Shape::Number(..) => FactValue::Number(1),
            Shape::Date | Shape::DateTime => FactValue::Time(at("2021-10-29T10:00:00")),
            Shape::Words => continue,
        };
        facts.set(&field.id, value);
    }
    facts.remove("mdtrt_id");
    item.record.facts = facts;
    item.record.person.psn_no = "14000000000000000001".to_owned();
    item.record.person.card_no = "A12345678".to_owned();
    item
}

#[test]
fn coverage_of_every_call() {
    let undo = |item: Item| Item {
        undo: Some(Undo {
            setl_id: "S1".to_owned(),
            mdtrt_id: "V1".to_owned(),
            psn_no: "P1".to_owned(),
            reason: "重复".to_owned(),
            depth: Depth::Visit,
            again: false,
            chrg_bchno: String::new(),
        }),
        ..item
    };
    let kinds = [visit(), stay(2), purchase()];
    let forms = ["referral", "chronic_enrolment", "offsite", "maternity"];
    let items = kinds.into_iter().chain(forms.map(|line| filing(line, 4))).map(known);
    let mut items: Vec<Item> = items.flat_map(|item| [item.clone(), undo(item)]).collect();
    // Of one of them nobody knows the platform's number yet.
    let mut unknown = items[0].clone();
    unknown.record.person.psn_no.clear();
    items.push(unknown);
    let (head, national) = (head(Purpose::Backfill), Profile::national());
    let mut filled: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for item in with_messages(&head, &items) {
        let page = Page { head: &head, item: &item, profile: &national, whole: true };
        for Rows { node, rows } in page.rows() {
            let cells = rows.iter().flat_map(|row| node.columns().zip(row));
            let ids = cells.filter(|(_, text)| !text.is_empty()).map(|(field, _)| field.id.to_string());
            filled.entry(node.key()).or_default().extend(ids);
        }
    }
    let mut report = String::from("node, fields, filled, required, filled, returned by an earlier call\n");
    for node in fields::nodes() {
        let Some(ids) = filled.get(&node.key()) else {
            writeln!(report, "{} is not written by a batch of records", node.key()).unwrap();
            continue;
        };
        let has = |field: &&fields::Field| ids.contains(&*field.id);
        let required: Vec<&fields::Field> = node.fields.iter().filter(|field| field.required).collect();
        let lacking: Vec<&str> = required.iter().filter(|f| !has(f)).map(|f| &*f.id).collect();
        let made = ["1101", "2201", "2401", "2206", "2303"];
        let (returned, lost): (Vec<&str>, Vec<&str>) =
            lacking.into_iter().partition(|id| calls::returned(id, &made).is_some());
        assert_eq!(lost, [""; 0], "{}: required, and nothing fills it", node.key());
        writeln!(
            report,
            "{}, {}, {}, {}, {}, {}",
            node.key(),
            node.fields.len(),
            node.fields.iter().filter(has).count(),
            required.len(),
            required.iter().filter(|field| has(field)).count(),
            returned.join(" "),
        )
        .unwrap();
    }
    golden("coverage", &[("coverage.txt".to_owned(), report)]);
}

#[test]
fn what_a_record_lacks_before_it_can_go() {
    let shown = |record: &Record, purpose| {
        let lacks = missing(record, purpose, &Profile::national());
        let words = lacks.iter().map(|missing| match &missing.give {
            Give::Column(name) => (*name).to_owned(),
            Give::Lines(name) => format!("lines:{name}"),
            Give::Fact(name) => format!("fact:{name}"),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let mut bare = visit().record;
    bare.doctor.clear();
    bare.diagnosis_code.clear();
    bare.lines.clear();
    let mut whole = known(visit()).record;
    whole.person.psn_no.clear();
    let mut own = visit().record;
    own.lines[1].own_code.clear();
    let mut open_stay = stay(2).record;
    open_stay.discharged_at = None;
    #[rustfmt::skip] // the columns are the point
    let cases = [
        (&whole, Purpose::Backfill, ""),
        (&bare,  Purpose::Backfill, "lines:lines fact:atddr_no doctor fact:dept_code fact:caty fact:dise_codg fact:dise_name diagnosis_code fact:dise_dor_no fact:acct_used_flag"),
        (&own,   Purpose::Resettle, "fact:atddr_no fact:dept_code fact:caty fact:dise_codg fact:dise_name fact:dise_dor_no lines:own_code fact:bilg_dept_codg fact:bilg_dr_codg fact:hosp_appr_flag fact:acct_used_flag"),
        (&open_stay, Purpose::Backfill, "fact:atddr_no fact:adm_dept_codg fact:adm_bed fact:dise_dor_no fact:bilg_dept_codg fact:bilg_dr_codg discharged_at fact:dscg_dept_codg fact:dscg_way fact:acct_used_flag"),
        (&filing("maternity", 4).record, Purpose::Register, ""),
        (&bare,  Purpose::Refund, ""),
    ];
    for (record, purpose, want) in cases {
        assert_eq!(shown(record, purpose), want, "{} {}", record.kind.id(), purpose.id());
    }
    let lacks = missing(&own, Purpose::Backfill, &Profile::national());
    let codes = lacks.iter().find(|missing| missing.give == Give::Lines("own_code")).unwrap();
    assert_eq!(
        (codes.name.pick(Lang::Zh), &*codes.fields.join(" ")),
        ("医药机构目录编码", "2204.feedetail.medins_list_codg")
    );
    let preset = Profile::parse("p", "[fields.acct_used_flag]\nvalue = '0'").unwrap();
    let lacks = missing(&own, Purpose::Backfill, &preset);
    assert!(lacks.iter().all(|missing| missing.give != Give::Fact("acct_used_flag".to_owned())));
}
