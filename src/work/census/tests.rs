//! What the notices ask, as tables; and the road of a patient from the list to
//! the record in which the stay goes on.

use super::{CensusTaken, Doing, Standing, asked, census, do_asked, take_census};
use crate::domain::{Actor, CensusNumber, Kind, Money, Time};
use crate::intake::{CensusSheet, ColumnMap, Context};
use crate::notice::{Calendar, builtin_text};
use crate::store::{Founding, Guard, Ledger, LoadedNotice, Mode};
use crate::text::{Explain, Label, Lang};
use crate::work::{ErrorKind, Law, WorkError};
use tempfile::TempDir;

const HEADINGS: &str =
    "record_no,name,line,insurance,locality,admitted_at,discharged_at,dischargeable,fact:third_party,total";

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

fn actor(now: &str) -> Actor {
    Actor { operator: "收费员甲".into(), at: at(now) }
}

fn ledger(notice: &str, now: &str) -> (TempDir, Ledger, Law) {
    let folder = tempfile::tempdir().unwrap();
    let founding =
        Founding { facility: "H14990100001".into(), name: "示例医院".into(), station: "A1".into() };
    let mut ledger =
        Ledger::create(&folder.path().join("guazhang.db"), &founding, &actor(now), &Guard::Open).unwrap().0;
    let text = builtin_text(notice).unwrap().to_owned();
    let loaded = LoadedNotice { id: notice.to_owned(), text };
    ledger.write(&actor(now), Mode::Keep, |w| w.add_notice(&loaded)).unwrap();
    let law = Law::read(&ledger.books(), Calendar::built_in()).unwrap();
    (folder, ledger, law)
}

fn take(
    folder: &TempDir,
    ledger: &mut Ledger,
    law: &Law,
    now: &str,
    rows: &[&str],
) -> Result<CensusTaken, WorkError> {
    let path = folder.path().join("census.csv");
    std::fs::write(&path, format!("{HEADINGS}\n{}\n", rows.join("\n"))).unwrap();
    let fact_kind = |name: &str| law.fact_kind(name);
    let ctx = Context {
        now: at(now),
        own_facility: "H14990100001",
        knows_facility: &|_| false,
        fact_kind: &fact_kind,
    };
    let sheet = CensusSheet::open(&path, &ColumnMap::none(), &ctx).unwrap();
    take_census(ledger, &actor(now), Mode::Keep, sheet, &path, false)
}

/// `action until standing` of each thing asked, or the patient's own standing.
fn told(law: &Law, ledger: &Ledger, number: i64, now: &str) -> String {
    let stored = ledger.books().census_entry(CensusNumber(number)).unwrap();
    let patient = asked(law, stored, at(now));
    if patient.asks.is_empty() {
        return patient.standing().id().to_owned();
    }
    let due = |time: Option<Time>| time.map_or("-".to_owned(), |time| time.platform()[5..16].to_owned());
    let asks =
        patient.asks.iter().map(|ask| format!("{} {} {}", ask.action, due(ask.due_at), ask.standing.id()));
    asks.collect::<Vec<_>>().join(", ")
}

fn table(notice: &str, cases: &[(&str, &str, &str)]) {
    for (now, row, want) in cases {
        let (folder, mut ledger, law) = ledger(notice, now);
        let taken = take(&folder, &mut ledger, &law, now, &[row]);
        assert_eq!(taken.map(|taken| taken.new).map_err(|error| error.what(Lang::En)), Ok(1), "{row}");
        assert_eq!(told(&law, &ledger, 1, now), *want, "{notice} {now} {row}");
    }
}

#[test]
fn xinzhou_closes_psychiatric_stays_and_discharges_who_can_go() {
    let (early, late, after) = ("2021-10-15T09:00:00", "2021-10-19T17:00:01", "2021-11-02T09:00:00");
    #[rustfmt::skip] // the columns are the point
    table("xinzhou-2021", &[
        // now   record_no,name,line,insurance,locality,admitted_at,discharged_at,dischargeable,third_party,total
        (early, "1,张三,,390,local,2021-10-01,,yes,,",            "discharge_settle 10-19 17:00 due_soon"),
        (late,  "1,张三,,390,local,2021-10-01,,yes,,",            "discharge_settle 10-19 17:00 overdue"),
        (early, "1,张三,,390,inbound,2021-10-01,,yes,,",          "discharge_settle 10-19 17:00 due_soon"),
        (early, "1,张三,,390,local,2021-10-01,,no,,",             "nothing"),
        (early, "1,张三,,390,local,2021-10-01,,,,",               "undetermined"),
        (early, "1,张三,psychiatric,390,local,2021-03-01,,no,,",  "interim_settle 10-19 17:00 due_soon, convert_self_pay 10-19 17:00 due_soon, readmit - wait"),
        (after, "1,张三,psychiatric,390,local,2021-03-01,,no,,",  "interim_settle 10-19 17:00 overdue, convert_self_pay 10-19 17:00 overdue, readmit - open"),
        (early, "1,张三,,390,local,2021-10-01,2021-10-10,yes,,",  "gone"),
    ]);
}

#[test]
fn zhangjiagang_makes_everyone_self_pay() {
    let now = "2021-12-28T09:00:00";
    #[rustfmt::skip] // the columns are the point
    table("zhangjiagang-2021", &[
        (now, "1,张三,,310,local,2021-12-20,,no,,",          "discharge_settle 12-30 20:00 due_soon, convert_self_pay 12-30 20:00 due_soon"),
        (now, "1,李四,maternity,510,local,2021-12-26,,no,,", "convert_self_pay 12-30 20:00 due_soon"),
        (now, "1,王五,,310,inbound,2021-12-20,,yes,,",       "discharge_settle 12-30 20:00 due_soon"),
        (now, "1,王五,,310,inbound,2021-12-20,,no,,",        "convert_self_pay 12-30 20:00 due_soon"),
        (now, "1,王五,,310,inbound,2021-12-20,,,,",          "undetermined"),
    ]);
}

#[test]
fn tangshan_settles_the_year_by_the_day_of_admission() {
    let (early, after) = ("2019-12-20T09:00:00", "2020-01-05T09:00:00");
    #[rustfmt::skip] // the columns are the point
    table("tangshan-2019", &[
        (early, "1,张三,,310,local,2018-12-31 23:59,,no,,",      "discharge_settle 12-31 18:00 due_soon"),
        (early, "1,张三,,310,local,2019-01-01 00:00,,no,,",      "year_end_settle 12-31 18:00 due_soon"),
        (early, "1,张三,,390,local,2019-12-01,,no,,",            "year_end_settle 12-31 18:00 due_soon"),
        (early, "1,张三,maternity,310,local,2019-12-01,,no,,",   "nothing"),
        (early, "1,张三,,510,local,2019-12-01,,no,,",            "nothing"),
        (early, "1,张三,,340,local,2019-06-01,,no,,",            "discharge_settle 12-30 12:00 due_soon, readmit 01-05 23:59 wait"),
        (after, "1,张三,,340,local,2019-06-01,,no,,",            "discharge_settle 12-30 12:00 overdue, readmit 01-05 23:59 due_soon"),
        (early, "1,张三,accident,390,local,2019-12-01,,no,no,",  "discharge_settle 12-31 18:00 due_soon"),
        (early, "1,张三,accident,390,local,2019-12-01,,no,yes,", "year_end_settle 12-31 18:00 due_soon"),
        (early, "1,张三,,310,local,2019-06-01,2019-06-20,,,",    "clean_up - open"),
    ]);
}

#[test]
fn a_list_again_changes_nothing_and_a_later_one_counts() {
    let (now, later) = ("2021-10-15T09:00:00", "2021-10-16T09:00:00");
    let (folder, mut ledger, law) = ledger("xinzhou-2021", now);
    let first = ["1,张三,,390,local,2021-10-01,,,,10", "2,李四,,390,local,2021-10-02,,no,,20"];
    let known = |taken: &CensusTaken| (taken.new, taken.known, taken.changed.len());
    assert_eq!(known(&take(&folder, &mut ledger, &law, now, &first).unwrap()), (2, 0, 0));
    let head = ledger.books().head().unwrap();
    // The same rows, also in another order, beside each other or alone.
    for rows in [&first[..], &[first[1], first[0]], &[first[1], first[1]], &first[..1]] {
        assert_eq!(take(&folder, &mut ledger, &law, later, rows).unwrap().new, 0);
        assert_eq!(ledger.books().head().unwrap(), head, "{rows:?}");
    }
    let second = ["1,张三,,390,local,2021-10-01,,yes,,10", "3,王五,,390,local,2021-10-03,,no,,30"];
    assert_eq!(known(&take(&folder, &mut ledger, &law, later, &second).unwrap()), (1, 0, 1));
    assert_eq!(told(&law, &ledger, 1, later), "discharge_settle 10-19 17:00 due_soon");
    let stored = ledger.books().census_entry(CensusNumber(1)).unwrap();
    assert_eq!((stored.version, stored.entry.total), (2, Some(Money::from_fen(1000))));
    // An old list found again does not undo what a later one said.
    let again = take(&folder, &mut ledger, &law, later, &first).unwrap();
    assert!(again.read_before && again.known == 2);
    assert_eq!(ledger.books().census_entry(CensusNumber(1)).unwrap().version, 2);
    assert_eq!(census(&ledger, &law, at(later)).unwrap().len(), 3);
    assert_eq!(ledger.books().prove().unwrap().faults, []);
}

#[test]
fn a_bad_row_refuses_the_list_by_line_and_column() {
    let now = "2021-10-15T09:00:00";
    let (folder, mut ledger, law) = ledger("xinzhou-2021", now);
    let head = ledger.books().head().unwrap();
    let rows = [
        "1,张三,,390,local,2021-10-01,,,,",
        ",李四,,390,local,2021-10-02,,,,",
        "2,,,390,local,2021-10-02,,,,",
        "3,王五,,390,local,,,,,",
        "4,王五,,390,local,2021-10-02,2021-10-01,,,",
        "5,王五,chronic,390,local,2021-10-02,,,,",
        "6,王五,,390,local,2021-10-02,,perhaps,,-1",
        "1,赵六,,390,local,2021-10-01,,,,",
    ];
    let Err(WorkError::Rows(faults)) = take(&folder, &mut ledger, &law, now, &rows) else {
        panic!("the list is refused")
    };
    let said = faults.iter().map(|fault| format!("{} {} {}", fault.line, fault.column, fault.reason.id()));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            "3 record_no no_key",
            "4 name missing",
            "5 admitted_at missing",
            "6 discharged_at backwards",
            "7 line word",
            "8 total negative",
            "8 dischargeable fact",
            "9 record_no other_content",
            "2 record_no other_content",
        ]
    );
    assert_eq!(ledger.books().head().unwrap(), head);
}

fn act(
    ledger: &mut Ledger,
    law: &Law,
    now: &str,
    action: &str,
    doing: &Doing,
) -> Result<super::CensusAct, WorkError> {
    do_asked(ledger, law, &actor(now), Mode::Keep, CensusNumber(1), action, doing)
}

#[test]
fn a_psychiatric_stay_goes_on_as_one() {
    let (now, after) = ("2021-10-18T09:00:00", "2021-11-02T09:00:00");
    let (folder, mut ledger, law) = ledger("xinzhou-2021", now);
    take(&folder, &mut ledger, &law, now, &["ZY1,张三,psychiatric,390,local,2021-03-01,,no,,5000"]).unwrap();
    let doing = Doing { evidence: "结算单 77".into(), ..Doing::default() };
    let settled = act(&mut ledger, &law, now, "interim_settle", &doing).unwrap();
    assert!(settled.record.is_none() && !settled.late, "the conversion opens the record");
    let converted = act(&mut ledger, &law, now, "convert_self_pay", &Doing::default()).unwrap();
    let number = converted.record.clone().unwrap();
    assert!(converted.opened);
    let record = ledger.books().record(&number).unwrap();
    let was = &record.record;
    assert_eq!((was.kind, was.record_no.as_str(), was.total), (Kind::Inpatient, "ZY1", Money::default()));
    assert_eq!(was.admitted_at, Some(at("2021-03-01")), "one stay keeps its admission");
    assert_eq!(was.facts.time("first_admitted_at"), Some(at("2021-03-01")));
    assert_eq!(was.facts.text("linked_census"), Some("C-0001"));
    let decision = law.decide(was, at(after));
    assert_eq!(decision.best().unwrap().effects["one_stay"], true);
    let history = ledger.books().history(record.id).unwrap();
    assert_eq!(
        history.iter().map(|event| event.kind.id()).collect::<Vec<_>>(),
        ["census_done", "recorded", "census_done"]
    );

    // Twice is a conflict, too early and not asked are refused; none of them leaves a trace.
    let head = ledger.books().head().unwrap();
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("interim_settle",   ErrorKind::Conflict, "`interim_settle` was done for C-0001 at 2021-10-18 09:00"),
        ("readmit",          ErrorKind::Refused,  "`readmit` for C-0001 waits until the system is back"),
        ("year_end_settle",  ErrorKind::Refused,  "no notice asks `year_end_settle` for C-0001"),
    ];
    for (action, kind, want) in cases {
        let error = act(&mut ledger, &law, now, action, &doing).unwrap_err();
        assert_eq!((error.kind(), error.what(Lang::En).as_str()), (kind, want));
    }
    let hint = act(&mut ledger, &law, now, "cancel", &doing).unwrap_err().hint(Lang::En);
    assert_eq!(hint, "what is asked: readmit");
    assert_eq!(ledger.books().head().unwrap(), head);

    let back = act(&mut ledger, &law, after, "readmit", &Doing::default()).unwrap();
    assert_eq!((back.record, back.opened), (Some(number), false), "one record, not two");
    assert_eq!(ledger.books().prove().unwrap().faults, []);
    let patients = census(&ledger, &law, at(after)).unwrap();
    assert!(patients[0].asks.iter().all(|ask| ask.standing == Standing::Done));
}

#[test]
fn what_was_not_settled_goes_over() {
    #[rustfmt::skip] // the columns are the point
    let cases = [
        // notice              now                    row                                             action               admitted_at            total
        ("zhangjiagang-2021", "2021-12-28T09:00:00", "1,张三,,310,local,2021-12-20,,no,,800",          "convert_self_pay", "2021-12-28T09:00:00", 0),
        ("zhangjiagang-2021", "2021-12-28T09:00:00", "1,李四,maternity,510,local,2021-12-26,,no,,800", "convert_self_pay", "2021-12-28T09:00:00", 80_000),
        ("tangshan-2019",     "2020-01-05T09:00:00", "1,王五,,340,local,2019-06-01,,no,,800",          "readmit",          "2020-01-05T00:00:00", 0),
    ];
    for (notice, now, row, action, admitted_at, fen) in cases {
        let (folder, mut ledger, law) = ledger(notice, now);
        take(&folder, &mut ledger, &law, now, &[row]).unwrap();
        let done = act(&mut ledger, &law, now, action, &Doing::default()).unwrap();
        let record = ledger.books().record(&done.record.unwrap()).unwrap().record;
        assert_eq!(
            (record.admitted_at, record.total),
            (Some(at(admitted_at)), Money::from_fen(fen)),
            "{row}"
        );
        assert_eq!(ledger.books().prove().unwrap().faults, [], "{row}");
    }
}

#[test]
fn a_number_that_is_taken_is_refused_and_a_trial_leaves_no_trace() {
    let now = "2021-12-28T09:00:00";
    let (folder, mut ledger, law) = ledger("zhangjiagang-2021", now);
    let rows = ["1,张三,,310,local,2021-12-20,,no,,", "2,李四,,310,local,2021-12-20,,no,,"];
    take(&folder, &mut ledger, &law, now, &rows).unwrap();
    act(&mut ledger, &law, now, "convert_self_pay", &Doing::default()).unwrap();
    let head = ledger.books().head().unwrap();
    let taken = Doing { record_no: Some("1".into()), ..Doing::default() };
    let second = |ledger: &mut Ledger, mode, doing: &Doing| {
        do_asked(ledger, &law, &actor(now), mode, CensusNumber(2), "convert_self_pay", doing)
    };
    assert!(matches!(second(&mut ledger, Mode::Keep, &taken), Err(WorkError::SameNumber { .. })));
    assert!(second(&mut ledger, Mode::Try, &Doing::default()).unwrap().opened);
    assert_eq!(ledger.books().head().unwrap(), head);
    let nobody = do_asked(&mut ledger, &law, &actor(now), Mode::Keep, CensusNumber(9), "readmit", &taken);
    assert!(matches!(nobody, Err(WorkError::NoPatient { .. })));
}
