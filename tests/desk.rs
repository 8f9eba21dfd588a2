//! A cashier's morning at the desk, in a terminal of its own: tmux types what a
//! cashier types and the screens are kept in `tests/desk/`.
//!
//! Where there is no tmux the tests say so and pass; the state behind the screen
//! is tested without one, in the front itself.

use guazhang::text::width;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

const NOW: &str = "2021-10-22T09:05:00";
/// So often a screen is looked at before it is given up, on a machine that does other things besides.
const PATIENCE: usize = 1500;
const PAUSE: Duration = Duration::from_millis(40);

fn guazhang(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guazhang"));
    command.current_dir(folder);
    for (name, value) in environment() {
        command.env(name, value);
    }
    command
}

fn environment() -> [(&'static str, &'static str); 6] {
    [
        ("GUAZHANG_LANG", "zh"),
        ("GUAZHANG_AS_OF", NOW),
        ("GUAZHANG_OPERATOR", "Wang"),
        ("GUAZHANG_LEDGER", "guazhang.db"),
        ("GUAZHANG_PASSPHRASE", "kai men ba"),
        ("GUAZHANG_UNLOCK_TIME", "1"),
    ]
}

fn ledger() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let init = ["init", "--facility", "H14090200001", "--name", "忻州示例医院", "--notice", "xinzhou-2021"];
    let made = guazhang(folder.path()).args(init).output().expect("the program starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let catalogue = "科室,0301,内科\n科室,0302,外科\n科室,0303,儿科\n诊断,J06.9,上呼吸道感染\n";
    std::fs::write(folder.path().join("catalogue.csv"), catalogue).expect("the folder can be written");
    folder
}

fn json(folder: &Path, args: &[&str]) -> Value {
    let out = guazhang(folder).args(args).args(["--format", "json"]).output().expect("the program starts");
    serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr)))
}

fn has_tmux() -> bool {
    let found = Command::new("tmux").arg("-V").output().is_ok_and(|out| out.status.success());
    if !found {
        let _ = writeln!(std::io::stderr(), "skipped: no tmux here");
    }
    found
}

/// A terminal with the program in it.
struct Terminal {
    socket: String,
    folder: std::path::PathBuf,
    /// Keys that were pressed besides the text itself.
    presses: usize,
}

impl Terminal {
    fn open(folder: &Path, columns: u16, rows: u16, args: &str) -> Terminal {
        let socket = format!(
            "guazhang-{}-{}",
            std::process::id(),
            folder.file_name().expect("a folder has a name").to_string_lossy()
        );
        let program = env!("CARGO_BIN_EXE_guazhang");
        let variables: Vec<_> =
            environment().iter().map(|(name, value)| format!("{name}='{value}'")).collect();
        let variables = variables.join(" ");
        let command = format!("exec env {variables} NO_COLOR=1 LC_ALL=C.UTF-8 '{program}' {args}");
        let mut terminal = Terminal { socket, folder: folder.to_owned(), presses: 0 };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        terminal.tmux(&["new-session", "-d", "-x", &columns, "-y", &rows, &command]);
        terminal.presses = 0;
        terminal
    }

    fn tmux(&self, args: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.args(["-u", "-L", &self.socket, "-f", "/dev/null"]).args(args);
        let out = command
            .current_dir(&self.folder)
            .env("LC_ALL", "C.UTF-8")
            .env_remove("TMUX")
            .output()
            .expect("the program starts");
        assert!(out.status.success(), "tmux {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// Text, as an input method commits it: all at once.
    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.tmux(&["send-keys", "-l", "--", text]);
        }
    }

    /// A shorthand that a cashier types key by key; it counts.
    fn short(&mut self, keys: &str) {
        self.presses += keys.len();
        self.text(keys);
    }

    fn key(&mut self, key: &str) {
        self.presses += 1;
        self.tmux(&["send-keys", key]);
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until the screen shows it.
    fn shows(&self, wanted: &str) -> String {
        for _ in 0..PATIENCE {
            let screen = self.screen();
            // Painted to the end: it stands still.
            if screen.contains(wanted) && self.screen() == screen {
                return screen;
            }
            sleep(PAUSE);
        }
        panic!("`{wanted}` never came:\n{}", self.screen());
    }

    /// The power fails.
    fn kill(self) {
        let pid = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        assert!(Command::new("kill").args(["-9", pid.trim()]).status().expect("kill is there").success());
        self.ended();
    }

    /// Waits until the program is gone, and its terminal with it.
    fn ended(&self) {
        for _ in 0..PATIENCE {
            if !self.is_there() {
                return;
            }
            sleep(PAUSE);
        }
        panic!("the program is still there:\n{}", self.screen());
    }

    fn is_there(&self) -> bool {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket, "has-session"]).env_remove("TMUX");
        command.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.socket, "kill-server"]).env_remove("TMUX").stderr(Stdio::null());
        let _ = command.status();
    }
}

/// What the ledger keeps of the only draft, in bytes; it is sealed.
fn kept(folder: &Path) -> i64 {
    let how = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let ledger = rusqlite::Connection::open_with_flags(folder.join("guazhang.db"), how);
    let kept =
        ledger.and_then(|ledger| ledger.query_row("SELECT length(sealed) FROM draft", [], |row| row.get(0)));
    kept.unwrap_or(0)
}

/// Waits until a draft is kept that has more in it than `before` bytes.
fn keeps_more_than(before: i64, folder: &Path) -> i64 {
    for _ in 0..PATIENCE {
        match kept(folder) {
            now if now > before => return now,
            _ => sleep(PAUSE),
        }
    }
    panic!("a draft of more than {before} bytes was never kept");
}

/// Compares the screen with the one in `tests/desk/` once it shows `wanted`. A screen stands still for a moment where the
/// machine stops in the middle of painting it, so one that differs is looked at again for a while.
fn golden(terminal: &Terminal, name: &str, wanted: &str) -> String {
    let stored = std::fs::read_to_string(format!("{}/tests/desk/{name}.snap", env!("CARGO_MANIFEST_DIR")));
    let stored = stored.unwrap_or_default();
    let stored = stored.splitn(3, "---\n").nth(2).unwrap_or_default().trim_end();
    let mut screen = terminal.shows(wanted);
    for _ in 0..PATIENCE / 10 {
        if as_kept(&screen).trim_end() == stored {
            break;
        }
        sleep(PAUSE);
        screen = terminal.shows(wanted);
    }
    compare(name, &as_kept(&screen));
    screen
}

fn as_kept(screen: &str) -> String {
    screen.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn compare(name: &str, screen: &str) {
    insta::with_settings!({ snapshot_path => "desk", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, screen);
    });
}

/// The column of `mark` in each line that has it.
fn columns_of(lines: &[&str], mark: &str) -> Vec<usize> {
    lines.iter().filter_map(|line| line.find(mark).map(|at| width(&line[..at]))).collect()
}

/// An invented number: the third and fourth digits are 99, the check character fits.
fn id_no(birth: &str, sequence: u32) -> String {
    let body = format!("149902{birth}{sequence:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

/// Key of the kind, name, birth, amount, how it was paid.
#[rustfmt::skip] // the columns are the point
const MORNING: &[(&str, &str, &str, &str, &str)] = &[
    ("F5", "王芳",       "19650312", "126.50",   "wx"),
    ("F5", "赵明远",     "19580704", "88",       "xj"),
    ("F5", "欧阳若兰",   "19900115", "305.04",   "zfb"),
    ("F5", "古丽尼格尔", "20010228", "0.5",      "xj"),
    ("F5", "𠮷田",       "19720929", "1234.56",  "yhk"),
    ("F7", "陈望舒",     "19900115", "45.6",     "wx"),
    ("F7", "林小满",     "20150928", "1001",     "xj"),
    ("F7", "司马长风",   "19491231", "77.07",    "wx"),
    ("F6", "周知夏",     "19580704", "3210",     "yjj"),
    ("F6", "上官婉",     "19830506", "12000.10", "yjj"),
    ("F5", "何其芳",     "19770707", "60",       "xj"),
    ("F5", "㛃柳",       "19880808", "61",       "xj"),
    ("F6", "东方未明",   "19660606", "999.99",   "yjj"),
    ("F8", "诸葛静",     "19550505", "zy",       ""),
    ("F8", "夏侯惇惇",   "19440404", "yd",       ""),
    ("F5", "李雷",       "19990909", "20",       "wx"),
    ("F5", "韩梅梅",     "19991010", "21",       "wx"),
    ("F7", "孔令",       "19520220", "300",      "xj"),
    ("F5", "尉迟恭",     "19610101", "18.8",     "wx"),
    ("F5", "吴用",       "19630303", "19.9",     "xj"),
];

/// Types one record, and saves it.
fn write_down(terminal: &mut Terminal, at: usize) {
    let (kind, name, birth, amount, method) = MORNING[at];
    let receipt = format!("{:05}", 400 + at);
    terminal.key(kind);
    terminal.text(name);
    terminal.key("Enter");
    terminal.text(&id_no(birth, u32::try_from(at).expect("a morning is short")));
    terminal.key("Enter");
    terminal.text("13900000001");
    terminal.key("Enter");
    if kind == "F8" {
        terminal.short(amount);
        terminal.key("Enter");
        terminal.short("-1");
        terminal.key("Enter");
    } else {
        if kind == "F6" {
            terminal.short("1020 8:30");
            terminal.key("Enter");
        }
        terminal.key("Enter");
        terminal.text(amount);
        terminal.key("Enter");
        terminal.short("=");
        terminal.key("Enter");
        terminal.short(method);
        terminal.key("Enter");
        terminal.text(&receipt);
        terminal.key("Enter");
    }
    // The insurance type is kept from the record before, except over a power cut.
    if at == 0 || at == 10 {
        terminal.short("zg");
    }
    terminal.key("Enter");
    terminal.short("bd");
    if at == 1 {
        // The decision stands there once the last question is left.
        terminal.key("Enter");
        golden(terminal, "full-80x24", "退费重结");
    }
    terminal.key("F2");
    terminal.shows(&format!("A1-{:04} 已写入账本", at + 1));
}

#[test]
fn a_morning_with_a_power_cut() {
    if !has_tmux() {
        return;
    }
    let folder = ledger();
    let mut terminal = Terminal::open(folder.path(), 80, 24, "desk --catalogue catalogue.csv");
    golden(&terminal, "empty-80x24", "新登记：门诊");

    for at in 0..10 {
        terminal.presses = 0;
        write_down(&mut terminal, at);
        if at == 1 {
            println!("an ordinary outpatient record: {} key presses besides its text", terminal.presses);
            assert!(terminal.presses < 60, "{} key presses", terminal.presses);
        }
    }

    // Half a record, then the power fails.
    terminal.key("F5");
    terminal.text("何其芳");
    terminal.key("Enter");
    let name = keeps_more_than(0, folder.path());
    terminal.text("1499021977");
    golden(&terminal, "half-80x24", "1499021977");
    // One idle second keeps what was typed last.
    keeps_more_than(name, folder.path());
    terminal.kill();

    let mut terminal = Terminal::open(folder.path(), 80, 24, "desk --catalogue catalogue.csv");
    golden(&terminal, "offered-80x24", "上次有没写完的内容");
    terminal.key("Enter");
    terminal.shows("1499021977");
    terminal.key("Escape");
    terminal.shows("再按 Esc");
    terminal.key("Escape");
    terminal.shows("已存为草稿");
    terminal.key("F9");
    terminal.shows("何**");
    terminal.key("Delete");
    terminal.shows("再按 Delete");
    terminal.key("Delete");
    terminal.shows("没有草稿");

    for at in 10..MORNING.len() {
        write_down(&mut terminal, at);
    }

    terminal.key("F3");
    let list = golden(&terminal, "list-80x24", "A1-0003");
    straight(&list);

    // Found by the initials of the name, and corrected.
    terminal.text("gln");
    terminal.shows("查找: gln");
    terminal.key("Enter");
    terminal.shows("更正 A1-0004");
    for _ in 0..4 {
        terminal.key("Enter");
    }
    terminal.text("5.05");
    golden(&terminal, "correct-80x24", "伍元零伍分");
    terminal.key("Enter");
    terminal.short("=");
    terminal.key("F2");
    terminal.shows("A1-0004 已更正");

    // The receipt of the first record comes once more.
    terminal.key("F5");
    terminal.text("王芳");
    for _ in 0..7 {
        terminal.key("Tab");
    }
    terminal.text("00400");
    terminal.key("Tab");
    golden(&terminal, "twice-80x24", "A1-0001 的票据号与此相同");

    terminal.tmux(&["resize-window", "-x", "120", "-y", "40"]);
    let wide = golden(&terminal, "twice-120x40", "今日记录 20");
    straight(&wide);
    terminal.key("F3");
    golden(&terminal, "list-120x40", "查找:");
    terminal.key("Escape");

    terminal.key("C-l");
    let locked = terminal.shows("屏幕已锁定");
    assert!(!locked.contains("王") && !locked.contains("A1-"), "{locked}");
    terminal.text("wrong");
    terminal.key("Enter");
    terminal.shows("口令不对");
    terminal.text("kai men ba");
    terminal.key("Enter");
    terminal.shows("王芳");
    terminal.key("F10");
    terminal.ended();

    said_by_the_ledger(folder.path());
}

/// The amounts of a list end in one column, whatever the names beside them.
fn straight(screen: &str) {
    let rows: Vec<&str> = screen.lines().filter_map(|line| Some(&line[line.rfind("A1-0")?..])).collect();
    let points = columns_of(&rows, ".");
    assert!(points.len() >= 15, "{screen}");
    assert!(points.windows(2).all(|pair| pair[0] == pair[1]), "{points:?}\n{screen}");
    let numbers: Vec<usize> =
        screen.lines().filter_map(|line| line.rfind("A1-00").map(|at| width(&line[..at]))).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] == pair[1]), "{numbers:?}\n{screen}");
}

fn said_by_the_ledger(folder: &Path) {
    let records = json(folder, &["list", "--reveal", "--purpose", "compare"]);
    let items = records["items"].as_array().expect("a list");
    assert_eq!(items.len(), MORNING.len());
    for (at, (kind, name, _, amount, _)) in MORNING.iter().enumerate() {
        let number = format!("A1-{:04}", at + 1);
        let item = items.iter().find(|item| item["number"] == *number).expect("it is there");
        assert_eq!(item["name"], *name, "{number}");
        let word = ["outpatient", "inpatient", "purchase", "filing"][usize::from(kind.as_bytes()[1] - b'5')];
        assert_eq!(item["kind"], word, "{number}");
        if *kind != "F8" && number != "A1-0004" {
            let yuan: guazhang::domain::Money = amount.parse().expect("an amount");
            assert_eq!(item["total_fen"], yuan.fen(), "{number}");
            assert_eq!(item["paid_fen"], yuan.fen(), "{number}");
        }
    }
    let corrected = json(folder, &["show", "A1-0004"]);
    assert_eq!((&corrected["total_fen"], &corrected["version"]), (&505.into(), &2.into()));
    let verified = guazhang(folder).args(["audit", "verify"]).output().expect("the program starts");
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn an_idle_screen_locks_itself() {
    if !has_tmux() {
        return;
    }
    let folder = ledger();
    let mut terminal = Terminal::open(folder.path(), 80, 24, "desk --lock-after 4s");
    terminal.shows("新登记：门诊");
    terminal.text("王芳");
    let locked = terminal.shows("屏幕已锁定");
    assert!(!locked.contains("王芳") && !locked.contains("Wang"), "{locked}");
    terminal.text("kai men ba");
    terminal.key("Enter");
    terminal.shows("王芳");
    terminal.key("F10");
    terminal.ended();
}

#[test]
fn line_by_line_in_a_terminal() {
    if !has_tmux() {
        return;
    }
    let folder = ledger();
    let mut terminal = Terminal::open(folder.path(), 100, 40, "desk --plain");
    terminal.shows("类别（");
    for line in ["1", "王芳", "", "", "", "12.5", "=", "xj", "00400", "zg", "bd", "", "", "y"] {
        terminal.text(line);
        terminal.key("Enter");
    }
    terminal.shows("A1-0001 已写入");
    terminal.key("Enter");
    terminal.ended();

    let mut terminal = Terminal::open(folder.path(), 100, 40, "add purchase --name 赵明远 --paid 3");
    terminal.shows("证件号码");
    for line in ["", "", "", "3", "", "00401", "", "bd", ""] {
        terminal.text(line);
        terminal.key("Enter");
    }
    terminal.ended();
    let records = json(folder.path(), &["list"]);
    let totals: Vec<i64> =
        records["items"].as_array().unwrap().iter().map(|item| item["total_fen"].as_i64().unwrap()).collect();
    assert_eq!(totals, [1250, 300]);
}

#[test]
fn json_lines_on_stdin_are_all_taken_or_none() {
    let folder = ledger();
    let feed = |args: &[&str], lines: &str| {
        let mut child = guazhang(folder.path())
            .args(["add", "outpatient"])
            .args(args)
            .env("GUAZHANG_LANG", "en")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (out.status.code(), text(&out.stdout), text(&out.stderr))
    };
    let good = "{\"name\": \"王芳\", \"total\": 126.50, \"occurred_at\": \"2021-10-22 08:00\", \"prepaid\": true}\n\n\
                {\"kind\": \"purchase\", \"name\": \"𠮷田\", \"total\": \"0.10\", \"occurred_at\": \"2021-10-22\", \"papers\": [\"receipt\"]}\n";
    let bad = "{\"name\": \"李雷\", \"total\": \"12,5\", \"occurred_at\": \"2021-10-22\"}\n{\"name\": 1\n{\"name\": \"x\", \"weather\": \"fine\", \"total\": 1, \"occurred_at\": \"2021-10-22\"}\n";

    let (code, out, err) = feed(&["--stdin"], &format!("{good}{bad}"));
    assert_eq!((code, out.as_str()), (Some(4), ""), "{err}");
    assert!(err.contains("stdin line 4, total: `12,5` is not an amount in yuan"), "{err}");
    assert!(err.contains("stdin line 5") && err.contains("weather"), "{err}");
    assert_eq!(json(folder.path(), &["list"])["items"], Value::Array(Vec::new()));

    let (code, out, err) = feed(&["-", "--department", "内科", "--dry-run"], good);
    assert_eq!((code, out.as_str()), (Some(0), "A1-0001\nA1-0002\n"), "{err}");
    assert_eq!(json(folder.path(), &["list"])["items"], Value::Array(Vec::new()));

    let (code, out, err) = feed(&["-", "--department", "内科"], good);
    assert_eq!((code, out.as_str()), (Some(0), "A1-0001\nA1-0002\n"), "{err}");
    let shown = json(folder.path(), &["show", "A1-0001"]);
    assert_eq!((&shown["total_fen"], &shown["department"]), (&12650.into(), &"内科".into()));
    let again = "{\"name\": \"王芳\", \"total\": 1, \"occurred_at\": \"2021-10-22 08:00\", \"receipt_no\": \"P1\"}\n\
                 {\"name\": \"李雷\", \"total\": 2, \"occurred_at\": \"2021-10-22 08:00\", \"receipt_no\": \"P1\"}\n";
    for dry_run in [&["--stdin", "--dry-run"][..], &["--stdin"]] {
        let (code, out, err) = feed(dry_run, again);
        assert_eq!((code, out.as_str()), (Some(0), "A1-0003\nA1-0004\n"), "{err}");
        assert!(err.contains("note: A1-0004: A1-0003 has the same receipt"), "{err}");
        assert!(!err.contains("A1-0003:"), "the first of two repeats nothing: {err}");
    }
    let (code, ..) = feed(&["--stdin"], "\n");
    assert_eq!(code, Some(4), "nothing is not a record");
}

#[test]
fn a_desk_without_a_ledger_asks_for_one() {
    if !has_tmux() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut terminal = Terminal::open(folder.path(), 80, 24, "desk");
    for (asked, answer) in [
        ("现在建账吗", ""),
        ("机构编码", "H14090200001"),
        ("机构名称", "忻州示例医院"),
        ("窗口号", "B2"),
        ("序号、编号或通告文件", "4"),
        ("按回车", ""),
    ] {
        terminal.shows(asked);
        terminal.text(answer);
        terminal.key("Enter");
    }
    let screen = terminal.shows("新登记：门诊");
    assert!(screen.contains("窗口 B2") && screen.contains("忻州示例医院"), "{screen}");
    terminal.key("C-q");
    terminal.ended();
    assert_eq!(json(folder.path(), &[])["station"], "B2");

    // Whoever wants none gets none.
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut terminal = Terminal::open(folder.path(), 80, 24, "desk");
    terminal.shows("现在建账吗");
    terminal.text("n");
    terminal.key("Enter");
    terminal.ended();
    assert!(!folder.path().join("guazhang.db").exists());
}
