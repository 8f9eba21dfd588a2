//! Profiles as regions would write them, right and wrong.

use super::*;
use crate::batch::fields::Shape;
use crate::text::{Explain, Lang};

fn profile(text: &str) -> Profile {
    Profile::parse("p.toml", text).unwrap_or_else(|error| panic!("{error}"))
}

fn field<'a>(profile: &'a Profile, call: &str, node: &str, id: &str) -> &'a Field {
    profile.node(call, node).unwrap().column(id).unwrap_or_else(|| panic!("{id}"))
}

#[test]
fn an_empty_profile_is_the_table() {
    let read = profile("");
    assert_eq!(read.nodes(), Profile::national().nodes());
    assert_eq!(read.lines_per_call("2301"), Some(100));
    assert!(read.makes("2206"));
}

#[test]
fn the_example_says_what_it_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/profiles/example.toml");
    let read = Profile::find(path).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((read.name(), read.envelope("infver")), ("示例地区 2026", Some("V1.0")));
    assert_eq!((read.lines_per_call("2301"), read.makes("2206")), (Some(50), false));
    assert!(!field(&read, "2203", "mdtrtinfo", "dise_codg").required);
    assert_eq!(field(&read, "2201", "data", "psn_name").shape, Shape::Text(50));
    assert_eq!(field(&read, "2304", "data", "psn_type").shape, Shape::Text(6));
    assert_eq!(field(&read, "2102", "druginfo", "acct_used_flag").preset.as_deref(), Some("0"));
    let extra = field(&read, "2204", "feedetail", "er_flag");
    assert_eq!((&*extra.zh, extra.shape), ("急诊标志", Shape::Text(1)));
    let listed = |id: &str, code: &str| read.lists(field(&read, "2203", "mdtrtinfo", id), code);
    assert_eq!(listed("med_type", "140104"), Listed::Yes);
    assert_eq!(listed("med_type", "140105"), Listed::Unlisted);
}

#[test]
fn every_profile_that_is_built_in_reads() {
    for name in Profile::names() {
        let read = Profile::find(name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read.name(), name);
    }
    let jx = Profile::find("jx-2020").unwrap();
    assert!(jx.node("2401", "mdtrtinfo").unwrap().column("cert_type").is_none());
    assert_eq!(jx.lists(field(&jx, "2401", "diseinfo", "diag_type"), "4"), Listed::Yes);
    assert_eq!(jx.lists(field(&jx, "2401", "diseinfo", "diag_type"), "5"), Listed::No);
}

#[test]
fn codes_against_their_table() {
    let cases = [
        ("insutype", "310", Listed::Yes),
        ("insutype", "311", Listed::No),
        ("insutype", "", Listed::Yes),
        ("med_type", "9107", Listed::Yes),
        ("med_type", "77", Listed::Unlisted),
    ];
    let national = Profile::national();
    for (table, code, want) in cases {
        let mut field = Profile::extra("x");
        field.codes = codes::table(table).map(|table| table.name);
        assert_eq!(national.lists(&field, code), want, "{table} {code}");
    }
    let only = profile("[codes.med_type]\nonly = { 11 = \"门诊\" }");
    let mut field = Profile::extra("x");
    field.codes = Some("med_type");
    assert_eq!(only.lists(&field, "21"), Listed::No);
}

#[test]
fn faults_have_a_place() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("nmae = 'x'",                                        (1, 1),  "`nmae` is not a known key"),
        ("\nname = 3",                                        (2, 8),  "`name` takes a text"),
        ("name = ",                                           (1, 8),  "not TOML"),
        ("[envelope]\ntoken = 'x'",                           (2, 1),  "`token` is not a known key"),
        ("[calls.9999]\nlines = 3",                           (1, 8),  "`9999` is no call"),
        ("[calls.2301]\nlines = 0",                           (2, 9),  "`lines` cannot be that wide"),
        ("[calls.2301]\nline = 3",                            (2, 1),  "`line` is not a known key"),
        ("[fields.'2204.feedetial.cnt']\nwidth = 3",          (1, 9),  "`2204.feedetial` is no call"),
        ("[fields.'2204.feedetail.x']\nwidth = 3",            (1, 9),  "no field `2204.feedetail.x`"),
        ("[fields.no_such]\nwidth = 3",                       (1, 9),  "no field `no_such`"),
        ("[fields.psn_no]\nwidth = 0",                        (2, 9),  "cannot be that wide"),
        ("[fields.psn_no]\nwidth = 5000",                     (2, 9),  "cannot be that wide"),
        ("[fields.begntime]\nwidth = 3",                      (2, 9),  "cannot be that wide"),
        ("[fields.psn_no]\nrequired = 'no'",                  (2, 12), "`required` takes true or false"),
        ("[fields.psn_no]\ntype = 'string'",                  (2, 8),  "`type` takes text, digits"),
        ("[fields.psn_no]\ncodes = 'psn'",                    (2, 9),  "`psn` is no code table"),
        ("[fields.'2207.data.msgid']\nomit = true",           (1, 9),  "`2207.data.msgid` cannot be left out"),
        ("[codes.naty]\nany = true",                          (1, 8),  "`naty` is no code table"),
        ("[codes.insutype]\nadd = 3",                         (2, 7),  "`add` takes a table"),
    ];
    for (text, place, says) in cases {
        let error = Profile::parse("p.toml", text).unwrap_err();
        let [fault] = error.faults() else { panic!("{text}: {error:?}") };
        assert_eq!((fault.line, fault.column), place, "{text}");
        assert!(fault.what(Lang::En).contains(says), "{text}: {}", fault.what(Lang::En));
        assert!(fault.what(Lang::Zh).contains(&format!("第 {} 行第 {} 列", place.0, place.1)), "{text}");
        assert!(!fault.hint(Lang::Zh).is_empty() && !fault.hint(Lang::En).is_empty());
    }
    let two = Profile::parse("p.toml", "a = 1\nb = 2").unwrap_err();
    assert_eq!(two.faults().len(), 2, "all faults are told at once");
    let gone = Profile::find("no/such.toml").unwrap_err();
    assert!(gone.what(Lang::Zh).contains("no/such.toml") && gone.hint(Lang::En).contains("jx-2020"));
}
