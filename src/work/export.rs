//! Sending records out: a plan, then a batch.
//!
//! A batch is written in three steps, each durable before the next: the ledger
//! keeps the members, their keys and the bytes of every file (`preparing`); the
//! folder appears, whole, by one rename; the batch is `sent` and its records
//! move. Whatever stops the program in between, [`finish`] goes on from there:
//! the same batch is completed, and no record goes out twice.

use crate::batch::{self, File, Head, Item};
use crate::domain::{
    Actor, BatchState, Decision, Issued, Money, Purpose, Seal, SealReason, ShortNumber, Stage, Status, Step,
    Time, WayBack,
};
use crate::report::words;
use crate::store::{BatchFile, BatchInfo, Books, Filter, Ledger, Mode, NewBatch, StoreError, Stored};
use crate::text::{Explain, Label, Lang};
use crate::work::refund::Amounts;
use crate::work::{Law, WorkError, keys, refund};
use std::path::{Path, PathBuf};

/// What would go out, and what would not.
pub struct Plan {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose records.
    pub facility: String,
    /// Records that go, with their lines, and the way they take.
    pub ready: Vec<Ready>,
    /// Records of such a route that stay, with the reason.
    pub left_out: Vec<LeftOut>,
}

/// A record that can go out.
pub struct Ready {
    /// The record.
    pub stored: Stored,
    /// The way it takes.
    pub way: Option<WayBack>,
    /// What is owed, in a refund list.
    refund: Option<batch::Refund>,
}

/// A record that stays.
pub struct LeftOut {
    /// Which.
    pub number: ShortNumber,
    /// What it cost.
    pub total: Money,
    /// Why.
    pub why: Why,
}

/// Why a record does not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The system is not back, or the slot has not begun.
    NotYet {
        /// Not before then, where that is known.
        opens_at: Option<Time>,
    },
    /// The deadline is over.
    Overdue {
        /// When it was.
        due_at: Option<Time>,
    },
    /// The notice refuses it.
    Refused {
        /// Why, in the notice's words; empty where it gives no reason.
        text: String,
    },
    /// Facts that the notice asks for are unknown.
    Facts {
        /// Which.
        needs: Vec<String>,
    },
    /// Papers are not kept yet.
    Papers {
        /// Which.
        missing: Vec<String>,
    },
    /// A live batch holds it.
    InBatch {
        /// Which.
        batch: i64,
    },
    /// The platform refused it and nobody has corrected it since.
    NotCorrected,
    /// No statement says the patient's own share, or two say it differently.
    ShareUnknown,
    /// A value the platform would misread.
    Value(batch::LeftOut),
}

impl Explain for Why {
    fn what(&self, lang: Lang) -> String {
        let at = |time: &Option<Time>| time.map_or_else(|| "?".to_owned(), Time::short);
        match (self, lang) {
            (Why::NotYet { opens_at: None }, _) => lang.pick("待系统恢复", "waits for resumption").to_owned(),
            (Why::NotYet { opens_at }, Lang::Zh) => format!("{} 起可办理", at(opens_at)),
            (Why::NotYet { opens_at }, Lang::En) => format!("not before {}", at(opens_at)),
            (Why::Overdue { due_at }, Lang::Zh) => format!("已过期限 {}", at(due_at)),
            (Why::Overdue { due_at }, Lang::En) => format!("was due {}", at(due_at)),
            (Why::Refused { text }, _) if text.is_empty() => {
                lang.pick("通告不予办理", "refused by the notice").to_owned()
            }
            (Why::Refused { text }, Lang::Zh) => format!("通告不予办理：{text}"),
            (Why::Refused { text }, Lang::En) => format!("refused by the notice: {text}"),
            (Why::Facts { needs }, Lang::Zh) => format!("待补充：{}", words(needs, lang)),
            (Why::Facts { needs }, Lang::En) => format!("not known yet: {}", words(needs, lang)),
            (Why::Papers { missing }, Lang::Zh) => format!("缺少材料：{}", words(missing, lang)),
            (Why::Papers { missing }, Lang::En) => format!("papers missing: {}", words(missing, lang)),
            (Why::InBatch { batch }, Lang::Zh) => format!("已在批次 B{batch}"),
            (Why::InBatch { batch }, Lang::En) => format!("is in batch B{batch}"),
            (Why::NotCorrected, _) => {
                lang.pick("平台拒绝后尚未更正", "refused by the platform and not corrected").to_owned()
            }
            (Why::ShareUnknown, _) => {
                lang.pick("个人现金支付未知，应退金额无法计算", "the own share is not known").to_owned()
            }
            (Why::Value(why), _) => why.what(lang),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            Why::Facts { .. } | Why::Papers { .. } | Why::NotCorrected => {
                lang.pick("用 guazhang amend 补充", "give it with guazhang amend").to_owned()
            }
            Why::Value(why) => why.hint(lang),
            _ => String::new(),
        }
    }
}

/// Which records of a facility would go out for a purpose now, and why the others would not. A batch holds records
/// of one facility only, since the platform's calls name one.
pub fn plan(
    books: &Books<'_>,
    law: &Law,
    purpose: Purpose,
    facility: &str,
    now: Time,
    limit: Option<usize>,
) -> Result<Plan, WorkError> {
    let mut plan = Plan { purpose, facility: facility.to_owned(), ready: Vec::new(), left_out: Vec::new() };
    if purpose == Purpose::Refund {
        plan_refunds(books, law, now, &mut plan)?;
    } else {
        let filter = Filter { open: true, facility: Some(facility.to_owned()), ..Filter::default() };
        for stored in books.records(&filter)? {
            let decision = law.decide(&stored.record, now);
            plan_one(books, purpose, stored, &decision, &mut plan)?;
        }
    }
    if let Some(limit) = limit {
        plan.ready.truncate(limit);
    }
    for ready in &mut plan.ready {
        ready.stored = books.opened(books.record_by_id(ready.stored.id)?)?;
    }
    Ok(plan)
}

fn plan_one(
    books: &Books<'_>,
    purpose: Purpose,
    stored: Stored,
    decision: &Decision,
    plan: &mut Plan,
) -> Result<(), WorkError> {
    let waiting = matches!(stored.stage, Stage::Pending | Stage::Rejected | Stage::Held);
    let way = decision.best().filter(|way| purpose.routes().contains(&way.route));
    let Some(way) = way.filter(|_| waiting && purpose.takes(stored.record.kind)) else {
        return Ok(());
    };
    let why = match books.batch_holding(stored.id, purpose)? {
        Some(batch) => Some(Why::InBatch { batch }),
        None if stored.stage == Stage::Rejected => Some(Why::NotCorrected),
        None => in_the_way(purpose, decision, way),
    };
    match why {
        Some(why) => plan.left_out.push(LeftOut { number: stored.number, total: stored.record.total, why }),
        None => plan.ready.push(Ready { stored, way: Some(way.clone()), refund: None }),
    }
    Ok(())
}

/// What the decision says against sending a record out now.
fn in_the_way(purpose: Purpose, decision: &Decision, way: &WayBack) -> Option<Why> {
    // What is handed over goes to people, who decide about late and refused cases themselves.
    if purpose == Purpose::Handover && !matches!(way.status, Status::Undetermined) {
        return None;
    }
    match way.status {
        Status::Open | Status::DueSoon if !way.missing_papers.is_empty() => {
            Some(Why::Papers { missing: way.missing_papers.clone() })
        }
        Status::Open | Status::DueSoon => None,
        Status::Wait | Status::NotYet => Some(Why::NotYet { opens_at: way.opens_at }),
        Status::Overdue => Some(Why::Overdue { due_at: way.due_at }),
        Status::Undetermined => Some(Why::Facts { needs: decision.needs.clone() }),
        Status::Refused | Status::Out | Status::NotStated => {
            Some(Why::Refused { text: way.refused.clone().unwrap_or_default() })
        }
    }
}

fn plan_refunds(books: &Books<'_>, law: &Law, now: Time, plan: &mut Plan) -> Result<(), WorkError> {
    for owed in refund::owed(books, law, now)? {
        let way = law.decide(&owed.stored.record, now).best().cloned();
        if owed.stored.record.facility != plan.facility {
            continue;
        }
        if let Some(batch) = books.batch_holding(owed.stored.id, Purpose::Refund)? {
            let (number, total) = (owed.stored.number, owed.stored.record.total);
            plan.left_out.push(LeftOut { number, total, why: Why::InBatch { batch } });
        } else if let Some(Amounts { own_share, refund }) = owed.amounts {
            let refund = batch::Refund { own_share: Some(own_share), due: Some(refund) };
            plan.ready.push(Ready { stored: owed.stored, way, refund: Some(refund) });
        } else {
            let (number, total) = (owed.stored.number, owed.stored.record.total);
            plan.left_out.push(LeftOut { number, total, why: Why::ShareUnknown });
        }
    }
    Ok(())
}

/// A batch that was sent.
pub struct Exported {
    /// The batch.
    pub info: BatchInfo,
    /// Its folder.
    pub folder: PathBuf,
    /// Its files and how many rows and empty required fields each has.
    pub manifest: batch::Manifest,
    /// The ledger's seal, which covers that it was sent.
    pub seal: Seal,
}

/// How a batch is written: its layout, the region's profile, and the language of lists for people.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// Shape, encoding and headings.
    pub layout: batch::Layout,
    /// The table of fields as the region has it.
    pub profile: batch::Profile,
    /// The language of lists for people.
    pub lang: Lang,
}

/// Sends out a plan as one batch in `out`; `None` where nothing can go. What the platform would misread is moved
/// to the plan's `left_out`.
///
/// # Errors
/// [`WorkError::Batch`] where `out` takes no folder: nothing is written then. [`WorkError::Unfinished`] where writing it
/// fails all the same: the batch stays `preparing`, and nothing is exported.
pub fn export(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    plan: &mut Plan,
    out: &Path,
    manner: &Manner,
) -> Result<Option<Exported>, WorkError> {
    let prepared = prepare(ledger, law, actor, Mode::Keep, plan, out, manner)?;
    let Some((id, manifest)) = prepared else { return Ok(None) };
    let (folder, seal) = complete(ledger, actor, id)?;
    Ok(Some(Exported { info: ledger.books().batch(id)?, folder, manifest, seal }))
}

/// What [`export`] would write, without writing it.
pub fn rehearse(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    plan: &mut Plan,
    out: &Path,
    manner: &Manner,
) -> Result<Option<batch::Manifest>, WorkError> {
    Ok(prepare(ledger, law, actor, Mode::Try, plan, out, manner)?.map(|(_, manifest)| manifest))
}

/// Issues keys, builds the files, and lets the ledger keep both.
fn prepare(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
    plan: &mut Plan,
    out: &Path,
    manner: &Manner,
) -> Result<Option<(i64, batch::Manifest)>, WorkError> {
    if plan.ready.is_empty() {
        return Ok(None);
    }
    let notices: Vec<_> = law.notices().iter().map(|notice| notice.id().to_owned()).collect();
    let going = &*plan;
    let (prepared, left_out) = ledger.write(actor, mode, |w| -> Result<_, WorkError> {
        let (plan, mut left_out) = (going, Vec::new());
        for ready in &plan.ready {
            still_free(&w.books(), plan.purpose, &ready.stored)?;
        }
        let id = w.next_batch()?;
        let stored: Vec<Stored> = plan.ready.iter().map(|ready| ready.stored.clone()).collect();
        let (_, chain_head) = w.books().head()?;
        let head = Head {
            batch: id,
            purpose: plan.purpose,
            facility: plan.facility.clone(),
            facility_name: w.books().facility_name(&plan.facility)?.unwrap_or_default(),
            notice: notices.join(" "),
            created_at: actor.at,
            chain_head,
            lang: manner.lang,
            layout: manner.layout,
        };
        let mut items: Vec<Item> = plan.ready.iter().map(item).collect();
        let others: Vec<usize> =
            items.iter().map(|item| batch::messages(&head, item, &manner.profile)).collect();
        let mut issued = Vec::with_capacity(items.len());
        for (item, keys) in items.iter_mut().zip(keys::issue(w, &stored, &others)?) {
            item.issued = Some(keys.issued.clone());
            item.messages = keys.messages;
            issued.push(keys.issued);
        }
        let built = batch::build(&head, &items, &manner.profile);
        let mut members: Vec<(Stored, Issued)> = stored.into_iter().zip(issued).collect();
        for left in built.left_out {
            members.retain(|(stored, _)| stored.number != left.number);
            let total = plan.ready.iter().find(|ready| ready.stored.number == left.number);
            let total = total.map_or(Money::ZERO, |ready| ready.stored.record.total);
            left_out.push(LeftOut { number: left.number.clone(), total, why: Why::Value(left) });
        }
        if members.is_empty() {
            w.discard();
            return Ok((None, left_out));
        }
        let folder = format!("{}-B{id:04}-{}", w.founding().station, plan.purpose.id());
        if mode == Mode::Keep {
            batch::try_out(out, &folder)?;
        }
        let out_dir = std::path::absolute(out).unwrap_or_else(|_| out.to_owned());
        let files: Vec<_> =
            built.files.into_iter().map(|file| BatchFile { name: file.name, bytes: file.bytes }).collect();
        w.prepare_batch(&NewBatch {
            id,
            purpose: plan.purpose,
            folder: &folder,
            out_dir: &out_dir.to_string_lossy(),
            total: built.manifest.total_fen,
            members: &members,
            files: &files,
            check_code: &built.manifest.digest().short(),
        })?;
        Ok((Some((id, built.manifest)), left_out))
    })?;
    for left in left_out {
        plan.ready.retain(|ready| ready.stored.number != left.number);
        plan.left_out.push(left);
    }
    Ok(prepared)
}

/// The plan was made before the ledger was ours to write: another window may have sent or changed a record since.
fn still_free(books: &Books<'_>, purpose: Purpose, planned: &Stored) -> Result<(), StoreError> {
    let now = books.record_by_id(planned.id)?;
    let same = (now.version, now.stage) == (planned.version, planned.stage);
    if same && books.batch_holding(planned.id, purpose)?.is_none() {
        return Ok(());
    }
    Err(StoreError::Stale { what: planned.number.to_string() })
}

/// The records of a prepared batch are as they were then; else what its folder would say is no longer so.
fn still_true(books: &Books<'_>, info: &BatchInfo) -> Result<(), StoreError> {
    for member in books.members(info.id)? {
        let stored = books.record_by_id(member.record)?;
        let moves = info.purpose.step().is_none_or(|step| stored.stage.after(step).is_some());
        if stored.version != member.version || !moves {
            return Err(StoreError::Stale { what: format!("batch B{}, {}", info.id, stored.number) });
        }
    }
    Ok(())
}

fn item(ready: &Ready) -> Item {
    let way = ready.way.as_ref();
    Item {
        number: ready.stored.number.clone(),
        record: ready.stored.record.clone(),
        issued: None,
        messages: Vec::new(),
        undo: None,
        route: way.map_or(crate::domain::Route::NotStated, |way| way.route),
        due_at: way.and_then(|way| way.due_at),
        refund: ready.refund,
    }
}

/// Writes the folder of a prepared batch, then marks the batch as sent and seals the head.
fn complete(ledger: &mut Ledger, actor: &Actor, id: i64) -> Result<(PathBuf, Seal), WorkError> {
    let info = ledger.books().batch(id)?;
    still_true(&ledger.books(), &info)?;
    let written = write_folder(&ledger.books(), &info, Path::new(&info.out_dir));
    let folder = written.map_err(|error| match error {
        WorkError::Batch(error) => WorkError::Unfinished { batch: id, error },
        other => other,
    })?;
    Ok((folder, sent(ledger, actor, &info)?))
}

/// The batch is sent; what the ledger says now is sealed with it.
fn sent(ledger: &mut Ledger, actor: &Actor, info: &BatchInfo) -> Result<Seal, StoreError> {
    ledger.write(actor, Mode::Keep, |w| {
        w.batch_sent(info.id, info.purpose.step())?;
        w.seal(SealReason::Export, &format!("B{}", info.id))
    })
}

fn write_folder(books: &Books<'_>, info: &BatchInfo, out: &Path) -> Result<PathBuf, WorkError> {
    let files = books.batch_files(info.id)?;
    let files: Vec<_> = files.into_iter().map(|file| File { name: file.name, bytes: file.bytes }).collect();
    Ok(batch::write(out, &info.folder, &files)?.path)
}

/// Completes the batches that something interrupted; their numbers.
///
/// # Errors
/// [`WorkError::Unfinished`] where a folder still cannot be written, as when the stick it went to is gone.
pub fn finish(ledger: &mut Ledger, actor: &Actor) -> Result<Vec<i64>, WorkError> {
    let mut finished = Vec::new();
    for info in ledger.books().batches()? {
        if info.state == BatchState::Preparing {
            complete(ledger, actor, info.id)?;
            finished.push(info.id);
        }
    }
    Ok(finished)
}

/// Gives the folder of a batch again, byte for byte. One that was interrupted is completed there.
///
/// # Errors
/// [`WorkError::Batch`] where the folder cannot be written or holds something else.
pub fn again(ledger: &mut Ledger, actor: &Actor, id: i64, out: &Path) -> Result<PathBuf, WorkError> {
    let info = ledger.books().batch(id)?;
    if info.state == BatchState::Preparing {
        still_true(&ledger.books(), &info)?;
    }
    let folder = write_folder(&ledger.books(), &info, out)?;
    if info.state == BatchState::Preparing {
        sent(ledger, actor, &info)?;
    }
    Ok(folder)
}

/// Takes back a batch that was not used; its records are pending again.
///
/// # Errors
/// [`WorkError::Answered`] once the platform has answered any of it.
pub fn cancel(
    ledger: &mut Ledger,
    actor: &Actor,
    mode: Mode,
    id: i64,
    reason: &str,
) -> Result<BatchInfo, WorkError> {
    if reason.trim().is_empty() {
        return Err(WorkError::Empty { what: "reason" });
    }
    ledger.write(actor, mode, |w| {
        let info = w.books().batch(id)?;
        match info.state {
            BatchState::Answered => return Err(WorkError::Answered { batch: id }),
            BatchState::Cancelled => {
                return Err(StoreError::Stale { what: format!("batch B{id}") }.into());
            }
            BatchState::Sent | BatchState::Preparing => {}
        }
        let step = info.purpose.step().map(|step| match step {
            Step::Handover => Step::Unhand,
            _ => Step::Recall,
        });
        w.recall_batch(&info, reason.trim(), step)?;
        Ok(w.books().batch(id)?)
    })
}
