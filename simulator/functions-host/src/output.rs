//! Outputs of a reply: messages for queues, by the host's Base64 and array rules.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Client;
use serde_json::Value;
use thiserror::Error;

use crate::app::{App, Function, MessageEncoding, Output, QueueOutput, Settings};
use crate::invocation::Reply;
use crate::queue_watch::QueueWatch;
use crate::storage::{Connection, ConnectionError, Queue, QueueError};

/// Writes outputs.
#[derive(Debug)]
pub(crate) struct Outputs {
    client: Client,
    settings: Settings,
    encoding: MessageEncoding,
    watch: QueueWatch,
}

/// Outputs that could not be written.
#[derive(Debug, Error)]
pub(crate) enum OutputError {
    #[error("output {output}: {source}")]
    Connection { output: String, source: ConnectionError },
    #[error("output {output}: {source}")]
    Queue { output: String, source: QueueError },
}

impl Outputs {
    /// `client` is for the storage service.
    pub(crate) fn new(app: &App, client: Client, watch: QueueWatch) -> Self {
        Self { client, settings: app.settings.clone(), encoding: app.host.queues.encoding, watch }
    }

    /// Writes what the reply says for the function's queue outputs; names that it does not bind are passed over.
    pub(crate) async fn write(&self, function: &Function, reply: &Reply) -> Result<(), OutputError> {
        for output in &function.outputs {
            let Output::Queue(output) = output else { continue };
            if let Some(value) = reply.output(&output.name) {
                self.enqueue(output, value).await?;
            }
        }
        Ok(())
    }

    async fn enqueue(&self, output: &QueueOutput, value: &Value) -> Result<(), OutputError> {
        let name = || output.name.clone();
        let connection = Connection::read(&self.settings, &output.connection)
            .map_err(|source| OutputError::Connection { output: name(), source })?;
        let queue = Queue::new(self.client.clone(), connection, &output.queue);
        for message in messages(output, value) {
            let text = match self.encoding {
                MessageEncoding::Base64 => BASE64_STANDARD.encode(&message),
                MessageEncoding::None => String::from_utf8_lossy(&message).into_owned(),
            };
            queue.put(&text).await.map_err(|source| OutputError::Queue { output: name(), source })?;
            self.watch.ring(&output.queue);
        }
        Ok(())
    }
}

/// The messages that a value becomes.
fn messages(output: &QueueOutput, value: &Value) -> Vec<Vec<u8>> {
    let Value::String(text) = value else {
        return from_json(value);
    };
    if let Some(bytes) = from_base64(text) {
        if !output.binary {
            tracing::warn!(
                output = output.name,
                text,
                "the output is valid Base64, so the host writes the decoded bytes"
            );
        }
        return vec![bytes];
    }
    match serde_json::from_str(text) {
        Ok(json @ (Value::Object(_) | Value::Array(_))) => from_json(&json),
        _ => vec![text.clone().into_bytes()],
    }
}

/// One message for each element of an array. Objects are written anew, indented, so readers must not count on bytes.
fn from_json(value: &Value) -> Vec<Vec<u8>> {
    match value {
        Value::Array(elements) => elements.iter().flat_map(one_from_json).collect(),
        other => one_from_json(other).into_iter().collect(),
    }
}

fn one_from_json(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone().into_bytes()),
        other => Some(format!("{other:#}").into_bytes()),
    }
}

/// What .NET takes for Base64: white space does not count, padding does, and nothing is something.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.chars().filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n')).collect();
    BASE64_STANDARD.decode(compact).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(value: Value) -> Vec<String> {
        let output =
            QueueOutput { name: "work".into(), queue: "q".into(), connection: String::new(), binary: false };
        messages(&output, &value)
            .into_iter()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }

    #[test]
    fn follows_the_hosts_rules() {
        assert_eq!(written(json!("plain text")), ["plain text"]);
        assert_eq!(written(json!("aGVsbG8=")), ["hello"]);
        assert_eq!(written(json!("{\"a\":1}")), ["{\n  \"a\": 1\n}"]);
        assert_eq!(written(json!({"a": 1})), ["{\n  \"a\": 1\n}"]);
        assert_eq!(written(json!("[{\"a\":1},\"test\"]")), ["{\n  \"a\": 1\n}", "test"]);
        assert_eq!(written(json!(["x", null])), ["x"]);
        assert_eq!(written(json!(7)), ["7"]);
        // Four letters are Base64, which is why outputs should be JSON objects.
        assert_ne!(written(json!("test")), ["test"]);
    }
}
