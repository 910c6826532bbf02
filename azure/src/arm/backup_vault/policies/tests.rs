use holdfast_protection::Workload;
use holdfast_protection::policy::{Criterion, RetentionSpec, RulePolicy, RuleSpec};
use holdfast_protection::schedule::{Period, RetentionTag, Schedule, TimeOfDay};
use holdfast_protection::workload::{PolicyModel, StoreBounds};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::write::body;
use super::*;

const ID: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupPolicies/p";

fn parsed(mut body: Value) -> RulePolicy {
    body["id"] = json!(ID);
    let policy: Policy = serde_json::from_value::<PolicyWire>(body).unwrap().into();
    policy.rules().unwrap().clone()
}

fn stores() -> Vec<(Workload, &'static StoreBounds)> {
    Workload::ALL
        .into_iter()
        .filter(|workload| workload.manifest().policy == PolicyModel::Rules)
        .flat_map(|workload| workload.manifest().stores.iter().map(move |bounds| (workload, bounds)))
        .collect()
}

prop_compose! {
    /// A template, edited within its bounds or beyond.
    fn spec()(
        (workload, bounds) in prop::sample::select(stores()),
        every in 0_usize..8,
        minutes in 0_u32..1440,
        days in 1_u32..3650,
        tagged in prop::collection::vec((1_usize..5, prop::sample::select(vec!["P9D", "P12W", "P6M", "P2Y"])), 0..3),
    ) -> RuleSpec {
        let keep = |tag, period| RetentionSpec { tag, store: bounds.store, period };
        let mut spec = RuleSpec::template(workload, bounds).keeping(keep(RetentionTag::Default, Period::days(days)));
        if let Some(cadence) = &bounds.cadence {
            let every = cadence.periods[every % cadence.periods.len()];
            spec = spec.triggered(Schedule { every, at: TimeOfDay::from_minutes(minutes) });
            for (tag, period) in tagged {
                spec = spec.keeping(keep(RetentionTag::ALL[tag], Period::try_from(period.to_owned()).unwrap()));
            }
        }
        spec
    }
}

proptest! {
    #[test]
    fn what_is_written_is_recognised_when_read(spec in spec()) {
        let policy = parsed(body(&spec));
        prop_assert!(spec.is_met_by(&policy), "{:?} is not met by {:?}", spec, policy);
    }

    #[test]
    fn another_retention_or_schedule_is_another_policy(one in spec(), other in spec()) {
        let same = one.workload == other.workload && one.every() == other.every() && one.retention == other.retention;
        let written = parsed(body(&other));
        prop_assert!(!one.is_met_by(&written) || same || sorted(&one) == sorted(&other), "{:?} {:?}", one, other);
    }
}

fn sorted(spec: &RuleSpec) -> Vec<(RetentionTag, String)> {
    let mut kept: Vec<_> = spec.retention.iter().map(|keep| (keep.tag, keep.period.to_string())).collect();
    kept.sort_unstable();
    kept
}

/// The policies that Azure `PowerShell` proposes, if the reference data is there.
fn manifests() -> Option<Vec<Value>> {
    let path = crate::reference::folder("specs/manifests")?.join("datasource-manifests.json");
    let text = std::fs::read_to_string(path).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    Some(whole["manifests"].as_array().unwrap().clone())
}

#[test]
fn our_templates_are_those_of_azures_own_tools() {
    let Some(manifests) = manifests() else { return };
    let mut compared = 0;
    for (workload, bounds) in stores() {
        let theirs = manifests.iter().find(|one| one["datasourceType"] == workload.datasource_type());
        let settings = &theirs.unwrap_or_else(|| panic!("no manifest of {workload:?}"))["policySettings"];
        let tags: Vec<&str> = workload.manifest().tags.iter().map(|tag| tag.name()).collect();
        assert_eq!(settings["supportedRetentionTags"], json!(tags), "{workload:?}");
        let stores = settings["supportedDatastoreTypes"].as_array().unwrap();
        assert!(stores.contains(&json!(bounds.store.as_str())), "{workload:?}");
        let proposed = parsed(json!({ "properties": settings["defaultPolicy"] }));
        // Continuous backup of blobs has no template: the one of the manifest is for the vault.
        if bounds.cadence.is_none() {
            continue;
        }
        let template = RuleSpec::template(workload, bounds);
        assert!(template.is_met_by(&proposed), "{template:?} is not {proposed:?}");
        let at = proposed.backup[0].intervals[0].at;
        assert_eq!(template.backup.map(|backup| backup.schedule.at), at, "{workload:?}");
        compared += 1;
    }
    eprintln!("{compared} templates compared");
    assert!(compared >= 2);
}

#[test]
fn what_is_not_understood_is_named_and_never_met() {
    let (workload, bounds) = (Workload::AzureBlobs, &Workload::AzureBlobs.manifest().stores[0]);
    let spec = RuleSpec::template(workload, bounds);
    let mut with_more = body(&spec);
    let rules = with_more["properties"]["policyRules"].as_array_mut().unwrap();
    rules.push(json!({ "objectType": "AzureNewRule", "name": "Novelty" }));
    let policy = parsed(with_more);
    assert_eq!(policy.unknown_rules, ["Novelty"]);
    assert!(!spec.is_met_by(&policy));
    let mut copies = body(&spec);
    copies["properties"]["policyRules"][0]["lifecycles"][0]["targetDataStoreCopySettings"] =
        json!([{ "dataStore": { "dataStoreType": "ArchiveStore" } }]);
    assert!(!spec.is_met_by(&parsed(copies)));
}

#[test]
fn times_are_read_in_utc_and_criteria_as_far_as_they_are_understood() {
    let (workload, bounds) = (Workload::AzureDisks, &Workload::AzureDisks.manifest().stores[0]);
    let weekly = RetentionSpec { tag: RetentionTag::Weekly, store: bounds.store, period: Period::weeks(8) };
    let mut written = body(&RuleSpec::template(workload, bounds).keeping(weekly));
    let trigger = &mut written["properties"]["policyRules"][0]["trigger"];
    trigger["schedule"]["repeatingTimeIntervals"] = json!(["R/2019-11-20T08:30:00-08:00/P1D"]);
    trigger["taggingCriteria"][1]["criteria"] = json!([{ "objectType": "ScheduleBasedBackupCriteria",
        "daysOfTheWeek": ["Sunday"], "scheduleTimes": ["2019-03-01T13:00:00Z"] }]);
    let rule = &parsed(written).backup[0];
    assert_eq!(rule.intervals[0].at.map(|at| at.to_string()).as_deref(), Some("16:30"));
    assert!(
        matches!(&rule.tags[1].criteria[..], [Criterion::Other(json)] if json.contains("Sunday")),
        "{rule:?}"
    );
}
