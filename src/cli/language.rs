//! Which language a run speaks. Settled before the command line is parsed, so
//! that help and wrong usage are worded in it too.

use crate::cli::args::language;
use crate::text::Lang;
use std::ffi::OsString;

/// `--lang`, else `$GUAZHANG_LANG`, else the system's; Chinese where they say nothing.
pub(super) fn choose(argv: &[OsString], variable: Option<String>, system: Option<String>) -> Lang {
    let asked = asked_for(argv).or(variable).and_then(|text| language(&text).ok());
    asked.or_else(|| system.and_then(|locale| of_locale(&locale))).unwrap_or_default()
}

/// The value of the last `--lang` in front of a `--`.
fn asked_for(argv: &[OsString]) -> Option<String> {
    let words: Vec<&str> = argv
        .iter()
        .skip(1)
        .map(|word| word.to_str().unwrap_or_default())
        .take_while(|w| *w != "--")
        .collect();
    let after = words.windows(2).filter(|pair| pair[0] == "--lang").map(|pair| pair[1]);
    let joined = words.iter().filter_map(|word| word.strip_prefix("--lang="));
    after.chain(joined).next_back().map(str::to_owned)
}

/// `C` and `POSIX` name no language; one that is neither Chinese nor English is better served by English.
fn of_locale(locale: &str) -> Option<Lang> {
    match locale.split(['-', '_', '.']).next().unwrap_or_default() {
        "zh" => Some(Lang::Zh),
        "" | "C" | "POSIX" => None,
        _ => Some(Lang::En),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_counts() {
        #[rustfmt::skip] // the columns are the point
        let cases: &[(&str, Option<&str>, Option<&str>, Lang)] = &[
            // command line                    variable    system         language
            ("guazhang list",                  None,       None,          Lang::Zh),
            ("guazhang list",                  None,       Some("C"),     Lang::Zh),
            ("guazhang list",                  None,       Some("en-US"), Lang::En),
            ("guazhang list",                  None,       Some("fr-FR"), Lang::En),
            ("guazhang list",                  Some("zh"), Some("en-US"), Lang::Zh),
            ("guazhang list --lang en",        Some("zh"), Some("zh-CN"), Lang::En),
            ("guazhang --lang=en list",        None,       Some("zh-CN"), Lang::En),
            ("guazhang list --lang fr",        None,       Some("en-US"), Lang::En),
            ("guazhang list --lang",           None,       Some("zh-CN"), Lang::Zh),
            ("guazhang find -- --lang en",     None,       None,          Lang::Zh),
        ];
        for (line, variable, system, want) in cases {
            let argv: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let got = choose(&argv, variable.map(str::to_owned), system.map(str::to_owned));
            assert_eq!(got, *want, "{line} {variable:?} {system:?}");
        }
    }
}
