//! What surrounds a resource: tags above it, locks on it, how full the vaults are.

use std::collections::BTreeMap;
use std::convert::Infallible;

use holdfast_protection::AzureError;
use holdfast_protection::lock::Lock;
use serde::Deserialize;

use super::absence::or_absent;
use super::api_version::{LOCKS, RESOURCES};
use super::transport::ArmClient;
use super::wire::{or_default, read};

#[derive(Deserialize)]
struct TagsWire {
    #[serde(default, deserialize_with = "or_default")]
    properties: TagsPropertiesWire,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TagsPropertiesWire {
    #[serde(deserialize_with = "or_default")]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct LockWire {
    id: String,
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    properties: LockPropertiesWire,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LockPropertiesWire {
    level: String,
    notes: Option<String>,
}

const LOCK: &str = "/providers/microsoft.authorization/locks/";

/// Tags of a subscription or resource group, or `None` if it does not exist.
pub(super) async fn tags_of(
    arm: &ArmClient,
    scope: &str,
) -> Result<Option<BTreeMap<String, String>>, AzureError> {
    let action = format!("read the tags of `{scope}`");
    let path = format!("{scope}/providers/Microsoft.Resources/tags/default");
    let answer = arm.get(&action, arm.url(&path, &format!("api-version={RESOURCES}"))).await;
    let answer = or_absent(answer)?;
    answer.map(|answer| Ok(read::<TagsWire>(&action, &answer)?.properties.tags)).transpose()
}

/// Every lock of a subscription, on whatever it lies.
///
/// Asked at the subscription, where Azure lists the locks of every level: what a list at a resource
/// says of the levels above is documented differently in different places.
pub(super) async fn locks(arm: &ArmClient, subscription: &str) -> Result<Vec<Lock>, AzureError> {
    let action = format!("list the locks of subscription `{subscription}`");
    let path = format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/locks");
    let url = arm.url(&path, &format!("api-version={LOCKS}"));
    arm.list(&action, url, |wire: LockWire| Ok::<_, Infallible>(wire.into())).await
}

impl From<LockWire> for Lock {
    fn from(wire: LockWire) -> Self {
        let at = wire.id.to_ascii_lowercase().rfind(LOCK).unwrap_or(wire.id.len());
        let scope = wire.id.get(..at).unwrap_or_default().to_owned();
        let notes = wire.properties.notes.filter(|notes| !notes.is_empty());
        Self { scope, name: wire.name, level: wire.properties.level, notes }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lock_lies_on_what_its_id_begins_with() {
        let group = "/subscriptions/s/resourceGroups/g";
        let body = json!({ "id": format!("{group}/providers/Microsoft.Authorization/locks/keep"), "name": "keep",
            "properties": { "level": "CanNotDelete", "notes": "" } });
        let lock = Lock::from(serde_json::from_value::<LockWire>(body).unwrap());
        let disk = format!("{group}/providers/Microsoft.Compute/disks/d");
        assert_eq!((lock.scope.as_str(), lock.notes.as_deref()), (group, None));
        assert!(lock.holds_for(&disk.parse().unwrap()));
        assert!(!lock.holds_for(&disk.replace("/g/", "/gg/").parse().unwrap()));
    }
}
