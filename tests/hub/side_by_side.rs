//! What two loaders do that meet at one facility, and a window that tells of a record which is not its own.

use crate::City;
use crate::cluster::{Cluster, here};
use guazhang::domain::{Digest, Kind, Money, RecordId, Stage, Time};
use guazhang::hub::{Address, FacilityId, Hub, HubFault, RecordRow, Stretch, Taken};
use std::sync::mpsc;
use std::time::Duration;
use uuid::Uuid;

fn now() -> Time {
    "2021-11-20T10:00:00".parse().unwrap()
}

/// The stretch of event `seq` alone, of a window that never handed in.
fn stretch(facility: FacilityId, seq: i64) -> Stretch {
    Stretch {
        facility,
        ledger: "0199a000000070008000000000000001".to_owned(),
        first: seq,
        last: seq,
        before: Digest::NONE,
        head: Digest::of(&seq.to_be_bytes()),
        records: 1,
        total: Money::from_fen(100),
        refunds: Money::from_fen(0),
        hashes: Digest::of(&seq.to_be_bytes()).bytes().to_vec(),
        sealed_at: now(),
    }
}

fn record(id: Uuid, number: &str) -> RecordRow {
    RecordRow {
        id: RecordId::from_bytes(*id.as_bytes()),
        number: number.parse().unwrap(),
        seq: 1,
        version: 1,
        kind: Kind::Outpatient,
        total: Money::from_fen(100),
        paid: None,
        occurred_at: now(),
        entered_at: now(),
        stage: Some(Stage::Pending),
        refund: None,
        refusal: None,
        insurance: "310".to_owned(),
        who: "演**".to_owned(),
        keys: [None; 8],
        person: None,
        sealed: vec![0],
    }
}

#[test]
fn one_facility_is_loaded_by_one_at_a_time_and_no_window_tells_of_anothers_record() {
    if !here() {
        return;
    }
    let cluster = Cluster::start();
    let city = City::made_up(&cluster.database("city"), 1, 20);
    city.load().ended(0);
    let mut sql = cluster.sql("city");
    let code: String = sql.query_one("SELECT code FROM facility", &[]).unwrap().get(0);
    let facility = FacilityId::of(&code);
    let theirs =
        sql.query_one("SELECT id, number, facility FROM record ORDER BY number LIMIT 1", &[]).unwrap();
    let (id, number, key): (Uuid, String, i64) = (theirs.get(0), theirs.get(1), theirs.get(2));
    let mut hub = Hub::connect(&Address::read(&city.url, None, None).unwrap()).unwrap();
    let mut take = move |seq: i64, head: i64, row: RecordRow| {
        hub.take_bundle((&stretch(facility, seq), head), &[row], &[], b"", "IT", now())
    };
    let mut bundles = move || -> i64 { sql.query_one("SELECT count(*) FROM bundle", &[]).unwrap().get(0) };
    let own = Uuid::from_u128(7);
    for row in [record(id, "B1-1"), record(own, &number)] {
        let said = row.number.to_string();
        let found = take(1, 0, row);
        assert!(matches!(&found, Err(HubFault::Contradicts { number }) if *number == said), "{found:?}");
        assert_eq!(bundles(), 1, "nothing of it stands");
    }
    assert_eq!(take(1, 0, record(own, "B1-1")).unwrap(), Taken::In { new: 1, changed: 0 });
    // Somebody else was faster.
    assert_eq!(take(2, 0, record(own, "B1-1")).unwrap(), Taken::Moved);
    assert_eq!(bundles(), 2);
    // Whoever loads for the same facility waits.
    let mut other = cluster.sql("city");
    let mut held = other.transaction().unwrap();
    held.query("SELECT 1 FROM facility WHERE id = $1 FOR UPDATE", &[&key]).unwrap();
    let (told, heard) = mpsc::channel();
    let waits = std::thread::spawn(move || told.send(take(2, 1, record(own, "B1-1")).unwrap()));
    assert!(heard.recv_timeout(Duration::from_millis(500)).is_err(), "it does not wait");
    held.commit().unwrap();
    assert_eq!(heard.recv().unwrap(), Taken::In { new: 0, changed: 1 });
    waits.join().unwrap().unwrap();
}
