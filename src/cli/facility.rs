//! `guazhang facility`: the facilities whose records stand in this ledger.

use crate::cli::{Ctx, Exit, Failure, init, ledger};
use crate::report::{Cell, Column, Sheet};

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
}

pub(super) fn run(ctx: &mut Ctx, args: &FacilityArgs) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::open(ctx)?;
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
