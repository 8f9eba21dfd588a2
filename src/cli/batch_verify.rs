//! `guazhang batch verify`: a folder that anyone hands back, against its manifest and the key that signed it.

use crate::batch::{Difference, Manifest, Signer, files_within, verify};
use crate::cli::locked::Identity;
use crate::cli::{Ctx, Exit, Failure, Says};
use crate::domain::StationKey;
use crate::report::{Card, Cell, Column};
use crate::store::Ledger;
use std::path::Path;

pub(super) fn run(
    ctx: &mut Ctx,
    folder: &Path,
    key: Option<&str>,
    identity: &Identity,
) -> Result<Exit, Failure> {
    if !folder.is_dir() {
        let shown = folder.display();
        let says = Says::new(format!("{shown} 不是文件夹"), format!("{shown} is not a folder"));
        return Err(Failure::refused(says.hint("给出批次的文件夹", "give the folder of a batch")));
    }
    let manifest = verify(folder).map_err(|differences| differs(folder, differences))?;
    let looked_inside = look_inside(ctx, folder, &manifest, identity)?;
    let known = signed(ctx, &manifest, key)?;
    let mut card = Card::new();
    card.fact(Column::code("batch", "批次", "batch"), Cell::text(format!("B{}", manifest.batch)));
    card.fact(Column::code("purpose", "用途", "purpose"), Cell::word(&manifest.purpose));
    card.fact(Column::number("records", "记录", "records"), Cell::count(manifest.records));
    card.fact(Column::money("total", "合计", "total"), Cell::Money(manifest.total_fen));
    card.fact(Column::code("seal", "校验码", "seal"), Cell::text(manifest.digest().short()));
    let signer = manifest.signed_by.as_ref();
    card.fact(
        Column::code("signed_by", "签名", "signed by"),
        Cell::known(signer, |signer| Cell::text(format!("{} {}", signer.station, signer.fingerprint))),
    );
    card.fact(Column::text("key_known", "密钥已知", "key known"), Cell::Flag(known));
    if manifest.encrypted.is_some() {
        card.fact(Column::text("opened", "已解密核对", "looked inside"), Cell::Flag(looked_inside));
    }
    card.fact(Column::text("agrees", "一致", "agrees"), Cell::Flag(true));
    ctx.print_card(&card)?;
    ctx.out.flush()?;
    match signer {
        Some(signer) if !known => {
            let print = &signer.fingerprint;
            ctx.remark(
                &format!("密钥 {print} 不是本账本的；请向对方核对指纹后用 --key 给出"),
                &format!("the key {print} is not this ledger's: compare it with whoever signed, and give it with --key"),
            )?;
        }
        Some(_) => {}
        None => ctx.remark("该批次没有签名", "the batch is not signed")?,
    }
    Ok(Exit::Done)
}

fn differs(folder: &Path, differences: Vec<Difference>) -> Failure {
    let shown = folder.display();
    let says =
        Says::new(format!("{shown} 与其清单不一致"), format!("{shown} does not agree with its manifest"));
    Failure::integrity(says).with_items(differences)
}

/// Compares what an encrypted batch holds, where something is at hand that opens it.
fn look_inside(ctx: &Ctx, folder: &Path, manifest: &Manifest, identity: &Identity) -> Result<bool, Failure> {
    let Some(opener) = identity.opener(ctx)? else { return Ok(false) };
    let Some(sealed) = &manifest.encrypted else { return Ok(false) };
    let path = folder.join(&sealed.file);
    if !path.exists() {
        return Ok(false);
    }
    let archive = opener.opened(&path)?;
    files_within(manifest, &archive).map_err(|differences| differs(folder, differences))?;
    Ok(true)
}

/// Whether the key that signed is the one that was given, or this ledger's own.
///
/// # Errors
/// Integrity where a key was given and another signed, or none.
fn signed(ctx: &Ctx, manifest: &Manifest, given: Option<&str>) -> Result<bool, Failure> {
    let signer = manifest.signed_by.as_ref();
    let Some(given) = given else {
        let own = ctx.ledger.is_file().then(|| Ledger::open(&ctx.ledger).ok()).flatten();
        let own = own.and_then(|book| book.books().station_key().ok());
        return Ok(signer.is_some_and(|signer| Some(signer.key) == own));
    };
    if signer.is_some_and(|signer| is(signer, given)) {
        return Ok(true);
    }
    let by = signer.map_or_else(|| "-".to_owned(), |signer| signer.fingerprint.clone());
    let says = Says::new(
        format!("签名的密钥是 {by}，不是 {given}"),
        format!("it is signed with the key {by}, and not with {given}"),
    );
    Err(Failure::integrity(
        says.hint("不要导入；向对方核对指纹", "load nothing; ask whoever signed for the fingerprint"),
    ))
}

fn is(signer: &Signer, given: &str) -> bool {
    let plain = |text: &str| text.replace(['-', ' '], "").to_ascii_uppercase();
    given.parse::<StationKey>().is_ok_and(|key| key == signer.key)
        || plain(given) == plain(&signer.fingerprint)
}
