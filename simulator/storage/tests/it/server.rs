//! A served storage account on a free port, and the official clients for it.

use azure_core::http::Url;
use azure_storage_blob::{BlobServiceClient, BlobServiceClientOptions};
use azure_storage_queue::{QueueServiceClient, QueueServiceClientOptions};
use holdfast_simulator_storage::{Clock, Storage};
use jiff::{Timestamp, ToSpan};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::shared_key;

pub(crate) struct Server {
    pub(crate) storage: Storage,
    pub(crate) origin: String,
    clock: Clock,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(speed: f64) -> Self {
        Self::start_by(Clock::new(speed)).await
    }

    /// A server whose time passes only when the test says so.
    pub(crate) async fn start_at_rest() -> Self {
        Self::start_by(Clock::frozen_at(Timestamp::now(), 1.0)).await
    }

    async fn start_by(clock: Clock) -> Self {
        let storage = Storage::with_clock(clock.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = storage.router();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { storage, origin, clock, task }
    }

    /// Lets so many seconds pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.move_to(self.clock.now() + seconds.seconds());
    }

    pub(crate) fn queues(&self) -> QueueServiceClient {
        let options =
            QueueServiceClientOptions { client_options: shared_key::client_options(), ..Default::default() };
        QueueServiceClient::new(self.url("queue"), None, Some(options)).unwrap()
    }

    pub(crate) fn blobs(&self) -> BlobServiceClient {
        let options =
            BlobServiceClientOptions { client_options: shared_key::client_options(), ..Default::default() };
        BlobServiceClient::new(self.url("blob"), None, Some(options)).unwrap()
    }

    fn url(&self, service: &str) -> Url {
        format!("{}/{service}/devstoreaccount1", self.origin).parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
