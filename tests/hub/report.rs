//! The report, the checks and the export of a hub that holds something: `url` is of a database with records,
//! settlements and a reconciliation that counts, and is the same again afterwards.

use guazhang::domain::{Money, Time};
use guazhang::hub::{Address, Hub, HubCheck, HubFault, HubFound, SeenRecord};
use postgres::{Client, NoTls};
use std::collections::BTreeMap;

fn hub(url: &str) -> Hub {
    Hub::connect(&Address::read(url, None, None).unwrap()).unwrap()
}

fn number(client: &mut Client, text: &str) -> i64 {
    client.query_one(text, &[]).unwrap().get(0)
}

/// Every figure is what plain questions to the tables answer.
pub(crate) fn figures_are_those_of_the_tables(url: &str) {
    let now: Time = "2021-11-20T10:00:00".parse().unwrap();
    let figures = hub(url).figures(now).unwrap();
    let mut client = Client::connect(url, NoTls).unwrap();
    let slot = figures.run.as_ref().unwrap().slot;
    let open = "stage NOT IN ('settled', 'refunded', 'cleared', 'void') AND kind <> 'filing'";
    let fen = |money: Money| money.fen();
    let age = |from: &str| format!("{open} AND occurred_at < '{from}'");
    let sum = |where_: &str| format!("SELECT coalesce(sum(total_fen), 0)::bigint FROM record WHERE {where_}");
    #[rustfmt::skip] // the columns are the point
    let cases = [
        (i64::try_from(figures.facilities.len()).unwrap(), "SELECT count(*) FROM facility".to_owned()),
        (figures.sum(|one| one.records).count, "SELECT count(*) FROM record WHERE kind <> 'filing'".to_owned()),
        (fen(figures.sum(|one| one.records).total), sum("kind <> 'filing'")),
        (fen(figures.sum(|one| one.open).total), sum(open)),
        (fen(figures.sum(|one| one.ages[5]).total), sum(&age("2021-10-21"))),
        (fen(figures.sum(|one| one.ages[4]).total) + fen(figures.sum(|one| one.ages[5]).total), sum(&age("2021-11-05"))),
        (figures.sum(|one| one.matched).count, format!(
            "SELECT count(*) FROM record JOIN verdict_{slot} v USING (facility, id) WHERE {open} AND v.verdict = 'matched'")),
        (figures.sum(|one| one.alone).count, format!("SELECT count(*) FROM row_verdict_{slot} WHERE verdict = 'extra'")),
        (figures.sum(|one| one.settlements).count, "SELECT count(*) FROM settlement WHERE refunded = 0".to_owned()),
        (figures.doubles.records.count, "SELECT count(DISTINCT (a.facility, a.id)) FROM attendance a JOIN attendance b
            ON a.person = b.person AND a.facility <> b.facility AND a.day = b.day AND a.kind = b.kind
            AND a.total_fen = b.total_fen JOIN record r ON r.facility = a.facility AND r.id = a.id
            WHERE a.kind <> 'filing' AND a.total_fen > 0".to_owned()),
        (i64::try_from(figures.windows.iter().filter(|one| one.bundles > 0).count()).unwrap(),
            "SELECT count(DISTINCT (facility, ledger)) FROM bundle WHERE state = 'merged'".to_owned()),
    ];
    for (found, text) in cases {
        assert_eq!(found, number(&mut client, &text), "{text}");
    }
    for one in &figures.facilities {
        let sums = [&one.stages[..]].map(|all| all.iter().map(|tally| tally.total).sum::<Money>());
        assert_eq!(sums, [one.records.total], "{}", one.code);
        assert_eq!(one.ages.iter().map(|tally| tally.count).sum::<i64>(), one.open.count, "{}", one.code);
    }
    assert!(figures.facilities.is_sorted_by_key(|one| std::cmp::Reverse(one.left().total)));
}

/// Every record comes once, those of a facility together.
pub(crate) fn every_record_is_seen_once(url: &str) {
    let (mut of, mut order) = (BTreeMap::<String, i64>::new(), Vec::new());
    let take = |record: SeenRecord| -> Result<(), HubFault> {
        if order.last() != Some(&record.facility) {
            order.push(record.facility.clone());
        }
        *of.entry(record.facility).or_default() += 1;
        Ok(())
    };
    hub(url).each_record(take).unwrap();
    assert_eq!(order.len(), of.len(), "a facility's records are not torn apart");
    let mut client = Client::connect(url, NoTls).unwrap();
    assert_eq!(of.values().sum::<i64>(), number(&mut client, "SELECT count(*) FROM record"));
}

/// A hub that nobody touched is sound; each thing that is broken is found by its own check, and by no other.
pub(crate) fn what_is_broken_is_found(url: &str) {
    let mut client = Client::connect(url, NoTls).unwrap();
    let slot =
        number(&mut client, "SELECT slot::bigint FROM run WHERE state = 'done' ORDER BY run DESC LIMIT 1");
    let wrong = |found: Vec<(HubCheck, HubFound)>| -> Vec<HubCheck> {
        let well = |found: &HubFound| matches!(found, HubFound::Well | HubFound::Counted { .. });
        found.into_iter().filter(|(_, found)| !well(found)).map(|(check, _)| check).collect()
    };
    let sound = wrong(hub(url).examine().unwrap());
    assert!(sound.iter().all(|check| *check == HubCheck::Waiting), "{sound:?}");
    let one_of = |table: &str, which: &str| {
        let out = format!("CREATE TABLE kept AS SELECT * FROM {table} WHERE {which} ORDER BY 1, 2 LIMIT 1");
        let which = format!("({table}) = (SELECT kept FROM kept)");
        (
            format!("{out}; DELETE FROM {table} WHERE {which}"),
            format!("INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept"),
        )
    };
    let verdict = format!("verdict_{slot}");
    let lone = "last_seq = (SELECT max(last_seq) FROM bundle WHERE state = 'merged') AND state = 'merged'";
    let twice = format!(
        "CREATE TABLE kept AS SELECT * FROM {verdict} WHERE settlement IS NULL LIMIT 1; INSERT INTO {verdict} SELECT * FROM kept"
    );
    let once = format!(
        "DELETE FROM {verdict} WHERE id = (SELECT id FROM kept); INSERT INTO {verdict} SELECT * FROM kept; DROP TABLE kept"
    );
    let shared = format!(
        "CREATE TABLE kept AS SELECT * FROM {verdict} WHERE facility = (SELECT facility FROM {verdict}
             WHERE verdict = 'matched' AND settlement IS NOT NULL GROUP BY facility HAVING count(*) > 1 LIMIT 1)
             AND verdict = 'matched' AND settlement IS NOT NULL LIMIT 2;
         UPDATE {verdict} SET settlement = (SELECT settlement FROM kept LIMIT 1) WHERE id IN (SELECT id FROM kept)"
    );
    let apart = format!(
        "UPDATE {verdict} v SET settlement = k.settlement FROM kept k WHERE k.id = v.id; DROP TABLE kept"
    );
    let flip = format!(
        "UPDATE bundle SET hashes = set_byte(hashes, length(hashes) - 1, get_byte(hashes, length(hashes) - 1) # 1) WHERE {lone}"
    );
    let (no_content, content) = one_of("record_content", "true");
    let (no_file, file) = one_of("bundle_file", "true");
    let (no_verdict, its_verdict) = one_of(&verdict, "true");
    let money = |sign: &str| {
        format!(
            "UPDATE record SET total_fen = total_fen {sign} 1 WHERE (facility, id) = (SELECT facility, id FROM record ORDER BY 1, 2 LIMIT 1)"
        )
    };
    let stranger = "INSERT INTO settlement SELECT * FROM kept";
    let strange = format!(
        "CREATE TABLE kept AS SELECT * FROM settlement LIMIT 1; UPDATE kept SET facility = 1; {stranger}"
    );
    #[rustfmt::skip] // the columns are the point
    let cases: [(HubCheck, &str, &str); 11] = [
        (HubCheck::Contents,    &no_content, &content),
        (HubCheck::Files,       &no_file,    &file),
        (HubCheck::Verdicts,    &no_verdict, &its_verdict),
        (HubCheck::Verdicts,    &twice,      &once),
        (HubCheck::Settlements, &shared,     &apart),
        (HubCheck::Chains,      &flip,       &flip),
        (HubCheck::Sums,        &money("+"), &money("-")),
        (HubCheck::Facilities,  &strange,    "DELETE FROM settlement WHERE facility = 1; DROP TABLE kept"),
        (HubCheck::Attendance,  "INSERT INTO attendance SELECT person, facility, person, day, kind, total_fen FROM attendance LIMIT 1",
                                "DELETE FROM attendance WHERE person = id"),
        (HubCheck::Runs,        "INSERT INTO run SELECT max(run) + 1, 0, 'running', 0, '{}', '2021-11-20 10:00:00', NULL, 'Li' FROM run",
                                "DELETE FROM run WHERE state = 'running'"),
        (HubCheck::Tables,      "ALTER TABLE said RENAME COLUMN refusal TO other", "ALTER TABLE said RENAME COLUMN other TO refusal"),
    ];
    for (check, break_it, mend) in cases {
        client.batch_execute(break_it).unwrap();
        let found = wrong(hub(url).examine().unwrap());
        client.batch_execute(mend).unwrap();
        assert!(found.contains(&check), "{break_it}: {found:?}");
        let others: Vec<_> =
            found.iter().filter(|one| **one != check && **one != HubCheck::Waiting).collect();
        // Tables that are not as they should be are looked at no further.
        assert!(others.is_empty() || check == HubCheck::Tables, "{break_it}: {others:?}");
        assert_eq!(wrong(hub(url).examine().unwrap()), sound, "{mend}");
    }
}
