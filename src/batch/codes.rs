//! The code tables that fields name, as data.
//!
//! Most are the same everywhere, and a value that is not in them is a mistake. Some
//! (`med_type`, `psn_type`, and a few more) every region adds to: a value that is not
//! in those goes out all the same and is counted. A region's profile adds codes,
//! replaces a table, or opens it. Tables of which no list is public are not here,
//! and their fields are not checked.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// As it is sent.
    pub code: String,
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
}

/// One code table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeTable {
    /// The name fields refer to it by.
    pub name: &'static str,
    /// Regions add codes of their own.
    pub local: bool,
    /// Its codes.
    pub codes: Vec<Code>,
}

/// Name, whether regions add to it, and the table as CSV.
#[rustfmt::skip] // the columns are the point
const SOURCES: &[(&str, bool, &str)] = &[
    ("acct_used_flag",      false, include_str!("codes/acct_used_flag.csv")),
    ("biz_appy_type",       true,  include_str!("codes/biz_appy_type.csv")),
    ("clr_type",            true,  include_str!("codes/clr_type.csv")),
    ("cop_flag",            false, FLAG),
    ("diag_type",           true,  include_str!("codes/diag_type.csv")),
    ("dscg_tkdrug_flag",    false, FLAG),
    ("dscg_way",            false, include_str!("codes/dscg_way.csv")),
    ("etip_flag",           false, FLAG),
    ("hosp_agre_refl_flag", false, FLAG),
    ("hosp_appr_flag",      false, include_str!("codes/hosp_appr_flag.csv")),
    ("insutype",            false, include_str!("codes/insutype.csv")),
    ("latechb_flag",        false, FLAG),
    ("maindiag_flag",       false, include_str!("codes/maindiag_flag.csv")),
    ("matn_fee_flag",       false, FLAG),
    ("mdtrt_cert_type",     true,  include_str!("codes/mdtrt_cert_type.csv")),
    ("med_type",            true,  include_str!("codes/med_type.csv")),
    ("mid_setl_flag",       false, include_str!("codes/mid_setl_flag.csv")),
    ("pret_flag",           false, FLAG),
    ("psn_cert_type",       true,  include_str!("codes/psn_cert_type.csv")),
    ("psn_setlway",         true,  include_str!("codes/psn_setlway.csv")),
    ("psn_type",            true,  include_str!("codes/psn_type.csv")),
    ("refd_setl_flag",      false, include_str!("codes/refd_setl_flag.csv")),
    ("refl_type",           true,  include_str!("codes/refl_type.csv")),
    ("rx_circ_flag",        false, FLAG),
    ("vali_flag",           false, include_str!("codes/vali_flag.csv")),
];

/// Yes and no.
const FLAG: &str = include_str!("codes/flag.csv");

static TABLES: LazyLock<BTreeMap<&'static str, CodeTable>> = LazyLock::new(|| {
    let table = |&(name, local, text): &(&'static str, bool, &str)| {
        (name, CodeTable { name, local, codes: read(text) })
    };
    SOURCES.iter().map(table).collect()
});

fn read(text: &str) -> Vec<Code> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.expect("a table that is built in is CSV");
        let cell = |at: usize| row.get(at).unwrap_or_default().to_owned();
        Code { code: cell(0), zh: cell(1), en: cell(2) }
    });
    rows.collect()
}

/// The table of that name; `None` where no list of it is public.
pub fn table(name: &str) -> Option<&'static CodeTable> {
    TABLES.get(name)
}

/// Every table, by name.
pub fn tables() -> impl Iterator<Item = &'static CodeTable> {
    TABLES.values()
}

impl CodeTable {
    /// The table lists that code.
    pub fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::fields::nodes;
    use std::collections::BTreeSet;

    /// Tables that fields name and of which no list is public.
    const UNLISTED: [&str; 6] =
        ["admdvs", "agnter_rlts", "birctrl_type", "caty", "matn_type", "tcmdrug_used_way"];

    #[test]
    fn every_table_is_named_by_a_field_and_has_codes() {
        let named: BTreeSet<&str> =
            nodes().flat_map(|node| node.columns().filter_map(|field| field.codes)).collect();
        for table in tables() {
            assert!(named.contains(table.name), "{}", table.name);
            assert!(table.codes.len() > 1, "{}", table.name);
            let codes: BTreeSet<&str> = table.codes.iter().map(|code| &*code.code).collect();
            assert_eq!(codes.len(), table.codes.len(), "{}", table.name);
            assert!(
                table.codes.iter().all(|code| !code.zh.is_empty() && !code.en.is_empty()),
                "{}",
                table.name
            );
        }
        let unlisted: Vec<&str> = named.into_iter().filter(|name| table(name).is_none()).collect();
        assert_eq!(unlisted, UNLISTED);
    }

    #[test]
    fn codes_by_table() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("insutype",        "310", true),
            ("insutype",        "311", false),
            ("mdtrt_cert_type", "02",  true),
            ("mdtrt_cert_type", "2",   false),
            ("rx_circ_flag",    "0",   true),
            ("rx_circ_flag",    "2",   false),
        ];
        for (name, code, want) in cases {
            assert_eq!(table(name).unwrap().has(code), want, "{name} {code}");
        }
    }
}
