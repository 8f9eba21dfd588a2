//! `guazhang report`: how much stands where, what is still unreconciled, and everything as one page.

mod drawn;
mod figures;
mod html;
mod levels;
mod open;
mod sections;
mod summary;
mod tally;
mod watch;

use crate::cli::args::Reveal;
use crate::cli::{Ctx, Exit, Failure, batch, ledger, refund};
use crate::closed_list;
use crate::domain::EventKind;
use crate::report::Sheet;
use crate::store::Books;
use crate::text::Lang;
use crate::work::figures::{
    by_age, by_amount, by_due, by_operator, by_phase, by_reason, by_route, days_of_register, downtime,
    since_last_report,
};
use crate::work::{self, Law, Unreconciled, Wanted};

/// Counts and sums, and what is left to do
#[derive(clap::Args, Debug)]
pub(super) struct ReportArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Counts and sums by facility, kind and stage; on a terminal with bars
    Summary,
    /// The summary on the screen, drawn anew whenever anybody commits something; q ends it
    ///
    /// It only reads. Where there is no terminal it prints the summary once.
    Watch(watch::WatchArgs),
    /// Counts and sums by stage
    Stages,
    /// Control totals: by insurance type, clearing category and day of settlement, what differs in either direction
    Control,
    /// The bridge from the ledger's total to the platform's, by month, way back and facility
    Bridge,
    /// What is still unreconciled: overdue first, then the most money, then the oldest
    Unreconciled {
        #[command(flatten)]
        reveal: Reveal,
    },
    /// What is unreconciled by age, with how the deadlines stand in each
    Ageing,
    /// What is unreconciled by deadline: overdue, due soon, in time
    Deadlines,
    /// What is unreconciled by how much money it is each
    Amounts,
    /// What is unreconciled by reason
    Reasons,
    /// What is unreconciled by way back
    Routes,
    /// What is unreconciled by who wrote it down
    Operator,
    /// Records by hour of the downtime
    Downtime {
        /// In hours or in days
        #[arg(long, value_name = "UNIT", default_value = "hour")]
        by: Unit,
    },
    /// How many breaks were open at the end of each day
    Register,
    /// The register by how far its breaks have come
    Phases,
    /// Batches, and how many of their records were answered
    Batches,
    /// Answers of the platform, counted by batch and code
    Answers,
    /// Refunds that are owed and not paid
    Owed {
        #[command(flatten)]
        reveal: Reveal,
    },
    /// Refunds that were paid; what is owed says `report owed`
    Refunds,
    /// What changed since the last page that was written
    Changes,
    /// Who looked at identities, when, and by which command
    Identities,
    /// Everything as one page that opens without a network and prints on A4
    ///
    /// The page carries its tables, pictures, style and script in one file. Its footer has the digest of its data and
    /// the head of the event chain, and the ledger keeps both as an event, so that a printed page can be proved later.
    Html(html::HtmlArgs),
}

closed_list! {
    /// What records of the downtime are counted by.
    Unit as "unit" {
        Hour = "hour", "小时", "hour";
        Day = "day", "天", "day";
    }
}

pub(super) fn run(ctx: &mut Ctx, args: &ReportArgs) -> Result<Exit, Failure> {
    use Action as A;
    match &args.action {
        A::Summary => summary::run(ctx),
        A::Watch(args) => watch::run(ctx, args),
        A::Control => levels::control(ctx),
        A::Bridge => levels::bridge(ctx),
        A::Unreconciled { reveal } => open::run(ctx, reveal),
        A::Owed { reveal } => refund::list(ctx, reveal, "report owed"),
        A::Html(args) => html::run(ctx, args),
        A::Ageing => open_in(ctx, |open, lang| figures::ageing(&by_age(open), lang)),
        A::Deadlines => open_in(ctx, |open, _| figures::deadlines(&by_due(open))),
        A::Amounts => open_in(ctx, |open, _| figures::amounts(&by_amount(open))),
        A::Reasons => open_in(ctx, |open, lang| figures::reasons(&by_reason(open), lang)),
        A::Routes => open_in(ctx, |open, _| figures::routes(&by_route(open))),
        A::Operator => open_in(ctx, |open, _| figures::operators(&by_operator(open))),
        A::Stages => figure(ctx, |books, _, _| Ok(figures::stages(&books.by_stage()?))),
        A::Batches => figure(ctx, |books, _, _| batch::list_sheet(books)),
        A::Answers => figure(ctx, |books, _, ctx| Ok(figures::answers(&books.answers()?, ctx.lang))),
        A::Downtime { by } => figure(ctx, |books, law, ctx| {
            let downtime = downtime(books, law, ctx.now)?;
            Ok(match by {
                Unit::Hour => figures::hours(&downtime),
                Unit::Day => figures::days(&downtime),
            })
        }),
        A::Register => {
            figure(ctx, |books, _, ctx| Ok(figures::register_days(&days_of_register(books, ctx.now)?)))
        }
        A::Phases => figure(ctx, |books, law, ctx| {
            let wanted = Wanted { all: true, ..Wanted::default() };
            Ok(figures::phases(&by_phase(&work::register(books, law, ctx.now, &wanted)?)))
        }),
        A::Refunds => figure(ctx, |books, _, ctx| Ok(figures::paid(&books.paid_refunds()?, ctx.lang))),
        A::Changes => figure(ctx, |books, _, ctx| Ok(figures::changes(&since_last_report(books)?, ctx.lang))),
        A::Identities => figure(ctx, |books, _, ctx| {
            Ok(figures::identities(&books.events_of(EventKind::Revealed)?, ctx.lang))
        }),
    }
}

/// A sheet that needs nothing but the ledger.
fn figure(
    ctx: &mut Ctx,
    of: impl FnOnce(&Books<'_>, &Law, &Ctx) -> Result<Sheet, Failure>,
) -> Result<Exit, Failure> {
    let (book, law) = ledger::open(ctx)?;
    let books = book.books();
    let sheet = books.at_once(|| of(&books, &law, ctx))?;
    drop(book);
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

/// What is unreconciled, in groups.
fn open_in(ctx: &mut Ctx, sheet: impl FnOnce(&[Unreconciled], Lang) -> Sheet) -> Result<Exit, Failure> {
    figure(ctx, |books, law, ctx| Ok(sheet(&work::unreconciled(books, law, ctx.now)?, ctx.lang)))
}
