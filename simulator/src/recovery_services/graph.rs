//! Vaults and policies as Resource Graph shows them.

use serde_json::Value;

use super::State;
use crate::world::{Table, World};

/// The table and the body of the row with this key.
pub(super) fn row(world: &World, id: &str) -> Option<(Table, Value)> {
    let vaults = &State::of(world).vaults;
    if let Some(vault) = vaults.get(id) {
        return Some((Table::Resources, vault.body.clone()));
    }
    let (vault, policy) = id.split_once("/backuppolicies/")?;
    let found = vaults.get(vault)?.policies.get(policy)?;
    Some((Table::RecoveryServicesResources, found.clone()))
}
