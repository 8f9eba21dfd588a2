//! Batches, runs, the census: things of many rows, whose last event tells one
//! digest of all of them. And the sums that must follow from their parts.

use super::chain::{CENSUS, RECOVERY, number};
use super::fault::Fault;
use super::{Proof, Walk};
use crate::domain::{CensusNumber, Digest, Digester};
use crate::store::row::digest_of;
use crate::store::run_log::{self, Move};
use crate::store::{Books, Finding, StoreError};

const BATCH: &str = "SELECT * FROM batch WHERE id = ?1";
const MEMBERS: &str = "SELECT * FROM batch_record WHERE batch = ?1 ORDER BY record";
const CALLS: &str = "SELECT * FROM batch_call WHERE batch = ?1 ORDER BY step";
const FILES: &str = "SELECT * FROM batch_file WHERE batch = ?1 ORDER BY name";
const TAKINGS: &str = "SELECT * FROM batch_undo WHERE batch = ?1 ORDER BY record";
const LOAD: &str = "SELECT * FROM account_load WHERE id = ?1";
const ACCOUNTS: &str = "SELECT * FROM account WHERE load = ?1 ORDER BY id";
const REHEARSAL: &str = "SELECT * FROM account_rehearsal WHERE id = ?1";
const RUN: &str = "SELECT * FROM run WHERE id = ?1";
const RUN_LOG: &str = "SELECT moves, findings FROM run WHERE id = ?1";
const SETTLED: &str = "SELECT id, content FROM settlement WHERE run = ?1 ORDER BY id";
const MATCHES: &str = "
    SELECT id, record, settlement, by, part, keys, beat, run = ?1, coalesce(undone_run = ?1, 0) FROM match
    WHERE run = ?1 OR undone_run = ?1 ORDER BY id";
const AGAIN: &str = "SELECT settlement, run FROM settlement_again WHERE run = ?1 ORDER BY settlement";
const SETTLEMENTS: &str = "SELECT id FROM settlement ORDER BY id";
const CENSUS_ROWS: &str = "SELECT * FROM census WHERE ?1 IS NULL OR id = ?1 ORDER BY id";
const DONE_ROWS: &str = "SELECT * FROM census_done WHERE census = ?1 ORDER BY action";
/// Whatever stands in a table of sets, by the subject whose event must tell of it.
const SUBJECTS: &str = "
    SELECT 'batch B' || id FROM batch
    UNION SELECT 'batch B' || batch FROM (SELECT DISTINCT batch FROM batch_record)
    UNION SELECT 'batch B' || batch FROM (SELECT DISTINCT batch FROM batch_call)
    UNION SELECT 'batch B' || batch FROM (SELECT DISTINCT batch FROM batch_file)
    UNION SELECT 'batch B' || batch FROM (SELECT DISTINCT batch FROM batch_undo)
    UNION SELECT 'run R' || id FROM run
    UNION SELECT 'run R' || run FROM (SELECT DISTINCT run FROM settlement)
    UNION SELECT 'run R' || run FROM (SELECT DISTINCT run FROM match)
    UNION SELECT 'run R' || undone_run FROM (SELECT DISTINCT undone_run FROM match WHERE undone_run IS NOT NULL)
    UNION SELECT 'run R' || run FROM (SELECT DISTINCT run FROM settlement_again)
    UNION SELECT printf('census C-%04d', census) FROM (SELECT DISTINCT census FROM census_done)
    UNION SELECT 'accounts Z' || id FROM account_load
    UNION SELECT 'accounts Z' || load FROM (SELECT DISTINCT load FROM account)
    UNION SELECT 'rehearsal Y' || id FROM account_rehearsal
    UNION SELECT 'bundle X' || id FROM bundle
    UNION SELECT 'bundle X' || bundle FROM (SELECT DISTINCT bundle FROM said)
    UNION SELECT 'operator ' || name FROM operator
    UNION SELECT 'operator ' || holder FROM keyring WHERE kind = 'passphrase'
    UNION SELECT 'recovery code' FROM keyring WHERE kind = 'recovery'
    UNION SELECT 'keyring ' || kind FROM keyring WHERE kind NOT IN ('passphrase', 'recovery', 'bare')
    UNION SELECT 'census' FROM (SELECT 1 FROM census LIMIT 1)
    ORDER BY 1";
/// Batches whose total is not that of their members, where no member was corrected since.
const SUMS: &str = "
    SELECT b.id FROM batch b JOIN batch_record m ON m.batch = b.id JOIN record r ON r.id = m.record
    GROUP BY b.id HAVING max(m.version <> r.version) = 0 AND sum(r.total_fen) <> b.total_fen ORDER BY b.id";

/// What a run kept of its changes.
pub(super) struct RunChanges {
    pub(super) moves: Vec<Move>,
    pub(super) findings: Vec<Finding>,
}

impl Books<'_> {
    /// What a run changed; `None` where the run is gone or its log does not read.
    pub(super) fn run_log(&self, run: i64) -> Result<Option<RunChanges>, StoreError> {
        let mut statement = self.conn.prepare_cached(RUN_LOG)?;
        let mut rows = statement.query([run])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (moves, findings): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let read = run_log::moves(&moves).zip(run_log::findings(&findings));
        Ok(read.map(|(moves, findings)| RunChanges { moves, findings }))
    }

    /// The records that a run moved or judged.
    pub(in crate::store) fn run_moves(&self, run: i64) -> Result<Vec<i64>, StoreError> {
        let log = self.run_log(run)?.ok_or_else(|| StoreError::Damaged { text: format!("run R{run}") })?;
        Ok(log.moves.iter().map(|one| one.record).collect())
    }

    /// The breaks that a run saw, in the order in which it wrote them down.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such run, [`StoreError::Damaged`] where its log does not read.
    pub fn run_findings(&self, run: i64) -> Result<Vec<Finding>, StoreError> {
        let mut statement = self.conn.prepare_cached(RUN_LOG)?;
        let mut rows = statement.query([run])?;
        let none = || StoreError::NotFound { what: format!("run R{run}") };
        let findings: Vec<u8> = rows.next()?.ok_or_else(none)?.get(1)?;
        run_log::findings(&findings).ok_or_else(|| StoreError::Damaged { text: "run.findings".to_owned() })
    }

    /// Adds the digest of every row of a query that takes one number.
    pub(super) fn add_rows(
        &self,
        digester: &mut Digester,
        table: &str,
        sql: &str,
        id: Option<i64>,
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            digester.update(digest_of(table, row)?.bytes());
        }
        Ok(())
    }

    /// The digest of what a batch is: its row, its members with keys and answers, how far their calls came, its files,
    /// and what it takes back.
    pub(in crate::store) fn batch_content(&self, id: i64) -> Result<Digest, StoreError> {
        let mut digester = Digester::default();
        self.add_rows(&mut digester, "batch", BATCH, Some(id))?;
        self.add_rows(&mut digester, "batch_record", MEMBERS, Some(id))?;
        self.add_rows(&mut digester, "batch_call", CALLS, Some(id))?;
        self.add_rows(&mut digester, "batch_file", FILES, Some(id))?;
        self.add_rows(&mut digester, "batch_undo", TAKINGS, Some(id))?;
        Ok(digester.finish())
    }

    /// The digest of what a run left behind: its row, its settlements, those it gave again, and the matches it made and took back.
    pub(in crate::store) fn run_content(&self, run: i64) -> Result<Digest, StoreError> {
        let mut digester = Digester::default();
        self.add_rows(&mut digester, "run", RUN, Some(run))?;
        self.add_rows(&mut digester, "settlement", SETTLED, Some(run))?;
        self.add_rows(&mut digester, "settlement_again", AGAIN, Some(run))?;
        self.add_rows(&mut digester, "match", MATCHES, Some(run))?;
        Ok(digester.finish())
    }

    /// The digest of a list of accounts: its row, and each of its accounts.
    pub(in crate::store) fn accounts_content(&self, load: i64) -> Result<Digest, StoreError> {
        let mut digester = Digester::default();
        self.add_rows(&mut digester, "account_load", LOAD, Some(load))?;
        self.add_rows(&mut digester, "account", ACCOUNTS, Some(load))?;
        Ok(digester.finish())
    }

    /// The digest of a comparison that was only rehearsed.
    pub(in crate::store) fn rehearsal_content(&self, rehearsal: i64) -> Result<Digest, StoreError> {
        let mut digester = Digester::default();
        self.add_rows(&mut digester, "account_rehearsal", REHEARSAL, Some(rehearsal))?;
        Ok(digester.finish())
    }

    /// Adds the rows of the census as they stand, or one entry's and what was done for it.
    pub(in crate::store) fn census_rows(
        &self,
        digester: &mut Digester,
        only: Option<CensusNumber>,
    ) -> Result<(), StoreError> {
        let id = only.map(|number| number.0);
        self.add_rows(digester, "census", CENSUS_ROWS, id)?;
        match id {
            Some(_) => self.add_rows(digester, "census_done", DONE_ROWS, id),
            None => Ok(()),
        }
    }

    /// Lays batches, runs and the census beside the last digest told of each.
    pub(super) fn prove_sets(&self, walk: &Walk<'_>, proof: &mut Proof) -> Result<(), StoreError> {
        for (subject, told) in &walk.sets {
            let content = match subject.split_once(' ') {
                Some(("batch", id)) => self.batch_content(number(id, "B")),
                Some(("run", id)) => self.run_content(number(id, "R")),
                Some(("bundle", id)) => self.bundle_content(number(id, "X")),
                Some(("accounts", id)) => self.accounts_content(number(id, "Z")),
                Some(("rehearsal", id)) => self.rehearsal_content(number(id, "Y")),
                Some(("census", id)) => self.census_entry_content(CensusNumber(number(id, "C-"))),
                _ if subject == CENSUS => self.census_content(),
                _ if subject == RECOVERY => self.recovery_content(),
                Some(("operator", name)) => self.operator_content(name),
                _ => continue,
            };
            let (subject, seq) = (subject.clone(), told.seq);
            match content {
                Ok(content) if content == told.digest => {}
                Err(StoreError::NotFound { .. }) => proof.faults.push(Fault::Gone { subject, seq }),
                // A row that does not read is not as it was left.
                Ok(_) | Err(StoreError::Damaged { .. }) => {
                    proof.faults.push(Fault::Content { subject, seq });
                }
                Err(error) => return Err(error),
            }
        }
        let mut statement = self.conn.prepare_cached(SUBJECTS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let subject: String = row.get(0)?;
            if !walk.sets.contains_key(&subject) {
                proof.faults.push(Fault::NoEvent { subject });
            }
        }
        self.prove_settlements(proof)?;
        let mut statement = self.conn.prepare_cached(SUMS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            proof.faults.push(Fault::Sum { subject: format!("batch B{}", row.get::<_, i64>(0)?) });
        }
        Ok(())
    }

    /// A run's content covers the digests of its settlements; these cover what each of them says.
    fn prove_settlements(&self, proof: &mut Proof) -> Result<(), StoreError> {
        let mut changed = Vec::new();
        let read = self.each_settlement(|row| {
            if !row.is_whole().unwrap_or(false) {
                let subject = format!("settlement {}", row.settlement.setl_id);
                changed.push(Fault::Content { subject, seq: 0 });
            }
        });
        proof.faults.append(&mut changed);
        match read {
            Err(StoreError::Damaged { .. }) => self.name_damaged(proof),
            read => read,
        }
    }

    /// Which settlements do not even read; one by one, since it is seldom asked.
    fn name_damaged(&self, proof: &mut Proof) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(SETTLEMENTS)?;
        let ids: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for id in ids {
            if let Err(StoreError::Damaged { .. }) = self.settlement(id) {
                proof.faults.push(Fault::Content { subject: format!("settlement #{id}"), seq: 0 });
            }
        }
        Ok(())
    }
}
