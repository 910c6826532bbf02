//! The packaged handler as a process, with what it costs.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use holdfast_tests::{process, settings};

use super::azure::Azure;

pub(crate) struct Handler {
    process: Child,
    url: String,
    client: reqwest::Client,
}

impl Handler {
    pub(crate) async fn start(azure: &Azure) -> Result<Self> {
        let settings = settings(&azure.running, azure.folder.path());
        let (process, url) = process::start(&settings, Command::new)?;
        let handler = Self { process, url, client: reqwest::Client::new() };
        // An answer about the rules says that they are compiled.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(120) {
            if handler.get("/api/rules").await.is_ok() {
                return Ok(handler);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the handler does not answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Result<String> {
        self.ask(self.client.get(format!("{}{path}", self.url)), path).await
    }

    pub(crate) async fn post(&self, path: &str, body: String) -> Result<String> {
        self.ask(self.client.post(format!("{}{path}", self.url)).body(body), path).await
    }

    async fn ask(&self, request: reqwest::RequestBuilder, path: &str) -> Result<String> {
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{path}: {status} {text}");
        Ok(text)
    }

    /// What it has taken of processors so far.
    pub(crate) fn cpu_seconds(&self) -> Result<f64> {
        process::cpu_seconds(self.process.id())
    }

    /// The most that was ever resident.
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
