//! The facility's own catalogue: departments, doctors and diagnoses with their
//! codes, from which a cashier chooses.
//!
//! A CSV of three columns: what it is, its code, its name. It fills no record
//! by itself and is not kept in the ledger.

use crate::text::{Explain, Lang};

/// One line of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// The column of a record that it is for: `department`, `doctor` or `diagnosis_name`.
    pub column: String,
    /// The facility's code; may be empty.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Why a text is not a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueError {
    /// The line, from 1.
    pub line: u64,
    /// What stands there.
    pub text: String,
}

/// What the first column may say.
const COLUMNS: &[(&str, &str)] = &[
    ("department", "department"),
    ("科室", "department"),
    ("doctor", "doctor"),
    ("医生", "doctor"),
    ("diagnosis", "diagnosis_name"),
    ("diagnosis_name", "diagnosis_name"),
    ("诊断", "diagnosis_name"),
];

/// Reads a catalogue in UTF-8 or GB18030: `科室,0301,内科`. A first line that names no column is its heading.
///
/// # Errors
/// [`CatalogueError`] for the first line that is not of that form.
pub fn catalogue(bytes: &[u8]) -> Result<Vec<CatalogueEntry>, CatalogueError> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => std::borrow::Cow::Borrowed(text.trim_start_matches('\u{FEFF}')),
        Err(_) => encoding_rs::GB18030.decode(bytes).0,
    };
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut entries = Vec::new();
    for row in rows.records() {
        let fail = |line: u64, text: &str| CatalogueError { line, text: crate::text::fit(text, 40) };
        let row = row.map_err(|error| fail(error.position().map_or(0, csv::Position::line), ""))?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |at: usize| row.get(at).unwrap_or_default().trim();
        let column = COLUMNS.iter().find(|(word, _)| word.eq_ignore_ascii_case(cell(0)));
        let Some((_, column)) = column else {
            if line <= 1 || row.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            return Err(fail(line, cell(0)));
        };
        if cell(2).is_empty() {
            return Err(fail(line, cell(1)));
        }
        let (code, name) = (cell(1).to_owned(), cell(2).to_owned());
        entries.push(CatalogueEntry { column: (*column).to_owned(), code, name });
    }
    Ok(entries)
}

impl Explain for CatalogueError {
    fn what(&self, lang: Lang) -> String {
        let CatalogueError { line, text } = self;
        match lang {
            Lang::Zh => format!("第 {line} 行不是目录的一行：{text}"),
            Lang::En => format!("line {line} is not one of a catalogue: {text}"),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "每行三格：科室、医生或诊断，编码（可空），名称；例如 科室,0301,内科",
            "three cells a line: department, doctor or diagnosis; code, may be empty; name. As in department,0301,内科",
        )
        .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_catalogue_in_either_encoding() {
        let text = "类别,编码,名称\r\n科室,0301,内科\r\n诊断,J06.9,上呼吸道感染\r\n\r\ndoctor,,赵明远\r\n";
        let utf8 = catalogue(text.as_bytes()).unwrap();
        let (gb, ..) = encoding_rs::GB18030.encode(text);
        assert_eq!(catalogue(&gb).unwrap(), utf8);
        let columns: Vec<_> = utf8.iter().map(|entry| (entry.column.as_str(), entry.name.as_str())).collect();
        assert_eq!(
            columns,
            [("department", "内科"), ("diagnosis_name", "上呼吸道感染"), ("doctor", "赵明远")]
        );
    }

    #[test]
    fn what_is_no_catalogue_is_refused_with_its_line() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("科室,1,内科\n天气,2,晴\n", 2, "天气"),
            ("科室,1,内科\n科室,2\n",    2, "2"),
        ];
        for (text, line, shown) in cases {
            let want = CatalogueError { line, text: shown.to_owned() };
            assert_eq!(catalogue(text.as_bytes()), Err(want), "{text}");
        }
        assert_eq!(catalogue(b""), Ok(Vec::new()));
    }
}
