//! A region's profile: where its edition of the interface differs from the table of fields.
//!
//! No two editions agree. A profile says which fields a region requires, how wide
//! they are, which codes it adds, how many lines one call may hold, which fields it
//! has besides, and what its calls carry in their envelope. Without one, the table
//! stands as it is. It decides no value that the ledger knows better.

mod fault;
mod read;
#[cfg(test)]
mod tests;

pub use fault::{ProfileError, ProfileFault, Slip};

use super::codes;
use super::fields::{self, Field, Node};
use crate::domain::Digest;
use crate::text::profile_file::profile_text;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Profiles that are built in, with their text.
const BUILT_IN: &[(&str, &str)] = &[("jx-2020", include_str!("../profiles/jx-2020.toml"))];

/// The name of the table as it stands.
pub const NATIONAL: &str = "national";

/// How many lines one call may hold where nothing else is said: what the strictest published edition takes.
const LINES: &[(&str, usize)] = &[("2301", 100)];

/// The table of fields as one region has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    name: String,
    digest: Option<Digest>,
    nodes: Vec<Node>,
    codes: BTreeMap<&'static str, CodeRule>,
    lines: BTreeMap<&'static str, usize>,
    omitted: BTreeSet<&'static str>,
    envelope: BTreeMap<String, String>,
}

/// What a region does to a code table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct CodeRule {
    /// Codes besides, or instead.
    codes: BTreeMap<String, String>,
    /// The codes above are all there are.
    only: bool,
    /// Any code is taken.
    any: bool,
}

/// Whether a code table has a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// It has, or nobody can tell.
    Yes,
    /// It has not, and regions add to it: the value goes out and is counted.
    Unlisted,
    /// It has not, and nobody adds to it.
    No,
}

impl Default for Profile {
    fn default() -> Profile {
        Profile::national()
    }
}

impl Profile {
    /// The table as it stands.
    pub fn national() -> Profile {
        Profile {
            name: NATIONAL.to_owned(),
            digest: None,
            nodes: fields::nodes().cloned().collect(),
            codes: BTreeMap::new(),
            lines: LINES.iter().copied().collect(),
            omitted: BTreeSet::new(),
            envelope: BTreeMap::new(),
        }
    }

    /// A profile that is built in, or read from a TOML file.
    ///
    /// # Errors
    /// [`ProfileError`] with every fault of the file and its place.
    pub fn find(name_or_file: &str) -> Result<Profile, ProfileError> {
        if name_or_file == NATIONAL {
            return Ok(Profile::national());
        }
        Profile::parse(name_or_file, &profile_text(name_or_file, BUILT_IN, Profile::names())?)
    }

    /// Names of the profiles that are built in.
    pub fn names() -> Vec<&'static str> {
        std::iter::once(NATIONAL).chain(BUILT_IN.iter().map(|(name, _)| *name)).collect()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The digest of its text; `None` for the table as it stands.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Every node, in the order of the calls.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node of a call; our own lists have an empty call.
    pub fn node(&self, transaction: &str, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.transaction == transaction && node.name == name)
    }

    /// The region makes that call.
    pub fn makes(&self, transaction: &str) -> bool {
        !self.omitted.contains(transaction)
    }

    /// How many lines one call may hold.
    pub fn lines_per_call(&self, transaction: &str) -> Option<usize> {
        self.lines.get(transaction).copied()
    }

    /// What the envelope of a call says, where the profile says it.
    pub fn envelope(&self, id: &str) -> Option<&str> {
        self.envelope.get(id).map(String::as_str)
    }

    /// Whether the field's code table has `value`.
    pub(super) fn lists(&self, field: &Field, value: &str) -> Listed {
        let Some(name) = field.codes.filter(|_| !value.is_empty()) else { return Listed::Yes };
        let rule = self.codes.get(name);
        if rule.is_some_and(|rule| rule.any || rule.codes.contains_key(value)) {
            return Listed::Yes;
        }
        if rule.is_some_and(|rule| rule.only) {
            return Listed::No;
        }
        match codes::table(name) {
            None => Listed::Yes,
            Some(table) if table.has(value) => Listed::Yes,
            Some(table) if table.local => Listed::Unlisted,
            Some(_) => Listed::No,
        }
    }

    /// Changes or takes away a field, or adds one at the end of its node.
    fn put(&mut self, at: usize, field: Field) {
        let fields = self.nodes[at].fields.to_mut();
        match fields.iter_mut().find(|known| known.id == field.id) {
            Some(known) => *known = field,
            None => fields.push(field),
        }
    }

    fn omit(&mut self, at: usize, id: &str) {
        self.nodes[at].fields.to_mut().retain(|field| field.id != id);
    }

    /// A field that the table does not have yet.
    fn extra(id: &str) -> Field {
        let name: Cow<'static, str> = Cow::Owned(id.to_owned());
        let shape = fields::Shape::Text(30);
        Field {
            id: name.clone(),
            zh: name.clone(),
            en: name,
            shape,
            required: false,
            codes: None,
            preset: None,
        }
    }
}
