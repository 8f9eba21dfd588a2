//! How much of each call a batch fills: fields filled, of the fields that the platform asks for.
//!
//! Cells are counted, over all rows of a node. A cell that an earlier call of the same record
//! returns is no work of anybody's and counts by itself.

use super::calls::returned;
use super::content::{LOOK_UP, Rows};
use serde::{Deserialize, Serialize};

/// One node of a call, over all its rows in a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The node, as `2204.feedetail`.
    pub node: String,
    /// Its rows.
    pub rows: usize,
    /// Cells of all its fields.
    pub cells: usize,
    /// Of them with a value.
    pub filled: usize,
    /// Cells of the fields that the platform asks for.
    pub required: usize,
    /// Of them with a value.
    pub required_filled: usize,
    /// Of them without one, which an earlier call returns.
    pub returned: usize,
}

impl Coverage {
    /// Required cells that somebody has to fill online.
    pub fn to_fill(&self) -> usize {
        self.required.saturating_sub(self.required_filled + self.returned)
    }
}

/// Counts the rows of one record. Nodes stand in the order of the calls in which they first come.
pub(super) fn add(coverage: &mut Vec<Coverage>, rows: &[Rows<'_>]) {
    // Whoever reads files looks the person up by hand.
    let mut made = vec![LOOK_UP];
    for Rows { node, rows } in rows.iter().filter(|rows| !rows.rows.is_empty()) {
        let key = node.key();
        let at = coverage.iter().position(|known| known.node == key).unwrap_or_else(|| {
            coverage.push(Coverage { node: key, ..Coverage::default() });
            coverage.len() - 1
        });
        let count = &mut coverage[at];
        count.rows += rows.len();
        let lead = node.lead.len();
        for (at, field) in node.fields.iter().enumerate() {
            let filled = rows.iter().filter(|row| !row[lead + at].is_empty()).count();
            count.cells += rows.len();
            count.filled += filled;
            if field.required {
                count.required += rows.len();
                count.required_filled += filled;
                if returned(&field.id, &made).is_some() {
                    count.returned += rows.len() - filled;
                }
            }
        }
        made.push(node.transaction);
    }
}
