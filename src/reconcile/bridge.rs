//! The bridge: from the ledger's sum to the platform's, one step per kind of difference.
//!
//! Two equal sums can hide opposite errors, and two different sums can be
//! explained to the fen. Rows given twice count once; a settlement and its
//! reversal cancel out and are on neither side.

use super::{Claim, ClaimVerdict, Row, RowVerdict};
use crate::domain::{Money, Verdict};
use serde::Serialize;

/// Both sums and what lies between them, in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bridge {
    /// Sum of all claims.
    #[serde(rename = "ledger_fen")]
    pub ledger: Money,
    /// Claims without a settlement: taken off the ledger's sum.
    #[serde(rename = "missing_fen")]
    pub missing: Money,
    /// Claims whose settlement was reversed: taken off.
    #[serde(rename = "reversed_fen")]
    pub reversed: Money,
    /// Claims left to a person: taken off.
    #[serde(rename = "ambiguous_claims_fen")]
    pub ambiguous_claims: Money,
    /// What matched and differing rows have more than their claims: added.
    #[serde(rename = "differences_fen")]
    pub differences: Money,
    /// What was settled more than once: added.
    #[serde(rename = "settled_twice_fen")]
    pub settled_twice: Money,
    /// Rows without a claim: added.
    #[serde(rename = "extra_fen")]
    pub extra: Money,
    /// Reversals without their original, negative: added.
    #[serde(rename = "reversals_alone_fen")]
    pub reversals_alone: Money,
    /// Rows left to a person: added.
    #[serde(rename = "ambiguous_rows_fen")]
    pub ambiguous_rows: Money,
    /// Sum of all rows.
    #[serde(rename = "platform_fen")]
    pub platform: Money,
}

impl Bridge {
    pub(super) fn of(claims: &[Claim], rows: &[Row], found: &[ClaimVerdict], said: &[RowVerdict]) -> Bridge {
        let mut bridge = Bridge::default();
        for (claim, verdict) in claims.iter().zip(found) {
            bridge.ledger += claim.total;
            match verdict.verdict {
                Verdict::Matched | Verdict::AmountDiffers => bridge.differences += verdict.difference,
                Verdict::Duplicate => bridge.settled_twice += verdict.difference,
                Verdict::Missing | Verdict::Extra => bridge.missing += claim.total,
                Verdict::Reversed => bridge.reversed += claim.total,
                Verdict::Ambiguous => bridge.ambiguous_claims += claim.total,
            }
        }
        let counted = |verdict: &RowVerdict| verdict.repeat_of.is_none() && verdict.pair.is_none();
        for (row, verdict) in rows.iter().zip(said).filter(|(_, verdict)| counted(verdict)) {
            bridge.platform += row.signed();
            match verdict.verdict {
                Verdict::Matched | Verdict::AmountDiffers | Verdict::Duplicate => {}
                Verdict::Extra | Verdict::Missing => bridge.extra += row.signed(),
                Verdict::Reversed => bridge.reversals_alone += row.signed(),
                Verdict::Ambiguous => bridge.ambiguous_rows += row.signed(),
            }
        }
        bridge
    }

    /// The platform's sum as it follows from the ledger's.
    pub fn reckoned(&self) -> Money {
        self.ledger - self.missing - self.reversed - self.ambiguous_claims
            + self.differences
            + self.settled_twice
            + self.extra
            + self.reversals_alone
            + self.ambiguous_rows
    }

    /// Every fen between the two sums is explained.
    pub fn ties(&self) -> bool {
        self.reckoned() == self.platform
    }
}
