//! Queues under `azure_storage_queue`.

use std::collections::HashMap;

use anyhow::Result;
use azure_core::error::ErrorKind;
use azure_storage_queue::QueueClient;
use azure_storage_queue::models::{
    QueueClientGetPropertiesResultHeaders, QueueClientPeekMessagesOptions, QueueClientReceiveMessagesOptions,
    QueueClientSendMessageOptions, QueueClientUpdateMessageOptions, QueueMessage, ReceivedMessage,
};
use futures::TryStreamExt;

use crate::server::Server;

/// What Azure's error code is in an error of the official crates.
pub(crate) fn code<T>(result: azure_core::Result<T>) -> String {
    let error = result.err().map(|error| error.kind().clone());
    match error {
        Some(ErrorKind::HttpResponse { status, error_code, .. }) => {
            format!("{} {}", u16::from(status), error_code.unwrap_or_default())
        }
        other => panic!("expected an error reply, got {other:?}"),
    }
}

async fn send(queue: &QueueClient, text: &str, visibility_timeout: Option<i32>) -> Result<()> {
    let message = QueueMessage { message_text: Some(text.to_owned()) };
    let options = QueueClientSendMessageOptions { visibility_timeout, ..Default::default() };
    queue.send_message(message.try_into()?, Some(options)).await?;
    Ok(())
}

async fn receive(queue: &QueueClient, visibility_timeout: i32) -> Result<Vec<ReceivedMessage>> {
    let options = QueueClientReceiveMessagesOptions {
        number_of_messages: Some(32),
        visibility_timeout: Some(visibility_timeout),
        ..Default::default()
    };
    let received = queue.receive_messages(Some(options)).await?.into_model()?;
    Ok(received.items.unwrap_or_default())
}

#[tokio::test]
async fn a_message_lives_from_send_to_delete() -> Result<()> {
    let server = Server::start(1.0).await;
    let queue = server.queues().queue_client("work")?;
    queue.create(None).await?;
    let text = "  <b>\"Grüße\" & 'co'</b>\n";
    send(&queue, text, None).await?;
    let received = receive(&queue, 30).await?;
    assert_eq!(received.len(), 1);
    let message = &received[0];
    assert_eq!(message.message_text.as_deref(), Some(text));
    assert_eq!(message.dequeue_count, Some(1));
    assert!(message.time_next_visible > message.insertion_time);
    assert!(receive(&queue, 30).await?.is_empty());
    let (id, receipt) = (message.message_id.clone().unwrap(), message.pop_receipt.clone().unwrap());
    assert_eq!(code(queue.delete_message(&id, "stale", None).await), "400 PopReceiptMismatch");
    queue.delete_message(&id, &receipt, None).await?;
    assert_eq!(code(queue.delete_message(&id, &receipt, None).await), "404 MessageNotFound");
    assert!(server.storage.messages("work").is_empty());
    Ok(())
}

#[tokio::test]
async fn a_delayed_message_is_seen_when_its_time_has_come() -> Result<()> {
    let server = Server::start_at_rest().await;
    let queue = server.queues().queue_client("work")?;
    queue.create(None).await?;
    send(&queue, "later", Some(10)).await?;
    assert!(receive(&queue, 30).await?.is_empty());
    server.pass(9);
    assert!(receive(&queue, 30).await?.is_empty());
    server.pass(1);
    assert_eq!(receive(&queue, 30).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_lock_lapses_and_the_count_rises() -> Result<()> {
    let server = Server::start_at_rest().await;
    let queue = server.queues().queue_client("work")?;
    queue.create(None).await?;
    send(&queue, "m", None).await?;
    let first = receive(&queue, 10).await?;
    server.pass(9);
    assert!(receive(&queue, 10).await?.is_empty());
    server.pass(1);
    let second = receive(&queue, 10).await?;
    assert_eq!(second[0].dequeue_count, Some(2));
    let (id, stale) = (first[0].message_id.clone().unwrap(), first[0].pop_receipt.clone().unwrap());
    assert_eq!(code(queue.delete_message(&id, &stale, None).await), "400 PopReceiptMismatch");
    Ok(())
}

#[tokio::test]
async fn update_changes_text_and_visibility() -> Result<()> {
    let server = Server::start(1.0).await;
    let queue = server.queues().queue_client("work")?;
    queue.create(None).await?;
    send(&queue, "before", None).await?;
    let message = receive(&queue, 600).await?.remove(0);
    let options = QueueClientUpdateMessageOptions {
        queue_message: Some(QueueMessage { message_text: Some("after".into()) }.try_into()?),
        ..Default::default()
    };
    let (id, receipt) = (message.message_id.unwrap(), message.pop_receipt.unwrap());
    queue.update_message(&id, &receipt, 0, Some(options)).await?;
    let again = receive(&queue, 600).await?;
    assert_eq!(again[0].message_text.as_deref(), Some("after"));
    assert_eq!(again[0].dequeue_count, Some(2));
    Ok(())
}

#[tokio::test]
async fn peek_changes_nothing_and_clear_removes_all() -> Result<()> {
    let server = Server::start(1.0).await;
    let queue = server.queues().queue_client("work")?;
    queue.create(None).await?;
    for text in ["a", "b", "c"] {
        send(&queue, text, None).await?;
    }
    send(&queue, "hidden", Some(60)).await?;
    let options = QueueClientPeekMessagesOptions { number_of_messages: Some(32), ..Default::default() };
    let peeked = queue.peek_messages(Some(options)).await?.into_model()?.items.unwrap_or_default();
    let texts: Vec<_> = peeked.iter().filter_map(|message| message.message_text.as_deref()).collect();
    assert_eq!(texts, ["a", "b", "c"]);
    assert_eq!(queue.get_properties(None).await?.approximate_messages_count()?, Some(4));
    queue.clear(None).await?;
    assert_eq!(queue.get_properties(None).await?.approximate_messages_count()?, Some(0));
    Ok(())
}

#[tokio::test]
async fn queues_are_made_listed_described_and_removed() -> Result<()> {
    let server = Server::start(1.0).await;
    let service = server.queues();
    let queue = service.queue_client("work")?;
    assert_eq!(u16::from(queue.create(None).await?.status()), 201);
    assert_eq!(u16::from(queue.create(None).await?.status()), 204);
    let metadata = HashMap::from([("owner".to_owned(), "ops".to_owned())]);
    queue.set_metadata(&metadata, None).await?;
    assert_eq!(queue.get_properties(None).await?.metadata()?, metadata);
    assert_eq!(code(queue.create(None).await), "409 QueueAlreadyExists");
    service.queue_client("other")?.create(None).await?;
    let names: Vec<_> = service.list_queues(None)?.try_collect::<Vec<_>>().await?;
    let names: Vec<_> = names.into_iter().filter_map(|queue| queue.name).collect();
    assert_eq!(names, ["other", "work"]);
    queue.delete(None).await?;
    assert_eq!(code(queue.delete(None).await), "404 QueueNotFound");
    assert_eq!(code(queue.receive_messages(None).await), "404 QueueNotFound");
    assert_eq!(code(service.queue_client("No_Such")?.create(None).await), "400 InvalidResourceName");
    Ok(())
}

#[tokio::test]
async fn refuses_what_is_out_of_bounds() -> Result<()> {
    let server = Server::start(1.0).await;
    let queue = server.queues().queue_client("work")?;
    queue.create(None).await?;
    let options = QueueClientReceiveMessagesOptions { number_of_messages: Some(33), ..Default::default() };
    assert_eq!(code(queue.receive_messages(Some(options)).await), "400 OutOfRangeQueryParameterValue");
    let long = QueueMessage { message_text: Some("x".repeat(64 * 1024 + 1)) };
    assert_eq!(code(queue.send_message(long.try_into()?, None).await), "413 RequestBodyTooLarge");
    let message = QueueMessage { message_text: Some("x".into()) };
    let options = QueueClientSendMessageOptions {
        visibility_timeout: Some(60),
        message_time_to_live: Some(60),
        ..Default::default()
    };
    let refused = queue.send_message(message.try_into()?, Some(options)).await;
    assert_eq!(code(refused), "400 InvalidQueryParameterValue");
    Ok(())
}
