//! A layer between SQLite and the disk that sees every call: it writes down what
//! is written, synced, cut, made and deleted, and it can let a chosen call fail.
//!
//! It is registered as the default, so that the program's own code runs over it
//! unchanged; a thread that asks for nothing is passed through. It judges
//! nothing, and what a disk keeps when the power goes is the affair of `disk`.

#![allow(unsafe_code, reason = "SQLite calls its file system through C functions")]
#![allow(unsafe_op_in_unsafe_fn, reason = "every line of these functions touches what SQLite owns")]

use rusqlite::ffi;
use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::{mem, ptr, slice};

/// The files whose bytes outlive the power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    Ledger,
    Wal,
    Journal,
}

impl Name {
    pub(crate) const ALL: [Name; 3] = [Name::Ledger, Name::Wal, Name::Journal];

    /// The file of that name beside the ledger at `path`.
    pub(crate) fn beside(self, path: &Path) -> PathBuf {
        let tail = match self {
            Name::Ledger => "",
            Name::Wal => "-wal",
            Name::Journal => "-journal",
        };
        PathBuf::from(format!("{}{tail}", path.display()))
    }
}

/// One thing that happened, in order.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Create(Name),
    Write {
        name: Name,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        name: Name,
        len: usize,
    },
    /// `folder`: the names in the folder become durable with it.
    Sync {
        name: Name,
        folder: bool,
    },
    Delete {
        name: Name,
        folder: bool,
    },
    /// A step of the story told somebody that it was done.
    Told(usize),
}

/// The calls that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Open,
    Read,
    Write,
    Truncate,
    Sync,
    Delete,
    /// The memory that windows on one ledger share.
    Map,
}

/// Which call fails, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) call: Call,
    /// The first to fail, from 1.
    pub(crate) at: u32,
    pub(crate) code: c_int,
    /// Half of the bytes are written all the same.
    pub(crate) short: bool,
    /// All later ones fail too, as on a disk that stays full.
    pub(crate) stays: bool,
}

/// What this thread asked for.
struct Lab {
    /// The ledger whose files are written down.
    watched: Option<PathBuf>,
    log: Vec<Op>,
    fault: Option<Fault>,
    calls: u32,
}

thread_local! {
    static LAB: RefCell<Lab> =
        const { RefCell::new(Lab { watched: None, log: Vec::new(), fault: None, calls: 0 }) };
}

/// From here on, what happens to the ledger at `path` in this thread is written down.
pub(crate) fn watch(path: &Path) {
    LAB.with_borrow_mut(|lab| (lab.watched, lab.log) = (Some(path.to_owned()), Vec::new()));
}

/// Ends that, and gives what was written down.
pub(crate) fn watched() -> Vec<Op> {
    LAB.with_borrow_mut(|lab| {
        lab.watched = None;
        mem::take(&mut lab.log)
    })
}

/// Writes down that a step told somebody.
pub(crate) fn told(step: usize) {
    note(|| Op::Told(step));
}

/// Runs `what` with a fault in its way; the second value says whether it was met.
pub(crate) fn with_fault<T>(fault: Fault, what: impl FnOnce() -> T) -> (T, bool) {
    LAB.with_borrow_mut(|lab| (lab.fault, lab.calls) = (Some(fault), 0));
    let done = what();
    let met = LAB.with_borrow_mut(|lab| {
        lab.fault = None;
        lab.calls >= fault.at
    });
    (done, met)
}

fn note(op: impl FnOnce() -> Op) {
    LAB.with_borrow_mut(|lab| {
        if lab.watched.is_some() {
            lab.log.push(op());
        }
    });
}

/// The fault that this call meets.
fn fault(call: Call) -> Option<Fault> {
    LAB.with_borrow_mut(|lab| {
        let fault = lab.fault.filter(|fault| fault.call == call)?;
        lab.calls += 1;
        (lab.calls == fault.at || (fault.stays && lab.calls > fault.at)).then_some(fault)
    })
}

/// Which of the watched files a path is.
fn known(path: *const c_char) -> Option<Name> {
    if path.is_null() {
        return None;
    }
    // SQLite hands on full paths that end in a zero byte.
    let path = PathBuf::from(unsafe { CStr::from_ptr(path) }.to_str().ok()?);
    LAB.with_borrow(|lab| {
        let ledger = lab.watched.as_ref()?;
        Name::ALL.into_iter().find(|name| name.beside(ledger) == path)
    })
}

/// An open file: ours in front, the wrapped one behind it in the same memory.
#[repr(C, align(8))]
struct File {
    base: ffi::sqlite3_file,
    name: Option<Name>,
    /// The first sync makes the folder durable too, as the wrapped one does for a log it was to create.
    folder: bool,
}

static REAL: AtomicPtr<ffi::sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());

/// Makes this the file system of every connection of the process.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| unsafe {
        assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
        let real = ffi::sqlite3_vfs_find(ptr::null());
        assert!(!real.is_null());
        REAL.store(real, Ordering::SeqCst);
        // What is not about bytes (random numbers, sleep, full paths) stays the wrapped one's.
        let mut ours = *real;
        ours.szOsFile += c_int::try_from(mem::size_of::<File>()).unwrap();
        ours.pNext = ptr::null_mut();
        ours.zName = c"laboratory".as_ptr();
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        assert_eq!(ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 1), ffi::SQLITE_OK);
    });
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    given: *mut c_int,
) -> c_int {
    (*file).pMethods = ptr::null();
    if fault(Call::Open).is_some() {
        return ffi::SQLITE_CANTOPEN;
    }
    let name = known(path);
    let new = name.is_some() && !Path::new(CStr::from_ptr(path).to_str().unwrap_or_default()).exists();
    let vfs = REAL.load(Ordering::SeqCst);
    let code = ((*vfs).xOpen.unwrap())(vfs, path, real(file), flags, given);
    if code == ffi::SQLITE_OK {
        let logs = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL;
        let folder = flags & ffi::SQLITE_OPEN_CREATE != 0 && flags & logs != 0;
        file.cast::<File>().write(File {
            base: ffi::sqlite3_file { pMethods: &raw const METHODS },
            name,
            folder,
        });
        if let Some(name) = name.filter(|_| new) {
            note(|| Op::Create(name));
        }
    }
    code
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, path: *const c_char, folder: c_int) -> c_int {
    if let Some(fault) = fault(Call::Delete) {
        return fault.code;
    }
    let vfs = REAL.load(Ordering::SeqCst);
    let code = ((*vfs).xDelete.unwrap())(vfs, path, folder);
    if let Some(name) = known(path).filter(|_| code == ffi::SQLITE_OK) {
        note(|| Op::Delete { name, folder: folder != 0 });
    }
    code
}

/// The wrapped file.
unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    file.cast::<u8>().add(mem::size_of::<File>()).cast()
}

unsafe fn name(file: *mut ffi::sqlite3_file) -> Option<Name> {
    (*file.cast::<File>()).name
}

/// Calls the wrapped file.
macro_rules! pass {
    ($method:ident, $file:expr $(, $arg:expr)*) => {{
        let real = real($file);
        ((*(*real).pMethods).$method.expect("the wrapped file can do it"))(real $(, $arg)*)
    }};
}

/// Functions that only pass on.
macro_rules! passed {
    ($($method:ident $name:ident ($($arg:ident: $type:ty),*);)*) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $arg: $type)*) -> c_int {
            pass!($method, file $(, $arg)*)
        }
    )*};
}

passed! {
    xFileSize size(len: *mut ffi::sqlite3_int64);
    xLock lock(level: c_int);
    xUnlock unlock(level: c_int);
    xCheckReservedLock reserved(found: *mut c_int);
    xFileControl control(op: c_int, arg: *mut c_void);
    xSectorSize sector();
    xDeviceCharacteristics device();
    xShmLock shm_lock(from: c_int, count: c_int, flags: c_int);
    xShmUnmap shm_unmap(delete: c_int);
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let code = pass!(xClose, file);
    (*file).pMethods = ptr::null();
    code
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, len: c_int, at: i64) -> c_int {
    if let Some(fault) = fault(Call::Read) {
        return fault.code;
    }
    pass!(xRead, file, to, len, at)
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, len: c_int, at: i64) -> c_int {
    if let Some(fault) = fault(Call::Write) {
        if fault.short {
            pass!(xWrite, file, from, len / 2, at);
        }
        return fault.code;
    }
    let code = pass!(xWrite, file, from, len, at);
    if let Some(name) = name(file).filter(|_| code == ffi::SQLITE_OK) {
        let bytes = slice::from_raw_parts(from.cast::<u8>(), usize::try_from(len).unwrap()).to_vec();
        note(|| Op::Write { name, at: usize::try_from(at).unwrap(), bytes });
    }
    code
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: i64) -> c_int {
    if let Some(fault) = fault(Call::Truncate) {
        return fault.code;
    }
    let code = pass!(xTruncate, file, len);
    if let Some(name) = name(file).filter(|_| code == ffi::SQLITE_OK) {
        note(|| Op::Truncate { name, len: usize::try_from(len).unwrap() });
    }
    code
}

/// A sync of a watched file is written down and not carried out: what the disk keeps, the replay decides.
unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    if let Some(fault) = fault(Call::Sync) {
        return fault.code;
    }
    let Some(name) = name(file) else { return pass!(xSync, file, flags) };
    let folder = mem::take(&mut (*file.cast::<File>()).folder);
    note(|| Op::Sync { name, folder });
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    to: *mut *mut c_void,
) -> c_int {
    if let Some(fault) = fault(Call::Map) {
        return fault.code;
    }
    pass!(xShmMap, file, page, size, extend, to)
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    pass!(xShmBarrier, file);
}

/// Version 2: no memory mapped reads, so that every byte passes here.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector),
    xDeviceCharacteristics: Some(device),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
