//! Looking a person up: the call that gives the number every other call needs.
//!
//! Field lists only; what goes into them is decided in `content`.

use super::Shape::{DateTime, Text};
use super::{Field, Node, RECORD, may, need};

/// The nodes.
pub(super) const NODES: &[Node] =
    &[Node::one("1101", "data", "人员信息获取", "person look-up", RECORD, LOOKUP)];

#[rustfmt::skip] // one line per field
const LOOKUP: &[Field] = &[
    need("mdtrt_cert_type", "就诊凭证类型", "visit credential type", Text(3)).of("mdtrt_cert_type"),
    need("mdtrt_cert_no", "就诊凭证编号", "visit credential number", Text(50)),
    may("card_sn", "卡识别码", "card identifier", Text(32)),
    may("begntime", "开始时间", "start time", DateTime),
    need("psn_cert_type", "人员证件类型", "ID document type", Text(6)).of("psn_cert_type"),
    need("certno", "证件号码", "ID document number", Text(50)),
    need("psn_name", "人员姓名", "person name", Text(50)),
];
