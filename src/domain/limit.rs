//! Limits: up to how much money one person may let a difference rest, and up to
//! how much may stay open when a reconciliation is signed.
//!
//! What a ledger was told otherwise stands in it; here are the values for one
//! that was told nothing.

use crate::closed_list;
use crate::domain::{Money, Role};

closed_list! {
    /// What a limit is of.
    Limit as "limit" {
        WaiveIt = "waive_it", "信息员单人豁免限额", "waiving by facility IT alone";
        WaiveAdmin = "waive_admin", "管理员单人豁免限额", "waiving by an administrator alone";
        Signoff = "signoff", "签字时可留差异限额", "left open at a sign-off";
        Account = "account", "账户余额核实限额", "balance above which an account is verified first";
    }
}

impl Limit {
    /// The limit within which somebody of this role waives alone. A ledger without encryption knows no roles: whoever
    /// works there counts as its administrator. `None` where the role waives nothing.
    pub fn to_waive(role: Option<Role>) -> Option<Limit> {
        match role {
            Some(Role::It) => Some(Limit::WaiveIt),
            Some(Role::Admin) | None => Some(Limit::WaiveAdmin),
            Some(Role::Cashier | Role::Auditor) => None,
        }
    }

    /// What holds until somebody sets it: 50 and 200 yuan, nothing left open, and 100,000 yuan in one account.
    pub fn by_default(self) -> Money {
        Money::from_fen(match self {
            Limit::WaiveIt => 5_000,
            Limit::WaiveAdmin => 20_000,
            Limit::Signoff => 0,
            Limit::Account => 10_000_000,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Right;

    /// A role that may resolve has a limit, and no other.
    #[test]
    fn whoever_may_resolve_has_a_limit() {
        for role in Role::ALL {
            assert_eq!(Limit::to_waive(Some(*role)).is_some(), role.may(Right::Resolve), "{role:?}");
        }
    }
}
