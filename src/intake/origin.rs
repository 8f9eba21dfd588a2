//! Where the rows of a sheet came from, and opening it: which form and character
//! set the file has, which worksheet of it is read.
//!
//! What is found out on the way is kept as an [`Origin`], to be shown before
//! anything is written. Rows and cells are not looked at here.

use crate::domain::FactKind;
use crate::intake::bytes::Form;
use crate::intake::column::SheetKind;
use crate::intake::encoding::{Decided, decide, length_in};
use crate::intake::sheet::{Sheet, Source};
use crate::intake::transcode::Transcoded;
use crate::intake::{ColumnMap, Encoding, SheetError, WorkbookFault, workbook};
use crate::text::{Label, Lang};
use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::path::Path;

/// What was found out about a file before its rows were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The form, where it is not plain text.
    pub form: Option<Form>,
    /// The worksheet that is read.
    pub worksheet: Option<String>,
    /// The character set, where the file is text.
    pub encoding: Option<Encoding>,
    /// What stands between cells, where the file is plain text.
    pub delimiter: Option<char>,
    /// Line of the headings, from 1.
    pub headings_at: u64,
    /// Bytes of the text, for telling how far reading has come.
    pub(super) length: u64,
    /// A plain number may be a day counted from the end of 1899.
    pub(super) serials: bool,
}

impl Origin {
    /// For a person: `CSV, GB18030, TAB` or `xlsx, 一病区`.
    pub fn told(&self, lang: Lang) -> String {
        let delimiter = self.delimiter.map(|delimiter| match delimiter {
            ',' => lang.pick("逗号", "comma").to_owned(),
            '\t' => lang.pick("制表符", "TAB").to_owned(),
            ';' => lang.pick("分号", "semicolon").to_owned(),
            '|' => lang.pick("竖线", "vertical bar").to_owned(),
            other => other.to_string(),
        });
        let form =
            self.form.map_or_else(|| lang.pick("文本", "text").to_owned(), |form| form.name().to_owned());
        let encoding = self.encoding.map(|encoding| encoding.label(lang).to_owned());
        let parts = [Some(form), encoding, delimiter, self.worksheet.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(lang.pick("，", ", "))
    }

    /// For programs.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "form": self.form.map_or("text", Form::name),
            "encoding": self.encoding.map(|encoding| encoding.id()),
            "delimiter": self.delimiter,
            "worksheet": self.worksheet,
            "headings_line": self.headings_at,
        })
    }
}

type FactKinds<'a> = &'a dyn Fn(&str) -> Option<FactKind>;

impl Sheet {
    /// Opens a sheet and resolves its headings.
    pub(super) fn open(
        path: &Path,
        kind: SheetKind,
        map: &ColumnMap,
        fact_kind: FactKinds<'_>,
    ) -> Result<Sheet, SheetError> {
        let mut sheet = if let Some(form) = Form::of_file(path)? {
            of_book(path, form, kind, map)?
        } else {
            no_worksheet(path, map.worksheet(kind))?;
            of_text(path, kind, map)?
        };
        sheet.resolve(map, fact_kind)?;
        Ok(sheet)
    }

    /// The same for text taken to be UTF-8 without a look at all of it; whoever reads it sees what is not.
    /// `None` where that cannot be assumed.
    pub(super) fn open_unchecked(
        path: &Path,
        kind: SheetKind,
        map: &ColumnMap,
        fact_kind: FactKinds<'_>,
    ) -> Result<Option<Sheet>, SheetError> {
        let io = |error: std::io::Error| SheetError::io(path, &error);
        let mut first = [0; 4];
        let read =
            File::open(path).and_then(|mut file| super::bytes::fill(&mut file, &mut first)).map_err(io)?;
        let plain = Encoding::marked(&first[..read]).is_none_or(|marked| marked == Encoding::Utf8);
        let named = map.worksheet(kind).is_some() || map.encoding(kind).is_some();
        if named || !plain || Form::of_file(path)?.is_some() {
            return Ok(None);
        }
        let length = std::fs::metadata(path).map_err(io)?.len();
        let decided = Decided { encoding: Encoding::Utf8, length, sure: true };
        let mut sheet = begun(path, kind, map, decided)?;
        sheet.resolve(map, fact_kind)?;
        Ok(Some(sheet))
    }

    /// The same over text that is known to be UTF-8; an empty path stands for the keyboard.
    pub(super) fn over(
        source: Box<dyn Source>,
        path: &Path,
        kind: SheetKind,
        map: &ColumnMap,
        fact_kind: FactKinds<'_>,
    ) -> Result<Sheet, SheetError> {
        let mut sheet = Sheet::begin(source, path, kind, map, Origin::default())?;
        sheet.resolve(map, fact_kind)?;
        Ok(sheet)
    }
}

fn no_worksheet(path: &Path, named: Option<&str>) -> Result<(), SheetError> {
    let Some(name) = named else { return Ok(()) };
    let fault = WorkbookFault::NoSheet { name: name.to_owned(), known: Vec::new() };
    Err(SheetError::Workbook { path: path.to_owned(), fault })
}

fn of_book(path: &Path, form: Form, kind: SheetKind, map: &ColumnMap) -> Result<Sheet, SheetError> {
    let taken = workbook::as_csv(path, form, map.worksheet(kind), map.encoding(kind))?;
    let origin = Origin {
        form: Some(form),
        worksheet: taken.worksheet,
        encoding: taken.encoding,
        length: taken.text.len() as u64,
        serials: taken.serials,
        ..Origin::default()
    };
    Sheet::begin(Box::new(Cursor::new(taken.text)), path, kind, map, origin)
}

/// A file of GBK may by rare chance be UTF-8 as well; then the headings that are known settle it.
fn of_text(path: &Path, kind: SheetKind, map: &ColumnMap) -> Result<Sheet, SheetError> {
    let decided = decide(path, map.encoding(kind))?;
    let sheet = begun(path, kind, map, decided)?;
    if decided.sure || decided.encoding != Encoding::Utf8 || !sheet.has_foreign_headings() {
        return Ok(sheet);
    }
    let other = length_in(path, Encoding::Gb18030).map_err(|error| SheetError::io(path, &error))?;
    let Ok(length) = other else { return Ok(sheet) };
    let other = begun(path, kind, map, Decided { encoding: Encoding::Gb18030, length, sure: true })?;
    Ok(if other.recognised > sheet.recognised { other } else { sheet })
}

fn begun(path: &Path, kind: SheetKind, map: &ColumnMap, decided: Decided) -> Result<Sheet, SheetError> {
    let file = File::open(path).map_err(|error| SheetError::io(path, &error))?;
    let source: Box<dyn Source> = match decided.encoding {
        Encoding::Utf8 => Box::new(file),
        encoding => Box::new(Transcoded::new(file, encoding)),
    };
    let origin = Origin { encoding: Some(decided.encoding), length: decided.length, ..Origin::default() };
    Sheet::begin(source, path, kind, map, origin)
}

/// What any reader can come back in.
impl<T: Read + Seek + Send> Source for T {}
