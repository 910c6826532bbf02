//! What is written is what recorded clients of Azure write.

use std::path::Path;

use holdfast_protection::restore::{
    Rehydrate, RestoreFrom, RestoreInto, RestoreRequest, ShareConflicts, ShareFiles, ShareItem,
    ShareItemKind, TargetMachine,
};
use holdfast_protection::tier::DataStore;
use serde_json::{Value, json};

use super::write::request;
use crate::reference;

const GROUP: &str = "/subscriptions/s/resourceGroups/g";

fn order(source: &str, into: RestoreInto) -> RestoreRequest {
    RestoreRequest {
        from: RestoreFrom::Point { id: "6503856810886".to_owned() },
        store: DataStore::VaultStore,
        source: source.parse().unwrap(),
        into,
        location: "southeastasia".into(),
    }
}

fn machine() -> String {
    format!("{GROUP}/providers/Microsoft.Compute/virtualMachines/vm")
}

fn account(name: &str) -> String {
    format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/{name}")
}

fn share(account_name: &str, name: &str) -> String {
    format!("{}/fileServices/default/shares/{name}", account(account_name))
}

fn files(into: &str, items: Vec<ShareItem>, folder: Option<&str>) -> RestoreRequest {
    let files = ShareFiles {
        share: share("files", into).parse().unwrap(),
        account: account("files").parse().unwrap(),
        original: into == "home",
        items,
        folder: folder.map(str::to_owned),
        conflicts: ShareConflicts::Overwrite,
    };
    order(&share("files", "home"), RestoreInto::Share(files))
}

fn file(path: &str) -> ShareItem {
    ShareItem { path: path.to_owned(), kind: ShareItemKind::File }
}

/// Restore requests that were recorded, by the recording; ids and names differ, fields and words do not.
fn recorded(folder: &Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let calls = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let restores = calls.filter(|call| {
        call["method"] == "POST"
            && call["url"].as_str().unwrap().split('?').next().unwrap().ends_with("/restore")
    });
    restores.map(|call| call["request"]["properties"].clone()).collect()
}

/// Names of the fields, and the values of those that are words and not names.
fn shape(body: &Value) -> Vec<String> {
    let words = ["objectType", "recoveryType", "copyOptions", "restoreRequestType"];
    let mut shape: Vec<String> = body
        .as_object()
        .unwrap()
        .iter()
        .map(
            |(key, value)| if words.contains(&key.as_str()) { format!("{key}={value}") } else { key.clone() },
        )
        .collect();
    shape.sort();
    shape
}

/// Recorded: restores of disks by the command line of Azure. Newer documentation sends `false` for
/// `createNewCloudService` and says that nothing is encrypted.
#[test]
fn disks_are_asked_for_as_recorded() {
    let Some(folder) = reference::folder("recordings/recoveryservices") else { return };
    let disks = RestoreInto::Disks {
        group: "/subscriptions/s/resourceGroups/restored".parse().unwrap(),
        staging: account("staging").parse().unwrap(),
        disks: None,
    };
    let mut ours = shape(&request(&order(&machine(), disks)).unwrap());
    ours.retain(|field| field != "encryptionDetails");
    let recorded = recorded(&folder, "backup_restore.jsonl");
    assert!(recorded.iter().any(|body| shape(body) == ours), "{ours:?} {recorded:?}");
}

/// Recorded: whole shares and files, in place and elsewhere.
#[test]
fn shares_are_asked_for_as_recorded() {
    let Some(folder) = reference::folder("recordings/recoveryservices") else { return };
    let recorded = recorded(&folder, "afs_backup_restore.jsonl");
    let ours = [
        files("home", Vec::new(), None),
        files("other", Vec::new(), None),
        files("home", vec![file("f")], None),
        files("other", vec![file("f"), file("g")], Some("folder1")),
    ];
    for one in &ours {
        let body = request(one).unwrap();
        assert!(recorded.iter().any(|known| shape(known) == shape(&body)), "{body}");
    }
    for known in &recorded {
        assert!(ours.iter().any(|one| shape(&request(one).unwrap()) == shape(known)), "{known}");
    }
}

/// Official: the fields of a new machine, and of a point that is brought back from the archive.
#[test]
fn a_new_machine_is_named_with_its_network_and_an_archived_point_with_how_it_is_brought_back() {
    let network = format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/net");
    let target = TargetMachine {
        id: format!("{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-2").parse().unwrap(),
        group: GROUP.parse().unwrap(),
        subnet: format!("{network}/subnets/apps").parse().unwrap(),
        staging: account("staging").parse().unwrap(),
        zone: Some("1".to_owned()),
    };
    let mut order = order(&machine(), RestoreInto::Machine(target));
    order.from = RestoreFrom::Archived { id: "6503856810886".to_owned(), rehydrate: Rehydrate::default() };
    let body = request(&order).unwrap();
    assert_eq!(body["objectType"], "IaasVMRestoreWithRehydrationRequest");
    let rehydration = json!({ "rehydrationRetentionDuration": "P15D", "rehydrationPriority": "Standard" });
    assert_eq!(body["recoveryPointRehydrationInfo"], rehydration);
    assert_eq!(
        (&body["recoveryType"], &body["virtualNetworkId"]),
        (&json!("AlternateLocation"), &json!(network))
    );
    assert_eq!(body["zones"], json!(["1"]));
}
