//! The columns of every sheet: one table each, from which reading, templates
//! and the manual derive.
//!
//! A column is known by its id, by Chinese and English headings and by the
//! platform's field ids. How a cell is read is decided where the sheet is
//! read; what a foreign heading means is decided by a column map.

use crate::domain::{mask_card, mask_name, mask_phone};
use crate::intake::cell;
use crate::text::{Lang, fit};

/// Heading of the column that a file of rejected rows has at its end; passed over in every sheet.
pub const REJECT_REASON: &str = "reject_reason";

/// The kinds of sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetKind {
    /// `records.csv`, one record a row.
    Records,
    /// `lines.csv`, one fee line a row.
    Lines,
    /// A platform's settlement statement.
    Statement,
    /// A platform's answers to a batch.
    Answers,
    /// The patients in hospital, one a row.
    Census,
    /// Personal accounts with their balances, one a row.
    Accounts,
}

impl SheetKind {
    /// Every kind.
    pub const ALL: &'static [SheetKind] = &[
        SheetKind::Records,
        SheetKind::Lines,
        SheetKind::Statement,
        SheetKind::Answers,
        SheetKind::Census,
        SheetKind::Accounts,
    ];

    /// The columns of such a sheet.
    pub fn columns(self) -> &'static [Column] {
        match self {
            SheetKind::Records => RECORD_COLUMNS,
            SheetKind::Lines => LINE_COLUMNS,
            SheetKind::Statement => STATEMENT_COLUMNS,
            SheetKind::Answers => ANSWER_COLUMNS,
            SheetKind::Census => CENSUS_COLUMNS,
            SheetKind::Accounts => ACCOUNT_COLUMNS,
        }
    }

    /// Whether a heading nobody knows refuses the sheet. Our own sheets are strict, so that a misspelt
    /// column is not lost; what a platform writes has many columns nobody asked for.
    pub(super) fn is_strict(self) -> bool {
        matches!(self, SheetKind::Records | SheetKind::Lines | SheetKind::Census)
    }

    /// Whether columns may state facts by name.
    pub(super) fn has_facts(self) -> bool {
        matches!(self, SheetKind::Records | SheetKind::Census)
    }
}

/// What may be shown of a cell in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// All of it.
    Open,
    /// A name: the first character.
    Name,
    /// A number of a person: the last four characters.
    Number,
    /// A phone: the last four digits.
    Phone,
    /// Text that may tell of an illness: stars only.
    Text,
}

impl Privacy {
    /// `text` as a message may show it, cut where it is long.
    pub fn shown(self, text: &str) -> String {
        // Counting the stars of a cell of 64 KiB helps nobody.
        let short: String = text.chars().take(40).collect();
        match self {
            Privacy::Open => fit(text, 60),
            Privacy::Name => mask_name(&short),
            Privacy::Number => mask_card(&short),
            Privacy::Phone => mask_phone(&short),
            Privacy::Text => "*".repeat(short.chars().count().min(8)),
        }
    }
}

/// One column of a sheet.
#[derive(Debug)]
pub struct Column {
    /// Its id, also a heading.
    pub id: &'static str,
    /// Headings in Chinese; the first is the one a template writes.
    pub zh: &'static [&'static str],
    /// Further headings in English, in lower case with `_` for blanks.
    pub en: &'static [&'static str],
    /// Field ids of the platform.
    pub fields: &'static [&'static str],
    /// What may be shown of its cells.
    pub privacy: Privacy,
    /// What it holds, in Chinese and in English.
    pub what: [&'static str; 2],
}

impl Column {
    /// What it holds.
    pub fn what(&self, lang: Lang) -> &'static str {
        lang.pick(self.what[0], self.what[1])
    }

    fn is_named(&self, heading: &str) -> bool {
        self.id == heading
            || self.en.contains(&heading)
            || self.fields.contains(&heading)
            || self.zh.iter().any(|name| *name == heading || name.to_lowercase() == heading)
    }
}

/// The place in `columns` of the one that `heading` names; the heading is already in its plain form.
pub(super) fn find(columns: &[Column], heading: &str) -> Option<usize> {
    columns.iter().position(|column| column.is_named(heading))
}

/// The place in `columns` of the one with that id.
pub(super) fn with_id(columns: &[Column], id: &str) -> Option<usize> {
    columns.iter().position(|column| column.id == id)
}

/// The name of a fact, where the heading is `fact:NAME` or `事实:NAME`.
pub(super) fn fact_name(heading: &str) -> Option<&str> {
    let rest = heading.strip_prefix("fact").or_else(|| heading.strip_prefix("事实"))?;
    rest.strip_prefix([':', '：']).map(|name| name.trim_matches('_')).filter(|name| !name.is_empty())
}

/// The heading row of an empty sheet, for `--template`; with a byte order mark, so that Excel reads it.
pub fn template(kind: SheetKind, lang: Lang) -> String {
    let headings: Vec<&str> =
        kind.columns().iter().map(|column| lang.pick(column.zh[0], column.id)).collect();
    format!("\u{FEFF}{}\r\n", headings.join(","))
}

/// The heading as it is compared with the table.
pub(super) fn plain(raw: &str) -> String {
    cell::heading(raw)
}

/// Declares a table of columns and the enum by which code names them, in the same order.
macro_rules! columns {
    ($(#[$meta:meta])* $table:ident by $field:ident {
        $($variant:ident $id:literal $privacy:ident [$($zh:literal)+] [$($en:literal)*] [$($code:literal)*] $what_zh:literal $what:literal;)+
    }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum $field { $($variant,)+ }

        impl From<$field> for usize {
            fn from(field: $field) -> usize { field as usize }
        }

        $(#[$meta])*
        pub const $table: &[Column] = &[$(Column {
            id: $id, zh: &[$($zh),+], en: &[$($en),*], fields: &[$($code),*],
            privacy: Privacy::$privacy, what: [$what_zh, $what],
        },)+];
    };
}

columns! {
    /// Columns of `records.csv`; beside them any `fact:NAME`.
    RECORD_COLUMNS by RecordField {
        RecordNo "record_no" Open ["单据号" "记录号" "单据流水号" "院内单号" "机构单据号"] ["record_number"] ["ipt_otp_no"]
            "机构自己的单据号，在本机构内唯一" "the facility's own number, unique within the facility";
        Kind "kind" Open ["类别" "记录类别" "业务类别"] [] []
            "门诊、住院、购药或备案" "outpatient, inpatient, purchase or filing";
        Line "line" Open ["业务类型" "业务线"] ["business_line"] []
            "业务类型，如 ordinary、chronic；备案必填" "business line, such as ordinary or chronic; a filing must have one";
        Name "name" Name ["姓名" "患者姓名" "人员姓名" "参保人姓名"] ["patient_name"] ["psn_name"]
            "患者姓名" "the patient's name";
        IdType "id_type" Open ["证件类型" "人员证件类型"] [] ["psn_cert_type" "cert_type"]
            "证件类型代码，留空为 01 居民身份证" "code of the document, 01 resident identity card where empty";
        IdNo "id_no" Number ["证件号码" "身份证号" "身份证号码" "证件号" "公民身份号码"] ["id_number"] ["certno"]
            "证件号码" "number of the document";
        Phone "phone" Phone ["电话" "联系电话" "手机号" "手机号码" "联系方式"] ["phone_number" "mobile"] ["tel"]
            "回访电话" "phone for the call-back";
        CardNo "card_no" Number ["社保卡号" "社会保障卡号" "社会保障卡卡号" "医保卡号" "卡号"] ["card_number"] []
            "社会保障卡卡号" "number of the social security card";
        PsnNo "psn_no" Number ["人员编号" "个人编号"] ["person_number"] []
            "医保平台的人员编号" "the platform's number of the person";
        InsuredArea "insured_area" Open ["参保地" "参保区划" "参保地区划" "参保所属医保区划" "参保机构医保区划"] [] ["insuplc_admdvs" "insu_optins"]
            "参保地医保区划，六位数字" "region of the insurance, six digits";
        Insurance "insurance" Open ["险种类型" "险种"] ["insurance_type"] ["insutype"]
            "险种代码，如 310、390" "code of the insurance type, such as 310 or 390";
        PersonGroup "person_group" Open ["人员类别"] [] ["psn_type"]
            "人员类别" "person group";
        OccurredAt "occurred_at" Open ["就诊时间" "发生时间" "费用发生时间" "就诊日期" "购药时间" "收费时间"] ["visit_time"] ["fee_ocur_time" "begntime"]
            "费用发生时间（北京时间）" "when the cost arose, Beijing time";
        AdmittedAt "admitted_at" Open ["入院时间" "入院日期"] [] ["adm_time"]
            "入院时间" "when an inpatient came";
        DischargedAt "discharged_at" Open ["出院时间" "出院日期"] [] ["dscg_time" "endtime"]
            "出院时间" "when an inpatient left";
        AppliedOn "applied_on" Open ["申请日期" "申请时间" "备案日期" "申报日期"] ["application_date"] []
            "纸质申请上的日期" "date on a paper form";
        Department "department" Open ["科室" "科室名称" "就诊科室"] [] ["dept_name"]
            "科室" "department";
        Doctor "doctor" Open ["医生" "医师" "医生姓名" "医师姓名" "接诊医生"] [] ["dr_name"]
            "医生" "doctor";
        DiagnosisCode "diagnosis_code" Text ["诊断编码" "诊断代码" "疾病编码"] [] ["diag_code"]
            "诊断编码（医保版）" "diagnosis code, insurance edition";
        DiagnosisName "diagnosis_name" Text ["诊断名称" "诊断" "疾病名称"] ["diagnosis"] ["diag_name"]
            "诊断名称" "diagnosis in words";
        Total "total" Open ["医疗费总额" "总费用" "费用总额" "总金额" "合计金额" "金额"] ["amount"] ["medfee_sumamt"]
            "本次总费用，元" "all that the visit cost, yuan";
        Paid "paid" Open ["已付金额" "已付" "实收金额" "已收金额"] ["amount_paid"] []
            "患者已付金额，元" "what the patient has paid, yuan";
        PayMethod "pay_method" Open ["支付方式" "付款方式" "缴费方式"] ["payment_method"] []
            "现金、银行卡、微信、支付宝、转账、预交金、未付、其他" "cash, bank_card, wechat, alipay, transfer, deposit, none, other";
        ReceiptNo "receipt_no" Open ["收据号" "发票号" "发票号码" "票据号" "票据号码"] ["receipt_number"] ["invono" "bill_no"]
            "收据或发票号" "number of the receipt or invoice";
        Locality "locality" Open ["本地异地" "就医地类别"] [] []
            "本地或异地，按通告的用词" "local or from elsewhere, in the notice's words";
        Credential "credential" Open ["就诊凭证" "就诊凭证类型" "凭证"] [] ["mdtrt_cert_type"]
            "就诊凭证" "the credential shown";
        Prepaid "prepaid" Open ["是否垫付" "已垫付" "自费垫付"] [] []
            "患者是否已全额垫付，是或否" "whether the patient paid all in advance, yes or no";
        Dischargeable "dischargeable" Open ["可出院" "是否可出院"] [] []
            "是否可以出院，是或否" "whether the patient can be discharged, yes or no";
        Arrears "arrears" Open ["欠费" "是否欠费"] [] []
            "是否欠费，是或否" "whether contributions are owed, yes or no";
        Filed "filed" Open ["已备案" "是否备案"] [] []
            "是否已备案，是或否" "whether a filing exists, yes or no";
        Anomaly "anomaly" Open ["异常" "是否异常"] [] []
            "是否异常，是或否" "whether something is irregular, yes or no";
        Papers "papers" Open ["留存材料" "材料" "已留材料"] [] []
            "留存材料，用分号分开" "papers kept, separated by semicolons";
        Facility "facility" Open ["机构编码" "机构" "医疗机构编码" "定点医药机构编码" "定点医药机构编号"] ["facility_code"] ["fixmedins_code"]
            "定点医药机构编码，留空为本机构" "facility code, the ledger's own where empty";
        Note "note" Text ["备注" "说明"] ["remark"] ["memo"]
            "备注" "free text";
    }
}

columns! {
    /// Columns of `lines.csv`.
    LINE_COLUMNS by LineField {
        RecordNo "record_no" Open ["单据号" "记录号" "单据流水号" "院内单号" "机构单据号"] ["record_number"] ["ipt_otp_no"]
            "所属记录的单据号" "number of the record it belongs to";
        LineNo "line_no" Open ["行号" "序号" "明细序号"] ["line_number"] []
            "行号，从 1 起；留空则依次编号" "counts from 1 within the record; counted up where empty";
        ItemCode "item_code" Open ["医保编码" "项目编码" "医疗目录编码" "医保目录编码" "国家编码"] [] ["med_list_codg"]
            "国家医保编码" "national catalogue code";
        OwnCode "own_code" Open ["院内编码" "医院编码" "机构项目编码" "医药机构目录编码"] [] ["medins_list_codg"]
            "院内编码" "the facility's own code";
        ItemName "item_name" Open ["项目名称" "药品名称" "收费项目" "名称"] [] ["medins_list_name"]
            "项目名称" "name of the item";
        Category "category" Open ["收费类别" "费用类别" "医疗收费项目类别"] [] ["med_chrgitm_type"]
            "收费项目类别代码" "code of the charge category";
        Spec "spec" Open ["规格"] ["specification"] []
            "规格" "specification";
        Quantity "quantity" Open ["数量"] [] ["cnt"]
            "数量，最多 4 位小数" "quantity, at most 4 decimals";
        UnitPrice "unit_price" Open ["单价"] ["price"] ["pric"]
            "单价，元，最多 6 位小数" "unit price in yuan, at most 6 decimals";
        Amount "amount" Open ["金额" "明细金额" "明细项目费用总额"] [] ["det_item_fee_sumamt"]
            "本行金额，元；一条记录各行之和等于总费用" "amount in yuan; a record's lines sum to its total";
        OccurredAt "occurred_at" Open ["费用发生时间" "发生时间" "收费时间"] [] ["fee_ocur_time"]
            "费用发生时间，留空同记录" "when the cost arose, the record's time where empty";
    }
}

columns! {
    /// Columns of a settlement statement.
    STATEMENT_COLUMNS by StatementField {
        SetlId "setl_id" Open ["结算ID" "结算流水号"] ["settlement_id"] []
            "平台结算ID" "the platform's id of the settlement";
        InitSetlId "init_setl_id" Open ["原结算ID"] [] []
            "被冲正的原结算ID" "the settlement that a reversal undoes";
        MdtrtId "mdtrt_id" Open ["就诊ID" "就诊流水号"] ["visit_id"] []
            "平台就诊ID" "the platform's id of the visit";
        PsnNo "psn_no" Number ["人员编号" "个人编号"] ["person_number"] []
            "平台人员编号" "the platform's number of the person";
        Certno "certno" Number ["证件号码" "身份证号" "身份证号码" "证件号"] ["id_no" "id_number"] []
            "证件号码" "identity number";
        PsnName "psn_name" Name ["人员姓名" "姓名" "患者姓名"] ["name" "patient_name"] []
            "姓名" "name";
        MedType "med_type" Open ["医疗类别"] [] []
            "医疗类别" "medical category";
        Insutype "insutype" Open ["险种类型" "险种"] ["insurance" "insurance_type"] []
            "险种代码" "code of the insurance type";
        SetlTime "setl_time" Open ["结算时间"] ["settlement_time"] []
            "平台结算时间" "the platform's time of settlement";
        SetlDate "setl_date" Open ["结算日期"] ["settlement_date"] []
            "结算日期，时间另列时使用" "date of settlement, where the time stands in a column of its own";
        Total "medfee_sumamt" Open ["医疗费总额" "总金额" "总费用" "费用总额"] ["total" "amount"] []
            "医疗费总额，元；冲正为负" "total medical fee, yuan; negative in a reversal";
        Fund "fund_pay_sumamt" Open ["基金支付总额" "基金支付金额"] [] []
            "基金支付总额，元" "paid by the funds, yuan";
        Account "acct_pay" Open ["个人账户支出" "个人账户支付金额" "账户支付金额"] [] []
            "个人账户支出，元" "paid from the personal account, yuan";
        Cash "psn_cash_pay" Open ["个人现金支出" "个人现金支付" "现金支付金额"] [] ["psn_cashpay" "cash_payamt"]
            "个人现金支出，元" "paid in cash, yuan";
        Refunded "refd_setl_flag" Open ["退费结算标志"] [] []
            "退费结算标志，0 否 1 是" "the row undoes a settlement, 0 no 1 yes";
        MedinsSetlId "medins_setl_id" Open ["医药机构结算ID" "发送方报文ID"] [] ["msgid"]
            "机构发送的结算报文ID" "the key the facility issued";
        RecordNo "record_no" Open ["单据号" "记录号" "单据流水号" "院内单号" "机构单据号"] ["record_number"] ["ipt_otp_no"]
            "机构自己的单据号" "the facility's own record number";
        Facility "fixmedins_code" Open ["定点医药机构编号" "医药机构编号" "机构编号"] ["facility"] []
            "定点医药机构编号" "code of the facility it is of";
        ReceiptNo "invono" Open ["发票号" "票据号" "票据号码"] ["receipt_no" "receipt"] []
            "收费票据号" "number of the receipt";
        Hospital "hosp_part_amt" Open ["医院负担金额" "医院负担" "医院承担金额"] ["hospital_share"] []
            "医院负担金额，元" "what the hospital bears, yuan";
        ClrType "clr_type" Open ["清算类别"] ["clearing_type"] []
            "清算类别，如 11 门诊、21 住院、41 药店购药" "clearing category, such as 11 outpatient, 21 inpatient, 41 pharmacy";
        ClrDate "clr_date" Open ["清算日期" "对账日期"] ["clearing_date"] []
            "清算日期；地区规则以它为准时使用" "the day of clearing, for regions that count by it";
        StmtRslt "stmt_rslt" Open ["对账结果"] ["comparison"] []
            "对账结果代码，含义因地区而异" "result of the comparison, a code whose meaning is the region's";
        Status "setl_status" Open ["结算状态" "交易状态" "结算结果"] ["status" "state"] []
            "结算是否成功，写法因地区而异" "whether the settlement was successful, in the region's words";
    }
}

columns! {
    /// Columns of the answers to a batch.
    ANSWER_COLUMNS by AnswerField {
        MedinsSetlId "medins_setl_id" Open ["医药机构结算ID" "发送方报文ID"] [] ["msgid"]
            "机构发送的结算报文ID" "the key the facility issued";
        RecordNo "record_no" Open ["单据号" "记录号" "单据流水号" "院内单号" "机构单据号"] ["record_number"] ["ipt_otp_no"]
            "机构自己的单据号" "the facility's own record number";
        Number "number" Open ["编号" "挂账编号"] ["short_number"] []
            "本程序给出的编号，如 A1-0007" "the number given here, such as A1-0007";
        Infno "infno" Open ["交易编号"] ["transaction"] []
            "交易编号，如 2207；一次调用一行时填" "the transaction, as 2207, where each call has a row";
        Infcode "infcode" Open ["交易状态码"] [] []
            "0 受理，-1 拒绝；其他代码须有 status" "0 accepted, -1 refused; any other needs a status beside it";
        Status "status" Open ["结果" "状态" "处理结果"] ["result"] []
            "受理、拒绝、结果不明（超时）或未办成" "accepted, refused, unknown (timeout) or not done";
        ErrMsg "err_msg" Text ["错误信息" "失败原因" "拒绝原因"] ["message"] []
            "平台给出的原因，原样保留" "the platform's reason, kept as given";
        SetlId "setl_id" Open ["结算ID"] ["settlement_id"] []
            "平台结算ID" "the platform's id of the settlement";
        MdtrtId "mdtrt_id" Open ["就诊ID"] ["visit_id"] []
            "平台就诊ID" "the platform's id of the visit";
        PsnNo "psn_no" Number ["人员编号" "个人编号"] ["person_number"] []
            "平台人员编号" "the platform's number of the person";
        SetlTime "setl_time" Open ["结算时间"] ["settled_at"] []
            "平台结算时间" "when the platform settled it";
        Total "medfee_sumamt" Open ["医疗费总额" "总金额"] ["total"] []
            "医疗费总额，元" "the whole fee, yuan";
        Fund "fund_pay_sumamt" Open ["基金支付总额" "基金支付"] ["fund"] []
            "基金支付总额，元" "what funds pay, yuan";
        Account "acct_pay" Open ["个人账户支出" "账户支付"] ["account"] []
            "个人账户支出，元" "what the personal account pays, yuan";
        Cash "psn_cash_pay" Open ["个人现金支出" "现金支付"] ["cash"] []
            "个人现金支出，元" "what the patient pays in cash, yuan";
        Insutype "insutype" Open ["险种类型" "险种"] ["insurance"] []
            "险种代码，如 310、390" "code of the insurance type, such as 310 or 390";
        ClrType "clr_type" Open ["清算类别"] ["clearing_type"] []
            "清算类别，如 11 门诊、21 住院、41 药店购药" "clearing category, such as 11 outpatient, 21 inpatient, 41 pharmacy";
        ClrOptins "clr_optins" Open ["清算经办机构"] ["clearing_body"] []
            "清算经办机构" "the handling body that clears it";
    }
}

columns! {
    /// Columns of the census; beside them any `fact:NAME`.
    CENSUS_COLUMNS by CensusField {
        BedNo "bed_no" Open ["床号" "床位号" "床位"] ["bed"] ["bedno" "adm_bed"]
            "床号" "number of the bed";
        RecordNo "record_no" Open ["住院号" "住院流水号" "单据号" "记录号" "病案号"] ["record_number" "inpatient_no" "admission_no"] ["ipt_no" "ipt_otp_no"]
            "机构自己的住院号" "the facility's own number of the stay";
        Name "name" Name ["姓名" "患者姓名" "病人姓名" "人员姓名" "参保人姓名"] ["patient_name"] ["psn_name"]
            "患者姓名" "the patient's name";
        IdType "id_type" Open ["证件类型" "人员证件类型"] [] ["psn_cert_type" "cert_type"]
            "证件类型代码，留空为 01 居民身份证" "code of the document, 01 resident identity card where empty";
        IdNo "id_no" Number ["证件号码" "身份证号" "身份证号码" "证件号" "公民身份号码"] ["id_number"] ["certno"]
            "证件号码" "number of the document";
        Phone "phone" Phone ["电话" "联系电话" "手机号" "手机号码" "联系方式"] ["phone_number" "mobile"] ["tel"]
            "联系电话" "phone";
        CardNo "card_no" Number ["社保卡号" "社会保障卡号" "社会保障卡卡号" "医保卡号" "卡号"] ["card_number"] []
            "社会保障卡卡号" "number of the social security card";
        PsnNo "psn_no" Number ["人员编号" "个人编号"] ["person_number"] []
            "医保平台的人员编号" "the platform's number of the person";
        InsuredArea "insured_area" Open ["参保地" "参保区划" "参保地区划" "参保所属医保区划" "参保机构医保区划"] [] ["insuplc_admdvs" "insu_optins"]
            "参保地医保区划，六位数字" "region of the insurance, six digits";
        Insurance "insurance" Open ["险种类型" "险种"] ["insurance_type"] ["insutype"]
            "险种代码，如 310、390" "code of the insurance type, such as 310 or 390";
        PersonGroup "person_group" Open ["人员类别"] [] ["psn_type"]
            "人员类别" "person group";
        Locality "locality" Open ["本地异地" "就医地类别"] [] []
            "本地或异地，按通告的用词" "local or from elsewhere, in the notice's words";
        Line "line" Open ["业务类型" "业务线" "住院类型"] ["business_line"] []
            "业务类型：ordinary、maternity、psychiatric、accident，留空为 ordinary" "business line: ordinary, maternity, psychiatric or accident, ordinary where empty";
        AdmittedAt "admitted_at" Open ["入院时间" "入院日期"] [] ["adm_time" "begntime"]
            "入院时间（北京时间）" "when the patient came, Beijing time";
        DischargedAt "discharged_at" Open ["出院时间" "出院日期"] [] ["dscg_time" "endtime"]
            "出院时间；已出院而仍在名册中的填写" "when the patient left, where one who has left is still on the list";
        Dischargeable "dischargeable" Open ["可出院" "是否可出院" "符合出院条件"] [] []
            "是否可以出院，是或否" "whether the patient can be discharged, yes or no";
        Arrears "arrears" Open ["欠费" "是否欠费"] [] []
            "是否欠费，是或否" "whether contributions are owed, yes or no";
        Filed "filed" Open ["已备案" "是否备案"] [] []
            "是否已备案，是或否" "whether a filing exists, yes or no";
        Department "department" Open ["科室" "科室名称" "住院科室" "病区"] ["ward"] ["dept_name" "adm_dept_name"]
            "科室" "department";
        Doctor "doctor" Open ["医生" "医师" "医生姓名" "医师姓名" "主管医生" "主治医生"] [] ["dr_name"]
            "医生" "doctor";
        Total "total" Open ["累计费用" "医疗费总额" "总费用" "费用总额" "总金额" "合计金额" "金额"] ["amount"] ["medfee_sumamt"]
            "到目前为止的费用，元" "what the stay has cost so far, yuan";
        Paid "paid" Open ["预交金" "押金" "预交金额" "已付金额" "已付"] ["deposit" "amount_paid"] []
            "预交金或已付金额，元" "the deposit, or what was paid, yuan";
        Facility "facility" Open ["机构编码" "机构" "医疗机构编码" "定点医药机构编码" "定点医药机构编号"] ["facility_code"] ["fixmedins_code"]
            "定点医药机构编码，留空为本机构" "facility code, the ledger's own where empty";
        Note "note" Text ["备注" "说明"] ["remark"] ["memo"]
            "备注" "free text";
    }
}

columns! {
    /// Columns of a list of accounts, a bank's or the virtual side's.
    ACCOUNT_COLUMNS by AccountField {
        Bank "bank" Open ["银行" "开户银行" "承办银行" "合作银行" "银行名称" "开户行"] ["bank_name"] []
            "承办账户的银行" "the bank that has the account";
        PsnNo "psn_no" Number ["人员编号" "个人编号"] ["person_number"] []
            "医保平台的人员编号" "the platform's number of the person";
        Name "name" Name ["姓名" "户名" "账户名称" "人员姓名" "参保人姓名"] ["holder" "account_name"] ["psn_name"]
            "账户人姓名" "the holder's name";
        IdType "id_type" Open ["证件类型" "人员证件类型"] [] ["psn_cert_type" "cert_type"]
            "证件类型代码，留空为 01 居民身份证" "code of the document, 01 resident identity card where empty";
        IdNo "id_no" Number ["证件号码" "身份证号" "身份证号码" "证件号" "公民身份号码"] ["id_number"] ["certno"]
            "证件号码" "number of the document";
        CardNo "card_no" Number ["卡号" "账号" "银行账号" "银行卡号" "账户号" "社保卡号" "社会保障卡号" "社会保障卡卡号" "医保卡号"] ["card_number" "account_no" "account_number"] []
            "账号或卡号" "number of the account or card";
        OldCardNo "old_card_no" Number ["原卡号" "旧卡号" "原账号" "旧账号"] ["old_card" "old_account_no"] []
            "补卡或换卡前的卡号" "the card before this one, where it was replaced";
        Balance "balance" Open ["余额" "账户余额" "个人账户余额" "结余" "结余金额" "账户结余"] ["account_balance"] ["balc"]
            "账户余额，元" "what is on the account, yuan";
        State "state" Open ["状态" "账户状态" "卡状态"] ["account_state" "card_state"] []
            "正常、挂失、补卡、冻结或销户，留空为正常" "normal, lost, reissued, frozen or closed; normal where empty";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_heading_names_two_columns_of_one_sheet() {
        for kind in SheetKind::ALL {
            let mut seen = BTreeSet::new();
            for column in kind.columns() {
                let english = column.en.iter().chain(column.fields).chain([&column.id]);
                for name in english.chain(column.zh) {
                    assert!(seen.insert(plain(name)), "{kind:?}: {name}");
                    let at = find(kind.columns(), &plain(name)).map(|at| kind.columns()[at].id);
                    assert_eq!(at, Some(column.id), "{name} is read as it is written");
                }
            }
        }
    }

    #[test]
    fn the_tables_hold_what_is_promised() {
        let ids = |kind: SheetKind| kind.columns().iter().map(|c| c.id).collect::<Vec<_>>().join(" ");
        assert_eq!(
            ids(SheetKind::Records),
            "record_no kind line name id_type id_no phone card_no psn_no insured_area insurance person_group \
             occurred_at admitted_at discharged_at applied_on department doctor diagnosis_code diagnosis_name \
             total paid pay_method receipt_no locality credential prepaid dischargeable arrears filed anomaly \
             papers facility note"
        );
        assert_eq!(
            ids(SheetKind::Lines),
            "record_no line_no item_code own_code item_name category spec quantity unit_price amount occurred_at"
        );
    }

    #[test]
    fn facts_are_named_in_headings() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("fact:scheme",  Some("scheme")),
            ("Fact: Scheme", Some("scheme")),
            ("事实：scheme",  Some("scheme")),
            ("fact:",        None),
            ("factory",      None),
        ];
        for (heading, want) in cases {
            assert_eq!(fact_name(&plain(heading)), want, "{heading}");
        }
    }

    #[test]
    fn identities_are_masked_in_messages() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (Privacy::Open,   "12.345",             "12.345"),
            (Privacy::Name,   "王小明",              "王**"),
            (Privacy::Number, "11990019491231002X", "**************002X"),
            (Privacy::Phone,  "13900000000",        "*******0000"),
            (Privacy::Text,   "高血压",              "***"),
        ];
        for (privacy, text, want) in cases {
            assert_eq!(privacy.shown(text), want);
        }
    }

    #[test]
    fn a_template_is_read_back() {
        for lang in [Lang::Zh, Lang::En] {
            let row = template(SheetKind::Lines, lang);
            let names = row.trim_start_matches('\u{FEFF}').trim_end().split(',');
            let places: Vec<_> = names.map(|name| find(LINE_COLUMNS, &plain(name))).collect();
            assert_eq!(places, (0..LINE_COLUMNS.len()).map(Some).collect::<Vec<_>>());
        }
    }
}
