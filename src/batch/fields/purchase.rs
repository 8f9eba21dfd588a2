//! The pharmacy's one call: a purchase, settled with its lines.
//!
//! Field lists only; what goes into them is decided in `content`.

use super::Shape::{DateTime, Digits, Number, Text};
use super::{Field, Node, RECORD, SETTLING, may, need};

/// The nodes, in the order of the calls.
#[rustfmt::skip] // one line per node
pub(super) const NODES: &[Node] = &[
    Node::one("2101", "druginfo", "药店预结算", "pharmacy trial settlement", RECORD, TRIAL),
    Node::many("2101", "drugdetail", "预结算购药明细", "drug lines of the trial", RECORD, DRUG_LINES),
    Node::one("2102", "druginfo", "药店结算", "pharmacy settlement", SETTLING, PURCHASE),
    Node::many("2102", "drugdetail", "购药明细", "drug lines", RECORD, DRUG_LINES),
];

#[rustfmt::skip] // one line per field
const PURCHASE: &[Field] = &[
    need("psn_no", "人员编号", "person number", Text(30)),
    need("mdtrt_cert_type", "就诊凭证类型", "visit credential type", Text(3)).of("mdtrt_cert_type"),
    need("mdtrt_cert_no", "就诊凭证编号", "visit credential number", Text(50)),
    may("card_sn", "卡识别码", "card identifier", Text(32)),
    need("psn_cert_type", "证件类型", "ID document type", Text(3)).of("psn_cert_type"),
    need("certno", "证件号码", "ID document number", Text(20)),
    need("psn_type", "人员类别", "person category", Text(3)).of("psn_type"),
    need("psn_name", "人员姓名", "person name", Text(20)),
    need("begntime", "开始时间", "start time", DateTime),
    need("medfee_sumamt", "医疗费总额", "total medical fee", Number(16, 2)),
    may("invono", "发票号", "invoice number", Text(20)),
    need("insutype", "险种类型", "insurance type", Text(6)).of("insutype"),
    may("dise_codg", "病种编码", "disease code", Text(30)),
    may("dise_name", "病种名称", "disease name", Text(500)),
    need("acct_used_flag", "个人账户使用标志", "personal account use flag", Text(1)).of("acct_used_flag"),
    need("med_type", "医疗类别", "medical category", Text(6)).of("med_type"),
];

#[rustfmt::skip] // one line per field
const DRUG_LINES: &[Field] = &[
    need("feedetl_sn", "费用明细流水号", "fee line serial number", Digits(30)),
    may("rxno", "处方号", "prescription number", Text(30)),
    need("rx_circ_flag", "外购处方标志", "outside prescription flag", Text(3)).of("rx_circ_flag"),
    need("fee_ocur_time", "费用发生时间", "time the fee arose", DateTime),
    need("med_list_codg", "医疗目录编码", "national catalogue code", Text(50)),
    need("medins_list_codg", "医药机构目录编码", "facility catalogue code", Text(150)),
    need("det_item_fee_sumamt", "明细项目费用总额", "line total", Number(16, 2)),
    need("cnt", "数量", "quantity", Number(16, 4)),
    need("pric", "单价", "unit price", Number(16, 6)),
    may("sin_dos_dscr", "单次剂量描述", "single dose text", Text(200)),
    may("used_frqu_dscr", "使用频次描述", "frequency text", Text(200)),
    may("prd_days", "周期天数", "days of supply", Number(4, 2)),
    may("medc_way_dscr", "用药途径描述", "route text", Text(200)),
    may("bilg_dr_codg", "开单医生编码", "ordering doctor code", Text(30)),
    may("bilg_dr_name", "开单医师姓名", "ordering doctor name", Text(50)),
    may("tcmdrug_used_way", "中药使用方式", "herbal drug use way", Text(6)).of("tcmdrug_used_way"),
];

#[rustfmt::skip] // one line per field
const TRIAL: &[Field] = &[
    need("psn_no", "人员编号", "person number", Text(30)),
    need("mdtrt_cert_type", "就诊凭证类型", "visit credential type", Text(3)).of("mdtrt_cert_type"),
    need("mdtrt_cert_no", "就诊凭证编号", "visit credential number", Text(50)),
    may("card_sn", "卡识别码", "card identifier", Text(32)),
    need("psn_cert_type", "证件类型", "ID document type", Text(3)).of("psn_cert_type"),
    need("certno", "证件号码", "ID document number", Text(20)),
    need("psn_type", "人员类别", "person category", Text(3)).of("psn_type"),
    need("psn_name", "人员姓名", "person name", Text(20)),
    need("begntime", "开始时间", "start time", DateTime),
    need("medfee_sumamt", "医疗费总额", "total medical fee", Number(16, 2)),
    need("insutype", "险种类型", "insurance type", Text(6)).of("insutype"),
    may("dise_codg", "病种编码", "disease code", Text(30)),
    may("dise_name", "病种名称", "disease name", Text(500)),
    need("acct_used_flag", "个人账户使用标志", "personal account use flag", Text(1)).of("acct_used_flag"),
    need("med_type", "医疗类别", "medical category", Text(6)).of("med_type"),
];
