//! How far an export is.

use holdfast_protection::ports::StorageError;
use holdfast_protection::sweep::Finished;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ExportError, Files, Format};

/// The file that says how far an export is.
const NAME: &str = "cursor.json";

/// How far an export is: the one file of it that is written again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cursor {
    /// The format of the files.
    pub format: Format,
    /// Runs of the sweep up to this one are exported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<String>,
    /// The last of them that saw the whole estate: the next one is compared with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Finished>,
    /// The run that is exported in part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<RunPart>,
    /// Ends of work before this hour are exported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<Timestamp>,
    /// Jobs that ended before this are exported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jobs: Option<Timestamp>,
    /// Until when the jobs go that are being exported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jobs_until: Option<Timestamp>,
}

/// How far the export of one run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunPart {
    /// The run.
    pub run: String,
    /// How many of its pages are exported.
    pub pages: u32,
    /// The page of the run before beside which the next one is.
    pub beside: u32,
}

/// The cursor, and what is stored of it.
pub(crate) struct Kept<'a> {
    files: &'a dyn Files,
    stored: Option<Vec<u8>>,
    pub(crate) cursor: Cursor,
}

impl<'a> Kept<'a> {
    /// Reads the cursor of the files; at first, nothing is exported.
    pub(crate) async fn read(files: &'a dyn Files, format: Format) -> Result<Self, ExportError> {
        let Some(stored) = files.read(NAME).await? else {
            let cursor = Cursor {
                format,
                runs: None,
                beside: None,
                part: None,
                outcomes: None,
                jobs: None,
                jobs_until: None,
            };
            return Ok(Self { files, stored: None, cursor });
        };
        let cursor: Cursor = serde_json::from_slice(&stored)
            .map_err(|error| ExportError::Cursor { name: NAME, problem: error.to_string() })?;
        if cursor.format != format {
            return Err(ExportError::OtherFormat { there: cursor.format, wanted: format });
        }
        Ok(Self { files, stored: Some(stored), cursor })
    }

    /// Stores the cursor, unless somebody else moved it.
    pub(crate) async fn store(&mut self) -> Result<(), ExportError> {
        let next = serde_json::to_vec(&self.cursor)
            .map_err(|error| StorageError { action: format!("write {NAME}"), detail: error.to_string() })?;
        if !self.files.replace(NAME, self.stored.as_deref(), next.clone()).await? {
            return Err(ExportError::Busy);
        }
        self.stored = Some(next);
        Ok(())
    }
}
