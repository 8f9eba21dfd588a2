//! `guazhang audit verify`: the books against their events, and against a seal.

use super::open;
use crate::cli::progress::watched;
use crate::cli::{Ctx, Exit, Failure, Says, ledger};
use crate::domain::{Seal, SealCode, StationKey};
use crate::report::{Card, Cell, Column};
use crate::store::{Books, Fault};
use serde::Deserialize;
use std::path::Path;

/// Recompute the chain, and every row of the ledger from it
///
/// With a seal, also prove that this ledger still holds all that it held on the day of the seal.
#[derive(clap::Args, Debug)]
pub(super) struct VerifyArgs {
    /// A seal: its code from paper, or the file that `audit seal --out` wrote
    #[arg(long, value_name = "CODE|FILE")]
    seal: Option<String>,

    /// The station's public key as it was written down elsewhere: the key itself, or its fingerprint
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

pub(super) fn run(ctx: &mut Ctx, args: &VerifyArgs) -> Result<Exit, Failure> {
    let sealed = args.seal.as_deref().map(|text| read(ctx, text)).transpose()?;
    let book = open(ctx)?;
    let mut proof = watched(ctx.lang, |watch| book.books().prove_watched(watch))?;
    let mut troubles: Vec<Says> = Vec::new();
    if let Some(given) = &args.key {
        troubles.extend(other_key(&book.books(), given)?);
    }
    if let Some(sealed) = &sealed {
        proof.faults.extend(match sealed {
            Sealed::Code(code) => book.books().prove_code(*code)?,
            Sealed::Whole(seal) => book.books().prove_seal(seal)?,
        });
        if let Sealed::Whole(seal) = sealed
            && !seal.is_signed_by(&book.books().station_key()?)
        {
            troubles.push(Says::new(
                "封签文件的签名与本窗口密钥不符",
                "the seal's file is not signed with this station's key",
            ));
        }
    }
    if !proof.faults.is_empty() || !troubles.is_empty() {
        let what = Says::new("账本与事件链不一致", "the books do not agree with their events");
        let told = troubles.into_iter().map(Trouble::Said);
        return Err(Failure::integrity(what)
            .with_items(told.chain(proof.faults.into_iter().map(Trouble::Fault)).collect::<Vec<_>>()));
    }
    let mut card = Card::new();
    card.fact(Column::number("events", "事件", "events"), Cell::Int(proof.events));
    card.fact(Column::number("records", "记录", "records"), Cell::Int(proof.records));
    card.fact(Column::money("total", "记录合计", "total"), Cell::Money(proof.total));
    card.fact(Column::money("refunds", "已退合计", "refunds"), Cell::Money(proof.refunds));
    card.fact(Column::number("seals", "封签", "seals"), Cell::Int(proof.seals));
    card.fact(Column::code("head", "链头", "head"), Cell::text(proof.head.to_string()));
    if let Some(sealed) = sealed {
        let event = Cell::Int(sealed.seq());
        card.fact(Column::number("sealed_event", "封签事件仍在", "holds sealed event"), event);
    }
    card.fact(Column::text("agrees", "一致", "agrees"), Cell::Flag(true));
    ctx.print_card(&card)?;
    ledger::say_if_open(ctx, &book)?;
    Ok(Exit::Done)
}

/// A seal as it was given: its code, or all of it.
enum Sealed {
    Code(SealCode),
    Whole(Box<Seal>),
}

impl Sealed {
    fn seq(&self) -> i64 {
        match self {
            Sealed::Code(code) => code.seq(),
            Sealed::Whole(seal) => seal.seq,
        }
    }
}

#[derive(Deserialize)]
struct SealFile {
    seal: Seal,
}

fn read(ctx: &Ctx, text: &str) -> Result<Sealed, Failure> {
    let path = Path::new(text);
    match text.parse() {
        Ok(code) => Ok(Sealed::Code(code)),
        Err(error) if text != "-" && !path.is_file() => Err(Failure::refused(error)),
        Err(_) => {
            let file: SealFile = serde_json::from_str(&ctx.read_text(path)?).map_err(|error| {
                let (line, column) = (error.line(), error.column());
                Failure::refused(
                    Says::new(
                        format!("{text}：第 {line} 行第 {column} 列：不是封签文件"),
                        format!("{text}: line {line}, column {column}: not the file of a seal"),
                    )
                    .hint(
                        "用 guazhang audit seal --out 写出的文件",
                        "give the file that guazhang audit seal --out wrote",
                    ),
                )
            })?;
            Ok(Sealed::Whole(Box::new(file.seal)))
        }
    }
}

/// What is wrong where the key of this ledger is not the one that was written down.
fn other_key(books: &Books<'_>, given: &str) -> Result<Option<Says>, Failure> {
    let ours = books.station_key()?;
    let plain = |text: &str| text.replace(['-', ' '], "").to_ascii_uppercase();
    let same = given.parse::<StationKey>().is_ok_and(|key| key == ours)
        || plain(given) == plain(&ours.fingerprint());
    let print = ours.fingerprint();
    Ok((!same).then(|| {
        Says::new(
            format!("本账本的窗口密钥是 {print}，不是 {given}"),
            format!("the key of this ledger's station is {print}, not {given}"),
        )
    }))
}

/// What does not agree, told.
enum Trouble {
    Fault(Fault),
    Said(Says),
}

impl crate::text::Explain for Trouble {
    fn what(&self, lang: crate::text::Lang) -> String {
        match self {
            Trouble::Fault(fault) => fault.what(lang),
            Trouble::Said(says) => says.what(lang),
        }
    }

    fn hint(&self, lang: crate::text::Lang) -> String {
        lang.pick("保留账本文件，与备份核对", "keep the file and compare it with a backup").to_owned()
    }
}
