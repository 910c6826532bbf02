//! `host.json`: what the host takes from it. Sections that concern only Azure are passed over, as there.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::{Settings, time_span};
use crate::error::HostError;

/// What `host.json` says, with the real host's defaults.
#[derive(Debug)]
pub(crate) struct HostJson {
    pub(crate) function_timeout: Duration,
    pub(crate) handler: HandlerDescription,
    pub(crate) http: HttpMode,
    /// How long the handler may take until it answers.
    pub(crate) initialization_timeout: Duration,
    /// The handler's port, if the app fixes it.
    pub(crate) handler_port: Option<u16>,
    /// Without slashes; empty for none.
    pub(crate) route_prefix: String,
    pub(crate) queues: QueueOptions,
}

/// How the handler is started.
#[derive(Debug)]
pub(crate) struct HandlerDescription {
    pub(crate) executable: String,
    pub(crate) arguments: Vec<String>,
    /// Relative to the app's root; empty for the root itself.
    pub(crate) working_directory: String,
}

/// How an HTTP call reaches a function that has nothing but an HTTP trigger and an HTTP output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HttpMode {
    /// As an invocation like all others.
    Enveloped,
    /// As a rebuilt request; a chunked body is lost.
    Forwarded,
    /// As it is.
    Proxied,
}

/// `extensions.queues`.
#[derive(Debug)]
pub(crate) struct QueueOptions {
    pub(crate) batch_size: u32,
    pub(crate) new_batch_threshold: usize,
    pub(crate) longest_poll: Duration,
    /// How long a failed message stays hidden.
    pub(crate) failure_delay: Duration,
    pub(crate) max_dequeue_count: u32,
    pub(crate) encoding: MessageEncoding,
}

/// How queue messages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MessageEncoding {
    #[default]
    Base64,
    None,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    version: Option<String>,
    function_timeout: Option<String>,
    #[serde(alias = "httpWorker")]
    custom_handler: Option<CustomHandler>,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CustomHandler {
    #[serde(default)]
    description: Description,
    #[serde(default)]
    enable_forwarding_http_request: bool,
    #[serde(default)]
    enable_proxying_http_request: bool,
    initialization_timeout: Option<String>,
    #[serde(default)]
    port: u16,
    http: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Description {
    default_executable_path: String,
    default_worker_path: String,
    arguments: Vec<String>,
    worker_arguments: Vec<String>,
    working_directory: String,
}

#[derive(Default, Deserialize)]
struct Extensions {
    #[serde(default)]
    http: Http,
    #[serde(default)]
    queues: Queues,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    route_prefix: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Queues {
    batch_size: Option<u32>,
    new_batch_threshold: Option<usize>,
    max_polling_interval: Option<String>,
    visibility_timeout: Option<String>,
    max_dequeue_count: Option<u32>,
    message_encoding: MessageEncoding,
}

impl HostJson {
    pub(crate) fn load(path: &Path, settings: &Settings) -> Result<Self, HostError> {
        let text =
            fs::read_to_string(path).map_err(|source| HostError::Read { path: path.to_owned(), source })?;
        let file: File = serde_json::from_str(&text)
            .map_err(|source| HostError::Json { path: path.to_owned(), source })?;
        file.check(settings).map_err(HostError::HostJson)
    }
}

impl File {
    fn check(self, settings: &Settings) -> Result<HostJson, String> {
        if self.version.as_deref() != Some("2.0") {
            return Err("version must be \"2.0\"".into());
        }
        let handler =
            self.custom_handler.ok_or("customHandler is missing: this host runs custom handlers only")?;
        if handler.http.is_some() {
            return Err(
                "customHandler.http excludes function.json files: give each function its own instead".into(),
            );
        }
        let http = match (handler.enable_proxying_http_request, handler.enable_forwarding_http_request) {
            (true, _) => HttpMode::Proxied,
            (false, true) => HttpMode::Forwarded,
            (false, false) => HttpMode::Enveloped,
        };
        let prefix = self.extensions.http.route_prefix.unwrap_or_else(|| "api".into());
        Ok(HostJson {
            function_timeout: function_timeout(self.function_timeout.as_deref())?,
            http,
            initialization_timeout: span(
                "customHandler.initializationTimeout",
                handler.initialization_timeout.as_deref(),
                Duration::from_secs(30),
            )?,
            handler_port: (handler.port != 0).then_some(handler.port),
            handler: handler.description.check(settings)?,
            route_prefix: prefix.trim_matches('/').to_owned(),
            queues: self.extensions.queues.check()?,
        })
    }
}

impl Description {
    fn check(self, settings: &Settings) -> Result<HandlerDescription, String> {
        let executable = settings.expand_or_empty(&self.default_executable_path);
        if executable.is_empty() {
            return Err("customHandler.description.defaultExecutablePath is missing".into());
        }
        let worker = Some(self.default_worker_path).filter(|path| !path.is_empty());
        let arguments = self.arguments.into_iter().chain(worker).chain(self.worker_arguments);
        Ok(HandlerDescription {
            executable,
            arguments: arguments.map(|argument| settings.expand_or_empty(&argument)).collect(),
            working_directory: self.working_directory,
        })
    }
}

impl Queues {
    fn check(self) -> Result<QueueOptions, String> {
        let batch_size = self.batch_size.unwrap_or(16);
        if !(1..=32).contains(&batch_size) {
            return Err(format!("extensions.queues.batchSize {batch_size} is outside 1 to 32"));
        }
        let longest_poll = span(
            "extensions.queues.maxPollingInterval",
            self.max_polling_interval.as_deref(),
            Duration::from_secs(60),
        )?;
        Ok(QueueOptions {
            batch_size,
            new_batch_threshold: self.new_batch_threshold.unwrap_or(batch_size as usize / 2),
            longest_poll: longest_poll.max(Duration::from_millis(100)),
            failure_delay: span(
                "extensions.queues.visibilityTimeout",
                self.visibility_timeout.as_deref(),
                Duration::ZERO,
            )?,
            max_dequeue_count: self.max_dequeue_count.unwrap_or(5).max(1),
            encoding: self.message_encoding,
        })
    }
}

/// Thirty minutes are the default on Flex Consumption; -1 means no limit, which here is a year.
fn function_timeout(text: Option<&str>) -> Result<Duration, String> {
    match text {
        Some("-1") => Ok(Duration::from_secs(365 * 86_400)),
        text => span("functionTimeout", text, Duration::from_secs(30 * 60)),
    }
}

fn span(name: &str, text: Option<&str>, default: Duration) -> Result<Duration, String> {
    match text {
        None => Ok(default),
        Some(text) => {
            time_span::parse(text).ok_or_else(|| format!("{name} \"{text}\" must be written as hh:mm:ss"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<HostJson, String> {
        serde_json::from_str::<File>(json).map_err(|error| error.to_string())?.check(&Settings::default())
    }

    #[test]
    fn has_the_real_hosts_defaults() {
        let host =
            read(r#"{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"handler"}}}"#)
                .unwrap();
        assert_eq!(host.http, HttpMode::Enveloped);
        assert_eq!(host.route_prefix, "api");
        assert_eq!(host.initialization_timeout, Duration::from_secs(30));
        assert_eq!(host.queues.max_dequeue_count, 5);
        assert_eq!(host.queues.failure_delay, Duration::ZERO);
        assert_eq!(host.queues.encoding, MessageEncoding::Base64);
    }

    #[test]
    fn orders_the_arguments_as_the_host_does() {
        let description = r#"{"defaultExecutablePath":"h","defaultWorkerPath":"w","arguments":["a"],"workerArguments":["x%NONE%"]}"#;
        let host =
            read(&format!(r#"{{"version":"2.0","customHandler":{{"description":{description}}}}}"#)).unwrap();
        assert_eq!(host.handler.arguments, ["a", "w", "x"]);
    }

    #[test]
    fn names_what_is_wrong() {
        for (json, expected) in [
            (r#"{}"#, "version"),
            (r#"{"version":"2.0"}"#, "customHandler is missing"),
            (r#"{"version":"2.0","customHandler":{}}"#, "defaultExecutablePath"),
            (
                r#"{"version":"2.0","functionTimeout":"5m","customHandler":{"description":{"defaultExecutablePath":"h"}}}"#,
                "functionTimeout \"5m\"",
            ),
            (r#"{"version":"2.0","extensions":{"queues":{"messageEncoding":"utf8"}}}"#, "utf8"),
            (
                r#"{"version":"2.0","extensions":{"queues":{"batchSize":33}},"customHandler":{"description":{"defaultExecutablePath":"h"}}}"#,
                "batchSize 33",
            ),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }
}
