//! Storage that fails at one call of a run.

use super::*;

/// Storage that fails at one call, before it did anything or after.
pub(super) struct Fuse {
    pub(super) left: Mutex<u32>,
    pub(super) after: bool,
}

impl Fuse {
    pub(super) async fn through<T>(
        &self,
        call: impl Future<Output = Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
        let blows = {
            let mut left = self.left.lock().unwrap();
            *left = left.wrapping_sub(1);
            *left == u32::MAX
        };
        let error = || StorageError { action: "ask".to_owned(), detail: "the process died".to_owned() };
        if blows && !self.after {
            return Err(error());
        }
        let done = call.await;
        if blows { Err(error()) } else { done }
    }
}

pub(super) struct Fused<'a, T>(pub(super) &'a T, pub(super) &'a Fuse);

#[async_trait]
impl SweepShelf for Fused<'_, Shelf> {
    async fn run(&self) -> Result<Option<(SweepRun, Version)>, StorageError> {
        self.1.through(self.0.run()).await
    }

    async fn put_run(&self, run: &SweepRun, version: Option<&Version>) -> Result<bool, StorageError> {
        self.1.through(self.0.put_run(run, version)).await
    }

    async fn put_page(&self, run: &str, number: u32, text: String) -> Result<(), StorageError> {
        self.1.through(self.0.put_page(run, number, text)).await
    }

    async fn page(&self, run: &str, number: u32) -> Result<Option<String>, StorageError> {
        self.1.through(self.0.page(run, number)).await
    }

    async fn put_summary(&self, summary: &Summary) -> Result<(), StorageError> {
        self.1.through(self.0.put_summary(summary)).await
    }

    async fn summary(&self, run: &str) -> Result<Option<Summary>, StorageError> {
        self.0.summary(run).await
    }

    async fn finished(&self) -> Result<Vec<String>, StorageError> {
        self.0.finished().await
    }

    async fn remove(&self, run: &str) -> Result<(), StorageError> {
        self.0.remove(run).await
    }

    async fn put_ended(&self, at: Timestamp, line: &Line) -> Result<(), StorageError> {
        self.0.put_ended(at, line).await
    }

    async fn forget_ended(&self, before: Timestamp) -> Result<(), StorageError> {
        self.0.forget_ended(before).await
    }

    async fn ended(&self, at: Timestamp) -> Result<Vec<Line>, StorageError> {
        self.0.ended(at).await
    }
}

#[async_trait]
impl SweepQueue for Fused<'_, Steps> {
    async fn put(&self, step: &Step, delay: Duration) -> Result<(), StorageError> {
        self.1.through(self.0.put(step, delay)).await
    }
}

#[async_trait]
impl WorkQueue for Fused<'_, Work> {
    async fn put(&self, item: &WorkItem, delay: Duration) -> Result<(), StorageError> {
        self.1.through(self.0.put(item, delay)).await
    }

    async fn waiting(&self) -> Result<u64, StorageError> {
        self.1.through(self.0.waiting()).await
    }
}
