//! Which claims have to wait for a filing.
//!
//! A claim waits for an open filing (written down here, not yet accepted by the
//! platform) of the same person and facility whose paper is not dated after the
//! claim's last day, where the claim rests on filings of that line:
//!
//! * its way back names the line among what it waits for (`requires` of a notice);
//! * its business line is one that the platform settles by such a filing only:
//!   chronic visits, negotiated drugs, maternity stays;
//! * its decision would be another one without the fact `filed`, and the filing is
//!   a referral, an off-site filing or one of an emergency admission.

use crate::domain::{Kind, Time, WayBack};
use crate::store::{OpenFilings, Stored};
use crate::work::Law;
use crate::work::export::Why;

/// What has to be accepted before the record can go, if anything.
pub(super) fn blocking(
    law: &Law,
    filings: &OpenFilings,
    stored: &Stored,
    way: &WayBack,
    now: Time,
) -> Option<Why> {
    if stored.record.kind == Kind::Filing {
        return None;
    }
    let record = &stored.record;
    let last = record.discharged_at.unwrap_or(record.occurred_at).day();
    let mut rests = None;
    let open = filings.of(stored).iter().find(|filing| {
        filing.applied_on <= last
            && (named(way, &filing.line)
                || by_line(record.kind, &record.line) == Some(&*filing.line)
                || (OF_PLACE.contains(&&*filing.line)
                    && *rests.get_or_insert_with(|| rests_on_filed(law, stored, now))))
    })?;
    Some(Why::Filing { number: Some(open.number.clone()), line: open.line.clone() })
}

/// Filings that say where someone may be treated.
const OF_PLACE: [&str; 3] = ["referral", "offsite", "emergency_admission"];

/// The filing without which the platform does not settle such a claim.
fn by_line(kind: Kind, line: &str) -> Option<&'static str> {
    match (kind, line) {
        (Kind::Outpatient, "chronic") => Some("chronic_enrolment"),
        (Kind::Purchase, "negotiated_drug") => Some("drug_enrolment"),
        (Kind::Inpatient, "maternity") => Some("maternity"),
        _ => None,
    }
}

/// The first filing that the way itself waits for and that is not done.
pub(super) fn awaited(way: &WayBack) -> Option<String> {
    let told = way.effects.get("waits_for")?.as_array()?;
    let open = told.iter().find(|one| one["done"].as_bool() == Some(false))?;
    open["filing"].as_str().map(str::to_owned)
}

fn named(way: &WayBack, line: &str) -> bool {
    let told = way.effects.get("waits_for").and_then(|told| told.as_array());
    told.is_some_and(|told| told.iter().any(|one| one["filing"] == line))
}

/// Whether nobody could say the same of the record if it were not known to be filed.
fn rests_on_filed(law: &Law, stored: &Stored, now: Time) -> bool {
    if stored.record.facts.flag("filed") != Some(true) {
        return false;
    }
    let mut without = stored.record.clone();
    without.facts.remove("filed");
    let short = |record: &crate::domain::Record| {
        let decision = law.decide(record, now);
        (decision.status, decision.best().map(|way| way.route))
    };
    short(&without) != short(&stored.record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_the_platform_settles_by_a_filing() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (Kind::Outpatient, "chronic",         Some("chronic_enrolment")),
            (Kind::Outpatient, "ordinary",        None),
            (Kind::Purchase,   "negotiated_drug", Some("drug_enrolment")),
            (Kind::Inpatient,  "maternity",       Some("maternity")),
            (Kind::Inpatient,  "ordinary",        None),
        ];
        for (kind, line, want) in cases {
            assert_eq!(by_line(kind, line), want, "{kind:?} {line}");
        }
    }
}
