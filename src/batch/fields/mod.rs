//! The one table of what a batch file holds: call by call, node by node, field by field.
//!
//! Headings, checks, the nodes of a call's JSON and `docs/fields.md` are read from
//! here. Ids and widths follow the most complete published edition of the
//! platform's interface; what a region does otherwise stands in its profile.
//! Values are decided in `content`, not here.

mod filing;
mod inpatient;
mod lists;
mod outpatient;
mod page;
mod person;
mod purchase;
mod statement;
mod undo;

pub use page::page;

use crate::text::Lang;
use std::borrow::Cow;

/// How a value is written and how wide it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `string(n)`: at most so many characters.
    Text(usize),
    /// `string(n)` of digits only. The strictest edition takes 15, so more are never written.
    Digits(usize),
    /// `number(digits,decimals)`.
    Number(usize, usize),
    /// `yyyy-MM-dd`.
    Date,
    /// `yyyy-MM-dd HH:mm:ss`, +08:00.
    DateTime,
    /// Words for people, in our own lists: any width, line breaks allowed.
    Words,
}

/// One field of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The platform's id, or ours in our own lists.
    pub id: Cow<'static, str>,
    /// Its name in Chinese.
    pub zh: Cow<'static, str>,
    /// Its name in English.
    pub en: Cow<'static, str>,
    /// How it is written.
    pub shape: Shape,
    /// The platform asks for it.
    pub required: bool,
    /// The code table its value comes from.
    pub codes: Option<&'static str>,
    /// What a region's profile writes where the ledger has nothing.
    pub preset: Option<String>,
}

/// One node of a call: one file of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Number of the call; empty for our own lists.
    pub transaction: &'static str,
    /// Name of the node, or of the list.
    pub name: &'static str,
    /// What it is, in Chinese.
    pub zh: &'static str,
    /// What it is, in English.
    pub en: &'static str,
    /// It holds several rows: a list in JSON.
    pub many: bool,
    /// The columns before its own, by which people and an answer find the record.
    pub lead: &'static [Field],
    /// Its fields, in order.
    pub fields: Cow<'static, [Field]>,
}

const NUMBER: Field = need("number", "挂账号", "number", Shape::Text(30));
const RECORD_NO: Field = may("record_no", "记录编号", "record number", Shape::Text(50));

/// The message id to send a settling call with; it comes back as `medins_setl_id`.
const MSGID: Field = need("msgid", "发送方报文ID", "message id", Shape::Text(30));

/// Before the fields of every node.
const RECORD: &[Field] = &[NUMBER, RECORD_NO];

/// Before the fields of a call that settles.
const SETTLING: &[Field] = &[NUMBER, RECORD_NO, MSGID];

/// Before the fields of a call that names the person by the platform's number alone.
const PERSON: &[Field] = &[
    NUMBER,
    RECORD_NO,
    need("psn_cert_type", "证件类型", "ID document type", Shape::Text(6)).of("psn_cert_type"),
    need("certno", "证件号码", "ID document number", Shape::Text(50)),
    need("psn_name", "姓名", "name", Shape::Text(50)),
];

/// Every node of the table, in the order in which its calls are made.
pub fn nodes() -> impl Iterator<Item = &'static Node> {
    let parts = [
        person::NODES,
        outpatient::NODES,
        purchase::NODES,
        inpatient::NODES,
        filing::NODES,
        undo::NODES,
        statement::NODES,
        lists::NODES,
    ];
    parts.into_iter().flatten()
}

/// The node of a call; our own lists have an empty call.
pub fn node(transaction: &str, name: &str) -> Option<&'static Node> {
    nodes().find(|node| node.transaction == transaction && node.name == name)
}

/// Whether a call takes something back.
pub(super) fn takes_back(call: &str) -> bool {
    undo::NODES.iter().any(|node| node.transaction == call)
}

impl Node {
    const fn one(
        transaction: &'static str,
        name: &'static str,
        zh: &'static str,
        en: &'static str,
        lead: &'static [Field],
        fields: &'static [Field],
    ) -> Node {
        Node { transaction, name, zh, en, many: false, lead, fields: Cow::Borrowed(fields) }
    }

    const fn many(
        transaction: &'static str,
        name: &'static str,
        zh: &'static str,
        en: &'static str,
        lead: &'static [Field],
        fields: &'static [Field],
    ) -> Node {
        Node { transaction, name, zh, en, many: true, lead, fields: Cow::Borrowed(fields) }
    }

    /// The name of its file, such as `2204-feedetail.csv` or `refund.csv`.
    pub fn file_name(&self) -> String {
        format!("{}.csv", self.key().replace('.', "-"))
    }

    /// What a profile and a message call it, such as `2204.feedetail` or `refund`.
    pub fn key(&self) -> String {
        if self.is_list() { self.name.to_owned() } else { format!("{}.{}", self.transaction, self.name) }
    }

    /// One of our own lists, which people read.
    pub fn is_list(&self) -> bool {
        self.transaction.is_empty()
    }

    /// Its call settles, or undoes a settlement: the message id is what a statement names it by.
    pub fn settles(&self) -> bool {
        self.lead.iter().any(|field| field.id == "msgid")
    }

    /// The columns of its file: the leading ones, then its own.
    pub fn columns(&self) -> impl Iterator<Item = &Field> {
        self.lead.iter().chain(&*self.fields)
    }

    /// One of its columns.
    pub fn column(&self, id: &str) -> Option<&Field> {
        self.columns().find(|field| field.id == id)
    }
}

impl Field {
    const fn of(mut self, codes: &'static str) -> Field {
        self.codes = Some(codes);
        self
    }

    /// Its name for people.
    pub fn name(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// A field the platform asks for.
const fn need(id: &'static str, zh: &'static str, en: &'static str, shape: Shape) -> Field {
    let mut field = may(id, zh, en, shape);
    field.required = true;
    field
}

/// A field that may stay empty.
const fn may(id: &'static str, zh: &'static str, en: &'static str, shape: Shape) -> Field {
    let (id, zh, en) = (Cow::Borrowed(id), Cow::Borrowed(zh), Cow::Borrowed(en));
    Field { id, zh, en, shape, required: false, codes: None, preset: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_headings_and_files_are_unique() {
        let files: BTreeSet<String> = nodes().map(Node::file_name).collect();
        assert_eq!(files.len(), nodes().count());
        for node in nodes() {
            for name in [|f: &Field| f.id.clone(), |f: &Field| f.zh.clone(), |f: &Field| f.en.clone()] {
                let mut names: Vec<Cow<'_, str>> = node.columns().map(name).collect();
                names.sort_unstable();
                assert!(names.windows(2).all(|two| two[0] != two[1]), "{} {names:?}", node.file_name());
            }
        }
    }

    #[test]
    fn calls_that_settle_carry_their_message_id() {
        let settling: Vec<&str> =
            nodes().filter(|node| node.settles()).map(|node| node.transaction).collect();
        assert_eq!(settling, ["2207", "2102", "2304", "2103", "2208", "2305"]);
    }
}
