//! Filings that have a national number: transfer, chronic disease, designated
//! facility. The others go into `registration` of `lists`.
//!
//! Field lists only; what goes into them is decided in `content`.

use super::Shape::{Date, Text};
use super::{Field, Node, PERSON, may, need};

/// The nodes, in the order of the calls.
#[rustfmt::skip] // one line per node
pub(super) const NODES: &[Node] = &[
    Node::one("2501", "refmedin", "转院备案", "transfer filing", PERSON, TRANSFER),
    Node::one("2503", "data", "人员慢特病备案", "chronic disease filing", PERSON, CHRONIC),
    Node::one("2505", "data", "人员定点备案", "designated facility filing", PERSON, DESIGNATED),
];

#[rustfmt::skip] // one line per field
const TRANSFER: &[Field] = &[
    need("psn_no", "人员编号", "person number", Text(30)),
    may("insutype", "险种类型", "insurance type", Text(6)).of("insutype"),
    may("tel", "联系电话", "phone", Text(50)),
    may("addr", "联系地址", "address", Text(200)),
    may("insu_optins", "参保机构医保区划", "insured region", Text(6)),
    need("diag_code", "诊断代码", "diagnosis code", Text(20)),
    need("diag_name", "诊断名称", "diagnosis name", Text(100)),
    may("dise_cond_dscr", "疾病病情描述", "condition description", Text(2000)),
    need("reflin_medins_no", "转往定点医药机构编号", "receiving facility code", Text(12)),
    need("reflin_medins_name", "转往医院名称", "receiving facility name", Text(200)),
    need("mdtrtarea_admdvs", "就医地行政区划", "region of treatment", Text(6)),
    may("hosp_agre_refl_flag", "医院同意转院标志", "hospital agrees flag", Text(3)).of("hosp_agre_refl_flag"),
    need("refl_type", "转院类型", "transfer type", Text(30)).of("refl_type"),
    need("refl_date", "转院日期", "transfer date", Date),
    need("refl_rea", "转院原因", "transfer reason", Text(100)),
    need("refl_opnn", "转院意见", "transfer opinion", Text(200)),
    may("begndate", "开始日期", "start date", Date),
    may("enddate", "结束日期", "end date", Date),
    may("refl_old_mdtrt_id", "转院前就诊id", "visit id before the transfer", Text(30)),
];

#[rustfmt::skip] // one line per field
const CHRONIC: &[Field] = &[
    need("psn_no", "人员编号", "person number", Text(30)),
    need("insutype", "险种类型", "insurance type", Text(6)).of("insutype"),
    need("opsp_dise_code", "门慢门特病种目录代码", "chronic/special disease code", Text(30)),
    need("opsp_dise_name", "门慢门特病种名称", "chronic/special disease name", Text(300)),
    may("tel", "联系电话", "phone", Text(50)),
    may("addr", "联系地址", "address", Text(200)),
    need("insu_optins", "参保机构医保区划", "insured region", Text(6)),
    need("ide_fixmedins_no", "鉴定定点医药机构编号", "certifying facility code", Text(30)),
    need("ide_fixmedins_name", "鉴定定点医药机构名称", "certifying facility name", Text(200)),
    need("hosp_ide_date", "医院鉴定日期", "hospital certification date", Date),
    need("diag_dr_codg", "诊断医师编码", "diagnosing doctor code", Text(30)),
    need("diag_dr_name", "诊断医师姓名", "diagnosing doctor name", Text(50)),
    need("begndate", "开始日期", "start date", Date),
    may("enddate", "结束日期", "end date", Date),
];

#[rustfmt::skip] // one line per field
const DESIGNATED: &[Field] = &[
    need("psn_no", "人员编号", "person number", Text(30)),
    may("tel", "联系电话", "phone", Text(50)),
    may("addr", "联系地址", "address", Text(200)),
    need("biz_appy_type", "业务申请类型", "kind of filing", Text(3)).of("biz_appy_type"),
    need("begndate", "开始日期", "start date", Date),
    may("enddate", "结束日期", "end date", Date),
    may("agnter_name", "代办人姓名", "agent name", Text(50)),
    may("agnter_cert_type", "代办人证件类型", "agent ID document type", Text(6)).of("psn_cert_type"),
    may("agnter_certno", "代办人证件号码", "agent ID document number", Text(50)),
    may("agnter_tel", "代办人联系方式", "agent phone", Text(30)),
    may("agnter_addr", "代办人联系地址", "agent address", Text(200)),
    may("agnter_rlts", "代办人关系", "agent relation", Text(3)).of("agnter_rlts"),
    need("fix_srt_no", "定点排序号", "designation order number", Text(3)),
    need("fixmedins_code", "定点医药机构编号", "facility code", Text(12)),
    need("fixmedins_name", "定点医药机构名称", "facility name", Text(200)),
    may("memo", "备注", "remark", Text(500)),
];
