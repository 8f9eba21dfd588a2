//! Where a ledger may lie: on a disk of this machine, never on a share.
//!
//! The windows of a ledger agree by locks and by memory they share. Both hold on
//! one machine only; over a network they fail silently, and two windows then
//! write over each other. So a share is refused, always.
//!
//! A mapped drive of Windows shows as what it stands for once its path is
//! resolved. On Linux the table of mounts tells the file system, and of one that
//! is not known by name where it comes from. macOS says of each disk whether it
//! is its own. On other systems only the path itself is looked at.

use crate::store::StoreError;
use std::fs;
use std::path::{Path, PathBuf};

/// File systems that reach another machine, or the host of a virtual one, as the table of mounts names them.
#[rustfmt::skip] // names side by side
const SHARES: &[&str] = &[
    "9p", "acfs", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "cvfs", "davfs", "drvfs", "fhgfs", "gfs", "gfs2",
    "glusterfs", "gpfs", "kafs", "lustre", "mmfs", "ncp", "ncpfs", "nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "panfs",
    "prl_fs", "pvfs2", "smb2", "smb3", "smbfs", "snfs", "vboxsf", "virtiofs", "vmhgfs", "webdav", "wekafs", "xtreemfs",
];
/// The same where a program serves them: `fuse.sshfs`, and `fuse` alone with these as the source.
#[rustfmt::skip] // names side by side
const SERVED: &[&str] = &[
    "afpfs", "alluxio-fuse", "blobfuse", "blobfuse2", "ceph", "ceph-fuse", "cephfs", "curlftpfs", "davfs", "davfs2", "drivefs",
    "fuse_dfs", "fuse-nfs", "fusesmb", "gcsfuse", "glusterfs", "google-drive-ocamlfuse", "goofys", "gvfs-fuse-daemon",
    "gvfsd-fuse", "httpfs", "httpfs2", "juicefs", "kio-fuse", "mfs", "mfsmount", "moosefs", "onedriver", "prl_fsd", "rclone",
    "s3fs", "s3ql", "seadrive", "seaf-fuse", "seaweedfs", "smbnetfs", "sshfs", "vmhgfs-fuse", "wdfs", "webdav", "weed", "xtreemfs",
];

/// Whether a ledger may be at `path`, which need not exist yet.
///
/// # Errors
/// [`StoreError::Share`] where it would lie on another machine.
pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    match share_at(path) {
        None => Ok(()),
        Some(kind) => Err(StoreError::Share { path: path.to_owned(), kind }),
    }
}

/// What kind of share a ledger at `path` would lie on; `None` for a disk of this machine, or where the system does not
/// tell. The file need not exist yet.
pub fn share_at(path: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let resolved = resolved(path);
    share(&path.to_string_lossy(), "")
        .or_else(|| share(&resolved.to_string_lossy(), &mounts))
        .or_else(|| not_local(&resolved))
}

/// The file system, where macOS says that the disk is not its own.
#[cfg(target_os = "macos")]
fn not_local(path: &Path) -> Option<String> {
    /// `MNT_LOCAL` of `sys/mount.h`.
    const LOCAL: u32 = 0x1000;
    let found = rustix::fs::statfs(path).ok()?;
    let name = found.f_fstypename.iter().map_while(|&byte| u8::try_from(byte).ok().filter(|&byte| byte != 0));
    (found.f_flags & LOCAL == 0).then(|| name.map(char::from).collect())
}

/// Other systems tell by the path or by the table of mounts, or not at all.
#[cfg(not(target_os = "macos"))]
fn not_local(_: &Path) -> Option<String> {
    None
}

/// The path without links and mapped drives; of a file that is not there yet, its nearest folder that is.
fn resolved(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole.ancestors().find_map(|part| fs::canonicalize(part).ok()).unwrap_or(whole)
}

/// What kind of share a path lies on; `None` for a disk of this machine. `mounts` is the table of mounts as Linux
/// gives it in `mountinfo`, empty where there is none.
fn share(path: &str, mounts: &str) -> Option<String> {
    if let Some(rest) = path.strip_prefix(r"\\") {
        let device = rest.strip_prefix(r"?\").or_else(|| rest.strip_prefix(r".\"));
        let far = device.is_none_or(|device| device.to_ascii_uppercase().starts_with(r"UNC\"));
        return far.then(|| "UNC".to_owned());
    }
    mounts
        .lines()
        .filter_map(Mount::read)
        .filter(|mount| mount.holds(path))
        // The deepest point counts, and of two at the same point the later one, which covers the other.
        .max_by_key(|mount| mount.point.len())
        .filter(Mount::is_share)
        .map(|mount| mount.kind)
}

/// A line of `mountinfo`.
struct Mount {
    point: String,
    kind: String,
    source: String,
}

impl Mount {
    fn read(line: &str) -> Option<Mount> {
        let (place, system) = line.split_once(" - ")?;
        let mut system = system.split(' ');
        Some(Mount {
            point: plain(place.split(' ').nth(4)?),
            kind: system.next()?.to_owned(),
            source: system.next().unwrap_or_default().to_owned(),
        })
    }

    fn holds(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.point.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn is_share(&self) -> bool {
        let kind = self.kind.as_str();
        let served = kind.strip_prefix("fuse.").unwrap_or(if kind == "fuse" { &self.source } else { "" });
        SHARES.contains(&kind) || SERVED.contains(&served) || self.comes_from_afar()
    }

    /// `//server/share`, `server:/folder`, `user@server:` and `scheme://…`, whatever the file system is called. A path
    /// of this machine begins with one stroke, and a disk without one names no place.
    fn comes_from_afar(&self) -> bool {
        let source = self.source.as_str();
        source.starts_with("//")
            || !source.starts_with('/')
                && (source.contains(":/") || source.ends_with(':') && source.len() > 2)
    }
}

/// A path as `mountinfo` writes it, with blanks as `\040`.
fn plain(text: &str) -> String {
    text.replace(r"\040", " ").replace(r"\011", "\t").replace(r"\012", "\n").replace(r"\134", r"\")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = r"
22 28 0:20 / /proc rw,nosuid - proc proc rw
28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 28 0:41 / /mnt/his rw,relatime - cifs //his/share rw
41 28 0:42 / /mnt/archive ro shared:7 master:2 - nfs4 nas:/archive rw
42 28 0:43 / /mnt/old rw - nfs nas:/old rw
43 28 0:44 / /home/li/far rw - fuse.sshfs li@host: rw
44 28 0:45 / /media/li/stick rw - fuseblk /dev/sdb1 rw
45 28 0:46 / /media/li/windows rw - vfat /dev/sdc1 rw
46 28 0:47 / /mnt/c rw - 9p C:\134 rw
47 28 0:48 / /mnt/disk\040of\040his rw - smb3 //his/disk rw
48 40 8:2 / /mnt/his/local rw - xfs /dev/sdb2 rw
49 28 0:49 / /net rw - autofs systemd-1 rw
50 28 0:50 / /net rw - nfs4 nas:/net rw
51 28 0:51 / /run/user/1000/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw
52 28 0:52 / /cloud rw - fuse rclone rw
53 28 0:53 / /crypt rw - fuse.gocryptfs /home/li/.crypt rw
54 28 0:54 / /lustre rw - lustre 10.0.0.1@tcp:/scratch rw
55 28 0:55 / /gpfs rw - gpfs fs1 rw
56 28 0:56 / /ceph rw - ceph 10.0.0.1:6789:/ rw
57 28 0:57 / /dav rw - fuse http://nas/dav rw
58 28 0:58 / /afs rw - afs #root.cell rw
59 28 0:59 / /tomorrow rw - newfs nas:/export rw
60 28 0:60 / /smbold rw - oldfs //nas/export rw
61 28 0:61 / /moose rw - fuse.mfs mfsmaster:9421 rw
62 28 0:62 / /pool rw - zfs pool/home:li rw
63 28 0:63 / /overlay rw - overlay overlay rw
64 28 8:3 / /by-path rw - ext4 /dev/disk/by-path/pci-0000:00:1f.2:/x rw
65 28 0:65 / /host rw - virtiofs shared rw
a line that is none
";

    #[test]
    fn a_share_is_told_from_a_disk() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            // path                                     the share
            ("/home/li/guazhang.db",                    None),
            ("/mnt/his/guazhang.db",                    Some("cifs")),
            ("/mnt/his",                                Some("cifs")),
            ("/mnt/history/guazhang.db",                None),
            ("/mnt/his/local/guazhang.db",              None),
            ("/mnt/archive/a/b/guazhang.db",            Some("nfs4")),
            ("/mnt/old/guazhang.db",                    Some("nfs")),
            ("/home/li/far/guazhang.db",                Some("fuse.sshfs")),
            ("/media/li/stick/guazhang.db",             None),
            ("/media/li/windows/guazhang.db",           None),
            ("/mnt/c/guazhang.db",                      Some("9p")),
            ("/mnt/disk of his/guazhang.db",            Some("smb3")),
            ("/net/guazhang.db",                        Some("nfs4")),
            ("/run/user/1000/gvfs/smb/guazhang.db",     Some("fuse.gvfsd-fuse")),
            ("/cloud/guazhang.db",                      Some("fuse")),
            ("/crypt/guazhang.db",                      None),
            ("/lustre/guazhang.db",                     Some("lustre")),
            ("/gpfs/guazhang.db",                       Some("gpfs")),
            ("/ceph/guazhang.db",                       Some("ceph")),
            ("/dav/guazhang.db",                        Some("fuse")),
            ("/afs/guazhang.db",                        Some("afs")),
            ("/tomorrow/guazhang.db",                   Some("newfs")),
            ("/smbold/guazhang.db",                     Some("oldfs")),
            ("/moose/guazhang.db",                      Some("fuse.mfs")),
            ("/pool/guazhang.db",                       None),
            ("/overlay/guazhang.db",                    None),
            ("/by-path/guazhang.db",                    None),
            ("/host/guazhang.db",                       Some("virtiofs")),
            (r"\\his\share\guazhang.db",                Some("UNC")),
            (r"\\192.0.2.1\share\guazhang.db",          Some("UNC")),
            (r"\\?\UNC\his\share\guazhang.db",          Some("UNC")),
            (r"\\?\unc\his\share\guazhang.db",          Some("UNC")),
            (r"\\.\UNC\his\share\guazhang.db",          Some("UNC")),
            (r"\\?\C:\ledger\guazhang.db",              None),
            (r"\\.\C:\ledger\guazhang.db",              None),
            (r"C:\ledger\guazhang.db",                  None),
            ("guazhang.db",                             None),
        ];
        for (path, expected) in cases {
            assert_eq!(share(path, MOUNTS).as_deref(), expected, "{path}");
        }
        assert_eq!(share("/mnt/his/guazhang.db", ""), None, "where no table tells");
    }

    #[test]
    fn a_folder_of_this_machine_is_taken_and_a_share_refused() {
        let dir = tempfile::tempdir().unwrap();
        check(&dir.path().join("not/there/yet/guazhang.db")).unwrap();
        let refused = check(Path::new(r"\\his\share\guazhang.db"));
        assert!(matches!(refused, Err(StoreError::Share { kind, .. }) if kind == "UNC"));
    }
}
