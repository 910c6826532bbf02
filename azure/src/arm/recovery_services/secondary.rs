//! Restores in the paired region: whom a token is for, the token that opens a recovery point there, and the restore with it.
//!
//! The token is a secret. It goes from one answer into one request, and nowhere else.

use azure_core::http::{Method, Url};
use holdfast_protection::operation::Started;
use holdfast_protection::restore::RestoreInto;
use holdfast_protection::{AzureError, Location, ResourceId};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::version::SECONDARY;
use crate::arm::guards::{self, Guarded};
use crate::arm::operation;
use crate::arm::transport::ArmClient;
use crate::arm::wire::read;

/// What is restored, from which point, and where.
pub(super) struct Abroad<'a> {
    pub(super) vault: &'a ResourceId,
    pub(super) point: &'a ResourceId,
    pub(super) region: &'a Location,
    pub(super) what: Backed,
}

/// What the token is for: each is asked for, and sent back, a little otherwise.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Backed {
    Machine,
    Share,
    Database,
}

impl Backed {
    pub(super) fn of(into: &RestoreInto) -> Self {
        match into {
            RestoreInto::Share(_) => Self::Share,
            RestoreInto::Database(_) | RestoreInto::DatabaseFiles(_) => Self::Database,
            _ => Self::Machine,
        }
    }

    /// How the paired region is asked whom a token is for (azure-cli: nothing for machines).
    fn filter(self) -> Option<&'static str> {
        match self {
            Self::Machine => None,
            Self::Share => Some("backupManagementType eq 'AzureStorage'"),
            Self::Database => Some("backupManagementType eq 'AzureWorkload'"),
        }
    }
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
    // Azure's own tools send no consent of a guard there; where Azure misses it all the same, it is sent.
    let guarded = Guarded { vault: abroad.vault, critical: guards::ITEM_RESTORE };
    operation::started(action, &guards::write(arm, action, (Method::Post, url), Some(body), guarded).await?)
}

/// The token for a recovery point, as the restore sends it back.
async fn token(arm: &ArmClient, abroad: &Abroad<'_>) -> Result<Value, AzureError> {
    let action = format!("ask {} whom a token is for", abroad.region);
    let mut url = in_region(arm, abroad.vault, abroad.region, "backupAadProperties");
    if let Some(filter) = abroad.what.filter() {
        url.query_pairs_mut().append_pair("$filter", filter);
    }
    let audience: Wire = read(&action, &arm.get(&action, url).await?)?;
    let action = format!("get access to recovery point `{}` in {}", abroad.point.name(), abroad.region);
    let url = arm.url_of(abroad.point, "/accessToken", SECONDARY);
    let answer = arm.post(&action, url, &json!({ "properties": audience.properties })).await?;
    let Wire { mut properties } = read(&action, &answer)?;
    if abroad.what == Backed::Machine {
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
