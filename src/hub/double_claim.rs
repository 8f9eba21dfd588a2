//! One person in two places: records of the same day, the same kind and the same amount at two facilities or more.
//!
//! A person is a keyed digest, and nothing here opens it: what is shown are the records, each with
//! the masked name that stands beside it anyway. Whether it is a double claim, people find out.

use super::HubFault;
use super::figures::{FacilityFigures, Tally};
use crate::domain::{Day, Kind, Money, Stage, Time};
use postgres::Transaction;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A record that may be claimed a second time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoublePlace {
    /// Code of the facility.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Number of the record there.
    pub number: String,
    /// The masked name.
    pub who: String,
    /// How far it has come.
    pub stage: Stage,
}

/// One person, one day, one amount, several facilities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubleClaim {
    /// When.
    pub day: Day,
    /// What.
    pub kind: Kind,
    /// What each of them cost.
    pub total: Money,
    /// Where, by facility and number; at least two facilities.
    pub places: Vec<DoublePlace>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubles {
    /// How many persons.
    pub persons: i64,
    /// How many records, and what they cost together.
    pub records: Tally,
    /// What is too much where only one record of each claim is right.
    pub at_risk: Money,
    /// Each, the most money first.
    pub claims: Vec<DoubleClaim>,
}

/// The persons that were at two facilities are found by the key alone; only of those the rest is compared.
const DOUBLES: &str = "
    SELECT a.person, a.day, a.kind, a.total_fen, a.facility, a.id FROM attendance a JOIN (
        SELECT b.person, b.day, b.kind, b.total_fen FROM attendance b JOIN (
            SELECT person FROM attendance GROUP BY person HAVING min(facility) <> max(facility)) p
            ON p.person = b.person
        WHERE b.kind <> 'filing' AND b.total_fen > 0
        GROUP BY b.person, b.day, b.kind, b.total_fen HAVING min(b.facility) <> max(b.facility)) g
        ON g.person = a.person AND g.day = a.day AND g.kind = a.kind AND g.total_fen = a.total_fen";
const SHOWN: &str = "SELECT id, number, who, stage FROM record_seen WHERE facility = $1 AND id = ANY($2)";

/// Person, day, kind and fen: what makes one claim of several records.
type Same = (Uuid, Day, String, i64);

pub(super) fn doubles(
    tx: &mut Transaction<'_>,
    facilities: &BTreeMap<i64, FacilityFigures>,
) -> Result<Doubles, HubFault> {
    let mut at: BTreeMap<i64, Vec<(Uuid, Same)>> = BTreeMap::new();
    for row in tx.query(DOUBLES, &[])? {
        let day: chrono::NaiveDate = row.get(1);
        let day = Time::from_naive(day.and_time(chrono::NaiveTime::MIN)).day();
        let same = (row.get(0), day, row.get(2), row.get(3));
        at.entry(row.get(4)).or_default().push((row.get(5), same));
    }
    let mut claims: BTreeMap<Same, Vec<DoublePlace>> = BTreeMap::new();
    let shown = tx.prepare(SHOWN)?;
    // Facility by facility: the records of each lie together, on whichever server.
    for (facility, found) in at {
        let Some(known) = facilities.get(&facility) else {
            return Err(HubFault::Odd { text: format!("attendance.facility {facility}") });
        };
        let ids: Vec<Uuid> = found.iter().map(|(id, _)| *id).collect();
        let mut same: BTreeMap<Uuid, Same> = found.into_iter().collect();
        for row in tx.query(&shown, &[&facility, &ids])? {
            let stage: String = row.get(3);
            let place = DoublePlace {
                code: known.code.clone(),
                name: known.name.clone(),
                number: row.get(1),
                who: row.get(2),
                stage: stage.parse().map_err(|_| HubFault::Odd { text: stage })?,
            };
            if let Some(same) = same.remove(&row.get::<_, Uuid>(0)) {
                claims.entry(same).or_default().push(place);
            }
        }
    }
    folded(claims)
}

/// What another window has voided meanwhile is no claim, and what is left in one place is no double one.
fn folded(found: BTreeMap<Same, Vec<DoublePlace>>) -> Result<Doubles, HubFault> {
    let (mut all, mut persons) = (Doubles::default(), BTreeSet::new());
    for ((person, day, kind, fen), mut places) in found {
        places.retain(|place| place.stage != Stage::Void);
        places.sort_by(|one, other| (&one.code, &one.number).cmp(&(&other.code, &other.number)));
        if places.first().map(|place| &place.code) == places.last().map(|place| &place.code) {
            continue;
        }
        let count = i64::try_from(places.len()).unwrap_or(i64::MAX);
        let sum = |count: i64| Money::from_fen(fen.saturating_mul(count));
        persons.insert(person);
        all.records += Tally { count, total: sum(count) };
        all.at_risk += sum(count - 1);
        let kind = kind.parse().map_err(|_| HubFault::Odd { text: kind })?;
        all.claims.push(DoubleClaim { day, kind, total: Money::from_fen(fen), places });
    }
    all.persons = i64::try_from(persons.len()).unwrap_or(i64::MAX);
    // The order of digests would say which claims are of one person; that of the records does not.
    all.claims.sort_by(|one, other| {
        let first = |claim: &DoubleClaim| {
            claim.places.first().map(|place| (place.code.clone(), place.number.clone()))
        };
        (other.total, one.day, first(one)).cmp(&(one.total, other.day, first(other)))
    });
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(code: &str, number: &str, stage: Stage) -> DoublePlace {
        let (code, number) = (code.to_owned(), number.to_owned());
        DoublePlace { code, name: String::new(), number, who: "王*".to_owned(), stage }
    }

    #[test]
    fn two_facilities_make_a_double_claim_and_a_void_record_does_not() {
        let day = Day::new(2021, 10, 25).unwrap();
        let same = |person: u128, fen| (Uuid::from_u128(person), day, "outpatient".to_owned(), fen);
        let found = BTreeMap::from([
            (
                same(1, 500),
                vec![place("H2", "A1-0001", Stage::Pending), place("H1", "A1-0007", Stage::Settled)],
            ),
            (
                same(1, 900),
                vec![place("H1", "A1-0002", Stage::Pending), place("H1", "A1-0003", Stage::Pending)],
            ),
            (same(2, 700), vec![place("H1", "A1-0004", Stage::Void), place("H2", "A1-0005", Stage::Pending)]),
            (
                same(3, 600),
                vec![
                    place("H1", "A1-0005", Stage::Held),
                    place("H2", "A1-0006", Stage::Held),
                    place("H3", "A1-0006", Stage::Held),
                ],
            ),
        ]);
        let all = folded(found).unwrap();
        assert_eq!(
            (all.persons, all.records.count, all.records.total.fen(), all.at_risk.fen()),
            (2, 5, 2800, 1700)
        );
        let told: Vec<(i64, &str, usize)> = all
            .claims
            .iter()
            .map(|claim| (claim.total.fen(), claim.places[0].code.as_str(), claim.places.len()))
            .collect();
        assert_eq!(told, [(600, "H1", 3), (500, "H1", 2)]);
    }
}
