//! Reconciling with the platform: totals, the request for a line by line comparison, and its file.
//!
//! Field lists only. They hold no records of a batch, so they have no leading columns.

use super::Shape::{Date, Number, Text};
use super::{Field, Node, may, need};

/// The nodes.
pub(super) const NODES: &[Node] = &[
    Node::many("3201", "data", "对总账", "totals to compare", &[], TOTALS),
    Node::one("3202", "data", "对明细账", "request to compare line by line", &[], REQUEST),
    Node::many("3202", "detail", "对明细账文件", "lines to compare", &[], DETAIL),
];

#[rustfmt::skip] // one line per field
const TOTALS: &[Field] = &[
    need("insutype", "险种", "insurance type", Text(6)).of("insutype"),
    need("clr_type", "清算类别", "clearing category", Text(6)).of("clr_type"),
    need("setl_optins", "结算经办机构", "settlement handling body", Text(6)),
    need("stmt_begndate", "对账开始日期", "reconcile start date", Date),
    need("stmt_enddate", "对账结束日期", "reconcile end date", Date),
    need("medfee_sumamt", "医疗费总额", "total medical fee", Number(16, 2)),
    need("fund_pay_sumamt", "基金支付总额", "total paid by funds", Number(16, 2)),
    need("acct_pay", "个人账户支付金额", "personal account payment", Number(16, 2)),
    need("fixmedins_setl_cnt", "定点医药机构结算笔数", "facility settlement count", Number(10, 0)),
    may("refd_setl_flag", "退费结算标志", "refund settlement flag", Text(6)),
];

#[rustfmt::skip] // one line per field
const REQUEST: &[Field] = &[
    need("setl_optins", "结算经办机构", "settlement handling body", Text(6)),
    need("file_qury_no", "文件查询号", "file query number", Text(30)),
    need("stmt_begndate", "对账开始日期", "reconcile start date", Date),
    need("stmt_enddate", "对账结束日期", "reconcile end date", Date),
    need("medfee_sumamt", "医疗费总额", "total medical fee", Number(16, 2)),
    need("fund_pay_sumamt", "基金支付总额", "total paid by funds", Number(16, 2)),
    need("cash_payamt", "现金支付金额", "cash payment amount", Number(16, 2)),
    need("fixmedins_setl_cnt", "定点医药机构结算笔数", "facility settlement count", Number(10, 0)),
    need("clr_type", "清算类别", "clearing category", Text(6)).of("clr_type"),
    may("refd_setl_flag", "退费结算标志", "refund settlement flag", Text(3)).of("refd_setl_flag"),
];

#[rustfmt::skip] // one line per field
const DETAIL: &[Field] = &[
    need("setl_id", "结算ID", "settlement id", Text(30)),
    need("mdtrt_id", "就诊ID", "visit id", Text(30)),
    need("psn_no", "人员编号", "person number", Text(30)),
    need("medfee_sumamt", "医疗费总额", "total medical fee", Number(16, 2)),
    need("fund_pay_sumamt", "基金支付总额", "total paid by funds", Number(16, 2)),
    need("acct_pay", "个人账户支出", "personal account payment", Number(16, 2)),
    need("refd_setl_flag", "退费结算标志", "refund settlement flag", Text(3)).of("refd_setl_flag"),
];
