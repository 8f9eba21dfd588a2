//! What comes out: a verdict for every claim and every row, and the choices left to a person.
//!
//! Positions are indexes into the lists that were given.

use super::Bridge;
use crate::closed_list;
use crate::domain::{Money, Part, Reason, Verdict};

closed_list! {
    /// What a match rests on, strongest first: the stage that found it.
    Ground as "ground" {
        ByHand = "by_hand", "人工指定", "put together by a person";
        Confirmed = "confirmed", "已确认", "confirmed before";
        IssuedKey = "issued_key", "本机构结算标识", "key issued by the facility";
        AnsweredKey = "answered_key", "回执结算ID", "settlement id of an answer";
        Visit = "visit", "就诊ID", "visit id";
        RecordNo = "record_no", "记录编号", "record number";
        Receipt = "receipt", "票据号", "receipt number";
        PersonTotal = "person_total", "人员与金额", "person and exact total";
        PersonAlone = "person_alone", "同一人员余下各一笔", "the person's only one left on each side";
    }
}

closed_list! {
    /// Why a claim and a row are suggested to a person and not joined.
    Likeness as "likeness" {
        Keys = "keys", "编号互相矛盾", "their keys contradict each other";
        Equal = "equal", "同一人员同一金额不止一笔", "several of this person and total";
        Sum = "sum", "合计相等", "their sums agree";
        Person = "person", "同一人员", "the same person";
        Late = "late", "期限之后结算", "settled after the deadline";
        Kind = "kind", "人员与金额相同，类别不同", "person and total agree, the kind does not";
        IdDigit = "id_digit", "证件号码一位之差", "one digit of the identity number differs";
        Name = "name", "姓名相同", "the same name";
        NameVariant = "name_variant", "姓名写法不同", "the name is spelt another way";
        Total = "total", "金额相同，一方未注明人员", "the same total, and one side does not say who it is";
        ReceiptDigit = "receipt_digit", "票据号一位之差", "one digit of the receipt number differs";
        NumberDigit = "number_digit", "记录编号一位之差", "one digit of the record number differs";
    }
}

impl Likeness {
    /// The reason of the break that a suggestion opens.
    pub fn reason(self) -> Reason {
        match self {
            Likeness::Late => Reason::OutsideWindow,
            Likeness::Kind => Reason::TypeDiffers,
            Likeness::IdDigit | Likeness::Name | Likeness::NameVariant => Reason::PersonDiffers,
            Likeness::Keys
            | Likeness::Equal
            | Likeness::Sum
            | Likeness::Person
            | Likeness::Total
            | Likeness::ReceiptDigit
            | Likeness::NumberDigit => Reason::Ambiguous,
        }
    }
}

/// What reconciling says of one claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimVerdict {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, where something does not agree.
    pub reason: Option<Reason>,
    /// What the match rests on.
    pub ground: Option<Ground>,
    /// The row that settles it, shared with others of its group or not; `None` unless exactly one does.
    pub row: Option<u32>,
    /// What the platform has more than the ledger, in fen: zero where matched, all the surplus where settled twice.
    pub difference: Money,
}

/// What reconciling says of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowVerdict {
    /// The verdict. A reversal without its original is `reversed` with reason P5.
    pub verdict: Verdict,
    /// Why, where something does not agree.
    pub reason: Option<Reason>,
    /// What its place rests on.
    pub ground: Option<Ground>,
    /// The claim it belongs to.
    pub claim: Option<u32>,
    /// The other half: the reversal of a settlement, the settlement of a reversal.
    pub pair: Option<u32>,
    /// The row that says the same already; only that one counts.
    pub repeat_of: Option<u32>,
}

/// Claims and rows that may belong together, in more than one way or on too weak a ground. Nothing was joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Claims, by id.
    pub claims: Vec<u32>,
    /// Rows, by `setl_id` key.
    pub rows: Vec<u32>,
    /// Why they are suggested.
    pub likeness: Likeness,
    /// Both sides have the same sum, as when one settlement covers several records.
    pub sums_agree: bool,
}

/// One claim that several rows settle, or several claims that one row settles, to the fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Claims, by id.
    pub claims: Vec<u32>,
    /// Rows, by `setl_id` key.
    pub rows: Vec<u32>,
}

impl Joined {
    /// Which side is several.
    pub fn part(&self) -> Part {
        if self.claims.len() > 1 { Part::Joint } else { Part::Parts }
    }
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// One per claim, in the order given.
    pub claims: Vec<ClaimVerdict>,
    /// One per row, in the order given.
    pub rows: Vec<RowVerdict>,
    /// What a person has to choose from.
    pub groups: Vec<Group>,
    /// The groups that were matched; their claims and rows are `matched`.
    pub joined: Vec<Joined>,
    /// Claims, and rows that came into question for them and were beaten by another.
    pub beaten: Vec<(u32, u32)>,
    /// Both sides' sums and what lies between them.
    pub bridge: Bridge,
}

impl Outcome {
    /// Claims and rows that do not simply agree; repeats and paired reversals are not among them.
    pub fn breaks(&self) -> usize {
        let claims = self.claims.iter().filter(|claim| claim.verdict != Verdict::Matched).count();
        let rows = self.rows.iter().filter(|row| {
            let alone = row.claim.is_none() && row.pair.is_none() && row.repeat_of.is_none();
            alone && row.verdict != Verdict::Matched
        });
        claims + rows.count()
    }
}

impl ClaimVerdict {
    /// Before anything is known.
    pub(super) const OPEN: ClaimVerdict = ClaimVerdict {
        verdict: Verdict::Missing,
        reason: None,
        ground: None,
        row: None,
        difference: Money::ZERO,
    };

    /// A person has to look; the first reason of the list stays.
    pub(super) fn mark(&mut self, reason: Reason) {
        let kept = self.reason.filter(|_| self.is_marked());
        self.verdict = Verdict::Ambiguous;
        self.reason = Some(kept.map_or(reason, |kept| kept.min(reason)));
    }

    pub(super) fn is_marked(&self) -> bool {
        self.verdict == Verdict::Ambiguous
    }
}

impl RowVerdict {
    /// Before anything is known.
    pub(super) const OPEN: RowVerdict = RowVerdict {
        verdict: Verdict::Extra,
        reason: None,
        ground: None,
        claim: None,
        pair: None,
        repeat_of: None,
    };

    /// A person has to look; the first reason of the list stays.
    pub(super) fn mark(&mut self, reason: Reason) {
        let kept = self.reason.filter(|_| self.is_marked());
        self.verdict = Verdict::Ambiguous;
        self.reason = Some(kept.map_or(reason, |kept| kept.min(reason)));
    }

    pub(super) fn is_marked(&self) -> bool {
        self.verdict == Verdict::Ambiguous
    }
}
