//! Recorded traffic of Microsoft.RecoveryServices, as far as the simulator answers it: vaults, their configuration, and policies
//! of virtual machines and of file shares.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

use super::read::{head, path, text};
use super::replay::Provider;
use super::{Recorded, judge};
use crate::azure::Azure;

struct RecoveryServices;

impl Provider for RecoveryServices {
    const FOLDER: &str = "recoveryservices";

    fn answers(call: &Recorded) -> bool {
        let path = path(&call.url);
        if path.ends_with("/providers/Microsoft.RecoveryServices/vaults") {
            return true;
        }
        // Vaults of other names were there before, full of policies for databases.
        if !path.contains("/vaults/clitest-vault") {
            return false;
        }
        let nouns: Vec<&str> = path.split('/').skip(7).step_by(2).collect();
        match nouns.as_slice() {
            ["vaults"] | ["vaults", "backupconfig" | "backupstorageconfig"] => true,
            ["vaults", "backupPolicies"] => policies(call).all(is_taken),
            _ => false,
        }
    }

    fn estate(calls: &[Recorded]) -> Value {
        let mut groups = BTreeMap::new();
        for call in calls {
            let body = call.request.iter().chain(&call.response);
            let location = body.filter_map(|body| text(body, &["location"])).next();
            if let Some(group) = head(path(&call.url), 4) {
                groups.entry(group).or_insert_with(|| location.unwrap_or("southeastasia").to_owned());
            }
        }
        let groups: Vec<Value> =
            groups.into_iter().map(|(id, location)| json!({ "id": id, "location": location })).collect();
        json!({ "resourceGroups": groups })
    }

    async fn bring_about(_azure: &Azure, _calls: &[Recorded]) -> Result<()> {
        Ok(())
    }

    fn operation_in(_url: &str) -> Option<String> {
        None
    }

    fn names_itself(_kind: &str) -> bool {
        false
    }
}

/// The policies that the answer to a call shows.
fn policies(call: &Recorded) -> impl Iterator<Item = &Value> {
    let body = || call.response.iter();
    let listed = body().filter_map(|body| body.get("value")?.as_array()).flatten();
    body().filter(|body| body.get("value").is_none()).chain(listed)
}

/// Whether a policy is one of virtual machines or file shares that none has yet, or the one of databases that each vault is
/// born with.
fn is_taken(policy: &Value) -> bool {
    let kind = text(policy, &["properties", "backupManagementType"]);
    let items = policy.pointer("/properties/protectedItemsCount").and_then(Value::as_u64);
    let unused = items.is_none_or(|items| items == 0);
    (matches!(kind, Some("AzureIaasVM" | "AzureStorage")) && unused)
        || text(policy, &["name"]) == Some("HourlyLogBackup")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_requests_are_answered_as_azure_answered_them() -> Result<()> {
    judge::<RecoveryServices>(include_str!("recovery_services/differences.json"), 110).await
}
