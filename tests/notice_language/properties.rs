//! What holds for any facts: a decision is reached, always the same one, and time
//! only ever moves it forward.

use crate::kit::{facts, time};
use guazhang::domain::{Decision, FactValue, Facts, Status, Time};
use guazhang::notice::{Calendar, Resumption, Resumptions, builtin, builtin_ids, check, decide};
use proptest::prelude::*;
use std::sync::LazyLock;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::built_in);

/// Any time around the stops of the built-in notices.
fn any_time() -> impl Strategy<Value = Time> {
    (0_i64..1200 * 24).prop_map(|hours| time("2019-09-01").plus_seconds(hours * 3600))
}

fn any_word(words: &'static [&'static str]) -> impl Strategy<Value = Option<FactValue>> {
    proptest::option::of(proptest::sample::select(words).prop_map(|word| FactValue::Text(word.to_owned())))
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let words = (
        any_word(&["outpatient", "inpatient", "purchase", "filing", "?"]),
        any_word(&[
            "ordinary",
            "chronic",
            "psychiatric",
            "maternity",
            "referral",
            "long_term_care",
            "chronic_enrolment",
        ]),
        any_word(&["310", "320", "340", "390", "410", "510"]),
        any_word(&["local", "inbound", "outbound"]),
        any_word(&["card", "e_voucher", "id"]),
    );
    let times = proptest::collection::vec(proptest::option::of(any_time()), 4);
    let flags = proptest::collection::vec(proptest::option::of(any::<bool>()), 6);
    (words, times, flags).prop_map(|((kind, line, insurance, locality, credential), times, flags)| {
        let mut facts = Facts::default();
        let words = [
            ("kind", kind),
            ("line", line),
            ("insurance", insurance),
            ("locality", locality),
            ("credential", credential),
        ];
        for (name, value) in words {
            if let Some(value) = value {
                facts.set(name, value);
            }
        }
        for (name, value) in ["occurred_at", "admitted_at", "discharged_at", "applied_on"].iter().zip(times) {
            facts.set_time(name, value);
        }
        for (name, value) in
            ["prepaid", "dischargeable", "arrears", "filed", "anomaly", "third_party"].iter().zip(flags)
        {
            if let Some(value) = value {
                facts.set_flag(name, value);
            }
        }
        facts
    })
}

fn any_resumptions() -> impl Strategy<Value = Resumptions> {
    proptest::option::of(any_time()).prop_map(|at| {
        let all = |at| Resumption { notice: None, window: None, facility: None, at };
        at.map(all).into_iter().collect()
    })
}

fn any_notice() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(builtin_ids().collect::<Vec<_>>())
}

fn decided(id: &str, facts: &Facts, resumed: &Resumptions, as_of: Time) -> Decision {
    decide(&[builtin(id).expect("built in")], facts, resumed, &CALENDAR, as_of)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_decision_is_always_the_same(id in any_notice(), facts in any_facts(), back in any_resumptions(), as_of in any_time()) {
        let decision = decided(id, &facts, &back, as_of);
        prop_assert_eq!(&decision, &decided(id, &facts, &back, as_of));
        if decision.status == Status::Undetermined {
            prop_assert!(!decision.needs.is_empty());
        }
        prop_assert!(decision.status != Status::Out || decision.options.is_empty());
        prop_assert!(decision.options.iter().all(|way| !way.clause.is_empty()));
    }

    #[test]
    fn overdue_stays_overdue(id in any_notice(), facts in any_facts(), back in any_resumptions(), as_of in any_time(), days in 0_i64..1000) {
        let (before, after) = (decided(id, &facts, &back, as_of), decided(id, &facts, &back, as_of.plus_seconds(days * 86_400)));
        let late = |decision: &Decision, n: usize| decision.options.get(n).is_some_and(|way| way.status == Status::Overdue);
        for n in 0..before.options.len() {
            prop_assert!(!late(&before, n) || late(&after, n), "{:?} → {:?}", before.options[n], after.options);
        }
    }

    #[test]
    fn a_needed_fact_is_unknown(id in any_notice(), facts in any_facts(), as_of in any_time()) {
        let decision = decided(id, &facts, &Resumptions::new(), as_of);
        for need in &decision.needs {
            prop_assert!(facts.get(need).is_none(), "{need} is known");
        }
    }

    #[test]
    fn several_notices_never_panic(facts in any_facts(), as_of in any_time()) {
        let all: Vec<_> = builtin_ids().filter_map(builtin).collect();
        let decision = decide(&all, &facts, &Resumptions::new(), &CALENDAR, as_of);
        prop_assert!(decision.status != Status::Undetermined || !decision.needs.is_empty() || !decision.conflicts.is_empty());
    }

    #[test]
    fn any_text_can_be_checked(text in "[a-z\\[\\]=\" {}.0-9\n-]{0,200}") {
        check(&text);
    }

    #[test]
    fn a_damaged_notice_can_be_checked(id in any_notice(), at in 0_usize..20_000, cut in 0_usize..40, put in "[a-z\\[\\]=\" {}0-9]{0,3}") {
        let text: Vec<char> = guazhang::notice::builtin_text(id).expect("built in").chars().collect();
        let (from, to) = (at.min(text.len()), (at + cut).min(text.len()));
        let damaged: String = text[..from].iter().chain(put.chars().collect::<Vec<_>>().iter()).chain(&text[to..]).collect();
        check(&damaged);
    }
}

#[test]
fn facts_that_nobody_knows_are_left_aside() {
    let notice = builtin("xinzhou-2021").expect("built in");
    let facts = facts(
        &[notice],
        r#"{ "kind": "outpatient", "occurred_at": "2021-10-25", "weather": "rain", "zodiac": 3 }"#,
    );
    assert!(decide(&[notice], &facts, &Resumptions::new(), &CALENDAR, time("2021-11-02")).in_window);
}
