//! All that the ledger knows of an operation.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::records::{self, StageRecord};
use super::{Answer, Asked, OperationError, OperationId, OperationStatus, Operations};
use crate::ResourceId;
use crate::ledger::{self, Entry, Unreadable};
use crate::ports::Written;

/// An operation as the ledger tells it.
#[derive(Debug, Clone)]
pub(super) struct History {
    pub(super) asked: Asked,
    pub(super) answer: Option<Answer>,
    pub(super) ended: Option<OperationStatus>,
    /// By path.
    records: BTreeMap<String, StageRecord>,
}

/// How far a stage is.
#[derive(Debug, Clone, Default)]
pub(super) struct StageHistory {
    /// Its attempts, each with what was written of it last.
    pub(super) attempts: Vec<StageRecord>,
}

impl History {
    /// How a stage ended, if it did.
    pub(super) fn done(&self, stage: usize) -> Option<&StageRecord> {
        self.records.get(&format!("{}{stage:02}-done.json", records::folder(self.asked.id)))
    }

    /// The job of the last stage that has one, and since when it is known.
    pub(super) fn job(&self) -> Option<(ResourceId, Timestamp)> {
        (0..self.asked.plan.stages.len()).rev().find_map(|at| match self.done(at) {
            Some(StageRecord::Done { job, at, .. }) => job.clone().zip(Some(*at)),
            Some(StageRecord::Claimed { .. } | StageRecord::Begun { .. } | StageRecord::Missed { .. })
            | None => None,
        })
    }

    /// The attempts of a stage: for each the last word, which is a miss before a beginning before a claim.
    pub(super) fn stage(&self, stage: usize) -> StageHistory {
        let folder = records::folder(self.asked.id);
        let mut attempts: Vec<StageRecord> = Vec::new();
        for attempt in 0.. {
            let of = |word: &str| {
                self.records.get(&format!("{folder}{stage:02}-{attempt:03}-{word}.json")).cloned()
            };
            match of("missed").or_else(|| of("begun")).or_else(|| of("claimed")) {
                Some(record) => attempts.push(record),
                None => break,
            }
        }
        StageHistory { attempts }
    }
}

impl Operations {
    /// Reads an operation, or tells that there is none.
    pub(super) async fn history(&self, id: OperationId) -> Result<History, OperationError> {
        let Some(asked) = self.read::<Asked>(&records::asked(id)).await? else {
            return Err(OperationError::Unknown(id.to_string()));
        };
        let folder = records::folder(id);
        let (mut answer, mut ended, mut found) = (None, None, BTreeMap::new());
        for path in self.ledger.list(&folder).await? {
            match path.strip_prefix(&folder) {
                Some("asked.json") | None => {}
                Some("answered.json") => answer = self.read(&path).await?,
                Some("ended.json") => ended = self.read(&path).await?,
                Some(_) => {
                    if let Some(record) = self.read::<StageRecord>(&path).await? {
                        found.insert(path, record);
                    }
                }
            }
        }
        Ok(History { asked, answer, ended, records: found })
    }

    /// A document of the ledger in its form.
    pub(super) async fn read<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, OperationError> {
        let Some(body) = self.ledger.read(path).await? else { return Ok(None) };
        let unreadable = |error: Unreadable| OperationError::Unreadable {
            path: path.to_owned(),
            problem: error.to_string(),
        };
        ledger::read(body).map(Some).map_err(unreadable)
    }

    /// Writes a document, unless somebody was quicker.
    pub(super) async fn write<T: serde::Serialize>(
        &self,
        path: String,
        document: &T,
    ) -> Result<Written, OperationError> {
        let body = serde_json::to_value(document)
            .map_err(|error| OperationError::Unreadable { path: path.clone(), problem: error.to_string() })?;
        Ok(self.ledger.append(&Entry::of(path, &body)).await?)
    }

    /// Writes how it ended; the first to write it is right.
    pub(super) async fn end(
        &self,
        history: &History,
        status: OperationStatus,
    ) -> Result<OperationStatus, OperationError> {
        let path = records::ended(history.asked.id);
        match self.write(path.clone(), &status).await? {
            Written::New => Ok(status),
            Written::AlreadyThere => Ok(self.read(&path).await?.unwrap_or(status)),
        }
    }
}
