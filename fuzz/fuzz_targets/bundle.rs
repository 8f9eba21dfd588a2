//! What stands inside the encryption of a bundle, and the key of another window.
#![no_main]

use guazhang::domain::PeerCard;
use guazhang::exchange::{BundleFault, read_inside};
use guazhang::text::{Explain, Lang};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = read_inside::<BundleFault>(bytes, |_| Ok(()), |_, _| Ok(())) {
        assert!(!error.what(Lang::Zh).is_empty() && !error.hint(Lang::En).is_empty());
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(card) = text.parse::<PeerCard>() {
        assert_eq!(card.to_string().parse(), Ok(card));
    }
});
