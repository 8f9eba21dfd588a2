//! The options of every command that reads a sheet: what its headings mean, which
//! worksheet is read, which character set it is in.

use crate::cli::{Failure, import};
use crate::intake::{ColumnMap, Encoding, SheetKind};
use std::path::PathBuf;

/// How a sheet is to be read.
#[derive(clap::Args, Clone, Debug, Default)]
pub(super) struct SheetFlags {
    /// A map from their headings to ours, TOML
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,

    /// The worksheet to read, where the file is a workbook; the first that holds anything by default
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,

    /// The character set of text files: utf-8, gb18030, utf-16le, utf-16be; found out for each file by default
    #[arg(long, value_name = "NAME", value_parser = Encoding::named)]
    encoding: Option<Encoding>,
}

impl SheetFlags {
    /// The map that these options amount to for a sheet of `kind`.
    pub(super) fn map(&self, kind: SheetKind) -> Result<ColumnMap, Failure> {
        let map = match &self.map {
            Some(path) => ColumnMap::read(path).map_err(import::refused)?,
            None => ColumnMap::none(),
        };
        Ok(map.with_worksheet(kind, self.sheet.as_deref()).with_encoding(self.encoding))
    }
}
