//! Backup policies: written exactly, read tolerantly.

use std::convert::Infallible;

use holdfast_protection::policy::{BackupRule, Every, Policy, PolicySpec, Schedule};
use holdfast_protection::workload::DataStore;
use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::absence::or_absent;
use super::api_version::DATA_PROTECTION;
use super::transport::ArmClient;
use super::wire::{or_default, read};

/// A Sunday in the past: the day on which weekly schedules run.
const FIRST_RUN: &str = "2024-01-07";

#[derive(Deserialize)]
struct PolicyWire {
    id: ResourceId,
    properties: PropertiesWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PropertiesWire {
    datasource_types: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    policy_rules: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BackupRuleWire {
    name: String,
    trigger: TriggerWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TriggerWire {
    schedule: ScheduleWire,
    #[serde(default, deserialize_with = "or_default")]
    tagging_criteria: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScheduleWire {
    #[serde(default, deserialize_with = "or_default")]
    repeating_time_intervals: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RetentionRuleWire {
    #[serde(default, deserialize_with = "or_default")]
    is_default: bool,
    #[serde(default, deserialize_with = "or_default")]
    lifecycles: Vec<LifecycleWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LifecycleWire {
    delete_after: DurationWire,
    source_data_store: DataStoreWire,
    #[serde(default, deserialize_with = "or_default")]
    target_data_store_copy_settings: Vec<Value>,
}

#[derive(Deserialize)]
struct DurationWire {
    #[serde(default, deserialize_with = "or_default")]
    duration: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataStoreWire {
    data_store_type: String,
}

/// What the rules of a policy amount to. What is not understood counts as `more`.
#[derive(Default)]
struct Rules {
    backup: Vec<BackupRule>,
    retention: Vec<Option<(u32, DataStore)>>,
    more: bool,
}

impl Rules {
    fn of(rules: Vec<Value>) -> Self {
        let mut known = Self::default();
        for rule in rules {
            let object_type = rule.get("objectType").and_then(Value::as_str).unwrap_or_default().to_owned();
            match object_type.as_str() {
                "AzureBackupRule" => match serde_json::from_value(rule) {
                    Ok(rule) => known.add_backup(rule),
                    Err(_) => known.more = true,
                },
                "AzureRetentionRule" => match serde_json::from_value(rule) {
                    Ok(rule) => known.add_retention(&rule),
                    Err(_) => known.more = true,
                },
                _ => known.more = true,
            }
        }
        known
    }

    fn add_backup(&mut self, rule: BackupRuleWire) {
        self.more |= rule.trigger.tagging_criteria.len() > 1;
        // Several intervals are several times a week or a day: no single period says that.
        let every = match rule.trigger.schedule.repeating_time_intervals.as_slice() {
            [interval] => {
                interval.rsplit('/').next().and_then(|period| Every::try_from(period.to_owned()).ok())
            }
            _ => None,
        };
        self.backup.push(BackupRule { name: rule.name, every });
    }

    fn add_retention(&mut self, rule: &RetentionRuleWire) {
        let kept = match (rule.is_default, rule.lifecycles.as_slice()) {
            (true, [lifecycle]) if lifecycle.target_data_store_copy_settings.is_empty() => kept(lifecycle),
            _ => {
                self.more = true;
                return;
            }
        };
        self.retention.push(kept);
    }
}

fn kept(lifecycle: &LifecycleWire) -> Option<(u32, DataStore)> {
    let store = [DataStore::OperationalStore, DataStore::VaultStore]
        .into_iter()
        .find(|store| store.as_str().eq_ignore_ascii_case(&lifecycle.source_data_store.data_store_type))?;
    let period = lifecycle.delete_after.duration.strip_prefix('P')?;
    let days = match (period.strip_suffix('D'), period.strip_suffix('W')) {
        (Some(days), _) => days.parse().ok()?,
        (_, Some(weeks)) => weeks.parse::<u32>().ok()?.checked_mul(7)?,
        _ => return None,
    };
    Some((days, store))
}

impl From<PolicyWire> for Policy {
    fn from(wire: PolicyWire) -> Self {
        let Rules { mut backup, retention, more } = Rules::of(wire.properties.policy_rules);
        let default_retention = match retention.as_slice() {
            [only] => *only,
            _ => None,
        };
        Self {
            name: wire.id.name().to_owned(),
            datasource_types: wire.properties.datasource_types,
            has_more_rules: more || backup.len() > 1 || retention.len() > 1,
            backup: if backup.len() == 1 { backup.pop() } else { None },
            default_retention,
        }
    }
}

/// Every backup policy of a vault; those that cannot be understood are left out.
pub(super) async fn list(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<Policy>, AzureError> {
    let action = format!("list the backup policies of vault `{}`", vault.name());
    let url = arm.url_of(vault, "/backupPolicies", DATA_PROTECTION);
    arm.list(&action, url, |wire: PolicyWire| Ok::<_, Infallible>(wire.into())).await
}

/// One backup policy, or `None`.
pub(super) async fn get(arm: &ArmClient, id: &ResourceId) -> Result<Option<Policy>, AzureError> {
    let action = format!("read backup policy `{}`", id.name());
    let answer = or_absent(arm.get(&action, arm.url_of(id, "", DATA_PROTECTION)).await)?;
    answer.map(|answer| Ok(read::<PolicyWire>(&action, &answer)?.into())).transpose()
}

/// Creates or replaces a backup policy. Azure answers at once.
pub(super) async fn put(arm: &ArmClient, id: &ResourceId, spec: &PolicySpec) -> Result<(), AzureError> {
    let action = format!("create backup policy `{}`", id.name());
    arm.put(&action, arm.url_of(id, "", DATA_PROTECTION), &body(spec)).await?;
    Ok(())
}

fn body(spec: &PolicySpec) -> Value {
    let retention = json!({
        "objectType": "AzureRetentionRule",
        "name": "Default",
        "isDefault": true,
        "lifecycles": [ {
            "deleteAfter": { "objectType": "AbsoluteDeleteOption", "duration": format!("P{}D", spec.retention_days) },
            "sourceDataStore": data_store(spec.store()),
            "targetDataStoreCopySettings": [],
        } ],
    });
    let backup = spec.schedule.as_ref().map(|schedule| backup_rule(spec, schedule));
    let rules: Vec<Value> = backup.into_iter().chain([retention]).collect();
    json!({ "properties": {
        "objectType": "BackupPolicy",
        "datasourceTypes": [spec.workload.datasource_type()],
        "policyRules": rules,
    } })
}

fn backup_rule(spec: &PolicySpec, schedule: &Schedule) -> Value {
    let name = match schedule.every {
        Every::Hours(_) => "BackupHourly",
        Every::Day => "BackupDaily",
        Every::Week => "BackupWeekly",
    };
    json!({
        "objectType": "AzureBackupRule",
        "name": name,
        "backupParameters": { "objectType": "AzureBackupParams", "backupType": spec.workload.manifest().backup_type },
        "dataStore": data_store(spec.store()),
        "trigger": {
            "objectType": "ScheduleBasedTriggerContext",
            "schedule": {
                "repeatingTimeIntervals": [format!("R/{FIRST_RUN}T{}:00+00:00/{}", schedule.at, schedule.every)],
                "timeZone": "UTC",
            },
            "taggingCriteria": [ {
                "isDefault": true,
                "tagInfo": { "id": "Default_", "tagName": "Default" },
                "taggingPriority": 99,
            } ],
        },
    })
}

fn data_store(store: DataStore) -> Value {
    json!({ "objectType": "DataStoreInfoBase", "dataStoreType": store.as_str() })
}

#[cfg(test)]
mod tests {
    use holdfast_protection::Workload;

    use super::*;

    const ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupPolicies/p";

    fn parsed(mut body: Value) -> Policy {
        body["id"] = json!(ID);
        serde_json::from_value::<PolicyWire>(body).unwrap().into()
    }

    #[test]
    fn what_is_written_is_recognised_when_read() {
        let schedule = |every| Some(Schedule { every, at: "02:00".to_owned() });
        for spec in [
            PolicySpec {
                workload: Workload::AzureDisks,
                schedule: schedule(Every::Hours(4)),
                retention_days: 7,
            },
            PolicySpec { workload: Workload::AzureDisks, schedule: schedule(Every::Day), retention_days: 30 },
            PolicySpec {
                workload: Workload::PostgresqlFlexible,
                schedule: schedule(Every::Week),
                retention_days: 90,
            },
            PolicySpec { workload: Workload::AzureBlobs, schedule: None, retention_days: 30 },
        ] {
            let policy = parsed(body(&spec));
            assert!(spec.is_met_by(&policy), "{spec:?} is not met by {policy:?}");
        }
    }

    #[test]
    fn what_is_not_understood_is_more_than_we_know() {
        let spec = PolicySpec { workload: Workload::AzureBlobs, schedule: None, retention_days: 30 };
        let mut with_more = body(&spec);
        with_more["properties"]["policyRules"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "objectType": "AzureNewRule" }));
        assert!(parsed(with_more).has_more_rules);
        let mut copies = body(&spec);
        copies["properties"]["policyRules"][0]["lifecycles"][0]["targetDataStoreCopySettings"] = json!([{}]);
        assert!(parsed(copies).has_more_rules);
        let mut months = body(&spec);
        months["properties"]["policyRules"][0]["lifecycles"][0]["deleteAfter"]["duration"] = json!("P3M");
        assert_eq!(parsed(months).default_retention, None);
    }
}
