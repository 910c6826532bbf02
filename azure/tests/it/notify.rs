//! Notifications on storage and to a topic: outboxes that two may not overwrite, a queue as an outlet, and where a token goes.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::time::{Duration, OffsetDateTime};
use holdfast_azure::{EventGridTopic, OutboxBlobs, QueueOutlet, StorageNoticeQueue, StorageOptions};
use holdfast_notify::ports::{NoticeQueue, Outboxes, Outlet};
use holdfast_notify::{Event, Outbox, OutboxKey, Source, samples};
use holdfast_simulator_storage::Storage;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::azurite::Azurite;
use crate::storage::{simulated, simulated_behind};

fn event() -> Event {
    samples(&Source::of_app("test"), Timestamp::now()).remove(0)
}

#[tokio::test]
async fn azurite_keeps_outboxes() {
    let Some(azurite) = Azurite::start().await else { return };
    an_outbox_that_somebody_else_wrote_is_not_overwritten(&azurite.options).await;
}

#[tokio::test]
async fn the_simulator_keeps_outboxes() {
    let (_storage, options) = simulated().await;
    an_outbox_that_somebody_else_wrote_is_not_overwritten(&options).await;
}

async fn an_outbox_that_somebody_else_wrote_is_not_overwritten(options: &StorageOptions) {
    let blobs = OutboxBlobs::new(options, "outboxes").unwrap();
    let key: OutboxKey = "resources/subscriptions/s/disks/ä (1)@azure-blobs".parse().unwrap();
    assert!(blobs.outbox(&key).await.unwrap().is_none());
    let outbox = Outbox::default();
    assert!(blobs.put_outbox(&key, &outbox, None).await.unwrap());
    assert!(!blobs.put_outbox(&key, &after(1), None).await.unwrap(), "somebody was quicker");
    let (read, version) = blobs.outbox(&key).await.unwrap().unwrap();
    assert_eq!(read, outbox);
    assert!(blobs.put_outbox(&key, &after(2), Some(&version)).await.unwrap());
    assert!(!blobs.put_outbox(&key, &after(3), Some(&version)).await.unwrap(), "it was written since");
}

/// An outbox after so many events.
fn after(events: u64) -> Outbox {
    serde_json::from_value(json!({ "sequence": events })).unwrap()
}

/// Storage does what it is asked for; the answer to a write on a condition is lost.
async fn losing(request: Request, next: Next) -> Response {
    let is_conditional =
        ["if-match", "if-none-match"].into_iter().any(|name| request.headers().contains_key(name));
    let is_write = request.method() == Method::PUT && is_conditional;
    let answer = next.run(request).await;
    if is_write && answer.status().is_success() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    answer
}

#[tokio::test]
async fn what_was_written_although_the_answer_was_lost_is_not_taken_for_that_of_somebody_else() {
    let (_storage, options) = simulated_behind(|router| router.layer(from_fn(losing))).await;
    let blobs = OutboxBlobs::new(&options, "outboxes").unwrap();
    let key = OutboxKey::of_coverage();
    assert!(blobs.put_outbox(&key, &after(1), None).await.unwrap());
    let (_, version) = blobs.outbox(&key).await.unwrap().unwrap();
    assert!(blobs.put_outbox(&key, &after(2), Some(&version)).await.unwrap());
    assert!(!blobs.put_outbox(&key, &after(3), Some(&version)).await.unwrap(), "it was written since");
    let (read, _) = blobs.outbox(&key).await.unwrap().unwrap();
    assert_eq!(read, after(2));
}

fn message(storage: &Storage, queue: &str) -> Value {
    let messages = storage.messages(queue);
    assert_eq!(messages.len(), 1, "{queue}");
    serde_json::from_str(&messages[0].text).unwrap()
}

#[tokio::test]
async fn an_event_is_one_message_of_plain_json() {
    let (storage, options) = simulated().await;
    let event = event();
    QueueOutlet::new(&options, "events").unwrap().send(&event).await.unwrap();
    assert_eq!(message(&storage, "events"), serde_json::to_value(&event).unwrap());
    let words = StorageNoticeQueue::new(&options, "words").unwrap();
    words.put(&OutboxKey::of_coverage(), std::time::Duration::ZERO).await.unwrap();
    assert_eq!(message(&storage, "words")["outbox"], "coverage");
}

#[derive(Debug)]
struct Tokens;

#[async_trait]
impl TokenCredential for Tokens {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new(
            format!("for {}", scopes.join(" ")),
            OffsetDateTime::now_utc() + Duration::hours(1),
        ))
    }
}

#[test]
fn no_token_goes_to_a_host_that_is_not_event_grid() {
    for host in ["example.org", "eventgrid.azure.net.example.org", "xeventgrid.azure.net"] {
        let endpoint = format!("https://{host}/api/events").parse().unwrap();
        let refused = EventGridTopic::new(endpoint, Arc::new(Tokens), false).err().unwrap().to_string();
        assert!(refused.contains(host) && refused.contains(".eventgrid.azure.net/api/events"), "{refused}");
    }
    let endpoint = "https://t.westeurope-1.eventgrid.azure.net/api/events".parse().unwrap();
    assert!(EventGridTopic::new(endpoint, Arc::new(Tokens), false).is_ok());
}

type Seen = Arc<Mutex<Vec<(Uri, HeaderMap, String)>>>;

async fn topic() -> (EventGridTopic, Seen) {
    let seen = Seen::default();
    let publish = |State(seen): State<Seen>, uri: Uri, headers: HeaderMap, body: String| async move {
        let mut seen = seen.lock().unwrap();
        seen.push((uri, headers, body));
        if seen.len() == 1 { StatusCode::UNAUTHORIZED } else { StatusCode::OK }
    };
    let router = Router::new().fallback(publish).with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}/api/events", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (EventGridTopic::new(endpoint.parse().unwrap(), Arc::new(Tokens), true).unwrap(), seen)
}

#[tokio::test]
async fn an_event_is_published_as_event_grid_takes_it() {
    let (topic, seen) = topic().await;
    let event = event();
    let refused = topic.send(&event).await.unwrap_err();
    assert!(refused.problem.contains("401") && refused.problem.contains("role"), "{refused}");
    topic.send(&event).await.unwrap();
    let seen = seen.lock().unwrap();
    let (uri, headers, body) = &seen[1];
    // Official: Event Grid, "publish events to a custom topic with CloudEvents", api-version 2018-01-01.
    assert_eq!(uri.to_string(), "/api/events?api-version=2018-01-01");
    assert_eq!(headers["content-type"], "application/cloudevents+json; charset=utf-8");
    assert_eq!(headers["authorization"], "Bearer for https://eventgrid.azure.net/.default");
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), serde_json::to_value(&event).unwrap());
}
