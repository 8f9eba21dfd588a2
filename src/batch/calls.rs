//! Calls as JSON: one file for each, in the order in which they are made.
//!
//! Envelope and input are complete but for three things, each a placeholder that a
//! program replaces before it sends: `{{2201.data.mdtrt_id}}` is what an earlier call
//! of the same record returned, `{{online.sign_no}}` is what only the online side has,
//! and `{{fill.dept_code}}` is what the facility knows and the ledger does not. A call
//! in which one is left must not be sent. Nothing is sent from here.

use super::check::{Fault, LeftOut};
use super::content::{LOOK_UP, Rows, SPLIT};
use super::fields::{Field, Node, Shape};
use super::manifest::FileEntry;
use super::profile::Profile;
use super::{File, Head, Item};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The table of the calls.
pub(super) const RUN_ORDER: &str = "run-order.csv";

/// What a profile may say in the envelope of every call.
pub(super) const ENVELOPE: &[&str] = &[
    "mdtrtarea_admvs",
    "recer_sys_code",
    "dev_no",
    "dev_safe_info",
    "signtype",
    "infver",
    "opter_type",
    "opter",
    "opter_name",
    "fixmedins_name",
];

/// Field, the call that returns it, and where its answer has it.
#[rustfmt::skip] // the columns are the point
const RETURNED: &[(&str, &str, &str)] = &[
    ("psn_no",            "1101", "baseinfo.psn_no"),
    ("psn_type",          "1101", "insuinfo.psn_type"),
    ("insuplc_admdvs",    "1101", "insuinfo.insuplc_admdvs"),
    ("mdtrt_id",          "2201", "data.mdtrt_id"),
    ("mdtrt_id",          "2401", "result.mdtrt_id"),
    ("fulamt_ownpay_amt", "2206", "setlinfo.fulamt_ownpay_amt"),
    ("overlmt_selfpay",   "2206", "setlinfo.overlmt_selfpay"),
    ("preselfpay_amt",    "2206", "setlinfo.preselfpay_amt"),
    ("inscp_scp_amt",     "2206", "setlinfo.inscp_scp_amt"),
    ("fulamt_ownpay_amt", "2303", "setlinfo.fulamt_ownpay_amt"),
    ("overlmt_selfpay",   "2303", "setlinfo.overlmt_selfpay"),
    ("preselfpay_amt",    "2303", "setlinfo.preselfpay_amt"),
    ("inscp_scp_amt",     "2303", "setlinfo.inscp_scp_amt"),
];

/// Where an answer has a field, if one of the calls made before returns it.
pub(super) fn returned(id: &str, made: &[&str]) -> Option<String> {
    let found = RETURNED.iter().find(|(field, call, _)| *field == id && made.contains(call));
    found.map(|(_, call, path)| format!("{call}.{path}"))
}

/// One call of one record.
struct Step<'p> {
    call: &'static str,
    nodes: Vec<(&'p Node, &'p [Vec<String>])>,
}

/// The calls that rows make. Nodes without a row are not sent, and 2301 goes up in parts.
fn steps<'p>(rows: &'p [Rows<'p>], profile: &Profile) -> Vec<Step<'p>> {
    let mut steps: Vec<Step<'p>> = Vec::new();
    for Rows { node, rows } in rows.iter().filter(|rows| !rows.node.is_list() && !rows.rows.is_empty()) {
        let call = node.transaction;
        let most = profile.lines_per_call(call).filter(|_| call == SPLIT).unwrap_or(usize::MAX);
        match steps.last_mut().filter(|last| last.call == call && call != SPLIT) {
            Some(last) => last.nodes.push((node, rows)),
            None => steps.extend(rows.chunks(most).map(|part| Step { call, nodes: vec![(node, part)] })),
        }
    }
    steps
}

/// How many message ids the calls need besides the one that was issued with the record's keys.
pub(super) fn messages(rows: &[Rows<'_>], profile: &Profile) -> usize {
    steps(rows, profile).len().saturating_sub(1)
}

/// The calls of a batch in the making.
pub(super) struct Calls<'p> {
    head: &'p Head,
    profile: &'p Profile,
    files: Vec<(File, FileEntry)>,
    /// The rows of `run-order.csv`.
    order: Vec<Vec<String>>,
}

/// The headings of `run-order.csv`.
pub(super) const ORDER: [(&str, &str); 9] = [
    ("step", "步骤"),
    ("file", "文件"),
    ("number", "挂账号"),
    ("record_no", "记录编号"),
    ("infno", "交易编号"),
    ("call", "交易名称"),
    ("msgid", "发送方报文ID"),
    ("waits_for", "等待的返回值"),
    ("to_fill", "待填字段"),
];

impl<'p> Calls<'p> {
    pub(super) fn new(head: &'p Head, profile: &'p Profile) -> Calls<'p> {
        Calls { head, profile, files: Vec::new(), order: Vec::new() }
    }

    /// Adds the calls of one record.
    ///
    /// # Errors
    /// [`Fault::BadKey`] where too few message ids were issued.
    pub(super) fn add(&mut self, item: &Item, rows: &[Rows<'_>]) -> Result<(), LeftOut> {
        let steps = steps(rows, self.profile);
        let Some(last) = steps.len().checked_sub(1) else { return Ok(()) };
        // The id issued with the keys is that of the settlement: statements name the record by it.
        let settles = |step: &Step<'_>| step.nodes.iter().any(|(node, _)| node.settles());
        let own = steps.iter().rposition(settles).unwrap_or(last);
        let issued = item.issued.as_ref().map(|keys| keys.medins_setl_id.clone());
        let Some(issued) = issued.filter(|_| item.messages.len() >= last) else {
            return Err(bad_key(item, &steps[own]));
        };
        let mut others = item.messages.iter().cloned();
        let mut made = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            let msgid = if at == own { issued.clone() } else { others.next().unwrap_or_default() };
            self.call(item, step, &msgid, &made);
            made.push(step.call);
        }
        Ok(())
    }

    fn call(&mut self, item: &Item, step: &Step<'_>, msgid: &str, made: &[&str]) {
        let mut blanks = Blanks::default();
        let mut input = Map::new();
        let mut count = 0;
        for (node, rows) in &step.nodes {
            count += rows.len();
            let lead = node.lead.len();
            let objects = rows.iter().map(|row| blanks.object(node, &row[lead..], made));
            let mut objects: Vec<Value> = objects.collect();
            let value = if node.many { Value::Array(objects) } else { objects.remove(0) };
            input.insert(node.name.to_owned(), value);
        }
        let mut call = self.envelope(item, step.call, msgid, made, &mut blanks);
        call.insert("input".to_owned(), Value::Object(input));
        let number = self.order.len() + 1;
        let name = format!("{number:05}-{}-{}.json", step.call, item.number);
        let mut bytes = serde_json::to_vec_pretty(&call).expect("a call has string keys only");
        bytes.push(b'\n');
        let zh = step.nodes.first().map_or("", |(node, _)| node.zh);
        let Blanks { waits_for, to_fill } = blanks;
        let names = |words: &[String]| words.join(" ");
        self.order.push(vec![
            number.to_string(),
            name.clone(),
            item.number.to_string(),
            item.record.record_no.clone(),
            step.call.to_owned(),
            zh.to_owned(),
            msgid.to_owned(),
            names(&waits_for),
            names(&to_fill.keys().cloned().collect::<Vec<_>>()),
        ]);
        let file = File { name, bytes };
        let entry = FileEntry::of(&file, count, to_fill, false);
        self.files.push((file, entry));
    }

    fn envelope(
        &self,
        item: &Item,
        call: &str,
        msgid: &str,
        made: &[&str],
        blanks: &mut Blanks,
    ) -> Map<String, Value> {
        let said = |id: &str| self.profile.envelope(id).map(str::to_owned);
        let online = |id: &str| said(id).unwrap_or_else(|| format!("{{{{online.{id}}}}}"));
        let empty = |id: &str| said(id).unwrap_or_default();
        let area = || region_of(&self.head.facility).map(str::to_owned);
        let insured = match &*item.record.insured_area {
            "" if call == LOOK_UP => String::new(),
            "" => returned("insuplc_admdvs", made).map(|path| blanks.wait(&path)).unwrap_or_default(),
            area => area.to_owned(),
        };
        let facility_name = said("fixmedins_name").unwrap_or_else(|| self.head.facility_name.clone());
        let envelope = json!({
            "infno": call,
            "msgid": msgid,
            "mdtrtarea_admvs": said("mdtrtarea_admvs").or_else(area).unwrap_or_else(|| online("mdtrtarea_admvs")),
            "insuplc_admdvs": insured,
            "recer_sys_code": online("recer_sys_code"),
            "dev_no": empty("dev_no"),
            "dev_safe_info": empty("dev_safe_info"),
            "cainfo": "{{online.cainfo}}",
            "signtype": empty("signtype"),
            "infver": online("infver"),
            "opter_type": said("opter_type").unwrap_or_else(|| "1".to_owned()),
            "opter": online("opter"),
            "opter_name": online("opter_name"),
            "inf_time": "{{online.inf_time}}",
            "fixmedins_code": self.head.facility,
            "fixmedins_name": facility_name,
            "sign_no": "{{online.sign_no}}",
        });
        match envelope {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    /// The files with their entries, and the rows of `run-order.csv`.
    pub(super) fn done(self) -> (Vec<(File, FileEntry)>, Vec<Vec<String>>) {
        (self.files, self.order)
    }
}

/// What a call leaves open.
#[derive(Default)]
struct Blanks {
    waits_for: Vec<String>,
    to_fill: BTreeMap<String, usize>,
}

impl Blanks {
    fn object(&mut self, node: &Node, row: &[String], made: &[&str]) -> Value {
        let cell = |(field, text): (&Field, &String)| {
            (field.id.to_string(), Value::String(self.cell(field, text, made)))
        };
        Value::Object(node.fields.iter().zip(row).map(cell).collect())
    }

    fn cell(&mut self, field: &Field, text: &str, made: &[&str]) -> String {
        if !text.is_empty() {
            return text.to_owned();
        }
        if let Some(path) = returned(&field.id, made) {
            return self.wait(&path);
        }
        if field.required {
            *self.to_fill.entry(field.id.to_string()).or_default() += 1;
            return format!("{{{{fill.{}}}}}", field.id);
        }
        // The interface writes an empty number as zero and anything else empty as nothing.
        if matches!(field.shape, Shape::Number(..)) { "0".to_owned() } else { String::new() }
    }

    fn wait(&mut self, path: &str) -> String {
        if !self.waits_for.iter().any(|known| known == path) {
            self.waits_for.push(path.to_owned());
        }
        format!("{{{{{path}}}}}")
    }
}

/// The region a facility's code names: the six digits after its letter.
fn region_of(facility: &str) -> Option<&str> {
    facility.get(1..7).filter(|region| facility.len() == 12 && region.bytes().all(|b| b.is_ascii_digit()))
}

fn bad_key(item: &Item, step: &Step<'_>) -> LeftOut {
    LeftOut {
        number: item.number.clone(),
        file: step.nodes.first().map(|(node, _)| node.file_name()).unwrap_or_default(),
        field: "msgid".to_owned(),
        field_zh: "发送方报文ID".into(),
        fault: Fault::BadKey,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_call_returns() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("mdtrt_id", &["1101", "2201"][..], Some("2201.data.mdtrt_id")),
            ("mdtrt_id", &["2401"][..],         Some("2401.result.mdtrt_id")),
            ("mdtrt_id", &["1101"][..],         None),
            ("psn_no",   &["1101"][..],         Some("1101.baseinfo.psn_no")),
            ("certno",   &["1101"][..],         None),
        ];
        for (id, made, want) in cases {
            assert_eq!(returned(id, made).as_deref(), want, "{id} after {made:?}");
        }
    }

    #[test]
    fn a_facility_names_its_region() {
        #[rustfmt::skip] // the columns are the point
        let cases = [("H14090200001", Some("140902")), ("H1409020000", None), ("挂账挂账", None), ("HX4090200001", None)];
        for (code, want) in cases {
            assert_eq!(region_of(code), want, "{code}");
        }
    }
}
