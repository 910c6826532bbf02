//! Backup policies: writing, reading, and what other parts ask of them.

mod lower;
pub(super) mod rule;
pub(super) mod schedule;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

pub(crate) use lower::keeps_less;

use super::State;
use super::page;
use super::user_error::{UserError, generic_not_found};
use super::vault;
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Calls on `{vault}/backupPolicies[/{name}]`.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let Some(name) = call.path.segment(3) else {
        let page = page::asked(call)?;
        let vault = State::of(world).vaults.get(&vault);
        return Ok(page.of(vault.into_iter().flat_map(|vault| page.rest(&vault.policies)), Value::clone));
    };
    match call.method {
        Method::PUT => {
            let request = call.object()?.clone();
            let body = create(world, &vault, name, &request)?;
            Ok(Reply::ok(body))
        }
        Method::GET => {
            let found = State::of(world)
                .vaults
                .get(&vault)
                .and_then(|vault| vault.policies.get(&name.to_ascii_lowercase()));
            Ok(Reply::ok(found.ok_or_else(generic_not_found)?.clone()))
        }
        Method::DELETE => delete(world, &vault, name),
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

/// Checks and keeps the policy that `request` describes.
pub(crate) fn create(world: &mut World, vault: &str, name: &str, request: &Value) -> Result<Value, ArmError> {
    let properties = body_json::member(request, "properties").cloned().unwrap_or_default();
    if let Err(detail) = rule::check(&properties) {
        let activity = world.guid();
        return Err(UserError::invalid_input(detail).refusal(&activity));
    }
    room_for_one_more(world, vault, name)?;
    let Some(vault) = State::of_mut(world).vaults.get_mut(vault) else { return Err(generic_not_found()) };
    let id = format!("{}/backupPolicies/{name}", vault.id);
    let kept = |name: &str| body_json::member(&properties, name).map(body_json::without_nulls);
    let body = json!({
        "properties": {
            "policyRules": kept("policyRules"),
            "datasourceTypes": kept("datasourceTypes"),
            "objectType": "BackupPolicy",
        },
        "id": id,
        "name": name,
        "type": "Microsoft.DataProtection/backupVaults/backupPolicies",
    });
    vault.policies.insert(name.to_ascii_lowercase(), body.clone());
    world.touch(&id);
    Ok(body)
}

/// Refuses a policy beyond what a vault holds.
fn room_for_one_more(world: &mut World, vault: &str, name: &str) -> Result<(), ArmError> {
    let limit = world.settings.policy_limit;
    let Some(policies) = State::of(world).vaults.get(vault).map(|vault| &vault.policies) else {
        return Ok(());
    };
    if policies.len() < limit || policies.contains_key(&name.to_ascii_lowercase()) {
        return Ok(());
    }
    let activity = world.guid();
    let message = format!("The Backup vault holds {limit} backup policies, which is the most it may.");
    let action = "Delete policies that nothing uses, or use another Backup vault.";
    Err(UserError::new("UserErrorMaxBackupPoliciesReached", message, action).refusal(&activity))
}

fn delete(world: &mut World, vault: &str, name: &str) -> Answer {
    let activity = world.guid();
    let Some(vault) = State::of_mut(world).vaults.get_mut(vault) else { return Err(generic_not_found()) };
    let id = format!("{}/backupPolicies/{name}", vault.id);
    let user = vault.instances.values().find(|instance| key(instance.policy_id()) == key(&id));
    if let Some(user) = user {
        let message = format!("The policy {name} is in use by the backup instance {}.", name_of(&user.id));
        let action = "Move the backup instances of the policy to another policy and try again.";
        return Err(UserError::new("UserErrorBackupPolicyInUse", message, action).refusal(&activity));
    }
    let existed = vault.policies.remove(&name.to_ascii_lowercase()).is_some();
    world.touch(&id);
    Ok(Reply::empty(if existed { StatusCode::OK } else { StatusCode::NO_CONTENT }))
}

fn rules<'a>(policy: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let rules = body_json::list(policy, &["properties", "policyRules"]);
    rules.iter().filter(move |rule| body_json::text(rule, &["objectType"]) == Some(kind))
}

/// The one datasource type of `policy`.
pub(crate) fn datasource_type(policy: &Value) -> Option<&str> {
    body_json::list(policy, &["properties", "datasourceTypes"]).first()?.as_str()
}

/// The backup rule named `name`.
pub(crate) fn backup_rule<'a>(policy: &'a Value, name: &str) -> Option<&'a Value> {
    rules(policy, "AzureBackupRule").find(|rule| body_json::text(rule, &["name"]) == Some(name))
}

pub(crate) fn backup_rule_names(policy: &Value) -> Vec<String> {
    rules(policy, "AzureBackupRule")
        .filter_map(|rule| body_json::text(rule, &["name"]))
        .map(str::to_owned)
        .collect()
}

/// Whether a backup rule of `policy` writes to the vault.
pub(crate) fn backs_up_to_vault(policy: &Value) -> bool {
    rules(policy, "AzureBackupRule")
        .any(|rule| body_json::text(rule, &["dataStore", "dataStoreType"]) == Some("VaultStore"))
}

/// For how many days `policy` keeps blobs in their own account, continuously; `None` where it keeps them in the vault alone.
pub(crate) fn operational_days(policy: &Value) -> Option<i64> {
    let lifecycles =
        rules(policy, "AzureRetentionRule").flat_map(|rule| body_json::list(rule, &["lifecycles"]));
    let mut there = lifecycles.filter(|lifecycle| {
        body_json::text(lifecycle, &["sourceDataStore", "dataStoreType"]) == Some("OperationalStore")
    });
    rule::days(body_json::text(there.next()?, &["deleteAfter", "duration"])?)
}

/// Whether `policy` keeps anything in the vault, be it as a copy.
pub(crate) fn copies_to_vault(policy: &Value) -> bool {
    let lifecycles =
        rules(policy, "AzureRetentionRule").flat_map(|rule| body_json::list(rule, &["lifecycles"]));
    let mut stores = lifecycles.flat_map(|lifecycle| {
        let own = body_json::text(lifecycle, &["sourceDataStore", "dataStoreType"]);
        let copies = body_json::list(lifecycle, &["targetDataStoreCopySettings"]);
        let copied = copies.iter().filter_map(|copy| body_json::text(copy, &["dataStore", "dataStoreType"]));
        own.into_iter().chain(copied)
    });
    stores.any(|store| store == "VaultStore")
}

/// For how many days a point goes on in the archive when its time in the vault is over; `None` where it does not.
pub(crate) fn archived_days(policy: &Value, tag: &str) -> Option<i64> {
    let lifecycles = body_json::list(retention_rule(policy, tag)?, &["lifecycles"]);
    let to_archive = |copy: &Value| {
        body_json::text(copy, &["dataStore", "dataStoreType"]) == Some("ArchiveStore")
            && body_json::text(copy, &["copyAfter", "objectType"]) == Some("CopyOnExpiryOption")
    };
    let copied = |one: &&Value| body_json::list(one, &["targetDataStoreCopySettings"]).iter().any(to_archive);
    lifecycles.iter().find(copied)?;
    let in_archive =
        |one: &&Value| body_json::text(one, &["sourceDataStore", "dataStoreType"]) == Some("ArchiveStore");
    rule::days(body_json::text(lifecycles.iter().find(in_archive)?, &["deleteAfter", "duration"])?)
}

fn retention_rule<'a>(policy: &'a Value, tag: &str) -> Option<&'a Value> {
    let mut found = rules(policy, "AzureRetentionRule");
    found.find(|rule| body_json::text(rule, &["name"]).is_some_and(|name| name.eq_ignore_ascii_case(tag)))
}

/// Whether `policy` has a retention rule for `tag`.
pub(crate) fn has_retention(policy: &Value, tag: &str) -> bool {
    retention_rule(policy, tag).is_some()
}

/// For how many days the rule for `tag` keeps a recovery point in its first store.
pub(crate) fn retention_days(policy: &Value, tag: &str) -> Option<i64> {
    let lifecycle = body_json::list(retention_rule(policy, tag)?, &["lifecycles"]).first()?;
    rule::days(body_json::text(lifecycle, &["deleteAfter", "duration"])?)
}

/// The spans of a policy, in hours.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Spans {
    /// Between two backups; none without a schedule.
    pub(crate) period_hours: Option<f64>,
    /// For which its longest retention rule keeps a point.
    pub(crate) retention_hours: Option<f64>,
}

/// How often `policy` backs up, and for how long it keeps what it backs up.
pub(crate) fn spans(policy: &Value) -> Spans {
    let intervals = rules(policy, "AzureBackupRule")
        .flat_map(|rule| body_json::list(rule, &["trigger", "schedule", "repeatingTimeIntervals"]));
    let periods = intervals.filter_map(|interval| rule::period_hours(interval.as_str()?));
    let lifecycles =
        rules(policy, "AzureRetentionRule").flat_map(|rule| body_json::list(rule, &["lifecycles"]));
    let days = lifecycles
        .filter_map(|lifecycle| rule::days(body_json::text(lifecycle, &["deleteAfter", "duration"])?));
    Spans {
        period_hours: periods.min_by(f64::total_cmp),
        retention_hours: days.max().map(|days| days as f64 * 24.0),
    }
}
