//! What stages, ways back, statuses, verdicts and facts mean, in a sentence
//! each, and the command that goes with it.
//!
//! A test keeps the table complete; labels stand beside the values themselves.

/// What it is, its id, what it means in Chinese and in English, and a command to go on with; may be empty.
pub(super) type Text = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// The sentence of an id.
pub(super) fn text(what: &str, id: &str) -> Option<&'static Text> {
    TEXTS.iter().find(|text| text.0 == what && text.1 == id)
}

#[rustfmt::skip] // one line per value
const TEXTS: &[Text] = &[
    ("stage", "draft", "还没登记完，没有编号，也不在账目里。", "Not fully written down yet: it has no number and no place in the books.", "guazhang desk"),
    ("stage", "pending", "已登记，还没发给平台：等系统恢复，或等本机构导出。", "Written down and not sent yet: it waits for the system, or for the facility to export it.", "guazhang export backfill --dry-run"),
    ("stage", "exported", "已编入批次发出，等平台回执或结算明细。", "Sent out in a batch: the platform's answer or statement is awaited.", "guazhang batch list"),
    ("stage", "settled", "平台已结算并与本账对上；若患者先付过，还要退差额。", "The platform settled it and it matches; where the patient paid first, the difference is still owed.", "guazhang refund list"),
    ("stage", "refunded", "应退的已退给患者，可以销号。", "What was owed to the patient is paid; it can be cleared.", "guazhang clear ID --evidence TEXT"),
    ("stage", "cleared", "已凭依据销号，不再有事要办。", "Closed with its evidence; nothing is left to do.", "guazhang show ID"),
    ("stage", "rejected", "平台拒绝了：按返回的说明更正，再导出一次。", "The platform refused it: correct what it names, then export it again.", "guazhang list --stage rejected"),
    ("stage", "handed_over", "已移交经办机构，由对方办理。", "Handed over to the agency, which goes on with it.", "guazhang clear ID --evidence TEXT"),
    ("stage", "held", "本机构决定先不发出，原因记在经过里。", "The facility decided not to send it for now; the reason stands in its history.", "guazhang release ID --reason TEXT"),
    ("stage", "void", "误登或重复，已作废；编号保留，不计入合计。", "Written down by mistake or twice: void. The number stays, and no sum counts it.", "guazhang show ID"),

    ("route", "backfill", "患者当时没付医保部分：系统恢复后由机构把就诊补录进平台并结算。", "The patient did not pay the insured part: the facility enters the visit afterwards and settles it.", "guazhang export backfill --dry-run"),
    ("route", "resettle", "患者全额垫付过：凭票据回来，先按医保重新结算，再把差额退给患者。", "The patient paid in full: with the receipt it is settled with insurance again, and the difference is paid back.", "guazhang export resettle --dry-run"),
    ("route", "convert", "自费住院转为医保住院，从转换起按医保办理。", "A stay begun as self-pay becomes an insured one and goes on as such.", "guazhang census list"),
    ("route", "register", "备案或登记在恢复后补进平台，生效日期按纸面日期。", "A filing is entered on the platform afterwards, effective from the date on paper.", "guazhang export register --dry-run"),
    ("route", "manual", "患者带材料到经办机构手工报销，不在本机构结算。", "The patient claims it by hand at the agency with the papers; it is not settled here.", "guazhang export handover --dry-run"),
    ("route", "agency", "机构上报数据，由经办机构主动支付，患者不用跑。", "The agency pays on the data that the facility reports; the patient need not come.", "guazhang export handover --dry-run"),
    ("route", "hold", "通告要求先不上报，等进一步通知。", "The notice asks to keep it back until further word.", "guazhang notice show ID"),
    ("route", "bear", "通告规定由患者自行负担，不予结算。", "The notice leaves it to the patient; it is not settled.", "guazhang show ID"),
    ("route", "none", "通告明确不需要再办什么。", "The notice says that nothing has to be done.", "guazhang clear ID --evidence TEXT"),
    ("route", "not_stated", "通告没有写这种情形：问经办机构，不要自行猜测。", "The notice does not cover this case: ask the agency rather than guess.", "guazhang notice show ID"),

    ("status", "open", "现在就能办。", "It can be done now.", "guazhang due"),
    ("status", "due_soon", "离截止不到十四天。", "Less than fourteen days are left.", "guazhang due --within 14d"),
    ("status", "overdue", "截止日期已过：先问经办机构还能不能办，或转手工报销。", "The deadline is over: ask the agency whether it can still be done, or turn to a manual claim.", "guazhang due --within 0d"),
    ("status", "wait", "要等系统恢复；恢复后请登记实际时间，期限才会定下来。", "It waits for the system; once that is back, record when, so that deadlines are fixed.", "guazhang notice resumed ID all TIME"),
    ("status", "not_yet", "系统已恢复，但轮到它的时间还没到。", "The system is back, and its own slot has not begun.", "guazhang due"),
    ("status", "refused", "按通告不予办理，原因写在判定里。", "The notice refuses it; the decision says why.", "guazhang explain ID"),
    ("status", "undetermined", "还缺事实，缺哪些写在判定里；补上就能判定。", "Facts are missing, and the decision says which; once known, it is decided.", "guazhang amend ID --fact NAME=VALUE"),
    ("status", "not_stated", "通告没有写这种情形。", "The notice does not cover this case.", "guazhang notice show ID"),
    ("status", "out", "不在任何停机时段里，按平时办理。", "It falls into no stop; it takes the usual way.", "guazhang notice timeline"),

    ("verdict", "matched", "本账与平台一致，分文不差。", "The ledger and the platform agree to the fen.", "guazhang reconcile status"),
    ("verdict", "amount_mismatch", "同一笔，金额不同。", "The same case with another amount.", "guazhang break list"),
    ("verdict", "missing", "平台明细里没有这一笔。", "The platform's statement does not have it.", "guazhang break list"),
    ("verdict", "extra", "平台有，本账没有。", "The platform has it and the ledger does not.", "guazhang break list"),
    ("verdict", "duplicate", "平台结算了不止一次。", "The platform settled it more than once.", "guazhang break list"),
    ("verdict", "reversed", "平台结算后又冲正了。", "The platform settled it and took it back.", "guazhang export undo --dry-run"),
    ("verdict", "ambiguous", "平台有几笔都可能是它，须由人选定。", "Several rows of the platform could be it; a person has to choose.", "guazhang break list"),

    ("fact", "admitted_at", "住院患者的入院时间。", "When an inpatient came.", "guazhang amend ID --admitted-at TIME"),
    ("fact", "anomaly", "这一笔有异常，须上报。", "Something is wrong with it that has to be reported.", "guazhang amend ID --anomaly yes"),
    ("fact", "applied_on", "纸面表格上的申请日期，备案按它生效。", "The date on the paper form; a filing takes effect from it.", "guazhang amend ID --applied-on DATE"),
    ("fact", "arrears", "参保人欠缴保费。", "The insured person is behind with the premium.", "guazhang amend ID --arrears yes"),
    ("fact", "chosen_route", "有几条去向可选时，患者选定的那一条。", "Of several ways back the one the patient chose.", "guazhang amend ID --fact chosen_route=resettle"),
    ("fact", "credential", "就诊所持凭证：社保卡 card、医保电子凭证 e_voucher、身份证 id。", "What the patient showed: card, e_voucher or id.", "guazhang amend ID --credential card"),
    ("fact", "dischargeable", "住院患者已符合出院条件。", "An inpatient is well enough to leave.", "guazhang amend ID --dischargeable yes"),
    ("fact", "discharged_at", "住院患者的出院时间；不填表示仍在院。", "When an inpatient left; unknown while still in hospital.", "guazhang amend ID --discharged-at TIME"),
    ("fact", "facility", "就诊机构的编码。", "Code of the facility that treated the patient.", "guazhang facility list"),
    ("fact", "facility_area", "就诊机构所在地，六位区划代码。", "Where that facility is, six digits of the place.", "guazhang amend ID --fact facility_area=140902"),
    ("fact", "facility_level", "就诊机构的等级，通告按等级区分时要用。", "The facility's level, where a notice distinguishes by it.", "guazhang amend ID --fact facility_level=3"),
    ("fact", "filed", "异地就医等已办备案。", "The filing that this case needs was made before.", "guazhang amend ID --filed yes"),
    ("fact", "first_admitted_at", "中途结算或转换前，这次住院最早的入院时间。", "When the stay really began, before an interim settlement or a conversion.", "guazhang show ID"),
    ("fact", "insurance", "险种代码，如 310 职工、390 居民。", "The code of the insurance, such as 310 employees and 390 residents.", "guazhang amend ID --insurance 310"),
    ("fact", "insured_area", "参保地，六位区划代码。", "Where the person is insured, six digits of the place.", "guazhang amend ID --insured-area 140902"),
    ("fact", "kind", "类别：门诊、住院、购药、备案。", "Outpatient, inpatient, purchase or filing.", "guazhang add --help"),
    ("fact", "line", "业务类型，如普通 ordinary、慢特病 chronic、生育 maternity。", "The business line, such as ordinary, chronic or maternity.", "guazhang amend ID --line chronic"),
    ("fact", "linked_census", "这次住院在在院名册里的编号。", "Its number in the census of patients in hospital.", "guazhang census list --all"),
    ("fact", "locality", "本地参保本地就医 local，异地参保来本地 inbound，本地参保去异地 outbound。", "local: insured and treated here; inbound: insured elsewhere; outbound: treated elsewhere.", "guazhang amend ID --locality local"),
    ("fact", "next_visit_at", "患者下次来的时间，可把补办排到那天。", "When the patient comes next, so that it can be done then.", "guazhang amend ID --fact next_visit_at=DATE"),
    ("fact", "occurred_at", "费用发生的时间；是否落在停机时段看它。", "When the cost arose; it decides whether the case falls into the stop.", "guazhang amend ID --occurred-at TIME"),
    ("fact", "papers", "已留存的材料。", "The papers that are kept.", "guazhang paper ID keep receipt"),
    ("fact", "payment_method", "患者怎样付的：现金、银行卡、微信等。", "How the patient paid: cash, bank card, WeChat and so on.", "guazhang amend ID --pay-method cash"),
    ("fact", "person_group", "参保人群，按机构写法。", "The group of the insured person, as the facility writes it.", "guazhang amend ID --person-group TEXT"),
    ("fact", "prepaid", "患者是否已全额垫付；付清即是，没付即否，付了一部分须写明。", "Whether the patient paid in full; it follows from the amounts unless only a part was paid.", "guazhang amend ID --prepaid yes"),
    ("fact", "registered_on", "备案由人工录入后，平台自哪一天起认可；有此日期即可销号。", "From which day the platform has a filing that somebody entered by hand; with it the filing can be cleared.", "guazhang amend ID --fact registered_on=DAY"),
    ("fact", "scheme", "制度，如城乡居民、公务员补助。", "The scheme, such as residents or the supplement of civil servants.", "guazhang amend ID --fact scheme=TEXT"),
    ("fact", "settled_before_at", "停机前已在旧系统结算的时间；旧结算的退费按它判定。", "When it was settled in the old system; refunds of such are decided by it.", "guazhang amend ID --fact settled_before_at=TIME"),
    ("fact", "third_party", "有第三方责任，如交通事故。", "Somebody else is liable, as after a traffic accident.", "guazhang amend ID --fact third_party=yes"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FACTS, Route, Stage, Status, Verdict};
    use crate::text::Label;

    #[test]
    fn every_stage_route_status_verdict_and_fact_has_its_sentence_and_nothing_else_does() {
        fn ids<T: Label>(what: &'static str, all: &[T]) -> Vec<(&'static str, &'static str)> {
            all.iter().map(|value| (what, value.id())).collect()
        }
        let mut wanted = ids("stage", Stage::ALL);
        wanted.extend(ids("route", Route::ALL));
        wanted.extend(ids("status", Status::ALL));
        wanted.extend(ids("verdict", Verdict::ALL));
        wanted.extend(FACTS.iter().map(|(name, _)| ("fact", *name)));
        let mut have: Vec<_> = TEXTS.iter().map(|text| (text.0, text.1)).collect();
        wanted.sort_unstable();
        have.sort_unstable();
        assert_eq!(have, wanted);
    }
}
