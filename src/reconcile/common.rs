//! What a claim and a row have in common, to be kept with a match and told in words.

use super::{Claim, Row};
use crate::closed_list;

closed_list! {
    /// Something both sides know, and know alike.
    Shared as "key" {
        Issued = "issued_key", "本机构结算标识", "the key issued by the facility";
        Answered = "answered_key", "回执结算ID", "the settlement id of the answer";
        Visit = "visit", "就诊ID", "the visit id";
        RecordNo = "record_no", "记录编号", "the record number";
        Receipt = "receipt", "票据号", "the receipt number";
        Person = "person", "人员", "the person";
        Total = "total", "金额", "the total";
        Kind = "kind", "类别", "the kind";
    }
}

impl Claim {
    /// Everything this claim has in common with a row, the strongest first.
    pub fn in_common(&self, row: &Row) -> impl Iterator<Item = Shared> + use<> {
        let same = |one: Option<_>, other: Option<_>| one.is_some() && one == other;
        let known = (self.cert.is_some() && row.cert.is_some()) || (self.psn.is_some() && row.psn.is_some());
        let found = [
            (Shared::Issued, same(self.issued, row.issued)),
            (Shared::Answered, same(self.answered, Some(row.setl))),
            (Shared::Visit, same(self.visit, row.visit)),
            (Shared::RecordNo, same(self.record_no, row.record_no)),
            (Shared::Receipt, same(self.receipt, row.receipt)),
            (Shared::Person, known && self.same_person(row)),
            (Shared::Total, self.total == row.signed()),
            (Shared::Kind, self.kind.is_some() && self.kind == row.kind),
        ];
        found.into_iter().filter(|(_, is)| *is).map(|(shared, _)| shared)
    }
}
