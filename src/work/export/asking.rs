//! Asking the platform to reconcile (3201, 3202): which settlements go into which request, and which cannot.
//!
//! A request takes a settlement only with every amount it names: one whose split between fund, account and cash nobody
//! told is left out and named, never guessed. Nothing is sent from here, and no record moves.

use super::send::{self, Exported, Manner};
use crate::batch::{self, Head, StatementFault, StatementLine, StatementQuery};
use crate::domain::{Actor, Day, Kind, Money, Purpose, SettledAs, Settlement, ShortNumber};
use crate::store::{AnsweredSettlement, BatchFile, Books, Ledger, Mode, NewBatch, StoreError};
use crate::text::{Explain, Lang};
use crate::work::{Law, WorkError};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What is asked, of one facility.
#[derive(Clone, Debug)]
pub struct Asking {
    /// Code of the facility.
    pub facility: String,
    /// First day, by the platform's settlement time.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// Only this insurance type.
    pub insurance: Option<String>,
    /// `clr_type`, where it does not follow from the kind of the record.
    pub clearing: Option<String>,
    /// `setl_optins`, where no answer told it.
    pub body: Option<String>,
    /// `refd_setl_flag` of the requests, where the edition has it.
    pub refunds: Option<String>,
}

/// What would be asked.
pub struct AskingPlan {
    /// Each request with its settlements.
    pub requests: Vec<(StatementQuery, Vec<StatementLine>)>,
    /// Settlements that cannot be asked about.
    pub left_out: Vec<NotAsked>,
}

/// A settlement that goes into no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAsked {
    /// `setl_id`.
    pub setl_id: String,
    /// Its record, where that is known.
    pub number: Option<ShortNumber>,
    /// Its total, where that is known.
    pub total: Option<Money>,
    /// Why.
    pub why: WhyNotAsked,
}

/// Why a settlement goes into no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNotAsked {
    /// Nobody told what fund, account and cash paid of it.
    NotSplit,
    /// Nobody told which body clears it.
    NoBody,
    /// Only answers tell of it, and of its being taken back.
    TakenBack,
    /// Two statements split it differently.
    SplitTwice,
    /// No statement told when it was settled.
    NoTime,
    /// Its insurance type is not known.
    NoInsurance,
    /// A value that its field cannot hold.
    Value(StatementFault),
}

impl WhyNotAsked {
    /// The reason as programs read it.
    pub fn code(&self) -> &'static str {
        match self {
            WhyNotAsked::NotSplit => "not_split",
            WhyNotAsked::NoBody => "no_body",
            WhyNotAsked::TakenBack => "taken_back",
            WhyNotAsked::SplitTwice => "split_twice",
            WhyNotAsked::NoTime => "no_time",
            WhyNotAsked::NoInsurance => "no_insurance",
            WhyNotAsked::Value(_) => "value",
        }
    }
}

impl Explain for WhyNotAsked {
    fn what(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            WhyNotAsked::NotSplit => {
                ("没有明细说明基金、账户、现金各付多少", "nobody told what fund, account and cash paid")
            }
            WhyNotAsked::NoBody => ("清算经办机构不明", "nobody told which body clears it"),
            WhyNotAsked::TakenBack => (
                "回执显示已撤销，尚无明细列出这一笔和它的撤销",
                "answers say that it was taken back, and no statement tells the two of them yet",
            ),
            WhyNotAsked::SplitTwice => {
                ("两份明细的基金、账户、现金不一致", "two statements split it differently")
            }
            WhyNotAsked::NoTime => ("没有明细说明结算时间", "no statement told when it was settled"),
            WhyNotAsked::NoInsurance => ("险种不明", "its insurance type is not known"),
            WhyNotAsked::Value(fault) => return fault.what(lang),
        };
        lang.pick(zh, en).to_owned()
    }

    fn hint(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            WhyNotAsked::NoInsurance => ("用 amend 补上险种", "give its insurance type with amend"),
            WhyNotAsked::NoBody => ("用 --body 给出", "give it with --body"),
            WhyNotAsked::SplitTwice => ("向平台核实哪一份为准", "ask the platform which of them is right"),
            WhyNotAsked::Value(fault) => return fault.hint(lang),
            _ => ("先用 reconcile 读入含该笔的明细", "reconcile a statement that has it first"),
        };
        lang.pick(zh, en).to_owned()
    }
}

/// Lays the settlements of one facility and a span of days into requests, one for each insurance type and clearing
/// category; `one` says that the ledger has no other facility, so that a settlement without a record is its own.
///
/// # Errors
/// [`StoreError::Locked`] while nobody has unlocked the ledger, [`WorkError::Request`] where what is asked for does not
/// fit its field.
pub fn plan_asking(
    books: &Books<'_>,
    asking: &Asking,
    one: bool,
    actor: &Actor,
    profile: &batch::Profile,
) -> Result<AskingPlan, WorkError> {
    let mut laid = Laid { asking, groups: BTreeMap::new(), left_out: Vec::new() };
    let answered = books.answered_settlements()?;
    let (stated, answered): (Vec<_>, Vec<_>) = answered.into_iter().partition(|answered| answered.stated);
    let bodies = stated.into_iter().map(|answered| (answered.setl_id, answered.settled.clr_optins));
    let bodies: BTreeMap<String, String> = bodies.filter(|(_, body)| !body.is_empty()).collect();
    for mut told in told(books, asking, one)? {
        // Both halves of a refund are cleared by the body that cleared the first.
        let Settlement { setl_id, init_setl_id, .. } = &told.tellings[0];
        told.body = bodies.get(setl_id).or_else(|| bodies.get(init_setl_id)).cloned().unwrap_or_default();
        laid.take(told);
    }
    for answered in answered {
        if answered.facility == asking.facility && answered.not_before <= asking.to {
            laid.answered(answered);
        }
    }
    let Laid { groups, mut left_out, .. } = laid;
    let mut requests = Vec::new();
    for ((insurance, clearing, body), mut lines) in groups {
        let query = StatementQuery {
            facility: asking.facility.clone(),
            insurance,
            clearing,
            body,
            from: asking.from,
            to: asking.to,
            refunds: asking.refunds.clone(),
            at: actor.at,
        };
        // A value that does not fit keeps its own settlement out, and no other.
        while !lines.is_empty() {
            match batch::statement_request(&query, &lines, profile) {
                Ok(_) => break,
                Err(fault @ StatementFault::Value { line: Some(at), .. }) => {
                    let line = lines.remove(at - 1);
                    let (total, why) = (Some(line.total), WhyNotAsked::Value(fault));
                    left_out.push(NotAsked { setl_id: line.setl_id, number: None, total, why });
                }
                Err(fault) => return Err(WorkError::Request(fault)),
            }
        }
        if !lines.is_empty() {
            requests.push((query, lines));
        }
    }
    Ok(AskingPlan { requests, left_out })
}

/// One settlement: all that statements told of it, whom it concerns in the first; its record's number, kind and
/// insurance type; and whether it is one of the two halves of a refund.
struct Told {
    tellings: Vec<Settlement>,
    number: Option<ShortNumber>,
    kind: Option<Kind>,
    insurance: String,
    /// The body that clears it, where an answer told.
    body: String,
    undone: bool,
}

/// Every settlement of the facility in those days, each once.
fn told(books: &Books<'_>, asking: &Asking, one: bool) -> Result<Vec<Told>, WorkError> {
    let mut found: Vec<Told> = Vec::new();
    let mut places: BTreeMap<(String, Money), usize> = BTreeMap::new();
    for told in books.told_settlements()? {
        if told.record.as_ref().map_or(!one, |record| record.facility != asking.facility) {
            continue;
        }
        let settlement = books.settlement(told.settlement)?;
        if settlement.setl_time.is_some_and(|at| !(asking.from..=asking.to).contains(&at.day())) {
            continue;
        }
        // Statements that overlap tell a settlement twice.
        let at = match places.entry((settlement.setl_id.clone(), settlement.total)) {
            Entry::Occupied(place) => {
                let at = *place.get();
                found[at].tellings.push(settlement);
                at
            }
            Entry::Vacant(place) => {
                place.insert(found.len());
                let tellings = vec![books.settlement_in_full(told.settlement)?];
                found.push(Told {
                    tellings,
                    number: None,
                    kind: None,
                    insurance: String::new(),
                    body: String::new(),
                    undone: false,
                });
                found.len() - 1
            }
        };
        if let (Some(record), place @ Told { number: None, .. }) = (told.record, &mut found[at]) {
            (place.number, place.kind) = (Some(record.number), Some(record.kind));
            place.insurance = record.insurance;
        }
    }
    let undone = |told: &Told| told.tellings[0].init_setl_id.clone();
    let undone: BTreeSet<String> = found.iter().map(undone).filter(|setl_id| !setl_id.is_empty()).collect();
    for told in &mut found {
        told.undone = told.tellings[0].is_reversal() || undone.contains(&told.tellings[0].setl_id);
    }
    Ok(found)
}

/// Settlements on their way into requests.
struct Laid<'a> {
    asking: &'a Asking,
    /// By insurance type, clearing category and body.
    groups: BTreeMap<(String, String, String), Vec<StatementLine>>,
    left_out: Vec<NotAsked>,
}

impl Laid<'_> {
    /// A settlement that no statement has yet, by what its answer told.
    fn answered(&mut self, answered: AnsweredSettlement) {
        let AnsweredSettlement { setl_id, number, kind, insurance, mdtrt_id, psn_no, settled, .. } = answered;
        let SettledAs { at, total, fund, account, cash, insutype, clr_type, clr_optins } = settled;
        let why = match total {
            _ if answered.taken_back => Some(WhyNotAsked::TakenBack),
            None => Some(WhyNotAsked::NotSplit),
            Some(_) => None,
        };
        if let Some(why) = why {
            return self.left_out.push(NotAsked { setl_id, number: Some(number), total, why });
        }
        if at.is_some_and(|at| !(self.asking.from..=self.asking.to).contains(&at.day())) {
            return;
        }
        let total = total.unwrap_or_default();
        let telling = Settlement {
            setl_id,
            mdtrt_id,
            psn_no,
            total,
            fund,
            account,
            cash,
            insutype,
            clr_type,
            setl_time: at,
            ..Settlement::default()
        };
        let (tellings, number, kind) = (vec![telling], Some(number), Some(kind));
        self.take(Told { tellings, number, kind, insurance, body: clr_optins, undone: false });
    }

    fn take(&mut self, told: Told) {
        let Told { tellings, number, kind, insurance: recorded, body, undone } = told;
        let body = if body.is_empty() { self.asking.body.clone() } else { Some(body) };
        let first = &tellings[0];
        let insurance = tellings.iter().map(|one| &*one.insutype).find(|insutype| !insutype.is_empty());
        let insurance = insurance.unwrap_or(&recorded).to_owned();
        if self.asking.insurance.as_ref().is_some_and(|only| *only != insurance) {
            return;
        }
        let split = match split(&tellings) {
            _ if first.setl_time.is_none() => Err(WhyNotAsked::NoTime),
            _ if insurance.is_empty() => Err(WhyNotAsked::NoInsurance),
            split => split.and_then(|split| Ok((split, body.ok_or(WhyNotAsked::NoBody)?))),
        };
        let (Split { fund, account, cash }, body) = match split {
            Ok(found) => found,
            Err(why) => {
                let (setl_id, total) = (first.setl_id.clone(), Some(first.total));
                return self.left_out.push(NotAsked { setl_id, number, total, why });
            }
        };
        let kind = kind.unwrap_or_else(|| kind_of(&first.med_type));
        let told = Some(&first.clr_type).filter(|clearing| !clearing.is_empty());
        let clearing = self.asking.clearing.as_ref().or(told);
        let clearing = clearing.cloned().unwrap_or_else(|| clearing_of(kind).to_owned());
        self.groups.entry((insurance, clearing, body)).or_default().push(StatementLine {
            setl_id: first.setl_id.clone(),
            mdtrt_id: first.mdtrt_id.clone(),
            psn_no: first.psn_no.clone(),
            total: first.total,
            fund,
            account,
            cash,
            refund: u8::from(first.is_reversal()).to_string(),
            undone,
            kind,
        });
    }
}

/// What paid a settlement.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Split {
    fund: Money,
    account: Money,
    cash: Money,
}

/// What statements say that paid it: two of the three give the third.
fn split(tellings: &[Settlement]) -> Result<Split, WhyNotAsked> {
    let mut splits = tellings.iter().filter_map(|one| {
        let Settlement { total, fund, account, cash, .. } = *one;
        let (fund, account, cash) = match (fund, account, cash) {
            (Some(fund), Some(account), cash) => (fund, account, cash.unwrap_or(total - fund - account)),
            (Some(fund), None, Some(cash)) => (fund, total - fund - cash, cash),
            (None, Some(account), Some(cash)) => (total - account - cash, account, cash),
            _ => return None,
        };
        Some(Split { fund, account, cash })
    });
    let first = splits.next().ok_or(WhyNotAsked::NotSplit)?;
    if splits.all(|other| other == first) { Ok(first) } else { Err(WhyNotAsked::SplitTwice) }
}

/// What a settlement without a record is of, by its `med_type`.
fn kind_of(med_type: &str) -> Kind {
    match med_type.as_bytes() {
        [b'2', ..] => Kind::Inpatient,
        [b'4', b'1', ..] => Kind::Purchase,
        _ => Kind::Outpatient,
    }
}

/// `clr_type` of a kind of record.
fn clearing_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Inpatient => "21",
        Kind::Purchase => "41",
        Kind::Outpatient | Kind::Filing => "11",
    }
}

/// Writes the requests as one sealed batch in `out`: an event, and no record moves. Without `out`, or in a trial, only
/// its manifest.
///
/// # Errors
/// As [`super::export`].
#[expect(clippy::too_many_arguments, reason = "what an export takes")]
pub fn ask_3202(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
    asking: &Asking,
    plan: &AskingPlan,
    out: Option<&Path>,
    manner: &Manner,
) -> Result<Option<(batch::Manifest, Option<Exported>)>, WorkError> {
    if plan.requests.is_empty() {
        return Ok(None);
    }
    let notices: Vec<_> = law.notices().iter().map(|notice| notice.id().to_owned()).collect();
    let (id, manifest) = ledger.write(actor, mode, |w| -> Result<_, WorkError> {
        let id = w.next_batch()?;
        let (_, chain_head) = w.books().head()?;
        let head = Head {
            batch: id,
            purpose: Purpose::Statement,
            facility: asking.facility.clone(),
            facility_name: w.books().facility_name(&asking.facility)?.unwrap_or_default(),
            notice: notices.join(" "),
            created_at: actor.at,
            chain_head,
            lang: manner.lang,
            layout: manner.layout,
            signer: Some(send::signer(w)?),
        };
        let built = batch::statement_batch(&head, &plan.requests, &manner.profile);
        let built = built.expect("every value was tried when the requests were planned");
        let folder = send::folder_name(w, id, Purpose::Statement);
        let built = send::sealed(w, built, &folder, manner)?;
        match out {
            Some(out) if mode == Mode::Keep => batch::try_out(out, &folder)?,
            Some(out) => {
                let bytes = built.files.iter().map(|file| file.bytes.len() as u64).sum();
                batch::try_room(out, &folder, bytes)?;
            }
            None => {}
        }
        let out = out.unwrap_or(Path::new("."));
        let out_dir = std::path::absolute(out).unwrap_or_else(|_| out.to_owned());
        let file = |file: batch::File| BatchFile { name: file.name, bytes: file.bytes };
        let files: Vec<BatchFile> = built.files.into_iter().map(file).collect();
        w.prepare_batch(&NewBatch {
            id,
            purpose: Purpose::Statement,
            folder: &folder,
            out_dir: &out_dir.to_string_lossy(),
            total: built.manifest.total_fen,
            members: &[],
            files: &files,
            check_code: &built.manifest.digest().short(),
            takings: &[],
            reason: None,
            again: &[],
            coverage: &serde_json::to_value(&built.manifest.coverage).map_err(StoreError::from)?,
        })?;
        Ok((id, built.manifest))
    })?;
    if mode == Mode::Try {
        return Ok(Some((manifest, None)));
    }
    let (folder, seal) = send::complete(ledger, actor, id)?;
    let info = ledger.books().batch(id)?;
    Ok(Some((manifest.clone(), Some(Exported { info, folder, manifest, seal }))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_amounts_give_the_third() {
        let fen = |fen: Option<i64>| fen.map(Money::from_fen);
        let told = |fund, account, cash| Settlement {
            total: Money::from_fen(100),
            fund: fen(fund),
            account: fen(account),
            cash: fen(cash),
            ..Settlement::default()
        };
        #[rustfmt::skip] // the columns are the point
        let cases = [
            (vec![told(Some(60), Some(10), Some(30))],                                  Ok((60, 10, 30))),
            (vec![told(Some(60), Some(10), None)],                                      Ok((60, 10, 30))),
            (vec![told(Some(60), None, Some(30))],                                      Ok((60, 10, 30))),
            (vec![told(None, Some(10), Some(30))],                                      Ok((60, 10, 30))),
            (vec![told(Some(60), None, None)],                                          Err("not_split")),
            (vec![told(None, None, None), told(Some(60), Some(10), None)],              Ok((60, 10, 30))),
            (vec![told(Some(60), Some(10), None), told(Some(50), Some(20), Some(30))],  Err("split_twice")),
        ];
        for (tellings, want) in cases {
            let got = split(&tellings).map(|split| (split.fund.fen(), split.account.fen(), split.cash.fen()));
            assert_eq!(got.map_err(|why| why.code()), want, "{tellings:?}");
        }
    }

    #[test]
    fn what_a_settlement_without_a_record_is_of() {
        for (med_type, want) in
            [("11", "11"), ("2101", "21"), ("21", "21"), ("41", "41"), ("", "11"), ("9", "11")]
        {
            assert_eq!(clearing_of(kind_of(med_type)), want, "{med_type}");
        }
    }
}
