//! `guazhang hub trust|revoke|senders`: whose bundles the hub takes.

use super::{At, city, open};
use crate::cli::{Ctx, Exit, Failure, Says};
use crate::domain::{PeerCard, Right, same_fingerprint};
use crate::hub::{Hub, Sender, SenderState};
use crate::report::{Card, Cell, Column, Sheet};
use crate::work::city::CityError;
use crate::work::merge;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub(super) struct TrustArgs {
    #[command(flatten)]
    at: At,
    /// Its line, or the file it stands in
    #[arg(value_name = "FILE|TEXT", required_unless_present = "list")]
    key: Option<String>,
    /// The fingerprint, as read out over the phone: sixteen digits
    #[arg(long, value_name = "XXXX-XXXX-XXXX-XXXX", required_unless_present = "list")]
    fingerprint: Option<String>,
    /// A CSV of many that were compared already: columns fingerprint and key
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "fingerprint"])]
    list: Option<PathBuf>,
}

#[derive(clap::Args, Debug)]
pub(super) struct RevokeArgs {
    #[command(flatten)]
    at: At,
    /// Code of the facility
    #[arg(value_name = "FACILITY")]
    facility: String,
    /// The station
    #[arg(value_name = "STATION")]
    station: String,
}

#[derive(clap::Args, Debug)]
pub(super) struct ReleaseArgs {
    #[command(flatten)]
    at: At,
    /// Code of the facility
    #[arg(value_name = "FACILITY")]
    facility: String,
    /// The station
    #[arg(value_name = "STATION")]
    station: String,
    /// What was found out
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(super) fn release(ctx: &mut Ctx, args: &ReleaseArgs) -> Result<Exit, Failure> {
    if args.reason.trim().is_empty() {
        let says = Says::new("原因不能为空", "the reason is empty");
        return Err(Failure::refused(says.hint("写明查明的情况", "say what was found out")));
    }
    let (_, _, keys) = city(ctx, Right::Operators)?;
    let mut hub = open(&args.at, &keys, ctx)?;
    let found = of_station(&mut hub, &args.facility, &args.station)?;
    let mut dropped = 0;
    for sender in &found {
        let card = &sender.card;
        dropped += hub
            .release(&card.facility, &card.ledger, args.reason.trim(), &ctx.operator, ctx.now)
            .map_err(CityError::from)?;
    }
    if dropped == 0 {
        let says = Says::new("该窗口没有被隔离的交换包", "no bundle of this window is in quarantine");
        return Err(Failure::conflict(
            says.hint("guazhang hub senders 列出各窗口", "guazhang hub senders lists the windows"),
        ));
    }
    let mut card = Card::new();
    card.fact(
        Column::number("dropped", "弃用的交换包", "bundles dropped"),
        Cell::Int(i64::try_from(dropped).unwrap_or(i64::MAX)),
    );
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// The windows that call themselves so.
fn of_station(hub: &mut Hub, facility: &str, station: &str) -> Result<Vec<Sender>, CityError> {
    let is_it = |sender: &Sender| {
        sender.card.facility == facility && sender.card.station.eq_ignore_ascii_case(station)
    };
    let found: Vec<Sender> = hub.senders()?.into_iter().filter(is_it).collect();
    if found.is_empty() {
        return Err(CityError::NoSender { text: format!("{facility} {station}") });
    }
    Ok(found)
}

pub(super) fn trust(ctx: &mut Ctx, args: &TrustArgs) -> Result<Exit, Failure> {
    let (_, _, keys) = city(ctx, Right::Setup)?;
    let cards = match (&args.list, &args.key, &args.fingerprint) {
        (Some(path), ..) => listed(path)?,
        (None, Some(key), Some(fingerprint)) => {
            let card = merge::read_card(key)?;
            if !same_fingerprint(fingerprint, &card.fingerprint()) {
                return Err(CityError::Fingerprint { given: fingerprint.clone() }.into());
            }
            vec![card]
        }
        _ => Vec::new(),
    };
    let mut hub = open(&args.at, &keys, ctx)?;
    hub.put_senders(&cards, &ctx.operator, ctx.now).map_err(CityError::from)?;
    let mut card = Card::new();
    card.fact(Column::number("trusted", "新受信任的窗口", "windows trusted"), Cell::count(cards.len()));
    ctx.print_card(&card)?;
    Ok(Exit::Done)
}

/// The cards of a list, each with the fingerprint beside it.
fn listed(path: &std::path::Path) -> Result<Vec<PeerCard>, Failure> {
    let bad =
        |line: usize, zh: &str, en: &str| {
            let says = Says::new(
                format!("{} 第 {line} 行：{zh}", path.display()),
                format!("{} line {line}: {en}", path.display()),
            );
            Failure::refused(says.hint(
                "没有信任任何窗口；更正后重新给出",
                "nobody was trusted; mend the list and give it again",
            ))
        };
    let mut reader = csv::Reader::from_path(path).map_err(|_| bad(1, "无法读取", "cannot be read"))?;
    let mut cards = Vec::new();
    for (line, row) in (2..).zip(reader.records()) {
        let row = row.map_err(|_| bad(line, "不是 CSV", "is no CSV"))?;
        let (Some(fingerprint), Some(key)) = (row.get(0), row.get(1)) else {
            return Err(bad(line, "需要指纹与公钥两列", "a fingerprint and a key are wanted"));
        };
        let card: PeerCard =
            key.parse().map_err(|_| bad(line, "不是窗口公钥", "is not the public key of a window"))?;
        if !same_fingerprint(fingerprint, &card.fingerprint()) {
            return Err(bad(line, "指纹与公钥不符", "the fingerprint is not that of the key"));
        }
        cards.push(card);
    }
    Ok(cards)
}

pub(super) fn revoke(ctx: &mut Ctx, args: &RevokeArgs) -> Result<Exit, Failure> {
    let (_, _, keys) = city(ctx, Right::Setup)?;
    let mut hub = open(&args.at, &keys, ctx)?;
    let found = of_station(&mut hub, &args.facility, &args.station)?;
    for sender in &found {
        hub.put_sender(&sender.card, SenderState::Revoked, &ctx.operator, ctx.now)
            .map_err(CityError::from)?;
    }
    print(ctx, &found)
}

pub(super) fn list(ctx: &mut Ctx, at: &At) -> Result<Exit, Failure> {
    let (_, _, keys) = city(ctx, Right::Record)?;
    let mut hub = open(at, &keys, ctx)?;
    let found = hub.senders().map_err(CityError::from)?;
    print(ctx, &found)
}

fn print(ctx: &mut Ctx, senders: &[Sender]) -> Result<Exit, Failure> {
    let mut sheet = Sheet::new(&[
        Column::code("facility", "机构编码", "facility"),
        Column::code("station", "窗口", "station"),
        Column::text("name", "名称", "name"),
        Column::code("state", "状态", "state"),
        Column::number("last_event", "末个事件", "last event"),
        Column::code("fingerprint", "指纹", "fingerprint"),
    ]);
    for sender in senders {
        let card = &sender.card;
        sheet.row([
            Cell::text(&card.facility),
            Cell::text(&card.station),
            Cell::text(&card.name),
            Cell::word(&sender.state),
            Cell::Int(sender.head),
            Cell::text(card.fingerprint()),
        ]);
    }
    ctx.print(&sheet)?;
    Ok(Exit::Done)
}
