//! The storage account: its state and the routers that serve it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;

use crate::blob::Containers;
use crate::clock::Clock;
use crate::limits::Limits;
use crate::queue::Queues;
use crate::{ACCOUNT_KEY, ACCOUNT_NAME};
use crate::{authentication, blob, limits, queue, reply};

/// Largest request body that is read, in bytes: far above anything Holdfast writes, far below Azure's own limit.
const BODY_LIMIT: usize = 256 * 1024 * 1024;

/// One storage account, `devstoreaccount1`, held in memory. Clones share the state.
#[derive(Clone, Debug)]
pub struct Storage {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    queues: Mutex<Queues>,
    containers: Mutex<Containers>,
    limits: Mutex<Limits>,
    clock: Clock,
}

impl Storage {
    /// An empty account whose delays last as long as Azure's.
    pub fn new() -> Self {
        Self::with_clock(Clock::new(1.0))
    }

    /// An empty account whose messages are hidden and expire by `clock`.
    pub fn with_clock(clock: Clock) -> Self {
        let (queues, containers, limits) = Default::default();
        Self { inner: Arc::new(Inner { queues, containers, limits, clock }) }
    }

    /// Both services: blobs under `/blob/devstoreaccount1`, queues under `/queue/devstoreaccount1`.
    pub fn router(&self) -> Router {
        Router::new().nest("/blob", self.blob_router()).nest("/queue", self.queue_router())
    }

    /// The Blob service at `/{account}/...`; nest it under any path, which then belongs to the signed resource.
    pub fn blob_router(&self) -> Router {
        let limited = middleware::from_fn_with_state(self.clone(), limits::require);
        guarded(blob::routes().layer(limited)).with_state(self.clone())
    }

    /// The Queue service at `/{account}/...`; nest it under any path, which then belongs to the signed resource.
    pub fn queue_router(&self) -> Router {
        guarded(queue::routes()).with_state(self.clone())
    }

    /// The connection string under which clients reach [`Self::router`] at `origin`, such as `http://127.0.0.1:10000`.
    pub fn connection_string(origin: &str) -> String {
        let origin = origin.trim_end_matches('/');
        format!(
            "DefaultEndpointsProtocol=http;AccountName={ACCOUNT_NAME};AccountKey={ACCOUNT_KEY};\
             BlobEndpoint={origin}/blob/{ACCOUNT_NAME};QueueEndpoint={origin}/queue/{ACCOUNT_NAME};"
        )
    }

    pub(crate) fn queues(&self) -> MutexGuard<'_, Queues> {
        unpoisoned(&self.inner.queues)
    }

    pub(crate) fn containers(&self) -> MutexGuard<'_, Containers> {
        unpoisoned(&self.inner.containers)
    }

    pub(crate) fn limits(&self) -> MutexGuard<'_, Limits> {
        unpoisoned(&self.inner.limits)
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self::new()
    }
}

fn guarded(routes: Router<Storage>) -> Router<Storage> {
    routes
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(authentication::require))
        .layer(middleware::from_fn(reply::add_service_headers))
}

/// A panic while the lock was held fails its own request; it must not fail all later ones.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
