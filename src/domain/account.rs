//! Personal accounts (个人账户) that move from a bank to the virtual side (实转虚): one row of a list.
//!
//! Which rows belong together, and what does not agree, is decided in `reconcile`.

use crate::closed_list;
use crate::domain::{Masked, Money, Person, mask_card, mask_name};
use serde::{Deserialize, Serialize};
use std::fmt;

closed_list! {
    /// Whose list it is.
    AccountSide as "side" {
        Bank = "bank", "银行", "bank";
        Virtual = "virtual", "虚账户", "virtual";
    }
}

closed_list! {
    /// What the list says of the card or account.
    AccountState as "account state" {
        Normal = "normal", "正常", "normal";
        Lost = "lost", "挂失", "lost";
        Reissued = "reissued", "补卡", "reissued";
        Frozen = "frozen", "冻结", "frozen";
        Closed = "closed", "销户", "closed";
    }
}

/// One account as a list states it, checked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountEntry {
    /// The bank that has it, or had it.
    pub bank: String,
    /// Whose it is; `card_no` is the number of the card or account, `psn_no` the platform's number of the person.
    pub person: Person,
    /// The card before this one, where it was replaced.
    pub old_card_no: String,
    /// What is on it.
    pub balance: Money,
    /// What the list says of it.
    pub state: AccountState,
}

impl AccountEntry {
    /// What may be shown of the holder; for `phone` stands the card.
    pub fn masked(&self) -> Masked {
        let Person { name, id_no, card_no, .. } = &self.person;
        Masked { name: mask_name(name), id_no: mask_card(id_no), phone: mask_card(card_no) }
    }
}

/// Masked even in a debug print.
impl fmt::Debug for AccountEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountEntry")
            .field("bank", &self.bank)
            .field("person", &self.person)
            .field("balance", &self.balance)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
