//! The Queue service's REST operations.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Creation, Handle, Lifetime, Message};
use crate::Storage;
use crate::error::{Code, StorageError};
use crate::name::ResourceName;
use crate::parameters::Parameters;
use crate::reply::{self, http_date};
use crate::xml::Document;

/// Seven days, in seconds: the longest delay and the default lifetime.
const WEEK: u32 = 7 * 24 * 60 * 60;
/// Seconds for which a received message is hidden if the receiver does not say.
const DEFAULT_HIDING: u32 = 30;
/// Most messages in one receive.
const MOST_MESSAGES: i64 = 32;
/// Longest message text, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;

type Reply = Result<Response, StorageError>;

/// The operations at `/{account}/...`.
pub(crate) fn routes() -> Router<Storage> {
    Router::new()
        .route("/{account}", get(list_queues))
        .route("/{account}/", get(list_queues))
        .route("/{account}/{queue}", put(put_queue).delete(delete_queue).get(queue_properties))
        .route("/{account}/{queue}/messages", get(get_messages).post(put_message).delete(clear_messages))
        .route("/{account}/{queue}/messages/{message}", put(update_message).delete(delete_message))
        .fallback(async || StorageError::from(Code::InvalidUri))
        .method_not_allowed_fallback(async || StorageError::from(Code::NotImplemented))
}

async fn list_queues(State(storage): State<Storage>, parameters: Parameters) -> Reply {
    if parameters.text("comp") != Some("list") {
        return Err(Code::NotImplemented.because("the account answers comp=list only"));
    }
    let prefix = parameters.text("prefix").unwrap_or_default();
    let marker = parameters.text("marker").unwrap_or_default();
    let limit = parameters.number("maxresults", 1..=5000)?.unwrap_or(5000);
    let show_metadata = parameters.text("include") == Some("metadata");
    let mut document = Document::new("EnumerationResults");
    document.text("Prefix", prefix);
    let queues = storage.queues();
    let first = prefix.max(marker);
    let mut matching = queues.beginning_with(first).take_while(|(name, _)| name.as_str().starts_with(prefix));
    document.element("Queues", |document| {
        for (name, queue) in matching.by_ref().take(usize::try_from(limit).unwrap_or(usize::MAX)) {
            document.element("Queue", |document| {
                document.text("Name", name.as_str());
                if show_metadata {
                    document.metadata(&queue.metadata);
                }
            });
        }
    });
    document.text("NextMarker", matching.next().map_or("", |(name, _)| name.as_str()));
    Ok(document.into_reply(StatusCode::OK))
}

async fn put_queue(
    State(storage): State<Storage>,
    Path((_, queue)): Path<(String, String)>,
    parameters: Parameters,
    headers: HeaderMap,
) -> Reply {
    let name = ResourceName::parse(&queue)?;
    let metadata = reply::read_metadata(&headers)?;
    let status = match parameters.text("comp") {
        None => match storage.queues().create(name, metadata)? {
            Creation::Created => StatusCode::CREATED,
            Creation::Unchanged => StatusCode::NO_CONTENT,
        },
        Some("metadata") => {
            storage.queues().get(&name)?.metadata = metadata;
            StatusCode::NO_CONTENT
        }
        Some(other) => return Err(Code::NotImplemented.because(format!("comp={other}"))),
    };
    Ok(status.into_response())
}

async fn delete_queue(State(storage): State<Storage>, Path((_, queue)): Path<(String, String)>) -> Reply {
    storage.queues().delete(&ResourceName::parse(&queue)?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn queue_properties(
    State(storage): State<Storage>,
    Path((_, queue)): Path<(String, String)>,
    parameters: Parameters,
) -> Reply {
    if parameters.required("comp")? != "metadata" {
        return Err(Code::NotImplemented.because("a queue answers comp=metadata only"));
    }
    let name = ResourceName::parse(&queue)?;
    let mut queues = storage.queues();
    let queue = queues.get(&name)?;
    let count = queue.messages.count(storage.clock().now());
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    reply::write_metadata(headers, &queue.metadata);
    reply::set(headers, "x-ms-approximate-messages-count", &count.to_string());
    Ok(response)
}

async fn put_message(
    State(storage): State<Storage>,
    Path((_, queue)): Path<(String, String)>,
    parameters: Parameters,
    body: Bytes,
) -> Reply {
    let name = ResourceName::parse(&queue)?;
    let text = read_text(&body)?;
    let delay = seconds(&parameters, "visibilitytimeout", 0)?.unwrap_or(0);
    let lifetime = lifetime(&storage, &parameters, delay)?;
    let message = storage.queues().get(&name)?.messages.put(text, lifetime, storage.clock().now());
    let mut document = Document::new("QueueMessagesList");
    document.element("QueueMessage", |document| {
        write_stamps(document, &message);
        write_hold(document, &message);
    });
    Ok(document.into_reply(StatusCode::CREATED))
}

fn lifetime(storage: &Storage, parameters: &Parameters, delay: u32) -> Result<Lifetime, StorageError> {
    let now = storage.clock().now();
    let to_live = parameters.number("messagettl", -1..=i64::from(u32::MAX))?.unwrap_or(i64::from(WEEK));
    let expires = match u32::try_from(to_live) {
        Ok(seconds) if seconds > delay => storage.clock().after(now, f64::from(seconds)),
        Ok(seconds) => {
            let detail = format!("messagettl={seconds} must be above visibilitytimeout={delay}");
            return Err(Code::InvalidQueryParameterValue.because(detail));
        }
        Err(_) => Timestamp::MAX,
    };
    Ok(Lifetime { visible_from: storage.clock().after(now, f64::from(delay)), expires })
}

async fn get_messages(
    State(storage): State<Storage>,
    Path((_, queue)): Path<(String, String)>,
    parameters: Parameters,
) -> Reply {
    let name = ResourceName::parse(&queue)?;
    let count = parameters.number("numofmessages", 1..=MOST_MESSAGES)?.unwrap_or(1);
    let count = usize::try_from(count).unwrap_or(1);
    let now = storage.clock().now();
    let mut queues = storage.queues();
    let peeks = parameters.text("peekonly") == Some("true");
    if !peeks {
        queues.count_receive(&name);
    }
    let messages = &mut queues.get(&name)?.messages;
    let mut document = Document::new("QueueMessagesList");
    if peeks {
        for message in messages.peek(count, now) {
            document.element("QueueMessage", |document| {
                write_stamps(document, &message);
                write_content(document, &message);
            });
        }
    } else {
        let hiding = seconds(&parameters, "visibilitytimeout", 1)?.unwrap_or(DEFAULT_HIDING);
        for message in messages.receive(count, storage.clock().after(now, f64::from(hiding)), now) {
            document.element("QueueMessage", |document| {
                write_stamps(document, &message);
                write_hold(document, &message);
                write_content(document, &message);
            });
        }
    }
    Ok(document.into_reply(StatusCode::OK))
}

async fn update_message(
    State(storage): State<Storage>,
    Path((_, queue, id)): Path<(String, String, String)>,
    parameters: Parameters,
    body: Bytes,
) -> Reply {
    let name = ResourceName::parse(&queue)?;
    let text = if body.is_empty() { None } else { Some(read_text(&body)?) };
    let delay = seconds(&parameters, "visibilitytimeout", 0)?
        .ok_or_else(|| Code::InvalidQueryParameterValue.because("visibilitytimeout is required"))?;
    let handle = Handle { id: &id, pop_receipt: parameters.required("popreceipt")? };
    let now = storage.clock().now();
    let visible = storage.clock().after(now, f64::from(delay));
    let message = storage.queues().get(&name)?.messages.update(handle, text, visible, now)?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    reply::set(headers, "x-ms-popreceipt", &message.pop_receipt);
    reply::set(headers, "x-ms-time-next-visible", &http_date(message.next_visible));
    Ok(response)
}

async fn delete_message(
    State(storage): State<Storage>,
    Path((_, queue, id)): Path<(String, String, String)>,
    parameters: Parameters,
) -> Reply {
    let name = ResourceName::parse(&queue)?;
    let handle = Handle { id: &id, pop_receipt: parameters.required("popreceipt")? };
    let mut queues = storage.queues();
    queues.get(&name)?.messages.delete(handle, storage.clock().now())?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn clear_messages(State(storage): State<Storage>, Path((_, queue)): Path<(String, String)>) -> Reply {
    let name = ResourceName::parse(&queue)?;
    storage.queues().get(&name)?.messages.clear();
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn seconds(parameters: &Parameters, name: &str, least: i64) -> Result<Option<u32>, StorageError> {
    let number = parameters.number(name, least..=i64::from(WEEK))?;
    Ok(number.and_then(|number| u32::try_from(number).ok()))
}

/// The body of put and update.
#[derive(Deserialize)]
struct MessageBody {
    #[serde(rename = "MessageText", default)]
    text: String,
}

fn read_text(body: &Bytes) -> Result<String, StorageError> {
    let xml =
        std::str::from_utf8(body).map_err(|_| Code::InvalidXmlDocument.because("the body is not UTF-8"))?;
    let message: MessageBody =
        quick_xml::de::from_str(xml).map_err(|error| Code::InvalidXmlDocument.because(error.to_string()))?;
    if message.text.len() > LONGEST_TEXT {
        let detail = format!("{} bytes of text, at most {LONGEST_TEXT}", message.text.len());
        return Err(Code::RequestBodyTooLarge.because(detail));
    }
    Ok(message.text)
}

fn write_stamps(document: &mut Document, message: &Message) {
    document.text("MessageId", &message.id.to_string());
    document.text("InsertionTime", &http_date(message.inserted));
    document.text("ExpirationTime", &http_date(message.expires));
}

fn write_hold(document: &mut Document, message: &Message) {
    document.text("PopReceipt", &message.pop_receipt);
    document.text("TimeNextVisible", &http_date(message.next_visible));
}

fn write_content(document: &mut Document, message: &Message) {
    document.text("DequeueCount", &message.dequeue_count.to_string());
    document.text("MessageText", &message.text);
}
