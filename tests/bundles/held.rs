//! What holds at any order, any repetition, any moment: one state, nothing half done.

use crate::*;

/// Windows at work, sealing now and then; whoever opens it all, in whatever order and how often, comes to the same.
/// The rules themselves are tried at full size in `domain::union`; this at 4 windows, 40 steps and 20 orders with
/// `GUAZHANG_STATIONS=4 GUAZHANG_EVENTS=40 GUAZHANG_ORDERS=20`.
#[test]
fn any_order_and_any_repetition_come_to_one_state() {
    let size =
        |name: &str, small: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(small);
    let (stations, steps, orders) =
        (size("GUAZHANG_STATIONS", 3), size("GUAZHANG_EVENTS", 16), size("GUAZHANG_ORDERS", 5));
    let mut dice = Dice::new(9);
    let centre = window("C0");
    let windows: Vec<Desk> = (1..=stations).map(|at| window(&format!("A{at}"))).collect();
    let mut files = Vec::new();
    for (at, desk) in windows.iter().enumerate() {
        trust(desk, &centre, &[]);
        trust(&centre, desk, &["--answers-only"]);
        let mut known = 0_u64;
        for step in 0..steps {
            match dice.below(10) {
                0..=5 => {
                    known += 1;
                    let total = format!("{}.50", dice.below(4) + 1);
                    let name = *dice.pick(&["裴例", "韦样安", "钱九思"]);
                    add(desk, &format!("M{at}-{step}"), name, &total);
                }
                _ if known == 0 => {}
                6 => drop(desk.run(&[
                    "void",
                    &format!("A{}-{:04}", at + 1, dice.below(known) + 1),
                    "--reason",
                    "误",
                ])),
                7 => drop(desk.run(&[
                    "hold",
                    &format!("A{}-{:04}", at + 1, dice.below(known) + 1),
                    "--reason",
                    "待",
                ])),
                _ => drop(desk.run(&[
                    "amend",
                    &format!("A{}-{:04}", at + 1, dice.below(known) + 1),
                    "--note",
                    &format!("第{step}次"),
                ])),
            }
            if dice.percent(30) || step + 1 == steps {
                let path = desk.file(&format!("{step}.bundle"));
                let args = ["bundle", "seal", "--to", "C0", "--out", path.to_str().unwrap()];
                let more: &[&str] = if dice.percent(30) { &["--all"] } else { &[] };
                desk.run(&[&args[..], more].concat()).ended(0);
                if path.exists() {
                    files.push(path);
                }
            }
        }
    }
    let mut first: Option<(Vec<String>, Vec<String>)> = None;
    for order in 0..orders {
        let desk = centre.copy();
        let mut given: Vec<&PathBuf> = files.iter().chain(&files).collect();
        dice.shuffle(&mut given);
        let names: Vec<&str> = given.iter().map(|path| path.to_str().unwrap()).collect();
        for some in names.chunks(7) {
            desk.run(&[&["bundle", "open"], some].concat());
        }
        let found = (records(&desk), breaks(&desk));
        assert!(!found.0.is_empty());
        let want = first.get_or_insert_with(|| found.clone());
        assert_eq!(&found, want, "order {order}");
        sound(&desk);
    }
    let theirs: Vec<String> = windows.iter().flat_map(records).collect();
    assert_eq!(first.unwrap().0, theirs, "and that is what the windows say");
}

/// The procedure of `docs/bundles.md`.
#[test]
fn a_lost_pc_goes_on_as_a_new_window() {
    let (centre, one, _) = hospital();
    add(&one, "M-1", "裴例", "12.50");
    open(&centre, &sealed(&one, "C0", "a.bundle", &[])).ended(0);
    add(&one, "M-2", "韦样安", "13.50");
    one.run(&["backup", "copy.db"]).ended(0);
    add(&one, "M-3", "钱九思", "5.00");
    // The PC is gone; the copy was elsewhere.
    let new = window("A31");
    fs::copy(one.file("copy.db"), new.file("copy.db")).unwrap();
    new.run(&["restore", "copy.db", "--to", "old.db"]).ended(0);
    let old = ["--ledger", "old.db", "bundle", "seal", "--to", "C0", "--all", "--out", "old.bundle"];
    new.run(&old).ended(0);
    open(&centre, &new.file("old.bundle")).ended(0);
    trust(&new, &centre, &[]);
    trust(&centre, &new, &["--answers-only"]);
    add(&new, "M-3", "钱九思", "5.00");
    open(&centre, &sealed(&new, "C0", "b.bundle", &[])).ended(0);
    let numbers: Vec<String> =
        records(&centre).iter().map(|said| said.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(numbers, ["A1-0001", "A1-0002", "A31-0001"]);
    assert_eq!(breaks(&centre), [""; 0]);
    sound(&centre);
    // A restored copy is told from the window that went on.
    add(&one, "M-4", "裴例", "2.00");
    open(&centre, &sealed(&one, "C0", "c.bundle", &["--all"])).ended(6);
}

#[test]
fn a_dry_run_writes_nothing_anywhere() {
    let (centre, one, _) = hospital();
    add(&one, "M-1", "裴例", "12.50");
    let heads = (centre.head(), one.head());
    one.run(&["bundle", "seal", "--to", "C0", "--out", "a.bundle", "--dry-run"]).ended(0);
    assert!(!one.file("a.bundle").exists());
    let file = one.copy();
    let file = sealed(&file, "C0", "a.bundle", &[]);
    centre.run(&["bundle", "open", file.to_str().unwrap(), "--dry-run"]).ended(0);
    centre.run(&["bundle", "sync", ".", "--dry-run"]).ended(0);
    assert_eq!((centre.head(), one.head()), heads);
    assert!(centre.file(LEDGER).exists());
}

/// A process is killed, or a stick pulled, at any moment: what has its name is whole, what was begun can be done again.
#[test]
fn killed_at_any_moment_nothing_is_half_done() {
    let (centre, one, _) = hospital();
    let mut dice = Dice::new(5);
    let stick = tempfile::tempdir().unwrap();
    let folder = stick.path().to_str().unwrap();
    let whole = |desk: &Desk| -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> =
            fs::read_dir(stick.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        all.retain(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.'));
        all.sort();
        sound(desk);
        all
    };
    for round in 0..12 {
        add(&one, &format!("M-{round}"), "裴例", &format!("{}.00", round + 1));
        let desk = if round % 2 == 0 { &one } else { &centre };
        let mut child = desk
            .command(&["bundle", "sync", folder])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(dice.below(400)));
        let _ = child.kill();
        child.wait().unwrap();
        // Whatever has its name opens at somebody who was never disturbed.
        let other = centre.copy();
        for file in whole(desk).iter().filter(|path| path.to_string_lossy().contains("guazhang-A1-")) {
            assert!([0, 3].contains(&open(&other, file).code), "{}", file.display());
        }
    }
    for desk in [&one, &centre, &one] {
        assert!([0, 3].contains(&desk.run(&["bundle", "sync", folder]).code));
    }
    assert_eq!(records(&centre), records(&one));
    assert_eq!(records(&centre).len(), 12);
    sound(&centre);
}

/// A file cut short at its place, as a stick leaves it that was pulled before it was done: refused, then mended.
#[test]
fn a_file_cut_short_is_replaced_by_the_next_round() {
    let (centre, one, _) = hospital();
    let stick = tempfile::tempdir().unwrap();
    let folder = stick.path().to_str().unwrap();
    add(&one, "M-1", "裴例", "1.00");
    let before = one.copy();
    one.run(&["bundle", "sync", folder]).ended(0);
    let file = fs::read_dir(stick.path()).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(&file).unwrap();
    // It has its name and was never noted: the same file is known again, and a broken one is written anew.
    before.run(&["bundle", "sync", folder]).ended(0);
    assert_eq!(fs::read(&file).unwrap(), bytes);
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    centre.run(&["bundle", "sync", folder]).ended(4);
    fs::remove_file(&file).unwrap();
    one.run(&["bundle", "seal", "--to", "C0", "--all", "--out", file.to_str().unwrap()]).ended(0);
    centre.run(&["bundle", "sync", folder]).ended(0);
    assert_eq!(records(&centre), records(&one));
}

/// `cargo test --release --test bundles -- --ignored --nocapture thirty`: thirty windows of a thousand events each come
/// into one ledger in less than ten seconds.
#[test]
#[ignore = "measured by hand, in a release build"]
fn thirty_windows_of_a_thousand_events() {
    let centre = window("C0");
    let mut files = Vec::new();
    for at in 1..=30 {
        let desk = window(&format!("A{at}"));
        trust(&desk, &centre, &[]);
        trust(&centre, &desk, &["--answers-only"]);
        let mut rows = "record_no,kind,line,name,id_no,insurance,locality,occurred_at,total\n".to_owned();
        for row in 0..995 {
            let name = ["裴例", "韦样", "钱九思"][row % 3];
            writeln!(
                rows,
                "M{at}-{row},outpatient,ordinary,{name}{at}{row},,310,local,2021-10-25T09:00:00,{row}.50"
            )
            .unwrap();
        }
        desk.write("rows.csv", rows);
        desk.run(&["import", "records", "rows.csv"]).ended(0);
        let file = sealed(&desk, "C0", "a.bundle", &[]);
        let kept = centre.file(&format!("{at}.bundle"));
        fs::copy(file, &kept).unwrap();
        files.push(kept.to_str().unwrap().to_owned());
    }
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    #[expect(clippy::disallowed_methods, reason = "it measures")]
    let begun = std::time::Instant::now();
    let ran = centre.run(&[&["bundle", "open"], &names[..]].concat());
    let took = begun.elapsed();
    assert!([0, 3].contains(&ran.code), "{}{}", ran.out, ran.err);
    assert_eq!(centre.ledger().books().records(&guazhang::store::Filter::default()).unwrap().len(), 30 * 995);
    sound(&centre);
    eprintln!("30 windows, 30 x 1,000 events: {took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
}
