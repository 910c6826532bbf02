//! All that the ledger knows of an operation.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::records::{self, StageRecord};
use super::{Answer, Asked, OperationError, OperationId, OperationStatus, Operations};
use crate::ResourceId;
use crate::ledger::{self, Entry, Unreadable};
use crate::ports::Written;

/// What is written of an attempt, in this order. The last word counts, and the others need not be read.
const WORDS: [&str; 3] = ["claimed", "begun", "missed"];

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

    /// The attempts of a stage, each with its last word.
    pub(super) fn stage(&self, stage: usize) -> StageHistory {
        let folder = records::folder(self.asked.id);
        let mut attempts: Vec<StageRecord> = Vec::new();
        for attempt in 0.. {
            let of = |word: &str| {
                self.records.get(&format!("{folder}{stage:02}-{attempt:03}-{word}.json")).cloned()
            };
            match WORDS.into_iter().rev().find_map(of) {
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
        let listed: BTreeSet<String> = self.ledger.list(&folder).await?.into_iter().collect();
        for path in &listed {
            match path.strip_prefix(&folder) {
                Some("asked.json") | None => {}
                Some("answered.json") => answer = self.read(path).await?,
                Some("ended.json") => ended = self.read(path).await?,
                Some(_) if has_later_word(path, &listed) => {}
                Some(_) => {
                    if let Some(record) = self.read::<StageRecord>(path).await? {
                        found.insert(path.clone(), record);
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

/// Whether more was written of the attempt that a record is about.
fn has_later_word(path: &str, listed: &BTreeSet<String>) -> bool {
    let Some((attempt, last)) = path.rsplit_once('-') else { return false };
    let Some(word) = last.strip_suffix(".json") else { return false };
    let mut later = WORDS.iter().skip_while(|one| **one != word).skip(1);
    later.any(|word| listed.contains(&format!("{attempt}-{word}.json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_each_attempt_the_last_word_is_read_and_of_each_stage_its_end() {
        let names = [
            "00-000-begun.json",
            "00-000-claimed.json",
            "00-000-missed.json",
            "00-001-begun.json",
            "00-001-claimed.json",
            "00-done.json",
            "01-000-claimed.json",
        ];
        let listed: BTreeSet<String> = names.iter().map(|name| format!("operations/o-1/{name}")).collect();
        let read: Vec<&str> = listed
            .iter()
            .filter(|path| !has_later_word(path, &listed))
            .map(|path| path.trim_start_matches("operations/o-1/"))
            .collect();
        assert_eq!(read, ["00-000-missed.json", "00-001-begun.json", "00-done.json", "01-000-claimed.json"]);
    }
}
