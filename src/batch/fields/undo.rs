//! Calls that take something back: settlements, fee lines, discharges, admissions,
//! registrations, filings, and calls whose outcome nobody knows.
//!
//! Field lists only; what goes into them is decided in `content`.

use super::Shape::Text;
use super::{Field, Node, RECORD, SETTLING, may, need};

/// The nodes, in the order of the calls: what was done last is undone first.
#[rustfmt::skip] // one line per node
pub(super) const NODES: &[Node] = &[
    Node::one("2103", "data", "药店结算撤销", "cancelled pharmacy settlement", SETTLING, SETTLEMENT),
    Node::one("2208", "data", "门诊结算撤销", "cancelled outpatient settlement", SETTLING, SETTLEMENT),
    Node::one("2205", "data", "门诊费用明细撤销", "cancelled outpatient fee lines", RECORD, CHARGES),
    Node::one("2202", "data", "门诊挂号撤销", "cancelled registration", RECORD, REGISTRATION),
    Node::one("2305", "data", "住院结算撤销", "cancelled inpatient settlement", SETTLING, SETTLEMENT),
    Node::one("2405", "data", "出院撤销", "cancelled discharge", RECORD, STAY),
    Node::many("2302", "data", "住院费用明细撤销", "cancelled inpatient fee lines", RECORD, LINES),
    Node::one("2404", "data", "入院撤销", "cancelled admission", RECORD, STAY),
    Node::one("2502", "data", "转院备案撤销", "withdrawn transfer filing", RECORD, TRANSFER),
    Node::one("2504", "data", "人员慢特病备案撤销", "withdrawn chronic disease filing", RECORD, FILING),
    Node::one("2506", "data", "人员定点备案撤销", "withdrawn designated facility filing", RECORD, FILING),
    Node::one("2601", "data", "冲正交易", "reversal of a call of unknown outcome", RECORD, UNKNOWN),
];

#[rustfmt::skip] // one line per field
const SETTLEMENT: &[Field] = &[
    need("setl_id", "结算ID", "settlement id", Text(30)),
    need("mdtrt_id", "就诊ID", "visit id", Text(30)),
    need("psn_no", "人员编号", "person number", Text(30)),
];

#[rustfmt::skip] // one line per field
const REGISTRATION: &[Field] = &[
    need("psn_no", "人员编号", "person number", Text(30)),
    need("mdtrt_id", "就诊ID", "visit id", Text(30)),
    need("ipt_otp_no", "住院/门诊号", "inpatient/outpatient number", Text(30)),
];

#[rustfmt::skip] // one line per field
const CHARGES: &[Field] = &[
    need("mdtrt_id", "就诊ID", "visit id", Text(30)),
    need("chrg_bchno", "收费批次号", "charge batch number", Text(30)),
    need("psn_no", "人员编号", "person number", Text(30)),
];

#[rustfmt::skip] // one line per field
const LINES: &[Field] = &[
    need("feedetl_sn", "费用明细流水号", "fee line serial number", Text(30)),
    need("mdtrt_id", "就诊ID", "visit id", Text(30)),
    need("psn_no", "人员编号", "person number", Text(30)),
];

#[rustfmt::skip] // one line per field
const STAY: &[Field] = &[
    need("mdtrt_id", "就诊ID", "visit id", Text(30)),
    need("psn_no", "人员编号", "person number", Text(30)),
];

#[rustfmt::skip] // one line per field
const TRANSFER: &[Field] = &[
    need("trt_dcla_detl_sn", "待遇申报明细流水号", "filing number", Text(30)),
    need("psn_no", "人员编号", "person number", Text(30)),
    may("memo", "备注", "remark", Text(500)),
];

#[rustfmt::skip] // one line per field
const FILING: &[Field] = &[
    need("trt_dcla_detl_sn", "待遇申报明细流水号", "filing number", Text(30)),
    need("psn_no", "人员编号", "person number", Text(30)),
    need("memo", "备注", "remark", Text(500)),
];

#[rustfmt::skip] // one line per field
const UNKNOWN: &[Field] = &[
    need("psn_no", "人员编号", "person number", Text(30)),
    need("omsgid", "原发送方报文ID", "original message id", Text(30)),
    need("oinfno", "原交易编号", "original call number", Text(4)),
];
