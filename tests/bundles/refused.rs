//! What is refused: strangers, forgers, damage, and whatever others sign.

use crate::*;

#[test]
fn strangers_forgers_and_other_keys_are_refused() {
    let (centre, one, _) = hospital();
    add(&one, "M-1", "裴例", "12.50");
    let stranger = window("A9");
    trust(&stranger, &centre, &[]);
    add(&stranger, "X-1", "裴例", "9.00");
    let theirs = sealed(&stranger, "C0", "x.bundle", &[]);
    let before = centre.head();
    let refused = open(&centre, &theirs).ended(7);
    assert!(refused.err.contains("keys trust"), "told how to trust: {}", refused.err);
    // The card of another one under a fingerprint that was read out.
    let shown = stranger.json(&["bundle", "keys"]);
    let line = shown["line"].as_str().unwrap();
    let other = one.json(&["bundle", "keys"])["fingerprint"].as_str().unwrap().to_owned();
    centre.run(&["bundle", "keys", "trust", line, "--fingerprint", &other]).ended(7);
    centre.run(&["bundle", "keys", "trust", "nothing", "--fingerprint", &other]).ended(4);
    // Another ledger under a station that is known.
    let twin = window("A1");
    let shown = twin.json(&["bundle", "keys"]);
    let (line, print) = (shown["line"].as_str().unwrap(), shown["fingerprint"].as_str().unwrap());
    centre.run(&["bundle", "keys", "trust", line, "--fingerprint", print]).ended(5);
    // Not sealed to the one who opens it.
    let file = sealed(&one, "C0", "a.bundle", &[]);
    let lost = open(&stranger, &file).ended(4);
    assert!(lost.err.contains("not sealed to this ledger"), "{}", lost.err);
    // Trusted no longer.
    centre.run(&["bundle", "keys", "revoke", "A1", "--reason", "换机"]).ended(0);
    let told = centre.head();
    open(&centre, &file).ended(7);
    centre.run(&["bundle", "seal", "--to", "A1", "--out", "y.bundle"]).ended(7);
    assert_eq!(centre.head(), told);
    assert_eq!(told.0, before.0 + 1);
    // Who may not set up may not say whom to trust.
    centre.run_new("Wang", PASSPHRASE, "words of Sun", &["user", "add", "Sun", "--role", "cashier"]).ended(0);
    let own = one.json(&["bundle", "keys"]);
    let (line, print) = (own["line"].as_str().unwrap(), own["fingerprint"].as_str().unwrap());
    let args = ["bundle", "keys", "trust", line, "--fingerprint", print];
    centre.run_as("Sun", "words of Sun", &args).ended(7);
    centre.run(&args).ended(0);
    assert_eq!(
        outcome(
            &centre
                .run_as(
                    "Sun",
                    "words of Sun",
                    &["bundle", "open", file.to_str().unwrap(), "--format", "json"]
                )
                .ended(0)
        ),
        "merged"
    );
    sound(&centre);
}

#[test]
fn every_damaged_file_is_refused_and_changes_nothing() {
    let (centre, one, _) = hospital();
    add(&one, "M-1", "裴例", "12.50");
    let whole = fs::read(sealed(&one, "C0", "a.bundle", &[])).unwrap();
    let before = centre.head();
    let step = whole.len() / 24;
    let mut cases: Vec<Vec<u8>> = vec![Vec::new(), b"age-encryption.org/v1\n".to_vec(), vec![0; 4096]];
    for at in (0..whole.len()).step_by(step) {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        cases.push(flipped);
        cases.push(whole[..at].to_vec());
    }
    cases.push([&whole[..], &whole[..]].concat());
    for bytes in &cases {
        centre.write("bad.bundle", bytes);
        open(&centre, &centre.file("bad.bundle")).ended(4);
    }
    assert_eq!(centre.head(), before);
    centre.write("good.bundle", &whole);
    assert_eq!(outcome(&open(&centre, &centre.file("good.bundle")).ended(0)), "merged");
}

/// Somebody who holds the centre's public key and a bundle in the clear writes one of his own.
#[test]
fn what_others_sign_is_refused_whatever_it_says() {
    let (centre, one, _) = hospital();
    add(&one, "M-1", "裴例", "12.50");
    let file = sealed(&one, "C0", "a.bundle", &[]);
    let secret = centre.ledger().bundle_secret().unwrap();
    let (mut events, mut said) = (Vec::new(), Vec::new());
    let header = read::<BundleFault>(
        &fs::read(&file).unwrap()[..],
        &secret,
        |_| Ok(()),
        |_, line| {
            match line {
                Opened::Event(event) => events.push(*event),
                Opened::Said(one) => said.push(*one),
            }
            Ok(())
        },
    )
    .unwrap();
    let forger = SigningKey::from_bytes(&[9; 32]);
    let own = StationKey::from_bytes(forger.verifying_key().to_bytes());
    said[0].content.as_mut().unwrap().record.total = "99.00".parse().unwrap();
    let parts = |take: &mut dyn FnMut(Part<'_>) -> Result<(), io::Error>| {
        events.iter().try_for_each(|event| take(Part::Event(event)))?;
        said.iter().try_for_each(|said| take(Part::Said(said)))
    };
    let measured = measure(parts).unwrap();
    let changed = Header { total_fen: measured.total, records_part: measured.records_part, ..header.clone() };
    let ledger = "0".repeat(32);
    #[rustfmt::skip] // the columns are the point
    let cases = [
        ("under the window's key",     changed.clone(),                                                          4),
        ("under a key of his own",     Header { key: own, ..changed.clone() },                                   7),
        ("as another ledger",          Header { key: own, ledger, ..changed.clone() },                           7),
        ("as another station",         Header { station: "A2".to_owned(), ..changed.clone() },                   7),
        ("as the centre itself",       Header { ledger: centre.ledger().books().ledger_id().unwrap(), ..changed }, 4),
    ];
    let before = centre.head();
    for (what, header, code) in cases {
        let mut bytes = Vec::new();
        let sign = |text: &[u8]| Ok::<_, io::Error>(forger.sign(text).to_bytes());
        write::<io::Error>(&header, &mut bytes, sign, parts).unwrap();
        centre.write("forged.bundle", &bytes);
        let ran = open(&centre, &centre.file("forged.bundle"));
        assert_eq!(ran.code, code, "{what}: {}{}", ran.out, ran.err);
    }
    assert_eq!(centre.head(), before);
    assert_eq!(outcome(&open(&centre, &file).ended(0)), "merged");
}
