//! Making the tables, saying whose they are, and bringing those of an older edition up.

use super::{FacilityId, Hub, HubFault, HubKey};
use crate::closed_list;
use crate::domain::{PeerCard, Time};
use crate::text::Label as _;
use uuid::Uuid;

const SCHEMA: &str = include_str!("schema.sql");
/// The version of the tables that `schema.sql` makes.
const VERSION: i32 = 1;
/// What brings tables of version `n` to `n + 1`, in order. There is one version so far.
const MIGRATIONS: &[&str] = &[];

const TABLES_THERE: &str = "
    SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()";
const FOUND: &str = "
    INSERT INTO hub (one, id, code, name, card, proof, version, distribution, created_at)
    VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8)";
const NOTE_VERSION: &str = "INSERT INTO migration (version, done_at) VALUES ($1, $2)";
const WHOSE: &str = "SELECT id, code, name, card, proof, version, distribution FROM hub WHERE one = 1";
const SET_VERSION: &str = "UPDATE hub SET version = $1 WHERE one = 1";

/// Small tables that stand on every server.
const REFERENCE: [&str; 6] = ["hub", "migration", "facility", "statement", "run", "sender"];
/// What each role may do. `%` is the role's name; the tables it reads besides follow.
const ROLES: &[(&str, &str)] = &[
    (
        "loader",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON facility, sender, bundle, bundle_file, record, record_content, said, attendance, statement, settlement TO %",
    ),
    (
        "reconciler",
        "GRANT SELECT ON facility, sender, bundle, record, record_content, said, statement, settlement TO %; GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON run, verdict_0, verdict_1, row_verdict_0, row_verdict_1, answer TO %",
    ),
    (
        "auditor",
        "GRANT SELECT ON facility, bundle_seen, record_seen, settlement_seen, run, sender, attendance TO %; GRANT SELECT ON verdict_0, verdict_1, row_verdict_0, row_verdict_1 TO %",
    ),
];
/// What an auditor reads: nothing sealed, no stand-ins for identities.
const VIEWS: &str = "
    CREATE VIEW bundle_seen AS SELECT facility, ledger, first_seq, last_seq, records, total_fen, refunds_fen, state,
        sealed_at, loaded_at, operator FROM bundle;
    CREATE VIEW record_seen AS SELECT facility, id, number, version, kind, total_fen, paid_fen, occurred_at, entered_at,
        stage, refund_fen, refusal, insutype, who FROM record;
    CREATE VIEW settlement_seen AS SELECT facility, id, setl_id, init_setl_id, medins_setl_id, med_type, insutype,
        clr_type, standing, refunded, setl_time, total_fen, fund_fen, account_fen, cash_fen, hospital_fen
        FROM settlement";

closed_list! {
    /// How the tables lie.
    Distribution as "distribution" {
        None = "none", "单库", "one server, or laid out by its administrator";
        Citus = "citus", "Citus 分布式", "spread by facility with Citus";
    }
}

/// Whose hub it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founding {
    /// Its id, which is also that of the ledger that answers.
    pub id: Uuid,
    /// Code of the city's own ledger's facility.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The keys that facilities trust.
    pub card: PeerCard,
    /// How the tables lie.
    pub distribution: Distribution,
}

impl Hub {
    /// Makes the tables that are not there yet, and founds the hub; `roles` makes the roles `guazhang_loader`,
    /// `guazhang_reconciler` and `guazhang_auditor` too.
    ///
    /// # Errors
    /// [`HubFault::AlreadyThere`]; what the server says, and nothing stands then.
    pub fn init(
        &mut self,
        key: &HubKey,
        founding: &Founding,
        roles: bool,
        now: Time,
    ) -> Result<(), HubFault> {
        if let Some(there) = self.whose()? {
            return Err(HubFault::AlreadyThere { name: there.0.name });
        }
        let mut tx = self.client.transaction()?;
        let there: Vec<String> = tx.query(TABLES_THERE, &[])?.iter().map(|row| row.get(0)).collect();
        for statement in statements(SCHEMA) {
            // An administrator may have laid out the large ones already, as partitions or on other servers.
            if table_of(statement).is_none_or(|table| !there.iter().any(|name| name == table)) {
                tx.batch_execute(statement)?;
            }
        }
        if founding.distribution == Distribution::Citus {
            for statement in statements(SCHEMA) {
                let Some(table) = table_of(statement) else { continue };
                let by = if table == "attendance" { "person" } else { "facility" };
                if REFERENCE.contains(&table) {
                    tx.execute("SELECT create_reference_table($1)", &[&table])?;
                } else {
                    tx.execute("SELECT create_distributed_table($1, $2)", &[&table, &by])?;
                }
            }
        }
        tx.batch_execute(VIEWS)?;
        if roles {
            for (role, grant) in ROLES {
                let name = format!("guazhang_{role}");
                let known = tx.query("SELECT 1 FROM pg_roles WHERE rolname = $1", &[&name])?;
                if known.is_empty() {
                    tx.batch_execute(&format!("CREATE ROLE {name}"))?;
                }
                tx.batch_execute(&grant.replace('%', &name))?;
                tx.batch_execute(&format!("GRANT SELECT ON hub, migration TO {name}"))?;
            }
        }
        let Founding { id, code, name, card, distribution } = founding;
        let at = now.naive();
        let (card, proof) = (card.to_string(), key.proof());
        tx.execute(FOUND, &[id, code, name, &card, &&proof[..], &VERSION, &distribution.id(), &at])?;
        tx.execute(NOTE_VERSION, &[&VERSION, &at])?;
        tx.commit()?;
        // What is encrypted does not get smaller by trying. A table that lies elsewhere is its own server's business.
        let _ = self.client.batch_execute("ALTER TABLE bundle_file ALTER COLUMN file SET STORAGE EXTERNAL");
        Ok(())
    }

    /// Whose it is, its proof and its version.
    fn whose(&mut self) -> Result<Option<(Founding, Vec<u8>, i32)>, HubFault> {
        let known = self.client.query(TABLES_THERE, &[])?;
        if !known.iter().any(|row| row.get::<_, String>(0) == "hub") {
            return Ok(None);
        }
        let Some(row) = self.client.query_opt(WHOSE, &[])? else { return Ok(None) };
        let odd = |text: String| HubFault::Odd { text };
        let (card, distribution): (String, String) = (row.get(3), row.get(6));
        let founding = Founding {
            id: row.get(0),
            code: row.get(1),
            name: row.get(2),
            card: card.parse().map_err(|_| odd("hub.card".to_owned()))?,
            distribution: distribution.parse().map_err(|_| odd("hub.distribution".to_owned()))?,
        };
        Ok(Some((founding, row.get(4), row.get(5))))
    }

    /// Whose it is, without a key: for reports that open nothing.
    ///
    /// # Errors
    /// [`HubFault::NoHub`], [`HubFault::Newer`].
    pub fn founding(&mut self) -> Result<Founding, HubFault> {
        let (founding, _, version) = self.whose()?.ok_or(HubFault::NoHub)?;
        if version > VERSION { Err(HubFault::Newer { version }) } else { Ok(founding) }
    }

    /// The same, where it is of this key; tables of an older edition are brought up first.
    ///
    /// # Errors
    /// As [`Hub::founding`], and [`HubFault::OtherKey`].
    pub fn open(&mut self, key: &HubKey, now: Time) -> Result<Founding, HubFault> {
        let (founding, proof, version) = self.whose()?.ok_or(HubFault::NoHub)?;
        if version > VERSION {
            return Err(HubFault::Newer { version });
        }
        if proof != key.proof() {
            return Err(HubFault::OtherKey { name: founding.name });
        }
        for (to, step) in (2..).zip(MIGRATIONS).filter(|(to, _)| *to > version) {
            let mut tx = self.client.transaction()?;
            tx.batch_execute(step)?;
            tx.execute(SET_VERSION, &[&to])?;
            tx.execute(NOTE_VERSION, &[&to, &now.naive()])?;
            tx.commit()?;
        }
        Ok(founding)
    }

    /// The version of the tables, and the one that this program makes.
    ///
    /// # Errors
    /// [`HubFault::NoHub`].
    pub fn versions(&mut self) -> Result<(i32, i32), HubFault> {
        Ok((self.whose()?.ok_or(HubFault::NoHub)?.2, VERSION))
    }

    /// Notes facilities by code and name, where they are not known; a name that was empty is filled in.
    ///
    /// # Errors
    /// [`HubFault::Clash`], and what the server says.
    pub fn know(&mut self, facilities: &[(String, String)]) -> Result<(), HubFault> {
        for (code, name) in facilities {
            let id = FacilityId::of(code);
            let mut tx = self.client.transaction()?;
            let there = tx.query_opt("SELECT code, name FROM facility WHERE id = $1", &[&id.0])?;
            match there.map(|row| (row.get::<_, String>(0), row.get::<_, String>(1))) {
                Some((other, _)) if other != *code => {
                    return Err(HubFault::Clash { one: other, other: code.clone() });
                }
                Some((_, known)) if known.is_empty() && !name.is_empty() => {
                    tx.execute("UPDATE facility SET name = $2 WHERE id = $1", &[&id.0, name])?;
                }
                Some(_) => {}
                None => {
                    tx.execute(
                        "INSERT INTO facility (id, code, name) VALUES ($1, $2, $3)",
                        &[&id.0, code, name],
                    )?;
                }
            }
            match tx.commit() {
                // Another loader noted it at the same moment.
                Err(error) if error.code().is_some_and(|code| code.code() == "23505") => {}
                done => done?,
            }
        }
        Ok(())
    }

    /// Every facility: its id, code and name.
    ///
    /// # Errors
    /// What the server says.
    pub fn facilities(&mut self) -> Result<Vec<(FacilityId, String, String)>, HubFault> {
        let rows = self.client.query("SELECT id, code, name FROM facility ORDER BY code", &[])?;
        Ok(rows.iter().map(|row| (FacilityId(row.get(0)), row.get(1), row.get(2))).collect())
    }
}

/// The statements of a file, without comments before them.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    let first = |part: &str| part.find("CREATE").map(|at| at..part.len());
    text.split_inclusive(";\n").filter_map(move |part| Some(&part[first(part)?]))
}

/// The table that a statement makes.
fn table_of(statement: &str) -> Option<&str> {
    statement.strip_prefix("CREATE TABLE ")?.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portable_path_is_kept() {
        let tables: Vec<&str> = statements(SCHEMA).filter_map(table_of).collect();
        assert_eq!(tables.len(), 18, "{tables:?}");
        let words = SCHEMA.to_uppercase();
        let code: String = words.lines().map(|line| line.split("--").next().unwrap_or("")).collect();
        for odd in ["BOOLEAN", "SERIAL", "SEQUENCE", "ON CONFLICT", "REFERENCES", "JSONB", "CHECK"] {
            assert!(!code.contains(odd), "{odd}");
        }
        for table in REFERENCE {
            assert!(tables.contains(&table), "{table}");
        }
        // The facility comes first in every key of a table that is not on every server.
        for statement in statements(SCHEMA) {
            let table = table_of(statement).unwrap();
            let keyed = statement.contains("PRIMARY KEY (facility") || table.contains("verdict");
            assert!(keyed || table == "attendance" || REFERENCE.contains(&table), "{table}");
        }
    }
}
