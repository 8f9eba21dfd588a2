//! Identities: written once each, sealed, never changed, referred to by number.

use crate::domain::{Digest, Digester, Masked, Person};
use crate::store::seal::{Mark, Place, Sealer};
use crate::store::{Books, StoreError, Writer};
use rusqlite::Row;
use zeroize::Zeroizing;

const FIND: &str = "SELECT id, content FROM person WHERE whole = ?1";
const INSERT: &str = "
    INSERT INTO person (whole, id_type, name_shown, id_shown, phone_shown, name_mark, id_mark, phone_mark, card_mark,
        psn_mark, sealed, content)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    ON CONFLICT (whole) DO NOTHING";
/// So many identities met in one change are known without asking the ledger again.
const REMEMBERED: usize = 100_000;
const ROWS: &str = "
    SELECT id, whole, id_type, name_shown, id_shown, phone_shown, name_mark, id_mark, phone_mark, card_mark, psn_mark,
        sealed, content
    FROM person ORDER BY id";
const SEALED: &str = "SELECT id, whole, sealed FROM person";

/// A person as a row of another table brings him along: what may be shown, and the rest sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SealedPerson {
    pub(super) shown: Masked,
    pub(super) id_type: String,
    pub(super) content: Digest,
    whole: [u8; 32],
    sealed: Vec<u8>,
}

/// The columns of [`SealedPerson`], of a table called `p`.
macro_rules! person_columns {
    () => {
        "p.id_type, p.name_shown, p.id_shown, p.phone_shown, p.content, p.whole, p.sealed"
    };
}
pub(super) use person_columns;

impl SealedPerson {
    /// From the columns that begin at `first`.
    pub(super) fn from_row(row: &Row<'_>, first: usize) -> rusqlite::Result<SealedPerson> {
        Ok(SealedPerson {
            id_type: row.get(first)?,
            shown: Masked {
                name: row.get(first + 1)?,
                id_no: row.get(first + 2)?,
                phone: row.get(first + 3)?,
            },
            content: Digest::from_bytes(row.get(first + 4)?),
            whole: row.get(first + 5)?,
            sealed: row.get(first + 6)?,
        })
    }

    pub(super) fn open(&self, sealer: &Sealer) -> Result<Person, StoreError> {
        Ok(serde_json::from_slice(&sealer.open(place(&self.whole), &self.sealed)?)?)
    }
}

fn place(whole: &[u8; 32]) -> Place<'_> {
    Place { column: "person.sealed", row: whole }
}

/// The digest of all that stands in a row, each part with its length before it.
fn content_of(texts: [&str; 4], whole: &[u8; 32], marks: &[Option<Mark>; 5], sealed: &[u8]) -> Digest {
    let mut digester = Digester::default();
    for text in texts {
        digester.part(text.as_bytes());
    }
    digester.part(whole);
    for mark in marks {
        digester.part(mark.as_ref().map_or(&[], |mark| &mark[..]));
    }
    digester.part(sealed);
    digester.finish()
}

/// Whether one of [`ROWS`] is as its digest says.
fn is_whole(row: &Row<'_>) -> rusqlite::Result<bool> {
    let texts: [String; 4] = [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
    let marks = [row.get(6)?, row.get(7)?, row.get(8)?, row.get(9)?, row.get(10)?];
    let sealed: Vec<u8> = row.get(11)?;
    let now = content_of(texts.each_ref().map(String::as_str), &row.get(1)?, &marks, &sealed);
    Ok(now == Digest::from_bytes(row.get(12)?))
}

impl Books<'_> {
    /// Every identity by number, and whether its row is as its digest says.
    pub(super) fn each_person(&self, mut take: impl FnMut(i64, bool)) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(ROWS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // A row that does not even read is not as it was written.
            take(row.get(0)?, is_whole(row).unwrap_or(false));
        }
        Ok(())
    }

    /// The numbers of the persons whose name contains a text: every identity is opened for it.
    pub(super) fn persons_named(&self, part: &str) -> Result<Vec<i64>, StoreError> {
        let sealer = self.sealer()?;
        let mut statement = self.conn.prepare_cached(SEALED)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (whole, sealed): ([u8; 32], Vec<u8>) = (row.get(1)?, row.get(2)?);
            let person: Person = serde_json::from_slice(&sealer.open(place(&whole), &sealed)?)?;
            if person.name.contains(part) {
                found.push(row.get(0)?);
            }
        }
        Ok(found)
    }
}

/// An identity ready to be written, should it be new.
pub(super) struct PreparedPerson {
    /// The mark of the identity as a whole.
    pub(super) whole: [u8; 32],
    id_type: String,
    shown: Masked,
    marks: [Option<Mark>; 5],
    sealed: Vec<u8>,
    content: Digest,
}

impl PreparedPerson {
    pub(super) fn new(sealer: &Sealer, person: &Person) -> PreparedPerson {
        let plain = Zeroizing::new(serde_json::to_vec(person).expect("a person is made of texts"));
        let whole = sealer.long_mark("person", &plain);
        let sealed = sealer.seal(place(&whole), &plain);
        let shown = person.masked();
        let marks = [
            sealer.mark_text("name", &person.name),
            sealer.mark_text("id_no", &person.id_no),
            sealer.mark_text("phone", &person.phone),
            sealer.mark_text("card_no", &person.card_no),
            sealer.mark_text("psn_no", &person.psn_no),
        ];
        let id_type = person.id_type.clone();
        let content =
            content_of([&id_type, &shown.name, &shown.id_no, &shown.phone], &whole, &marks, &sealed);
        PreparedPerson { whole, id_type, shown, marks, sealed, content }
    }
}

impl Writer<'_> {
    /// The number and content of exactly this identity, written now where it is new.
    pub(super) fn person(&mut self, person: &Person) -> Result<(i64, Digest), StoreError> {
        let prepared = PreparedPerson::new(self.sealer()?, person);
        self.put_person(&prepared)
    }

    /// The same of one that is ready.
    pub(super) fn put_person(&mut self, person: &PreparedPerson) -> Result<(i64, Digest), StoreError> {
        if let Some(known) = self.persons.get(&person.whole) {
            return Ok(*known);
        }
        let known = self.person_written(person)?;
        if self.persons.len() >= REMEMBERED {
            self.persons.clear();
        }
        self.persons.insert(person.whole, known);
        Ok(known)
    }

    fn person_written(&self, person: &PreparedPerson) -> Result<(i64, Digest), StoreError> {
        let PreparedPerson { whole, id_type, shown, marks, sealed, content } = person;
        let written = self.tx.prepare_cached(INSERT)?.execute(rusqlite::params![
            whole,
            id_type,
            shown.name,
            shown.id_no,
            shown.phone,
            marks[0],
            marks[1],
            marks[2],
            marks[3],
            marks[4],
            sealed,
            content.bytes(),
        ])?;
        if written == 1 {
            return Ok((self.tx.last_insert_rowid(), *content));
        }
        let take = |row: &Row<'_>| Ok((row.get(0)?, Digest::from_bytes(row.get(1)?)));
        Ok(self.tx.prepare_cached(FIND)?.query_row([whole], take)?)
    }
}
