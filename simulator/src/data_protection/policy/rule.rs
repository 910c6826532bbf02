//! What a backup policy must satisfy.
//!
//! Bounds: support matrices of the Azure Backup documentation; names of stores and frequencies: the datasource manifests of
//! Azure PowerShell. Azure's own codes for these refusals are not known; all arrive as invalid input naming the field.

mod bounds;
mod retention;
mod schedule;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use bounds::bounds_of;
pub(crate) use bounds::datasource_types;
use retention::retention;
pub(crate) use schedule::period_hours;
use schedule::{backup_rule, tag_names};

use crate::wire::json as body_json;

/// Checks the properties of a policy; the error names the first field that does not fit.
pub(crate) fn check(properties: &Value) -> Result<(), String> {
    if body_json::text(properties, &["objectType"]) != Some("BackupPolicy") {
        return Err("properties.objectType must be 'BackupPolicy'".into());
    }
    let bounds = bounds_of(properties)?;
    let rules = body_json::list(properties, &["policyRules"]);
    let mut tags = BTreeSet::new();
    let mut shortest_period = None;
    let mut backup_rules = 0;
    for (index, rule) in rules.iter().enumerate() {
        match body_json::text(rule, &["objectType"]) {
            Some("AzureBackupRule") => {
                backup_rules += 1;
                let period =
                    backup_rule(rule, bounds).map_err(|problem| format!("policyRules[{index}].{problem}"))?;
                shortest_period = shortest_period.map_or(Some(period), |known: f64| Some(known.min(period)));
                tags.extend(tag_names(rule));
            }
            Some("AzureRetentionRule") => {}
            other => {
                return Err(format!(
                    "policyRules[{index}].objectType '{}' is unknown",
                    other.unwrap_or_default()
                ));
            }
        }
    }
    if backup_rules == 0 && !bounds.continuous {
        return Err(format!("policyRules holds no AzureBackupRule, which {} needs", bounds.datasource_type));
    }
    retention(rules, bounds, &tags, backup_rules > 0, shortest_period)
}

/// A period such as `P7D`, `P12W`, `P3M` or `P10Y` in days.
pub(crate) fn days(period: &str) -> Option<i64> {
    let body = period.strip_prefix('P')?;
    let split = body.len().checked_sub(1)?;
    let (count, unit) = (body.get(..split)?, body.get(split..)?);
    let count: i64 = count.parse().ok().filter(|count| (0..=100_000).contains(count))?;
    Some(
        count
            * match unit {
                "D" => 1,
                "W" => 7,
                "M" => 30,
                "Y" => 365,
                _ => return None,
            },
    )
}
