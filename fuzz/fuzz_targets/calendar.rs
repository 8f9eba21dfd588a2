//! A calendar of days off in TOML, asked for what notices ask it for.
#![no_main]

mod support;

use guazhang::domain::Day;
use guazhang::notice::Calendar;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut calendar = Calendar::built_in();
    let _ = calendar.read(text);
    for year in calendar.years().collect::<Vec<_>>() {
        let Some(day) = Day::new(year, 1, 1) else { continue };
        let _ = (calendar.plus_working_days(day, 400), calendar.roll(day, true), calendar.roll(day, false));
    }
});
