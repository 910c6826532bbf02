//! What a run keeps and puts to work, in memory.

use super::*;

/// The sweep's store in memory.
#[derive(Debug, Default)]
pub(in crate::faults) struct Shelf(Mutex<Stored>);

#[derive(Debug, Default)]
struct Stored {
    run: Option<SweepRun>,
    version: u64,
    pages: BTreeMap<(String, u32), String>,
    /// Bytes of the largest step that was stored.
    largest: usize,
}

#[async_trait]
impl SweepShelf for Shelf {
    async fn run(&self) -> Result<Option<(SweepRun, Version)>, StorageError> {
        let stored = self.0.lock().unwrap();
        Ok(stored.run.clone().map(|run| (run, Version(stored.version.to_string()))))
    }

    async fn put_run(&self, run: &SweepRun, version: Option<&Version>) -> Result<bool, StorageError> {
        let mut stored = self.0.lock().unwrap();
        let known = version.map(|version| version.0.clone());
        if known != stored.run.as_ref().map(|_| stored.version.to_string()) {
            return Ok(false);
        }
        stored.version += 1;
        let size = run.step.as_ref().map_or(0, |step| step.text().len());
        stored.largest = stored.largest.max(size);
        // As it is stored: what a later version could not read would show here.
        stored.run = Some(serde_json::from_value(json!(run)).unwrap());
        Ok(true)
    }

    async fn put_page(&self, run: &str, number: u32, text: String) -> Result<(), StorageError> {
        self.0.lock().unwrap().pages.insert((run.to_owned(), number), text);
        Ok(())
    }

    async fn page(&self, run: &str, number: u32) -> Result<Option<String>, StorageError> {
        Ok(self.0.lock().unwrap().pages.get(&(run.to_owned(), number)).cloned())
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

impl Shelf {
    pub(super) fn largest_step(&self) -> usize {
        self.0.lock().unwrap().largest
    }
}

/// The sweep's queue in memory.
#[derive(Debug, Default)]
pub(super) struct Steps(pub(super) Mutex<Vec<Step>>);

#[async_trait]
impl SweepQueue for Steps {
    async fn put(&self, step: &Step, _: Duration) -> Result<(), StorageError> {
        self.0.lock().unwrap().push(Step::read(&step.text()).unwrap());
        Ok(())
    }
}

impl Steps {
    pub(super) fn take(&self) -> Option<Step> {
        let mut steps = self.0.lock().unwrap();
        (!steps.is_empty()).then(|| steps.remove(0))
    }
}

/// What is put on the work queue.
#[derive(Debug, Default)]
pub(in crate::faults) struct Work(pub(in crate::faults) Mutex<Vec<WorkItem>>);

#[async_trait]
impl WorkQueue for Work {
    async fn put(&self, item: &WorkItem, _: Duration) -> Result<(), StorageError> {
        self.0.lock().unwrap().push(item.clone());
        Ok(())
    }

    async fn waiting(&self) -> Result<u64, StorageError> {
        Ok(self.0.lock().unwrap().len() as u64)
    }
}
