//! What the ledger does on its own while a command works, and tells whoever watches.
//!
//! This room prints nothing: a front watches, and finds the words here. What ends a
//! command is no happening but an error ([`super::StoreError`]).

use crate::store::reserve;
use crate::text::{Explain, Lang};
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

/// Something that a person at the desk should know while the command goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Another window holds the ledger, for a second by now.
    Waiting,
    /// The disk is full; the reserve beside the ledger was given up for what is being written.
    RoomMade {
        /// The ledger.
        path: PathBuf,
    },
    /// The ledger was brought from one version to the next.
    Migrated {
        /// The version it had.
        from: i64,
        /// The version it has.
        to: i64,
        /// The copy that was kept of it.
        backup: PathBuf,
    },
    /// The ledger is of a later edition: it can be read, as far as its tables are known here.
    OnlyRead {
        /// Its version.
        version: i64,
    },
}

/// Whoever is told.
pub type Watcher = Box<dyn Fn(&Happening) + Send + Sync>;

static WATCHER: RwLock<Option<Watcher>> = RwLock::new(None);

/// Has every happening of this process told to `watcher` from now on, and to nobody else. It may be told in the
/// midst of a change, so it must not touch a ledger.
pub fn watch(watcher: Watcher) {
    *WATCHER.write().unwrap_or_else(PoisonError::into_inner) = Some(watcher);
}

/// Tells it, where somebody watches.
pub(super) fn tell(happening: &Happening) {
    if let Some(watcher) = WATCHER.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
        watcher(happening);
    }
}

impl Explain for Happening {
    fn what(&self, lang: Lang) -> String {
        let room = reserve::BYTES >> 20;
        match (self, lang) {
            (Happening::Waiting, Lang::Zh) => "账本正被另一个窗口使用，请稍候……".to_owned(),
            (Happening::Waiting, Lang::En) => "the ledger is in use by another window; waiting...".to_owned(),
            (Happening::RoomMade { path }, Lang::Zh) => {
                format!("磁盘已满：已动用账本 {} 的 {room} MiB 预留空间", path.display())
            }
            (Happening::RoomMade { path }, Lang::En) => {
                format!(
                    "the disk is full: the reserve of {room} MiB beside {} is given up for this",
                    path.display()
                )
            }
            (Happening::Migrated { from, to, backup }, Lang::Zh) => {
                format!("账本已由结构版本 {from} 升级到 {to}，升级前的副本：{}", backup.display())
            }
            (Happening::Migrated { from, to, backup }, Lang::En) => {
                format!(
                    "the ledger is now of schema {to}; as it was before ({from}), it is kept in {}",
                    backup.display()
                )
            }
            (Happening::OnlyRead { version }, Lang::Zh) => {
                format!("账本由更新的版本建立（结构版本 {version}）：只能查看，不能写入")
            }
            (Happening::OnlyRead { version }, Lang::En) => {
                format!(
                    "the ledger was made by a newer edition (schema {version}): it is only read, not written"
                )
            }
        }
    }

    fn hint(&self, lang: Lang) -> String {
        match self {
            Happening::Waiting => String::new(),
            Happening::RoomMade { .. } => lang
                .pick(
                    "请立即清理磁盘；已确认的记录都在，仍可导出到其他磁盘",
                    "free some space now; nothing acknowledged is lost, and an export to another disk still works",
                )
                .to_owned(),
            Happening::Migrated { .. } => lang
                .pick(
                    "核对无误后，副本可移到别处保存",
                    "the copy may be moved elsewhere once all is well",
                )
                .to_owned(),
            Happening::OnlyRead { .. } => lang.pick("请更新程序", "update the program").to_owned(),
        }
    }
}
