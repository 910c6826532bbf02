//! Restore requests of machines and shares, with the fields that recorded calls have.

use holdfast_protection::restore::{
    Rehydrate, RehydrationPriority, RestoreFrom, RestoreInto, RestoreRequest, ShareConflicts, ShareFiles,
    ShareItem, ShareItemKind, TargetMachine,
};
use serde_json::{Map, Value, json};

use super::databases;

pub(super) type Body = Map<String, Value>;

/// The restore request; none for what these vaults do not restore to.
pub(super) fn request(request: &RestoreRequest) -> Option<Value> {
    let body = match &request.into {
        RestoreInto::Disks { group, staging, disks } => {
            let mut body = machine(request, "RestoreDisks", staging);
            put(&mut body, "targetResourceGroupId", json!(group));
            if let Some(disks) = disks {
                put(&mut body, "restoreDiskLunList", json!(disks));
            }
            body
        }
        RestoreInto::Machine(target) => new_machine(request, target),
        RestoreInto::MachineInPlace { staging, .. } => machine(request, "OriginalLocation", staging),
        RestoreInto::Share(files) => share(request, files),
        RestoreInto::Database(_) | RestoreInto::DatabaseFiles(_) => return databases::request(request),
        RestoreInto::Whole { .. } | RestoreInto::Items { .. } | RestoreInto::Files { .. } => return None,
    };
    Some(body.into())
}

fn machine(request: &RestoreRequest, recovery_type: &str, staging: &impl serde::Serialize) -> Body {
    let mut body = Body::new();
    match &request.from {
        RestoreFrom::Archived { id, rehydrate } => {
            put(&mut body, "objectType", json!("IaasVMRestoreWithRehydrationRequest"));
            put(&mut body, "recoveryPointId", json!(id));
            put_rehydration(&mut body, rehydrate);
        }
        RestoreFrom::Point { id } => {
            put(&mut body, "objectType", json!("IaasVMRestoreRequest"));
            put(&mut body, "recoveryPointId", json!(id));
        }
        RestoreFrom::Moment { .. } => put(&mut body, "objectType", json!("IaasVMRestoreRequest")),
    }
    for (key, value) in [
        ("recoveryType", json!(recovery_type)),
        ("sourceResourceId", json!(request.source)),
        ("storageAccountId", json!(staging)),
        ("region", json!(request.location)),
        ("createNewCloudService", json!(false)),
        ("originalStorageAccountOption", json!(false)),
        ("encryptionDetails", json!({ "encryptionEnabled": false })),
    ] {
        put(&mut body, key, value);
    }
    body
}

fn new_machine(request: &RestoreRequest, target: &TargetMachine) -> Body {
    let mut body = machine(request, "AlternateLocation", &target.staging);
    put(&mut body, "targetVirtualMachineId", json!(target.id));
    put(&mut body, "targetResourceGroupId", json!(target.group));
    put(&mut body, "virtualNetworkId", json!(target.subnet.parent()));
    put(&mut body, "subnetId", json!(target.subnet));
    if let Some(zone) = &target.zone {
        put(&mut body, "zones", json!([zone]));
    }
    body
}

fn share(request: &RestoreRequest, files: &ShareFiles) -> Body {
    let copy = match files.conflicts {
        ShareConflicts::Skip => "Skip",
        ShareConflicts::Overwrite => "Overwrite",
        ShareConflicts::CreateCopy => "CreateCopy",
        ShareConflicts::FailOnConflict => "FailOnConflict",
    };
    // A folder of the same share is another place as well: only the alternate form names one.
    let is_original = files.original && files.folder.is_none();
    let account_of = |id: &holdfast_protection::ResourceId| id.parent().and_then(|service| service.parent());
    let mut body = Body::new();
    for (key, value) in [
        ("objectType", json!("AzureFileShareRestoreRequest")),
        ("recoveryType", json!(if is_original { "OriginalLocation" } else { "AlternateLocation" })),
        ("sourceResourceId", json!(account_of(&request.source))),
        ("copyOptions", json!(copy)),
        (
            "restoreRequestType",
            json!(if files.items.is_empty() { "FullShareRestore" } else { "ItemLevelRestore" }),
        ),
    ] {
        put(&mut body, key, value);
    }
    let folder = files.folder.as_deref();
    if !files.items.is_empty() {
        let specs: Vec<Value> = files.items.iter().map(|one| spec(one, folder)).collect();
        put(&mut body, "restoreFileSpecs", json!(specs));
    } else if let Some(folder) = folder {
        put(&mut body, "restoreFileSpecs", json!([{ "targetFolderPath": folder }]));
    }
    if !is_original {
        let details = json!({ "name": files.share.name(), "targetResourceId": files.account });
        put(&mut body, "targetDetails", details);
    }
    body
}

fn spec(item: &ShareItem, folder: Option<&str>) -> Value {
    let kind = match item.kind {
        ShareItemKind::File => "File",
        ShareItemKind::Directory => "Directory",
    };
    match folder {
        Some(folder) => json!({ "path": item.path, "fileSpecType": kind, "targetFolderPath": folder }),
        None => json!({ "path": item.path, "fileSpecType": kind }),
    }
}

/// How a recovery point is brought back from the archive.
pub(super) fn put_rehydration(body: &mut Body, rehydrate: &Rehydrate) {
    let priority = match rehydrate.priority {
        RehydrationPriority::Standard => "Standard",
        RehydrationPriority::High => "High",
    };
    let retention = format!("P{}D", rehydrate.days);
    let info = json!({ "rehydrationRetentionDuration": retention, "rehydrationPriority": priority });
    put(body, "recoveryPointRehydrationInfo", info);
}

pub(super) fn put(body: &mut Body, key: &str, value: Value) {
    body.insert(key.to_owned(), value);
}
