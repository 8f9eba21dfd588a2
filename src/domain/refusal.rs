//! Refusals that are understood: what the platform's words mean and what usually helps.
//!
//! The interface has one code for every refusal, so the reason is in the words alone,
//! and each platform has its own. A phrase is looked for; words that are not known stay
//! as they are. Nothing here changes an answer.

use crate::text::Lang;

/// A refusal that is understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A word for scripts and `explain`.
    pub id: &'static str,
    phrases: &'static [&'static str],
    meaning: [&'static str; 2],
    remedy: [&'static str; 2],
}

impl Refusal {
    /// What it means.
    pub fn meaning(&self, lang: Lang) -> &'static str {
        lang.pick(self.meaning[0], self.meaning[1])
    }

    /// What usually helps.
    pub fn remedy(&self, lang: Lang) -> &'static str {
        lang.pick(self.remedy[0], self.remedy[1])
    }
}

/// Every known refusal; where several fit, the first counts.
pub const REFUSALS: &[Refusal] = &[
    Refusal {
        id: "line_twice",
        phrases: &["feedetl_sn重复", "明细流水号重复", "明细流水号已存在", "明细重复上传"],
        meaning: ["费用明细流水号已上传过", "this fee line was uploaded before"],
        remedy: [
            "不要改号重传；重新导出，先前上传的明细会先撤销，流水号重新发放",
            "do not renumber it by hand; export again: what was uploaded is taken back first, and new numbers are issued",
        ],
    },
    Refusal {
        id: "message_twice",
        phrases: &["msgid重复", "报文ID重复", "报文重复", "重复报文", "重复提交", "重复交易", "交易重复"],
        meaning: ["平台已收到过这条报文", "the platform had this message before"],
        remedy: ["不要再发；先查明第一次的结果", "do not send it again; find out what came of the first"],
    },
    Refusal {
        id: "lines_settled",
        phrases: &["已结算的明细", "已结算明细", "明细已结算", "已结算，不能撤销", "已结算不能撤销"],
        meaning: ["明细已结算，不能单独撤销", "its lines are settled and cannot be taken back alone"],
        remedy: [
            "先撤销结算（2103、2208、2305），再撤销明细",
            "take the settlement back first (2103, 2208, 2305), then the lines",
        ],
    },
    Refusal {
        id: "settled_already",
        phrases: &["已结算", "重复结算", "已存在结算"],
        meaning: ["该次就诊已经结算", "the visit is settled already"],
        remedy: [
            "不要再结算；用 5203 或对账明细核实后登记结算 ID",
            "do not settle it again; look at 5203 or a statement and write the setl_id down",
        ],
    },
    Refusal {
        id: "not_insured",
        phrases: &["暂停参保", "参保状态", "未参保", "停保", "不在参保", "中断参保"],
        meaning: ["就诊当日参保状态不允许结算", "not insured on the day of the visit"],
        remedy: [
            "核对险种和参保地；确未参保的转手工报销或自费",
            "check insurance type and region; who was not insured claims by hand or pays",
        ],
    },
    Refusal {
        id: "other_insurance",
        phrases: &["险种"],
        meaning: ["险种与参保信息不一致", "the insurance type is not the one on record there"],
        remedy: [
            "用 amend --insurance 更正险种后重新导出",
            "correct it with amend --insurance and export again",
        ],
    },
    Refusal {
        id: "person",
        phrases: &[
            "人员信息不符",
            "人员信息不存在",
            "查无此人",
            "未查询到人员",
            "人员不存在",
            "姓名与证件",
            "证件号码不",
            "证件号不",
        ],
        meaning: [
            "平台找不到这个人，或姓名与证件不符",
            "the platform does not find this person, or name and document differ",
        ],
        remedy: [
            "核对姓名、证件类型和号码，更正后重新导出",
            "check name, type and number of the document, correct them, export again",
        ],
    },
    Refusal {
        id: "not_filed",
        phrases: &["未备案", "没有备案", "无备案", "备案信息不存在", "需先备案"],
        meaning: ["需要先有备案", "a filing has to come first"],
        remedy: [
            "先导出备案（export register），受理后再导出本记录",
            "export the filing first (export register), and this record once it is accepted",
        ],
    },
    Refusal {
        id: "in_hospital",
        phrases: &["在院", "未出院", "住院期间", "重复入院"],
        meaning: ["与一次未结束的住院重叠", "it overlaps with a stay that has not ended"],
        remedy: [
            "核对入出院时间；另一次住院须先办出院结算",
            "check the times; the other stay has to be discharged and settled first",
        ],
    },
    Refusal {
        id: "no_visit",
        phrases: &[
            "就诊ID不存在",
            "就诊信息不存在",
            "未找到就诊",
            "无就诊信息",
            "未登记就诊",
            "未办理入院",
            "未入院",
        ],
        meaning: ["平台没有这次就诊登记", "the platform has no such visit"],
        remedy: [
            "登记可能已被撤销；重新导出，从登记开始",
            "the registration may have been taken back; export again, from the registration on",
        ],
    },
    Refusal {
        id: "not_discharged",
        phrases: &["未办理出院", "未办出院", "需先出院"],
        meaning: ["尚未办理出院", "it is not discharged yet"],
        remedy: ["补录出院时间后重新导出", "add the time of discharge and export again"],
    },
    Refusal {
        id: "sum",
        phrases: &["总额不", "合计不", "金额不一致", "金额不符", "费用总额", "不等于明细"],
        meaning: ["总额与明细合计不符", "total and lines do not agree"],
        remedy: [
            "核对原始单据，更正总额或重新导入明细",
            "check the slip, correct the total or import the lines again",
        ],
    },
    Refusal {
        id: "item",
        phrases: &["目录", "未对码", "对照", "项目编码"],
        meaning: ["项目编码不在平台目录中", "an item is not in the platform's catalogue"],
        remedy: [
            "核对国家编码和对码，更正明细后重新导出",
            "check the national code and its mapping, correct the line and export again",
        ],
    },
    Refusal {
        id: "missing",
        phrases: &["不能为空", "不可为空", "必填", "为空"],
        meaning: ["必填字段为空", "a required field is empty"],
        remedy: [
            "按字段名补充（facts 或地区规则），再重新导出",
            "give the field it names (as a fact, or in the profile) and export again",
        ],
    },
    Refusal {
        id: "too_long",
        phrases: &["超长", "长度超", "长度不"],
        meaning: ["字段过长", "a field is too long"],
        remedy: [
            "按地区接口的宽度更正，或在地区规则中写明宽度",
            "shorten it, or give the region's width in the profile",
        ],
    },
    Refusal {
        id: "code",
        phrases: &["字典", "码表", "代码值", "代码不存在", "无效代码"],
        meaning: ["代码不在平台的码表中", "a code is not in the platform's table"],
        remedy: ["核对代码；本地代码写入地区规则", "check the code; a local one goes into the profile"],
    },
    Refusal {
        id: "too_many_lines",
        phrases: &["条数超", "明细数量超", "超过100条", "超过最大条数"],
        meaning: ["一次上传的明细过多", "too many lines in one call"],
        remedy: [
            "在地区规则中减小 lines_per_call 后重新导出",
            "make lines_per_call smaller in the profile and export again",
        ],
    },
    Refusal {
        id: "disease",
        phrases: &["病种"],
        meaning: [
            "病种不符：同一收费批次只能有一个病种",
            "the disease does not fit: lines of one charge batch share one",
        ],
        remedy: ["核对病种备案和诊断编码", "check the filing of the disease and the diagnosis code"],
    },
    Refusal {
        id: "credential",
        phrases: &["凭证", "令牌", "token"],
        meaning: [
            "就诊凭证无效：停机时扫的码事后不能用",
            "the credential is not valid: a code scanned in the downtime is worthless later",
        ],
        remedy: ["补录用身份证（02）或社保卡（03）", "backfill with the identity card (02) or the card (03)"],
    },
    Refusal {
        id: "sign_in",
        phrases: &["签到", "签名", "验签"],
        meaning: ["联网侧没有签到或签名不对", "the online side is not signed in, or its signature is wrong"],
        remedy: [
            "由联网侧重新签到后重发，记录本身不用改",
            "let the online side sign in again; the record itself is right",
        ],
    },
    Refusal {
        id: "reviewed",
        phrases: &["已审核", "已复核"],
        meaning: ["经办机构已审核，不能撤销", "the agency has reviewed it; it cannot be withdrawn"],
        remedy: ["联系经办机构办理", "ask the agency to do it"],
    },
    Refusal {
        id: "late",
        phrases: &["超过期限", "超期", "逾期", "时间不能早于", "超过规定"],
        meaning: ["超过平台允许补录的时间", "later than the platform takes it"],
        remedy: ["向经办机构申请，或转手工报销", "ask the agency, or turn to a manual claim"],
    },
    Refusal {
        id: "busy",
        phrases: &["系统繁忙", "稍后", "限流", "服务不可用"],
        meaning: ["平台当时繁忙，没有受理", "the platform was busy and did not take it"],
        remedy: ["稍后重新导出，记录不用改", "export again later; the record is right"],
    },
];

/// What the platform's words mean, where that is known. Letters may be of either case, blanks do not count.
pub fn known_refusal(words: &str) -> Option<&'static Refusal> {
    let said = plain(words);
    REFUSALS.iter().find(|refusal| refusal.phrases.iter().any(|phrase| said.contains(&plain(phrase))))
}

/// A refusal by its word.
pub fn refusal(id: &str) -> Option<&'static Refusal> {
    REFUSALS.iter().find(|refusal| refusal.id == id)
}

/// Words of a failure that leave open whether the call was taken: the connection ended before the answer came.
const NO_OUTCOME: &[&str] = &[
    "超时",
    "timeout",
    "timedout",
    "connectionreset",
    "连接中断",
    "连接被重置",
    "无应答",
    "未收到应答",
    "读取失败",
];
/// A credential that is too old is a refusal, whatever else the words say.
const NOT_THAT: &[&str] = &["凭证", "令牌", "token", "登录", "签到"];

/// Whether the words of a failure leave the outcome open.
pub fn leaves_open(words: &str) -> bool {
    let said = plain(words);
    let has = |among: &[&str]| among.iter().any(|phrase| said.contains(phrase));
    has(NO_OUTCOME) && !has(NOT_THAT)
}

fn plain(words: &str) -> String {
    words.to_lowercase().chars().filter(|ch| !ch.is_whitespace() && *ch != '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_platforms() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("费用明细流水号重复[12345]",           Some("line_twice")),
            ("feedetl_sn 重复",                    Some("line_twice")),
            ("该明细已结算，不能撤销",              Some("lines_settled")),
            ("此次就诊已结算",                     Some("settled_already")),
            ("就诊当日参保状态为暂停参保",          Some("not_insured")),
            ("险种与参保信息不一致",               Some("other_insurance")),
            ("dept_code 不能为空",                 Some("missing")),
            ("电子凭证已超时",                     Some("credential")),
            ("MSGID 重复",                        Some("message_twice")),
            ("月亮太圆",                          None),
            ("",                                  None),
        ];
        for (words, want) in cases {
            assert_eq!(known_refusal(words).map(|refusal| refusal.id), want, "{words}");
        }
    }

    #[test]
    fn what_leaves_the_outcome_open() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("调用超时", true), ("Read timed out", true), ("java.net.SocketTimeoutException", true),
            ("Connection reset", true), ("电子凭证已超时", false), ("登录超时", false), ("人员信息不符", false), ("", false),
        ];
        for (words, want) in cases {
            assert_eq!(leaves_open(words), want, "{words}");
        }
    }

    #[test]
    fn every_word_is_there_once_and_in_both_languages() {
        for (at, one) in REFUSALS.iter().enumerate() {
            assert!(REFUSALS[..at].iter().all(|other| other.id != one.id), "{}", one.id);
            assert!(one.meaning[1].is_ascii() && one.remedy[1].is_ascii(), "{}", one.id);
            assert!(!one.meaning[0].is_ascii() && !one.remedy[0].is_ascii(), "{}", one.id);
            // Each of its phrases leads to it, so that no line above takes it away.
            assert!(one.phrases.iter().all(|phrase| known_refusal(phrase) == Some(one)), "{}", one.id);
        }
    }
}
