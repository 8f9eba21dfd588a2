//! What to do where nobody knows what came of a call: whether it may simply be
//! given again, and how to ask where it may not.
//!
//! The rules are the interface's own. 2601 (冲正) takes back what the call named by its
//! message id did, if it did anything; 5203 reads back a settlement whose id is known.
//! Nothing here sends a call or remembers one.

use crate::closed_list;
use crate::domain::{Answer, Kind};
use crate::text::Lang;

closed_list! {
    /// How an unknown outcome was found out.
    Inquiry as "by" {
        Reversal = "2601", "冲正交易 2601", "reversal 2601";
        Query = "5203", "结算信息查询 5203", "settlement query 5203";
        Statement = "statement", "平台结算明细", "the platform's statement";
        Person = "person", "向平台、经办机构或供应商询问", "asking the platform, the agency or the vendor";
    }
}

closed_list! {
    /// How to go on after a call whose outcome is unknown.
    GoOn as "go_on" {
        Repeat = "repeat", "可以重发", "give it again";
        Reverse = "reverse", "先冲正", "reverse it first";
        ReadBack = "read_back", "先查询", "read it back first";
        TakeBack = "take_back", "先撤销再重传", "take it back, then again";
        Ask = "ask", "先询问", "ask first";
    }
}

/// How to go on after each transaction, and the call that undoes what it may have done.
#[rustfmt::skip] // the columns are the point
const AFTER: &[(&str, GoOn, &str)] = &[
    ("1101", GoOn::Repeat,   ""),
    ("2101", GoOn::Repeat,   ""),
    ("2102", GoOn::Reverse,  "2103"),
    ("2103", GoOn::Reverse,  ""),
    ("2201", GoOn::Ask,      "2202"),
    ("2202", GoOn::Ask,      ""),
    ("2203", GoOn::Repeat,   ""),
    ("2204", GoOn::TakeBack, "2205"),
    ("2205", GoOn::Repeat,   ""),
    ("2206", GoOn::Repeat,   ""),
    ("2207", GoOn::Reverse,  "2208"),
    ("2208", GoOn::Reverse,  ""),
    ("2301", GoOn::TakeBack, "2302"),
    ("2302", GoOn::Repeat,   ""),
    ("2303", GoOn::Repeat,   ""),
    ("2304", GoOn::Reverse,  "2305"),
    ("2305", GoOn::ReadBack, ""),
    ("2401", GoOn::Reverse,  "2404"),
    ("2402", GoOn::TakeBack, "2405"),
    ("2403", GoOn::Repeat,   ""),
    ("2404", GoOn::Ask,      ""),
    ("2405", GoOn::Ask,      ""),
];

/// How to go on after a call whose outcome is unknown. What nobody knows is asked about.
pub fn go_on(infno: &str) -> GoOn {
    AFTER.iter().find(|(call, ..)| *call == infno).map_or(GoOn::Ask, |(_, how, _)| *how)
}

/// The call that settles records of a kind, or registers a filing of that line; empty where there is no such call.
pub fn settling_call(kind: Kind, line: &str) -> &'static str {
    match (kind, line) {
        (Kind::Outpatient, _) => "2207",
        (Kind::Inpatient, _) => "2304",
        (Kind::Purchase, _) => "2102",
        (Kind::Filing, "referral") => "2501",
        (Kind::Filing, "chronic_enrolment") => "2503",
        (Kind::Filing, "offsite") => "2505",
        (Kind::Filing, _) => "",
    }
}

/// Whether a call takes a settlement back, or withdraws a filing.
pub fn takes_settlement_back(infno: &str) -> bool {
    matches!(infno, "2103" | "2208" | "2305" | "2502" | "2504" | "2506")
}

impl GoOn {
    /// Nothing needs to be asked: the same call may be given again, or what it may have done is taken back first.
    pub fn is_safe(self) -> bool {
        matches!(self, GoOn::Repeat | GoOn::TakeBack)
    }
}

/// What to do after a call whose outcome is unknown, in one sentence.
pub fn go_on_words(infno: &str, lang: Lang) -> String {
    let undone_by = AFTER.iter().find(|(call, ..)| *call == infno).map_or("", |(.., undo)| undo);
    let call = if infno.is_empty() { lang.pick("该笔业务", "the call") } else { infno };
    match (go_on(infno), lang) {
        (GoOn::Repeat, Lang::Zh) => format!("{call} 重复调用不会重复记账，可以重新导出"),
        (GoOn::Repeat, Lang::En) => format!("{call} books nothing twice; export the record again"),
        (GoOn::TakeBack, Lang::Zh) => {
            format!("{call} 可能已生效；重新导出时先以 {undone_by} 撤销，不必另行询问")
        }
        (GoOn::TakeBack, Lang::En) => {
            format!("{call} may have been taken; the next export takes it back with {undone_by} first")
        }
        (GoOn::Reverse, Lang::Zh) => format!(
            "先问后发：以原报文 ID 调用 2601 冲正 {call}（冲正成功即为未办成）；已知结算 ID 时用 5203 查询；\
             对账明细中有该笔也可为凭。再用 batch ack 或 batch asked 记下结果"
        ),
        (GoOn::Reverse, Lang::En) => format!(
            "ask before you repeat: reverse {call} with 2601 and its message id (then it is not done), or read it \
             back with 5203 where its setl_id is known, or find it on a statement; then batch ack or batch asked"
        ),
        (GoOn::ReadBack, Lang::Zh) => {
            format!(
                "先问后发：{call} 是否可用 2601 冲正没有定论，用 5203 以原结算 ID 查询退费标志，再记下结果"
            )
        }
        (GoOn::ReadBack, Lang::En) => format!(
            "ask before you repeat: it is not certain that 2601 reverses {call}; read the settlement back with 5203 \
             and look at its refund flag, then write down what was found"
        ),
        (GoOn::Ask, Lang::Zh) => {
            format!(
                "先问后发：2601 和 5203 都不适用于 {call}，请凭报文 ID 向平台或经办机构询问，再用 batch asked 记下结果"
            )
        }
        (GoOn::Ask, Lang::En) => format!(
            "ask before you repeat: neither 2601 nor 5203 is for {call}; ask the platform or the agency by the \
             message id, then write it down with batch asked"
        ),
    }
}

/// What the platform has of a record after those of its calls that are known, where it is not settled: a visit or stay
/// that was begun, its lines, its discharge. Whatever stands is taken back before the record is sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// `mdtrt_id` of the visit or stay; empty where none stands.
    pub mdtrt_id: String,
    /// `psn_no` that the platform returned.
    pub psn_no: String,
    /// Fee lines stand, or may stand.
    pub lines: bool,
    /// The discharge stands, or may stand.
    pub discharged: bool,
}

impl Begun {
    /// Takes the next call of the record: what it did is there, and what it took back is not. An unknown outcome
    /// counts as done where taking back what is not there does no harm.
    pub fn take(&mut self, infno: &str, answer: Answer, mdtrt_id: &str, psn_no: &str) {
        if answer == Answer::Accepted && !psn_no.is_empty() {
            psn_no.clone_into(&mut self.psn_no);
        }
        match (infno, answer) {
            (_, Answer::Refused | Answer::NotDone) => {}
            ("2201" | "2401", Answer::Accepted) => {
                let psn_no = std::mem::take(&mut self.psn_no);
                *self = Begun { mdtrt_id: mdtrt_id.to_owned(), psn_no, ..Begun::default() };
            }
            // With its settlement gone a visit stands, with all that was settled in it.
            ("2208" | "2305", Answer::Accepted) => {
                if self.mdtrt_id.is_empty() {
                    mdtrt_id.clone_into(&mut self.mdtrt_id);
                }
                self.lines = self.stands();
                self.discharged = self.stands() && infno == "2305";
            }
            ("2204" | "2301", _) => self.lines = true,
            ("2402", _) => self.discharged = true,
            ("2205" | "2302", Answer::Accepted) => self.lines = false,
            ("2405", Answer::Accepted) => self.discharged = false,
            ("2202" | "2404", Answer::Accepted) => {
                self.mdtrt_id.clear();
                (self.lines, self.discharged) = (false, false);
            }
            _ => {}
        }
    }

    /// A visit or stay stands that nobody settled.
    pub fn stands(&self) -> bool {
        !self.mdtrt_id.is_empty()
    }

    /// In words.
    pub fn words(&self, lang: Lang) -> String {
        let parts = [
            Some(lang.pick("已登记就诊", "the visit is registered")),
            self.lines.then_some(lang.pick("已上传明细", "its lines are uploaded")),
            self.discharged.then_some(lang.pick("已办出院", "it is discharged")),
        ];
        let said = parts.into_iter().flatten().collect::<Vec<_>>().join(lang.pick("、", ", "));
        match lang {
            Lang::Zh => format!("{said}（{}）；重新导出时先撤销", self.mdtrt_id),
            Lang::En => format!("{said} ({}); the next export takes it back first", self.mdtrt_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_chain_came() {
        use Answer::{Accepted as Yes, Refused as No, Unknown};
        type Case = (&'static [(&'static str, Answer)], (bool, bool, bool));
        let cases: &[Case] = &[
            (&[], (false, false, false)),
            (&[("1101", Yes), ("2201", No)], (false, false, false)),
            (&[("1101", Yes), ("2201", Yes), ("2203", No)], (true, false, false)),
            (&[("2201", Yes), ("2204", Unknown)], (true, true, false)),
            (&[("2201", Yes), ("2204", Yes), ("2207", No)], (true, true, false)),
            (&[("2201", Yes), ("2204", Yes), ("2205", Yes), ("2202", Yes)], (false, false, false)),
            (&[("2201", Yes), ("2204", Yes), ("2205", Yes), ("2202", No)], (true, false, false)),
            (&[("2401", Yes), ("2301", Yes), ("2402", Yes), ("2304", No)], (true, true, true)),
            (&[("2401", Yes), ("2301", Yes), ("2402", Unknown)], (true, true, true)),
            (
                &[("2401", Yes), ("2402", Yes), ("2405", Yes), ("2404", Yes), ("2401", Yes)],
                (true, false, false),
            ),
            (&[("2401", Unknown)], (false, false, false)),
            (&[("2208", Yes)], (true, true, false)),
            (&[("2305", Yes), ("2304", No)], (true, true, true)),
            (&[("2305", Yes), ("2405", Yes), ("2302", No)], (true, true, false)),
            (&[("2208", No)], (false, false, false)),
            (&[("2103", Yes), ("2102", No)], (false, false, false)),
        ];
        for (calls, want) in cases {
            let mut begun = Begun::default();
            calls.iter().for_each(|(infno, answer)| begun.take(infno, *answer, "M1", "P1"));
            assert_eq!((begun.stands(), begun.lines, begun.discharged), *want, "{calls:?}");
        }
    }

    #[test]
    fn every_settling_call_is_asked_about() {
        for call in ["2102", "2103", "2207", "2208", "2304", "2305", "2401", "2501", "2503", "2505", ""] {
            assert!(!go_on(call).is_safe(), "{call}");
            for lang in [Lang::Zh, Lang::En] {
                assert!(go_on_words(call, lang).contains(lang.pick("先问后发", "ask before")), "{call}");
            }
        }
        for call in ["1101", "2101", "2203", "2204", "2206", "2301", "2303"] {
            assert!(go_on(call).is_safe(), "{call}");
        }
    }
}
