//! Notifications as others see them: a webhook of the real handler, read by libraries that know nothing of us.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use holdfast_notify::ports::Outlet as _;
use holdfast_notify::{Kind, Mode, Source, samples};
use holdfast_outlets::{NamedHosts, Webhook};
use holdfast_tests::{Knobs, Stage};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::scenarios::lacks;
use crate::world;

/// A secret as a receiver has it.
pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// A receiver of events on loopback.
pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    pub(crate) async fn start() -> Result<Self> {
        let seen = Arc::<Mutex<Vec<Value>>>::default();
        let router = Router::new().fallback(receive).with_state(seen.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, seen })
    }

    /// Every request so far: its headers and its body as text.
    pub(crate) fn seen(&self) -> Vec<Value> {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The settings of an app that sends here.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let settings = [
            ("HOLDFAST_NOTIFY_WEBHOOK", self.url.as_str()),
            ("HOLDFAST_NOTIFY_SECRET", SECRET),
            ("HOLDFAST_NOTIFY_HOSTS", "127.0.0.1"),
        ];
        settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    /// Events with these parts, in this order, within a while; then no other.
    pub(crate) async fn expect(&self, expected: &[Value]) -> Result<()> {
        for _ in 0..600 {
            if self.seen().len() >= expected.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let seen: Vec<Value> = self.seen().iter().map(event).collect::<Result<_>>()?;
        ensure!(seen.len() == expected.len(), "events {seen:#?}\ninstead of {expected:#?}");
        for (seen, expected) in seen.iter().zip(expected) {
            let difference = lacks(seen, expected);
            ensure!(difference.is_none(), "{}\n{seen:#}", difference.unwrap_or_default());
        }
        Ok(())
    }
}

async fn receive(State(seen): State<Arc<Mutex<Vec<Value>>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers: BTreeMap<String, String> = headers.iter().map(header).collect();
    let request = json!({ "headers": headers, "body": String::from_utf8_lossy(&body) });
    seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(request);
    StatusCode::NO_CONTENT
}

fn event(request: &Value) -> Result<Value> {
    let body = request["body"].as_str().context("a body")?;
    serde_json::from_str(body).context("read an event")
}

#[tokio::test(flavor = "multi_thread")]
async fn libraries_that_know_nothing_of_us_read_and_verify_every_kind_of_event() -> Result<()> {
    let python = std::env::var("HOLDFAST_PYTHON")
        .context("HOLDFAST_PYTHON is not set: run `cargo xtask test`, which installs Python's packages")?;
    let receiver = Receiver::start().await?;
    for mode in [Mode::Structured, Mode::Binary] {
        let named = NamedHosts::read("127.0.0.1");
        let webhook = Webhook::new(receiver.url.parse()?, mode, Some(SECRET.parse()?), named)?;
        for event in samples(&Source::of_app("test"), jiff::Timestamp::now()) {
            webhook.send(&event).await.map_err(|error| anyhow::anyhow!("{error}"))?;
        }
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/python/webhook_receiver.py");
    let mut reader = Command::new(python);
    reader.arg(script).arg(SECRET).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut reader = reader.spawn()?;
    let mut stdin = reader.stdin.take().context("its input")?;
    stdin.write_all(serde_json::to_string(&receiver.seen())?.as_bytes()).await?;
    drop(stdin);
    let output = reader.wait_with_output().await?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    for kind in Kind::ALL {
        for mode in ["structured", "binary"] {
            let line = format!(
                "{mode} 1.0 {} /holdfast/test this is a test of {kind}: nothing happened",
                kind.event_type()
            );
            ensure!(said.contains(&line), "no `{line}` in:\n{said}");
        }
    }
    ensure!(said.contains("18 events"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_names_no_outbox_is_recorded_and_holds_up_no_other() -> Result<()> {
    let receiver = Receiver::start().await?;
    let settings = receiver.settings();
    let stage = Stage::set(Knobs { estate: world::granted(), settings, ..Knobs::default() }).await?;
    for text in ["hello", r#"{"outbox":"../holdfast-ledger/x"}"#, r#"{"format":"holdfast.notify/9"}"#] {
        stage.azure.storage.put_message("holdfast-notify", text);
    }
    let disk = world::disk("rg-app", "after");
    world::create_disk(&stage, &disk).await?;
    stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;
    receiver.expect(&[json!({ "type": Kind::Protected.event_type(), "subject": disk })]).await?;
    assert_eq!(stage.story()?.rejected("notify").len(), 3, "{:?}", stage.story()?.rejected("notify"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_goes_where_notifications_go_and_to_teams_once() -> Result<()> {
    let (receiver, channel) = (Receiver::start().await?, Receiver::start().await?);
    let mut settings = receiver.settings();
    for (name, value) in [
        ("HOLDFAST_DIGEST", "daily"),
        ("HOLDFAST_NOTIFY_KINDS", "digest"),
        ("HOLDFAST_NOTIFY_TEAMS", channel.url.as_str()),
    ] {
        settings.push((name.to_owned(), value.to_owned()));
    }
    let stage = Stage::set(Knobs { estate: world::granted(), settings, ..Knobs::default() }).await?;
    let digest =
        async || stage.functions("POST", "/admin/functions/Digest", Some(&json!({ "input": "" }))).await;
    assert_eq!(digest().await?.0, 202, "before the first sweep, nothing is told");
    stage.functions("POST", "/admin/functions/Sweep", Some(&json!({ "input": "" }))).await?;
    for _ in 0..300 {
        if stage.functions("GET", "/api/report", None).await?.1["run"].is_object() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    digest().await?;
    let data = json!({ "summary": "Nothing needs you", "needsYou": false });
    receiver
        .expect(&[json!({ "type": Kind::Digest.event_type(), "subject": "digest", "data": data })])
        .await?;
    let event = event(&receiver.seen()[0])?;
    for part in ["text", "html"] {
        ensure!(
            event["data"][part].as_str().is_some_and(|text| text.contains("Nothing needs you")),
            "{event}"
        );
    }
    channel.expect(&[json!({ "type": "message" })]).await?;
    digest().await?;
    assert_eq!((receiver.seen().len(), channel.seen().len()), (1, 1), "once a day");
    Ok(())
}
