//! Workbooks as a spreadsheet or a hospital system writes them, read as any sheet.

use super::testing::file;
use super::{
    CensusSheet, ColumnMap, Context, RecordSheet, SheetError, SheetKind, WorkbookFault, rejected_csv,
};
use crate::domain::{CensusEntry, Money, fact_kind};
use crate::text::{Explain, Lang};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn context<'a>() -> Context<'a> {
    Context {
        now: "2021-12-28T09:00:00".parse().unwrap(),
        own_facility: "H14990100001",
        knows_facility: &|_| false,
        fact_kind: &|name| fact_kind(name),
    }
}

fn saved(book: &mut Workbook) -> (TempDir, PathBuf) {
    file("名册.xls", &book.save_to_buffer().unwrap())
}

/// The good entries, and what is said of the rest.
fn read(path: &Path, map: &ColumnMap) -> Result<(Vec<CensusEntry>, Vec<String>), SheetError> {
    let (mut good, mut said) = (Vec::new(), Vec::new());
    for row in CensusSheet::open(path, map, &context())? {
        match row {
            Ok(draft) => good.push(draft.entry),
            Err(faults) => said.extend(
                faults.iter().map(|fault| format!("{} {} {}", fault.line, fault.column, fault.reason.id())),
            ),
        }
    }
    Ok((good, said))
}

#[test]
fn a_worksheet_is_read_as_a_csv_would_be() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("封面").unwrap();
    let sheet = book.add_worksheet().set_name("一病区").unwrap();
    sheet.write(1, 1, "示例医院; 在院名册").unwrap();
    for (at, heading) in
        ["住院号", "姓名", "身份证号", "入院时间", "是否可出院", "累计费用(元)", "备注"].iter().enumerate()
    {
        sheet.write(2, u16::try_from(at).unwrap() + 1, *heading).unwrap();
    }
    let date = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let came = ExcelDateTime::parse_from_str("2021-12-20 10:20:00").unwrap();
    sheet.write(3, 1, 20_210_001).unwrap().write(3, 2, "张三").unwrap();
    sheet.write(3, 3, "11990019491231002X").unwrap();
    sheet.write_with_format(3, 4, &came, &date).unwrap();
    sheet.write(3, 5, true).unwrap().write(3, 6, 12.3).unwrap().write(3, 7, "说\"好\"\n换行").unwrap();
    // A number that the spreadsheet cut, a row that ends early, a formula that failed, an amount too fine.
    sheet
        .write(5, 1, "2")
        .unwrap()
        .write(5, 2, "李四")
        .unwrap()
        .write(5, 3, 440_524_188_001_010_014_f64)
        .unwrap();
    sheet.write_with_format(5, 4, &came, &date).unwrap();
    sheet.write(6, 1, "3").unwrap().write(6, 2, "王五").unwrap().write(6, 4, "2021-12-21").unwrap();
    sheet.write(7, 1, "4").unwrap();
    sheet.write_formula(7, 2, Formula::new("=NA()").set_result("#N/A")).unwrap();
    sheet.write(7, 4, "2021-12-21").unwrap().write(7, 6, 12.345).unwrap();
    let (_folder, path) = saved(&mut book);

    let (good, said) = read(&path, &ColumnMap::none()).unwrap();
    assert_eq!(said, ["6 身份证号 scientific", "8 姓名 formula", "8 累计费用(元) amount"]);
    assert_eq!(good.len(), 2);
    let first = &good[0];
    assert_eq!((first.record_no.as_str(), first.person.name.as_str()), ("20210001", "张三"));
    assert_eq!(first.admitted_at.to_string(), "2021-12-20T10:20:00");
    assert_eq!((first.total, first.facts.flag("dischargeable")), (Some(Money::from_fen(1230)), Some(true)));
    assert_eq!(first.note, "说\"好\" 换行");
    assert_eq!(good[1].total, None);
}

#[test]
fn a_worksheet_is_chosen_by_name() {
    let mut book = Workbook::new();
    for (name, patient) in [("一病区", "张三"), ("二病区", "李四")] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (at, text) in ["住院号", "姓名", "入院时间"].iter().enumerate() {
            sheet.write(0, u16::try_from(at).unwrap(), *text).unwrap();
        }
        sheet.write(1, 0, "1").unwrap().write(1, 1, patient).unwrap().write(1, 2, "2021-12-20").unwrap();
    }
    let (_folder, path) = saved(&mut book);
    let named = |name| ColumnMap::none().with_worksheet(SheetKind::Census, name);
    for (name, want) in [(None, "张三"), (Some("一病区"), "张三"), (Some(" 二病区 "), "李四")] {
        assert_eq!(read(&path, &named(name)).unwrap().0[0].person.name, want, "{name:?}");
    }
    let error = read(&path, &named(Some("三病区"))).unwrap_err();
    assert!(error.what(Lang::En).ends_with("has no worksheet `三病区`"), "{error}");
    assert_eq!(error.hint(Lang::En), "its worksheets: 一病区, 二病区");
    let (_folder, text) = file("census.csv", b"record_no,name,admitted_at\n");
    let error = read(&text, &named(Some("一病区"))).unwrap_err();
    assert!(error.what(Lang::En).ends_with("it is a text file"), "{error}");
}

#[test]
fn records_and_lines_come_from_one_workbook() {
    let mut book = Workbook::new();
    let rows = |book: &mut Workbook, name: &str, rows: &[&[&str]]| {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (down, row) in rows.iter().enumerate() {
            for (right, text) in row.iter().enumerate() {
                sheet.write(u32::try_from(down).unwrap(), u16::try_from(right).unwrap(), *text).unwrap();
            }
        }
    };
    let headings: &[&str] = &["record_no", "kind", "name", "occurred_at", "total"];
    let first: &[&str] = &["R1", "outpatient", "张三", "2021-12-25 08:00", "3.00"];
    let second: &[&str] = &["R2", "outpatient", "", "2021-12-25 08:00", "1.00"];
    rows(&mut book, "记录", &[headings, first, second]);
    let headings: &[&str] = &["record_no", "item_name", "quantity", "unit_price", "amount"];
    rows(
        &mut book,
        "明细",
        &[
            headings,
            &["R1", "甲", "1", "1.00", "1.00"],
            &["R2", "乙", "1", "1", "1"],
            &["R1", "丙", "2", "1", "2"],
        ],
    );
    let (_folder, path) = saved(&mut book);
    let (_map_folder, map) = file("map.toml", "[lines]\nsheet = \"明细\"\n".as_bytes());
    let map = ColumnMap::read(&map).unwrap();
    let mut sheet = RecordSheet::open(&path, Some(&path), &map, &context()).unwrap();
    let read: Vec<_> = sheet.by_ref().collect();
    assert_eq!(read[0].as_ref().unwrap().record.lines.len(), 2);
    let faults = read[1].as_ref().unwrap_err();
    assert_eq!(faults[0].line, 3);
    let rejected = rejected_csv(&path, SheetKind::Records, faults, &map, Lang::En).unwrap().unwrap();
    let text = std::fs::read_to_string(rejected).unwrap();
    assert!(text.contains("R2,outpatient,,2021-12-25 08:00,1.00"), "{text}");
}

#[test]
fn what_is_no_workbook_or_too_large_is_refused() {
    let fault = |bytes: &[u8]| {
        let (_folder, path) = file("名册.xlsx", bytes);
        match read(&path, &ColumnMap::none()) {
            Err(SheetError::Workbook { fault: WorkbookFault::Damaged { .. }, .. }) => "damaged",
            Err(SheetError::Workbook { fault: WorkbookFault::TooLarge { .. }, .. }) => "too large",
            Err(SheetError::Empty { .. }) => "empty",
            Err(other) => panic!("{other}"),
            Ok(_) => "read",
        }
    };
    let mut book = Workbook::new();
    book.add_worksheet();
    let good = book.save_to_buffer().unwrap();
    assert_eq!(fault(&good), "empty");
    assert_eq!(fault(&good[..good.len() / 2]), "damaged");
    assert_eq!(fault(b"PK\x03\x04 nothing of the kind"), "damaged");
    assert_eq!(fault(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 nothing of the kind"), "damaged");
    // A few megabytes that would expand to more than five hundred.
    let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let deflated = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .compression_level(Some(1));
    bomb.start_file("xl/sharedStrings.xml", deflated).unwrap();
    let block = vec![b' '; 1024 * 1024];
    for _ in 0..520 {
        bomb.write_all(&block).unwrap();
    }
    let bytes = bomb.finish().unwrap().into_inner();
    assert!(bytes.len() < 16 * 1024 * 1024);
    assert_eq!(fault(&bytes), "too large");
}
