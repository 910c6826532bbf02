//! Retention rules: where and for how long what was backed up is kept.

use std::collections::BTreeSet;

use serde_json::Value;

use super::bounds::{Bounds, VAULT_DAYS};
use super::days;
use crate::wire::json as body_json;

/// Checks the retention rules against each other and against the tags of the backup rules.
pub(super) fn retention(
    rules: &[Value],
    bounds: &Bounds,
    tags: &BTreeSet<String>,
    scheduled: bool,
    period: Option<f64>,
) -> Result<(), String> {
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut defaults: Vec<String> = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        if body_json::text(rule, &["objectType"]) != Some("AzureRetentionRule") {
            continue;
        }
        let name = body_json::text(rule, &["name"]).unwrap_or_default().to_owned();
        let default = body_json::member(rule, "isDefault").and_then(Value::as_bool) == Some(true);
        let store =
            lifecycles(rule, bounds, period).map_err(|problem| format!("policyRules[{index}].{problem}"))?;
        if !seen.insert((name.clone(), store.clone())) {
            return Err(format!("policyRules[{index}].name '{name}' appears twice for the same store"));
        }
        if default {
            default_name(&name, &store, &defaults)
                .map_err(|problem| format!("policyRules[{index}].{problem}"))?;
            defaults.push(name.clone());
        }
        if scheduled && !default && !tags.contains(&name) {
            return Err(format!("policyRules[{index}].name '{name}' is a retention rule without a tag"));
        }
        names.insert(name);
    }
    if defaults.is_empty() {
        return Err("policyRules holds no default AzureRetentionRule".into());
    }
    match tags.iter().find(|tag| !names.contains(*tag)) {
        Some(tag) => Err(format!("the tag '{tag}' has no retention rule")),
        None => Ok(()),
    }
}

/// A default rule has the name of its store, once (field, since September 2026: terraform-provider-azurerm).
fn default_name(name: &str, store: &str, others: &[String]) -> Result<(), String> {
    let known: &[&str] = match store {
        "OperationalStore" => &["Default", "Default_OperationalStore"],
        _ => &["Default"],
    };
    if !known.contains(&name) {
        return Err(format!(
            "name '{name}' is none of a default rule in {store}, which is {}",
            known.join(" or ")
        ));
    }
    match others.iter().any(|other| other == name) {
        true => Err(format!(
            "name '{name}' is that of another default rule; name the one in OperationalStore Default_OperationalStore"
        )),
        false => Ok(()),
    }
}

/// Checks the lifecycles of a retention rule and returns the store of the first.
fn lifecycles(rule: &Value, bounds: &Bounds, period: Option<f64>) -> Result<String, String> {
    let lifecycles = body_json::list(rule, &["lifecycles"]);
    let default = body_json::member(rule, "isDefault").and_then(Value::as_bool) == Some(true);
    let mut first = None;
    for lifecycle in lifecycles {
        let duration = body_json::text(lifecycle, &["deleteAfter", "duration"]).unwrap_or_default();
        let store = body_json::text(lifecycle, &["sourceDataStore", "dataStoreType"]).unwrap_or_default();
        let Some(kept) = days(duration).filter(|kept| *kept > 0) else {
            return Err(format!(
                "lifecycles.deleteAfter.duration '{duration}' is no period of days, weeks, months or years"
            ));
        };
        let longest = match store {
            "OperationalStore" => bounds.operational_days,
            "VaultStore" | "ArchiveStore" => VAULT_DAYS,
            other => return Err(format!("lifecycles.sourceDataStore '{other}' is unknown")),
        };
        if kept > longest {
            return Err(format!(
                "lifecycles.deleteAfter.duration '{duration}' in {store} exceeds {longest} days"
            ));
        }
        let points = kept as f64 / period.unwrap_or(f64::INFINITY);
        if store == "OperationalStore" && default && points > bounds.points {
            return Err(format!(
                "lifecycles.deleteAfter.duration '{duration}' would keep {points:.0} recovery points, more than {}",
                bounds.points
            ));
        }
        first.get_or_insert_with(|| store.to_owned());
    }
    first.ok_or_else(|| "lifecycles is empty".into())
}
