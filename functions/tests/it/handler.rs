//! The handler as a process of its own, before a storage account that can be shut.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use holdfast_simulator::Storage;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};

/// What the account does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Open,
    /// As before a role counts.
    Refuses,
    /// Answers nothing, until it is another door.
    Holds,
}

/// A storage account, and the door before it.
pub(crate) struct Account {
    pub(crate) storage: Storage,
    door: watch::Sender<Door>,
    held: mpsc::Receiver<String>,
    origin: String,
}

#[derive(Clone)]
struct Doorman {
    door: watch::Receiver<Door>,
    held: mpsc::Sender<String>,
}

async fn pass(State(mut man): State<Arc<Doorman>>, request: Request, next: Next) -> Response {
    let man = Arc::make_mut(&mut man);
    let is_held = *man.door.borrow() == Door::Holds;
    if is_held {
        man.held.send(format!("{} {}", request.method(), request.uri().path())).await.unwrap();
        let _ = man.door.wait_for(|door| *door != Door::Holds).await;
    }
    let refused = *man.door.borrow() == Door::Refuses;
    if refused {
        // Nobody need wait for it.
        let _ = man.held.try_send(format!("{} {}", request.method(), request.uri().path()));
        let body = "<?xml version=\"1.0\"?><Error><Code>AuthorizationPermissionMismatch</Code><Message>no role yet</Message></Error>";
        let headers =
            [("x-ms-error-code", "AuthorizationPermissionMismatch"), ("content-type", "application/xml")];
        return (StatusCode::FORBIDDEN, headers, body).into_response();
    }
    next.run(request).await
}

impl Account {
    pub(crate) async fn start(first: Door) -> Self {
        let storage = Storage::new();
        let (door, seen) = watch::channel(first);
        let (sender, held) = mpsc::channel(1024);
        let man = Arc::new(Doorman { door: seen, held: sender });
        let router = storage.router().layer(from_fn_with_state(man, pass));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { storage, door, held, origin }
    }

    pub(crate) fn set(&self, door: Door) {
        self.door.send_replace(door);
    }

    /// Waits for a request that is held or refused, of this method.
    pub(crate) async fn holds(&mut self, method: &str) {
        let come = async { while !self.held.recv().await.unwrap().starts_with(method) {} };
        tokio::time::timeout(TIME_LIMIT, come).await.unwrap();
    }
}

pub(crate) struct Handler {
    pub(crate) process: Child,
    url: String,
    client: reqwest::Client,
}

/// Longest wait for anything that has to come.
const TIME_LIMIT: Duration = Duration::from_secs(60);

impl Handler {
    /// Starts the handler that was built, with the packaged rules.
    pub(crate) async fn start(account: &Account, settings: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/app");
        let process = Command::new(env!("CARGO_BIN_EXE_holdfast-functions"))
            .current_dir(&app)
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .env("AzureWebJobsStorage", Storage::connection_string(&account.origin))
            .env("HOLDFAST_ARM_ENDPOINT", "https://localhost:9")
            .env("HOLDFAST_SUBSCRIPTIONS", "5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10")
            .env("HOLDFAST_RULES_REFRESH", "0")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let client = reqwest::Client::new();
        let handler = Self { process, url: format!("http://127.0.0.1:{port}"), client };
        tokio::time::timeout(TIME_LIMIT, async { while !handler.listens().await {} }).await.unwrap();
        handler
    }

    pub(crate) async fn listens(&self) -> bool {
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.client.get(&self.url).send().await.is_ok()
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Option<u64>, String) {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        let retry = answer.headers().get("retry-after");
        let retry = retry.map(|seconds| seconds.to_str().unwrap().parse().unwrap());
        (answer.status().as_u16(), retry, answer.text().await.unwrap())
    }

    /// Asks until the answer has this status, and gives its text.
    pub(crate) async fn until(&self, path: &str, status: u16) -> (Option<u64>, String) {
        let asking = async {
            loop {
                match self.get(path).await {
                    (found, retry, text) if found == status => return (retry, text),
                    _ => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        };
        tokio::time::timeout(TIME_LIMIT, asking).await.unwrap()
    }

    /// Hands over a queue message, as the host does; gives status and text.
    pub(crate) fn protect(&self, message: &str) -> tokio::task::JoinHandle<reqwest::Result<(u16, String)>> {
        let text = serde_json::to_string(&serde_json::to_string(message).unwrap()).unwrap();
        let body = format!(r#"{{"Data":{{"item":{text}}},"Metadata":{{}}}}"#);
        let request = self.client.post(format!("{}/Protect", self.url)).body(body);
        tokio::spawn(async move {
            let answer = request.send().await?;
            Ok((answer.status().as_u16(), answer.text().await?))
        })
    }

    pub(crate) async fn terminate(&self) {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    }
}
