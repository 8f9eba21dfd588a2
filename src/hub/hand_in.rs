//! Who has handed in and who has not: each trusted window with what came of it, and each facility that the platform
//! knows and nobody hands in for. Whom to call about it is decided by people.

use super::HubFault;
use super::figures::{FacilityFigures, Tally};
use crate::closed_list;
use crate::domain::{Day, Time};
use postgres::Transaction;
use std::collections::BTreeMap;
use uuid::Uuid;

closed_list! {
    /// How a window stands with the hub, the worst first.
    HandIn as "hand-in" {
        NoWindow = "no_window", "无受信任窗口", "no window is trusted";
        Never = "never", "从未交包", "never handed in";
        Forked = "quarantined", "两条链，已隔离", "two chains, in quarantine";
        Waiting = "aside", "缺前序，搁置", "waits for what lies before";
        Handed = "handed_in", "已交包", "handed in";
        Revoked = "revoked", "不再受信任", "no longer trusted";
    }
}

/// A window, or a facility without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Code of the facility.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The station; empty where there is no window.
    pub station: String,
    /// How it stands.
    pub state: HandIn,
    /// Bundles that were taken in.
    pub bundles: i64,
    /// The last event up to which all is there.
    pub head: i64,
    /// When the last bundle taken in was sealed, by the clock of the window.
    pub sealed_at: Option<Time>,
    /// When the last one was taken in.
    pub loaded_at: Option<Time>,
    /// Days since the last one was sealed.
    pub days: Option<i64>,
    /// Bundles that wait for what lies before them.
    pub aside: i64,
    /// Bundles of a second chain.
    pub quarantined: i64,
    /// What the platform settled of the whole facility.
    pub settlements: Tally,
}

const SENDERS: &str = "SELECT facility, ledger, station, state FROM sender";
const TAKEN: &str = "
    SELECT facility, ledger, count(*), max(last_seq), max(sealed_at), max(loaded_at)
    FROM bundle_seen WHERE state = 'merged' GROUP BY facility, ledger";
const WAITING: &str = "
    SELECT facility, ledger, last_seq, state FROM bundle_seen WHERE state IN ('aside', 'quarantined')";

/// What came of a window.
#[derive(Default)]
struct Came {
    bundles: i64,
    head: i64,
    sealed_at: Option<Time>,
    loaded_at: Option<Time>,
    aside: i64,
    quarantined: i64,
}

/// Every window and every facility without one, the silent first; facilities that handed in are marked so.
pub(super) fn windows(
    tx: &mut Transaction<'_>,
    facilities: &mut BTreeMap<i64, FacilityFigures>,
    now: Time,
) -> Result<Vec<Window>, HubFault> {
    let mut came: BTreeMap<(i64, Uuid), Came> = BTreeMap::new();
    for row in tx.query(TAKEN, &[])? {
        let time = |at: usize| row.get::<_, Option<chrono::NaiveDateTime>>(at).map(Time::from_naive);
        let one = Came {
            bundles: row.get(2),
            head: row.get(3),
            sealed_at: time(4),
            loaded_at: time(5),
            ..Came::default()
        };
        let facility: i64 = row.get(0);
        if let Some(known) = facilities.get_mut(&facility) {
            known.handed_in = true;
        }
        came.insert((facility, row.get(1)), one);
    }
    for row in tx.query(WAITING, &[])? {
        let (last, state): (i64, String) = (row.get(2), row.get(3));
        let one = came.entry((row.get(0), row.get(1))).or_default();
        // What came again by another way since waits no longer.
        one.aside += i64::from(state == "aside" && last > one.head);
        one.quarantined += i64::from(state == "quarantined");
    }
    let mut all = Vec::new();
    let mut windows: BTreeMap<i64, bool> = BTreeMap::new();
    for row in tx.query(SENDERS, &[])? {
        let (facility, ledger, state): (i64, Uuid, String) = (row.get(0), row.get(1), row.get(3));
        let trusted = state == "trusted";
        *windows.entry(facility).or_default() |= trusted;
        let came = came.remove(&(facility, ledger)).unwrap_or_default();
        let Some(known) = facilities.get(&facility) else {
            return Err(HubFault::Odd { text: format!("sender.facility {facility}") });
        };
        all.push(window(known, row.get(2), trusted, &came, now.day()));
    }
    for (id, known) in facilities.iter() {
        if known.settlements.count > 0 && !windows.get(id).copied().unwrap_or(false) {
            let state = HandIn::NoWindow;
            all.push(Window { state, ..window(known, String::new(), true, &Came::default(), now.day()) });
        }
    }
    all.sort_by(|one, other| silent_first(one).cmp(&silent_first(other)));
    Ok(all)
}

fn window(known: &FacilityFigures, station: String, trusted: bool, came: &Came, today: Day) -> Window {
    Window {
        code: known.code.clone(),
        name: known.name.clone(),
        station,
        state: state(trusted, came),
        bundles: came.bundles,
        head: came.head,
        sealed_at: came.sealed_at,
        loaded_at: came.loaded_at,
        days: came.sealed_at.map(|at| today.days_since(at.day()).max(0)),
        aside: came.aside,
        quarantined: came.quarantined,
        settlements: known.settlements,
    }
}

fn state(trusted: bool, came: &Came) -> HandIn {
    if !trusted {
        HandIn::Revoked
    } else if came.quarantined > 0 {
        HandIn::Forked
    } else if came.aside > 0 {
        HandIn::Waiting
    } else if came.bundles == 0 {
        HandIn::Never
    } else {
        HandIn::Handed
    }
}

/// By state, then the most money the platform knows of, then the longest silence.
fn silent_first(one: &Window) -> (HandIn, i64, Option<Time>, &str, &str) {
    let money = match one.state {
        HandIn::NoWindow | HandIn::Never => one.settlements.total.fen().saturating_neg(),
        HandIn::Forked | HandIn::Waiting | HandIn::Handed | HandIn::Revoked => 0,
    };
    (one.state, money, one.sealed_at, &one.code, &one.station)
}

impl HandIn {
    /// Somebody has to call.
    pub fn is_silent(self) -> bool {
        !matches!(self, HandIn::Handed | HandIn::Revoked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_is_said() {
        let came = |bundles, aside, quarantined| Came { bundles, aside, quarantined, ..Came::default() };
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // trusted came             state
            (true,  came(0, 0, 0), HandIn::Never),
            (true,  came(2, 0, 0), HandIn::Handed),
            (true,  came(2, 1, 0), HandIn::Waiting),
            (true,  came(0, 1, 0), HandIn::Waiting),
            (true,  came(2, 1, 1), HandIn::Forked),
            (false, came(2, 0, 0), HandIn::Revoked),
        ];
        for (trusted, came, want) in cases {
            assert_eq!(state(trusted, &came), want);
            assert_eq!(want.is_silent(), !matches!(want, HandIn::Handed | HandIn::Revoked));
        }
    }
}
