//! The ledger and the queue against Azurite, and against the simulator alike.

use std::time::{Duration, Instant};

use axum::Router;
use azure_core::http::RequestContent;
use azure_storage_queue::models::QueueClientReceiveMessagesOptions;
use futures::{StreamExt, TryStreamExt};
use holdfast_azure::{BlobLedger, BlobShelf, DeadLetters, PoisonQueue, StorageOptions, StorageQueue};
use holdfast_protection::ledger::Entry;
use holdfast_protection::lifecycle::PolicyMove;
use holdfast_protection::operation::OperationUrl;
use holdfast_protection::ports::{Ledger, RuleShelf, UndeliveredInputs, WorkQueue, Written};
use holdfast_protection::work::{Cause, LARGEST, Pending, Underway, WorkItem};
use holdfast_protection::workload::Restated;
use holdfast_simulator_storage::Storage;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::azurite::{Azurite, options};

#[tokio::test]
async fn azurite_serves_ledger_and_queue() {
    let Some(azurite) = Azurite::start().await else { return };
    ledger_keeps_its_promises(&azurite.options).await;
    queue_keeps_its_promises(&azurite.options).await;
}

#[tokio::test]
async fn the_simulator_serves_ledger_and_queue() {
    let (_, options) = simulated().await;
    ledger_keeps_its_promises(&options).await;
    queue_keeps_its_promises(&options).await;
    let forged = "AccountName=devstoreaccount1;AccountKey=c2VjcmV0;";
    let text = format!(
        "{forged}BlobEndpoint={};QueueEndpoint={}",
        options.blob_endpoint(),
        options.queue_endpoint()
    );
    let forged = StorageOptions::from_settings("AzureWebJobsStorage", |_| Some(text.clone())).unwrap();
    let error = BlobLedger::new(&forged, BlobLedger::NAME).unwrap().list("").await.unwrap_err();
    assert!(error.detail.starts_with("403 ") && error.detail.contains("check the account key"), "{error}");
    assert!(!error.detail.contains("<?xml"), "{error}");
}

#[tokio::test]
async fn a_closed_port_is_named() {
    let closed = options("127.0.0.1:1", "127.0.0.1:1");
    let error = BlobLedger::new(&closed, "ledger").unwrap().read("x.json").await.unwrap_err().to_string();
    assert!(error.starts_with("could not read ledger entry `x.json`: "), "{error}");
}

fn document(path: &str) -> Value {
    json!({ "path": path, "text": "ü <&> \"quoted\"" })
}

fn entry(path: &str) -> Entry {
    Entry { path: path.to_owned(), body: document(path).to_string() }
}

async fn ledger_keeps_its_promises(options: &StorageOptions) {
    let ledger = BlobLedger::new(options, BlobLedger::NAME).unwrap().with_page(3);
    assert_eq!(ledger.list("").await.unwrap(), Vec::<String>::new(), "no container yet");
    assert_eq!(ledger.read("resources/x.json").await.unwrap(), None);

    let paths: Vec<String> = (0..8)
        .map(|n| format!("resources/subscriptions/s/resourcegroups/a (b) ü/disks/d/2026-{n}.json"))
        .collect();
    for path in paths.iter().rev() {
        assert_eq!(ledger.append(&entry(path)).await.unwrap(), Written::New, "{path}");
    }
    ledger.append(&entry("rejected/queue/1.json")).await.unwrap();

    let mut other = entry(paths.first().unwrap());
    other.body = "\"another\"".to_owned();
    assert_eq!(ledger.append(&other).await.unwrap(), Written::AlreadyThere);
    assert_eq!(ledger.read(&other.path).await.unwrap(), Some(document(&other.path)), "it stayed as it was");
    assert_eq!(ledger.list("resources/").await.unwrap(), paths, "three pages, in order");
    assert_eq!(ledger.list("rejected/").await.unwrap(), ["rejected/queue/1.json"]);
    assert_eq!(ledger.list("nothing/").await.unwrap(), Vec::<String>::new());
}

async fn queue_keeps_its_promises(options: &StorageOptions) {
    let queue = StorageQueue::new(options, StorageQueue::NAME).unwrap();
    let item = |name: &str| {
        let id = format!("/subscriptions/s/resourceGroups/a & b/providers/Microsoft.Compute/disks/{name}");
        WorkItem::new(
            id.parse().unwrap(),
            Cause::Event { id: "<&\"ü>".to_owned(), by: None },
            "2026-11-21T00:00:00Z".parse().unwrap(),
        )
    };
    // Storage takes 64 KiB; an item may lose what was pending.
    let names = (0..5000).map(|number| format!("container-{number:05}")).collect();
    let id = item("large").resource;
    let change = Box::new(PolicyMove {
        restated: Restated { containers: Some(names), ..Restated::default() },
        ..PolicyMove::to(id.clone(), id)
    });
    let operation = OperationUrl("https://management.azure.com/o/1".to_owned());
    let pending = Pending::Operation { operation, on: Underway::Moving { change } };
    let large = WorkItem { pending: Some(pending), ..item("large") };
    queue.put(&large, Duration::ZERO).await.unwrap();
    assert_eq!(receive(options).await, [item("large")]);
    let endless = Cause::Event { id: "e".repeat(LARGEST), by: None };
    let refused =
        queue.put(&WorkItem { cause: endless, ..item("endless") }, Duration::ZERO).await.unwrap_err();
    assert!(refused.detail.contains("has room for 65536"), "{refused}");

    let begun = Instant::now();
    queue.put(&item("now"), Duration::ZERO).await.unwrap();
    queue.put(&item("later"), Duration::from_millis(1500)).await.unwrap();
    let mut received = receive(options).await;
    while received.len() < 2 && begun.elapsed() < Duration::from_secs(60) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        received.extend(receive(options).await);
    }
    assert_eq!(received, [item("now"), item("later")]);
    assert!(begun.elapsed() >= Duration::from_millis(1400), "{:?}", begun.elapsed());
}

/// Takes what is visible, with the official client alone, as the Functions host would.
async fn receive(options: &StorageOptions) -> Vec<WorkItem> {
    let client = options.queue_client(StorageQueue::NAME).unwrap();
    let wanted = QueueClientReceiveMessagesOptions { number_of_messages: Some(32), ..Default::default() };
    let received = client.receive_messages(Some(wanted)).await.unwrap().into_model().unwrap();
    let messages = received.items.unwrap_or_default().into_iter();
    messages
        .map(|message| WorkItem::read(&message.message_text.unwrap(), Timestamp::UNIX_EPOCH).unwrap().item)
        .collect()
}

/// A simulated account, and how to reach it.
pub(crate) async fn simulated() -> (Storage, StorageOptions) {
    simulated_behind(|router| router).await
}

/// The same behind something else.
pub(crate) async fn simulated_behind(around: impl FnOnce(Router) -> Router) -> (Storage, StorageOptions) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let storage = Storage::new();
    let router = around(storage.router());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (storage, options(&format!("{address}/blob"), &format!("{address}/queue")))
}

#[tokio::test]
async fn the_right_to_read_and_to_add_is_enough_for_what_is_recorded() {
    let (storage, options) = simulated().await;
    assert!(storage.let_only_add(BlobLedger::NAME) && storage.let_only_add(BlobShelf::NAME));
    ledger_keeps_its_promises(&options).await;

    let shelf = BlobShelf::new(&options, BlobShelf::NAME).unwrap();
    // More than the SDK would send in one piece by itself.
    let large = vec![7; 9 * 1024 * 1024];
    for written in [Written::New, Written::AlreadyThere] {
        assert_eq!(shelf.put("files/large", large.clone()).await.unwrap(), written);
    }
    assert_eq!(shelf.get("files/large").await.unwrap().map(|bytes| bytes.len()), Some(large.len()));
    assert_eq!(shelf.list("files/").await.unwrap(), ["files/large"]);

    // What these rights do not let anybody do.
    let blob = options.container_client(BlobShelf::NAME).unwrap().blob_client("files/large");
    let code = |error: azure_core::Error| error.http_status().map(u16::from);
    let overwritten =
        blob.block_blob_client().upload(RequestContent::from(b"other".to_vec()), None).await.map(drop);
    assert_eq!(overwritten.map_err(code), Err(Some(403)));
    assert_eq!(blob.delete(None).await.map(drop).map_err(code), Err(Some(403)));
    let other = BlobLedger::new(&options, "another").unwrap();
    assert_eq!(
        other.append(&entry("a.json")).await.unwrap(),
        Written::New,
        "other containers are not limited"
    );
}

#[tokio::test]
async fn a_dead_letter_that_cannot_be_read_hides_no_other() {
    let (storage, options) = simulated().await;
    let letters = DeadLetters::new(&options).unwrap();
    assert_eq!(letters.all().count().await, 0, "no container yet");
    for number in 0..80 {
        let path = format!("T/{number:02}.json");
        storage.put_blob(DeadLetters::NAME, &path, format!("[{number}]"), "application/json");
        if number < 40 {
            storage.archive(DeadLetters::NAME, &path);
        }
    }
    let all: Vec<_> = letters.all().collect().await;
    let (read, failed): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
    assert_eq!((read.len(), failed.len()), (40, 40));
    let error = failed.into_iter().find_map(Result::err).unwrap().to_string();
    assert!(error.contains("dead letter `T/") && error.contains("BlobArchived"), "{error}");
    for letter in read.into_iter().map(Result::unwrap) {
        letters.dealt_with(&letter).await.unwrap();
        letters.dealt_with(&letter).await.unwrap();
    }
    assert_eq!(storage.blob_names(DeadLetters::NAME).len(), 40);
}

#[tokio::test]
async fn the_whole_poison_queue_is_taken_in_pieces() {
    let (storage, options) = simulated().await;
    let poison = PoisonQueue::of(&options, "work").unwrap();
    assert_eq!(poison.all().count().await, 0, "no queue yet");
    for number in 0..70 {
        assert!(storage.put_message("work-poison", number.to_string()));
    }
    let messages: Vec<_> = poison.all().try_collect().await.unwrap();
    let mut numbers: Vec<u32> = messages.iter().map(|message| message.text.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..70));
    for message in &messages {
        poison.dealt_with(message).await.unwrap();
    }
    assert!(storage.messages("work-poison").is_empty());
    let closed = PoisonQueue::of(&crate::azurite::options("127.0.0.1:1", "127.0.0.1:1"), "work").unwrap();
    let broken: Vec<_> = closed.all().collect().await;
    assert!(matches!(broken.as_slice(), [Err(_)]), "it ends with the error: {broken:?}");
}
