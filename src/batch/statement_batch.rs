//! Requests to reconcile as a hand-out: for each its text and ZIP, their values in one JSON, manifest and cover sheet.
//!
//! Which settlements belong into which request is decided elsewhere. Nothing is sent from here: the
//! JSON has the calls in their order, with a placeholder where only the online side has the value.

use super::manifest::{FileEntry, Manifest};
use super::profile::Profile;
use super::statement_request::{StatementFault, StatementLine, StatementQuery, statement_request};
use super::tally::Tally;
use super::{Built, File, Head};
use crate::domain::{Day, Money};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The file with the values of every request.
pub const REQUESTS: &str = "requests.json";

/// What is asked in one request, with its totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Insurance type.
    pub insutype: String,
    /// Clearing category.
    pub clr_type: String,
    /// Handling body.
    pub setl_optins: String,
    /// First day, by the platform's settlement time.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// `refd_setl_flag` of the request; empty where it says nothing.
    pub refd_setl_flag: String,
    /// Settlements in its totals.
    pub settlements: usize,
    /// `medfee_sumamt`, fen.
    pub total_fen: Money,
    /// `fund_pay_sumamt`, fen.
    pub fund_fen: Money,
    /// `acct_pay`, fen.
    pub account_fen: Money,
    /// `cash_payamt`, fen.
    pub cash_fen: Money,
    /// The file with the settlements.
    pub text: String,
    /// The same, as it is uploaded.
    pub zip: String,
}

const FORMAT: &str = "3202 text, UTF-8, TAB between columns, `null` where there is no value, no heading; each in a ZIP; \
                      values of the requests in requests.json";

/// Writes requests, each a query with its settlements.
///
/// # Errors
/// [`StatementFault`] where a value does not fit its field: nothing is written then.
pub fn statement_batch(
    head: &Head,
    requests: &[(StatementQuery, Vec<StatementLine>)],
    profile: &Profile,
) -> Result<Built, StatementFault> {
    let (mut files, mut entries, mut asked, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut tally = Tally::default();
    for (query, lines) in requests {
        let made = statement_request(query, lines, profile)?;
        for line in lines {
            tally.count(&query.insurance, crate::text::Label::id(&line.kind), 0, line.total);
        }
        let one = Asked {
            insutype: query.insurance.clone(),
            clr_type: query.clearing.clone(),
            setl_optins: query.body.clone(),
            from: query.from,
            to: query.to,
            refd_setl_flag: query.refunds.clone().unwrap_or_default(),
            settlements: made.sums.count,
            total_fen: made.sums.total,
            fund_fen: made.sums.fund,
            account_fen: made.sums.account,
            cash_fen: made.sums.cash,
            text: made.text.name.clone(),
            zip: made.zip.name.clone(),
        };
        values.push(calls(query, &one, &made.totals, &made.request));
        entries.push(FileEntry::of(&made.text, lines.len(), to_fill(lines), false));
        entries.push(FileEntry::of(&made.zip, 1, BTreeMap::new(), false));
        files.extend([made.text, made.zip]);
        asked.push(one);
    }
    let mut bytes =
        serde_json::to_vec_pretty(&json!({ "schema": 1, "items": values })).expect("keys are strings");
    bytes.push(b'\n');
    let values = File { name: REQUESTS.to_owned(), bytes };
    entries.push(FileEntry::of(&values, requests.len(), BTreeMap::new(), false));
    files.push(values);
    let mut manifest = Manifest::of(head, profile, tally, entries, &[]);
    manifest.requests = asked;
    FORMAT.clone_into(&mut manifest.format);
    files.extend(manifest.files_of_its_own());
    Ok(Built { files, manifest, left_out: Vec::new() })
}

/// The calls of one request in their order: totals first, and line by line only where they do not match.
fn calls(query: &StatementQuery, asked: &Asked, totals: &Value, request: &Value) -> Value {
    let facility = &query.facility;
    json!({
        "insutype": asked.insutype, "clr_type": asked.clr_type, "setl_optins": asked.setl_optins,
        "stmt_begndate": asked.from, "stmt_enddate": asked.to, "text": asked.text, "zip": asked.zip,
        "calls": [
            { "infno": "3201", "input": totals },
            { "infno": "9101", "input": { "fsUploadIn": {
                "in": "{{online.in}}", "filename": asked.zip, "fixmedins_code": facility } } },
            { "infno": "3202", "input": request },
            { "infno": "9102", "input": { "fsDownloadIn": {
                "file_qury_no": "{{3202.fileinfo.file_qury_no}}", "filename": "{{3202.fileinfo.filename}}",
                "fixmedins_code": facility } } },
        ],
    })
}

/// Ids that the platform asks for and nobody told yet; the file has `null` there.
fn to_fill(lines: &[StatementLine]) -> BTreeMap<String, usize> {
    let empty =
        |value: fn(&StatementLine) -> &str| lines.iter().filter(|line| value(line).is_empty()).count();
    let counts = [("mdtrt_id", empty(|line| &line.mdtrt_id)), ("psn_no", empty(|line| &line.psn_no))];
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(id, count)| (id.to_owned(), count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::sample::head;
    use crate::domain::{Kind, Purpose};

    #[test]
    fn requests_with_their_values_and_totals() {
        let head = head(Purpose::Backfill);
        let query = |insurance: &str| StatementQuery {
            facility: "H14090200001".to_owned(),
            insurance: insurance.to_owned(),
            clearing: "11".to_owned(),
            body: "140902".to_owned(),
            from: "2021-11-01".parse::<crate::domain::Time>().unwrap().day(),
            to: "2021-11-02".parse::<crate::domain::Time>().unwrap().day(),
            refunds: None,
            at: head.created_at,
        };
        let line = |setl_id: &str, total: i64| StatementLine {
            setl_id: setl_id.to_owned(),
            mdtrt_id: String::new(),
            psn_no: "14000001".to_owned(),
            total: Money::from_fen(total),
            fund: Money::from_fen(total),
            account: Money::ZERO,
            cash: Money::ZERO,
            refund: "0".to_owned(),
            undone: false,
            kind: Kind::Outpatient,
        };
        let requests =
            [(query("310"), vec![line("S1", 100), line("S2", 200)]), (query("390"), vec![line("S3", 5)])];
        let made = statement_batch(&head, &requests, &Profile::national()).unwrap();
        assert_eq!(made.files.len(), 2 * 2 + 1 + 3);
        let sums: Vec<_> =
            made.manifest.requests.iter().map(|r| (r.settlements, r.total_fen.fen())).collect();
        assert_eq!(sums, [(2, 300), (1, 5)]);
        assert_eq!((made.manifest.records, made.manifest.total_fen.fen()), (3, 305));
        assert_eq!(made.manifest.files[0].to_fill["mdtrt_id"], 2);
        let values: Value = serde_json::from_slice(&made.files[4].bytes).unwrap();
        let calls = values["items"][1]["calls"].as_array().unwrap();
        let order: Vec<&str> = calls.iter().map(|call| call["infno"].as_str().unwrap()).collect();
        assert_eq!(order, ["3201", "9101", "3202", "9102"]);
        assert_eq!(calls[0]["input"]["data"][0]["medfee_sumamt"], "0.05");
        let cover = made.files.iter().find(|file| file.name == "cover.txt").unwrap();
        assert!(String::from_utf8_lossy(&cover.bytes).contains("setl_optins"));
    }
}
