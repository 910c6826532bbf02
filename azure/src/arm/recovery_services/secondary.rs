//! Restores in the paired region: whom a token is for, the token that opens a recovery point there, and the restore with it.
//!
//! The token is a secret. It goes from one answer into one request, and nowhere else.

use azure_core::http::Url;
use holdfast_protection::operation::Started;
use holdfast_protection::{AzureError, Location, ResourceId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::version::SECONDARY;
use crate::arm::operation;
use crate::arm::transport::ArmClient;
use crate::arm::wire::read;

/// What is restored, from which point, and where.
pub(super) struct Abroad<'a> {
    pub(super) vault: &'a ResourceId,
    pub(super) point: &'a ResourceId,
    pub(super) region: &'a Location,
    /// Whether it is a machine; else it is a share.
    pub(super) is_machine: bool,
}

#[derive(Deserialize)]
struct Wire {
    properties: Map<String, Value>,
}

/// Starts a restore in the paired region.
pub(super) async fn restore(
    arm: &ArmClient,
    action: &str,
    abroad: &Abroad<'_>,
    request: Value,
) -> Result<Started, AzureError> {
    let access = token(arm, abroad).await?;
    let body = json!({ "crossRegionRestoreAccessDetails": access, "restoreRequest": request });
    let url = in_region(arm, abroad.vault, abroad.region, "backupCrossRegionRestore");
    operation::started(action, &arm.post(action, url, &body).await?)
}

/// The token for a recovery point, as the restore sends it back.
async fn token(arm: &ArmClient, abroad: &Abroad<'_>) -> Result<Value, AzureError> {
    let action = format!("ask {} whom a token is for", abroad.region);
    let mut url = in_region(arm, abroad.vault, abroad.region, "backupAadProperties");
    if !abroad.is_machine {
        url.query_pairs_mut().append_pair("$filter", "backupManagementType eq 'AzureStorage'");
    }
    let audience: Wire = read(&action, &arm.get(&action, url).await?)?;
    let action = format!("get access to recovery point `{}` in {}", abroad.point.name(), abroad.region);
    let url = arm.url_of(abroad.point, "/accessToken", SECONDARY);
    let answer = arm.post(&action, url, &json!({ "properties": audience.properties })).await?;
    let Wire { mut properties } = read(&action, &answer)?;
    if abroad.is_machine {
        // Whatever it was called in the answer (azure-cli).
        properties.insert("objectType".to_owned(), json!("CrrAccessToken"));
    }
    Ok(properties.into())
}

/// A call to the paired region, which takes it for the subscription of the vault.
pub(super) fn in_region(arm: &ArmClient, vault: &ResourceId, region: &Location, call: &str) -> Url {
    let subscription = vault.subscription_id();
    let path = format!("{subscription}/providers/Microsoft.RecoveryServices/locations/{region}/{call}");
    arm.url(&path, &format!("api-version={SECONDARY}"))
}
