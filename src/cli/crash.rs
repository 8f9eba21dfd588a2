//! A crash leaves no copy of the memory behind: keys and identities stand there.
//!
//! On Unix no core file is written, and on Linux the process is closed to other
//! programs of the same user as well. What the system keeps of crashed programs
//! by itself (Windows Error Reporting, macOS reports) is told by `doctor` and in
//! `docs/security.md`; memory that went to swap is beyond a program's reach.

/// Sees to it that this process leaves no core file. Called before anything is read.
///
/// Where a system refuses, work goes on; `doctor` says so.
pub(super) fn leave_nothing() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        let _ = setrlimit(Resource::Core, none);
    }
    // A limit of nothing does not hold for a core that is piped to a collector; this does.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Whether a crash of this process would leave its memory behind; `None` where the system does not tell.
#[cfg_attr(not(windows), expect(clippy::unnecessary_wraps, reason = "other systems do not tell"))]
pub(super) fn leaves_memory() -> Option<bool> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, dumpable_behavior};
        let closed = dumpable_behavior().is_ok_and(|found| found == DumpableBehavior::NotDumpable);
        Some(!(closed && no_core()))
    }
    #[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
    {
        Some(!no_core())
    }
    #[cfg(windows)]
    {
        windows_keeps_dumps()
    }
    #[cfg(not(any(unix, windows)))]
    {
        None
    }
}

#[cfg(unix)]
fn no_core() -> bool {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Core).current == Some(0)
}

/// Windows writes full dumps only where somebody asked for them under this key.
#[cfg(windows)]
fn windows_keeps_dumps() -> Option<bool> {
    use std::process::{Command, Stdio};
    const KEY: &str = r"HKLM\SOFTWARE\Microsoft\Windows\Windows Error Reporting\LocalDumps";
    let mut asked = Command::new("reg");
    asked.args(["query", KEY]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().ok().map(|status| status.success())
}
