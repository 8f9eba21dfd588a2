//! The sheets of `fixtures/`, read as a desk would read them.

use crate::domain::{Answer, FactKind, Kind, Record, Settlement, Time, fact_kind};
use crate::intake::column::SheetKind;
use crate::intake::testing::file;
use crate::intake::{
    ColumnMap, Context, Draft, Fault, RecordSheet, SheetError, SheetSummary, StatementSheet, answers,
    rejected_csv,
};
use crate::text::{Explain, Lang};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const OWN: &str = "H37010200001";

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).join(name)
}

fn now() -> Time {
    "2026-01-01T00:00:00".parse().unwrap()
}

fn known_fact(name: &str) -> Option<FactKind> {
    if name == "visits" { Some(FactKind::Number) } else { fact_kind(name) }
}

type Rows = (Vec<Draft>, Vec<Fault>, Option<SheetSummary>);

fn read(records: &Path, lines: Option<&Path>, map: &ColumnMap) -> Result<Rows, SheetError> {
    let ctx = Context { now: now(), own_facility: OWN, knows_facility: &|_| false, fact_kind: &known_fact };
    let mut sheet = RecordSheet::open(records, lines, map, &ctx)?;
    let (mut drafts, mut faults) = (Vec::new(), Vec::new());
    for row in &mut sheet {
        match row {
            Ok(draft) => drafts.push(draft),
            Err(found) => faults.extend(found),
        }
    }
    let summary = sheet.finish().map_err(|found| faults.extend(found)).ok();
    Ok((drafts, faults, summary))
}

fn statement(path: &Path, map: &ColumnMap) -> Result<(Vec<Settlement>, Vec<Fault>), SheetError> {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for row in StatementSheet::open(path, map, now())? {
        match row {
            Ok((settlement, _)) => rows.push(settlement),
            Err(found) => faults.extend(found),
        }
    }
    Ok((rows, faults))
}

/// `line column reason`, what a person would be pointed at.
fn said(faults: &[Fault]) -> Vec<String> {
    let said = |fault: &Fault| {
        // Every fault has its words in both languages.
        for lang in [Lang::Zh, Lang::En] {
            assert!(!fault.what(lang).is_empty() && !fault.hint(lang).is_empty());
        }
        format!("{} {} {}", fault.line, fault.column, fault.reason.id())
    };
    faults.iter().map(said).collect()
}

#[test]
fn bad_records_are_refused_by_line_column_and_reason() {
    #[rustfmt::skip] // the columns are the point
    let cases: &[(&str, &[&str])] = &[
        ("amounts",       &["3 total amount", "4 total amount", "5 total negative", "6 total missing", "7 total amount"]),
        ("scientific",    &["3 id_no scientific", "4 record_no scientific"]),
        ("check-digit",   &["3 id_no check_digit"]),
        ("lost-digits",   &["3 id_no lost_digits"]),
        ("identity-shape", &["3 id_no identity_shape", "4 id_no birth"]),
        ("unknown-kind",  &["3 kind word", "4 kind missing"]),
        ("future",        &["3 occurred_at future"]),
        ("bad-time",      &["3 occurred_at time", "4 occurred_at missing"]),
        ("ragged",        &["3  ragged", "4  ragged"]),
        ("open-quote",    &["3 name open_quote"]),
        ("after-quote",   &["3 name after_quote"]),
        ("control",       &["3 name control"]),
        ("every-fault-of-a-row", &["3 id_no identity_shape", "3 total amount", "3 occurred_at future"]),
        ("same-number",   &["2 record_no other_content", "3 record_no other_content"]),
        ("codes",         &["2 facility facility", "2 id_type id_type", "2 pay_method word", "2 insured_area area",
                            "2 insurance insurance", "2 arrears fact"]),
        ("line-of-kind",  &["2 line word", "3 line word", "4 line word", "4 occurred_at missing", "4 total missing"]),
        ("stay",          &["2 discharged_at backwards", "3 paid paid_over_total", "3 occurred_at missing"]),
        ("facts",         &["2 fact:third_party fact", "2 fact:visits fact"]),
    ];
    for (name, want) in cases {
        let path = fixture(&format!("sheets/bad/{name}.csv"));
        let (_, faults, _) = read(&path, None, &ColumnMap::none()).unwrap();
        assert_eq!(said(&faults), *want, "{name}");
        assert!(
            faults
                .iter()
                .all(|fault| *fault.path == *path && fault.record_line >= 2 || fault.reason.stops_the_file())
        );
    }
}

#[test]
fn bad_lines_are_refused_by_line_column_and_reason() {
    #[rustfmt::skip] // the columns are the point
    let cases: &[(&str, &[&str])] = &[
        ("lines-sum",     &["3 total sum"]),
        ("lines-missing", &["3 total no_lines"]),
        ("lines-orphan",  &["3 record_no orphan", "5 record_no missing"]),
        ("lines-twice",   &["3 line_no line_twice"]),
        ("lines-product", &["3 amount product"]),
        ("lines-cells",   &["2 line_no count", "2 quantity quantity", "2 amount missing",
                            "3 item_name missing", "3 quantity missing"]),
    ];
    let records = fixture("sheets/bad/two-records.csv");
    for (name, want) in cases {
        let path = fixture(&format!("sheets/bad/{name}.csv"));
        let (_, faults, _) = read(&records, Some(&path), &ColumnMap::none()).unwrap();
        assert_eq!(said(&faults), *want, "{name}");
    }
    let (_, faults, _) =
        read(&records, Some(&fixture("sheets/bad/lines-sum.csv")), &ColumnMap::none()).unwrap();
    let text = faults[0].what(Lang::En);
    assert!(
        text.ends_with(
            "line 3, total (record R2): `20.00`: its lines add up to 19.50, its total is 20.00, -0.50 apart"
        ),
        "{text}"
    );
}

#[test]
fn sheets_that_are_none_are_refused_as_a_whole() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("missing-column",      "line 1: missing name"),
        ("unknown-column",      "line 1: unknown headings `体重`"),
        ("unknown-and-missing", "line 3: unknown headings `患者`, `病区`; missing name"),
        ("unknown-fact",        "line 1: unknown headings `fact:weather`"),
        ("two-columns-for-one", "line 1: `total` and `总费用(元)` are one column"),
    ];
    for (name, want) in cases {
        let path = fixture(&format!("sheets/bad/{name}.csv"));
        let error = read(&path, None, &ColumnMap::none()).unwrap_err();
        let text = error.what(Lang::En);
        assert!(text.ends_with(want) && text.starts_with(&path.display().to_string()), "{text}");
        assert!(!error.hint(Lang::Zh).is_empty() && !error.what(Lang::Zh).is_empty());
    }
    let hint = |name: &str| {
        let path = fixture(&format!("sheets/bad/{name}.csv"));
        read(&path, None, &ColumnMap::none()).unwrap_err().hint(Lang::En)
    };
    assert!(hint("unknown-and-missing").contains(r#""THEIR HEADING" = "name""#));
    assert!(hint("unknown-column").contains(r#""体重" = "-""#));
    // A lines file is told the same way, whether its headings or a later row give it away.
    for (bytes, want) in [
        (
            &b"\xB5\xA5\xBE\xDD\xBA\xC5,\xFF\n"[..],
            "line 1 (byte 0) is not UTF-8, line 1 (byte 7) is not GB18030",
        ),
        (
            &b"record_no,item_name,quantity,unit_price,amount\nR1,\xB9\xFF,1,1,1\n"[..],
            "line 2 (byte 50) is not UTF-8, line 2 (byte 50) is not GB18030",
        ),
        (&b"PK\x03\x04,b\n"[..], "the workbook cannot be read (invalid Zip archive: Could not find EOCD)"),
        (&b"<table>,b\n"[..], "has no headings"),
        (&b"item_name,quantity,unit_price,amount\n"[..], "line 1: missing record_no"),
        (&b""[..], "has no headings"),
    ] {
        let (_folder, path) = file("lines.csv", bytes);
        let records = fixture("sheets/bad/two-records.csv");
        let text = read(&records, Some(&path), &ColumnMap::none()).unwrap_err().what(Lang::En);
        assert!(text.ends_with(want), "{text}");
    }
}

#[test]
fn identities_never_stand_in_a_fault() {
    for name in ["scientific", "check-digit", "lost-digits", "identity-shape", "control"] {
        let path = fixture(&format!("sheets/bad/{name}.csv"));
        let (_, faults, _) = read(&path, None, &ColumnMap::none()).unwrap();
        for fault in faults.iter().filter(|fault| matches!(fault.column.as_str(), "id_no" | "name")) {
            assert!(fault.text.contains('*'), "{}", fault.text);
        }
    }
}

#[test]
fn the_generators_sheets_are_read_with_one_map() {
    let map = ColumnMap::read(&fixture("maps/generator.toml")).unwrap();
    let (records, lines) = (fixture("sheets/generator-records.csv"), fixture("sheets/generator-lines.csv"));
    let (drafts, faults, summary) = read(&records, Some(&lines), &map).unwrap();
    assert_eq!(said(&faults), Vec::<String>::new());
    let summary = summary.unwrap();
    assert_eq!((summary.records, summary.lines, summary.total.fen()), (3, 5, 256_375));
    let second: &Record = &drafts[1].record;
    assert_eq!(
        (second.kind, second.insured_area.as_str(), second.insurance.as_str()),
        (Kind::Purchase, "320105", "390")
    );
    assert_eq!(drafts[1].new_facility.as_deref(), Some("H32010000074"));
    assert_eq!(second.lines[0].item_name, "复方甘草片 盒,医保限价");
    let (rows, faults) = statement(&fixture("sheets/generator-platform.csv"), &map).unwrap();
    assert_eq!((rows.len(), said(&faults)), (3, Vec::new()));
    assert_eq!((rows[1].record_no.as_str(), rows[2].is_reversal()), ("DT003700000001", true));
    // Without the map nothing is guessed.
    assert!(matches!(read(&records, Some(&lines), &ColumnMap::none()), Err(SheetError::Headings { .. })));
}

#[test]
fn a_spreadsheets_habits_are_taken_off() {
    let (drafts, faults, summary) =
        read(&fixture("sheets/records-zh.csv"), None, &ColumnMap::none()).unwrap();
    assert_eq!(said(&faults), Vec::<String>::new());
    let summary = summary.unwrap();
    assert_eq!((summary.records, summary.passed.sum(), summary.total.fen()), (3, 2, 117_560));
    let [first, second, third] = [0, 1, 2].map(|at: usize| &drafts[at].record);
    assert_eq!(first.person.id_no, "379901198002151237");
    assert_eq!((first.total.fen(), first.occurred_at.to_string().as_str()), (103_560, "2025-09-03T08:12:00"));
    assert_eq!((first.facts.flag("arrears"), first.facts.papers().len()), (Some(false), 2));
    assert_eq!((second.person.id_no.as_str(), second.insurance.as_str()), ("32990219750630456X", "390"));
    assert_eq!(second.facts.flag("arrears"), None);
    assert_eq!((third.record_no.as_str(), third.person.id_no.as_str()), ("", "149903199201017895"));
    assert_eq!((third.facility.as_str(), third.line.as_str()), (OWN, "ordinary"));
}

#[test]
fn a_maps_constants_and_words_fill_what_the_sheet_lacks() {
    let (_a, map) = file(
        "map.toml",
        r#"
        [constants]
        kind = "门诊"
        id_type = "99"
        [values.papers]
        "发票" = "receipt"
        [values.line]
        "慢病" = "chronic"
        [records.columns]
        "来源" = "fact:scheme"
        "床位" = "-"
        "#
        .as_bytes(),
    );
    let text = "姓名,证件类型,证件号码,业务类型,就诊时间,总费用,材料,来源,床位\n\
                陆试宁,,E12345,慢病,2025-09-03,1,发票；card,cohort,3\n\
                陆试宁,01,379901198002151237,,2025-09-03,1,,,\n";
    let (_b, path) = file("records.csv", text.as_bytes());
    let (drafts, faults, summary) = read(&path, None, &ColumnMap::read(&map).unwrap()).unwrap();
    assert_eq!(said(&faults), Vec::<String>::new());
    let [first, second] = [0, 1].map(|at: usize| &drafts[at].record);
    assert_eq!(
        (first.kind, first.line.as_str(), second.line.as_str()),
        (Kind::Outpatient, "chronic", "ordinary")
    );
    assert_eq!((first.person.id_type.as_str(), second.person.id_type.as_str()), ("99", "01"));
    assert_eq!(first.facts.papers().into_iter().collect::<Vec<_>>(), ["card", "receipt"]);
    assert_eq!((first.facts.text("scheme"), second.facts.text("scheme")), (Some("cohort"), None));
    assert_eq!(summary.unwrap().ignored_columns, ["床位"]);
}

#[test]
fn naughty_files_are_refused_and_the_rows_after_are_read() {
    let head = "record_no,kind,name,occurred_at,total,note\n";
    let good = "R9,outpatient,陆试宁,2025-09-03,10.00,\n";
    let row = |note: &str| format!("R1,outpatient,陆试宁,2025-09-03,10.00,{note}\n");
    let (mega, wide) = ("x".repeat(1 << 20), ",".repeat(5000));
    #[rustfmt::skip] // the columns are the point
    let cases = [
        (row(&mega),                     vec!["2 note too_long"],    1),
        (row(&format!("\"{mega}\"")),    vec!["2 note too_long"],    1),
        (row(&wide),                     vec!["2  ragged"],          1),
        (row("a\0b"),                    vec!["2 note control"],     1),
        (row("\"a\nb\""),                vec![],                     2),
        (row("\"a"),                     vec!["2 note open_quote"],  0),
        (row(&format!("\"{mega}")),      vec!["2 note open_quote"],  0),
    ];
    for (row, want, drafts) in cases {
        let (_folder, path) = file("records.csv", [head, &row, good].concat().as_bytes());
        let (read, faults, _) = read(&path, None, &ColumnMap::none()).unwrap();
        assert_eq!((said(&faults), read.len()), (want.into_iter().map(str::to_owned).collect(), drafts));
    }
    for heading in [wide.as_str(), &mega, "record_no,\"kind", "\"\"\"", "\0,\0"] {
        let (_folder, path) = file("records.csv", format!("a,{heading}").as_bytes());
        assert!(read(&path, None, &ColumnMap::none()).is_err());
    }
}

#[test]
fn a_repeat_is_marked_and_genuine_twins_stay() {
    let head = "record_no,kind,name,occurred_at,total\n";
    let row = |no: &str| format!("{no},outpatient,陆试宁,2025-09-03,10.00\n");
    let text = [head, &row("R1"), &row(""), &row("R1"), &row("")].concat();
    let (_folder, path) = file("records.csv", text.as_bytes());
    let (_lines_folder, lines) =
        file("lines.csv", "record_no,item_name,quantity,unit_price,amount\nR1,换药,1,10,10\n".as_bytes());
    let (drafts, faults, summary) = read(&path, None, &ColumnMap::none()).unwrap();
    assert_eq!(said(&faults), Vec::<String>::new());
    assert_eq!(drafts.iter().map(|draft| draft.repeats).collect::<Vec<_>>(), [None, None, Some(2), None]);
    assert_eq!(drafts[1].row_key, drafts[3].row_key);
    let summary = summary.unwrap();
    assert_eq!((summary.records, summary.repeats, summary.total.fen()), (4, 1, 3000));
    // With lines, rows that no line can name are at fault, and the repeat has the same lines.
    let (drafts, faults, _) = read(&path, Some(&lines), &ColumnMap::none()).unwrap();
    assert_eq!(said(&faults), ["3 total no_lines", "5 total no_lines"]);
    assert_eq!((drafts[1].repeats, drafts[1].record.lines.len()), (Some(2), 1));
}

#[test]
fn statements_as_portals_write_them() {
    let path = fixture("sheets/statement-zh.csv");
    let sheet = StatementSheet::open(&path, &ColumnMap::none(), now()).unwrap();
    assert_eq!(sheet.ignored_columns(), ["结算期"]);
    let (rows, faults) = statement(&path, &ColumnMap::none()).unwrap();
    assert_eq!(said(&faults), Vec::<String>::new());
    // The old 15-digit number compares as its 18-digit form; a masked one stays as it is.
    assert_eq!(
        (rows[0].certno.as_str(), rows[1].certno.as_str()),
        ("379901198002151237", "379901********1237")
    );
    assert_eq!((rows[0].total.fen(), rows[1].total.fen()), (123_450, -123_450));
    assert_eq!((rows[0].init_setl_id.as_str(), rows[1].init_setl_id.as_str()), ("", "S1"));
    assert_eq!(rows[1].setl_time.unwrap().to_string(), "2021-11-03T10:00:00");
    assert!(!rows[0].refunded && rows[1].refunded);

    let (rows, faults) = statement(&fixture("sheets/bad/statement.csv"), &ColumnMap::none()).unwrap();
    assert_eq!(rows.len(), 1);
    #[rustfmt::skip] // one line of the file each
    assert_eq!(said(&faults), [
        "3 setl_id missing",
        "4  no_key",
        "5 certno scientific",
        "6 certno lost_digits",
        "7 medfee_sumamt amount", "7 setl_time time",
        "8 medfee_sumamt missing",
    ]);
    let error = statement(&fixture("sheets/bad/statement-no-key.csv"), &ColumnMap::none()).unwrap_err();
    let text = error.what(Lang::En);
    assert!(text.ends_with("missing record_no or medins_setl_id or psn_no or certno or mdtrt_id"), "{text}");
}

#[test]
fn answers_are_taken_or_refused_never_guessed() {
    let rows = answers(&fixture("sheets/answers.csv"), &ColumnMap::none()).unwrap();
    let got: Vec<_> = rows.iter().map(|row| (row.key.as_str(), row.answer, row.at_line)).collect();
    #[rustfmt::skip] // the columns are the point
    assert_eq!(got, [
        ("R1",                             Answer::Accepted, 2),
        ("A1-0002",                        Answer::Refused,  3),
        ("H32010000037202509200930000001", Answer::Accepted, 4),
    ]);
    assert_eq!(
        (rows[1].code.as_str(), rows[1].text.as_str(), rows[0].setl_id.as_str()),
        ("-1", "身份信息不符", "S1")
    );
    let error = answers(&fixture("sheets/bad/answers.csv"), &ColumnMap::none()).unwrap_err();
    #[rustfmt::skip] // one line of the file each
    assert_eq!(said(error.faults()), [
        "3 infcode word",
        "4 status word",
        "5 status contradiction",
        "6 status missing",
        "7  no_key",
        "8 record_no other_content",
    ]);
}

#[test]
fn rejected_rows_go_beside_the_file_and_can_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let (records, lines) = (folder.path().join("records.csv"), folder.path().join("lines.csv"));
    std::fs::copy(fixture("sheets/bad/two-records.csv"), &records).unwrap();
    std::fs::copy(fixture("sheets/bad/lines-sum.csv"), &lines).unwrap();
    let (drafts, faults, _) = read(&records, Some(&lines), &ColumnMap::none()).unwrap();
    assert_eq!(drafts.len(), 1);
    let map = ColumnMap::none();
    let reject = |path: &Path, kind| rejected_csv(path, kind, &faults, &map, Lang::En).unwrap();
    let left = reject(&records, SheetKind::Records).unwrap();
    assert_eq!(left, folder.path().join("records.rejected.csv"));
    let left_lines = reject(&lines, SheetKind::Lines).unwrap();
    let text = std::fs::read_to_string(&left_lines).unwrap();
    assert_eq!(text.lines().count(), 3, "both lines of the refused record: {text}");
    let corrected = std::fs::read_to_string(&left).unwrap().replace(",20.00,", ",19.50,");
    assert!(corrected.contains("reject_reason") && corrected.contains("add up to 19.50"));
    std::fs::write(&left, corrected).unwrap();
    let (drafts, faults, summary) = read(&left, Some(&left_lines), &map).unwrap();
    assert_eq!((drafts.len(), said(&faults).len()), (1, 0));
    assert_eq!(summary.unwrap().ignored_columns, ["reject_reason", "reject_reason"]);
    assert_eq!(rejected_csv(&records, SheetKind::Records, &[], &map, Lang::En).unwrap(), None);
}

/// Records and lines with one of three ways to end a line.
fn written(rows: &[Vec<String>], order: &[usize], end: &str, mark: bool) -> Vec<u8> {
    let one = |row: &Vec<String>| order.iter().map(|&at| row[at].clone()).collect::<Vec<_>>().join(",");
    let text = rows.iter().map(|row| one(row) + end).collect::<Vec<_>>().concat();
    let mark = if mark { "\u{FEFF}" } else { "" };
    [mark, &text].concat().into_bytes()
}

fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn some_records() -> Vec<Vec<String>> {
    let one = |n: usize| format!("R{n},购药,陆试宁,379901198002151237,2025-09-03,{n}.00\n");
    rows(
        &(1..=6)
            .map(one)
            .fold("record_no,kind,name,id_no,occurred_at,total\n".to_owned(), |all, row| all + &row),
    )
}

fn some_lines() -> Vec<Vec<String>> {
    let one = |n: usize, at: usize| format!("R{n},{at},药品{at},1,1.00,1.00\n");
    let all = (1..=6).flat_map(|n| (1..=n).map(move |at| one(n, at)));
    rows(
        &all.fold("record_no,line_no,item_name,quantity,unit_price,amount\n".to_owned(), |all, row| {
            all + &row
        }),
    )
}

fn keys(records: &[u8], lines: &[u8]) -> Vec<(Record, String)> {
    let ((_a, records), (_b, lines)) = (file("records.csv", records), file("lines.csv", lines));
    let (drafts, faults, _) = read(&records, Some(&lines), &ColumnMap::none()).unwrap();
    assert_eq!(said(&faults), Vec::<String>::new());
    drafts.into_iter().map(|draft| (draft.record, draft.row_key.to_string())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_lines_and_columns_the_line_ends_and_the_mark_change_nothing(
        order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(),
        lines in Just(some_lines().split_off(1)).prop_shuffle(),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        mark: bool,
        zh: bool,
    ) {
        let plain: Vec<usize> = (0..6).collect();
        let want = keys(&written(&some_records(), &plain, "\n", false), &written(&some_lines(), &plain, "\n", false));
        let mut records = some_records();
        if zh {
            records[0] = ["单据号", "类别", "姓名", "证件号码", "就诊时间", "医疗费总额(元)"].map(str::to_owned).to_vec();
        }
        let shuffled = [some_lines()[..1].to_vec(), lines].concat();
        let got = keys(&written(&records, &order, end, mark), &written(&shuffled, &order, end, mark));
        prop_assert_eq!(got, want);
    }

    #[test]
    fn no_bytes_panic_any_reader(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[a-z0-9,;\"'=\r\n\t挂是否.:-]{0,200}") {
        let heading = "record_no,kind,name,total,occurred_at,amount,item_name,quantity,unit_price,setl_id,medfee_sumamt,infcode\n";
        let good = fixture("sheets/bad/two-records.csv");
        let headed = [heading, &text].concat().into_bytes();
        let two = ["record_no,kind,name,occurred_at,total\n", &text].concat().into_bytes();
        let three = ["record_no,item_name,quantity,unit_price,amount\n", &text].concat().into_bytes();
        for content in [bytes, text.into_bytes(), headed, two, three] {
            let (_folder, path) = file("any.csv", &content);
            let map = ColumnMap::none();
            let _ = read(&path, Some(&path), &map);
            let _ = read(&path, None, &map);
            let _ = read(&good, Some(&path), &map);
            let _ = statement(&path, &map);
            let _ = answers(&path, &map);
            let _ = ColumnMap::read(&path);
        }
    }
}
