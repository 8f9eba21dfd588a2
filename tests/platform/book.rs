//! The platform: what it has of people, visits, lines and settlements, and how each
//! call changes that. It can be told to refuse, to be silent, or to settle twice.
//!
//! It knows nothing of the ledger and reads no file of a batch.

use crate::common::Dice;
use crate::rules::Rules;
use guazhang::domain::Money;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// How often, of a hundred calls that change something, the platform does not behave.
#[derive(Clone, Copy)]
pub(crate) struct Moods {
    pub(crate) refuse: u64,
    pub(crate) silent: u64,
    pub(crate) twice: u64,
}

/// A visit or stay.
pub(crate) struct Visit {
    pub(crate) psn_no: String,
    pub(crate) lines: BTreeMap<String, Money>,
    batch: String,
    pub(crate) discharged: bool,
    pub(crate) settled: bool,
}

/// One settlement, or the reversal of one.
#[derive(Clone)]
#[expect(clippy::struct_field_names, reason = "the names are the interface's")]
pub(crate) struct Setl {
    pub(crate) setl_id: String,
    pub(crate) init: String,
    pub(crate) mdtrt_id: String,
    pub(crate) psn_no: String,
    pub(crate) certno: String,
    pub(crate) msgid: String,
    pub(crate) total: Money,
    pub(crate) fund: Money,
    /// It was taken back.
    pub(crate) undone: bool,
}

pub(crate) struct Platform {
    pub(crate) rules: Rules,
    pub(crate) moods: Moods,
    dice: Dice,
    count: u64,
    messages: BTreeSet<String>,
    serials: BTreeSet<String>,
    pub(crate) visits: BTreeMap<String, Visit>,
    /// The visit that a message made, or took back.
    pub(crate) made: BTreeMap<String, String>,
    pub(crate) books: Vec<Setl>,
    /// Filings that stand, by the message that made them.
    pub(crate) filings: BTreeMap<String, String>,
    /// What a message took back: the settlement and its reversal, or the filing.
    pub(crate) undone: BTreeMap<String, (String, String)>,
}

pub(crate) type Answer = Result<Value, String>;

pub(crate) fn text<'v>(value: &'v Value, id: &str) -> &'v str {
    value[id].as_str().unwrap_or_default()
}

fn money(value: &Value, id: &str) -> Money {
    text(value, id).parse().unwrap_or(Money::ZERO)
}

/// The number that the platform has of whoever has this document.
fn psn_no(certno: &str) -> String {
    format!("14{certno}")
}

impl Platform {
    pub(crate) fn new(seed: u64, moods: Moods) -> Platform {
        Platform {
            rules: Rules::read(),
            moods,
            dice: Dice::new(seed),
            count: 0,
            messages: BTreeSet::new(),
            serials: BTreeSet::new(),
            visits: BTreeMap::new(),
            made: BTreeMap::new(),
            books: Vec::new(),
            filings: BTreeMap::new(),
            undone: BTreeMap::new(),
        }
    }

    pub(crate) fn next(&mut self, letter: &str) -> String {
        self.count += 1;
        format!("{letter}{:012}", self.count)
    }

    /// Takes a call; `None` where no answer comes back, whether the call was done or not.
    pub(crate) fn call(&mut self, call: &Value) -> Option<Value> {
        let (infno, msgid) = (text(call, "infno").to_owned(), text(call, "msgid").to_owned());
        let asks = matches!(&*infno, "2601" | "5203");
        if !asks && self.dice.percent(self.moods.silent) {
            if self.dice.percent(50) {
                let _ = self.answer(&infno, &msgid, call);
            }
            return None;
        }
        let whim = !asks && infno != "1101" && self.dice.percent(self.moods.refuse);
        let said = if whim { Err(self.whim()) } else { self.answer(&infno, &msgid, call) };
        Some(match said {
            Ok(output) => {
                json!({ "infcode": 0, "inf_refmsgid": self.next("R"), "err_msg": "", "output": output })
            }
            Err(why) => {
                json!({ "infcode": -1, "inf_refmsgid": self.next("R"), "err_msg": why, "output": null })
            }
        })
    }

    fn whim(&mut self) -> String {
        let all =
            ["就诊当日参保状态为暂停参保", "人员信息不符", "系统繁忙，请稍后再试", "险种与参保信息不一致"];
        (*self.dice.pick(&all)).to_owned()
    }

    fn answer(&mut self, infno: &str, msgid: &str, call: &Value) -> Answer {
        let data = &call["input"]["data"];
        if !matches!(infno, "2601" | "5203") {
            self.rules.refuse(infno, call)?;
            if !self.messages.insert(msgid.to_owned()) {
                return Err("msgid重复".to_owned());
            }
        }
        match infno {
            "1101" => Ok(json!({
                "baseinfo": { "psn_no": psn_no(text(data, "certno")), "certno": text(data, "certno") },
                "insuinfo": [{ "insutype": "310", "psn_type": "11", "insuplc_admdvs": "140902" }],
            })),
            "2201" => Ok(json!({ "data": { "mdtrt_id": self.visit(msgid, text(data, "psn_no")) } })),
            "2401" => {
                let psn_no = text(&call["input"]["mdtrtinfo"], "psn_no");
                Ok(json!({ "result": { "mdtrt_id": self.visit(msgid, psn_no) } }))
            }
            "2203" => self.open(&call["input"]["mdtrtinfo"]).map(|_| Value::Null),
            "2204" | "2301" => self.lines(&call["input"]["feedetail"]),
            "2205" | "2302" => self.cancel_lines(data),
            "2402" => {
                self.open(&call["input"]["dscginfo"])?.discharged = true;
                Ok(Value::Null)
            }
            "2405" => {
                self.open(data)?.discharged = false;
                self.made.insert(msgid.to_owned(), text(data, "mdtrt_id").to_owned());
                Ok(Value::Null)
            }
            "2202" | "2404" => self.cancel_visit(msgid, data),
            "2103" | "2208" | "2305" => self.take_back(msgid, data),
            "2502" | "2504" | "2506" => self.withdraw(msgid, data),
            "5203" => self.read_back(data),
            "2206" | "2207" => {
                let visit = self.charged(data)?;
                if visit.batch != text(data, "chrg_bchno") {
                    return Err("收费批次号与明细不符".to_owned());
                }
                self.settle(infno == "2207", msgid, data, text(data, "mdtrt_id"))
            }
            "2303" | "2304" => {
                if !self.charged(data)?.discharged {
                    return Err("未办理出院".to_owned());
                }
                self.settle(infno == "2304", msgid, data, text(data, "mdtrt_id"))
            }
            "2101" | "2102" => {
                let (info, rows) = (&call["input"]["druginfo"], &call["input"]["drugdetail"]);
                let sum: Money =
                    rows.as_array().into_iter().flatten().map(|row| money(row, "det_item_fee_sumamt")).sum();
                if sum != money(info, "medfee_sumamt") {
                    return Err("费用总额与明细不符".to_owned());
                }
                if infno == "2102" {
                    self.take_serials(rows)?;
                }
                let mdtrt_id = self.next("M");
                self.settle(infno == "2102", msgid, info, &mdtrt_id)
            }
            "2501" | "2503" | "2505" => {
                let id = self.next("F");
                self.filings.insert(msgid.to_owned(), id.clone());
                Ok(json!({ "result": { "trt_dcla_detl_sn": id } }))
            }
            "2601" => {
                self.reverse_message(text(data, "omsgid"));
                Ok(Value::Null)
            }
            _ => Err(format!("不支持的交易 {infno}")),
        }
    }

    fn visit(&mut self, msgid: &str, psn_no: &str) -> String {
        let id = self.next("M");
        let visit = Visit {
            psn_no: psn_no.to_owned(),
            lines: BTreeMap::new(),
            batch: String::new(),
            discharged: false,
            settled: false,
        };
        self.visits.insert(id.clone(), visit);
        self.made.insert(msgid.to_owned(), id.clone());
        id
    }

    /// A visit that is not settled.
    pub(crate) fn open(&mut self, data: &Value) -> Result<&mut Visit, String> {
        let visit = self.visits.get_mut(text(data, "mdtrt_id")).ok_or("就诊ID不存在")?;
        if visit.settled {
            return Err("该次就诊已结算".to_owned());
        }
        if visit.psn_no != text(data, "psn_no") {
            return Err("人员信息不符".to_owned());
        }
        Ok(visit)
    }

    /// One with lines that sum to what is to be settled.
    fn charged(&mut self, data: &Value) -> Result<&mut Visit, String> {
        let total = money(data, "medfee_sumamt");
        let visit = self.open(data)?;
        let sum: Money = visit.lines.values().copied().sum();
        if sum == total { Ok(visit) } else { Err("费用总额与明细不符".to_owned()) }
    }

    fn take_serials(&mut self, rows: &Value) -> Result<(), String> {
        let mut fresh = BTreeSet::new();
        for row in rows.as_array().into_iter().flatten() {
            let serial = text(row, "feedetl_sn");
            if serial == "0000" || self.serials.contains(serial) || !fresh.insert(serial.to_owned()) {
                return Err(format!("feedetl_sn重复 {serial}"));
            }
        }
        self.serials.extend(fresh);
        Ok(())
    }

    fn lines(&mut self, rows: &Value) -> Answer {
        let all = rows.as_array().cloned().unwrap_or_default();
        let first = all.first().ok_or("明细不能为空")?;
        self.open(first)?;
        self.take_serials(rows)?;
        for row in &all {
            let visit = self.open(row)?;
            text(row, "chrg_bchno").clone_into(&mut visit.batch);
            visit.lines.insert(text(row, "feedetl_sn").to_owned(), money(row, "det_item_fee_sumamt"));
        }
        Ok(Value::Null)
    }

    #[expect(clippy::unnecessary_wraps, reason = "as every other call answers")]
    fn settle(&mut self, really: bool, msgid: &str, data: &Value, mdtrt_id: &str) -> Answer {
        let total = money(data, "medfee_sumamt");
        let fund = Money::from_fen(total.fen() * 6 / 10);
        let mut info = json!({
            "mdtrt_id": mdtrt_id, "psn_no": text(data, "psn_no"), "medfee_sumamt": total.to_string(),
            "fund_pay_sumamt": fund.to_string(), "psn_cash_pay": (total - fund).to_string(), "acct_pay": "0.00",
            "fulamt_ownpay_amt": "0.00", "overlmt_selfpay": "0.00", "preselfpay_amt": "0.00",
            "inscp_scp_amt": total.to_string(), "medins_setl_id": msgid,
        });
        if !really {
            return Ok(json!({ "setlinfo": info }));
        }
        let times = if self.dice.percent(self.moods.twice) { 2 } else { 1 };
        for surplus in 0..times {
            let setl = Setl {
                setl_id: self.next("S"),
                init: String::new(),
                mdtrt_id: mdtrt_id.to_owned(),
                psn_no: text(data, "psn_no").to_owned(),
                certno: text(data, "certno").to_owned(),
                msgid: msgid.to_owned(),
                total,
                fund,
                undone: false,
            };
            if surplus == 0 {
                info["setl_id"] = json!(setl.setl_id);
            }
            self.books.push(setl);
        }
        if let Some(visit) = self.visits.get_mut(mdtrt_id) {
            visit.settled = true;
        }
        Ok(json!({ "setlinfo": info }))
    }

    /// The statement, under the headings of the interface.
    pub(crate) fn statement(&self) -> String {
        let mut out =
            "setl_id,init_setl_id,mdtrt_id,psn_no,certno,setl_time,medfee_sumamt,fund_pay_sumamt,acct_pay,\
                       psn_cash_pay,refd_setl_flag,medins_setl_id\n"
                .to_owned();
        for setl in &self.books {
            let Setl { setl_id, init, mdtrt_id, psn_no, certno, msgid, total, fund, .. } = setl;
            let (cash, flag) = (*total - *fund, u8::from(!init.is_empty()));
            writeln!(
                out,
                "{setl_id},{init},{mdtrt_id},{psn_no},{certno},2021-12-01 08:00:00,{total},{fund},0.00,{cash},{flag},{msgid}"
            )
            .expect("a text takes what is written");
        }
        out
    }

    /// The result of 3202 for the lines that a facility uploaded: its ten columns, with what only one side has.
    pub(crate) fn result_3202(&self, uploaded: &str) -> String {
        let mut theirs: BTreeMap<&str, Vec<&str>> = uploaded
            .lines()
            .map(|line| line.split('\t').collect())
            .map(|row: Vec<_>| (row[0], row))
            .collect();
        let mut out = String::new();
        for setl in &self.books {
            let (total, fund) = (setl.total.to_string(), setl.fund.to_string());
            let flag = u8::from(!setl.init.is_empty());
            let (code, mdtrt_id, setl_id) = match theirs.remove(&*setl.setl_id) {
                None => (1, "null", "null"),
                Some(row) if row[3] == total && row[4] == fund => (0, &*setl.mdtrt_id, &*setl.setl_id),
                Some(_) => (3, &*setl.mdtrt_id, &*setl.setl_id),
            };
            let (psn_no, msgid) = (&setl.psn_no, &setl.msgid);
            writeln!(
                out,
                "{psn_no}\t{mdtrt_id}\t{setl_id}\t{msgid}\t{code}\t{flag}\tnull\t{total}\t{fund}\t0.00"
            )
            .expect("a text takes what is written");
        }
        for row in theirs.values() {
            writeln!(out, "{}\t{}\t{}\tnull\t2\t{}\tnull\tnull\tnull\tnull", row[2], row[1], row[0], row[6])
                .expect("a text takes what is written");
        }
        out
    }
}

impl Setl {
    /// It stands: it is no reversal, and nobody took it back.
    pub(crate) fn is_live(&self) -> bool {
        self.init.is_empty() && !self.undone
    }
}
