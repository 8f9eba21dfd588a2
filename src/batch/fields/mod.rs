//! The one table of what a batch file holds: call by call, node by node, field by field.
//!
//! Headings, checks and the manual are read from here. Ids and widths follow
//! the most complete published edition of the platform's interface; regions
//! differ in what they require, so an empty required field is counted, not
//! refused. Values are decided in `content`, not here.

mod filing;
mod inpatient;
mod lists;
mod outpatient;
mod purchase;

use crate::text::Lang;

/// How a value is written and how wide it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `string(n)`: at most so many characters.
    Text(usize),
    /// `string(n)` of digits only. The strictest edition takes 15, so more are never written.
    Digits(usize),
    /// `number(digits,decimals)`.
    Number(usize, usize),
    /// `yyyy-MM-dd`.
    Date,
    /// `yyyy-MM-dd HH:mm:ss`, +08:00.
    DateTime,
    /// Words for people, in our own lists: any width, line breaks allowed.
    Words,
}

/// One field of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The platform's id, or ours in our own lists.
    pub id: &'static str,
    /// Its name in Chinese.
    pub zh: &'static str,
    /// Its name in English.
    pub en: &'static str,
    /// How it is written.
    pub shape: Shape,
    /// The platform asks for it.
    pub required: bool,
    /// The code table its value comes from.
    pub codes: Option<&'static str>,
}

/// One node of a call: one file of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Number of the call; empty for our own lists.
    pub transaction: &'static str,
    /// Name of the node, or of the list.
    pub name: &'static str,
    /// What it is, in Chinese.
    pub zh: &'static str,
    /// What it is, in English.
    pub en: &'static str,
    /// The columns before its own, by which people and an answer find the record.
    pub lead: &'static [Field],
    /// Its fields, in order.
    pub fields: &'static [Field],
}

const NUMBER: Field = need("number", "挂账号", "number", Shape::Text(30));
const RECORD_NO: Field = may("record_no", "记录编号", "record number", Shape::Text(50));

/// The message id to send a settling call with; it comes back as `medins_setl_id`.
const MSGID: Field = need("msgid", "发送方报文ID", "message id", Shape::Text(30));

/// Before the fields of every node.
const RECORD: &[Field] = &[NUMBER, RECORD_NO];

/// Before the fields of a call that settles.
const SETTLING: &[Field] = &[NUMBER, RECORD_NO, MSGID];

/// Before the fields of a call that names the person by the platform's number alone.
const PERSON: &[Field] = &[
    NUMBER,
    RECORD_NO,
    need("psn_cert_type", "证件类型", "ID document type", Shape::Text(6)),
    need("certno", "证件号码", "ID document number", Shape::Text(50)),
    need("psn_name", "姓名", "name", Shape::Text(50)),
];

/// Every node a batch may hold, call by call.
pub fn nodes() -> impl Iterator<Item = &'static Node> {
    [outpatient::NODES, purchase::NODES, inpatient::NODES, filing::NODES, lists::NODES].into_iter().flatten()
}

/// The node of a call; our own lists have an empty call.
pub fn node(transaction: &str, name: &str) -> Option<&'static Node> {
    nodes().find(|node| node.transaction == transaction && node.name == name)
}

impl Node {
    /// The name of its file, such as `2204-feedetail.csv` or `refund.csv`.
    pub fn file_name(&self) -> String {
        if self.is_list() {
            format!("{}.csv", self.name)
        } else {
            format!("{}-{}.csv", self.transaction, self.name)
        }
    }

    /// One of our own lists, which people read.
    pub fn is_list(&self) -> bool {
        self.transaction.is_empty()
    }

    /// The columns of its file: the leading ones, then its own.
    pub fn columns(&self) -> impl Iterator<Item = &'static Field> {
        self.lead.iter().chain(self.fields)
    }

    /// One of its columns.
    pub fn column(&self, id: &str) -> Option<&'static Field> {
        self.columns().find(|field| field.id == id)
    }

    /// The heading of a column: the exact id in a file for the platform, the word in a list for people.
    pub fn heading(&self, field: &Field, lang: Lang) -> &'static str {
        match (self.is_list(), lang) {
            (false, _) => field.id,
            (true, Lang::Zh) => field.zh,
            (true, Lang::En) => field.en,
        }
    }
}

/// A field the platform asks for.
const fn need(id: &'static str, zh: &'static str, en: &'static str, shape: Shape) -> Field {
    Field { id, zh, en, shape, required: true, codes: None }
}

/// A field that may stay empty.
const fn may(id: &'static str, zh: &'static str, en: &'static str, shape: Shape) -> Field {
    Field { id, zh, en, shape, required: false, codes: None }
}

impl Field {
    const fn of(self, codes: &'static str) -> Field {
        Field { codes: Some(codes), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Call, node, and the fields in order; a star is what the platform asks for.
    #[rustfmt::skip] // one node per line
    const EXPECTED: &[(&str, &str, &str)] = &[
        ("2201", "data", "psn_no* insutype* begntime* mdtrt_cert_type* mdtrt_cert_no* card_sn psn_cert_type* certno* psn_type* psn_name* ipt_otp_no* atddr_no* dr_name* dept_code* dept_name* caty*"),
        ("2203", "mdtrtinfo", "mdtrt_id* psn_no* med_type* begntime* main_cond_dscr dise_codg* dise_name* birctrl_type birctrl_matn_date"),
        ("2203", "diseinfo", "diag_type* diag_srt_no* diag_code* diag_name* diag_dept* dise_dor_no* dise_dor_name* diag_time* vali_flag*"),
        ("2204", "feedetail", "feedetl_sn* mdtrt_id* psn_no* chrg_bchno* dise_codg rxno rx_circ_flag* fee_ocur_time* med_list_codg* medins_list_codg* det_item_fee_sumamt* cnt* pric* sin_dos_dscr used_frqu_dscr prd_days medc_way_dscr bilg_dept_codg* bilg_dept_name* bilg_dr_codg* bilg_dr_name* acord_dept_codg acord_dept_name orders_dr_code orders_dr_name hosp_appr_flag* tcmdrug_used_way etip_flag etip_hosp_code dscg_tkdrug_flag matn_fee_flag"),
        ("2207", "data", "psn_no* mdtrt_cert_type* mdtrt_cert_no* card_sn psn_cert_type* certno* med_type* medfee_sumamt* psn_setlway* mdtrt_id* chrg_bchno* insutype* acct_used_flag* invono fulamt_ownpay_amt* overlmt_selfpay* preselfpay_amt* inscp_scp_amt*"),
        ("2401", "mdtrtinfo", "psn_no* insutype* coner_name tel begntime* mdtrt_cert_type* mdtrt_cert_no card_sn cert_type* certno* med_type* ipt_no* medrcdno atddr_no* chfpdr_name* adm_diag_dscr* adm_dept_codg* adm_dept_name* adm_bed* dscg_maindiag_code* dscg_maindiag_name* main_cond_dscr dise_codg dise_name oprn_oprt_code oprn_oprt_name fpsc_no matn_type birctrl_type latechb_flag geso_val fetts fetus_cnt pret_flag birctrl_matn_date dise_type_code"),
        ("2401", "diseinfo", "psn_no* diag_type* maindiag_flag* diag_srt_no* diag_code* diag_name* adm_cond diag_dept* dise_dor_no* dise_dor_name* diag_time*"),
        ("2301", "feedetail", "feedetl_sn* init_feedetl_sn mdtrt_id* drord_no psn_no* med_type* fee_ocur_time* med_list_codg* medins_list_codg* det_item_fee_sumamt* cnt* pric* bilg_dept_codg* bilg_dept_name* bilg_dr_codg* bilg_dr_name* acord_dept_codg acord_dept_name orders_dr_code orders_dr_name hosp_appr_flag tcmdrug_used_way etip_flag etip_hosp_code dscg_tkdrug_flag matn_fee_flag memo"),
        ("2402", "dscginfo", "mdtrt_id* psn_no* insutype* endtime* dise_codg dise_name oprn_oprt_code oprn_oprt_name fpsc_no matn_type birctrl_type latechb_flag geso_val fetts fetus_cnt pret_flag birctrl_matn_date cop_flag dscg_dept_codg* dscg_dept_name* dscg_bed dscg_way* die_date"),
        ("2402", "diseinfo", "mdtrt_id* psn_no* diag_type* maindiag_flag* diag_srt_no* diag_code* diag_name* diag_dept* dise_dor_no* dise_dor_name* diag_time*"),
        ("2304", "data", "psn_no* mdtrt_cert_type* mdtrt_cert_no card_sn psn_cert_type* certno* psn_type* psn_name* medfee_sumamt* psn_setlway* mdtrt_id* insutype* acct_used_flag* invono mid_setl_flag* fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt"),
        ("2102", "druginfo", "psn_no* mdtrt_cert_type* mdtrt_cert_no* card_sn psn_cert_type* certno* psn_type* psn_name* begntime* medfee_sumamt* invono insutype* dise_codg dise_name acct_used_flag* med_type*"),
        ("2102", "drugdetail", "feedetl_sn* rxno rx_circ_flag* fee_ocur_time* med_list_codg* medins_list_codg* det_item_fee_sumamt* cnt* pric* sin_dos_dscr used_frqu_dscr prd_days medc_way_dscr bilg_dr_codg bilg_dr_name tcmdrug_used_way"),
        ("2501", "refmedin", "psn_no* insutype tel addr insu_optins diag_code* diag_name* dise_cond_dscr reflin_medins_no* reflin_medins_name* mdtrtarea_admdvs* hosp_agre_refl_flag refl_type* refl_date* refl_rea* refl_opnn* begndate enddate refl_old_mdtrt_id"),
        ("2503", "data", "psn_no* insutype* opsp_dise_code* opsp_dise_name* tel addr insu_optins* ide_fixmedins_no* ide_fixmedins_name* hosp_ide_date* diag_dr_codg* diag_dr_name* begndate* enddate"),
        ("2505", "data", "psn_no* tel addr biz_appy_type* begndate* enddate agnter_name agnter_cert_type agnter_certno agnter_tel agnter_addr agnter_rlts fix_srt_no* fixmedins_code* fixmedins_name* memo"),
    ];

    #[test]
    fn every_heading_is_the_platforms() {
        for (transaction, name, fields) in EXPECTED {
            let node = node(transaction, name).unwrap();
            let star = |field: &Field| if field.required { "*" } else { "" };
            let ours: Vec<String> = node.fields.iter().map(|f| format!("{}{}", f.id, star(f))).collect();
            assert_eq!(ours.join(" "), *fields, "{transaction} {name}");
        }
        assert_eq!(nodes().filter(|node| !node.is_list()).count(), EXPECTED.len());
    }

    #[test]
    fn ids_and_files_are_unique() {
        let mut files: Vec<String> = nodes().map(Node::file_name).collect();
        files.sort();
        files.dedup();
        assert_eq!(files.len(), nodes().count());
        for node in nodes() {
            let mut ids: Vec<&str> = node.columns().map(|field| field.id).collect();
            ids.sort_unstable();
            assert!(ids.windows(2).all(|two| two[0] != two[1]), "{} {ids:?}", node.file_name());
        }
    }

    #[test]
    fn lists_speak_to_people_and_files_to_the_platform() {
        let (list, call) = (node("", "refund").unwrap(), node("2207", "data").unwrap());
        let headings =
            |node: &Node, lang| node.columns().map(|f| node.heading(f, lang)).take(3).collect::<Vec<_>>();
        assert_eq!(headings(list, Lang::Zh), ["挂账号", "记录编号", "姓名"]);
        assert_eq!(headings(list, Lang::En), ["number", "record number", "name"]);
        assert_eq!(headings(call, Lang::Zh), ["number", "record_no", "msgid"]);
    }
}
