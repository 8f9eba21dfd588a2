//! Everything that a key of what is left open touches, and what those keys touch, until nothing
//! more is.
//!
//! The engine knows two things to belong together by equal keys alone, and a near miss by an
//! equal total of what is left on both sides. So a set that no key leads out of has the same
//! verdicts by itself as among all others; a property of the engine holds that for any set
//! (`reconcile/properties.rs`). What is pulled in too much costs time and changes nothing.

use super::HubFault;

/// A kind of key, and the columns through which it touches rows. Stand-ins of different kinds never mean the same.
struct Kind {
    name: &'static str,
    /// Of settlements left.
    loose: &'static [&'static str],
    /// Of records left.
    free: &'static [&'static str],
    /// Of pairs.
    pair: &'static [&'static str],
}

/// The columns of a kind in one of the tables.
type Columns = fn(&Kind) -> &'static [&'static str];

const fn kind(
    name: &'static str,
    loose: &'static [&'static str],
    free: &'static [&'static str],
    pair: &'static [&'static str],
) -> Kind {
    Kind { name, loose, free, pair }
}

#[rustfmt::skip] // the columns are the point
const KINDS: [Kind; 7] = [
    kind("record_no", &["record_no"],    &["record_no"], &["record_no"]),
    kind("receipt",   &["receipt"],      &["receipt"],   &["receipt"]),
    kind("issued",    &["issued"],       &["issued"],    &["issued"]),
    kind("setl",      &["setl", "init"], &["answered"],  &["setl"]),
    kind("visit",     &["visit"],        &["visit"],     &["visit"]),
    kind("cert",      &["cert"],         &["cert"],      &["cert", "their_cert"]),
    kind("psn",       &["psn"],          &["psn"],       &["psn", "their_psn"]),
];

const TABLES: &str = "
    CREATE TEMPORARY TABLE touched (kind TEXT, key BIGINT, round INTEGER);
    CREATE TEMPORARY TABLE pulled (facility BIGINT, id UUID, round INTEGER);
    CREATE TEMPORARY TABLE pulled_pair (facility BIGINT, settlement UUID)";

/// Moves what is touched out of `pair` and notes it in `pulled`, with the records of `free` that are touched or could be
/// near to what is left.
pub(super) fn pull(tx: &mut postgres::Transaction<'_>) -> Result<(), HubFault> {
    tx.batch_execute(TABLES)?;
    // Kinds of which a key was noted in the round before; the others touch nothing new.
    let mut news = Vec::new();
    for kind in &KINDS {
        let mut new = 0;
        for column in kind.loose {
            new += touch(tx, kind.name, column, "loose", 0)?;
        }
        news.extend((new > 0).then_some(kind));
    }
    let mut round = 0;
    while !news.is_empty() {
        round += 1;
        tx.batch_execute("ANALYZE touched")?;
        let pairs = condition(&news, |kind| kind.pair, round - 1);
        let found = tx.execute(
            &format!("INSERT INTO pulled SELECT facility, id, {round} FROM pair WHERE {pairs}"),
            &[],
        )?;
        let free = condition(&news, |kind| kind.free, round - 1);
        let found_free = tx.execute(
            &format!(
                "INSERT INTO pulled SELECT f.facility, f.id, -{round} FROM free f
                 LEFT JOIN pulled p ON p.id = f.id AND p.facility = f.facility WHERE p.id IS NULL AND ({free})"
            ),
            &[],
        )?;
        tx.batch_execute("ANALYZE pulled")?;
        let pulled = [
            (found, "pair", round, (|kind| kind.pair) as Columns),
            (found_free, "free", -round, |kind| kind.free),
        ];
        news.clear();
        for kind in &KINDS {
            let mut new = 0;
            for (found, table, mark, columns) in pulled {
                let from = format!("{table} JOIN pulled p USING (facility, id) WHERE p.round = {mark}");
                for column in columns(kind).iter().filter(|_| found > 0) {
                    new += touch(tx, kind.name, column, &from, round)?;
                }
            }
            news.extend((new > 0).then_some(kind));
        }
        if found > 0 {
            tx.batch_execute(&format!(
                "INSERT INTO pulled_pair SELECT facility, settlement FROM pair JOIN pulled p USING (facility, id)
                     WHERE p.round = {round};
                 DELETE FROM pair WHERE id IN (SELECT id FROM pulled WHERE round = {round})"
            ))?;
        }
    }
    tx.batch_execute(
        "INSERT INTO pulled SELECT f.facility, f.id, 0 FROM free f
             LEFT JOIN pulled p ON p.id = f.id AND p.facility = f.facility
             WHERE p.id IS NULL AND EXISTS (
                 SELECT 1 FROM loose l WHERE l.facility = f.facility AND l.total_fen = f.total_fen)",
    )?;
    Ok(())
}

/// Notes the keys of a column that were not noted yet; how many.
fn touch(
    tx: &mut postgres::Transaction<'_>,
    kind: &str,
    column: &str,
    from: &str,
    round: i32,
) -> Result<u64, HubFault> {
    let and = if from.contains("WHERE") { "AND" } else { "WHERE" };
    let text = format!(
        "INSERT INTO touched SELECT DISTINCT '{kind}', {column}, {round} FROM {from}
         {and} {column} IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM touched t WHERE t.kind = '{kind}' AND t.key = {column})"
    );
    Ok(tx.execute(&text, &[])?)
}

/// Whether a row has a key that the round before noted.
fn condition(news: &[&Kind], columns: Columns, round: i32) -> String {
    let parts = news.iter().flat_map(|kind| {
        let name = kind.name;
        columns(kind).iter().map(move |column| {
            format!("{column} IN (SELECT key FROM touched WHERE kind = '{name}' AND round = {round})")
        })
    });
    parts.collect::<Vec<_>>().join(" OR ")
}
