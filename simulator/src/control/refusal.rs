//! Refusals that users of Azure Backup have met, by name: the next call that could meet one does (field: status and code; the texts are
//! ours where nobody wrote Azure's down).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{parsed, refused};
use crate::app::App;
use crate::wire::Reply;

/// A refusal: its name, the calls that meet it, status, code and text.
struct Refusal {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    status: u16,
    code: &'static str,
    message: &'static str,
}

const ITEM: &str = "/protectedItems/[^/]+$";
const VAULT: &str = "/Microsoft.RecoveryServices/vaults/[^/]+$";

const KNOWN: [Refusal; 16] = [
    known("item-not-found", "GET", ITEM, 404, "BMSUserErrorDataSourceObjectNotFound", "Item not found."),
    known(
        "cross-region-restore-not-enabled",
        "GET",
        ITEM,
        400,
        "BMSUserErrorCrossRegionRestoreNotEnabledInThisVault",
        "Cross Region Restore is not enabled in this vault.",
    ),
    known(
        "invalid-configuration",
        "PUT",
        ITEM,
        400,
        "BMSUserErrorInvalidConfigureProtectionRequest",
        "Input for configure protection is not in proper format.",
    ),
    known(
        "policy-of-another-workload",
        "PUT",
        ITEM,
        400,
        "BMSUserErrorInvalidPolicyForGivenProvider",
        "Backup policy is not valid for the given provider.",
    ),
    known(
        "invalid-input",
        "PUT",
        ITEM,
        400,
        "BMSUserErrorInvalidInput",
        "Input provided for the call is invalid",
    ),
    known(
        "suspend-refused",
        "PUT",
        ITEM,
        400,
        "UserErrorOperationDeniedOnImmutableItem",
        "This operation is not allowed because the vault is immutable.",
    ),
    known(
        "conflicting-operation",
        "PUT",
        ITEM,
        400,
        "BMSUserErrorConflictingProtectionOperation",
        "Another configure protection operation is in progress for this item.",
    ),
    known(
        "object-locked",
        "PUT|DELETE",
        ITEM,
        409,
        "BMSUserErrorObjectLocked",
        "Another operation is in progress on this item.",
    ),
    known(
        "invalid-policy",
        "PUT",
        "/backupPolicies/[^/]+$",
        400,
        "BMSUserErrorInvalidPolicyInput",
        "Input for create or update policy is not in proper format",
    ),
    known(
        "vault-not-empty",
        "DELETE",
        VAULT,
        400,
        "ServiceResourceNotEmptyWithContainerDetails",
        "Vault cannot be deleted as there are existing resources within the vault.",
    ),
    known(
        "immutability-change",
        "PUT|PATCH",
        VAULT,
        400,
        "UserErrorUnsupportedVaultImmutabilityStateChange",
        "The state of immutability cannot be changed so.",
    ),
    known(
        "soft-delete-cannot-be-disabled",
        "PUT|PATCH",
        "/backupconfig/vaultconfig$",
        400,
        "BMSUserErrorDisablingSoftDeleteStateNotAllowed",
        "Soft delete cannot be disabled.",
    ),
    known(
        "redundancy-through-the-vault",
        "PUT|PATCH",
        "/backupstorageconfig/vaultstorageconfig$",
        400,
        "BMSUserErrorRedundancySettingsUseVaultApi",
        "Use the API of the vault to change its redundancy.",
    ),
    known(
        "cross-region-restore-restricted",
        "PUT|PATCH",
        "/backupstorageconfig/vaultstorageconfig$",
        400,
        "BMSUserErrorUnableToEnableCrossRegionRestore",
        "Cross Region Restore cannot be enabled because the paired region is restricted.",
    ),
    known(
        "key-identity-invalid",
        "PUT|PATCH",
        VAULT,
        400,
        "InvalidRestApiParameter",
        "encryption parameter is invalid. Please provide a valid encryption",
    ),
    known(
        "trusted-launch-under-standard-policy",
        "PUT|PATCH",
        "/Microsoft.Compute/virtualMachines/[^/]+$",
        409,
        "OperationNotAllowed",
        "The security type of a virtual machine under a standard backup policy cannot be changed to Trusted Launch.",
    ),
];

const fn known(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    status: u16,
    code: &'static str,
    message: &'static str,
) -> Refusal {
    Refusal { name, method, path, status, code, message }
}

/// Which refusal the next call meets, and how often.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: String,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

/// The refusals that there are.
pub(super) async fn list() -> Json<Value> {
    let shown = |one: &Refusal| json!({ "name": one.name, "method": one.method, "path": one.path, "status": one.status, "code": one.code });
    Json(json!({ "refusals": KNOWN.iter().map(shown).collect::<Vec<_>>() }))
}

pub(super) async fn add(State(app): State<Arc<App>>, body: Bytes) -> Reply {
    let wanted: Wanted = match parsed(&body) {
        Ok(wanted) => wanted,
        Err(problem) => return refused(&problem),
    };
    let Some(found) = KNOWN.iter().find(|one| one.name == wanted.name) else {
        let names: Vec<&str> = KNOWN.iter().map(|one| one.name).collect();
        return refused(&format!("there is no refusal '{}'; there are {}", wanted.name, names.join(", ")));
    };
    let error = json!({ "code": found.code, "message": found.message, "target": null, "details": null, "innerError": null });
    let fault = json!({ "path": found.path, "status": found.status, "code": found.code, "times": wanted.times,
        "method": found.method, "body": { "error": error } });
    let armed = serde_json::from_value(fault)
        .map_err(|error| error.to_string())
        .and_then(|fault| app.world().traffic.faults.add(fault));
    match armed {
        Ok(()) => Reply::empty(StatusCode::NO_CONTENT),
        Err(problem) => refused(&problem),
    }
}
