//! What of a backup instance may change, and what is fixed for its life.

use serde_json::Value;

use super::Instance;
use crate::data_protection::user_error::UserError;
use crate::data_protection::{State, policy};
use crate::wire::json as body_json;
use crate::wire::path::{key, name_of};
use crate::world::World;

/// What keeps `instance` from becoming what `wanted` describes.
pub(super) fn problem(world: &World, vault: &str, instance: &Instance, wanted: &Value) -> Option<UserError> {
    let before = &instance.described;
    let changed = |names: &[&str]| {
        let id = |of: &Value| body_json::text(of, names).map(key);
        id(before) != id(wanted)
    };
    if changed(&["dataSourceInfo", "resourceID"]) {
        return Some(UserError::invalid_input(
            "dataSourceInfo.resourceID of a backup instance cannot change",
        ));
    }
    let cluster =
        instance.datasource_type().eq_ignore_ascii_case("Microsoft.ContainerService/managedClusters");
    if cluster && instance.has_worked() && changed(&["policyInfo", "policyId"]) {
        return Some(UserError::invalid_input("the policy of a protected cluster cannot change"));
    }
    if instance.has_worked() && changed(&["policyInfo", "policyId"]) && shrinks(world, vault, before, wanted)
    {
        let message =
            "The Backup vault is immutable: a policy cannot be replaced by one with lower retention.";
        let action = "Choose a policy that keeps recovery points as long or longer.";
        return Some(UserError::new("UserErrorOperationNotAllowedOnImmutableVault", message, action));
    }
    if instance.has_worked()
        && snapshot_group(before).is_some()
        && snapshot_group(before) != snapshot_group(wanted)
    {
        let detail = "the snapshot resource group of a backup instance cannot change";
        return Some(UserError::invalid_input(detail));
    }
    if has_containers(before) && !has_containers(wanted) && instance.has_worked() {
        let detail = "the containers of a vaulted backup can be changed, but not taken away";
        return Some(UserError::invalid_input(detail));
    }
    // A stopped instance is resumed first.
    let stopped = instance.state.is_stopped() && changed(&["policyInfo", "policyId"]);
    let known = State::of(world).vaults.contains_key(vault);
    (known && stopped).then(|| {
        UserError::invalid_input(format!("the backup instance is in state {}", instance.state.word()))
    })
}

/// Whether an immutable vault would keep what lies in it for a shorter time.
fn shrinks(world: &World, vault: &str, before: &Value, wanted: &Value) -> bool {
    let Some(vault) = State::of(world).vaults.get(vault).filter(|vault| vault.is_immutable()) else {
        return false;
    };
    let followed = |described: &Value| {
        let id = body_json::text(described, &["policyInfo", "policyId"]).unwrap_or_default();
        vault.policies.get(&name_of(id).to_ascii_lowercase())
    };
    followed(before).zip(followed(wanted)).is_some_and(|(before, wanted)| policy::keeps_less(wanted, before))
}

fn snapshot_group(described: &Value) -> Option<String> {
    let path = ["policyInfo", "policyParameters", "dataStoreParametersList"];
    let parameters = body_json::list(described, &path);
    parameters.iter().find_map(|parameter| body_json::text(parameter, &["resourceGroupId"])).map(key)
}

fn has_containers(described: &Value) -> bool {
    let path = ["policyInfo", "policyParameters", "backupDatasourceParametersList"];
    !body_json::list(described, &path).is_empty()
}
