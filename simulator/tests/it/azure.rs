//! A simulator of its own for each test, and calls on it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use holdfast_simulator::{Config, Estate, Running, Simulator};
use reqwest::Method;
use serde_json::{Value, json};

pub(crate) const SUBSCRIPTION: &str = "5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10";
pub(crate) const GROUP: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-app";
pub(crate) const VAULT: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-app/providers/Microsoft.DataProtection/backupVaults/bv1";
pub(crate) const DISK: &str = "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-app/providers/Microsoft.Compute/disks/d1";

/// Longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running simulator and a client of it.
pub(crate) struct Azure {
    pub(crate) running: Running,
    client: reqwest::Client,
}

/// An answer with everything that tests look at.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn expect(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "expected {status}: {self:?}");
        Ok(self)
    }
}

impl Azure {
    pub(crate) async fn start(speed: f64, estate: Value) -> Result<Self> {
        Self::with(Config { speed, ..Config::default() }, estate).await
    }

    /// A simulator whose clock stands still.
    pub(crate) async fn frozen(estate: Value) -> Result<Self> {
        Self::with(Config::frozen(), estate).await
    }

    pub(crate) async fn with(config: Config, estate: Value) -> Result<Self> {
        let estate = Estate::parse(&estate.to_string())?;
        let running = Simulator::start(Config { estate: Some(estate), ..config }).await?;
        Ok(Self { running, client: reqwest::Client::builder().timeout(Duration::from_secs(20)).build()? })
    }

    /// Calls `path`, which may have a query; adds an api-version that fits when there is none.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Answer> {
        let version = if path.to_lowercase().contains("microsoft.dataprotection") {
            "2024-04-01"
        } else {
            "2022-04-01"
        };
        let url = match (path.starts_with("http"), path.contains("api-version="), path.contains('?')) {
            (true, ..) => path.to_owned(),
            (_, true, _) => format!("{}{path}", self.running.http_url),
            (_, _, true) => format!("{}{path}&api-version={version}", self.running.http_url),
            _ => format!("{}{path}?api-version={version}", self.running.http_url),
        };
        let mut request = self.client.request(method.clone(), &url).bearer_auth("tester");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.with_context(|| format!("{method} {url}"))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await?;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).with_context(|| text.clone())?
        };
        Ok(Answer { status, headers, body })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer> {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Result<Answer> {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Answer> {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Answer> {
        self.call(Method::DELETE, path, None).await
    }

    /// Lets a minute pass and gives how the operation that `started` announced has ended.
    pub(crate) async fn ended(&self, started: &Answer) -> Result<Value> {
        self.running.advance(60.0);
        let url = started.header("azure-asyncoperation").context("no Azure-AsyncOperation")?;
        Ok(self.get(url).await?.expect(200)?.body)
    }

    /// What the validation of `properties` in `vault` came to: the code of its refusal, or `Succeeded`.
    pub(crate) async fn verdict(&self, vault: &str, properties: &Value) -> Result<String> {
        let request = json!({ "backupInstance": properties });
        let started = self.post(&format!("{vault}/validateForBackup"), request).await?;
        let verdict = if started.status == 202 { self.ended(&started).await? } else { started.body };
        let code = verdict["error"]["code"].as_str().or_else(|| verdict["status"].as_str());
        Ok(code.unwrap_or_default().to_owned())
    }

    /// The state of protection of an instance.
    pub(crate) async fn state(&self, instance: &str) -> Result<String> {
        let body = self.get(instance).await?.body;
        Ok(body["properties"]["currentProtectionState"].as_str().unwrap_or_default().to_owned())
    }

    /// Follows `Azure-AsyncOperation` of `started` to its end.
    pub(crate) async fn follow(&self, started: &Answer) -> Result<Value> {
        let url = started.header("azure-asyncoperation").context("no Azure-AsyncOperation")?.to_owned();
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let status = self.get(&url).await?.expect(200)?.body;
            if status["status"] != "Inprogress" && status["status"] != "InProgress" {
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("{url} did not end")
    }

    /// Reads `path` until `pointer` holds `wanted`.
    pub(crate) async fn until(&self, path: &str, pointer: &str, wanted: &str) -> Result<Value> {
        let begun = Instant::now();
        let mut last = Value::Null;
        while begun.elapsed() < PATIENCE {
            last = self.get(path).await?.body;
            if last.pointer(pointer).is_some_and(|found| found == wanted) {
                return Ok(last);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("{path} never showed {wanted} at {pointer}: {last}")
    }
}

/// One group, one vault with identity, one disk, one policy for disks; no roles.
pub(crate) fn estate() -> Value {
    json!({
        "resourceGroups": [{ "id": GROUP, "location": "westeurope" }],
        "vaults": [{ "id": VAULT, "location": "westeurope", "softDelete": "Off" }],
        "policies": [{ "vault": "bv1", "name": "disks", "properties": disk_policy() }],
        "resources": [{ "id": DISK, "location": "westeurope" }],
        "propagationSeconds": 60.0,
    })
}

/// The same with the roles that a disk needs.
pub(crate) fn granted() -> Value {
    let mut estate = estate();
    estate["roleAssignments"] = json!([
        { "scope": DISK, "role": "Disk Backup Reader", "principal": "vault:bv1" },
        { "scope": GROUP, "role": "Disk Snapshot Contributor", "principal": "vault:bv1" },
    ]);
    estate
}

pub(crate) fn disk_policy() -> Value {
    json!({
        "objectType": "BackupPolicy",
        "datasourceTypes": ["Microsoft.Compute/disks"],
        "policyRules": [
            {
                "objectType": "AzureBackupRule", "name": "BackupDaily",
                "backupParameters": { "objectType": "AzureBackupParams", "backupType": "Incremental" },
                "dataStore": { "dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase" },
                "trigger": {
                    "objectType": "ScheduleBasedTriggerContext",
                    "schedule": { "repeatingTimeIntervals": ["R/2024-01-01T02:00:00+00:00/P1D"] },
                    "taggingCriteria": [{ "isDefault": true, "taggingPriority": 99, "tagInfo": { "tagName": "Default", "id": "Default_" } }],
                },
            },
            {
                "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true,
                "lifecycles": [{
                    "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": "P7D" },
                    "sourceDataStore": { "dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase" },
                }],
            },
        ],
    })
}

/// The properties of an instance for the disk.
pub(crate) fn disk_instance() -> Value {
    json!({
        "objectType": "BackupInstance",
        "friendlyName": "d1",
        "dataSourceInfo": {
            "objectType": "Datasource", "resourceID": DISK, "resourceName": "d1", "resourceType": "Microsoft.Compute/disks",
            "resourceUri": DISK, "resourceLocation": "westeurope", "datasourceType": "Microsoft.Compute/disks",
        },
        "policyInfo": {
            "policyId": format!("{VAULT}/backupPolicies/disks"),
            "policyParameters": { "dataStoreParametersList": [{
                "objectType": "AzureOperationalStoreParameters", "dataStoreType": "OperationalStore", "resourceGroupId": GROUP,
            }] },
        },
    })
}

pub(crate) fn instance() -> String {
    format!("{VAULT}/backupInstances/d1")
}

/// A protected disk.
pub(crate) async fn protect(azure: &Azure) -> Result<()> {
    let started = azure.put(&instance(), json!({ "properties": disk_instance() })).await?.expect(201)?;
    azure.follow(&started).await?;
    azure.until(&instance(), "/properties/currentProtectionState", "ProtectionConfigured").await?;
    Ok(())
}
