//! `guazhang hub`: the ledger of a whole city on PostgreSQL.
//!
//! Runs beside the city's own ledger, whose keys, operators and notices are the hub's. What is
//! done there stands in `work::city`; here it is asked for and shown.

mod answer;
mod check;
mod export;
mod load;
mod report;
mod report_page;
mod senders;

use crate::cli::{Ctx, Exit, Failure, Says, ledger, new_file};
use crate::domain::{Money, Right};
use crate::hub::{Address, Distribution, Founding, Hub, HubFault};
use crate::report::{Card, Cell, Column};
use crate::store::Ledger;
use crate::work::city::{CityError, CityKeys, CitySize, CityTerms, lay_city, simulate_city};
use crate::work::{Law, WorkError};
use std::path::PathBuf;

/// Bring the facilities of a whole city together in a PostgreSQL database, and reconcile them there
#[derive(clap::Args, Debug)]
pub(super) struct HubArgs {
    #[command(subcommand)]
    action: Action,
}

/// Where the database is.
#[derive(clap::Args, Debug)]
struct At {
    /// The database: postgres://user@host/database; encrypted anywhere but on this machine. A password may stand in $PGPASSWORD
    #[arg(long, value_name = "URL", env = "GUAZHANG_HUB_URL", hide_env_values = true)]
    url: String,
    /// A certificate to trust for it, PEM; by default those that this machine trusts
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Make the tables in an empty database, for this ledger
    Init {
        #[command(flatten)]
        at: At,
        /// How the tables lie: none or citus
        #[arg(long, value_name = "HOW", default_value = "none", value_parser = distribution)]
        distribution: Distribution,
        /// Make the roles guazhang_loader, guazhang_reconciler and guazhang_auditor too
        #[arg(long)]
        roles: bool,
    },
    /// Show the keys of the hub, which facilities trust and seal to
    Keys {
        /// Write the line to this new file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Trust a window whose fingerprint was read out, or all of a list
    Trust(senders::TrustArgs),
    /// Take nothing more from a window
    Revoke(senders::RevokeArgs),
    /// List the windows that hand in, and how far each is known
    Senders {
        #[command(flatten)]
        at: At,
    },
    /// Drop what is in quarantine of a window, once it is settled which of its two chains goes on
    Release(senders::ReleaseArgs),
    /// Load bundles of facilities and statements of the platform, each file once
    ///
    /// What is loaded already is known again, so after an interruption the same command goes on.
    Load(load::LoadArgs),
    /// Lay everything the platform settled against everything the facilities handed in
    ///
    /// Exit code 3 where something does not agree.
    Reconcile {
        #[command(flatten)]
        at: At,
        /// A difference of a total that a key still matches, in yuan, at most 1.00
        #[arg(long, value_name = "AMOUNT", default_value = "0")]
        tolerance: Money,
        /// Connections side by side
        #[arg(long, value_name = "N", default_value_t = 2)]
        workers: usize,
        /// Give up a reconciliation that was broken off
        #[arg(long)]
        take_over: bool,
    },
    Report(report::ReportArgs),
    Check(check::CheckArgs),
    Export(export::ExportArgs),
    /// Answer the facilities: a bundle for each, with the verdicts on its records, that its windows open like any other
    Answer(answer::AnswerArgs),
    /// Give a facility back what the hub kept of a window whose PC was lost, sealed to the one in its place
    Rebuild(answer::RebuildArgs),
    /// Make up a city for trials: bundles as its facilities would seal them, statements, and the truth
    Simulate {
        /// The new folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// How many facilities
        #[arg(long, value_name = "N", default_value_t = 30)]
        facilities: u32,
        /// How many records each
        #[arg(long, value_name = "M", default_value_t = 1000)]
        records: u32,
        /// Fee lines of each record
        #[arg(long, value_name = "N", default_value_t = 2)]
        lines: u32,
        /// Another number, another city
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        /// Processors to use
        #[arg(long, value_name = "N", default_value_t = 2)]
        workers: usize,
    },
}

fn distribution(text: &str) -> Result<Distribution, crate::text::UnknownWord> {
    text.parse()
}

impl At {
    fn address(&self) -> Result<Address, CityError> {
        let password = std::env::var("PGPASSWORD").ok();
        Ok(Address::read(&self.url, password.as_deref(), self.ca.as_deref())?)
    }
}

/// The city's own ledger, unlocked by somebody who may do this, its law, and the keys of the hub.
fn city(ctx: &mut Ctx, right: Right) -> Result<(Ledger, Law, CityKeys), Failure> {
    let (book, law) = ledger::unlocked(ctx)?;
    book.allows(right)?;
    let keys = CityKeys::of(&book)?;
    Ok((book, law, keys))
}

/// The hub, where it is that of these keys.
fn open(at: &At, keys: &CityKeys, ctx: &Ctx) -> Result<Hub, CityError> {
    let mut hub = Hub::connect(&at.address()?)?;
    hub.open(&keys.key, ctx.now)?;
    Ok(hub)
}

pub(super) fn run(ctx: &mut Ctx, args: &HubArgs) -> Result<Exit, Failure> {
    match &args.action {
        Action::Init { at, distribution, roles } => init(ctx, at, *distribution, *roles),
        Action::Keys { out } => keys(ctx, out.as_deref()),
        Action::Trust(args) => senders::trust(ctx, args),
        Action::Revoke(args) => senders::revoke(ctx, args),
        Action::Senders { at } => senders::list(ctx, at),
        Action::Release(args) => senders::release(ctx, args),
        Action::Load(args) => load::run(ctx, args),
        Action::Reconcile { at, tolerance, workers, take_over } => {
            let terms = CityTerms { tolerance: *tolerance, workers: *workers, take_over: *take_over };
            reconcile(ctx, at, terms)
        }
        Action::Report(args) => report::report(ctx, args),
        Action::Check(args) => check::check(ctx, args),
        Action::Export(args) => export::export(ctx, args),
        Action::Answer(args) => answer::answer(ctx, args),
        Action::Rebuild(args) => answer::rebuild(ctx, args),
        Action::Simulate { out, facilities, records, lines, seed, workers } => {
            let size = CitySize { facilities: *facilities, records: *records, lines: *lines, seed: *seed };
            simulate(ctx, out, size, *workers)
        }
    }
}

fn init(ctx: &mut Ctx, at: &At, distribution: Distribution, roles: bool) -> Result<Exit, Failure> {
    let (_, _, keys) = city(ctx, Right::Setup)?;
    let address = at.address()?;
    let mut hub = Hub::connect(&address).map_err(CityError::from)?;
    let founding = Founding {
        id: uuid::Uuid::parse_str(&keys.card.ledger)
            .map_err(|_| CityError::from(HubFault::Odd { text: keys.card.ledger.clone() }))?,
        code: keys.card.facility.clone(),
        name: keys.card.name.clone(),
        card: keys.card.clone(),
        distribution,
    };
    hub.init(&keys.key, &founding, roles, ctx.now).map_err(CityError::from)?;
    let mut card = Card::new();
    card.fact(Column::text("hub", "汇总库", "hub"), Cell::text(address.shown()));
    card.fact(Column::text("name", "名称", "name"), Cell::text(&founding.name));
    card.fact(
        Column::text("encrypted", "连接加密", "connection encrypted"),
        Cell::Flag(address.is_encrypted()),
    );
    card.fact(Column::text("distribution", "分布", "distribution"), Cell::word(&distribution));
    card.fact(Column::code("fingerprint", "指纹", "fingerprint"), Cell::text(keys.card.fingerprint()));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

fn keys(ctx: &mut Ctx, out: Option<&std::path::Path>) -> Result<Exit, Failure> {
    let (_, _, keys) = city(ctx, Right::Record)?;
    if let Some(path) = out {
        new_file::put(path, format!("{}\n", keys.card).as_bytes(), ctx.lang)?;
    }
    let mut card = Card::new();
    card.fact(Column::code("station", "窗口", "station"), Cell::text(&keys.card.station));
    card.fact(Column::code("fingerprint", "指纹", "fingerprint"), Cell::text(keys.card.fingerprint()));
    card.fact(Column::code("key", "公钥", "key"), Cell::text(keys.card.to_string()));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

fn reconcile(ctx: &mut Ctx, at: &At, terms: CityTerms) -> Result<Exit, Failure> {
    if terms.tolerance.is_negative() || terms.tolerance > Money::from_fen(100) {
        let says = Says::new("容差须在 0 到 1.00 元之间", "a tolerance is from 0 to 1.00 yuan");
        return Err(Failure::refused(says.hint("给出绝对金额", "give an amount, not a percentage")));
    }
    let (_book, law, keys) = city(ctx, Right::Reconcile)?;
    let address = at.address()?;
    let (operator, now) = (ctx.operator.clone(), ctx.now);
    let laid = crate::cli::progress::watched(ctx.lang, |watch| {
        lay_city(&address, &keys, &law, terms, &operator, now, watch)
    })?;
    let mut card = Card::new();
    card.fact(Column::number("run", "对账批次", "run"), Cell::Int(laid.run));
    let number = |count: u64| Cell::Int(i64::try_from(count).unwrap_or(i64::MAX));
    card.fact(Column::number("in_sql", "库内对平", "settled in SQL"), number(laid.settled));
    card.fact(
        Column::number("untouched", "平台无任何关联", "nothing of it on the platform"),
        number(laid.missing),
    );
    card.fact(
        Column::number("engine_records", "逐户核对的记录", "records through the engine"),
        number(laid.engine.0),
    );
    card.fact(
        Column::number("engine_rows", "逐户核对的结算", "settlements through the engine"),
        number(laid.engine.1),
    );
    card.fact(Column::number("open", "未对平", "does not agree"), number(laid.open));
    ctx.print_card(&card)?;
    Ok(Exit::findings(usize::try_from(laid.open).unwrap_or(usize::MAX)))
}

fn simulate(ctx: &mut Ctx, out: &std::path::Path, size: CitySize, workers: usize) -> Result<Exit, Failure> {
    let (_, _, keys) = city(ctx, Right::Record)?;
    if size.facilities > 99_999 || size.records > 9_999_999 {
        let says = Says::new("机构或记录太多", "too many facilities or records");
        return Err(Failure::refused(
            says.hint("最多 99999 家、每家 9999999 条", "at most 99,999 and 9,999,999 each"),
        ));
    }
    let made = simulate_city(out, size, &keys.card, workers)?;
    let mut card = Card::new();
    let number = |count: u64| Cell::Int(i64::try_from(count).unwrap_or(i64::MAX));
    card.fact(Column::code("folder", "文件夹", "folder"), Cell::text(out.display().to_string()));
    card.fact(Column::number("facilities", "机构", "facilities"), Cell::Int(i64::from(size.facilities)));
    card.fact(Column::number("records", "记录", "records"), number(made.records));
    card.fact(Column::number("rows", "平台结算", "settlements"), number(made.rows));
    card.fact(Column::number("bytes", "交换包字节", "bytes of bundles"), number(made.bytes));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

impl From<CityError> for Failure {
    fn from(error: CityError) -> Failure {
        let exit = Exit::from(error.kind());
        match error {
            CityError::Work(error) => Failure::from(*error),
            CityError::Rows(faults) => Failure::from(WorkError::Rows(faults)),
            error => Failure::new(exit, error),
        }
    }
}
