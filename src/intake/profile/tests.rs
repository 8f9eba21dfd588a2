//! Profiles of statements as regions would write them, right and wrong.

use super::*;
use crate::text::{Explain, Lang};

fn profile(text: &str) -> StatementProfile {
    StatementProfile::parse("p.toml", text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn one_code_means_what_the_region_says() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // profile        0                          1                           2                             3                        9
        ("national",     [Some(Standing::Balanced), Some(Standing::Unbalanced), Some(Standing::FacilityOnly), Some(Standing::Differs), None]),
        ("jx-2020",      [Some(Standing::Balanced), Some(Standing::CentreOnly), Some(Standing::FacilityOnly), Some(Standing::Differs), None]),
        ("hn-2021",      [Some(Standing::Balanced), Some(Standing::Unbalanced), None,                         None,                    None]),
    ];
    for (name, want) in cases {
        let read = StatementProfile::find(name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(["0", "1", "2", "3", "9"].map(|code| read.result(code)), want, "{name}");
    }
}

#[test]
fn every_profile_that_is_built_in_reads() {
    for name in StatementProfile::names() {
        let read = StatementProfile::find(name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read.name(), name);
    }
    assert_eq!(StatementProfile::find("paired-flags").unwrap().marks(), Marks::Both);
}

#[test]
fn a_whole_profile_says_what_it_says() {
    let read = profile(
        r#"
        name = "示例地区"
        [calls.2301]
        lines = 50
        [statement]
        unit = "fen"
        [statement.columns]
        "自付现金(分)" = "psn_cash_pay"
        "窗口号" = "-"
        [statement.text]
        columns = ["psn_no", "-", "setl_id", "medfee_sumamt"]
        [statement.states]
        success = ["1", "OK"]
        failure = ["0"]
        [statement.refund]
        yes = ["2"]
        no = ["1"]
        [statement.dates]
        basis = "clearing"
        day_ends = "17:30"
        "#,
    );
    assert_eq!((read.name(), read.in_fen(), read.basis()), ("示例地区", true, DayBasis::Clearing));
    assert_eq!(read.columns()["自付现金"], "psn_cash_pay");
    assert_eq!(read.order().unwrap(), ["psn_no", "-", "setl_id", "medfee_sumamt"]);
    assert_eq!(read.day_ends(), "17:30");
    assert_eq!(
        ["1", "ok", "0", "成功"].map(|code| read.state(code)),
        [Some(Standing::Settled), Some(Standing::Settled), Some(Standing::Failed), None]
    );
    assert_eq!(["1", "2", "是"].map(|code| read.flag(code)), [Some(false), Some(true), None]);
    let national = StatementProfile::national();
    assert_eq!(
        ["001", "000", "1", "否", "2", "x"].map(|code| national.flag(code)),
        [Some(true), Some(false), Some(true), Some(false), None, None]
    );
}

#[test]
fn faults_have_a_place() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("name = 'x'",                                              (1, 1),  "no section [statement]"),
        ("[statement]\nunits = 'fen'",                              (2, 1),  "`units` is not a known key"),
        ("[statement]\nunit = 'li'",                                (2, 8),  "`li` cannot stand here"),
        ("[statement]\nunit = 3",                                   (2, 8),  "`unit` takes a text"),
        ("statement = 3",                                           (1, 13), "`statement` takes a table"),
        ("[statement.columns]\n'总价' = 'price'",                    (2, 8),  "no column `price`"),
        ("[statement.columns]\n'a (元)' = '-'\n'a' = '-'",           (3, 1),  "is given twice"),
        ("[statement.text]\ncolumns = ['setl_id']",                 (2, 11), "`columns` takes two columns"),
        ("[statement.text]\ncolumns = ['setl_id', 'setl_id', '-']", (2, 23), "`setl_id` is given twice"),
        ("[statement.text]\ncolumns = ['setl_id', '-', 'x']",       (2, 28), "no column `x`"),
        ("[statement.results]\n0 = 'even'",                         (2, 5),  "`even` cannot stand here"),
        ("[statement.states]\nfine = ['1']",                        (2, 1),  "`fine` is not a known key"),
        ("[statement.states]\nsuccess = '1'",                       (2, 11), "`success` takes a list"),
        ("[statement.states]\nsuccess = ['1']\nfailure = ['1']",    (2, 12), "`1` is given twice"),
        ("[statement.refund]\nmarks = 'none'",                      (2, 9),  "`none` cannot stand here"),
        ("[statement.dates]\nday_ends = '25:00'",                   (2, 12), "`day_ends` takes a time"),
        ("[statement.dates]\nday_ends = '5pm'",                     (2, 12), "`day_ends` takes a time"),
        ("[statement]\n[stament]",                                  (2, 2),  "`stament` is not a known key"),
        ("name = ",                                                 (1, 8),  "not TOML"),
    ];
    for (text, place, says) in cases {
        let error = StatementProfile::parse("p.toml", text).unwrap_err();
        let [fault] = error.faults() else { panic!("{text}: {error:?}") };
        // Which of two entries comes first is the reader's order of keys.
        if !says.contains("twice") {
            assert_eq!((fault.line, fault.column), place, "{text}");
        }
        assert!(fault.what(Lang::En).contains(says), "{text}: {}", fault.what(Lang::En));
        assert!(fault.what(Lang::Zh).contains(&format!("第 {} 行", fault.line)), "{text}");
        assert!(!fault.hint(Lang::Zh).is_empty() && !fault.hint(Lang::En).is_empty());
    }
    let gone = StatementProfile::find("no/such.toml").unwrap_err();
    assert!(gone.what(Lang::Zh).contains("no/such.toml") && gone.hint(Lang::En).contains("jx-2020"));
}
