//! The made-up sheets: some 300 records of a small hospital, a clinic and a
//! pharmacy, with fee lines, as their systems would write them.
//!
//! Everything is counted out from tables, so the bytes are the same every time.
//! Six rows are wrong on purpose in the first file and right in the second.

use super::people::person;
use crate::domain::{Money, Time};
use std::fmt::Write;

/// The ledger's own facility, a small hospital.
pub(super) const HOSPITAL: &str = "H14990100001";
/// A clinic that keeps its records in the same ledger.
pub(super) const CLINIC: &str = "H14990100002";
/// A pharmacy that does so too.
pub(super) const PHARMACY: &str = "P14990100003";

/// Where most people are insured: the city of the first notice.
pub(super) const HERE: &str = "140900";
/// The invented city next door, with a notice of its own.
pub(super) const NEXT_DOOR: &str = "149900";

/// The two files of one import.
pub(super) struct Sheets {
    /// `records.csv` with six bad rows.
    pub(super) records: String,
    /// The same with those rows corrected.
    pub(super) corrected: String,
    /// `lines.csv`.
    pub(super) lines: String,
    /// The notice of the city next door.
    pub(super) notice: &'static str,
}

/// A run of like records.
struct Group {
    prefix: &'static str,
    facility: &'static str,
    kind: &'static str,
    line: &'static str,
    area: &'static str,
    /// The first day; the others follow day by day, over `days` days.
    first: &'static str,
    days: usize,
    count: usize,
}

#[rustfmt::skip] // the columns are the point
const GROUPS: &[Group] = &[
    group("MZ", HOSPITAL, "门诊", "普通门诊",     HERE,      "2021-10-22", 9, 74),
    group("JZ", HOSPITAL, "门诊", "急诊",         HERE,      "2021-10-22", 9, 12),
    group("MB", HOSPITAL, "门诊", "慢特病",       HERE,      "2021-10-22", 9, 14),
    group("ZY", HOSPITAL, "住院", "普通住院",     HERE,      "2021-10-17", 6, 26),
    group("JS", HOSPITAL, "住院", "精神",         HERE,      "2021-10-02", 6, 6),
    group("ZZ", HOSPITAL, "备案", "转诊",         HERE,      "2021-10-22", 9, 10),
    group("YD", HOSPITAL, "备案", "异地就医",     HERE,      "2021-10-22", 9, 6),
    group("RD", HOSPITAL, "备案", "慢特病认定",   HERE,      "2021-10-22", 9, 1),
    group("ZS", CLINIC,   "门诊", "普通门诊",     HERE,      "2021-10-22", 9, 46),
    group("YF", PHARMACY, "购药", "",             HERE,      "2021-10-22", 9, 69),
    group("LM", HOSPITAL, "门诊", "普通门诊",     NEXT_DOOR, "2021-10-13", 4, 8),
    group("LB", HOSPITAL, "门诊", "慢特病",       NEXT_DOOR, "2021-10-13", 4, 5),
    group("LL", HOSPITAL, "门诊", "两病",         NEXT_DOOR, "2021-10-13", 4, 2),
    group("LZ", HOSPITAL, "住院", "普通住院",     NEXT_DOOR, "2021-10-09", 4, 7),
    group("LW", HOSPITAL, "住院", "外伤",         NEXT_DOOR, "2021-10-10", 2, 2),
    group("LG", PHARMACY, "购药", "",             NEXT_DOOR, "2021-10-13", 4, 6),
    group("LA", HOSPITAL, "备案", "异地就医",     NEXT_DOOR, "2021-10-13", 4, 3),
];

#[rustfmt::skip] // as its columns
#[expect(clippy::too_many_arguments, reason = "one argument per column of the table")]
const fn group(
    prefix: &'static str, facility: &'static str, kind: &'static str, line: &'static str, area: &'static str,
    first: &'static str, days: usize, count: usize,
) -> Group {
    Group { prefix, facility, kind, line, area, first, days, count }
}

/// Department, doctor, diagnosis.
const CASES: &[[&str; 4]] = &[
    ["内科", "郝一心", "J06.900", "急性上呼吸道感染"],
    ["内科", "郝一心", "I10.x00", "高血压"],
    ["外科", "石见川", "K29.500", "慢性胃炎"],
    ["骨科", "石见川", "M51.202", "腰椎间盘突出"],
    ["儿科", "柳依依", "J20.900", "急性支气管炎"],
    ["中医科", "木清扬", "G47.000", "失眠"],
];

/// Code (invented), name, unit price in fen.
const ITEMS: &[(&str, &str, i64)] = &[
    ("X99001", "普通门诊诊查费", 900),
    ("X99002", "血常规（五分类）", 2000),
    ("X99003", "静脉输液", 650),
    ("X99004", "阿莫西林胶囊", 1280),
    ("X99005", "硝苯地平控释片", 2635),
    ("X99006", "二甲双胍缓释片", 1890),
    ("X99007", "胸部正位片", 6500),
    ("X99008", "心电图", 2400),
    ("X99009", "蓝芩口服液", 3165),
    ("X99010", "奥美拉唑肠溶胶囊", 1472),
];
/// The same for a stay, by the day.
const OF_A_STAY: &[(&str, &str, i64)] = &[
    ("X99101", "床位费", 4000),
    ("X99102", "住院诊查费", 1500),
    ("X99103", "护理费", 2200),
    ("X99104", "头孢呋辛钠", 3847),
    ("X99105", "氯化钠注射液", 385),
    ("X99106", "血生化全套", 9600),
    ("X99107", "腹部彩超", 12000),
    ("X99108", "康复治疗", 7550),
];
const METHODS: &[&str] = &["现金", "微信", "支付宝", "银行卡"];

const HEADINGS: [&str; 25] = [
    "单据号",
    "机构编码",
    "类别",
    "业务类型",
    "姓名",
    "身份证号",
    "联系电话",
    "参保地",
    "本地异地",
    "险种",
    "就诊时间",
    "入院时间",
    "出院时间",
    "申请日期",
    "科室",
    "医生",
    "诊断编码",
    "诊断名称",
    "总费用",
    "已付金额",
    "支付方式",
    "发票号",
    "留存材料",
    "是否欠费",
    "fact:third_party",
];
const LINE_HEADINGS: &str = "单据号,行号,医保编码,项目名称,数量,单价,金额";

/// One record before it is written.
#[derive(Default)]
struct Row {
    cells: [String; HEADINGS.len()],
    lines: Vec<(usize, i64, i64)>,
    stay: bool,
}

impl Row {
    fn set(&mut self, heading: &str, text: impl Into<String>) {
        let at = HEADINGS.iter().position(|known| *known == heading);
        self.cells[at.expect("the heading stands in the list")] = text.into();
    }

    fn get(&self, heading: &str) -> &str {
        let at = HEADINGS.iter().position(|known| *known == heading);
        &self.cells[at.expect("the heading stands in the list")]
    }

    fn total(&self) -> Money {
        Money::from_fen(self.lines.iter().map(|(_, quantity, price)| quantity * price).sum())
    }
}

/// All sheets.
pub(super) fn sheets() -> Sheets {
    let mut rows = Vec::new();
    for group in GROUPS {
        rows.extend((1..=group.count).map(|at| (group, at)).collect::<Vec<_>>());
    }
    let mut rows: Vec<Row> =
        rows.into_iter().enumerate().map(|(number, (group, at))| row(group, at, number)).collect();
    same_visit_twice(&mut rows);
    let lines = lines(&rows);
    let corrected = records(&rows);
    spoil(&mut rows);
    Sheets { records: records(&rows), corrected, lines, notice: include_str!("yunting.toml") }
}

fn row(group: &Group, at: usize, number: usize) -> Row {
    let mut row = Row { stay: group.kind == "住院", ..Row::default() };
    let who = person(number);
    row.set("单据号", format!("{}{at:04}", group.prefix));
    row.set("机构编码", group.facility);
    row.set("类别", group.kind);
    row.set("业务类型", group.line);
    row.set("姓名", who.name);
    row.set("身份证号", who.id_no);
    row.set("联系电话", who.phone);
    row.set("参保地", group.area);
    // One cell is empty: a fact that nobody asked for yet.
    row.set("本地异地", if group.prefix == "ZY" && at == 7 { "" } else { "local" });
    row.set("险种", if number.is_multiple_of(3) { "职工" } else { "居民" });
    let day: Time = group.first.parse().expect("the tables hold days");
    let day = day.plus_seconds(i64::try_from(at % group.days).unwrap_or(0) * 86_400);
    let clock = i64::try_from(8 * 3600 + number * 1_973 % 32_000).unwrap_or(0);
    let began = day.plus_seconds(clock / 60 * 60);
    match group.kind {
        "备案" => filing(&mut row, began, at),
        "住院" => stay(&mut row, group, began, at),
        _ => visit(&mut row, group, began, at, number),
    }
    if group.kind != "购药" {
        let [department, doctor, code, name] = CASES[number % CASES.len()];
        row.set("科室", department);
        row.set("医生", doctor);
        row.set("诊断编码", code);
        row.set("诊断名称", name);
    }
    row
}

fn filing(row: &mut Row, began: Time, at: usize) {
    row.set("申请日期", began.day().to_string());
    // One form was never signed.
    row.set("留存材料", if at == 10 { "" } else { "signed_form" });
}

fn visit(row: &mut Row, group: &Group, began: Time, at: usize, number: usize) {
    row.set("就诊时间", began.to_string());
    let drugs_only = group.kind == "购药";
    for nth in 0..2 + number % 3 {
        let item = if drugs_only { [3, 4, 5, 8, 9][(number + nth) % 5] } else { (nth * 3 + number % 4) % 10 };
        row.lines.push((item, 1 + i64::try_from((number + nth) % 3).unwrap_or(0), ITEMS[item].2));
    }
    let total = row.total().to_string();
    row.set("总费用", total.clone());
    row.set("已付金额", total);
    row.set("支付方式", METHODS[number % METHODS.len()]);
    row.set("发票号", format!("{}2021{at:05}", group.prefix));
    // Two receipts of the clinic are still to be asked for.
    row.set("留存材料", if group.prefix == "ZS" && at > 44 { "" } else { "receipt" });
}

fn stay(row: &mut Row, group: &Group, began: Time, at: usize) {
    let days = if group.prefix == "JS" { 24 } else { 5 + i64::try_from(at % 3).unwrap_or(0) };
    row.set("入院时间", began.to_string());
    row.set("出院时间", began.plus_seconds(days * 86_400 - 7_200).to_string());
    for (item, (.., price)) in OF_A_STAY.iter().enumerate() {
        let quantity = match item {
            0..=2 => days,
            3 | 4 => days * 2,
            _ => 1 + i64::try_from(at % 2).unwrap_or(0),
        };
        row.lines.push((item, quantity, *price));
    }
    row.set("总费用", row.total().to_string());
    row.set("已付金额", Money::from_fen(if group.prefix == "JS" { 300_000 } else { 80_000 }).to_string());
    row.set("支付方式", "预交金");
    row.set("发票号", format!("{}2021{at:05}", group.prefix));
    match (group.prefix, at) {
        ("LZ", 7) => {}
        ("LZ", 5 | 6) => row.set("是否欠费", "是"),
        ("LZ", _) => row.set("是否欠费", "否"),
        ("LW", _) => row.set("fact:third_party", if at == 1 { "是" } else { "否" }),
        _ => {}
    }
}

/// Somebody came to the clinic twice, for the same: two records that the platform may mix up.
fn same_visit_twice(rows: &mut [Row]) {
    let at = |number: &str| rows.iter().position(|row| row.get("单据号") == number);
    let (Some(first), Some(second)) = (at("ZS0020"), at("ZS0021")) else { return };
    let (lines, kept) = (
        rows[first].lines.clone(),
        ["姓名", "身份证号", "联系电话", "险种", "总费用", "已付金额"]
            .map(|heading| (heading, rows[first].get(heading).to_owned())),
    );
    rows[second].lines = lines;
    for (heading, text) in kept {
        rows[second].set(heading, text);
    }
}

/// Six ways in which a row goes wrong between two systems.
fn spoil(rows: &mut [Row]) {
    let mut put = |number: &str, heading: &str, text: &str| {
        if let Some(row) = rows.iter_mut().find(|row| row.get("单据号") == number) {
            row.set(heading, text);
        }
    };
    put("MZ0015", "总费用", "128.505");
    put("MZ0031", "身份证号", "149901198001010011");
    put("MZ0052", "就诊时间", "2021-10-32 09:00");
    put("ZY0009", "出院时间", "2021-10-01T08:00:00");
    put("ZS0017", "类别", "体检");
    put("YF0040", "总费用", "999.00");
    put("YF0040", "已付金额", "999.00");
}

fn records(rows: &[Row]) -> String {
    let mut text = format!("\u{feff}{}\r\n", HEADINGS.join(","));
    for row in rows {
        text.push_str(&row.cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn lines(rows: &[Row]) -> String {
    let mut text = format!("\u{feff}{LINE_HEADINGS}\r\n");
    for row in rows {
        let items = if row.stay { OF_A_STAY } else { ITEMS };
        for (at, (item, quantity, price)) in row.lines.iter().enumerate() {
            let (code, name, _) = items[*item];
            let (price, amount) = (Money::from_fen(*price), Money::from_fen(quantity * price));
            let line = writeln!(
                text,
                "{},{},{code},{name},{quantity},{price},{amount}\r",
                row.get("单据号"),
                at + 1
            );
            line.expect("a text takes everything");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn three_hundred_records_and_six_bad_rows_the_same_every_time() {
        let (one, two) = (sheets(), sheets());
        assert_eq!((&one.records, &one.lines), (&two.records, &two.lines));
        let rows = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(rows(&one.corrected).len(), GROUPS.iter().map(|group| group.count).sum::<usize>());
        let differ = rows(&one.records).iter().zip(rows(&one.corrected)).filter(|(a, b)| *a != b).count();
        assert_eq!(differ, 6);
        let numbers: BTreeSet<String> =
            rows(&one.corrected).iter().filter_map(|row| row.split(',').next().map(str::to_owned)).collect();
        assert_eq!(numbers.len(), rows(&one.corrected).len(), "every number is used once");
    }
}
