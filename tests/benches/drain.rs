//! Work items drained by the handler on one core, against an Azure that answers at once.
//!
//! An item is a look as `POST /Protect` takes it, from the host's envelope to its answer, in the packaged
//! handler: the resource is read, the rules decide, the decision is recorded, the instances are read, the end
//! is recorded. That is two calls to Azure and two writes to the ledger; the resource is protected already, so an
//! item comes to an end. The baseline is the same process, asked for nothing.
//!
//! What is counted is the handler's own CPU time: the simulator, which answers, has the other core.

#![expect(clippy::print_stdout, reason = "a benchmark prints")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use holdfast_simulator::{Config, Estate, Simulator, Throttling};
use holdfast_tests::{SUBSCRIPTION, app, settings};
use serde_json::{Value, json};

const ITEMS: usize = 100_000;
const RESOURCES: usize = 1_000;
const CONNECTIONS: usize = 16;
/// Clock ticks per second of /proc, the same on every Linux.
const TICKS: f64 = 100.0;

#[tokio::main]
async fn main() -> Result<()> {
    // `cargo bench -- quick` is for trying it out.
    let items = if std::env::args().any(|argument| argument == "quick") { 2_000 } else { ITEMS };
    let folder = tempfile::tempdir()?;
    let estate: Estate = serde_json::from_value(estate()).context("read the estate")?;
    let config = Config {
        ca_dir: Some(folder.path().to_owned()),
        estate: Some(estate),
        speed: 1_000_000.0,
        throttling: Throttling::Off,
        ..Config::default()
    };
    let azure = Simulator::start(config).await?;
    protect_by_hand(&azure.http_url).await?;
    let handler = Handler::start(&settings(&azure, folder.path())).await?;
    let nothing = handler.drain("GET", "/", items, |_| String::new()).await?;
    azure.forget_calls();
    let drained = handler.drain("POST", "/Protect", items, message).await?;
    let calls = azure.calls().get("total").and_then(Value::as_f64).unwrap_or_default();
    println!("{:<44} {:>12} {:>12} {:>8}", "requests to the handler", "per second", "per core s", "ratio");
    println!("{:<44} {:>12.0} {:>12.0} {:>8}", "GET / (baseline)", nothing.0, nothing.1, "1.00");
    println!(
        "{:<44} {:>12.0} {:>12.0} {:>8.2}",
        "Protect, a resource that is protected",
        drained.0,
        drained.1,
        drained.1 / nothing.1
    );
    println!("{items} items, {:.2} ARM calls each, {RESOURCES} resources", calls / items as f64);
    Ok(())
}

fn disk(n: usize) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/disks/d{:04}",
        n % RESOURCES
    )
}

fn vault() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.DataProtection/backupVaults/bv-westeurope"
    )
}

fn estate() -> Value {
    let subscription = format!("/subscriptions/{SUBSCRIPTION}");
    let group = |name: &str| json!({ "id": format!("{subscription}/resourceGroups/{name}"), "location": "westeurope" });
    let disks: Vec<Value> = (0..RESOURCES)
        .map(|n| {
            json!({ "id": disk(n), "location": "westeurope", "tags": { "env": "prod" },
            "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } })
        })
        .collect();
    let roles: Vec<Value> = ["Disk Backup Reader", "Disk Snapshot Contributor"]
        .map(|role| json!({ "principal": "vault:bv-westeurope", "role": role, "scope": subscription }))
        .into();
    json!({ "resourceGroups": [group("rg"), group("rg-snapshots-westeurope")], "resources": disks,
        "vaults": [{ "id": vault(), "location": "westeurope" }], "roleAssignments": roles,
        "propagationSeconds": 0.0 })
}

/// Protects every disk as the rules would have it, so that a look finds nothing to do.
async fn protect_by_hand(azure: &str) -> Result<()> {
    let client = reqwest::Client::new();
    let put = async |path: &str, body: Value| -> Result<()> {
        let url = format!("{azure}{path}?api-version=2024-04-01");
        let answer = client.put(&url).bearer_auth("bench").json(&body).send().await?;
        let status = answer.status();
        if !status.is_success() {
            bail!("PUT {url}: {status} {}", answer.text().await?);
        }
        Ok(())
    };
    let policy = format!("{}/backupPolicies/holdfast-disks-p1d-0200-14d", vault());
    put(&policy, json!({ "properties": daily() })).await?;
    for n in 0..RESOURCES {
        let disk = disk(n);
        let name = disk.rsplit('/').next().unwrap_or_default();
        let info = json!({ "objectType": "Datasource", "resourceID": disk, "resourceName": name, "resourceUri": disk,
            "resourceType": "Microsoft.Compute/disks", "datasourceType": "Microsoft.Compute/disks", "resourceLocation": "westeurope" });
        let store = json!({ "objectType": "AzureOperationalStoreParameters", "dataStoreType": "OperationalStore",
            "resourceGroupId": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-snapshots-westeurope") });
        let body = json!({ "properties": { "objectType": "BackupInstance", "friendlyName": name, "dataSourceInfo": info,
            "policyInfo": { "policyId": policy, "policyParameters": { "dataStoreParametersList": [store] } } } });
        put(&format!("{}/backupInstances/{name}", vault()), body).await?;
    }
    Ok(())
}

/// The policy that the shipped rules lead to: each day at two, kept for fourteen days.
fn daily() -> Value {
    let store = json!({ "objectType": "DataStoreInfoBase", "dataStoreType": "OperationalStore" });
    let tag = json!({ "tagName": "Default", "id": "Default_" });
    json!({ "objectType": "BackupPolicy", "datasourceTypes": ["Microsoft.Compute/disks"], "policyRules": [
        { "objectType": "AzureBackupRule", "name": "BackupDaily", "dataStore": store,
          "backupParameters": { "objectType": "AzureBackupParams", "backupType": "Incremental" },
          "trigger": { "objectType": "ScheduleBasedTriggerContext",
            "schedule": { "repeatingTimeIntervals": ["R/2024-01-07T02:00:00+00:00/P1D"], "timeZone": "UTC" },
            "taggingCriteria": [{ "isDefault": true, "taggingPriority": 99, "tagInfo": tag }] } },
        { "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true, "lifecycles": [
            { "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": "P14D" }, "sourceDataStore": store,
              "targetDataStoreCopySettings": [] }] } ] })
}

/// A message of the work queue as the host posts it: text, encoded twice.
fn message(n: usize) -> String {
    // Each item has a time of its own, so that each one's decision and end are written.
    let item = json!({ "format": "holdfast.work/1", "resource": disk(n),
        "cause": { "kind": "event", "id": n.to_string() },
        "at": format!("2026-01-14T{:02}:{:02}:{:02}.{:06}Z", n / 3_600 % 24, n / 60 % 60, n % 60, n) });
    let text = Value::String(item.to_string()).to_string();
    json!({ "Data": { "item": text }, "Metadata": { "DequeueCount": "\"1\"" } }).to_string()
}

struct Handler {
    process: Child,
    url: String,
    client: reqwest::Client,
}

impl Handler {
    async fn start(environment: &std::collections::BTreeMap<String, String>) -> Result<Self> {
        let app = app()?;
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let process = Command::new(app.join("holdfast-functions"))
            .current_dir(&app)
            .envs(environment)
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .env("HOLDFAST_LOG", "error")
            // As in Azure: errors that remember where they were made cost a third of the whole.
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::null())
            .spawn()
            .context("start the handler")?;
        let handler =
            Self { process, url: format!("http://127.0.0.1:{port}"), client: reqwest::Client::new() };
        // The first item that is answered says that the rules are compiled.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            let asked =
                handler.client.post(format!("{}/Protect", handler.url)).body(message(ITEMS)).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(handler);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the handler does not answer")
    }

    /// Requests per second of wall clock, and per second of the handler's own CPU time.
    async fn drain(
        &self,
        method: &'static str,
        path: &str,
        count: usize,
        body: fn(usize) -> String,
    ) -> Result<(f64, f64)> {
        let url = format!("{}{path}", self.url);
        let (cpu, begun) = (self.cpu_seconds()?, Instant::now());
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|first| {
                let (client, url) = (self.client.clone(), url.clone());
                tokio::spawn(async move {
                    for n in (first..count).step_by(CONNECTIONS) {
                        let answer = client.request(method.parse()?, &url).body(body(n)).send().await?;
                        answer.error_for_status()?.bytes().await?;
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        for sender in senders {
            sender.await??;
        }
        let sent = count as f64;
        Ok((sent / begun.elapsed().as_secs_f64(), sent / (self.cpu_seconds()? - cpu)))
    }

    fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks =
            |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
        Ok((ticks(11) + ticks(12)) / TICKS)
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
