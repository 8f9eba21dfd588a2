//! Who may do what: roles, rights, and the one table that joins them.
//!
//! Every change of the ledger is an event, and every kind of event belongs to
//! one right; the ledger asks here before it writes one. Reading the masked
//! books needs no right.

use crate::closed_list;
use crate::domain::{EventKind, SealReason};

closed_list! {
    /// What an operator is in the facility.
    Role as "role" {
        Cashier = "cashier", "收费员", "cashier";
        It = "it", "信息员", "facility IT";
        Auditor = "auditor", "审计员", "auditor";
        Admin = "admin", "管理员", "administrator";
    }
}

closed_list! {
    /// What a role may be allowed to do.
    Right as "right" {
        Record = "record", "登记与更正", "record, correct and void";
        Refund = "refund", "退费", "pay refunds";
        Import = "import", "导入", "import records, census and account lists";
        Exchange = "exchange", "导出批次与回执", "export batches and take answers";
        Reconcile = "reconcile", "对账", "reconcile";
        Resolve = "resolve", "处理差异与销号", "resolve breaks and clear records";
        Sign = "sign", "复核签字", "sign what others resolved";
        Signoff = "signoff", "对账签字确认", "sign a reconciliation off";
        Setup = "setup", "通告与机构", "notices, resumptions and facilities";
        Reveal = "reveal", "查看身份信息", "see identities in full";
        Keep = "keep", "备份与签封", "back up and seal";
        Operators = "operators", "操作员管理", "operators and their roles";
        Limits = "limits", "限额设定", "set limits";
    }
}

/// The table. An administrator may do all of it, though never sign what was resolved under the same name.
#[rustfmt::skip] // the columns are the point
const TABLE: &[(Role, &[Right])] = &[
    (Role::Cashier, &[Right::Record, Right::Refund, Right::Reveal]),
    (Role::It,      &[Right::Record, Right::Import, Right::Exchange, Right::Reconcile, Right::Resolve, Right::Setup, Right::Reveal, Right::Keep]),
    (Role::Auditor, &[Right::Sign, Right::Signoff, Right::Reveal, Right::Keep]),
    (Role::Admin,   Right::ALL),
];

impl Role {
    /// What this role may do.
    pub fn rights(self) -> &'static [Right] {
        TABLE.iter().find(|(role, _)| *role == self).map_or(&[], |(_, rights)| rights)
    }

    /// Whether this role may do it.
    pub fn may(self, right: Right) -> bool {
        self.rights().contains(&right)
    }
}

impl Right {
    /// The roles that have it, in the order of the list.
    pub fn roles(self) -> Vec<Role> {
        Role::ALL.iter().copied().filter(|role| role.may(self)).collect()
    }
}

impl EventKind {
    /// The right that an operator needs to cause it; `None` for what the ledger itself writes down.
    #[expect(clippy::match_same_arms, reason = "an arm for each part of the day's work")]
    pub fn right(self) -> Option<Right> {
        Some(match self {
            EventKind::Created | EventKind::Migrated | EventKind::UnlockFailed | EventKind::Unlocked => {
                return None;
            }
            // What a seal takes hangs on what it is made for, see [`SealReason::right`].
            EventKind::Sealed => return None,
            // A backup holds nothing that its maker could not copy anyway, and is made at night by a timer.
            EventKind::BackedUp | EventKind::Restored | EventKind::Repaired => return None,
            EventKind::Recorded | EventKind::Amended | EventKind::Voided => Right::Record,
            EventKind::Held | EventKind::Released | EventKind::CensusDone | EventKind::DutyDone => {
                Right::Record
            }
            EventKind::ShiftOpened | EventKind::ShiftClosed => Right::Record,
            EventKind::PaperKept | EventKind::PaperReturned | EventKind::PaperMissing => Right::Record,
            EventKind::Refunded => Right::Refund,
            EventKind::Imported | EventKind::CensusTaken | EventKind::AccountsLoaded => Right::Import,
            EventKind::Prepared | EventKind::Exported | EventKind::Recalled => Right::Exchange,
            EventKind::Answered | EventKind::Asked | EventKind::HandedOver => Right::Exchange,
            EventKind::AccountsExported => Right::Exchange,
            EventKind::Reconciled | EventKind::RunUndone => Right::Reconcile,
            EventKind::AccountsCompared | EventKind::AccountsRehearsed => Right::Reconcile,
            EventKind::Paired | EventKind::Parted => Right::Reconcile,
            EventKind::BreakAssigned | EventKind::BreakResolved | EventKind::Cleared => Right::Resolve,
            // To send a resolution back is the other half of looking at it.
            EventKind::BreakSigned | EventKind::BreakReopened => Right::Sign,
            EventKind::SignoffCreated | EventKind::SignoffSigned => Right::Signoff,
            EventKind::LimitSet => Right::Limits,
            EventKind::FacilityAdded | EventKind::DeskSet | EventKind::NoticeAdded | EventKind::Resumed => {
                Right::Setup
            }
            // Whoever records at a window also carries its books to the centre and its answers back: what comes in is
            // signed by somebody whom the ledger was told to trust, and leaves no choice to who opens it.
            EventKind::BundleSealed | EventKind::Merged | EventKind::SetAside => Right::Record,
            EventKind::Quarantined | EventKind::WindowsCompared => Right::Record,
            EventKind::PeerTrusted | EventKind::PeerRevoked => Right::Setup,
            EventKind::QuarantineLifted => Right::Operators,
            EventKind::Revealed => Right::Reveal,
            EventKind::OperatorAdded | EventKind::OperatorDisabled | EventKind::RecoveryRenewed => {
                Right::Operators
            }
            // A report shows nothing that its reader may not list; who asks for identities is asked for that right.
            EventKind::Reported => return None,
            // Their own passphrase anyone may change; the keyring sees to it that it is their own.
            EventKind::PassphraseChanged => return None,
        })
    }
}

impl SealReason {
    /// The right that an operator needs to seal the chain for this reason: a cashier seals a shift and nothing else.
    pub fn right(self) -> Right {
        match self {
            SealReason::Shift => Right::Record,
            SealReason::Asked | SealReason::Export | SealReason::Backup | SealReason::Signoff => Right::Keep,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Label as _;

    #[test]
    fn each_role_has_its_rights() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (Role::Cashier, Right::Record,    true),
            (Role::Cashier, Right::Exchange,  false),
            (Role::Cashier, Right::Resolve,   false),
            (Role::It,      Right::Resolve,   true),
            (Role::It,      Right::Sign,      false),
            (Role::It,      Right::Operators, false),
            (Role::Auditor, Right::Record,    false),
            (Role::Auditor, Right::Sign,      true),
            (Role::Auditor, Right::Signoff,   true),
            (Role::It,      Right::Signoff,   false),
            (Role::It,      Right::Limits,    false),
            (Role::Admin,   Right::Operators, true),
        ];
        for (role, right, may) in cases {
            assert_eq!(role.may(right), may, "{} {}", role.id(), right.id());
        }
    }

    #[test]
    fn every_right_is_somebodys() {
        for right in Right::ALL {
            assert!(!right.roles().is_empty(), "{}", right.id());
        }
    }
}
