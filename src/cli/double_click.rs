//! What a double click on the program opens: the desk, in a window that stays until an error was read.
//!
//! Explorer gives a program of the console a window of its own, which closes when the program ends. A shell has such a
//! window already, and `guazhang` alone typed there says where things stand, as on every other system.

use crate::cli::desk::{self, DeskArgs};
use crate::cli::{Ctx, Exit, Failure};

/// Whether the window is this program's own, and somebody sits before it.
pub(super) fn is_one(ctx: &Ctx) -> bool {
    ctx.asks && ctx.screen.is_some() && is_alone()
}

/// Opens the desk, and makes the ledger first where there is none.
pub(super) fn run(ctx: &mut Ctx) -> Result<Exit, Failure> {
    let failure = match desk::run(ctx, &DeskArgs::usual()) {
        Ok(exit) => return Ok(exit),
        Err(failure) => failure,
    };
    failure.print(&mut ctx.err, ctx.lang, false)?;
    ctx.ask("按回车关闭窗口", "press Enter to close this window")?;
    Ok(failure.exit())
}

/// Whether no other program shares the window.
#[cfg(windows)]
#[expect(unsafe_code, reason = "only the system knows, and no safe interface asks it")]
fn is_alone() -> bool {
    let mut list = [0; 2];
    // SAFETY: the list has room for two numbers, which is what the system is told.
    let count = unsafe { windows_sys::Win32::System::Console::GetConsoleProcessList(list.as_mut_ptr(), 2) };
    count == 1
}

/// Elsewhere a terminal is there before the program.
#[cfg(not(windows))]
fn is_alone() -> bool {
    false
}
