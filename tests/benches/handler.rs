//! The handler as a process: start to first decision, and events that concern nobody.
//!
//! Each figure stands beside a baseline of the same run: the same handler, asked for nothing.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

#[path = "handler/busy.rs"]
mod busy;
#[path = "../../cli/tests/rule/forge.rs"]
#[allow(dead_code, reason = "as in its own tests")]
mod forge;

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use holdfast_simulator::{Config, Simulator, Throttling};
use holdfast_tests::{SUBSCRIPTION, process, settings};
use serde_json::json;

const STARTS: usize = 15;
const EVENTS: usize = 60_000;
const CONNECTIONS: usize = 8;
/// How long an idle handler is watched, and how long it is left alone before.
const IDLE: Duration = Duration::from_secs(60);
const SETTLING: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = Config {
        ca_dir: Some(folder.path().to_owned()),
        speed: 100.0,
        throttling: Throttling::Off,
        ..Config::default()
    };
    let azure = Simulator::start(config).await?;
    let client = reqwest::Client::new();
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg");
    let disk = format!("{group}/providers/Microsoft.Compute/disks/d");
    for (path, version, body) in [
        (&group, "2022-09-01", json!({ "location": "westeurope" })),
        (
            &disk,
            "2023-04-02",
            json!({ "location": "westeurope", "tags": { "env": "prod" }, "properties": {} }),
        ),
    ] {
        let url = format!("{}{path}?api-version={version}", azure.http_url);
        client.put(url).bearer_auth("bench").json(&body).send().await?.error_for_status()?;
    }
    let loading = settings(&azure, folder.path());
    let mut compiling = loading.clone();
    compiling.remove("HOLDFAST_COMPILED_KEY").context("the packaged app has no native code")?;

    let decide = format!("/api/decide?resource={disk}");
    if std::env::args().any(|argument| argument == "busy") {
        return busy::print(&loading, folder.path(), &decide).await;
    }
    println!("{:<52} {:>12} {:>12} {:>8}", "handler (release, shipped rules)", "p50", "slowest", "ratio");
    let mut bound = starts(&loading, "/").await?;
    let baseline = median(&mut bound);
    line("exec to first answer (baseline)", &mut bound, None);
    line("exec to first decision, rules precompiled", &mut starts(&loading, &decide).await?, Some(baseline));
    line("exec to first decision, rules compiled", &mut starts(&compiling, &decide).await?, Some(baseline));

    println!("{:<52} {:>12} {:>12}", "handler at rest, MB", "resident", "of its own");
    for (what, environment) in [("rules compiled", &compiling), ("rules precompiled", &loading)] {
        let handler = Handler::start(environment)?;
        handler.until(&decide).await?;
        println!("{what:<52} {:>12.1} {:>12.1}", handler.memory_mb("VmRSS")?, handler.memory_mb("RssAnon")?);
    }
    println!("{:<52} {:>12} {:>12}", "an idle minute", "CPU s/hour", "wake-ups");
    let handler = Handler::start(&loading)?;
    handler.until(&decide).await?;
    let (cpu, switches) = handler.idle_minute().await?;
    println!("{:<52} {:>12.1} {switches:>12}", "rules precompiled", cpu * 60.0);
    busy::print(&loading, folder.path(), &decide).await?;
    let nothing = handler.rate("GET", "/", String::new()).await?;
    let event = handler.rate("POST", "/ResourceChanged", uninteresting()).await?;
    println!("{:<52} {:>12} {:>12} {:>8}", "requests", "per second", "per core s", "ratio");
    println!("{:<52} {:>12.0} {:>12.0} {:>8}", "GET / (baseline)", nothing.0, nothing.1, "1.00");
    println!(
        "{:<52} {:>12.0} {:>12.0} {:>8.2}",
        "ResourceChanged without a match",
        event.0,
        event.1,
        event.1 / nothing.1
    );
    Ok(())
}

/// Times from exec to the first good answer of handlers that are started one after another.
async fn starts(
    environment: &std::collections::BTreeMap<String, String>,
    path: &str,
) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(Handler::start(environment)?.until(path).await?);
    }
    Ok(times)
}

/// An event as the host posts it, of a type that no rule speaks about.
fn uninteresting() -> String {
    let subject = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/n"
    );
    let data = json!({ "authorization": { "scope": subject, "action": "Microsoft.Network/networkInterfaces/write",
        "evidence": { "role": "Contributor" } }, "claims": { "aud": "https://management.core.windows.net/" },
        "correlationId": SUBSCRIPTION, "resourceProvider": "Microsoft.Network", "resourceUri": subject,
        "operationName": "Microsoft.Network/networkInterfaces/write", "status": "Succeeded",
        "subscriptionId": SUBSCRIPTION, "tenantId": SUBSCRIPTION });
    let event = json!({ "id": SUBSCRIPTION, "topic": format!("/subscriptions/{SUBSCRIPTION}"), "subject": subject,
        "eventType": "Microsoft.Resources.ResourceWriteSuccess", "eventTime": "2026-01-14T09:26:53.5897932Z",
        "dataVersion": "2", "metadataVersion": "1", "data": data });
    json!({ "Data": { "event": event }, "Metadata": { "data": data, "sys": { "MethodName": "ResourceChanged" } } }).to_string()
}

struct Handler {
    process: Child,
    url: String,
    started: Instant,
    client: reqwest::Client,
}

impl Handler {
    fn start(environment: &std::collections::BTreeMap<String, String>) -> Result<Self> {
        let started = Instant::now();
        let (process, url) = process::start(environment, Command::new)?;
        Ok(Self { process, url, started, client: reqwest::Client::new() })
    }

    /// Time from exec to the first 200.
    async fn until(&self, path: &str) -> Result<Duration> {
        let url = format!("{}{path}", self.url);
        while self.started.elapsed() < Duration::from_secs(20) {
            match self.client.get(&url).send().await {
                Ok(answer) if answer.status().is_success() => return Ok(self.started.elapsed()),
                Ok(answer) => anyhow::bail!("{url}: {} {}", answer.status(), answer.text().await?),
                Err(_) => tokio::time::sleep(Duration::from_micros(500)).await,
            }
        }
        anyhow::bail!("{url} did not answer")
    }

    /// Requests per second of wall clock, and per second of the handler's own CPU time.
    async fn rate(&self, method: &str, path: &str, body: String) -> Result<(f64, f64)> {
        let url = format!("{}{path}", self.url);
        let (cpu, begun) = (self.cpu_seconds()?, Instant::now());
        let each = EVENTS / CONNECTIONS;
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let request =
                    self.client.request(method.parse().unwrap_or_default(), &url).body(body.clone());
                tokio::spawn(async move {
                    for _ in 0..each {
                        let again = request.try_clone().context("clone")?;
                        again.send().await?.error_for_status()?.bytes().await?;
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        for sender in senders {
            sender.await??;
        }
        let sent = (each * CONNECTIONS) as f64;
        Ok((sent / begun.elapsed().as_secs_f64(), sent / (self.cpu_seconds()? - cpu)))
    }

    /// Seconds of CPU in an idle minute, and how often a thread of the handler was woken.
    async fn idle_minute(&self) -> Result<(f64, u64)> {
        tokio::time::sleep(SETTLING).await;
        let id = self.process.id();
        let (cpu, switches) = (process::cpu_seconds(id)?, process::waits(id)?);
        tokio::time::sleep(IDLE).await;
        Ok((process::cpu_seconds(id)? - cpu, process::waits(id)?.saturating_sub(switches)))
    }

    fn cpu_seconds(&self) -> Result<f64> {
        process::cpu_seconds(self.process.id())
    }

    /// A figure of /proc: `VmRSS` is all that is resident, `RssAnon` what is in no file.
    fn memory_mb(&self, name: &str) -> Result<f64> {
        process::memory_mb(self.process.id(), name)
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn line(what: &str, times: &mut [Duration], baseline: Option<Duration>) {
    let middle = median(times);
    let worst = times.last().copied().unwrap_or_default();
    let ratio = baseline.map_or(1.0, |baseline| middle.as_secs_f64() / baseline.as_secs_f64());
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    println!("{what:<52} {:>12} {:>12} {ratio:>8.2}", ms(middle), ms(worst));
}
