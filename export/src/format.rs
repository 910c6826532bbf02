//! The formats of files.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Cell, ExportError, Table, csv, jsonl, parquet};

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A JSON object in each line.
    Jsonl,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// Apache Parquet.
    Parquet,
    /// No tables: the last run as reports that viewers of `OpenReports` show.
    OpenReports,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Jsonl, Self::Csv, Self::Parquet, Self::OpenReports];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::OpenReports => "openreports",
        }
    }

    /// How names of its files end.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Jsonl | Self::Csv | Self::Parquet => self.as_str(),
            Self::OpenReports => "json",
        }
    }

    /// Rows of a table as a file; none in a format without tables.
    pub(crate) fn file(self, table: Table, rows: &[Vec<Cell>]) -> Result<Option<Vec<u8>>, ExportError> {
        match self {
            Self::Jsonl => Ok(Some(jsonl::file(table, rows))),
            Self::Csv => Ok(Some(csv::file(table, rows))),
            Self::Parquet => parquet::file(table, rows)
                .map(Some)
                .map_err(|problem| ExportError::Encoding { table: table.as_str(), problem }),
            Self::OpenReports => Ok(None),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let names = Self::ALL.map(Self::as_str).join(", ");
        let found = Self::ALL.into_iter().find(|format| format.as_str() == word);
        found.ok_or_else(|| format!("`{word}` is not a format; use one of {names}"))
    }
}
