//! Recorded traffic of Microsoft.RecoveryServices, as far as the simulator answers it: vaults, their configuration, policies, and
//! the lives of virtual machines, of file shares and of databases.

mod databases;

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

    const PATIENCE: u32 = 3000;

    fn answers(recording: &str, call: &Recorded) -> bool {
        if is_of_databases(recording) {
            return true;
        }
        let path = path(&call.url);
        if path.ends_with("/providers/Microsoft.RecoveryServices/vaults") {
            return true;
        }
        // Vaults of other names were there before, full of what the recording did not make.
        let own = path.split_once("/vaults/clitest-vault").is_some_and(|(_, name)| name.starts_with("0000"));
        if !own {
            return false;
        }
        let nouns: Vec<&str> = path.split('/').skip(7).step_by(2).collect();
        match nouns.as_slice() {
            ["vaults"] | ["vaults", "backupconfig" | "backupstorageconfig"] => true,
            ["vaults", "backupFabrics", "refreshContainers"] => true,
            ["vaults", "backupPolicies"] => policies(call).all(is_taken),
            _ => true,
        }
    }

    /// A job stands where its steps stand.
    fn state_of(body: &Value) -> Option<String> {
        let text = |pointer: &str| body.pointer(pointer).map(|value| value.to_string());
        let state = ["/status", "/properties/status"].iter().find_map(|pointer| text(pointer))?;
        let steps = body.pointer("/properties/extendedInfo/tasksList").and_then(Value::as_array);
        let steps = steps.into_iter().flatten().filter_map(|step| step.get("status")).map(Value::to_string);
        let done = text("/properties/extendedInfo/progressPercentage");
        let words: Vec<String> =
            [state.trim_matches('"').to_owned()].into_iter().chain(steps).chain(done).collect();
        Some(words.join(" "))
    }

    /// Groups and virtual machines in the region of the vault that is made.
    fn estate(calls: &[Recorded]) -> Value {
        if let Some(estate) = databases::estate(calls) {
            return estate;
        }
        let requests = calls.iter().filter_map(|call| call.request.as_ref());
        let location = requests.filter_map(|request| text(request, &["location"])).next();
        let place = |id: String| json!({ "id": id, "location": location.unwrap_or("southeastasia") });
        let machines: BTreeSet<String> =
            calls.iter().flat_map(machines).chain(named(calls)).map(str::to_owned).collect();
        let shares: BTreeSet<String> = calls.iter().flat_map(shares).collect();
        let paths = calls.iter().map(|call| path(&call.url)).chain(machines.iter().map(String::as_str));
        let targets = calls
            .iter()
            .filter_map(|call| text(call.request.as_ref()?, &["properties", "targetResourceGroupId"]));
        let groups = paths.chain(targets).filter_map(|path| head(path, 4));
        let groups: BTreeSet<String> =
            groups.filter(|group| group.to_lowercase().contains("/resourcegroups/")).collect();
        json!({
            "resourceGroups": groups.into_iter().map(place).collect::<Vec<_>>(),
            "resources": machines.iter().cloned().map(place).chain(shares.into_iter().map(|id| json!({ "id": id }))).collect::<Vec<_>>(),
        })
    }

    async fn bring_about(azure: &Azure, calls: &[Recorded]) -> Result<()> {
        databases::bring_about(azure, calls).await
    }

    fn operation_in(url: &str) -> Option<String> {
        let nouns = ["operationsStatus/", "operationResults/", "backupOperations/"];
        let after = nouns.iter().find_map(|noun| url.split_once(noun))?.1;
        Some(after.split(['?', '/']).next()?.to_owned())
    }

    fn names_itself(kind: &str) -> bool {
        kind.ends_with("/recoveryPoints") || kind.ends_with("/protectableItems")
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

/// Recordings of databases, whose vaults were there before.
fn is_of_databases(recording: &str) -> bool {
    recording.starts_with("backup_wl")
}

/// What the requests of a recording name that exists.
fn named(calls: &[Recorded]) -> impl Iterator<Item = &str> {
    let requests = calls.iter().filter_map(|call| call.request.as_ref());
    requests.flat_map(|request| {
        [&["sourceResourceId"][..], &["storageAccountId"], &["targetDetails", "targetResourceId"]]
            .into_iter()
            .filter_map(|path| text(request, &[&["properties"], path].concat()))
    })
}

/// The ids of the shares that a call shows or restores to.
fn shares(call: &Recorded) -> Vec<String> {
    let below = |account: &str, name: &str| format!("{account}/fileServices/default/shares/{name}");
    let listed = call.response.iter().filter_map(|body| body.get("value")?.as_array()).flatten();
    let shown = listed.filter_map(|item| {
        let account = text(item, &["properties", "parentContainerFabricId"])?;
        Some(below(account, text(item, &["properties", "friendlyName"])?))
    });
    let target = call.request.iter().filter_map(|request| {
        let account = text(request, &["properties", "targetDetails", "targetResourceId"])?;
        Some(below(account, text(request, &["properties", "targetDetails", "name"])?))
    });
    shown.chain(target).collect()
}

/// The policies that the answer to a call shows.
fn policies(call: &Recorded) -> impl Iterator<Item = &Value> {
    let body = || call.response.iter();
    let listed = body().filter_map(|body| body.get("value")?.as_array()).flatten();
    body().filter(|body| body.get("value").is_none()).chain(listed)
}

/// Whether a policy is one that the simulator takes.
fn is_taken(policy: &Value) -> bool {
    let kind = text(policy, &["properties", "backupManagementType"]);
    matches!(kind, Some("AzureIaasVM" | "AzureStorage" | "AzureWorkload"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_requests_are_answered_as_azure_answered_them() -> Result<()> {
    judge::<RecoveryServices>(include_str!("recovery_services/differences.json"), 1250).await
}
