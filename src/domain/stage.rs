//! Stages of a record and the steps between them. One table; everything else is refused.

use crate::closed_list;

closed_list! {
    /// How far a record has come.
    Stage as "stage" {
        Draft = "draft", "草稿", "draft";
        Pending = "pending", "待处理", "pending";
        Exported = "exported", "已导出", "exported";
        Settled = "settled", "已结算", "settled";
        Refunded = "refunded", "已退费", "refunded";
        Cleared = "cleared", "已销号", "cleared";
        Rejected = "rejected", "平台拒绝", "rejected";
        HandedOver = "handed_over", "已移交", "handed over";
        Held = "held", "暂缓", "held";
        Void = "void", "已作废", "void";
    }
}

closed_list! {
    /// What moves a record from one stage to the next.
    Step as "step" {
        Record = "record", "登记", "record";
        Export = "export", "导出", "export";
        Recall = "recall", "撤回批次", "recall the batch";
        Reject = "reject", "平台拒绝", "refused by the platform";
        Accept = "accept", "平台受理", "accepted by the platform";
        Correct = "correct", "更正", "correct";
        Settle = "settle", "结算", "settle";
        Unsettle = "unsettle", "撤销结算", "undo the settlement";
        Undo = "undo", "撤销平台结算", "taken back on the platform";
        Redo = "redo", "撤销后重新结算", "taken back and settled again";
        Refund = "refund", "退费", "pay the refund";
        Handover = "handover", "移交", "hand over";
        Unhand = "unhand", "撤回移交", "take the handover back";
        Hold = "hold", "暂缓", "hold";
        Release = "release", "解除暂缓", "release";
        Clear = "clear", "销号", "clear";
        Void = "void", "作废", "void";
    }
}

impl Stage {
    /// The stage after `step`, or `None` where that step is not allowed here.
    pub fn after(self, step: Step) -> Option<Stage> {
        use Stage::{Cleared, Draft, Exported, HandedOver, Held, Pending, Refunded, Rejected, Settled, Void};
        #[rustfmt::skip] // the columns are the point
        #[expect(clippy::match_same_arms, reason = "one line per step, even where two end alike")]
        let next = match (self, step) {
            (Draft,                          Step::Record)   => Pending,
            (Pending | Rejected,             Step::Correct)  => Pending,
            (Pending | Rejected,             Step::Export)   => Exported,
            (Exported,                       Step::Correct)  => Exported,
            (Settled,                        Step::Correct)  => Settled,
            (Exported,                       Step::Recall)   => Pending,
            (Exported,                       Step::Reject)   => Rejected,
            (Exported,                       Step::Accept)   => Exported,
            (Pending | Exported | Rejected,  Step::Settle)   => Settled,
            (Settled,                        Step::Unsettle) => Pending,
            (Settled | Exported,             Step::Undo)     => Pending,
            (Settled | Exported,             Step::Redo)     => Exported,
            (Settled,                        Step::Refund)   => Refunded,
            (Pending | Rejected | Held,      Step::Handover) => HandedOver,
            (HandedOver,                     Step::Unhand)   => Pending,
            (Pending | Rejected,             Step::Hold)     => Held,
            (Held,                           Step::Release)  => Pending,
            (Exported | Settled | Refunded | HandedOver | Held | Pending, Step::Clear) => Cleared,
            (Draft | Pending | Rejected | Held, Step::Void)  => Void,
            _ => return None,
        };
        Some(next)
    }

    /// Nothing is left to be done.
    pub fn is_closed(self) -> bool {
        matches!(self, Stage::Cleared | Stage::Void)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_record_moves_no_more() {
        for &stage in Stage::ALL.iter().filter(|stage| stage.is_closed()) {
            assert!(Step::ALL.iter().all(|&step| stage.after(step).is_none()), "{stage:?}");
        }
    }

    #[test]
    fn what_the_platform_took_back_is_open_again() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (Stage::Settled,  Step::Undo, Some(Stage::Pending)),
            (Stage::Exported, Step::Undo, Some(Stage::Pending)),
            (Stage::Settled,  Step::Redo, Some(Stage::Exported)),
            (Stage::Exported, Step::Redo, Some(Stage::Exported)),
            (Stage::Refunded, Step::Undo, None),
            (Stage::Pending,  Step::Redo, None),
        ];
        for (stage, step, to) in cases {
            assert_eq!(stage.after(step), to, "{stage:?} {step:?}");
        }
        for stage in Stage::ALL {
            for leaves in crate::domain::Leaves::ALL {
                let step = leaves.step(*stage);
                assert!(step.is_none_or(|step| stage.after(step).is_some()), "{stage:?} {leaves:?}");
            }
        }
    }

    #[test]
    fn a_refund_comes_after_the_settlement() {
        assert_eq!(Stage::Settled.after(Step::Refund), Some(Stage::Refunded));
        assert_eq!(Stage::Refunded.after(Step::Refund), None);
        assert_eq!(Stage::Pending.after(Step::Refund), None);
    }
}
