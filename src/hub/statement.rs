//! What the platform says it settled, for the whole city: rows copied into a staging table and
//! inserted where they are not there. A file that was taken is known by its digest.

use super::bundle::{copy, prefixed};
use super::wire::Rows;
use super::{FacilityId, Hub, HubFault};
use crate::domain::{Digest, Key, Money, Settlement, Time, kind_of_med_type};
use crate::text::Label as _;
use uuid::Uuid;

/// A statement file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementFile {
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Its name.
    pub name: String,
}

/// A row about to be taken in.
#[derive(Clone, Debug)]
pub struct SettlementIn {
    /// Whose.
    pub facility: FacilityId,
    /// A keyed digest of the whole row.
    pub id: Uuid,
    /// The row; whom it concerns is not read from here.
    pub settlement: Settlement,
    /// Keys mixed with the facility: settlement, original, record number, receipt, issued, visit, certificate, person number.
    pub keys: [Option<Key>; 8],
    /// A settlement that is nothing out of the ordinary by itself.
    pub plain: bool,
    /// Whom it concerns, sealed.
    pub sealed: Vec<u8>,
}

const SETTLEMENT: &str = "facility, id, setl_id, init_setl_id, mdtrt_id, medins_setl_id, record_text, receipt_text,
    med_type, kind, insutype, clr_type, standing, unread, refunded, unpriced, plain, setl_time, counted_on, total_fen,
    fund_fen, account_fen, cash_fen, hospital_fen, setl, init, record_no, receipt, issued, visit, cert, psn, sealed";
const COLUMNS: i16 = 33;
const STAGING: &str = "
    CREATE TEMPORARY TABLE IF NOT EXISTS in_settlement AS SELECT * FROM settlement WHERE 1 = 0;
    TRUNCATE in_settlement";

/// A statement on its way in: one transaction, however many rows.
pub struct TakingStatement<'a> {
    tx: postgres::Transaction<'a>,
    total: Money,
    rows: u64,
    new: u64,
}

impl Hub {
    /// Whether a file was taken already.
    ///
    /// # Errors
    /// What the server says.
    pub fn knows_statement(&mut self, digest: Digest) -> Result<bool, HubFault> {
        let found =
            self.client.query_opt("SELECT 1 FROM statement WHERE digest = $1", &[&&digest.bytes()[..]])?;
        Ok(found.is_some())
    }

    /// Begins to take a statement in. Nothing of it stands until [`TakingStatement::finish`].
    ///
    /// # Errors
    /// What the server says.
    pub fn begin_statement(&mut self) -> Result<TakingStatement<'_>, HubFault> {
        // Each row is looked up by its key; a plan that reads all settlements for a handful of rows never pays.
        self.wish("enable_hashjoin", "off");
        self.wish("enable_mergejoin", "off");
        let mut tx = self.client.transaction()?;
        tx.batch_execute(STAGING)?;
        Ok(TakingStatement { tx, total: Money::ZERO, rows: 0, new: 0 })
    }
}

impl TakingStatement<'_> {
    /// Takes rows, of whichever facilities. The same row twice is taken once.
    ///
    /// # Errors
    /// What the server says.
    pub fn take(&mut self, mut rows: Vec<SettlementIn>) -> Result<(), HubFault> {
        self.rows += rows.len() as u64;
        self.total += rows.iter().map(|row| row.settlement.total).sum();
        // In the order of the table's key, in which the database finds each place beside the last.
        rows.sort_unstable_by_key(|row| (row.facility, row.id));
        rows.dedup_by_key(|row| (row.facility, row.id));
        copy(&mut self.tx, "in_settlement", SETTLEMENT, staged(&rows))?;
        self.new += self.tx.execute(
            &format!(
                "INSERT INTO settlement ({SETTLEMENT}) SELECT {} FROM in_settlement s
                 WHERE NOT EXISTS (SELECT 1 FROM settlement t WHERE t.facility = s.facility AND t.id = s.id)",
                prefixed(SETTLEMENT)
            ),
            &[],
        )?;
        self.tx.batch_execute("TRUNCATE in_settlement")?;
        Ok(())
    }

    /// Notes a facility by its code, where it is not known.
    ///
    /// # Errors
    /// What the server says.
    pub fn know(&mut self, code: &str) -> Result<(), HubFault> {
        self.tx.execute(
            "INSERT INTO facility (id, code, name) SELECT $1, $2, '' WHERE NOT EXISTS (
                 SELECT 1 FROM facility WHERE id = $1)",
            &[&FacilityId::of(code).0, &code],
        )?;
        Ok(())
    }

    /// Ends it: rows read and rows that were new. All of it stands now.
    ///
    /// # Errors
    /// What the server says, and nothing stands then.
    pub fn finish(mut self, file: &StatementFile, operator: &str, now: Time) -> Result<(u64, u64), HubFault> {
        let count = |count: u64| i64::try_from(count).expect("fewer rows than there are bytes");
        self.tx.execute(
            "INSERT INTO statement (digest, name, rows, new_rows, total_fen, loaded_at, operator)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            &[
                &&file.digest.bytes()[..],
                &file.name,
                &count(self.rows),
                &count(self.new),
                &self.total.fen(),
                &now.naive(),
                &operator,
            ],
        )?;
        self.tx.commit()?;
        Ok((self.rows, self.new))
    }
}

fn staged(rows: &[SettlementIn]) -> Rows {
    let mut out = Rows::of(COLUMNS);
    for row in rows {
        let s = &row.settlement;
        out.row().big(row.facility.0).bytes(row.id.as_bytes());
        let texts = [
            &s.setl_id,
            &s.init_setl_id,
            &s.mdtrt_id,
            &s.medins_setl_id,
            &s.record_no,
            &s.receipt_no,
            &s.med_type,
        ];
        for text in texts {
            out.text(text);
        }
        out.text(kind_of_med_type(&s.med_type).map_or("", |kind| kind.id()))
            .text(&s.insutype)
            .text(&s.clr_type);
        out.text(s.standing.id()).text(&s.unread);
        out.small(s.refunded).small(s.unpriced).small(row.plain);
        out.time_or(s.setl_time).day_or(s.counted_on).money(s.total);
        for part in [s.fund, s.account, s.cash, s.hospital] {
            out.money_or(part);
        }
        for key in row.keys {
            out.key(key);
        }
        out.bytes(&row.sealed);
    }
    out
}
