//! Matching by person, for rows that no key joins to a claim.
//!
//! The exact total settles it only where the pair is unique in both directions.
//! What a person then has left, one claim and one row, are two totals of one
//! thing; anything else is left open. A row whose record number no claim has is
//! at most a suggestion.

use super::cover::{Cover, cover};
use super::keys::Merged;
use super::{Desk, Ground, Likeness, Row, position};
use crate::domain::{Key, Money};
use rustc_hash::{FxHashMap, FxHashSet};

/// Above this many pairs nobody looks at each; all of them are candidates.
const PAIRS_LOOKED_AT: usize = 144;

/// Gives the rows that are left to the claims of their person.
pub(super) fn assign(desk: &mut Desk<'_>) {
    let mut rows: Vec<(Key, u32)> = Vec::new();
    let names = Names::of(desk);
    for (at, (row, verdict)) in desk.rows.iter().zip(&desk.row_verdicts).enumerate() {
        // Marked rows come along: a claim they may belong to is not simply missing.
        let open = verdict.claim.is_none() && verdict.repeat_of.is_none() && !row.reversal;
        if open {
            rows.extend(names.person(row.cert, row.psn).map(|person| (person, position(at))));
        }
    }
    if rows.is_empty() {
        return;
    }
    let people: FxHashSet<Key> = rows.iter().map(|&(person, _)| person).collect();
    let of_claims = desk.claims.iter().enumerate().filter_map(|(at, claim)| {
        let person = names.person(claim.cert, claim.psn)?;
        people.contains(&person).then_some((person, position(at)))
    });
    let mut claims: Vec<(Key, u32)> = of_claims.collect();
    drop(people);
    rows.sort_unstable();
    claims.sort_unstable();
    let mut desk = People { standing: standing(desk), desk };
    for (claims, rows) in Merged::new(&claims, &rows) {
        desk.one_person(claims, rows);
    }
}

/// The certificate of a person of whom one side knows only the platform's number.
struct Names(FxHashMap<Key, Option<Key>>);

impl Names {
    fn of(desk: &Desk<'_>) -> Names {
        let both = || {
            let claims = desk.claims.iter().map(|claim| (claim.cert, claim.psn));
            claims.chain(desk.rows.iter().map(|row| (row.cert, row.psn)))
        };
        let mut certs: FxHashMap<Key, Option<Key>> = FxHashMap::default();
        let wanted = both().filter(|(cert, _)| cert.is_none()).filter_map(|(_, psn)| psn);
        certs.extend(wanted.map(|psn| (psn, None)));
        if certs.is_empty() {
            return Names(certs);
        }
        let mut torn: FxHashSet<Key> = FxHashSet::default();
        for (cert, psn) in both() {
            let (Some(cert), Some(psn)) = (cert, psn) else { continue };
            let Some(known) = certs.get_mut(&psn) else { continue };
            if *known.get_or_insert(cert) != cert {
                torn.insert(psn);
            }
        }
        // A number that stands beside two certificates names neither.
        for psn in torn {
            certs.insert(psn, None);
        }
        Names(certs)
    }

    fn person(&self, cert: Option<Key>, psn: Option<Key>) -> Option<Key> {
        cert.or_else(|| psn.and_then(|psn| self.0.get(&psn).copied().flatten())).or(psn)
    }
}

/// How a claim stands after its keys were looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// No settlement that stands: never settled, or reversed.
    Free,
    /// Settled by key.
    Settled,
    /// Something contradicts.
    Unclear,
}

fn standing(desk: &Desk<'_>) -> Vec<Standing> {
    let unclear = |marked| if marked { Standing::Unclear } else { Standing::Free };
    let mut standing: Vec<Standing> =
        desk.claim_verdicts.iter().map(|verdict| unclear(verdict.is_marked())).collect();
    for (at, verdict) in desk.row_verdicts.iter().enumerate() {
        let Some(claim) = verdict.claim else { continue };
        let now = &mut standing[claim as usize];
        if verdict.is_marked() {
            *now = Standing::Unclear;
        } else if *now == Standing::Free && desk.is_live(position(at)) {
            *now = Standing::Settled;
        }
    }
    for &claim in desk.share_of.keys() {
        standing[claim as usize] = Standing::Settled;
    }
    standing
}

struct People<'d, 'a> {
    desk: &'d mut Desk<'a>,
    standing: Vec<Standing>,
}

impl People<'_, '_> {
    fn one_person(&mut self, claims: &[(Key, u32)], rows: &[(Key, u32)]) {
        let mut claims: Vec<u32> = claims.iter().map(|&(_, at)| at).collect();
        let mut rows: Vec<u32> = rows.iter().map(|&(_, at)| at).collect();
        claims.sort_unstable_by_key(|&at| (self.desk.claims[at as usize].total, at));
        rows.sort_unstable_by_key(|&at| (self.row(at).total, at));
        let mut from = 0;
        while from < rows.len() {
            let total = self.row(rows[from]).total;
            let to = from + rows[from..].partition_point(|&at| self.row(at).total == total);
            let of = |at: u32| self.desk.claims[at as usize].total;
            let first = claims.partition_point(|&at| of(at) < total);
            let last = claims.partition_point(|&at| of(at) <= total);
            self.one_total(&claims[first..last], &rows[from..to]);
            from = to;
        }
        self.left_over(&claims, &rows);
        self.beaten(&claims, &rows);
    }

    /// Rows that are nobody's and might have been a claim's that something else settles.
    fn beaten(&mut self, claims: &[u32], rows: &[u32]) {
        if claims.len().saturating_mul(rows.len()) > PAIRS_LOOKED_AT {
            return;
        }
        for &claim in claims.iter().filter(|&&claim| self.standing[claim as usize] == Standing::Settled) {
            let free =
                |&row: &u32| self.desk.row_verdicts[row as usize].claim.is_none() && self.desk.is_live(row);
            let lost: Vec<u32> =
                rows.iter().copied().filter(free).filter(|&row| self.fits(claim, row)).collect();
            self.desk.beaten.extend(lost.into_iter().map(|row| (claim, row)));
        }
    }

    /// The claims and rows of one person and one total.
    fn one_total(&mut self, claims: &[u32], rows: &[u32]) {
        let unkeyed = |at: &u32| self.row(*at).record_no.is_none();
        let (plain, numbered): (Vec<u32>, Vec<u32>) = rows.iter().partition(|at| unkeyed(at));
        let (unclear, plain): (Vec<u32>, Vec<u32>) = plain.iter().partition(|&&at| self.is_marked(at));
        let (live, reversed): (Vec<u32>, Vec<u32>) = plain.iter().partition(|&&at| self.desk.is_live(at));
        match *claims {
            [] => return,
            [only] => self.only_claim(only, &live, &reversed),
            _ => self.equal_claims(claims, live, &reversed),
        }
        let numbered = numbered.into_iter().filter(|&at| self.desk.is_live(at) && !self.is_marked(at));
        let weak = unclear.into_iter().chain(numbered).collect();
        let (open, weak) = self.possible(self.free(claims), weak);
        if !open.is_empty() && !weak.is_empty() {
            self.leave_open(&open, &weak, Likeness::Keys);
        }
        self.nearly_fitting(claims, rows);
    }

    /// Person and total agree, and the deadline or the kind does not: suggested.
    fn nearly_fitting(&mut self, claims: &[u32], rows: &[u32]) {
        let free = |&row: &u32| {
            let verdict = &self.desk.row_verdicts[row as usize];
            verdict.claim.is_none() && !verdict.is_marked() && self.desk.is_live(row)
        };
        let rows: Vec<u32> = rows.iter().copied().filter(free).collect();
        let claims = self.free(claims);
        if rows.is_empty() || claims.len().saturating_mul(rows.len()) > PAIRS_LOOKED_AT {
            return;
        }
        for likeness in [Likeness::Late, Likeness::Kind] {
            let near = |claim: u32, row: u32| {
                let (facts, at) = (&self.desk.claims[claim as usize], self.row(row));
                let apart = if likeness == Likeness::Late { facts.is_over(at) } else { facts.other_kind(at) };
                apart && facts.not_after(at) && facts.same_person(at) && !self.desk.are_apart(claim, row)
            };
            let open: Vec<u32> =
                claims.iter().copied().filter(|&claim| rows.iter().any(|&row| near(claim, row))).collect();
            let rows: Vec<u32> =
                rows.iter().copied().filter(|&row| claims.iter().any(|&claim| near(claim, row))).collect();
            if !open.is_empty() {
                self.leave_open(&open, &rows, likeness);
                return;
            }
        }
    }

    /// Only one claim has this total: every such row can only be its own.
    fn only_claim(&mut self, claim: u32, live: &[u32], reversed: &[u32]) {
        let fits = |at: &u32| self.fits(claim, *at);
        let live: Vec<u32> = live.iter().copied().filter(fits).collect();
        let reversed: Vec<u32> = reversed.iter().copied().filter(fits).collect();
        if self.standing[claim as usize] == Standing::Unclear {
            if !live.is_empty() {
                self.desk.leave_open(&[claim], &live, true, Likeness::Keys);
            }
            return;
        }
        for &row in live.iter().chain(&reversed) {
            self.give(claim, row, Ground::PersonTotal);
        }
    }

    /// Several claims have this total: unique only where one of them is left, and one row.
    fn equal_claims(&mut self, claims: &[u32], live: Vec<u32>, reversed: &[u32]) {
        let fits_any = |at: &u32| claims.len() > PAIRS_LOOKED_AT || claims.iter().any(|&c| self.fits(c, *at));
        let mut live: Vec<u32> = live.into_iter().filter(fits_any).collect();
        for (claim, row) in self.only_fits(&self.free(claims), &live) {
            self.give(claim, row, Ground::PersonTotal);
        }
        live.retain(|&row| self.desk.row_verdicts[row as usize].claim.is_none());
        let free = self.free(claims);
        let (open, fitting) = self.possible(free.clone(), live.clone());
        match (&open[..], &fitting[..]) {
            ([claim], [row]) if live.len() == 1 => self.give(*claim, *row, Ground::PersonTotal),
            ([], _) if !live.is_empty() => self.desk.leave_open(claims, &live, false, Likeness::Equal),
            (_, []) if live.is_empty() => self.only_reversed(&free, reversed),
            _ => self.leave_open(&open, &live, Likeness::Equal),
        }
    }

    /// Pairs of which neither side fits anything else here: kind or deadline tells equals apart.
    fn only_fits(&self, claims: &[u32], rows: &[u32]) -> Vec<(u32, u32)> {
        if claims.len().saturating_mul(rows.len()) > PAIRS_LOOKED_AT {
            return Vec::new();
        }
        let mut found = Vec::new();
        for &claim in claims {
            let mut fitting = rows.iter().copied().filter(|&row| self.fits(claim, row));
            let (Some(row), None) = (fitting.next(), fitting.next()) else { continue };
            if claims.iter().filter(|&&other| self.fits(other, row)).count() == 1 {
                found.push((claim, row));
            }
        }
        found
    }

    /// Nothing stands for these claims, but something was settled and reversed.
    fn only_reversed(&mut self, free: &[u32], reversed: &[u32]) {
        let (open, fitting) = self.possible(free.to_vec(), reversed.to_vec());
        match open[..] {
            [claim] => fitting.iter().for_each(|&row| self.give(claim, row, Ground::PersonTotal)),
            [] => {}
            _ => self.leave_open(&open, &fitting, Likeness::Equal),
        }
    }

    /// What a person has left after every exact total.
    fn left_over(&mut self, claims: &[u32], rows: &[u32]) {
        let open_row = |&at: &u32| {
            let verdict = &self.desk.row_verdicts[at as usize];
            verdict.claim.is_none()
                && !verdict.is_marked()
                && self.row(at).record_no.is_none()
                && self.desk.is_live(at)
        };
        let rows: Vec<u32> = rows.iter().copied().filter(open_row).collect();
        let (open, rows) = self.possible(self.free(claims), rows);
        match (&open[..], &rows[..]) {
            ([], _) | (_, []) => {}
            ([claim], [row]) => self.give(*claim, *row, Ground::PersonAlone),
            _ => self.suggest_groups(open, rows),
        }
    }

    /// Several are left on one side or on both: where one choice alone adds up, that is suggested by itself.
    fn suggest_groups(&mut self, mut open: Vec<u32>, mut rows: Vec<u32>) {
        if let Some((claims, sum)) = self.only_sum(&open, &rows) {
            self.leave_open(&claims, &sum, Likeness::Sum);
            open.retain(|claim| !claims.contains(claim));
            rows.retain(|row| !sum.contains(row));
        }
        if !open.is_empty() && !rows.is_empty() {
            self.leave_open(&open, &rows, Likeness::Person);
        }
    }

    fn only_sum(&self, claims: &[u32], rows: &[u32]) -> Option<(Vec<u32>, Vec<u32>)> {
        let totals: Vec<Money> = claims.iter().map(|&at| self.desk.claims[at as usize].total).collect();
        let amounts: Vec<Money> = rows.iter().map(|&at| self.row(at).signed()).collect();
        let pick = |from: &[u32], at: &[usize]| at.iter().map(|&at| from[at]).collect::<Vec<u32>>();
        let mut found = None;
        let of_claims = totals.iter().enumerate().map(|(at, &total)| (at, true, cover(&amounts, total)));
        let of_rows = amounts.iter().enumerate().map(|(at, &total)| (at, false, cover(&totals, total)));
        for (at, is_claim, cover) in of_claims.chain(of_rows) {
            let group = match cover {
                Cover::None => continue,
                Cover::Several => return None,
                Cover::Only(parts) if is_claim => (vec![claims[at]], pick(rows, &parts)),
                Cover::Only(parts) => (pick(claims, &parts), vec![rows[at]]),
            };
            if found.replace(group).is_some() {
                return None;
            }
        }
        found
    }

    fn free(&self, claims: &[u32]) -> Vec<u32> {
        claims.iter().copied().filter(|&at| self.standing[at as usize] == Standing::Free).collect()
    }

    /// Those of both sides that could belong to someone of the other.
    fn possible(&self, claims: Vec<u32>, rows: Vec<u32>) -> (Vec<u32>, Vec<u32>) {
        if claims.len().saturating_mul(rows.len()) > PAIRS_LOOKED_AT {
            return (claims, rows);
        }
        let kept = |&&claim: &&u32| rows.iter().any(|&row| self.fits(claim, row));
        let open: Vec<u32> = claims.iter().filter(kept).copied().collect();
        let rows = rows.into_iter().filter(|&row| claims.iter().any(|&c| self.fits(c, row))).collect();
        (open, rows)
    }

    fn fits(&self, claim: u32, row: u32) -> bool {
        let (facts, at) = (&self.desk.claims[claim as usize], self.row(row));
        let in_time = facts.not_after(at) && !facts.is_over(at);
        in_time && !facts.other_kind(at) && facts.same_person(at) && !self.desk.are_apart(claim, row)
    }

    fn give(&mut self, claim: u32, row: u32, ground: Ground) {
        let verdict = &mut self.desk.row_verdicts[row as usize];
        verdict.claim = Some(claim);
        verdict.ground = Some(ground);
        if self.desk.is_live(row) {
            self.standing[claim as usize] = Standing::Settled;
        }
    }

    fn leave_open(&mut self, claims: &[u32], rows: &[u32], likeness: Likeness) {
        for &claim in claims {
            self.standing[claim as usize] = Standing::Unclear;
        }
        self.desk.leave_open(claims, rows, true, likeness);
    }

    fn is_marked(&self, row: u32) -> bool {
        self.desk.row_verdicts[row as usize].is_marked()
    }

    fn row(&self, at: u32) -> &Row {
        &self.desk.rows[at as usize]
    }
}
