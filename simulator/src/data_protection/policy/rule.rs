//! What a backup policy must satisfy.
//!
//! Bounds: support matrices of the Azure Backup documentation; names of stores and frequencies: the datasource manifests of
//! Azure PowerShell. Azure's own codes for these refusals are not known; all arrive as invalid input naming the field.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::wire::json as body_json;

/// What a kind of datasource allows.
struct Bounds {
    datasource_type: &'static str,
    /// Where backups go first.
    store: &'static str,
    /// How often; empty means that no schedule exists.
    periods: &'static [&'static str],
    /// Whether a policy may have no backup rule.
    continuous: bool,
    /// The longest retention in the operational store, in days.
    operational_days: i64,
    /// The most scheduled recovery points in the operational store at a time.
    points: f64,
}

const DISK_PERIODS: &[&str] = &["PT1H", "PT2H", "PT4H", "PT6H", "PT8H", "PT12H", "P1D"];
const VAULT_PERIODS: &[&str] = &["P1D", "P1W"];
const LONG_PERIODS: &[&str] = &["P1D", "P1W", "P1M"];
/// Ten years, leap days included.
const VAULT_DAYS: i64 = 3_660;
const NO_LIMIT: f64 = f64::INFINITY;

const BOUNDS: [Bounds; 9] = [
    bounds("Microsoft.Compute/disks", "OperationalStore", DISK_PERIODS, false, 480, 480.0),
    bounds(
        "Microsoft.Storage/storageAccounts/blobServices",
        "VaultStore",
        VAULT_PERIODS,
        true,
        360,
        NO_LIMIT,
    ),
    bounds(
        "Microsoft.Storage/storageAccounts/adlsBlobServices",
        "VaultStore",
        VAULT_PERIODS,
        false,
        0,
        NO_LIMIT,
    ),
    bounds("Microsoft.DBforPostgreSQL/flexibleServers", "VaultStore", LONG_PERIODS, false, 0, NO_LIMIT),
    bounds("Microsoft.DBforPostgreSQL/servers/databases", "VaultStore", &["P1W"], false, 0, NO_LIMIT),
    bounds("Microsoft.DBforMySQL/flexibleServers", "VaultStore", &["P1W", "P1M"], false, 0, NO_LIMIT),
    bounds(
        "Microsoft.ContainerService/managedClusters",
        "OperationalStore",
        DISK_PERIODS,
        false,
        360,
        NO_LIMIT,
    ),
    bounds(
        "Microsoft.ElasticSan/elasticSans/volumeGroups",
        "OperationalStore",
        DISK_PERIODS,
        false,
        450,
        450.0,
    ),
    bounds("Microsoft.DocumentDB/databaseAccounts", "VaultStore", &["P1W"], false, 0, NO_LIMIT),
];

const fn bounds(
    datasource_type: &'static str,
    store: &'static str,
    periods: &'static [&'static str],
    continuous: bool,
    operational_days: i64,
    points: f64,
) -> Bounds {
    Bounds { datasource_type, store, periods, continuous, operational_days, points }
}

/// The kinds of datasource that there are.
pub(crate) fn datasource_types() -> impl Iterator<Item = &'static str> {
    BOUNDS.iter().map(|bounds| bounds.datasource_type)
}

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

fn bounds_of(properties: &Value) -> Result<&'static Bounds, String> {
    let types = body_json::list(properties, &["datasourceTypes"]);
    let [only] = types else {
        return Err(format!("datasourceTypes must name exactly one type, but names {}", types.len()));
    };
    let wanted = only.as_str().unwrap_or_default();
    BOUNDS
        .iter()
        .find(|bounds| bounds.datasource_type.eq_ignore_ascii_case(wanted))
        .ok_or_else(|| format!("datasourceTypes names the unknown type '{wanted}'"))
}

fn tag_names(rule: &Value) -> impl Iterator<Item = String> {
    let criteria = body_json::list(rule, &["trigger", "taggingCriteria"]);
    criteria
        .iter()
        .filter_map(|criterion| body_json::text(criterion, &["tagInfo", "tagName"]))
        .map(str::to_owned)
}

/// Checks one backup rule and returns its shortest period in days.
fn backup_rule(rule: &Value, bounds: &Bounds) -> Result<f64, String> {
    if body_json::text(rule, &["name"]).is_none_or(str::is_empty) {
        return Err("name is missing".into());
    }
    if body_json::text(rule, &["backupParameters", "backupType"]).is_none() {
        return Err("backupParameters.backupType is missing".into());
    }
    let store = body_json::text(rule, &["dataStore", "dataStoreType"]).unwrap_or_default();
    if store != bounds.store {
        return Err(format!(
            "dataStore.dataStoreType is '{store}', but {} needs '{}'",
            bounds.datasource_type, bounds.store
        ));
    }
    tagging(rule)?;
    let intervals = body_json::list(rule, &["trigger", "schedule", "repeatingTimeIntervals"]);
    if intervals.is_empty() {
        return Err("trigger.schedule.repeatingTimeIntervals is empty".into());
    }
    intervals
        .iter()
        .map(|interval| interval_days(interval.as_str().unwrap_or_default(), bounds))
        .try_fold(f64::INFINITY, |shortest, period| period.map(|period| shortest.min(period)))
}

fn interval_days(interval: &str, bounds: &Bounds) -> Result<f64, String> {
    let parts: Vec<&str> = interval.split('/').collect();
    let ["R", start, period] = parts.as_slice() else {
        return Err(format!(
            "trigger.schedule.repeatingTimeIntervals '{interval}' is not of the form R/<start>/<period>"
        ));
    };
    if start.parse::<jiff::Timestamp>().is_err() && start.parse::<jiff::civil::DateTime>().is_err() {
        return Err(format!("trigger.schedule.repeatingTimeIntervals '{interval}' starts at no instant"));
    }
    if !bounds.periods.contains(period) {
        let allowed = bounds.periods.join(", ");
        return Err(format!(
            "trigger.schedule.repeatingTimeIntervals repeats every '{period}', but {} allows {allowed}",
            bounds.datasource_type
        ));
    }
    Ok(period_hours(interval).unwrap_or(24.0) / 24.0)
}

/// The hours between two occurrences of an interval such as `R/2024-01-01T02:00:00+00:00/PT4H`.
pub(crate) fn period_hours(interval: &str) -> Option<f64> {
    let (_, period) = interval.rsplit_once('/')?;
    match period.strip_prefix("PT").and_then(|hours| hours.strip_suffix('H')) {
        Some(hours) => hours.parse().ok(),
        None => days(period).map(|days| days as f64 * 24.0),
    }
}

fn tagging(rule: &Value) -> Result<(), String> {
    let criteria = body_json::list(rule, &["trigger", "taggingCriteria"]);
    let is_default =
        |criterion: &&Value| body_json::member(criterion, "isDefault").and_then(Value::as_bool) == Some(true);
    let defaults: Vec<&Value> = criteria.iter().filter(is_default).collect();
    let [default] = defaults.as_slice() else {
        return Err(format!(
            "trigger.taggingCriteria must hold exactly one default tag, but holds {}",
            defaults.len()
        ));
    };
    let priority =
        |criterion: &Value| body_json::member(criterion, "taggingPriority").and_then(Value::as_f64);
    let mut seen = Vec::new();
    for criterion in criteria {
        let tag = body_json::text(criterion, &["tagInfo", "tagName"]).unwrap_or_default();
        let Some(own) = priority(criterion) else {
            return Err(format!("trigger.taggingCriteria '{tag}' has no taggingPriority"));
        };
        if seen.contains(&own) {
            return Err(format!("trigger.taggingCriteria '{tag}' repeats the taggingPriority {own}"));
        }
        if priority(default).is_some_and(|last| own > last) {
            return Err(format!("trigger.taggingCriteria '{tag}' ranks behind the default tag"));
        }
        seen.push(own);
    }
    Ok(())
}

fn retention(
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn disk_policy() -> Value {
        json!({
            "objectType": "BackupPolicy",
            "datasourceTypes": ["Microsoft.Compute/disks"],
            "policyRules": [
                {
                    "objectType": "AzureBackupRule", "name": "BackupHourly",
                    "backupParameters": {"objectType": "AzureBackupParams", "backupType": "Incremental"},
                    "dataStore": {"dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase"},
                    "trigger": {
                        "objectType": "ScheduleBasedTriggerContext",
                        "schedule": {"repeatingTimeIntervals": ["R/2020-04-05T13:00:00+00:00/PT4H"]},
                        "taggingCriteria": [{"isDefault": true, "taggingPriority": 99, "tagInfo": {"tagName": "Default", "id": "Default_"}}]
                    }
                },
                {
                    "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true,
                    "lifecycles": [{"deleteAfter": {"objectType": "AbsoluteDeleteOption", "duration": "P7D"},
                                    "sourceDataStore": {"dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase"}}]
                }
            ]
        })
    }

    /// The refusal after the value at `pointer` became `value`.
    fn refusal(pointer: &str, value: Value) -> String {
        let mut policy = disk_policy();
        *policy.pointer_mut(pointer).unwrap() = value;
        check(&policy).unwrap_err()
    }

    #[test]
    fn a_usual_disk_policy_passes() {
        assert_eq!(check(&disk_policy()), Ok(()));
    }

    #[test]
    fn each_refusal_names_its_field() {
        assert!(refusal("/datasourceTypes", json!(["a", "b"])).contains("exactly one type"));
        let criteria = "/policyRules/0/trigger/taggingCriteria";
        assert!(
            refusal(&format!("{criteria}/0/isDefault"), json!(false)).contains("exactly one default tag")
        );
        assert!(
            refusal(&format!("{criteria}/0/tagInfo/tagName"), json!("Weekly"))
                .contains("'Weekly' has no retention rule")
        );
        assert!(refusal("/policyRules/1/isDefault", json!(false)).contains("no default"));
        assert!(
            refusal(
                "/policyRules/0/trigger/schedule/repeatingTimeIntervals/0",
                json!("R/2020-04-05T13:00:00+00:00/PT3H")
            )
            .contains("PT3H")
        );
        assert!(
            refusal("/policyRules/1/lifecycles/0/deleteAfter/duration", json!("P90D"))
                .contains("540 recovery points")
        );
        assert!(
            refusal("/policyRules/1/lifecycles/0/deleteAfter/duration", json!("7 days"))
                .contains("no period")
        );
        assert!(
            refusal("/policyRules/0/dataStore/dataStoreType", json!("VaultStore"))
                .contains("OperationalStore")
        );
    }

    #[test]
    fn a_retention_rule_needs_its_tag() {
        let mut policy = disk_policy();
        let mut weekly = policy.pointer("/policyRules/1").unwrap().clone();
        body_json::set(&mut weekly, &["name"], json!("Weekly"));
        body_json::set(&mut weekly, &["isDefault"], json!(false));
        policy.pointer_mut("/policyRules").unwrap().as_array_mut().unwrap().push(weekly);
        assert!(check(&policy).unwrap_err().contains("'Weekly' is a retention rule without a tag"));
    }

    #[test]
    fn default_rules_of_two_stores_have_two_names() {
        let default = |name: &str, store: &str| {
            json!({ "objectType": "AzureRetentionRule", "name": name, "isDefault": true,
                "lifecycles": [{ "deleteAfter": { "duration": "P14D" }, "sourceDataStore": { "dataStoreType": store } }] })
        };
        let both = |operational: &str, vault: &str| {
            let schedule = json!({ "objectType": "AzureBackupRule", "name": "BackupDaily",
                "backupParameters": { "backupType": "Discrete" }, "dataStore": { "dataStoreType": "VaultStore" },
                "trigger": { "schedule": { "repeatingTimeIntervals": ["R/2026-10-04T03:00:00+00:00/P1D"] },
                    "taggingCriteria": [{ "isDefault": true, "taggingPriority": 99, "tagInfo": { "tagName": "Default" } }] } });
            check(&json!({ "objectType": "BackupPolicy",
                "datasourceTypes": ["Microsoft.Storage/storageAccounts/blobServices"],
                "policyRules": [default(operational, "OperationalStore"), schedule, default(vault, "VaultStore")] }))
        };
        assert_eq!(both("Default_OperationalStore", "Default"), Ok(()));
        for (operational, vault) in
            [("Default", "Default"), ("Default", "Default_OperationalStore"), ("Mine", "Default")]
        {
            assert!(both(operational, vault).unwrap_err().contains("Default"), "{operational} {vault}");
        }
    }

    #[test]
    fn operational_blob_policies_have_no_schedule() {
        let policy = json!({
            "objectType": "BackupPolicy",
            "datasourceTypes": ["Microsoft.Storage/storageAccounts/blobServices"],
            "policyRules": [{
                "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true,
                "lifecycles": [{"deleteAfter": {"objectType": "AbsoluteDeleteOption", "duration": "P30D"},
                                "sourceDataStore": {"dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase"}}]
            }]
        });
        assert_eq!(check(&policy), Ok(()));
    }
}
