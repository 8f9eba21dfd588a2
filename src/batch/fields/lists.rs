//! Our own lists: filings without a national number, refunds for the cashier, cases handed over.
//!
//! Their columns are ours, so their headings are words and not ids.

use super::Shape::{Date, DateTime, Number, Text, Words};
use super::{Field, Node, RECORD, may, need};

/// The lists.
#[rustfmt::skip] // one line per node
pub(super) const NODES: &[Node] = &[
    Node::many("", "registration", "备案补登清单", "filings to register", RECORD, REGISTRATION),
    Node::many("", "refund", "退费清单", "refunds", RECORD, REFUND),
    Node::many("", "handover", "移交清单", "cases handed over", RECORD, HANDOVER),
    Node::many("", "papers", "移交材料", "papers handed over", RECORD, PAPERS),
    Node::many("", "held", "暂缓情况", "cases on hold", RECORD, HELD),
    Node::many("", "convert", "自费转医保", "stays that become insured", RECORD, CONVERT),
    Node::many("", "withdrawal", "备案撤销清单", "filings to withdraw", RECORD, WITHDRAWAL),
];

#[rustfmt::skip] // one line per field
const REGISTRATION: &[Field] = &[
    need("line", "备案类型", "filing", Text(50)),
    need("psn_name", "姓名", "name", Text(50)),
    need("psn_cert_type", "证件类型", "ID document type", Text(6)).of("psn_cert_type"),
    need("certno", "证件号码", "ID document number", Text(50)),
    may("psn_no", "人员编号", "person number", Text(30)),
    may("tel", "联系电话", "phone", Text(50)),
    need("insuplc_admdvs", "参保地医保区划", "insured region", Text(6)).of("admdvs"),
    may("insutype", "险种类型", "insurance type", Text(6)).of("insutype"),
    need("begndate", "申请日期", "date on the form", Date),
    may("diag_code", "诊断代码", "diagnosis code", Text(20)),
    may("diag_name", "诊断名称", "diagnosis name", Text(300)),
    may("dept_name", "科室", "department", Text(100)),
    may("dr_name", "医师", "doctor", Text(50)),
    may("due_at", "办理期限", "deadline", DateTime),
    may("details", "其他事实", "further facts", Words),
    may("memo", "备注", "note", Words),
];

#[rustfmt::skip] // one line per field
const REFUND: &[Field] = &[
    need("psn_name", "姓名", "name", Text(50)),
    may("tel", "联系电话", "phone", Text(50)),
    need("receipt_no", "票据号", "receipt number", Text(50)),
    need("total", "费用总额", "total", Number(16, 2)),
    need("paid", "已收金额", "paid", Number(16, 2)),
    need("own_share", "医保结算后个人负担", "own share after insurance", Number(16, 2)),
    need("refund_due", "应退金额", "refund due", Number(16, 2)),
    may("pay_method", "原支付方式", "paid by", Text(20)),
    may("due_at", "办理期限", "deadline", DateTime),
    may("missing", "尚缺", "still missing", Words),
];

#[rustfmt::skip] // one line per field
const HANDOVER: &[Field] = &[
    need("route", "去向", "way back", Text(50)),
    need("kind", "类别", "kind", Text(20)),
    may("line", "业务类型", "business line", Text(50)),
    need("psn_name", "姓名", "name", Text(50)),
    need("psn_cert_type", "证件类型", "ID document type", Text(6)).of("psn_cert_type"),
    need("certno", "证件号码", "ID document number", Text(50)),
    may("tel", "联系电话", "phone", Text(50)),
    may("insuplc_admdvs", "参保地医保区划", "insured region", Text(6)).of("admdvs"),
    may("insutype", "险种类型", "insurance type", Text(6)).of("insutype"),
    need("occurred_at", "发生时间", "occurred", DateTime),
    may("admitted_at", "入院时间", "admitted", DateTime),
    may("discharged_at", "出院时间", "discharged", DateTime),
    may("diag_code", "诊断代码", "diagnosis code", Text(20)),
    may("diag_name", "诊断名称", "diagnosis name", Text(300)),
    need("total", "费用总额", "total", Number(16, 2)),
    need("paid", "已收金额", "paid", Number(16, 2)),
    may("reason", "全额垫付原因", "why paid in full", Words),
    may("receipt_no", "票据号", "receipt number", Text(50)),
    may("papers", "留存材料", "papers kept", Words),
    may("due_at", "办理期限", "deadline", DateTime),
    may("memo", "备注", "note", Words),
];

#[rustfmt::skip] // one line per field
const PAPERS: &[Field] = &[
    need("psn_name", "姓名", "name", Text(50)),
    need("certno", "证件号码", "ID document number", Text(50)),
    need("paper", "材料", "paper", Text(100)),
    need("asked", "是否必需", "asked for", Text(10)),
    need("kept", "已有", "at hand", Text(2)),
];

#[rustfmt::skip] // one line per field
const HELD: &[Field] = &[
    may("held", "暂缓原因", "why it is held", Words),
    need("kind", "类别", "kind", Text(20)),
    may("line", "业务类型", "business line", Text(50)),
    need("psn_name", "姓名", "name", Text(50)),
    need("certno", "证件号码", "ID document number", Text(50)),
    may("insuplc_admdvs", "参保地医保区划", "insured region", Text(6)).of("admdvs"),
    need("occurred_at", "发生时间", "occurred", DateTime),
    need("total", "费用总额", "total", Number(16, 2)),
    may("paid", "已收金额", "paid", Number(16, 2)),
    may("due_at", "办理期限", "deadline", DateTime),
    may("memo", "备注", "note", Words),
];

#[rustfmt::skip] // one line per field
const CONVERT: &[Field] = &[
    need("psn_name", "姓名", "name", Text(50)),
    need("admitted_at", "自费入院时间", "admitted at own cost", DateTime),
    need("cancel_self_pay", "撤销自费入院登记", "self-pay admission cancelled", Text(2)),
    need("admitted_on", "医保入院时间", "insured from", DateTime),
    need("insured_admission", "医保入院登记", "insured admission", Text(2)),
    need("lines", "明细行数", "fee lines", Text(10)),
    need("lines_sent", "上传明细", "lines sent", Text(2)),
    may("discharged_at", "出院时间", "discharged", DateTime),
    need("total", "费用总额", "total", Number(16, 2)),
    may("paid", "已收金额", "paid", Number(16, 2)),
    need("settled", "医保结算", "settled", Text(2)),
    may("due_at", "办理期限", "deadline", DateTime),
];

#[rustfmt::skip] // one line per field
const WITHDRAWAL: &[Field] = &[
    need("line", "备案类型", "filing", Text(50)),
    need("psn_name", "姓名", "name", Text(50)),
    need("certno", "证件号码", "ID document number", Text(50)),
    may("trt_dcla_detl_sn", "待遇申报明细流水号", "filing number", Text(30)),
    need("begndate", "申请日期", "date on the form", Date),
    need("reason", "撤销原因", "why", Words),
];
