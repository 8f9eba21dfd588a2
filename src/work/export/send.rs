//! A plan becomes a batch.
//!
//! A batch is written in three steps, each durable before the next: the ledger
//! keeps the members, their keys and the bytes of every file (`preparing`); the
//! folder appears, whole, by one rename; the batch is `sent` and its records
//! move. Whatever stops the program in between, [`finish`] goes on from there:
//! the same batch is completed, and no record goes out twice.

use super::plan::{Going, LeftOut, Plan, Ready};
use super::why::Why;
use crate::batch::{self, Builder, File, Head, Item};
use crate::domain::{Actor, BatchState, Issued, Money, Purpose, Record, Seal, SealReason, ShortNumber, Step};
use crate::store::{
    BatchFile, BatchInfo, Books, Ledger, Lock, Mode, NewBatch, NewMember, StoreError, Stored, Taking, Writer,
};
use crate::text::{Label, Lang};
use crate::work::keys::{self, Keys, Takes};
use crate::work::{Law, WorkError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
#[derive(Clone, Default)]
pub struct Manner {
    /// Shape, encoding and headings.
    pub layout: batch::Layout,
    /// The table of fields as the region has it.
    pub profile: batch::Profile,
    /// The language of lists for people.
    pub lang: Lang,
    /// What a list with phones for the cashier is for; it is on record with the batch.
    pub shown_for: Option<String>,
    /// Whom the files are encrypted to, if to anyone.
    pub lock: Option<Arc<Lock>>,
}

/// The name of a batch's folder.
pub(super) fn folder_name(w: &Writer<'_>, id: i64, purpose: Purpose) -> String {
    format!("{}-B{id:04}-{}", w.founding().station, purpose.id())
}

/// Whose key signs the manifest.
pub(super) fn signer(w: &Writer<'_>) -> Result<batch::Signer, StoreError> {
    let books = w.books();
    Ok(batch::Signer::new(&w.founding().station, &books.ledger_id()?, books.station_key()?))
}

/// The batch as it leaves: encrypted where that was asked for, and signed.
pub(super) fn sealed(
    w: &Writer<'_>,
    built: batch::Built,
    folder: &str,
    manner: &Manner,
) -> Result<batch::Built, WorkError> {
    let built = match &manner.lock {
        Some(lock) => built.encrypted(folder, &lock.readers(), |bytes| lock.locked(bytes)).map_err(aside)?,
        None => built,
    };
    Ok(built.signed(|bytes| w.sign(bytes))?)
}

/// Where a large workbook finds no room for what it writes aside.
fn aside(error: std::io::Error) -> WorkError {
    batch::FolderError::of(&std::env::temp_dir(), error).into()
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
    let prepared = prepare(ledger, law, actor, Mode::Keep, plan, Some(out), manner)?;
    let Some((id, manifest)) = prepared else { return Ok(None) };
    let (folder, seal) = complete(ledger, actor, id)?;
    Ok(Some(Exported { info: ledger.books().batch(id)?, folder, manifest, seal }))
}

/// What a batch would be.
pub struct Rehearsed {
    /// Its files, and how many rows and empty required fields each has.
    pub manifest: batch::Manifest,
    /// The calls of each record that would go, in order.
    pub calls: Vec<(ShortNumber, Vec<String>)>,
}

/// What [`export`] would write, without writing it; whether `out` can take it is tried, where it is given.
pub fn rehearse(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    plan: &mut Plan,
    out: Option<&Path>,
    manner: &Manner,
) -> Result<Option<Rehearsed>, WorkError> {
    let Some((_, manifest)) = prepare(ledger, law, actor, Mode::Try, plan, out, manner)? else {
        return Ok(None);
    };
    let books = ledger.books();
    let calls = |ready: &Ready| {
        let item = item(&books, ready, manner.lang)?;
        let calls = batch::calls_of(&item, plan.purpose, manner.layout, &manner.profile);
        Ok::<_, StoreError>((ready.record.number.clone(), calls))
    };
    let calls = plan.ready.iter().map(calls).collect::<Result<_, _>>()?;
    Ok(Some(Rehearsed { manifest, calls }))
}

/// Issues keys, builds the files, and lets the ledger keep both.
fn prepare(
    ledger: &mut Ledger,
    law: &Law,
    actor: &Actor,
    mode: Mode,
    plan: &mut Plan,
    out: Option<&Path>,
    manner: &Manner,
) -> Result<Option<(i64, batch::Manifest)>, WorkError> {
    if plan.ready.is_empty() && plan.held.is_empty() {
        return Ok(None);
    }
    let notices: Vec<_> = law.notices().iter().map(|notice| notice.id().to_owned()).collect();
    let going = &*plan;
    let (prepared, left_out) = ledger.write(actor, mode, |w| -> Result<_, WorkError> {
        let (plan, mut left_out) = (going, Vec::new());
        for ready in &plan.ready {
            still_free(&w.books(), plan.purpose, &ready.record)?;
        }
        if let (Purpose::Refund, Some(shown_for)) = (plan.purpose, &manner.shown_for) {
            w.revealed("export refund", shown_for.trim())?;
        }
        let id = w.next_batch()?;
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
            signer: Some(signer(w)?),
        };
        let (built, issued) = built(w, &head, plan, manner)?;
        let built = sealed(w, built, &folder_name(w, id, plan.purpose), manner)?;
        let totals = plan.ready.iter().map(|ready| (&ready.record.number, ready.record.total));
        let totals: BTreeMap<&ShortNumber, Money> = totals.collect();
        for left in built.left_out {
            let total = totals.get(&left.number).copied().unwrap_or_default();
            left_out.push(LeftOut { number: left.number.clone(), total, why: Why::Value(left) });
        }
        let left: BTreeSet<ShortNumber> = left_out.iter().map(|left| left.number.clone()).collect();
        let going: Vec<(&Ready, Issued)> = plan.ready.iter().zip(issued).collect();
        let going = going.into_iter().filter(|(ready, _)| !left.contains(&ready.record.number));
        let (going, issued): (Vec<&Ready>, Vec<Issued>) = going.unzip();
        let members = going.iter().zip(issued).map(|(ready, issued)| {
            let Going { id, version, .. } = ready.record;
            NewMember { record: id, version, issued }
        });
        let members: Vec<NewMember> = members.collect();
        if members.is_empty() && plan.held.is_empty() {
            w.discard();
            return Ok((None, left_out));
        }
        let folder = folder_name(w, id, plan.purpose);
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
        let takings: Vec<Taking> = going
            .iter()
            .filter_map(|ready| {
                let (undo, leaves) = ready.undo.as_ref()?;
                Some(Taking { record: ready.record.id, setl_id: undo.setl_id.clone(), leaves: *leaves })
            })
            .collect();
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
            takings: &takings,
            reason: plan.reason.as_deref().map(str::trim),
            again: &plan.again,
            coverage: &serde_json::to_value(&built.manifest.coverage).map_err(StoreError::from)?,
        })?;
        Ok((Some((id, built.manifest)), left_out))
    })?;
    let left: BTreeSet<&ShortNumber> = left_out.iter().map(|left| &left.number).collect();
    plan.ready.retain(|ready| !left.contains(&ready.record.number));
    plan.left_out.extend(left_out);
    Ok(prepared)
}

/// The plan was made before the ledger was ours to write: another window may have sent or changed a record since.
fn still_free(books: &Books<'_>, purpose: Purpose, planned: &Going) -> Result<(), StoreError> {
    let now = books.record_by_id(planned.id)?;
    let same = (now.version, now.stage) == (planned.version, planned.stage);
    let held_in = match purpose {
        Purpose::Undo => books.taking_back(planned.id)?,
        _ => books.batch_holding(planned.id, purpose)?,
    };
    if same && held_in.is_none() {
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

/// The files of a batch, and the keys issued to each record that the plan has ready. Records are read one by one, and
/// twice: how many keys each takes shows only in its calls.
fn built(
    w: &mut Writer<'_>,
    head: &Head,
    plan: &Plan,
    manner: &Manner,
) -> Result<(batch::Built, Vec<Issued>), WorkError> {
    let all: Vec<&Ready> = plan.ready.iter().chain(&plan.held).collect();
    let mut takes = Vec::with_capacity(plan.ready.len());
    let mut order = Vec::with_capacity(all.len());
    for (at, &ready) in all.iter().enumerate() {
        let item = item(&w.books(), ready, manner.lang)?;
        if at < plan.ready.len() {
            let messages = batch::messages(head, &item, &manner.profile);
            takes.push(Takes { lines: item.record.lines.len(), messages });
        }
        order.push((batch::Place::of(head, &item), at));
    }
    order.sort();
    let mut keys: Vec<Option<Keys>> = keys::issue(w, &plan.facility, &takes)?.into_iter().map(Some).collect();
    let issued = keys.iter().flatten().map(|keys| keys.issued.clone()).collect();
    let mut builder = Builder::new(head, &manner.profile);
    for (_, at) in order {
        let mut item = item(&w.books(), all[at], manner.lang)?;
        if let Some(keys) = keys.get_mut(at).and_then(Option::take) {
            (item.issued, item.messages) = (Some(keys.issued), keys.messages);
        }
        builder.add(&item);
    }
    Ok((builder.done().map_err(aside)?, issued))
}

/// A record as the batch takes it, with who it is about.
fn item(books: &Books<'_>, ready: &Ready, lang: Lang) -> Result<Item, StoreError> {
    let Stored { number, record, .. } = books.opened(books.record_by_id(ready.record.id)?)?;
    let way = ready.way.as_ref();
    Ok(Item {
        number,
        issued: None,
        messages: Vec::new(),
        undo: ready.undo.as_ref().map(|(undo, _)| undo).or(ready.begun.as_ref()).cloned(),
        admitted_at: way.and_then(admitted_on),
        lacks: lacks(ready, &record, lang),
        handed: ready.handed.clone(),
        route: way.map_or(crate::domain::Route::NotStated, |way| way.route),
        due_at: way.and_then(|way| way.due_at),
        refund: ready.refund,
        record,
    })
}

/// The day under which the notice has a stay registered, where it is not that of the admission.
fn admitted_on(way: &crate::domain::WayBack) -> Option<crate::domain::Time> {
    way.effects
        .get("admitted_on")?
        .as_str()?
        .parse::<crate::domain::Day>()
        .ok()
        .map(crate::domain::Day::start)
}

/// What a refund still lacks before it can be paid, in words.
fn lacks(ready: &Ready, record: &Record, lang: Lang) -> String {
    let mut lacks = Vec::new();
    if ready.refund.is_some() {
        let asked = ready.way.iter().flat_map(|way| &way.missing_papers);
        lacks.extend(asked.map(|paper| crate::report::word(paper, lang)));
        let empty = [
            (record.receipt_no.is_empty(), "票据号", "receipt number"),
            (record.person.phone.is_empty(), "联系电话", "phone"),
            (record.pay_method.is_none(), "原支付方式", "means of payment"),
        ];
        let empty = empty.iter().filter(|(is, ..)| *is);
        lacks.extend(empty.map(|(_, zh, en)| lang.pick(zh, en).to_owned()));
    }
    lacks.join(lang.pick("、", ", "))
}

/// Writes the folder of a prepared batch, then marks the batch as sent and seals the head.
pub(super) fn complete(ledger: &mut Ledger, actor: &Actor, id: i64) -> Result<(PathBuf, Seal), WorkError> {
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
    let goes = |name: &str| !batch::stays_in_ledger(name);
    // One file at a time: a batch of calls has tens of thousands of them, and a large one of rows is large.
    let each = |take: &mut dyn FnMut(&File) -> Result<(), WorkError>| {
        books.each_batch_file(info.id, goes, |file| take(&File { name: file.name, bytes: file.bytes }))
    };
    Ok(batch::write_each(out, &info.folder, each)?.path)
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
