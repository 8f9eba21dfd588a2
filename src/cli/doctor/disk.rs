//! The disk below the ledger: may it be written, is it this machine's own, how
//! much room is left, who may read it.

use super::Look;
use crate::store::share_at;
use crate::text::Words;
use std::env;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Less room than this is a finding, in bytes.
const ROOM: u64 = 512 << 20;

/// The folder of the ledger, or the nearest one above it that is there.
fn folder(ledger: &Path) -> PathBuf {
    let whole = std::path::absolute(ledger).unwrap_or_else(|_| ledger.to_owned());
    let there = whole.ancestors().skip(1).find(|folder| folder.is_dir());
    there.unwrap_or(Path::new(".")).to_owned()
}

/// Whether files can be made there: beside a ledger lies its log.
pub(super) fn folder_look(ledger: &Path) -> Look {
    let folder = folder(ledger);
    written(&folder, Look::new("folder", "账本文件夹", "ledger's folder"), || {
        Words::new(
            "换一个可写的文件夹，或请管理员授权",
            "choose a folder that can be written, or ask your IT for the right to",
        )
    })
}

/// Whether files can be made in the folder for temporary ones.
pub(super) fn temporary() -> Look {
    written(&env::temp_dir(), Look::new("temporary", "临时文件夹", "temporary folder"), || {
        Words::new("设置 TMPDIR 或 TEMP 为可写的文件夹", "set TMPDIR or TEMP to a folder that can be written")
    })
}

fn written(folder: &Path, look: Look, remedy: impl FnOnce() -> Words) -> Look {
    let said = folder.display().to_string();
    match probe(folder) {
        Ok(()) => look.well(said.clone(), said),
        Err(error) => look
            .finding(Words::new(&format!("{said} 不可写：{error}"), &format!("{said}: {error}")), remedy()),
    }
}

/// Makes a file and takes it away again.
fn probe(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".guazhang-doctor-{}", std::process::id()));
    OpenOptions::new().write(true).create_new(true).open(&path)?;
    fs::remove_file(&path)
}

/// Whether the disk is this machine's own: locks of a ledger do not reach over a network.
pub(super) fn local(ledger: &Path) -> Look {
    let look = Look::new("local_disk", "本地磁盘", "local disk");
    let folder = folder(ledger);
    match share_at(ledger) {
        None => look.well("是", "yes"),
        Some(kind) => look.finding(
            Words::new(
                &format!("{} 在网络上（{kind}）", folder.display()),
                &format!("{} lies on a network ({kind})", folder.display()),
            ),
            Words::new(
                "账本放在本机磁盘；网络文件夹只放备份",
                "keep the ledger on a disk of this machine; a share is for backups",
            ),
        ),
    }
}

/// How much room is left.
pub(super) fn space(ledger: &Path) -> Look {
    let look = Look::new("free_space", "剩余空间", "free space");
    match fs4::available_space(folder(ledger)) {
        Err(error) => look.remark(
            Words::new(&format!("无法得知：{error}"), &format!("cannot be told: {error}")),
            Words::default(),
        ),
        Ok(left) => {
            let said = format!("{} MiB", left >> 20);
            if left >= ROOM {
                return look.well(said.clone(), said);
            }
            look.finding(
                Words::new(&said, &said),
                Words::new(
                    "清理磁盘，或换一个磁盘存放账本；至少留 512 MiB",
                    "free some space, or keep the ledger on another disk; leave 512 MiB at least",
                ),
            )
        }
    }
}

/// Who may read the ledger.
#[cfg(unix)]
pub(super) fn permissions(ledger: &Path) -> Look {
    use std::os::unix::fs::PermissionsExt as _;
    let look = Look::new("permissions", "账本权限", "permissions");
    let Ok(file) = ledger.metadata() else { return look.well("尚无账本", "no ledger yet") };
    let mode = file.permissions().mode() & 0o777;
    let said = format!("{mode:03o}");
    if mode.trailing_zeros() >= 6 {
        return look.well(said.clone(), said);
    }
    let path = ledger.display();
    look.finding(
        Words::new(
            &format!("{said}：本机其他用户可读"),
            &format!("{said}: other users of this machine may read it"),
        ),
        Words::new(&format!("chmod 600 {path}"), &format!("chmod 600 {path}")),
    )
}

/// Who may read the ledger: on Windows that is inherited from the folder, and not told here.
#[cfg(not(unix))]
pub(super) fn permissions(_: &Path) -> Look {
    Look::new("permissions", "账本权限", "permissions").remark(
        Words::new("沿用文件夹的权限", "inherited from the folder"),
        Words::new(
            "在文件夹属性的“安全”中只保留需要的用户",
            "keep only those who need it under Security in the folder's properties",
        ),
    )
}
