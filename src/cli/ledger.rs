//! Opening the ledger that a command works on, and what its verbs answer.

use crate::cli::args::Reveal;
use crate::cli::{Ctx, Exit, Failure, Says};
use crate::domain::{Decision, Masked, Person};
use crate::report::{Cell, Column, Sheet};
use crate::store::{Books, Ledger, Mode, StoreError, Stored};
use crate::text::{Explain, Lang};
use crate::work::{ErrorKind, Law, WorkError};
use std::time::Duration;

/// The ledger and the law in it.
pub(super) fn open(ctx: &Ctx) -> Result<(Ledger, Law), Failure> {
    let ledger = Ledger::open_for(&ctx.ledger, &ctx.actor()).map_err(WorkError::from)?;
    let law = Law::read(&ledger.books(), ctx.calendar()?)?;
    Ok((ledger, law))
}

/// The same, unlocked: for whatever writes, or shows identities.
pub(super) fn unlocked(ctx: &mut Ctx) -> Result<(Ledger, Law), Failure> {
    let (mut ledger, law) = open(ctx)?;
    unlock(ctx, &mut ledger)?;
    Ok((ledger, law))
}

/// Three wrong passphrases in a row, then each further one has to wait, at most half a minute.
const PATIENCE: u32 = 3;
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Lets the operator in. On a terminal a mistyped passphrase may be typed again.
pub(super) fn unlock(ctx: &mut Ctx, ledger: &mut Ledger) -> Result<(), Failure> {
    if let Some(session) = ctx.sessions.of(&ctx.operator) {
        ledger.resume(session);
        return Ok(());
    }
    if !ledger.is_encrypted()? {
        return Ok(ledger.unlock(&ctx.actor(), None)?);
    }
    loop {
        if let Some(operator) = ledger.books().operator(&ctx.operator)?
            && operator.failures >= PATIENCE
        {
            let wait = Duration::from_secs(1 << (operator.failures - PATIENCE).min(5)).min(LONGEST_WAIT);
            std::thread::sleep(wait);
        }
        let passphrase = ctx.passphrase()?;
        match ledger.unlock(&ctx.actor(), passphrase.as_ref().map(|text| text.as_str())) {
            Ok(()) => break,
            Err(error @ StoreError::WrongPassphrase { failures, .. })
                if ctx.types_passphrase() && failures < PATIENCE =>
            {
                let (zh, en) = (error.what(Lang::Zh), error.what(Lang::En));
                ctx.remark(&zh, &en)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(session) = ledger.session() {
        ctx.sessions.keep(session.clone());
    }
    Ok(())
}

/// Says that identities stand bare in this ledger, wherever its state is told.
pub(super) fn say_open(ctx: &mut Ctx) -> Result<(), Failure> {
    ctx.remark(
        "注意：此账本未加密（--no-encrypt），身份信息以明文保存，操作员无需口令",
        "note: this ledger is not encrypted (--no-encrypt): identities stand bare in it, and operators need no passphrase",
    )
}

/// The same of a ledger that is open, where it is so.
pub(super) fn say_if_open(ctx: &mut Ctx, book: &Ledger) -> Result<(), Failure> {
    if book.is_encrypted()? { Ok(()) } else { say_open(ctx) }
}

/// Whether a change is kept.
pub(super) fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::Try } else { Mode::Keep }
}

/// How a run ends where a verb failed.
impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Exit {
        match kind {
            ErrorKind::Unexpected => Exit::Failed,
            ErrorKind::Refused => Exit::Refused,
            ErrorKind::Conflict => Exit::Conflict,
            ErrorKind::Integrity => Exit::Integrity,
            ErrorKind::NotPermitted => Exit::NotPermitted,
            ErrorKind::Stopped => Exit::Interrupted,
        }
    }
}

impl From<WorkError> for Failure {
    fn from(error: WorkError) -> Failure {
        let exit = Exit::from(error.kind());
        match error {
            WorkError::Rows(faults) => {
                let said = WorkError::Faults { count: faults.len() };
                Failure::new(exit, said).with_items(faults)
            }
            error => Failure::new(exit, error),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::from(WorkError::from(error))
    }
}

/// A note below a result that was only tried.
pub(super) fn tried(ctx: &mut Ctx, dry_run: bool) -> Result<(), Failure> {
    if dry_run {
        ctx.remark("试运行：未写入任何内容", "dry run: nothing was written")
    } else {
        Ok(())
    }
}

/// Names in full are on record, with their purpose, before they are shown.
pub(super) fn reveal(ctx: &mut Ctx, ledger: &mut Ledger, reveal: &Reveal, what: &str) -> Result<(), Failure> {
    if !reveal.reveal {
        return Ok(());
    }
    let purpose = match reveal.purpose.clone().filter(|text| !text.trim().is_empty()) {
        Some(purpose) => Some(purpose),
        None => ctx.ask("查看身份信息的用途：", "purpose of showing identities: ")?,
    };
    let Some(purpose) = purpose.filter(|text| !text.trim().is_empty()) else {
        let says = Says::new("查看身份信息须写明用途", "identities are shown for a stated purpose only");
        return Err(Failure::usage(says.hint(
            "加上 --purpose，例如 --purpose 电话通知退费",
            "add --purpose, as in --purpose \"call back for refunds\"",
        )));
    };
    unlock(ctx, ledger)?;
    ledger.write(&ctx.actor(), Mode::Keep, |w| w.revealed(what, purpose.trim()))?;
    Ok(())
}

/// Whom a record is about as it is to be shown: in full where that was asked for, else masked.
pub(super) fn person(books: &Books<'_>, stored: &Stored, reveal: bool) -> Result<Person, Failure> {
    if reveal {
        return Ok(books.opened(stored.clone())?.record.person);
    }
    Ok(masked(&stored.shown))
}

/// A person of whom only the masked forms are known.
pub(super) fn masked(shown: &Masked) -> Person {
    let Masked { name, id_no, phone } = shown.clone();
    Person { name, id_no, phone, ..Person::default() }
}

/// What stands where a sealed text is not shown.
pub(super) fn sealed(text: Option<String>, lang: Lang) -> String {
    text.unwrap_or_else(|| lang.pick("（已加密）", "(sealed)").to_owned())
}

/// The columns in which records are listed.
pub(super) const RECORD_COLUMNS: &[Column] = &[
    Column::code("number", "编号", "number"),
    Column::code("record_no", "单号", "record no."),
    Column::code("kind", "类别", "kind"),
    Column::code("name", "姓名", "name"),
    Column::code("occurred_at", "发生时间", "occurred"),
    Column::money("total", "总额", "total"),
    Column::money("paid", "已付", "paid"),
    Column::code("stage", "阶段", "stage"),
    Column::code("verdict", "对账", "verdict"),
    Column::text("route", "去向", "way back"),
    Column::text("status", "状态", "status"),
    Column::code("due_at", "截止", "until"),
];

/// One record as a row of [`RECORD_COLUMNS`].
pub(super) fn record_row(stored: &Stored, name: String, decision: &Decision) -> Vec<Cell> {
    let record = &stored.record;
    // What is cleared or void takes no way any more.
    let decision = Some(decision).filter(|_| !stored.stage.is_closed());
    vec![
        Cell::text(stored.number.to_string()),
        Cell::text(&record.record_no),
        Cell::word(&record.kind),
        Cell::text(name),
        Cell::Time(record.occurred_at),
        Cell::Money(record.total),
        Cell::known(record.paid, Cell::Money),
        Cell::word(&stored.stage),
        Cell::known(stored.verdict, |verdict| Cell::word(&verdict)),
        Cell::known(decision.and_then(Decision::best), |way| Cell::word(&way.route)),
        Cell::known(decision, |decision| Cell::word(&decision.status)),
        Cell::known(decision.and_then(Decision::due_at), Cell::Time),
    ]
}

/// A sheet of records.
pub(super) fn record_sheet<'a>(
    books: &Books<'_>,
    law: &Law,
    ctx: &Ctx,
    records: impl IntoIterator<Item = &'a Stored>,
    reveal: bool,
) -> Result<Sheet, Failure> {
    let mut sheet = Sheet::new(RECORD_COLUMNS);
    sheet.spare(&["paid", "kind", "verdict"]);
    for stored in records {
        let name = person(books, stored, reveal)?.name;
        sheet.row(record_row(stored, name, &law.decide(&stored.record, ctx.now)));
    }
    Ok(sheet)
}
