//! Terms: the words, in both languages, for the identifiers that notices and
//! decisions carry: facts, values, papers, effects, actions and who acts.
//!
//! Closed lists of the domain bring their own words; here are those of open
//! lists, where an unknown identifier simply stands for itself.

/// Identifier, Chinese, English.
pub type Terms = &'static [(&'static str, &'static str, &'static str)];

/// The two words of an identifier.
pub fn find(terms: Terms, id: &str) -> Option<(&'static str, &'static str)> {
    terms.iter().find(|(known, ..)| *known == id).map(|(_, zh, en)| (*zh, *en))
}

/// The two words of an identifier of any of the tables; a paper of a group `a|b` is not one.
pub fn any(id: &str) -> Option<(&'static str, &'static str)> {
    [WHO, ACTIONS, PAPERS, EFFECTS, FACT_WORDS, VALUE_WORDS].into_iter().find_map(|terms| find(terms, id))
}

/// Facts that need no declaration, in words.
#[rustfmt::skip] // the columns are the point
pub const FACT_WORDS: Terms = &[
    ("admitted_at",       "入院时间",       "admitted"),
    ("anomaly",           "异常",           "anomaly"),
    ("applied_on",        "申请日期",       "applied"),
    ("arrears",           "欠费",           "in arrears"),
    ("as_of",             "今天",           "today"),
    ("chosen_route",      "选定的去向",     "chosen way back"),
    ("credential",        "凭证",           "credential"),
    ("dischargeable",     "符合出院条件",   "ready for discharge"),
    ("discharged_at",     "出院时间",       "discharged"),
    ("facility",          "机构",           "facility"),
    ("facility_area",     "机构所在地",     "area of the facility"),
    ("facility_level",    "机构等级",       "level of the facility"),
    ("filed",             "已备案",         "filed"),
    ("first_admitted_at", "首次入院时间",   "first admitted"),
    ("insurance",         "险种",           "insurance"),
    ("insured_area",      "参保地",         "insured area"),
    ("kind",              "类别",           "kind"),
    ("line",              "业务",           "line"),
    ("linked_census",     "在院名册编号",   "number in the census"),
    ("locality",          "参保就医关系",   "locality"),
    ("next_visit_at",     "下次就诊",       "next visit"),
    ("occurred_at",       "发生时间",       "occurred"),
    ("papers",            "材料",           "papers"),
    ("payment_method",    "支付方式",       "payment method"),
    ("person_group",      "人群",           "person group"),
    ("prepaid",           "已垫付",         "paid in full"),
    ("registered_on",     "平台备案日期",   "registered on"),
    ("scheme",            "制度",           "scheme"),
    ("settled_before_at", "原结算时间",     "settled before"),
    ("third_party",       "有第三方责任",   "third party liable"),
];

/// Values of closed facts, in words.
#[rustfmt::skip] // the columns are the point
pub const VALUE_WORDS: Terms = &[
    ("ordinary",            "普通",           "ordinary"),
    ("chronic",             "门诊慢特病",     "chronic"),
    ("two_disease",         "“两病”",         "two diseases"),
    ("emergency",           "急诊",           "emergency"),
    ("maternity",           "生育",           "maternity"),
    ("psychiatric",         "精神类",         "psychiatric"),
    ("accident",            "意外伤害",       "accident"),
    ("negotiated_drug",     "国谈药",         "negotiated drug"),
    ("referral",            "转诊转院",       "referral"),
    ("offsite",             "异地",           "off-site"),
    ("emergency_admission", "急诊住院",       "emergency admission"),
    ("chronic_enrolment",   "门慢特登记",     "chronic enrolment"),
    ("drug_enrolment",      "特药登记",       "drug enrolment"),
    ("long_term_care",      "长期护理",       "long-term care"),
    ("low_income",          "低收入认定",     "low income"),
    ("benefit_change",      "待遇变更",       "benefit change"),
    ("family_sharing",      "家庭共济",       "family sharing"),
    ("account_withdrawal",  "个人账户提取",   "account withdrawal"),
    ("enrolment",           "参保登记",       "enrolment"),
    ("local",               "本地参保本地就医", "local"),
    ("inbound",             "异地参保来本地就医", "insured elsewhere"),
    ("outbound",            "本地参保去异地就医", "treated elsewhere"),
    ("card",                "社保卡",         "card"),
    ("e_voucher",           "医保电子凭证",   "electronic voucher"),
    ("id",                  "身份证",         "identity card"),
];

/// Papers that need no declaration, with their words.
#[rustfmt::skip] // the columns are the point
pub const PAPERS: Terms = &[
    ("receipt",               "收费票据",       "receipt"),
    ("invoice",               "发票",           "invoice"),
    ("card",                  "社保卡（医保卡）", "social security card"),
    ("insurance_book",        "医保手册（医疗证）", "insurance book"),
    ("e_voucher",             "医保电子凭证",   "electronic voucher"),
    ("id",                    "身份证件",       "identity document"),
    ("cost_list",             "费用总清单",     "cost list"),
    ("daily_list",            "费用日清单",     "daily cost list"),
    ("medical_record",        "病历",           "medical record"),
    ("discharge_summary",     "出院小结",       "discharge summary"),
    ("signed_form",           "签章纸质表",     "signed and stamped form"),
    ("diagnosis_certificate", "诊断证明",       "diagnosis certificate"),
    ("prescription",          "处方",           "prescription"),
    ("bank_card",             "银行卡",         "bank card"),
    ("filing_form",           "备案表",         "filing form"),
    ("referral_form",         "转诊单",         "referral form"),
    ("application_form",      "申请表",         "application form"),
    ("refund_receipt",        "退费票据",       "refund receipt"),
    ("reason_statement",      "情况说明",       "statement of reason"),
    ("accident_statement",    "意外伤害说明",   "accident statement"),
    ("birth_certificate",     "出生证明",       "birth certificate"),
    ("power_of_attorney",     "委托书",         "power of attorney"),
    ("pos_slip",              "POS 签购单",     "card terminal slip"),
    ("work_order",            "纸质工单",       "work order"),
];

/// Effects with a meaning of their own.
#[rustfmt::skip] // the columns are the point
pub const EFFECTS: Terms = &[
    ("benefit_year",    "待遇年度",       "benefit year"),
    ("effective_on",    "待遇生效日",     "effective on"),
    ("admitted_on",     "登记入院日",     "admitted on"),
    ("discharged_on",   "登记出院日",     "discharged on"),
    ("one_stay",        "视为一次住院",   "one stay"),
    ("together_with",   "须同时办理",   "together with"),
    ("linked_stays",    "关联的住院",     "linked stays"),
    ("deductible",      "起付线",         "deductible"),
    ("rate_guaranteed", "保证报销比例",   "rate guaranteed"),
    ("rate",            "报销比例",       "rate"),
    ("settle_as",       "结算方式",       "settled as"),
    ("priced_by",       "适用目录",       "priced by"),
    ("call_back",       "通知患者",       "call the patient back"),
    ("reported",        "上报",           "reported"),
    ("due_set_by",      "期限规定方",     "deadline set by"),
    ("waits_for",       "须先办理",       "waits for"),
];

/// What duties ask for.
#[rustfmt::skip] // the columns are the point
pub const ACTIONS: Terms = &[
    ("discharge_settle",    "出院结算",       "discharge and settle"),
    ("interim_settle",      "中途结算",       "interim settlement"),
    ("year_end_settle",     "年终结算",       "year-end settlement"),
    ("convert_self_pay",    "转为自费",       "convert to self-pay"),
    ("cancel_registration", "撤销入院登记",   "cancel the registration"),
    ("carry_over",          "结转挂账",       "carry over"),
    ("stock_up",            "提前备药",       "stock up on medicine"),
    ("declare",             "申报",           "declare"),
    ("print_keep",          "打印留存",       "print and keep"),
    ("call_back",           "通知患者",       "call the patient back"),
    ("report_data",         "上报数据",       "report data"),
    ("freeze_refunds",      "暂停旧结算退费", "freeze refunds"),
    ("reconcile",           "对账",           "reconcile"),
    ("announce",            "公告",           "announce"),
    ("explain",             "解释说明",       "explain"),
    ("record_paper",        "纸质登记",       "record on paper"),
    ("enter_later",         "事后补录",       "enter later"),
    ("register_filing",     "补登备案",       "register filing"),
    ("clean_up",            "清理数据",       "clean up"),
    ("back_up",             "备份",           "back up"),
    ("test",                "测试",           "test"),
    ("escalate",            "上报异常",       "escalate"),
    ("prepare",             "准备",           "prepare"),
    ("rehearse",            "演练",           "rehearse"),
    ("plan_ahead",          "合理安排时间",   "plan ahead"),
    ("stand_by",            "值守保障",       "stand by"),
    ("freeze_charges",      "停止产生费用",   "freeze charges"),
    ("system_carry_over",   "系统结转",       "system carry-over"),
    ("sweep_accounts",      "账户扣转",       "sweep accounts"),
    ("import_balances",     "导入余额",       "import balances"),
    ("readmit",             "重新入院登记",   "admit again"),
    ("pay_arrears",         "补缴欠费",       "pay arrears"),
    ("confirm_payment",     "支付确认",       "confirm payment"),
    ("credit_accounts",     "划拨个人账户",   "credit accounts"),
    ("use_new_form",        "启用新单据",     "use the new form"),
    ("check_enrolment",     "核实参保信息",   "check enrolment"),
    ("clear_problems",      "问题销号",       "clear problems"),
    ("complete",            "全面完成",       "complete"),
    ("settle_as_treating_place", "按就医地方式结算", "settle as the treating place does"),
    ("nothing",             "无需处理",       "nothing"),
];

/// Who has a duty.
#[rustfmt::skip] // the columns are the point
pub const WHO: Terms = &[
    ("patient",       "患者",         "patient"),
    ("facility",      "医药机构",     "facility"),
    ("agency",        "经办机构",     "agency"),
    ("employer",      "参保单位",     "employer"),
    ("bank",          "银行",         "bank"),
    ("platform",      "平台方",       "platform"),
    ("street",        "镇街道",       "street office"),
    ("assessor",      "评估机构",     "assessor"),
    ("care_provider", "护理机构",     "care provider"),
    ("vendor",        "软件公司",     "vendor"),
    ("tax",           "税务部门",     "tax office"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BUSINESS_LINES, FACTS};

    #[test]
    fn facts_and_lines_have_words() {
        for (name, _) in FACTS {
            assert!(find(FACT_WORDS, name).is_some(), "{name}");
        }
        for line in BUSINESS_LINES.iter().flat_map(|(_, lines)| lines.iter()) {
            assert!(find(VALUE_WORDS, line).is_some(), "{line}");
        }
    }

    #[test]
    fn a_word_is_found_in_whichever_table_has_it() {
        assert_eq!(any("stock_up").map(|(_, en)| en), Some("stock up on medicine"));
        assert_eq!(any("dance"), None);
    }
}
