//! Recorded traffic of Microsoft.RecoveryServices, as far as the simulator answers it: vaults, their configuration, policies of
//! virtual machines and of file shares, and which virtual machines could be protected.

use std::collections::BTreeSet;

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
            ["vaults", "backupProtectableItems"] => call.url.contains("AzureIaasVM"),
            ["vaults", "backupFabrics", "refreshContainers" | "operationResults"] => true,
            ["vaults", "backupPolicies"] => policies(call).all(is_taken),
            _ => false,
        }
    }

    /// Groups and virtual machines in the region of the vault that is made.
    fn estate(calls: &[Recorded]) -> Value {
        let requests = calls.iter().filter_map(|call| call.request.as_ref());
        let location = requests.filter_map(|request| text(request, &["location"])).next();
        let place = |id: String| json!({ "id": id, "location": location.unwrap_or("southeastasia") });
        let machines: BTreeSet<String> = calls.iter().flat_map(machines).map(str::to_owned).collect();
        let paths = calls.iter().map(|call| path(&call.url)).chain(machines.iter().map(String::as_str));
        let groups = paths.filter_map(|path| head(path, 4));
        let groups: BTreeSet<String> =
            groups.filter(|group| group.to_lowercase().contains("/resourcegroups/")).collect();
        json!({
            "resourceGroups": groups.into_iter().map(place).collect::<Vec<_>>(),
            "resources": machines.into_iter().map(place).collect::<Vec<_>>(),
        })
    }

    async fn bring_about(_azure: &Azure, _calls: &[Recorded]) -> Result<()> {
        Ok(())
    }

    fn operation_in(url: &str) -> Option<String> {
        let nouns = ["operationsStatus/", "operationResults/"];
        let after = nouns.iter().find_map(|noun| url.split_once(noun))?.1;
        Some(after.split(['?', '/']).next()?.to_owned())
    }

    fn names_itself(_kind: &str) -> bool {
        false
    }
}

/// The ids of the virtual machines that the answer to a call lists.
fn machines(call: &Recorded) -> impl Iterator<Item = &str> {
    let listed = call.response.iter().filter_map(|body| body.get("value")?.as_array()).flatten();
    let items = listed.filter(|item| {
        text(item, &["type"]).is_some_and(|kind| kind.to_lowercase().ends_with("/protectableitems"))
    });
    items.filter_map(|item| text(item, &["properties", "virtualMachineId"]))
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
    judge::<RecoveryServices>(include_str!("recovery_services/differences.json"), 165).await
}
