//! A decision: what a notice says about one record today.
//!
//! The JSON form of these types is the contract of `notice decide` and `show`.

use crate::closed_list;
use crate::domain::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

closed_list! {
    /// How a record gets back (去向).
    Route as "route" {
        Backfill = "backfill", "补录结算", "backfill";
        Resettle = "resettle", "退费重结", "refund and resettle";
        Convert = "convert", "自费转医保", "convert to insured";
        Register = "register", "补登备案", "register filing";
        Manual = "manual", "手工报销", "manual claim";
        Agency = "agency", "经办主动支付", "agency pays";
        Hold = "hold", "暂缓上报", "hold";
        Bear = "bear", "自行负担", "borne by the patient";
        None = "none", "无需处理", "nothing to do";
        NotStated = "not_stated", "通告未载明", "not stated";
    }
}

closed_list! {
    /// Where a record stands under its notice today.
    Status as "status" {
        Open = "open", "可办理", "open";
        DueSoon = "due_soon", "临期", "due soon";
        Overdue = "overdue", "逾期", "overdue";
        Wait = "wait", "待系统恢复", "waits for resumption";
        NotYet = "not_yet", "未到办理时间", "slot not begun";
        Refused = "refused", "不予办理", "refused";
        Undetermined = "undetermined", "待补充信息", "facts missing";
        NotStated = "not_stated", "通告未载明", "not stated";
        Out = "out", "不属停机事项", "not a downtime case";
    }
}

closed_list! {
    /// How the ways back of one decision relate.
    Choice as "choice" {
        First = "first", "依次", "in this order";
        Any = "any", "任选", "free choice";
        Exclusive = "exclusive", "择一", "one bars the others";
    }
}

closed_list! {
    /// Where it is done.
    Place as "place" {
        SameFacility = "same_facility", "原就诊机构", "same facility";
        AnyFacility = "any_facility", "任一定点机构", "any facility";
        InsuredPlaceAgency = "insured_place_agency", "参保地经办机构", "agency of the insured place";
        LocalAgency = "local_agency", "就医地经办机构", "local agency";
    }
}

closed_list! {
    /// Who has to act.
    Owner as "owner" {
        Patient = "patient", "患者", "patient";
        Facility = "facility", "医药机构", "facility";
        Agency = "agency", "经办机构", "agency";
    }
}

closed_list! {
    /// What a deadline rests on.
    Basis as "due_basis" {
        Stated = "stated", "通告载明", "stated";
        Derived = "derived", "推算", "derived from another date";
        NotStated = "not_stated", "未载明", "not stated";
    }
}

closed_list! {
    /// When a duty falls.
    Phase as "phase" {
        Before = "before", "停机前", "before";
        During = "during", "停机中", "during";
        After = "after", "恢复后", "after";
    }
}

/// One way back (an `option` of the contract).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayBack {
    /// The way.
    pub route: Route,
    /// Where it stands today.
    pub status: Status,
    /// How it relates to the others.
    pub choice: Choice,
    /// Where it is done.
    pub place: Option<Place>,
    /// Who has to act.
    pub owner: Option<Owner>,
    /// The first second at which it can be done.
    pub opens_at: Option<Time>,
    /// The last second at which it can be done.
    pub due_at: Option<Time>,
    /// What the deadline rests on.
    pub due_basis: Basis,
    /// The times hang on a resumption that is only expected.
    pub provisional: bool,
    /// Papers it asks for.
    pub papers: Vec<String>,
    /// Those of them that are not kept yet.
    pub missing_papers: Vec<String>,
    /// Why it is refused.
    pub refused: Option<String>,
    /// What else follows: benefit year, effective date, one stay.
    pub effects: Map<String, Value>,
    /// The clause it rests on.
    pub clause: String,
}

/// Something a notice asks of someone, apart from the record's own way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Before, during or after the stop.
    pub phase: Phase,
    /// What is to be done, such as `discharge_settle`.
    pub action: String,
    /// By when.
    pub due_at: Option<Time>,
    /// By whom.
    pub who: String,
    /// The clause it rests on.
    pub clause: String,
}

/// What the notices say about one record, as of one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Version of this form.
    pub schema: u32,
    /// Id of the notice that answered; empty where none applies.
    pub notice: String,
    /// The record falls into the stop.
    pub in_window: bool,
    /// The window it falls into.
    pub window: Option<String>,
    /// The status of the best option.
    pub status: Status,
    /// The ways back, in order.
    pub options: Vec<WayBack>,
    /// What is asked of someone besides.
    pub duties: Vec<Duty>,
    /// Facts that must be known before this can be decided.
    pub needs: Vec<String>,
    /// Sources that contradict each other, one line each; never chosen silently.
    pub conflicts: Vec<String>,
}

impl Decision {
    /// The first way back, which is the one to take unless someone chooses.
    pub fn best(&self) -> Option<&WayBack> {
        self.options.iter().find(|way| way.status == self.status).or(self.options.first())
    }

    /// The earliest deadline that still counts.
    pub fn due_at(&self) -> Option<Time> {
        self.best().and_then(|way| way.due_at)
    }
}
