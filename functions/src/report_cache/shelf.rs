//! Runs and what is kept beside them, for tests: in memory, with writes that fail.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use async_trait::async_trait;
use holdfast_protection::ports::StorageError;
use holdfast_protection::sweep::{
    Arrival, Finished, Line, ReportShelf, Run, Summary, SweepPage, SweepShelf, Version,
};
use jiff::Timestamp;
use serde_json::json;

/// Pages by number, and what is kept beside them by name.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(super) pages: Mutex<HashMap<u32, String>>,
    pub(super) kept: Mutex<HashMap<String, String>>,
    /// Names that were kept, in order.
    pub(super) writes: Mutex<Vec<String>>,
    /// The write that fails, if one does.
    pub(super) fails: Mutex<Option<usize>>,
}

impl Shelf {
    /// What is kept under each name, in order.
    pub(super) fn all_kept(&self) -> BTreeMap<String, String> {
        self.kept.lock().unwrap().clone().into_iter().collect()
    }
}

#[async_trait]
impl SweepShelf for Shelf {
    async fn run(&self) -> Result<Option<(Run, Version)>, StorageError> {
        Ok(None)
    }

    async fn put_run(&self, _: &Run, _: Option<&Version>) -> Result<bool, StorageError> {
        Ok(false)
    }

    async fn put_page(&self, _: &str, number: u32, text: String) -> Result<(), StorageError> {
        self.pages.lock().unwrap().insert(number, text);
        Ok(())
    }

    async fn page(&self, _: &str, number: u32) -> Result<Option<String>, StorageError> {
        Ok(self.pages.lock().unwrap().get(&number).cloned())
    }

    async fn put_summary(&self, _: &Summary) -> Result<(), StorageError> {
        Ok(())
    }

    async fn summary(&self, _: &str) -> Result<Option<Summary>, StorageError> {
        Ok(None)
    }

    async fn finished(&self) -> Result<Vec<String>, StorageError> {
        Ok(Vec::new())
    }

    async fn remove(&self, _: &str) -> Result<(), StorageError> {
        Ok(())
    }

    async fn put_ended(&self, _: Timestamp, _: &Line) -> Result<(), StorageError> {
        Ok(())
    }

    async fn forget_ended(&self, _: Timestamp) -> Result<(), StorageError> {
        Ok(())
    }

    async fn ended(&self, _: Timestamp) -> Result<Vec<Line>, StorageError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl ReportShelf for Shelf {
    async fn kept(&self, name: &str) -> Result<Option<String>, StorageError> {
        Ok(self.kept.lock().unwrap().get(name).cloned())
    }

    async fn keep(&self, name: &str, text: String) -> Result<(), StorageError> {
        let mut writes = self.writes.lock().unwrap();
        let is_lost = *self.fails.lock().unwrap() == Some(writes.len());
        writes.push(name.to_owned());
        if is_lost {
            return Err(StorageError { action: format!("keep `{name}`"), detail: "lost".to_owned() });
        }
        self.kept.lock().unwrap().insert(name.to_owned(), text);
        Ok(())
    }

    async fn put_arrival(&self, _: Timestamp, _: &Arrival) -> Result<(), StorageError> {
        Ok(())
    }

    async fn arrivals(&self, _: Timestamp) -> Result<Vec<Arrival>, StorageError> {
        Ok(Vec::new())
    }
}

/// A page with one disk that nothing protects, and that rule `new` in shadow would decide otherwise.
pub(super) fn page(name: &str) -> String {
    let resource = format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/{name}");
    let line = json!({ "resource": resource, "workload": "azure-disks", "outcome": "unprotected", "decision": "1a2b",
        "reason": "", "rules": [], "location": "westeurope", "shadows": ["new"] });
    let lines = vec![serde_json::from_value(line).unwrap()];
    SweepPage { last: resource, is_gone: false, lines }.text()
}

/// A run that ended with this many pages.
pub(super) fn finished(run: &str, ended: &str, pages: u32) -> Finished {
    Finished { run: run.to_owned(), pages, seen: u64::from(pages), ended: ended.parse().unwrap() }
}
