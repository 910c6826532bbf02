//! Traces and metrics of the real handler, as another program receives them by OTLP, and as Prometheus reads them.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use holdfast_tests::{Knobs, Stage};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdout, Command};

use crate::world;

/// A receiver of OTLP that is not ours; it prints a line of JSON for each span and each metric.
struct Receiver {
    url: String,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Receiver {
    async fn start() -> Result<Self> {
        let python = std::env::var("HOLDFAST_PYTHON").context(
            "HOLDFAST_PYTHON is not set: run `cargo xtask test`, which installs Python's packages",
        )?;
        // Free a moment ago: the receiver wants a number.
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        let mut command = Command::new(python);
        command.args(["-u", "-m", "oteltap", "--port", &port.to_string()]);
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let lines = BufReader::new(process.stdout.take().context("its output")?).lines();
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(Self { url: format!("http://127.0.0.1:{port}"), lines, _process: process });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("the receiver did not start")
    }

    /// The next thing that it received for which `find` has an answer.
    async fn until<T>(&mut self, what: &str, find: impl Fn(&Value) -> Option<T>) -> Result<T> {
        let found = async {
            while let Some(line) = self.lines.next_line().await? {
                if let Some(found) = serde_json::from_str(&line).ok().as_ref().and_then(&find) {
                    return Ok(found);
                }
            }
            anyhow::bail!("the receiver ended")
        };
        tokio::time::timeout(Duration::from_secs(40), found).await.with_context(|| format!("no {what}"))?
    }
}

fn attribute<'a>(span: &'a Value, name: &str) -> Option<&'a str> {
    let attributes = span["attributes"].as_array()?;
    attributes.iter().find(|one| one["key"] == name)?["value"]["stringValue"].as_str()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_leads_from_the_event_to_the_protection() -> Result<()> {
    let mut receiver = Receiver::start().await?;
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "200"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let stage = Stage::set(Knobs { estate: world::granted(), settings, ..Knobs::default() }).await?;
    let disk = world::disk("rg-app", "traced");
    world::create_disk(&stage, &disk).await?;
    stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;
    let is_event = |span: &Value| {
        let is_it = span["name"] == "invocation" && attribute(span, "path") == Some("/ResourceChanged");
        is_it.then(|| span["traceId"].as_str().map(str::to_owned)).flatten()
    };
    // One of them is the event of the disk; others are of our own writes.
    let mut events = vec![receiver.until("span of an event", is_event).await?];
    let (mut passes, mut calls, mut ended) = (0, 0, false);
    while passes < 2 || calls == 0 || !ended {
        let (trace, name) = receiver
            .until("span of a pass, or metric", |one| {
                let trace = one["traceId"].as_str().unwrap_or_default().to_owned();
                Some((trace, one["name"].as_str()?.to_owned()))
            })
            .await?;
        let is_of_event = events.contains(&trace);
        match name.as_str() {
            "invocation" => events.push(trace),
            "pass" => {
                ensure!(is_of_event, "a pass is in no trace of an event");
                passes += 1;
            }
            "azure" if is_of_event => calls += 1,
            "holdfast.ended" => ended = true,
            _ => {}
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_are_what_prometheus_reads() -> Result<()> {
    let stage = Stage::set(Knobs { estate: world::granted(), ..Knobs::default() }).await?;
    let disk = world::disk("rg-app", "counted");
    world::create_disk(&stage, &disk).await?;
    stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;
    let answer = reqwest::get(format!("{}/api/metrics", stage.host.url())).await?;
    ensure!(answer.status().is_success(), "{}", answer.status());
    ensure!(
        answer.headers()["content-type"].as_bytes().starts_with(b"text/plain; version=0.0.4"),
        "{answer:?}"
    );
    let text = answer.text().await?;
    for part in [
        "# TYPE holdfast_ended_total counter\nholdfast_ended_total{outcome=\"protected\"} 1\n",
        "holdfast_passes_total{result=\"ended\"} ",
        "holdfast_pass_time_seconds_total ",
        "holdfast_azure_calls_total{method=\"PUT\",status=\"2",
    ] {
        ensure!(text.contains(part), "no `{part}` in:\n{text}");
    }
    promtool(&text).await
}

/// Prometheus' own check of the text, where it is installed.
async fn promtool(text: &str) -> Result<()> {
    use tokio::io::AsyncWriteExt as _;
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut check) = command.spawn() else {
        println!("SKIPPED: promtool is not installed");
        return Ok(());
    };
    let mut stdin = check.stdin.take().context("its input")?;
    stdin.write_all(text.as_bytes()).await?;
    drop(stdin);
    let output = check.wait_with_output().await?;
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && said.trim().is_empty(), "promtool is not content:\n{said}\n{text}");
    Ok(())
}
