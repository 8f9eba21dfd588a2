//! Mornings played on the state of the screen, and what the screen shows of them.

use crate::desk::app::{App, Pane, Tone};
use crate::desk::keys::Input;
use crate::desk::testing::{Window, painted, press, types};
use crate::domain::{Actor, Money, Stage};
use crate::store::Mode;
use crate::text::{Lang, width};

/// The ordinary record of a morning, up to the receipt.
const ORDINARY: &str = "王小明\n11990019491231002X\n13900000001\n\n126.5\n=\nwx\n00412";

fn message(app: &App<'_, '_>) -> String {
    app.message.as_ref().map_or_else(String::new, |message| message.text.clone())
}

/// What was typed before is taken for marked: the first text that comes replaces it, in a field where a value is chosen.
#[test]
fn what_a_field_brings_along_is_replaced_by_what_is_typed() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        types(app, "王\n\n\n昨天 8:30\n12\n");
        assert_eq!(app.form.text("occurred_at"), "2021-10-21 08:30");
        for _ in 0..5 {
            press(app, Input::Previous);
        }
        types(app, "小明\n");
        assert_eq!(app.form.text("name"), "王小明", "a name goes on where it ended");
        go(app, "total");
        press(app, Input::Left);
        types(app, "5");
        assert_eq!(app.form.text("total"), "12.050", "after an arrow one edits");
    });
}

/// The place of a field comes under the cursor.
fn go(app: &mut App<'_, '_>, column: &str) {
    let at = app.form.place(column).unwrap();
    app.form.go(at);
}

#[test]
fn an_ordinary_record_is_written_down_and_the_next_begins() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        types(app, ORDINARY);
        types(app, "\nzg\n");
        assert!(app.decision.as_ref().unwrap().needs.contains(&"locality".to_owned()));
        types(app, "bd\nnk");
        press(app, Input::Save);
        assert_eq!(message(app), "A1-0001 已写入账本，126.50");
        assert_eq!((app.standing.count, app.standing.drafts, app.standing.unexported), (1, 0, 1));
        assert_eq!((app.form.text("name"), app.form.text("insurance")), ("", "职工基本医疗保险"));
        assert_eq!(app.form.text("department"), "内科");
    });
    let books = window.ledger.books();
    let record = books.opened(books.record(&"A1-0001".parse().unwrap()).unwrap()).unwrap().record;
    assert_eq!((record.person.name.as_str(), record.person.id_no.as_str()), ("王小明", "11990019491231002X"));
    assert_eq!((record.insurance.as_str(), record.department.as_str()), ("310", "内科"));
    assert_eq!(record.paid, Some(record.total));
    assert_eq!(record.facts.text("locality"), Some("local"));
    assert!(books.prove().unwrap().faults.is_empty());
}

#[test]
fn what_is_missing_is_asked_for_where_it_is_missing() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        press(app, Input::Save);
        assert_eq!(app.message.as_ref().unwrap().tone, Tone::Refused);
        assert_eq!(app.form.focused().question.column, "name");
        types(app, "王小明");
        press(app, Input::Save);
        assert_eq!(app.form.focused().question.column, "total");
        types(app, "12,5");
        press(app, Input::Save);
        assert!(message(app).contains("不是以元为单位的金额"), "{}", message(app));
        types(app, "12.5");
        press(app, Input::Save);
        assert_eq!(app.form.focused().question.column, "receipt_no");
        assert!(message(app).contains("没有票据号"), "{}", message(app));
        press(app, Input::Save);
        assert_eq!(message(app), "A1-0001 已写入账本，12.50");
    });
}

#[test]
fn the_notice_asks_only_what_it_needs() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        types(app, "王小明\n\n\n\n12.5\n");
        let asked = |app: &App<'_, '_>| -> Vec<String> {
            let asked = app.form.fields.iter().filter(|field| field.asked);
            asked.map(|field| field.question.column.clone()).collect()
        };
        assert_eq!(asked(app), ["locality", "prepaid"]);
        types(app, "=\n");
        assert_eq!(asked(app), ["locality"], "who paid all has answered");
        assert_eq!(app.form.place("prepaid"), None);
        go(app, "locality");
        types(app, "本地参保本地就医\t");
        assert_eq!(asked(app), [""; 0]);
        assert_eq!(app.decision.as_ref().unwrap().best().unwrap().missing_papers, ["receipt"]);
        go(app, "papers");
        types(app, "=\t");
        assert_eq!(app.form.text("papers"), "收费票据");
        assert!(app.decision.as_ref().unwrap().best().unwrap().missing_papers.is_empty());
    });
}

#[test]
fn the_same_receipt_or_visit_warns_with_the_other_number() {
    let mut window = Window::new();
    window.play(Lang::En, |app| {
        types(app, ORDINARY);
        press(app, Input::Save);
        types(app, "李四\n\n\n\n99\n\n\n00412\n");
        assert_eq!(app.twice.as_ref().unwrap().0.to_string(), "A1-0001");
        press(app, Input::Save);
        assert!(message(app).contains("A1-0001 has the same receipt"), "{}", message(app));
        types(app, "x");
        press(app, Input::Save);
        assert!(
            message(app).contains("press F2 again"),
            "another key in between asks anew: {}",
            message(app)
        );
        press(app, Input::Save);
        assert_eq!(message(app), "A1-0002 is in the ledger, 99.00");
        types(app, "王小明\n11990019491231002X\n\n\n126.5\n");
        assert!(app.twice.is_some(), "the same person, day and amount");
    });
}

#[test]
fn escape_never_loses_text() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        press(app, Input::Escape);
        assert_eq!(app.standing.drafts, 0);
        types(app, "诸葛孔明\n");
        press(app, Input::Escape);
        assert_eq!(app.form.text("name"), "诸葛孔明", "the first only asks");
        press(app, Input::Escape);
        assert_eq!((app.form.text("name"), app.standing.drafts), ("", 1));
        press(app, Input::Drafts);
        assert!(matches!(app.pane, Pane::Drafts(_)));
        press(app, Input::Enter);
        assert_eq!(app.form.text("name"), "诸葛孔明");
        types(app, "\n\n\n\n12\n\n\n1\n");
        press(app, Input::Save);
        assert_eq!(app.standing.drafts, 0, "a draft that became a record is gone");
    });
}

#[test]
fn what_a_killed_screen_held_is_offered_again() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        types(app, "𠮷田\n119900");
        // A second passes, and the machine loses power.
        app.keep();
    });
    window.play(Lang::Zh, |app| {
        assert!(matches!(app.pane, Pane::Drafts(_)));
        press(app, Input::Enter);
        assert_eq!((app.form.text("name"), app.form.text("id_no")), ("𠮷田", "119900"));
    });
}

#[test]
fn a_correction_is_an_amendment_and_the_form_comes_back() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        types(app, ORDINARY);
        press(app, Input::Save);
        types(app, "赵六\n");
        press(app, Input::List);
        types(app, "wxm");
        let Pane::List(list) = &app.pane else { panic!("the list is open") };
        assert_eq!(list.rows.len(), 1, "found by the initials of the name");
        press(app, Input::Enter);
        assert_eq!(app.form.text("name"), "王小明");
        go(app, "department");
        types(app, "wk");
        press(app, Input::Save);
        assert_eq!(message(app), "A1-0001 已更正");
        assert_eq!(app.form.text("name"), "赵六", "what was put aside is back");
    });
    let books = window.ledger.books();
    let stored = books.record(&"A1-0001".parse().unwrap()).unwrap();
    assert_eq!((stored.version, stored.record.department.as_str()), (2, "外科"));
    let events: Vec<_> = books.history(stored.id).unwrap();
    assert_eq!(events.len(), 2);
    assert!(events[1].detail.contains("department") && !events[1].detail.contains("occurred_at"));
    assert!(books.prove().unwrap().faults.is_empty());
}

#[test]
fn an_opened_record_that_is_not_changed_is_let_go() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        types(app, ORDINARY);
        press(app, Input::Save);
        press(app, Input::Last);
        assert_eq!(app.form.text("name"), "王小明");
        press(app, Input::Escape);
        assert_eq!((app.form.text("name"), app.form.amends.is_none()), ("", true));
        assert_eq!(app.standing.drafts, 0);
        press(app, Input::Last);
        press(app, Input::Save);
        assert_eq!(app.message.as_ref().unwrap().tone, Tone::Refused, "nothing changed: {}", message(app));
    });
    assert_eq!(window.ledger.books().record(&"A1-0001".parse().unwrap()).unwrap().stage, Stage::Pending);
}

#[test]
fn a_correction_survives_a_power_cut() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        types(app, ORDINARY);
        go(app, "note");
        types(app, "自带药");
        press(app, Input::Save);
        press(app, Input::Last);
        go(app, "total");
        types(app, "130\t");
        go(app, "note");
        press(app, Input::Clear);
        app.keep();
    });
    window.play(Lang::Zh, |app| {
        press(app, Input::Enter);
        let amends = app.form.amends.as_ref().map(|stored| stored.number.to_string());
        assert_eq!((amends.as_deref(), app.form.text("total")), (Some("A1-0001"), "130.00"));
        assert_eq!(app.form.text("note"), "", "what was emptied stays empty");
        press(app, Input::Save);
        assert_eq!(message(app), "A1-0001 已更正");
        assert_eq!(app.standing.drafts, 0);
    });
    let books = window.ledger.books();
    let stored = books.opened(books.record(&"A1-0001".parse().unwrap()).unwrap()).unwrap();
    assert_eq!((stored.record.total.fen(), stored.record.note.as_str()), (13000, ""));
    assert_eq!(stored.record.person.id_no, "11990019491231002X");
}

/// Whatever is pressed: nothing panics, the ledger proves, and a name that was typed is somewhere still.
#[test]
fn any_keys_in_any_order() {
    let keys = [
        Input::Text("王".into()),
        Input::Text("12.5".into()),
        Input::Text("昨天".into()),
        Input::Text("x\u{301}".into()),
        Input::Next,
        Input::Next,
        Input::Previous,
        Input::Enter,
        Input::Escape,
        Input::Escape,
        Input::Save,
        Input::Save,
        Input::List,
        Input::Last,
        Input::Kind(0),
        Input::Kind(1),
        Input::Kind(3),
        Input::Drafts,
        Input::Further,
        Input::Nearer,
        Input::Left,
        Input::Right,
        Input::Home,
        Input::Backspace,
        Input::Clear,
        Input::Lock,
        Input::Text("secret".into()),
    ];
    let mut seed = 7_u64;
    for _ in 0..6 {
        let mut window = Window::new();
        window.play(Lang::Zh, |app| {
            types(app, ORDINARY);
            press(app, Input::Save);
            types(app, "不可丢失\n");
            for _ in 0..150 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = usize::try_from(seed >> 33).unwrap() % keys.len();
                // The name is taken away by nobody but its owner.
                let owned =
                    app.form.text("name").contains("不可") && app.form.focused().question.column == "name";
                if !(owned && matches!(keys[at], Input::Backspace | Input::Clear)) {
                    press(app, keys[at].clone());
                }
                painted(app, 80, 24);
            }
            app.locked = None;
            app.pane = Pane::Form;
            let drafts = app.counter.drafts().unwrap();
            let kept = drafts.iter().any(|draft| {
                let typed = app.counter.take(draft.id).unwrap();
                typed.answers.iter().any(|(column, text)| column == "name" && text.contains("不可"))
            });
            let written = app.counter.today().unwrap();
            let written = written.iter().any(|entry| entry.stored.record.person.name.contains("不可"));
            assert!(kept || written || app.form.text("name").contains("不可"), "the name is gone");
        });
        assert!(window.ledger.books().prove().unwrap().faults.is_empty());
    }
}

#[test]
fn the_same_slip_is_not_written_again() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        for _ in 0..2 {
            types(app, ORDINARY);
            go(app, "record_no");
            types(app, "MZ-1");
            press(app, Input::Save);
            press(app, Input::Save);
        }
        assert_eq!(message(app), "A1-0001 早已在账本中，没有再写");
        assert_eq!(app.standing.count, 1);
    });
}

#[test]
fn a_locked_screen_shows_nothing() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        types(app, "王小明\n11990019491231002X");
        press(app, Input::Lock);
        let shown = painted(app, 80, 24);
        assert!(!shown.contains("王") && !shown.contains("002X") && !shown.contains("A1"), "{shown}");
        types(app, "wrong\n");
        assert!(app.locked.is_some() && message(app).contains("口令不对"));
        press(app, Input::Save);
        types(app, "secret");
        assert!(!painted(app, 80, 24).contains("secret"));
        types(app, "\n");
        assert!(app.locked.is_none());
        assert_eq!(app.form.text("id_no"), "11990019491231002X");
    });
}

#[test]
fn the_screen_at_80_by_24() {
    let mut window = Window::new();
    let shown = window.play(Lang::Zh, |app| {
        types(app, ORDINARY);
        painted(app, 80, 24)
    });
    insta::assert_snapshot!("zh_80x24", shown);
    let shown = window.play(Lang::En, |app| {
        press(app, Input::Enter);
        painted(app, 80, 24)
    });
    insta::assert_snapshot!("en_80x24", shown);
}

#[test]
fn the_screen_at_120_by_40() {
    let mut window = Window::new();
    let shown = window.play(Lang::Zh, |app| {
        for (name, total) in
            [("王小明", "126.5"), ("欧阳若兰", "88"), ("𠮷", "1234.56"), ("司马相如长", "0.5")]
        {
            types(app, &format!("{name}\n\n\n\n{total}\n"));
            press(app, Input::Save);
            press(app, Input::Save);
        }
        types(app, "张三\n\n\n\n1");
        painted(app, 120, 40)
    });
    insta::assert_snapshot!("zh_120x40", shown);
}

#[test]
fn the_foot_tells_of_the_open_shift() {
    let mut window = Window::new();
    let write = |app: &mut App<'_, '_>, name: &str| {
        types(app, &format!("{name}\n\n\n\n126.5\n"));
        press(app, Input::Save);
        press(app, Input::Save);
        painted(app, 80, 24)
    };
    let before = window.play(Lang::Zh, |app| write(app, "王芳"));
    assert!(before.contains(" 本人今日 1 笔 126.50 |"), "{before}");
    // A shift that is opened a minute later does not count what was written down before.
    let later = Actor { operator: "Wang".into(), at: window.now.plus_seconds(60) };
    window.ledger.write(&later, Mode::Keep, |w| w.open_shift(Money::default())).unwrap();
    window.now = window.now.plus_seconds(60);
    let after = window.play(Lang::En, |app| write(app, "赵明远"));
    assert!(after.contains(" shift S1: 1 for 126.50 |"), "{after}");
}

#[test]
fn what_a_batch_would_lack_is_told_while_one_types() {
    let mut window = Window::new();
    let [before, after] = window.play(Lang::En, |app| {
        types(app, "王芳\n149902195807040016\n\n\n126.5\n=\n\n00400\nzg\nbd\n");
        let before = painted(app, 80, 24);
        types(app, "nk\n");
        [before, painted(app, 80, 24)]
    });
    let told =
        |shown: &str| shown.lines().find(|line| line.contains("missing to be sent:")).map(str::to_owned);
    let (before, after) = (told(&before).expect(&before), told(&after).expect(&after));
    assert!(before.contains("fee lines") && before.ends_with("more"), "{before}");
    assert_ne!(before, after, "a department is one less");
}

#[test]
fn no_size_and_no_text_breaks_the_screen() {
    let mut window = Window::new();
    window.play(Lang::Zh, |app| {
        let long = "很长的名字".repeat(40);
        types(app, &format!("{long}\nx\n\n昨天\n12,5\n"));
        for (columns, rows) in
            [(1, 1), (59, 17), (60, 18), (80, 24), (81, 25), (111, 30), (112, 30), (300, 100)]
        {
            for line in painted(app, columns, rows).lines() {
                assert!(width(line) <= usize::from(columns), "{columns}x{rows}: {line}");
            }
        }
    });
}
