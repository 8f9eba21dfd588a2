//! `guazhang paper`: what is kept for a record, by whom, and to whom it was given back.

use crate::cli::args::{DryRun, Reveal};
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{Decision, PaperState};
use crate::report::{Card, Cell, Column, Format, Sheet, word, words};
use crate::store::{PaperInfo, Stored};
use crate::text::{Lang, UnknownWord};
use crate::work::{self, Putting};
use serde_json::{Value, json};
use std::str::FromStr;

/// Papers in custody: keep one, give it back, note that it is missing
///
/// What is kept completes the papers that the notice asks for; what is given back or missing does not count any more.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct PaperArgs {
    #[command(subcommand)]
    action: Option<Action>,

    /// The record, by its number or the facility's own
    #[arg(value_name = "ID", required = true)]
    id: Option<String>,

    /// What happened to them
    #[arg(value_name = "keep|return|missing", required = true)]
    what: Option<What>,

    /// Which papers, such as card, `insurance_book` or receipt
    #[arg(value_name = "KIND", required = true)]
    kinds: Vec<String>,

    /// Who has them, the operator by default; or to whom they were given
    #[arg(long, value_name = "TEXT", default_value = "")]
    holder: String,

    #[command(flatten)]
    dry_run: DryRun,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// List the papers, longest kept first
    List {
        /// Only what is still here
        #[arg(long)]
        held: bool,
        #[command(flatten)]
        reveal: Reveal,
    },
}

/// What happens to a paper, as it is typed.
#[derive(Clone, Copy, Debug)]
struct What(PaperState);

impl FromStr for What {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<What, UnknownWord> {
        match text.trim() {
            "keep" | "留存" => Ok(What(PaperState::Kept)),
            "return" | "退还" => Ok(What(PaperState::Returned)),
            "missing" | "缺失" => Ok(What(PaperState::Missing)),
            _ => Err(UnknownWord {
                what: "paper",
                text: text.to_owned(),
                known: vec!["keep", "return", "missing"],
            }),
        }
    }
}

pub(super) fn run(ctx: &mut Ctx, args: &PaperArgs) -> Result<Exit, Failure> {
    match (&args.action, &args.id, args.what) {
        (Some(Action::List { held, reveal }), ..) => list(ctx, *held, reveal),
        (None, Some(id), Some(what)) => put(ctx, args, id, what.0),
        _ => Err(Failure::usage(Says::new("没有给出记录", "no record was given"))),
    }
}

fn put(ctx: &mut Ctx, args: &PaperArgs, id: &str, state: PaperState) -> Result<Exit, Failure> {
    let (mut book, law) = ledger::unlocked(ctx)?;
    let stored = work::find(&book.books(), id)?;
    let (mode, actor) = (ledger::mode(args.dry_run.dry_run), ctx.actor());
    let putting = Putting { state, papers: &args.kinds, holder: &args.holder };
    let (papers, decision) = work::put_papers(&mut book, &law, &actor, mode, &stored, &putting)?;
    let mut card = Card::new();
    card.fact(Column::code("number", "编号", "number"), Cell::text(stored.number.to_string()));
    for state in PaperState::ALL {
        let column = match state {
            PaperState::Kept => Column::text("kept", "留存", "kept"),
            PaperState::Returned => Column::text("returned", "已退还", "returned"),
            PaperState::Missing => Column::text("missing", "缺失", "missing"),
        };
        let of_state = papers.iter().filter(|paper| paper.state == *state).map(|paper| &paper.kind);
        card.fact(column, Cell::text(words(of_state, ctx.lang)));
    }
    let missing = still_missing(&stored, &decision);
    card.fact(Column::text("still_missing", "尚缺", "still asked for"), Cell::text(words(missing, ctx.lang)));
    card.extra("papers", json_of(&papers));
    card.extra("missing_papers", missing);
    ctx.print_card(&card)?;
    ledger::tried(ctx, args.dry_run.dry_run)?;
    Ok(Exit::Done)
}

/// What the way back still asks for; nothing once the record is closed.
pub(super) fn still_missing<'a>(stored: &Stored, decision: &'a Decision) -> &'a [String] {
    let best = decision.best().filter(|_| !stored.stage.is_closed());
    best.map_or(&[], |way| &way.missing_papers)
}

/// Papers as programs see them.
pub(super) fn json_of(papers: &[PaperInfo]) -> Vec<Value> {
    let one = |paper: &PaperInfo| {
        json!({
            "paper": paper.kind, "state": paper.state, "holder": paper.holder, "since": paper.since,
            "operator": paper.operator,
        })
    };
    papers.iter().map(one).collect()
}

const PAPER_COLUMNS: &[Column] = &[
    Column::text("paper", "材料", "paper"),
    Column::code("state", "状态", "state"),
    Column::text("holder", "持有人", "holder"),
    Column::code("since", "时间", "since"),
    Column::code("operator", "操作员", "operator"),
];

fn cells(paper: PaperInfo, as_table: bool, lang: Lang) -> [Cell; 5] {
    let kind = if as_table { word(&paper.kind, lang) } else { paper.kind };
    [
        Cell::text(kind),
        Cell::word(&paper.state),
        Cell::text(ledger::sealed(paper.holder, lang)),
        Cell::Time(paper.since),
        Cell::text(paper.operator),
    ]
}

/// The papers of one record as a table.
pub(super) fn sheet(papers: Vec<PaperInfo>, lang: Lang) -> Sheet {
    let mut sheet = Sheet::new(PAPER_COLUMNS);
    for paper in papers {
        sheet.row(cells(paper, true, lang));
    }
    sheet
}

fn list(ctx: &mut Ctx, held: bool, reveal: &Reveal) -> Result<Exit, Failure> {
    let (mut book, _) = ledger::open(ctx)?;
    ledger::reveal(ctx, &mut book, reveal, "paper list")?;
    let books = book.books();
    let columns = [Column::code("number", "编号", "number"), Column::text("name", "姓名", "name")];
    let mut sheet = Sheet::new(&[&columns, PAPER_COLUMNS].concat());
    for found in books.papers(held)? {
        let stored = books.record_by_id(found.record)?;
        let name = ledger::person(&books, &stored, reveal.reveal)?.name;
        let mut row = vec![Cell::text(stored.number.to_string()), Cell::text(name)];
        row.extend(cells(found.paper, ctx.format == Format::Table, ctx.lang));
        sheet.row(row);
    }
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}
