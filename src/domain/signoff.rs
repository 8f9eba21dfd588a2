//! What a sign-off freezes: the counts and sums of a reconciliation on its day,
//! and one digest of everything that was counted.
//!
//! The numbers are worked out by the ledger from its events; here is only their
//! form, which the event of the sign-off carries too. It holds no identity.

use crate::domain::{BreakPhase, Digest, Money, Reason, Stage, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// So many things, and what they come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// How many.
    pub count: u64,
    /// Their sum in fen.
    #[serde(rename = "total_fen")]
    pub total: Money,
}

/// A break in the list of a sign-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenBreak {
    /// Its number.
    #[serde(rename = "break")]
    pub id: i64,
    /// Its code.
    pub reason: Reason,
    /// Platform less ledger, in fen.
    #[serde(rename = "difference_fen")]
    pub difference: Money,
    /// What hangs on it, in fen.
    #[serde(rename = "stake_fen")]
    pub stake: Money,
}

/// Everything that is frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// The last run that it covers.
    pub run: i64,
    /// The last event that it covers.
    pub seq: i64,
    /// Counts, sums and the bridge of that run, as the run kept them.
    pub outcome: Value,
    /// Records by what the run said of them.
    pub verdicts: Vec<(Option<Verdict>, Counted)>,
    /// Records by how far they had come.
    pub stages: Vec<(Stage, Counted)>,
    /// Settlements that were read.
    pub settlements: Counted,
    /// Records that are settled: how many matches, and what the records cost.
    pub matched: Counted,
    /// What the platform settled for them.
    #[serde(rename = "matched_platform_fen")]
    pub matched_platform: Money,
    /// Refunds that were paid.
    pub refunds: Counted,
    /// Records that were cleared.
    pub cleared: u64,
    /// Breaks by how far they had come; the sum is what hangs on them.
    pub breaks: Vec<(BreakPhase, Counted)>,
    /// What was waived, one by one.
    pub waived: Vec<FrozenBreak>,
    /// What was left open within the limit, one by one.
    pub open: Vec<FrozenBreak>,
    /// Covers every record, settlement, match, refund, clearing and break.
    pub digest: Digest,
}

impl Counted {
    /// One more.
    pub fn add(&mut self, amount: Money) {
        self.count += 1;
        self.total += amount;
    }
}

impl Frozen {
    /// What no longer agrees with `now`, the same worked out again: names and both values.
    pub fn differences(&self, now: &Frozen) -> Vec<(String, String, String)> {
        let fields = |frozen: &Frozen| match serde_json::to_value(frozen) {
            Ok(Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        let (signed, found) = (fields(self), fields(now));
        let unlike = signed.iter().filter(|(name, value)| found.get(*name) != Some(value));
        unlike
            .map(|(name, value)| {
                let found = found.get(name).map(Value::to_string).unwrap_or_default();
                (name.clone(), value.to_string(), found)
            })
            .collect()
    }
}
