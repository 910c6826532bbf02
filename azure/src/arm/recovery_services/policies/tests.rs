use holdfast_evaluator::{Consistency, Weekday};
use holdfast_protection::policy::{
    DaysOfMonth, FilesPolicy, Kept, Month, Monthly, Policy, PolicyBody, PolicySpec, Runs, ShareBackups,
    SnapshotGroups, Tiering, TimeZone, VmPolicy, VmPolicyKind, WeekOfMonth, Weekly, Yearly,
};
use holdfast_protection::schedule::{Period, TimeOfDay};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ID: &str =
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v/backupPolicies/p";

fn parsed(mut body: Value) -> Policy {
    body["id"] = json!(ID);
    serde_json::from_value::<PolicyWire>(body).unwrap().into()
}

fn body(spec: &PolicySpec) -> Value {
    match spec {
        PolicySpec::Vm(policy) => write::of_machines(policy),
        PolicySpec::Files(policy) => write::of_shares(policy),
        PolicySpec::Databases(policy) => databases::written(policy),
        PolicySpec::Rules(_) => panic!("of a Backup vault"),
    }
}

fn days() -> impl Strategy<Value = DaysOfMonth> {
    let weekdays = (
        prop::sample::subsequence(vec![WeekOfMonth::First, WeekOfMonth::Third, WeekOfMonth::Last], 1..3),
        prop::sample::subsequence(vec![Weekday::Monday, Weekday::Sunday], 1..3),
    );
    let dates = (prop::collection::vec(1_u8..29, 0..3), any::<bool>());
    prop_oneof![
        weekdays.prop_map(|(weeks, days)| DaysOfMonth::weekdays(weeks, days)),
        dates.prop_map(|(dates, last)| DaysOfMonth::dates(dates, last)),
    ]
}

prop_compose! {
    fn kept()(
        daily in prop::option::of(7_u32..9999),
        weekly in prop::option::of((1_u32..500, prop::sample::subsequence(vec![Weekday::Monday, Weekday::Sunday], 1..3))),
        monthly in prop::option::of((1_u32..120, days())),
        yearly in prop::option::of((1_u32..11, prop::sample::subsequence(vec![Month::January, Month::July], 1..3), days())),
    ) -> Kept {
        Kept {
            daily,
            weekly: weekly.map(|(weeks, on)| Weekly { weeks, on }),
            monthly: monthly.map(|(months, on)| Monthly { months, on }),
            yearly: yearly.map(|(years, months, on)| Yearly { years, months, on }),
        }
    }
}

fn runs() -> impl Strategy<Value = Runs> {
    let at = (0_u32..48).prop_map(|half| TimeOfDay::from_minutes(half * 30));
    let every = prop::sample::select(vec![4_u32, 6, 8, 12]);
    let days = prop::sample::subsequence(vec![Weekday::Monday, Weekday::Wednesday, Weekday::Sunday], 1..3);
    prop_oneof![
        (every, at.clone(), 12_u32..25).prop_map(|(every, at, window)| Runs::hourly(every, at, window)),
        at.clone().prop_map(|at| Runs::Daily { at }),
        (at, days).prop_map(|(at, days)| Runs::weekly(at, days)),
    ]
}

prop_compose! {
    fn policy()(
        runs in runs(),
        kept in kept(),
        (enhanced, crash, vault, shares) in any::<(bool, bool, bool, bool)>(),
        instant_days in 1_u32..31,
        zone in prop::sample::select(vec!["UTC", "W. Europe Standard Time"]),
        groups in prop::option::of(("[a-z]{1,9}", "[a-z]{0,9}")),
        tiering in prop::sample::select(vec![Tiering::Never, Tiering::Recommended, Tiering::After(Period::months(3))]),
    ) -> PolicySpec {
        let time_zone = TimeZone::named(zone);
        if shares {
            let backups = match vault {
                true => ShareBackups::Vault { snapshot_days: instant_days, kept },
                false => ShareBackups::Snapshots { kept },
            };
            return PolicySpec::Files(FilesPolicy { runs, time_zone, backups });
        }
        let enhanced = enhanced || matches!(runs, Runs::Hourly { .. });
        PolicySpec::Vm(VmPolicy {
            kind: if enhanced { VmPolicyKind::Enhanced } else { VmPolicyKind::Standard },
            runs,
            time_zone,
            kept,
            instant_days,
            snapshot_groups: groups.map(|(prefix, suffix)| SnapshotGroups { prefix, suffix }),
            consistency: if crash { Consistency::Crash } else { Consistency::Application },
            tiering,
        })
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(spec in policy()) {
        let read = parsed(body(&spec)).body;
        match spec {
            PolicySpec::Vm(policy) => prop_assert_eq!(read, PolicyBody::Vm(policy)),
            PolicySpec::Files(policy) => prop_assert_eq!(read, PolicyBody::Files(policy)),
            PolicySpec::Rules(_) | PolicySpec::Databases(_) => unreachable!(),
        }
    }
}

/// Recorded: the policy that every vault is born with.
fn default_policy() -> Value {
    json!({ "properties": { "backupManagementType": "AzureIaasVM", "instantRPDetails": {},
        "instantRpRetentionRangeInDays": 2, "protectedItemsCount": 0,
        "retentionPolicy": { "dailySchedule": { "retentionDuration": { "count": 30, "durationType": "Days" },
            "retentionTimes": ["2021-06-21T22:00:00Z"] }, "retentionPolicyType": "LongTermRetentionPolicy" },
        "schedulePolicy": { "schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily",
            "scheduleRunTimes": ["2021-06-21T22:00:00Z"], "scheduleWeeklyFrequency": 0 }, "timeZone": "UTC" } })
}

#[test]
fn the_default_policy_is_read_and_written_alike() {
    let PolicyBody::Vm(policy) = parsed(default_policy()).body else { panic!("it is for machines") };
    assert_eq!((policy.kind, policy.instant_days, policy.kept.daily), (VmPolicyKind::Standard, 2, Some(30)));
    assert_eq!(policy.runs, Runs::Daily { at: TimeOfDay::hour(22) });
    let written = write::of_machines(&policy);
    assert_eq!(parsed(written).body, PolicyBody::Vm(policy));
}

#[test]
fn days_of_snapshots_that_an_enhanced_policy_does_not_state_are_seven() {
    let mut shown = default_policy();
    let properties = shown["properties"].as_object_mut().unwrap();
    properties.insert("policyType".to_owned(), json!("V2"));
    properties.insert("instantRpRetentionRangeInDays".to_owned(), json!(null));
    properties.insert(
        "schedulePolicy".to_owned(),
        json!({ "schedulePolicyType": "SimpleSchedulePolicyV2",
        "scheduleRunFrequency": "Daily", "dailySchedule": { "scheduleRunTimes": ["2021-06-21T22:00:00Z"] } }),
    );
    let PolicyBody::Vm(policy) = parsed(shown).body else { panic!("it is for machines") };
    assert_eq!(policy.instant_days, 7);
}

#[test]
fn what_is_not_understood_can_only_be_chosen_by_name() {
    let changed = |pointer: &str, value: Value| {
        let mut shown = default_policy();
        *shown.pointer_mut(pointer).unwrap() = value;
        parsed(shown)
    };
    for odd in [
        changed(
            "/properties/schedulePolicy/scheduleRunTimes",
            json!(["2021-06-21T22:00:00Z", "2021-06-21T23:00:00Z"]),
        ),
        changed("/properties/schedulePolicy/schedulePolicyType", json!("LunarSchedulePolicy")),
        changed("/properties/retentionPolicy/retentionPolicyType", json!("SimpleRetentionPolicy")),
        changed("/properties/instantRpRetentionRangeInDays", json!("two")),
    ] {
        let PolicyBody::Other(other) = &odd.body else { panic!("{odd:?}") };
        assert_eq!(other.serves, [VmPolicy::DATASOURCE_TYPE], "{odd:?}");
        assert!(!other.unread.is_empty());
    }
    let databases = changed("/properties/backupManagementType", json!("AzureWorkload"));
    assert_eq!(databases.datasource_types(), ["AzureWorkload"]);
}
