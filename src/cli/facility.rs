//! `guazhang facility`: the facilities whose records stand in this ledger, and
//! where their patients turn to.

use crate::cli::args::DryRun;
use crate::cli::{Ctx, Exit, Failure, init, ledger};
use crate::report::{Card, Cell, Column, Sheet};
use crate::store::ServiceDesk;

/// Facilities whose records stand in this ledger
#[derive(clap::Args, Debug)]
pub(super) struct FacilityArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List the facilities the ledger knows
    List,
    /// Tell the ledger of a further facility
    Add {
        /// Code of the facility
        code: String,
        /// Its name
        name: String,
    },
    /// Show or say where patients turn to: what slips and wall pages print
    ///
    /// What is not given stays as it is; an empty text takes it away.
    Desk {
        /// Code of the facility; the ledger's own by default
        code: Option<String>,
        #[command(flatten)]
        said: Said,
        #[command(flatten)]
        dry_run: DryRun,
    },
}

/// What is said of a desk.
#[derive(clap::Args, Debug)]
struct Said {
    /// Phone of the desk
    #[arg(long, value_name = "PHONE")]
    phone: Option<String>,
    /// Where it is, such as hall, window 2
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
    /// When somebody is there, such as Mon-Fri 8:00-17:30
    #[arg(long, value_name = "TEXT")]
    hours: Option<String>,
}

impl Said {
    fn anything(&self) -> bool {
        self.phone.is_some() || self.place.is_some() || self.hours.is_some()
    }

    /// The desk as it is from now on.
    fn onto(&self, desk: ServiceDesk) -> ServiceDesk {
        let either = |said: &Option<String>, before: String| said.as_deref().map_or(before, one_line);
        ServiceDesk {
            phone: either(&self.phone, desk.phone),
            place: either(&self.place, desk.place),
            hours: either(&self.hours, desk.hours),
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn run(ctx: &mut Ctx, args: &FacilityArgs) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::open(ctx)?;
    if let Action::Desk { code, said, dry_run } = &args.action {
        return desk(ctx, &mut book, code.as_deref(), said, dry_run.dry_run);
    }
    if let Action::Add { code, name } = &args.action {
        ledger::unlock(ctx, &mut book)?;
        let code = init::facility_code(code)?.to_owned();
        book.write(&ctx.actor(), ledger::mode(false), |w| w.add_facility(&code, name.trim()))?;
    }
    let mut sheet = Sheet::new(&[Column::code("code", "编码", "code"), Column::text("name", "名称", "name")]);
    for (code, name) in book.books().facilities()? {
        sheet.row([Cell::text(code), Cell::text(name)]);
    }
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}

fn desk(
    ctx: &mut Ctx,
    book: &mut crate::store::Ledger,
    code: Option<&str>,
    said: &Said,
    trying: bool,
) -> Result<Exit, Failure> {
    let code = code.map_or_else(|| book.founding().facility.clone(), |code| code.trim().to_owned());
    let mut desk = book.books().service_desk(&code)?;
    if said.anything() {
        ledger::unlock(ctx, book)?;
        desk = said.onto(desk);
        book.write(&ctx.actor(), ledger::mode(trying), |w| w.set_service_desk(&code, &desk))?;
    }
    let mut card = Card::new();
    card.fact(Column::code("facility", "机构", "facility"), Cell::text(code));
    card.fact(Column::code("phone", "电话", "phone"), Cell::text(desk.phone));
    card.fact(Column::text("place", "地点", "place"), Cell::text(desk.place));
    card.fact(Column::text("hours", "时间", "hours"), Cell::text(desk.hours));
    ctx.print_card(&card)?;
    ledger::tried(ctx, trying)?;
    Ok(Exit::Done)
}
