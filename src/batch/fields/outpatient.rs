//! Outpatient calls: registration, visit and diagnoses, fee lines, settlement.
//!
//! Field lists only; what goes into them is decided in `content`.

use super::Shape::{Date, DateTime, Digits, Number, Text};
use super::{Field, Node, RECORD, SETTLING, may, need};

/// The nodes, in the order of the calls.
#[rustfmt::skip] // one line per node
pub(super) const NODES: &[Node] = &[
    Node::one("2201", "data", "门诊挂号", "outpatient registration", RECORD, REGISTRATION),
    Node::one("2203", "mdtrtinfo", "门诊就诊信息", "outpatient visit", RECORD, VISIT),
    Node::many("2203", "diseinfo", "门诊诊断", "outpatient diagnoses", RECORD, DIAGNOSES),
    Node::many("2204", "feedetail", "门诊费用明细", "outpatient fee lines", RECORD, FEE_LINES),
    Node::one("2206", "data", "门诊预结算", "outpatient trial settlement", RECORD, TRIAL),
    Node::one("2207", "data", "门诊结算", "outpatient settlement", SETTLING, SETTLEMENT),
];

#[rustfmt::skip] // one line per field
const REGISTRATION: &[Field] = &[
    need("psn_no", "人员编号", "person number", Text(30)),
    need("insutype", "险种类型", "insurance type", Text(6)).of("insutype"),
    need("begntime", "开始时间", "start time", DateTime),
    need("mdtrt_cert_type", "就诊凭证类型", "visit credential type", Text(3)).of("mdtrt_cert_type"),
    need("mdtrt_cert_no", "就诊凭证编号", "visit credential number", Text(50)),
    may("card_sn", "卡识别码", "card identifier", Text(32)),
    need("psn_cert_type", "证件类型", "ID document type", Text(3)).of("psn_cert_type"),
    need("certno", "证件号码", "ID document number", Text(20)),
    need("psn_type", "人员类别", "person category", Text(3)).of("psn_type"),
    need("psn_name", "人员姓名", "person name", Text(20)),
    need("ipt_otp_no", "住院/门诊号", "inpatient/outpatient number", Text(30)),
    need("atddr_no", "医师编码", "doctor code", Text(30)),
    need("dr_name", "医师姓名", "doctor name", Text(50)),
    need("dept_code", "科室编码", "department code", Text(30)),
    need("dept_name", "科室名称", "department name", Text(100)),
    need("caty", "科别", "department category", Text(10)).of("caty"),
];

#[rustfmt::skip] // one line per field
const VISIT: &[Field] = &[
    need("mdtrt_id", "就诊ID", "visit id", Text(30)),
    need("psn_no", "人员编号", "person number", Text(30)),
    need("med_type", "医疗类别", "medical category", Text(6)).of("med_type"),
    need("begntime", "开始时间", "start time", DateTime),
    may("main_cond_dscr", "主要病情描述", "main condition text", Text(1000)),
    need("dise_codg", "病种编码", "disease code", Text(30)),
    need("dise_name", "病种名称", "disease name", Text(500)),
    may("birctrl_type", "计划生育手术类别", "family-planning operation type", Text(6)).of("birctrl_type"),
    may("birctrl_matn_date", "计划生育手术或生育日期", "operation or birth date", Date),
];

#[rustfmt::skip] // one line per field
const DIAGNOSES: &[Field] = &[
    need("diag_type", "诊断类别", "diagnosis type", Text(3)).of("diag_type"),
    need("diag_srt_no", "诊断排序号", "diagnosis order number", Number(2, 0)),
    need("diag_code", "诊断代码", "diagnosis code", Text(20)),
    need("diag_name", "诊断名称", "diagnosis name", Text(100)),
    need("diag_dept", "诊断科室", "diagnosis department", Text(50)),
    need("dise_dor_no", "诊断医生编码", "diagnosing doctor code", Text(30)),
    need("dise_dor_name", "诊断医生姓名", "diagnosing doctor name", Text(50)),
    need("diag_time", "诊断时间", "diagnosis time", DateTime),
    need("vali_flag", "有效标志", "valid flag", Text(3)).of("vali_flag"),
];

#[rustfmt::skip] // one line per field
const FEE_LINES: &[Field] = &[
    need("feedetl_sn", "费用明细流水号", "fee line serial number", Digits(30)),
    need("mdtrt_id", "就诊ID", "visit id", Text(30)),
    need("psn_no", "人员编号", "person number", Text(30)),
    need("chrg_bchno", "收费批次号", "charge batch number", Text(30)),
    may("dise_codg", "病种编码", "disease code", Text(30)),
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
    need("bilg_dept_codg", "开单科室编码", "ordering department code", Text(30)),
    need("bilg_dept_name", "开单科室名称", "ordering department name", Text(100)),
    need("bilg_dr_codg", "开单医生编码", "ordering doctor code", Text(30)),
    need("bilg_dr_name", "开单医师姓名", "ordering doctor name", Text(50)),
    may("acord_dept_codg", "受单科室编码", "performing department code", Text(30)),
    may("acord_dept_name", "受单科室名称", "performing department name", Text(100)),
    may("orders_dr_code", "受单医生编码", "performing doctor code", Text(30)),
    may("orders_dr_name", "受单医生姓名", "performing doctor name", Text(50)),
    need("hosp_appr_flag", "医院审批标志", "hospital approval flag", Text(3)).of("hosp_appr_flag"),
    may("tcmdrug_used_way", "中药使用方式", "herbal drug use way", Text(6)).of("tcmdrug_used_way"),
    may("etip_flag", "外检标志", "outside test flag", Text(3)).of("etip_flag"),
    may("etip_hosp_code", "外检医院编码", "outside test hospital code", Text(30)),
    may("dscg_tkdrug_flag", "出院带药标志", "discharge drug flag", Text(3)).of("dscg_tkdrug_flag"),
    may("matn_fee_flag", "生育费用标志", "maternity fee flag", Text(6)).of("matn_fee_flag"),
];

#[rustfmt::skip] // one line per field
const SETTLEMENT: &[Field] = &[
    need("psn_no", "人员编号", "person number", Text(30)),
    need("mdtrt_cert_type", "就诊凭证类型", "visit credential type", Text(3)).of("mdtrt_cert_type"),
    need("mdtrt_cert_no", "就诊凭证编号", "visit credential number", Text(50)),
    may("card_sn", "卡识别码", "card identifier", Text(32)),
    need("psn_cert_type", "证件类型", "ID document type", Text(3)).of("psn_cert_type"),
    need("certno", "证件号码", "ID document number", Text(20)),
    need("med_type", "医疗类别", "medical category", Text(6)).of("med_type"),
    need("medfee_sumamt", "医疗费总额", "total medical fee", Number(16, 2)),
    need("psn_setlway", "个人结算方式", "personal settlement way", Text(6)).of("psn_setlway"),
    need("mdtrt_id", "就诊ID", "visit id", Text(30)),
    need("chrg_bchno", "收费批次号", "charge batch number", Text(30)),
    need("insutype", "险种类型", "insurance type", Text(6)).of("insutype"),
    need("acct_used_flag", "个人账户使用标志", "personal account use flag", Text(1)).of("acct_used_flag"),
    may("invono", "发票号", "invoice number", Text(20)),
    need("fulamt_ownpay_amt", "全自费金额", "fully self-paid amount", Number(16, 2)),
    need("overlmt_selfpay", "超限价金额", "over-limit self-paid amount", Number(16, 2)),
    need("preselfpay_amt", "先行自付金额", "first self-paid amount", Number(16, 2)),
    need("inscp_scp_amt", "符合政策范围金额", "amount within policy scope", Number(16, 2)),
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
    need("med_type", "医疗类别", "medical category", Text(6)).of("med_type"),
    need("medfee_sumamt", "医疗费总额", "total medical fee", Number(16, 2)),
    need("psn_setlway", "个人结算方式", "personal settlement way", Text(6)).of("psn_setlway"),
    need("mdtrt_id", "就诊ID", "visit id", Text(30)),
    need("chrg_bchno", "收费批次号", "charge batch number", Text(30)),
    need("acct_used_flag", "个人账户使用标志", "personal account use flag", Text(1)).of("acct_used_flag"),
    need("insutype", "险种类型", "insurance type", Text(6)).of("insutype"),
];
