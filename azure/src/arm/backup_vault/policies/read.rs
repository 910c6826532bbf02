//! A backup policy as Azure shows it: all of its rules, and the names of those that are not understood.

use holdfast_protection::ResourceId;
use holdfast_protection::policy::{
    BackupRule, Criterion, Interval, Lifecycle, Policy, PolicyBody, RetentionRule, RulePolicy, Tagging,
};
use holdfast_protection::schedule::{Frequency, Period, TimeOfDay};
use holdfast_protection::tier::DataStore;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

use crate::arm::canonical::canonical;
use crate::arm::wire::or_default;

#[derive(Deserialize)]
pub(super) struct PolicyWire {
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
    #[serde(default, deserialize_with = "or_default")]
    backup_parameters: ParametersWire,
    data_store: DataStoreWire,
    trigger: TriggerWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ParametersWire {
    #[serde(deserialize_with = "or_default")]
    backup_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TriggerWire {
    schedule: ScheduleWire,
    #[serde(default, deserialize_with = "or_default")]
    tagging_criteria: Vec<TaggingWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScheduleWire {
    #[serde(default, deserialize_with = "or_default")]
    repeating_time_intervals: Vec<String>,
    time_zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TaggingWire {
    tag_info: TagWire,
    #[serde(default, deserialize_with = "or_default")]
    tagging_priority: u32,
    #[serde(default, deserialize_with = "or_default")]
    is_default: bool,
    #[serde(default, deserialize_with = "or_default")]
    criteria: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagWire {
    tag_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RetentionRuleWire {
    name: String,
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
    target_data_store_copy_settings: Vec<CopyWire>,
}

#[derive(Deserialize)]
struct DurationWire {
    duration: Period,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CopyWire {
    #[serde(default, deserialize_with = "or_default")]
    data_store: Option<DataStoreWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DataStoreWire {
    data_store_type: String,
}

impl DataStoreWire {
    fn known(&self) -> Option<DataStore> {
        DataStore::ALL.into_iter().find(|store| store.as_str().eq_ignore_ascii_case(&self.data_store_type))
    }
}

impl From<PolicyWire> for Policy {
    fn from(wire: PolicyWire) -> Self {
        let mut policy = RulePolicy {
            datasource_types: wire.properties.datasource_types,
            backup: Vec::new(),
            retention: Vec::new(),
            unknown_rules: Vec::new(),
        };
        for rule in wire.properties.policy_rules {
            let text = |name: &str| rule.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let name = text("name");
            let object_type = text("objectType");
            let backup = || serde_json::from_value(rule.clone()).ok().and_then(backup_rule);
            let retention = || serde_json::from_value(rule.clone()).ok().and_then(retention_rule);
            match object_type.as_str() {
                "AzureBackupRule" if let Some(rule) = backup() => policy.backup.push(rule),
                "AzureRetentionRule" if let Some(rule) = retention() => policy.retention.push(rule),
                _ => policy.unknown_rules.push(name),
            }
        }
        Self { name: wire.id.name().to_owned(), items: None, body: PolicyBody::Rules(policy) }
    }
}

fn backup_rule(wire: BackupRuleWire) -> Option<BackupRule> {
    let time_zone = wire.trigger.schedule.time_zone.filter(|zone| !zone.is_empty());
    Some(BackupRule {
        store: wire.data_store.known()?,
        name: wire.name,
        backup_type: wire.backup_parameters.backup_type,
        intervals: wire.trigger.schedule.repeating_time_intervals.into_iter().map(interval).collect(),
        time_zone: time_zone.filter(|zone| !zone.eq_ignore_ascii_case("UTC")),
        tags: wire.trigger.tagging_criteria.into_iter().map(tagging).collect(),
    })
}

/// Reads `R/<start>/<period>`; what is not understood is kept as text.
fn interval(text: String) -> Interval {
    let mut parts = text.split('/').skip(1);
    let at = parts.next().and_then(|start| start.parse::<Timestamp>().ok()).map(|start| {
        let time = start.to_zoned(TimeZone::UTC);
        let minutes = i32::from(time.hour()) * 60 + i32::from(time.minute());
        TimeOfDay::from_minutes(minutes.unsigned_abs())
    });
    let every = parts.next().and_then(|period| Frequency::try_from(period.to_owned()).ok());
    Interval { at, every, text }
}

fn tagging(wire: TaggingWire) -> Tagging {
    Tagging {
        tag: wire.tag_info.tag_name,
        priority: wire.tagging_priority,
        is_default: wire.is_default,
        criteria: wire.criteria.into_iter().map(criterion).collect(),
    }
}

/// One `absoluteCriteria` word and nothing beside it, or the JSON as it is.
fn criterion(wire: Value) -> Criterion {
    let stated = wire.as_object().into_iter().flatten().filter(|(name, value)| {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        name.as_str() != "objectType" && !empty
    });
    let stated: Vec<_> = stated.collect();
    match stated.as_slice() {
        [(name, Value::Array(words))] if name.as_str() == "absoluteCriteria" => match words.as_slice() {
            [Value::String(word)] => Criterion::Absolute(word.clone()),
            _ => Criterion::Other(canonical(wire)),
        },
        _ => Criterion::Other(canonical(wire)),
    }
}

fn retention_rule(wire: RetentionRuleWire) -> Option<RetentionRule> {
    let lifecycles = wire.lifecycles.into_iter().map(lifecycle).collect::<Option<Vec<_>>>()?;
    Some(RetentionRule { name: wire.name, is_default: wire.is_default, lifecycles })
}

fn lifecycle(wire: LifecycleWire) -> Option<Lifecycle> {
    let copies = wire.target_data_store_copy_settings.into_iter();
    let copied_to =
        copies.map(|copy| copy.data_store.map(|store| store.data_store_type).unwrap_or_default()).collect();
    Some(Lifecycle { store: wire.source_data_store.known()?, keep: wire.delete_after.duration, copied_to })
}
