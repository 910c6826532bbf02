//! One storage queue.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};
use quick_xml::escape::escape;
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Client, Method, Response, StatusCode};
use serde::Deserialize;
use thiserror::Error;
use url::Url;

use super::connection::{Connection, Credential};
use super::shared_key::Signed;

/// A version that the service, Azurite and the simulator all know.
const API_VERSION: &str = "2023-11-03";

/// A queue of an account.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    client: Client,
    connection: Connection,
    name: String,
}

/// A queue operation that failed.
#[derive(Debug, Error)]
pub(crate) enum QueueError {
    #[error("could not reach queue {queue}: {source}")]
    Unreachable { queue: String, source: reqwest::Error },
    #[error("queue {queue} refused to {operation}: {status} {code}")]
    Refused { queue: String, operation: &'static str, status: StatusCode, code: String },
    #[error("queue {queue} answered something unreadable: {problem}")]
    Unreadable { queue: String, problem: String },
}

impl QueueError {
    /// Whether the service says that the queue is not there.
    fn is_missing_queue(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "QueueNotFound")
    }

    /// Whether somebody else holds the message by now, or deleted it.
    pub(crate) fn is_lost_lock(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "MessageNotFound" || code == "PopReceiptMismatch")
    }
}

/// A message that is held until its lock ends.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedMessage {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) dequeue_count: u32,
    pub(crate) inserted: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) lock: Lock,
}

/// Proof of holding a message, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Lock {
    pub(crate) pop_receipt: String,
    pub(crate) until: Timestamp,
}

#[derive(Deserialize)]
struct MessageList {
    #[serde(rename = "QueueMessage", default)]
    messages: Vec<ListedMessage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedMessage {
    message_id: String,
    insertion_time: String,
    expiration_time: String,
    pop_receipt: String,
    time_next_visible: String,
    dequeue_count: u32,
    #[serde(default)]
    message_text: String,
}

/// One request, before it is signed.
struct Call<'a> {
    operation: &'static str,
    method: Method,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    body: String,
}

impl Queue {
    pub(crate) fn new(client: Client, connection: Connection, name: &str) -> Self {
        Self { client, connection, name: name.to_owned() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The queue for messages that nobody could process; `None` for a queue that is one itself.
    pub(crate) fn poison(&self) -> Option<Self> {
        let name = format!("{}-poison", self.name);
        let possible = !self.name.ends_with("-poison") && name.len() <= 63;
        possible.then(|| Self { name, ..self.clone() })
    }

    /// Up to `count` messages, each hidden for `hidden`; none if the queue is not there.
    pub(crate) async fn receive(
        &self,
        count: u32,
        hidden: Duration,
    ) -> Result<Vec<ReceivedMessage>, QueueError> {
        let (count, hidden) = (count.to_string(), hidden.as_secs().to_string());
        let query = [("numofmessages", count.as_str()), ("visibilitytimeout", hidden.as_str())];
        let call = Call {
            operation: "hand out messages",
            method: Method::GET,
            path: "/messages",
            query: &query,
            body: String::new(),
        };
        let response = match self.send(call).await {
            Err(error) if error.is_missing_queue() => return Ok(Vec::new()),
            response => response?,
        };
        let text = response.text().await.map_err(|source| self.unreachable(source))?;
        let list: MessageList =
            quick_xml::de::from_str(&text).map_err(|error| self.unreadable(error.to_string()))?;
        list.messages.into_iter().map(|message| self.message(message)).collect()
    }

    /// Puts a message for at once, making the queue if it is not there.
    pub(crate) async fn put(&self, text: &str) -> Result<(), QueueError> {
        match self.put_once(text).await {
            Err(error) if error.is_missing_queue() => {
                self.create().await?;
                self.put_once(text).await
            }
            result => result,
        }
    }

    async fn put_once(&self, text: &str) -> Result<(), QueueError> {
        let body = format!("<QueueMessage><MessageText>{}</MessageText></QueueMessage>", escape(text));
        let call =
            Call { operation: "take a message", method: Method::POST, path: "/messages", query: &[], body };
        self.send(call).await.map(drop)
    }

    async fn create(&self) -> Result<(), QueueError> {
        let call =
            Call { operation: "be made", method: Method::PUT, path: "", query: &[], body: String::new() };
        match self.send(call).await {
            Err(QueueError::Refused { status: StatusCode::CONFLICT, .. }) => Ok(()),
            result => result.map(drop),
        }
    }

    /// Holds a message on, or gives it back if `hidden` is zero or short.
    pub(crate) async fn hide(&self, id: &str, lock: &Lock, hidden: Duration) -> Result<Lock, QueueError> {
        let hidden = hidden.as_secs().to_string();
        let query = [("popreceipt", lock.pop_receipt.as_str()), ("visibilitytimeout", hidden.as_str())];
        let path = format!("/messages/{id}");
        let call = Call {
            operation: "hold a message",
            method: Method::PUT,
            path: &path,
            query: &query,
            body: String::new(),
        };
        let response = self.send(call).await?;
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        Ok(Lock {
            pop_receipt: header("x-ms-popreceipt").to_owned(),
            until: self.date(header("x-ms-time-next-visible"))?,
        })
    }

    pub(crate) async fn delete(&self, id: &str, lock: &Lock) -> Result<(), QueueError> {
        let path = format!("/messages/{id}");
        let query = [("popreceipt", lock.pop_receipt.as_str())];
        let call = Call {
            operation: "delete a message",
            method: Method::DELETE,
            path: &path,
            query: &query,
            body: String::new(),
        };
        self.send(call).await.map(drop)
    }

    async fn send(&self, call: Call<'_>) -> Result<Response, QueueError> {
        let mut url = Url::parse(&format!("{}/{}{}", self.connection.endpoint, self.name, call.path))
            .map_err(|error| self.unreadable(error.to_string()))?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        let headers = self.headers(&call, &url)?;
        let request = self.client.request(call.method, url).headers(headers).body(call.body);
        let response = request.send().await.map_err(|source| self.unreachable(source))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let code = response.headers().get("x-ms-error-code").and_then(|value| value.to_str().ok());
        Err(QueueError::Refused {
            queue: self.name.clone(),
            operation: call.operation,
            status: response.status(),
            code: code.unwrap_or_default().to_owned(),
        })
    }

    fn headers(&self, call: &Call<'_>, url: &Url) -> Result<HeaderMap, QueueError> {
        let content_type = if call.body.is_empty() { "" } else { "application/xml" };
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::now()).unwrap_or_default();
        let own = BTreeMap::from([("x-ms-date", date), ("x-ms-version", API_VERSION.to_owned())]);
        let authorization = match &self.connection.credential {
            Credential::StandInToken => "Bearer functions-host-stand-in".to_owned(),
            Credential::SharedKey(key) => key.authorization(&Signed {
                method: &call.method,
                url,
                content_type,
                content_length: call.body.len(),
                headers: &own,
            }),
        };
        let mut headers = HeaderMap::new();
        let all = own
            .into_iter()
            .chain([("authorization", authorization), ("content-type", content_type.to_owned())]);
        for (name, value) in all.filter(|(_, value)| !value.is_empty()) {
            let value = value.parse().map_err(|_| self.unreadable(format!("{name} cannot be sent")))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }

    fn message(&self, message: ListedMessage) -> Result<ReceivedMessage, QueueError> {
        Ok(ReceivedMessage {
            inserted: self.date(&message.insertion_time)?,
            // Azure writes "never" as the last second of the year 9999, which is beyond our calendar.
            expires: self.date(&message.expiration_time).unwrap_or(Timestamp::MAX),
            lock: Lock { until: self.date(&message.time_next_visible)?, pop_receipt: message.pop_receipt },
            id: message.message_id,
            text: message.message_text,
            dequeue_count: message.dequeue_count,
        })
    }

    fn date(&self, text: &str) -> Result<Timestamp, QueueError> {
        DateTimeParser::new().parse_timestamp(text).map_err(|error| self.unreadable(error.to_string()))
    }

    fn unreachable(&self, source: reqwest::Error) -> QueueError {
        QueueError::Unreachable { queue: self.name.clone(), source }
    }

    fn unreadable(&self, problem: String) -> QueueError {
        QueueError::Unreadable { queue: self.name.clone(), problem }
    }
}
