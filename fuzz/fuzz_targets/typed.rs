//! What is typed: one line for every single field and code, then a record of all lines as `column=text`.
#![no_main]

mod support;

use guazhang::domain::{
    CensusNumber, CertNo, Day, Digest, Money, Price, Quantity, Seal, SealCode, ShortNumber, StationKey, Time,
};
use guazhang::intake::typed;
use guazhang::notice::Resumption;
use guazhang::text::{Explain, Lang, fit, initials};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let context = support::context();
    for line in text.lines() {
        let money = line.parse::<Money>().ok();
        if let Some(money) = money {
            assert_eq!(money.to_string().parse::<Money>().ok(), Some(money), "{line}");
            let _ = money.capitals();
        }
        let (_, _) = (line.parse::<Quantity>(), line.parse::<Price>());
        let (_, _) = (line.parse::<Day>(), line.parse::<Time>());
        let _ = Time::spoken(line, context.now);
        let (_, _) = (line.parse::<ShortNumber>(), line.parse::<CensusNumber>());
        let (_, _) = (line.parse::<SealCode>(), line.parse::<StationKey>());
        let (_, _) = (line.parse::<Digest>(), line.parse::<Resumption>());
        let _ = CertNo::read(line, context.now);
        let _ = serde_json::from_str::<Seal>(line);
        let (_, _) = (initials(line), fit(line, 7));
    }
    let cells: Vec<_> =
        text.lines().filter_map(|l| l.split_once('=')).map(|(c, t)| (c.to_owned(), t.to_owned())).collect();
    if let Err(error) = typed(&cells, Vec::new(), &context) {
        support::told(Some(error.faults()));
        assert!(!error.what(Lang::Zh).is_empty());
    }
});
