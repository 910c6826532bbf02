//! An app folder with the recording handler, a storage account, and the host that runs them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use holdfast_functions_host::{Event, Host, HostConfig, HostError, Running};
use holdfast_simulator_storage::{Clock, Storage};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Everything but the running host.
pub(crate) struct Stage {
    folder: TempDir,
    pub(crate) storage: Storage,
    pub(crate) config: HostConfig,
    pub(crate) client: reqwest::Client,
}

impl Stage {
    /// An app without functions, whose storage's locks and delays pass `speed` times as fast as Azure's.
    pub(crate) async fn new(speed: f64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::with_clock(Clock::new(speed));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connection = Storage::connection_string(&format!("http://{}", listener.local_addr().unwrap()));
        let router = storage.router();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let path = |name: &str| folder.path().join(name).display().to_string();
        let settings = [
            ("AzureWebJobsStorage", connection),
            ("RECORD", path("record.jsonl")),
            ("SCRIPT", path("script.json")),
            ("FROM_SETTINGS", "seen".to_owned()),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value));
        let app_root = folder.path().join("app");
        fs::create_dir(&app_root).unwrap();
        let config =
            HostConfig { app_root, port: 0, settings: BTreeMap::from(settings), ..HostConfig::default() };
        let stage = Self { folder, storage, config, client: reqwest::Client::new() };
        stage.host_json(json!({}));
        stage
    }

    /// Writes `host.json`: what every test needs, and more.
    pub(crate) fn host_json(&self, more: Value) {
        let handler = env!("CARGO_BIN_EXE_recording-handler");
        let mut host = json!({
            "version": "2.0",
            "extensions": { "queues": { "maxPollingInterval": "00:00:00.1000000", "messageEncoding": "none" } },
            "customHandler": { "description": { "defaultExecutablePath": handler } },
        });
        merge(&mut host, more);
        fs::write(self.app("host.json"), host.to_string()).unwrap();
    }

    pub(crate) fn function(&self, name: &str, bindings: Value) {
        self.function_json(name, json!({ "bindings": bindings }));
    }

    pub(crate) fn function_json(&self, name: &str, content: Value) {
        fs::create_dir_all(self.app(name)).unwrap();
        fs::write(self.app(name).join("function.json"), content.to_string()).unwrap();
    }

    /// What the handler answers from now on, by path.
    pub(crate) fn script(&self, script: Value) {
        fs::write(self.folder.path().join("script.json"), script.to_string()).unwrap();
    }

    pub(crate) fn app(&self, name: &str) -> PathBuf {
        self.config.app_root.join(name)
    }

    pub(crate) async fn start(&self) -> Running {
        self.try_start().await.unwrap()
    }

    pub(crate) async fn try_start(&self) -> Result<Running, HostError> {
        Host::start(self.config.clone()).await
    }

    /// All that the handler wrote down.
    pub(crate) fn record(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join("record.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The requests to one path, without the ready checks.
    pub(crate) fn requests(&self, uri: &str) -> Vec<Value> {
        self.record().into_iter().filter(|line| line["uri"] == uri).collect()
    }

    /// The body of the only request to a path, as JSON.
    pub(crate) fn only_body(&self, uri: &str) -> Value {
        let requests = self.requests(uri);
        assert_eq!(requests.len(), 1, "{requests:?}");
        body(&requests[0])
    }
}

pub(crate) fn body(request: &Value) -> Value {
    serde_json::from_str(request["body"].as_str().unwrap()).unwrap()
}

/// Takes `sys` out of an envelope and checks it.
pub(crate) fn take_sys(envelope: &mut Value, function: &str) {
    let sys = envelope["Metadata"].as_object_mut().unwrap().remove("sys").unwrap();
    assert_eq!(sys["MethodName"], function);
    let now = sys["UtcNow"].as_str().unwrap();
    assert_eq!(now.len(), "2026-01-14T09:26:54.1234567Z".len(), "{now}");
    now.parse::<jiff::Timestamp>().unwrap();
    sys["RandGuid"].as_str().unwrap().parse::<uuid::Uuid>().unwrap();
}

pub(crate) async fn succeeded(host: &Running, count: usize) {
    let fits = |event: &Event| matches!(event, Event::InvocationSucceeded { .. });
    assert!(host.journal().wait_for(count, PATIENCE, fits).await, "{:?}", host.journal().events());
}

/// Why the first `count` failures failed.
pub(crate) async fn failures(host: &Running, count: usize) -> Vec<String> {
    let fits = |event: &Event| matches!(event, Event::InvocationFailed { .. });
    assert!(host.journal().wait_for(count, PATIENCE, fits).await, "{:?}", host.journal().events());
    let reason = |event| match event {
        Event::InvocationFailed { reason, .. } => Some(reason),
        _ => None,
    };
    host.journal().events().into_iter().filter_map(reason).collect()
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "never: {what}");
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (name, value) in more {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}
