//! The packaged handler as a process, and what it makes of many requests.

use std::collections::BTreeMap;
use std::ops::Range;
use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use holdfast_tests::process;

use super::estate::message;
use super::limits::Limits;

const CONNECTIONS: usize = 16;

/// What many requests came to.
pub(crate) struct Drained {
    /// Per second of wall clock.
    pub(crate) rate: f64,
    /// Per second of the handler's own CPU time.
    pub(crate) per_core: f64,
    /// How long each took, in order.
    took: Vec<Duration>,
}

impl Drained {
    /// So many of a hundred took no longer, in milliseconds.
    pub(crate) fn percentile(&self, hundredths: usize) -> f64 {
        let at = (self.took.len() * hundredths / 100).min(self.took.len().saturating_sub(1));
        self.took.get(at).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
    }
}

pub(crate) struct Handler {
    process: Child,
    url: String,
    client: reqwest::Client,
}

impl Handler {
    /// Starts one within limits; the first item that is answered says that the rules are there.
    pub(crate) async fn start(
        environment: &BTreeMap<String, String>,
        limits: &Limits,
        unseen: usize,
    ) -> Result<Self> {
        let (process, url) = process::start(environment, |program| limits.command(&program))?;
        let mut handler = Self { process, url, client: reqwest::Client::new() };
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(120) {
            let asked =
                handler.client.post(format!("{}/Protect", handler.url)).body(message(unseen)).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(handler);
            }
            if let Some(status) = handler.process.try_wait()? {
                bail!("the handler ended within its limits: {status}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the handler does not answer")
    }

    /// Sends a request for each item over a few connections.
    pub(crate) async fn drain(
        &self,
        method: &'static str,
        path: &str,
        items: Range<usize>,
        body: fn(usize) -> String,
    ) -> Result<Drained> {
        let (url, count) = (format!("{}{path}", self.url), items.len());
        let (cpu, begun) = (self.cpu_seconds()?, Instant::now());
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|first| {
                let (client, url, items) = (self.client.clone(), url.clone(), items.clone());
                tokio::spawn(async move {
                    let mut took = Vec::with_capacity(count / CONNECTIONS + 1);
                    for n in items.skip(first).step_by(CONNECTIONS) {
                        let (body, begun) = (body(n), Instant::now());
                        let answer = client.request(method.parse()?, &url).body(body).send().await?;
                        answer.error_for_status()?.bytes().await?;
                        took.push(begun.elapsed());
                    }
                    anyhow::Ok(took)
                })
            })
            .collect();
        let mut took = Vec::with_capacity(count);
        for sender in senders {
            took.extend(sender.await??);
        }
        took.sort_unstable();
        let sent = count as f64;
        let rate = sent / begun.elapsed().as_secs_f64();
        Ok(Drained { rate, per_core: sent / (self.cpu_seconds()? - cpu), took })
    }

    fn cpu_seconds(&self) -> Result<f64> {
        process::cpu_seconds(self.process.id())
    }

    /// The most memory that it had at once, in MB.
    pub(crate) fn peak_mb(&self) -> Result<f64> {
        process::memory_mb(self.process.id(), "VmHWM")
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
