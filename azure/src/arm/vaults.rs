//! Backup vaults.

use std::collections::BTreeMap;
use std::convert::Infallible;

use holdfast_protection::vault::Vault;
use holdfast_protection::{AzureError, Location, ResourceId};
use serde::Deserialize;

use super::api_version::DATA_PROTECTION;
use super::transport::ArmClient;
use super::wire::or_default;

#[derive(Deserialize)]
struct VaultWire {
    id: ResourceId,
    location: Location,
    #[serde(default, deserialize_with = "or_default")]
    tags: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    identity: IdentityWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IdentityWire {
    principal_id: Option<String>,
}

/// Every Backup vault of a subscription.
pub(super) async fn list(arm: &ArmClient, subscription: &str) -> Result<Vec<Vault>, AzureError> {
    let action = format!("list the Backup vaults of subscription `{subscription}`");
    let path = format!("/subscriptions/{subscription}/providers/Microsoft.DataProtection/backupVaults");
    let url = arm.url(&path, &format!("api-version={DATA_PROTECTION}"));
    arm.list(&action, url, |wire: VaultWire| Ok::<_, Infallible>(wire.into())).await
}

impl From<VaultWire> for Vault {
    fn from(wire: VaultWire) -> Self {
        let principal = wire.identity.principal_id.filter(|principal| !principal.is_empty());
        Self { id: wire.id, location: wire.location, tags: wire.tags, principal }
    }
}
