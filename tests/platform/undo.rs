//! What the platform takes back: settlements, lines, visits, filings, and whatever a message did.
//!
//! A reversal is a settlement of its own that names the first; what was never there is refused.

use crate::book::{Answer, Platform, Setl, text};
use serde_json::{Value, json};

/// Cancels every line that is not settled.
const EVERY_LINE: &str = "0000";

impl Platform {
    /// 2205 cancels one charge, 2302 single lines; all of them where the number is `0000`.
    pub(crate) fn cancel_lines(&mut self, data: &Value) -> Answer {
        let rows = data.as_array().cloned().unwrap_or_else(|| vec![data.clone()]);
        for row in &rows {
            let visit = self.open(row)?;
            let (serial, all) = (text(row, "feedetl_sn"), [text(row, "chrg_bchno"), text(row, "feedetl_sn")]);
            if all.contains(&EVERY_LINE) {
                visit.lines.clear();
            } else if visit.lines.remove(serial).is_none() {
                return Err(format!("费用明细不存在 {serial}"));
            }
        }
        Ok(Value::Null)
    }

    pub(crate) fn cancel_visit(&mut self, msgid: &str, data: &Value) -> Answer {
        let visit = self.open(data)?;
        if !visit.lines.is_empty() || visit.discharged {
            return Err("尚有明细或出院登记，不能撤销".to_owned());
        }
        self.visits.remove(text(data, "mdtrt_id"));
        self.made.insert(msgid.to_owned(), text(data, "mdtrt_id").to_owned());
        Ok(Value::Null)
    }

    pub(crate) fn take_back(&mut self, msgid: &str, data: &Value) -> Answer {
        let setl_id = text(data, "setl_id");
        let found = self.books.iter().find(|setl| setl.setl_id == setl_id && setl.init.is_empty());
        let setl = found.cloned().ok_or("结算信息不存在")?;
        if setl.undone {
            return Err("该结算已撤销".to_owned());
        }
        if (&*setl.mdtrt_id, &*setl.psn_no) != (text(data, "mdtrt_id"), text(data, "psn_no")) {
            return Err("就诊或人员信息不符".to_owned());
        }
        let back = self.reverse(setl_id);
        self.undone.insert(msgid.to_owned(), (setl_id.to_owned(), back.clone()));
        let info = json!({
            "mdtrt_id": setl.mdtrt_id, "psn_no": setl.psn_no, "setl_id": back,
            "medfee_sumamt": (-setl.total).to_string(), "medins_setl_id": setl.msgid,
        });
        Ok(json!({ "setlinfo": info }))
    }

    pub(crate) fn withdraw(&mut self, msgid: &str, data: &Value) -> Answer {
        let id = text(data, "trt_dcla_detl_sn");
        let made = self.filings.iter().find(|(_, filing)| *filing == id).map(|(made, _)| made.clone());
        let made = made.ok_or("备案信息不存在")?;
        self.filings.remove(&made);
        self.undone.insert(msgid.to_owned(), (id.to_owned(), String::new()));
        Ok(Value::Null)
    }

    /// One settlement as it stands, with the names of that call.
    pub(crate) fn read_back(&self, data: &Value) -> Answer {
        let found = self.books.iter().find(|setl| setl.setl_id == text(data, "setl_id"));
        let setl = found.ok_or("结算信息不存在")?;
        let (flag, cash) = (u8::from(setl.undone).to_string(), setl.total - setl.fund);
        Ok(json!({ "setlinfo": {
            "setl_id": setl.setl_id, "mdtrt_id": setl.mdtrt_id, "psn_no": setl.psn_no, "refd_setl_flag": flag,
            "medfee_sumamt": setl.total.to_string(), "fund_pay_sumamt": setl.fund.to_string(),
            "cash_payamt": cash.to_string(), "medins_setl_id": setl.msgid,
        } }))
    }

    /// 2601: takes back whatever the message did, a reversal included.
    pub(crate) fn reverse_message(&mut self, msgid: &str) {
        if let Some((setl_id, back)) = self.undone.remove(msgid) {
            self.books.retain(|setl| setl.setl_id != back);
            let setl = self.books.iter_mut().find(|setl| setl.setl_id == setl_id).expect("it was taken back");
            setl.undone = false;
            if let Some(visit) = self.visits.get_mut(&setl.mdtrt_id) {
                visit.settled = true;
            }
            return;
        }
        if let Some(visit) = self.made.get(msgid) {
            self.visits.remove(visit);
        }
        let live = self.books.iter().filter(|setl| setl.msgid == msgid && setl.is_live());
        for setl_id in live.map(|setl| setl.setl_id.clone()).collect::<Vec<_>>() {
            self.reverse(&setl_id);
        }
    }

    /// Takes one settlement back, by a row of its own; its number.
    fn reverse(&mut self, setl_id: &str) -> String {
        let back = self.next("S");
        let at = self.books.iter().position(|setl| setl.setl_id == setl_id).expect("a settlement of ours");
        self.books[at].undone = true;
        let setl = self.books[at].clone();
        let stands = self.books.iter().any(|other| other.mdtrt_id == setl.mdtrt_id && other.is_live());
        if let Some(visit) = self.visits.get_mut(&setl.mdtrt_id) {
            visit.settled = stands;
        }
        let (total, fund) = (-setl.total, -setl.fund);
        self.books.push(Setl { setl_id: back.clone(), init: setl_id.to_owned(), total, fund, ..setl });
        back
    }

    /// What a clerk at the platform finds under a message id: the visit that it made or took back, or the filing.
    pub(crate) fn look_up(&self, msgid: &str) -> Option<&str> {
        let undone = self.undone.get(msgid).map(|(what, _)| what);
        self.made.get(msgid).or_else(|| self.filings.get(msgid)).or(undone).map(String::as_str)
    }

    /// The settlement that stands under a message id.
    pub(crate) fn settled_by(&self, msgid: &str) -> Option<&Setl> {
        self.books.iter().find(|setl| setl.msgid == msgid && setl.is_live())
    }
}
