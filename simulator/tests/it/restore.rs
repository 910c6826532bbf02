//! Restoring every kind of every workload, and being refused.

mod account;
mod cluster;
mod database;
mod disk;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Azure, VAULT};

pub(crate) use account::continuous_account;
pub(crate) use database::{secret, single_server};
pub(crate) use disk::restorable_disk;

pub(crate) const HOUR: f64 = 3600.0;

/// A protected instance with one recovery point, which took ten minutes.
pub(crate) struct Protected {
    pub(crate) azure: Azure,
    pub(crate) path: String,
    pub(crate) point: String,
}

impl Protected {
    pub(crate) async fn new(estate: Value, properties: Value, rule: Option<&str>) -> Result<Self> {
        let azure = Azure::frozen(estate).await?;
        let path = format!("{VAULT}/backupInstances/source");
        azure.put(&path, json!({ "properties": properties })).await?.expect(201)?;
        azure.running.advance(60.0);
        assert_eq!(azure.state(&path).await?, "ProtectionConfigured");
        let mut point = String::new();
        if let Some(rule) = rule {
            let backup = json!({ "backupRuleOptions": { "ruleName": rule, "triggerOption": {} } });
            azure.post(&format!("{path}/backup"), backup).await?.expect(202)?;
            azure.running.advance(600.0);
            let points = azure.get(&format!("{path}/recoveryPoints")).await?.body;
            point = points["value"][0]["name"].as_str().context("no recovery point")?.to_owned();
        }
        Ok(Self { azure, path, point })
    }

    pub(crate) fn request(&self, store: &str, target: Value) -> Value {
        json!({ "objectType": "AzureBackupRecoveryPointBasedRestoreRequest", "recoveryPointId": self.point,
                "sourceDataStoreType": store, "restoreTargetInfo": target })
    }

    /// What the validation of a restore came to.
    pub(crate) async fn verdict(&self, request: &Value) -> Result<String> {
        let body = json!({ "restoreRequestObject": request });
        let started = self.azure.post(&format!("{}/validateRestore", self.path), body).await?;
        let verdict = if started.status == 202 { self.azure.ended(&started).await? } else { started.body };
        let code = verdict["error"]["code"].as_str().or_else(|| verdict["status"].as_str());
        Ok(code.unwrap_or_default().to_owned())
    }

    /// Restores; how the job ended.
    pub(crate) async fn restored(&self, request: &Value) -> Result<Value> {
        let started =
            self.azure.post(&format!("{}/restore", self.path), request.clone()).await?.expect(202)?;
        let job =
            self.azure.ended(&started).await?["properties"]["jobId"].as_str().context("no job")?.to_owned();
        let running = self.azure.get(&job).await?.expect(200)?.body;
        assert_eq!(running["properties"]["status"], "InProgress");
        assert_eq!(running["properties"]["operationCategory"], "Restore");
        self.azure.running.advance(600.0);
        Ok(self.azure.get(&job).await?.expect(200)?.body["properties"].clone())
    }
}

pub(crate) fn to_resource(id: &str, items: Value) -> Value {
    let kind = if items.is_null() { "RestoreTargetInfo" } else { "ItemLevelRestoreTargetInfo" };
    let mut target = json!({ "objectType": kind, "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
                             "datasourceInfo": { "objectType": "Datasource", "resourceID": id } });
    if !items.is_null() {
        target["restoreCriteria"] = items;
    }
    target
}

pub(crate) fn to_files(url: &str) -> Value {
    json!({ "objectType": "RestoreFilesTargetInfo", "recoveryOption": "FailIfExists", "restoreLocation": "westeurope",
            "targetDetails": { "restoreTargetLocationType": "AzureBlobs", "url": url, "filePrefix": "restored" } })
}
