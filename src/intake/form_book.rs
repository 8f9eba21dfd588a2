//! The registration form (登记表): a workbook with headings, drop-downs and checks,
//! to be filled in by hand where even this program is not at hand.
//!
//! Its headings are those of the table of columns and its words are words that
//! reading knows, so that a filled form needs no map. The form helps whoever
//! fills it in; whether a row will do is decided where it is read.

use crate::domain::{AccountState, BUSINESS_LINES, Kind, PayMethod, terms};
use crate::intake::column::{Column, SheetKind};
use crate::text::{Label, Lang};
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, ExcelDateTime, Format, FormatAlign,
    FormatBorder, Formula, Workbook, Worksheet, XlsxError,
};
use std::io;

/// Rows that have drop-downs and checks.
const ROWS: u32 = 5000;

/// The name of the sheet that holds the words of the drop-downs.
const WORDS: &str = "词表";

/// What a cell of a column takes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Takes {
    Text,
    /// Digits that a spreadsheet must not take for a number.
    Code,
    OneOf(Vec<&'static str>),
    Moment,
    Amount,
}

/// The form for sheets of `kind`, as the bytes of an xlsx.
///
/// # Errors
/// Where the workbook cannot be put together.
pub fn form_book(kind: SheetKind, lang: Lang) -> io::Result<Vec<u8>> {
    book(kind, lang).and_then(|mut book| book.save_to_buffer()).map_err(io::Error::other)
}

fn book(kind: SheetKind, lang: Lang) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let mut lists = Vec::new();
    let form = book.add_worksheet().set_name(lang.pick("登记表", "form"))?;
    for (at, column) in (0_u16..).zip(kind.columns()) {
        let takes = takes(kind, column.id);
        head(form, at, column, kind, lang)?;
        form.set_column_width(at, if takes == Takes::Moment { 18 } else { 14 })?;
        form.set_column_format(at, &format_of(&takes))?;
        form.add_data_validation(1, at, ROWS, at, &check(&takes, &mut lists, column, lang)?)?;
    }
    form.set_freeze_panes(1, 0)?.set_row_height(0, 30)?;
    guide(book.add_worksheet().set_name(lang.pick("填写说明", "guide"))?, kind, lang)?;
    let words = book.add_worksheet().set_name(WORDS)?.set_hidden(true);
    for (at, list) in (0_u16..).zip(&lists) {
        for (row, word) in (0_u32..).zip(list) {
            words.write(row, at, *word)?;
        }
    }
    Ok(book)
}

fn head(
    form: &mut Worksheet,
    at: u16,
    column: &Column,
    kind: SheetKind,
    lang: Lang,
) -> Result<(), XlsxError> {
    let fill = if must(kind, column.id) { Color::RGB(0x00FC_E4D6) } else { Color::RGB(0x00DD_EBF7) };
    let format = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_border(FormatBorder::Thin)
        .set_background_color(fill);
    form.write_with_format(0, at, lang.pick(column.zh[0], column.id), &format).map(drop)
}

/// The columns that every row must have.
fn must(kind: SheetKind, id: &str) -> bool {
    match kind {
        SheetKind::Records => matches!(id, "kind" | "name" | "occurred_at" | "total"),
        SheetKind::Census => matches!(id, "record_no" | "name" | "admitted_at"),
        SheetKind::Lines => matches!(id, "record_no" | "item_name" | "quantity" | "unit_price" | "amount"),
        SheetKind::Accounts => matches!(id, "name" | "balance"),
        SheetKind::Statement | SheetKind::Answers => false,
    }
}

fn takes(kind: SheetKind, id: &str) -> Takes {
    let zh = Lang::Zh;
    match id {
        "kind" => Takes::OneOf(Kind::ALL.iter().map(|kind| kind.label(zh)).collect()),
        "line" => Takes::OneOf(lines(kind)),
        "pay_method" => Takes::OneOf(PayMethod::ALL.iter().map(|method| method.label(zh)).collect()),
        "id_type" => {
            Takes::OneOf(vec!["居民身份证", "军官证", "外国人护照", "中国护照", "港澳台居民居住证", "其他"])
        }
        "insurance" => Takes::OneOf(vec!["职工医保", "居民医保", "离休", "生育"]),
        "locality" => Takes::OneOf(values(&["local", "inbound", "outbound"])),
        "credential" => Takes::OneOf(values(&["card", "e_voucher", "id"])),
        "prepaid" | "dischargeable" | "arrears" | "filed" | "anomaly" => Takes::OneOf(vec!["是", "否"]),
        "occurred_at" | "admitted_at" | "discharged_at" | "applied_on" => Takes::Moment,
        "total" | "paid" | "amount" | "quantity" | "unit_price" | "balance" => Takes::Amount,
        "state" => Takes::OneOf(AccountState::ALL.iter().map(|state| state.label(zh)).collect()),
        "name" | "bank" | "person_group" | "department" | "doctor" | "diagnosis_name" | "papers" | "note"
        | "item_name" | "spec" => Takes::Text,
        _ => Takes::Code,
    }
}

/// The business lines of a sheet's records, each once.
fn lines(kind: SheetKind) -> Vec<&'static str> {
    let of = |wanted: &Kind| kind != SheetKind::Census || *wanted == Kind::Inpatient;
    let mut ids: Vec<&str> = Vec::new();
    for line in BUSINESS_LINES.iter().filter(|(wanted, _)| of(wanted)).flat_map(|(_, lines)| *lines) {
        if !ids.contains(line) {
            ids.push(line);
        }
    }
    values(&ids)
}

fn values(ids: &[&str]) -> Vec<&'static str> {
    ids.iter().filter_map(|id| terms::find(terms::VALUE_WORDS, id)).map(|(zh, _)| zh).collect()
}

fn format_of(takes: &Takes) -> Format {
    match takes {
        Takes::Text | Takes::OneOf(_) => Format::new(),
        Takes::Code => Format::new().set_num_format("@"),
        Takes::Moment => Format::new().set_num_format("yyyy-mm-dd hh:mm"),
        Takes::Amount => Format::new().set_num_format("0.00"),
    }
}

fn check(
    takes: &Takes,
    lists: &mut Vec<Vec<&'static str>>,
    column: &Column,
    lang: Lang,
) -> Result<DataValidation, XlsxError> {
    let what: String = column.what(lang).chars().take(250).collect();
    let told = DataValidation::new().set_input_message(what)?;
    Ok(match takes {
        Takes::Code if column.id == "id_no" => told
            .allow_text_length(DataValidationRule::Between(15, 18))
            .set_error_style(DataValidationErrorStyle::Warning)
            .set_error_message(lang.pick(
                "身份证号码为 18 位（旧证 15 位）；其他证件请先选证件类型",
                "an identity number has 18 characters (15 in the old form)",
            ))?,
        Takes::Text | Takes::Code => told,
        Takes::OneOf(words) => {
            let letter = char::from(b'A' + u8::try_from(lists.len()).unwrap_or(25).min(25));
            let last = words.len();
            lists.push(words.clone());
            let list = Formula::new(format!("={WORDS}!${letter}$1:${letter}${last}"));
            told.allow_list_formula(list)
                .set_error_message(lang.pick("请从下拉列表中选择", "choose from the list"))?
        }
        Takes::Moment => told
            .allow_date(DataValidationRule::GreaterThanOrEqualTo(ExcelDateTime::from_ymd(2000, 1, 1)?))
            .set_error_message(
                lang.pick("写成 2021-10-29 10:20（北京时间）", "write it as 2021-10-29 10:20, Beijing time"),
            )?,
        Takes::Amount => told
            .allow_decimal_number(DataValidationRule::Between(0.0, 99_999_999.0))
            .set_error_message(lang.pick("写数字，如 12.50，不写单位", "write a number such as 12.50"))?,
    })
}

fn guide(sheet: &mut Worksheet, kind: SheetKind, lang: Lang) -> Result<(), XlsxError> {
    const SAID: [[&str; 2]; 6] = [
        [
            "一行一条，从登记表第二行起填写；浅橙色的栏必填，其余知道多少填多少。",
            "One record a row, from the second row of the form; the orange columns must be filled in.",
        ],
        [
            "号码栏已设为文本：直接输入，不要在前面加撇号；不要改动表头。",
            "Numbers of persons and papers are text already; type them as they are, and leave the headings alone.",
        ],
        [
            "有下拉列表的栏请从列表中选；是否栏不知道就留空，不要猜。",
            "Choose from the list where there is one; leave yes or no empty where it is not known.",
        ],
        [
            "时间写成 2021-10-29 10:20；金额写元，最多两位小数。",
            "Write times as 2021-10-29 10:20 and amounts in yuan with two decimals at most.",
        ],
        ["留存材料用分号分开，如 收费票据；费用清单。", "Separate papers with semicolons."],
        [
            "填好后用 guazhang import 导入；先加 --dry-run 可只看不写。",
            "Take the form in with guazhang import; --dry-run shows what would be written.",
        ],
    ];
    let bold = Format::new().set_bold();
    let mut row = 0;
    for said in SAID {
        sheet.write(row, 0, lang.pick(said[0], said[1]))?;
        row += 1;
    }
    row += 1;
    for (at, title) in [(0, lang.pick("栏", "column")), (1, lang.pick("填什么", "what it holds"))] {
        sheet.write_with_format(row, at, title, &bold)?;
    }
    for column in kind.columns() {
        row += 1;
        sheet.write(row, 0, lang.pick(column.zh[0], column.id))?;
        sheet.write(row, 1, column.what(lang))?;
    }
    sheet.set_column_width(0, 20)?.set_column_width(1, 60).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Money, fact_kind};
    use crate::intake::testing::file;
    use crate::intake::{CensusSheet, ColumnMap, Context, RecordSheet};

    fn context<'a>() -> Context<'a> {
        Context {
            now: "2021-12-28T09:00:00".parse().unwrap(),
            own_facility: "H14990100001",
            knows_facility: &|_| false,
            fact_kind: &|name| fact_kind(name),
        }
    }

    /// The form as a hand fills it in, one value a column in each row.
    fn filled(kind: SheetKind, rows: &[&[(&str, &str)]]) -> (tempfile::TempDir, std::path::PathBuf) {
        let mut book = book(kind, Lang::Zh).unwrap();
        let form = book.worksheet_from_index(0).unwrap();
        for (row, cells) in (1_u32..).zip(rows) {
            for (id, text) in *cells {
                let at = kind.columns().iter().position(|column| column.id == *id).unwrap();
                let at = u16::try_from(at).unwrap();
                match takes(kind, id) {
                    Takes::Moment => form
                        .write_with_format(
                            row,
                            at,
                            ExcelDateTime::parse_from_str(text).unwrap(),
                            &format_of(&Takes::Moment),
                        )
                        .unwrap(),
                    Takes::Amount => form.write(row, at, text.parse::<f64>().unwrap()).unwrap(),
                    Takes::OneOf(words) => {
                        assert!(words.contains(text), "{text} is in the list of {id}");
                        form.write(row, at, *text).unwrap()
                    }
                    Takes::Text | Takes::Code => form.write(row, at, *text).unwrap(),
                };
            }
        }
        file("登记表.xlsx", &book.save_to_buffer().unwrap())
    }

    #[test]
    fn a_form_filled_in_by_hand_needs_no_map() {
        let (_folder, path) = filled(
            SheetKind::Records,
            &[
                &[
                    ("record_no", "0001"),
                    ("kind", "门诊"),
                    ("line", "门诊慢特病"),
                    ("name", "\u{20BB7}田·安"),
                    ("id_type", "居民身份证"),
                    ("id_no", "379901198002151237"),
                    ("insurance", "居民医保"),
                    ("occurred_at", "2021-12-20 10:20"),
                    ("total", "120.5"),
                    ("paid", "120.5"),
                    ("pay_method", "微信"),
                    ("locality", "本地参保本地就医"),
                    ("credential", "社保卡"),
                    ("arrears", "否"),
                    ("papers", "收费票据；发票"),
                ],
                &[("kind", "备案"), ("line", "转诊转院"), ("name", "张三"), ("applied_on", "2021-12-21")],
            ],
        );
        let mut sheet = RecordSheet::open(&path, None, &ColumnMap::none(), &context()).unwrap();
        let drafts: Vec<_> = sheet.by_ref().map(Result::unwrap).collect();
        let first = &drafts[0].record;
        assert_eq!((first.record_no.as_str(), first.line.as_str()), ("0001", "chronic"));
        assert_eq!((first.person.name.as_str(), first.insurance.as_str()), ("\u{20BB7}田·安", "390"));
        assert_eq!(
            (first.occurred_at.to_string().as_str(), first.total),
            ("2021-12-20T10:20:00", Money::from_fen(12_050))
        );
        assert_eq!(
            (first.facts.text("locality"), first.facts.text("credential")),
            (Some("local"), Some("card"))
        );
        assert_eq!(first.facts.papers().into_iter().collect::<Vec<_>>(), ["invoice", "receipt"]);
        assert_eq!((drafts.len(), drafts[1].record.line.as_str()), (2, "referral"));
        assert_eq!(sheet.finish().unwrap().origin.worksheet.as_deref(), Some("登记表"));

        let (_folder, path) = filled(
            SheetKind::Census,
            &[&[
                ("record_no", "001"),
                ("name", "张三"),
                ("admitted_at", "2021-12-20 08:00"),
                ("dischargeable", "是"),
            ]],
        );
        let mut census = CensusSheet::open(&path, &ColumnMap::none(), &context()).unwrap();
        assert_eq!(census.next().unwrap().unwrap().entry.record_no, "001");
    }

    #[test]
    fn every_word_of_every_list_is_read() {
        for kind in [SheetKind::Records, SheetKind::Census] {
            for column in kind.columns() {
                let Takes::OneOf(words) = takes(kind, column.id) else { continue };
                assert!(!words.is_empty(), "{}", column.id);
                for word in words {
                    let known = match column.id {
                        "kind" => word.parse::<Kind>().is_ok(),
                        "line" => BUSINESS_LINES
                            .iter()
                            .any(|(_, lines)| lines.contains(&crate::intake::words::line(word))),
                        "pay_method" => word.parse::<PayMethod>().is_ok(),
                        "id_type" => crate::intake::words::id_type(word).is_some(),
                        "insurance" => crate::intake::words::insurance(word).is_some(),
                        "locality" | "credential" => crate::intake::words::value(word).is_some(),
                        _ => matches!(word, "是" | "否"),
                    };
                    assert!(known, "{}: {word}", column.id);
                }
            }
        }
    }

    #[test]
    fn an_empty_form_has_no_records() {
        for lang in [Lang::Zh, Lang::En] {
            let (_folder, path) = file("form.xlsx", &form_book(SheetKind::Records, lang).unwrap());
            let mut sheet = RecordSheet::open(&path, None, &ColumnMap::none(), &context()).unwrap();
            assert!(sheet.next().is_none());
        }
    }
}
