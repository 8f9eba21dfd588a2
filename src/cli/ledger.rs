//! Opening the ledger that a command works on, and what its verbs answer.

use crate::cli::{Ctx, Exit, Failure};
use crate::domain::{Decision, mask_name};
use crate::report::{Cell, Column, Sheet};
use crate::store::{Ledger, Mode, StoreError, Stored};
use crate::work::{ErrorKind, Law, WorkError};

/// The ledger and the law in it.
pub(super) fn open(ctx: &Ctx) -> Result<(Ledger, Law), Failure> {
    let ledger = Ledger::open(&ctx.ledger).map_err(WorkError::from)?;
    let law = Law::read(&ledger.books(), ctx.calendar()?)?;
    Ok((ledger, law))
}

/// Whether a change is kept.
pub(super) fn mode(dry_run: bool) -> Mode {
    if dry_run { Mode::Try } else { Mode::Keep }
}

impl From<WorkError> for Failure {
    fn from(error: WorkError) -> Failure {
        let exit = match error.kind() {
            ErrorKind::Unexpected => Exit::Failed,
            ErrorKind::Refused => Exit::Refused,
            ErrorKind::Conflict => Exit::Conflict,
            ErrorKind::Integrity => Exit::Integrity,
        };
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

/// Names in full are on record before they are shown.
pub(super) fn reveal(ctx: &Ctx, ledger: &mut Ledger, reveal: bool, what: &str) -> Result<(), Failure> {
    if reveal {
        ledger.write(&ctx.actor(), Mode::Keep, |w| w.revealed(what))?;
    }
    Ok(())
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
pub(super) fn record_row(stored: &Stored, decision: &Decision, reveal: bool) -> Vec<Cell> {
    let record = &stored.record;
    // What is cleared or void takes no way any more.
    let decision = Some(decision).filter(|_| !stored.stage.is_closed());
    let name = if reveal { record.person.name.clone() } else { mask_name(&record.person.name) };
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
    law: &Law,
    ctx: &Ctx,
    records: impl IntoIterator<Item = &'a Stored>,
    reveal: bool,
) -> Sheet {
    let mut sheet = Sheet::new(RECORD_COLUMNS);
    for stored in records {
        sheet.row(record_row(stored, &law.decide(&stored.record, ctx.now), reveal));
    }
    sheet
}
