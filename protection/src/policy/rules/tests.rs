use holdfast_evaluator::{Items, Protection, Retention, Schedule as Desired, Tier, WhenForeign};

use super::*;
use crate::Workload;
use crate::impossible::Impossible;
use crate::policy::{DesiredPolicy, Policy, PolicyBody};
use crate::schedule::{Period, RetentionTag};
use crate::tier::DataStore;
use crate::workload::PolicyModel;

fn how(every: Option<&str>, days: Option<u32>) -> Protection {
    Protection {
        schedule: every.map(|every| Desired { every: every.to_owned(), ..Desired::default() }),
        retention: days.map(|days| Retention { min_days: Some(days), max_days: None }),
        ..Protection::default()
    }
}

fn decided(workload: Workload, how: &Protection) -> RuleSpec {
    DesiredRule::decided(workload, how).unwrap().spec
}

fn refused(workload: Workload, how: &Protection) -> Impossible {
    DesiredRule::decided(workload, how).unwrap_err()
}

/// A policy as Azure would show what was made from `spec`.
fn shown(spec: &RuleSpec) -> RulePolicy {
    let tagging = |tag: RetentionTag| Tagging {
        tag: tag.name().to_owned(),
        priority: tag.priority(),
        is_default: tag == RetentionTag::Default,
        criteria: tag.criterion().map(|word| Criterion::Absolute(word.to_owned())).into_iter().collect(),
    };
    let backup = spec.backup.map(|backup| BackupRule {
        name: "Backup".to_owned(),
        backup_type: spec.workload.manifest().backup_type.to_uppercase(),
        store: backup.store,
        intervals: vec![Interval {
            text: String::new(),
            at: Some(backup.schedule.at),
            every: Some(backup.schedule.every),
        }],
        time_zone: None,
        tags: spec
            .retention
            .iter()
            .filter(|keep| keep.store == backup.store)
            .map(|keep| tagging(keep.tag))
            .collect(),
    });
    let retention = spec.retention.iter().map(|keep| RetentionRule {
        name: keep.tag.name().to_owned(),
        is_default: keep.tag == RetentionTag::Default,
        lifecycles: vec![Lifecycle { store: keep.store, keep: keep.period, copied_to: Vec::new() }],
    });
    RulePolicy {
        datasource_types: vec![spec.workload.datasource_type().to_uppercase()],
        backup: backup.into_iter().collect(),
        retention: retention.collect(),
        unknown_rules: Vec::new(),
    }
}

#[test]
fn a_decision_without_wishes_gets_the_usual_of_the_workload() {
    let name = |workload| decided(workload, &Protection::default()).name();
    assert_eq!(name(Workload::AzureDisks), "holdfast-disks-pt4h-0200-7d");
    assert_eq!(name(Workload::PostgresqlFlexible), "holdfast-pgflex-p1w-0200-90d");
    assert_eq!(name(Workload::AzureBlobs), "holdfast-blobs-30d");
}

#[test]
fn the_template_of_each_workload_is_within_its_own_bounds() {
    for workload in Workload::ALL.into_iter().filter(|one| one.manifest().policy == PolicyModel::Rules) {
        for bounds in workload.manifest().stores {
            let template = RuleSpec::template(workload, bounds);
            assert_eq!(template.check(), Ok(()), "{template:?}");
            assert!(template.is_met_by(&shown(&template)), "{template:?}");
        }
    }
}

#[test]
fn bounds_are_named_before_any_call() {
    assert_eq!(refused(Workload::AzureDisks, &how(Some("PT3H"), None)).code, "ScheduleBound");
    assert_eq!(refused(Workload::AzureDisks, &how(Some("often"), None)).code, "ScheduleBound");
    let snapshots = refused(Workload::AzureDisks, &how(Some("PT1H"), Some(30)));
    assert!(snapshots.message.contains("720"), "{snapshots:?}");
    let kept = refused(Workload::AzureBlobs, &how(None, Some(400)));
    assert_eq!(kept.code, "RetentionBound");
    assert!(kept.way_out.contains("blob backup support matrix"), "{kept:?}");
    assert_eq!(refused(Workload::PostgresqlFlexible, &how(Some("PT4H"), None)).code, "ScheduleBound");
    let vault = Protection { tier: Some(Tier::Vault), ..Protection::default() };
    assert_eq!(refused(Workload::AzureDisks, &vault).code, "TierNotSupported");
}

#[test]
fn an_existing_policy_of_the_same_effect_is_recognised() {
    let spec = decided(Workload::AzureDisks, &how(Some("P1D"), Some(28)));
    let mut policy = shown(&spec);
    assert!(spec.is_met_by(&policy));
    policy.retention[0].name = "Default_OperationalStore".to_owned();
    policy.retention[0].lifecycles[0].keep = Period::weeks(4);
    assert!(spec.is_met_by(&policy), "four weeks are 28 days, whatever the rule is called");
    policy.unknown_rules.push("Mystery".to_owned());
    assert!(!spec.is_met_by(&policy));
    policy.unknown_rules.clear();
    policy.retention[0].lifecycles[0].keep = Period::days(29);
    assert!(!spec.is_met_by(&policy));
}

#[test]
fn a_range_of_days_is_met_by_what_lies_in_it_and_the_shortest_is_taken() {
    let range = |min, max| Protection {
        retention: Some(Retention { min_days: Some(min), max_days: Some(max) }),
        ..Protection::default()
    };
    let policies: Vec<Policy> = [Period::years(1), Period::months(3), Period::days(45)]
        .into_iter()
        .map(|period| {
            let spec = decided(Workload::PostgresqlFlexible, &Protection::default());
            let tag = RetentionTag::Default;
            let store = DataStore::VaultStore;
            let body = PolicyBody::Rules(shown(&spec.keeping(RetentionSpec { tag, store, period })));
            Policy { name: period.to_string(), items: None, body }
        })
        .collect();
    let chosen = |min, max| {
        let desired = DesiredPolicy::decided(Workload::PostgresqlFlexible, &range(min, max)).unwrap();
        desired.choose(&policies, WhenForeign::Leave, |_| true).map(|policy| policy.name.clone())
    };
    assert_eq!(chosen(30, 366).as_deref(), Some("P45D"));
    assert_eq!(chosen(80, 100).as_deref(), Some("P3M"));
    assert_eq!(chosen(90, 100), None, "three months may be 89 days");
    assert_eq!(chosen(100, 366).as_deref(), Some("P1Y"));
    assert_eq!(chosen(100, 365), None, "a year may have 366 days");
}

#[test]
fn a_time_of_day_matters_if_the_decision_states_it() {
    let at = |at: Option<&str>| Protection {
        schedule: Some(Desired { every: "PT4H".to_owned(), at: at.map(str::to_owned), ..Desired::default() }),
        ..Protection::default()
    };
    let fits = |desired: &Protection, policy: &RulePolicy| {
        DesiredRule::decided(Workload::AzureDisks, desired).unwrap().fits(policy)
    };
    let mut policy = shown(&decided(Workload::AzureDisks, &at(Some("13:00"))));
    assert!(fits(&at(None), &policy));
    assert!(fits(&at(Some("01:00")), &policy), "every four hours from one is every four hours from 13");
    assert!(!fits(&at(Some("02:00")), &policy));
    policy.backup[0].time_zone = Some("W. Europe Standard Time".to_owned());
    assert!(!fits(&at(Some("13:00")), &policy), "it is another time in another zone");
}

#[test]
fn tags_keep_some_recovery_points_longer_within_the_bounds() {
    let weekly = RetentionSpec {
        tag: RetentionTag::Weekly,
        store: DataStore::OperationalStore,
        period: Period::weeks(12),
    };
    let spec = decided(Workload::AzureDisks, &how(Some("PT4H"), Some(7))).keeping(weekly);
    assert_eq!(spec.check(), Ok(()));
    assert_eq!(spec.name(), "holdfast-disks-pt4h-0200-7d-weekly-12w");
    assert!(spec.is_met_by(&shown(&spec)));
    let plain = decided(Workload::AzureDisks, &how(Some("PT4H"), Some(7)));
    assert!(!plain.is_met_by(&shown(&spec)), "that policy keeps more than was decided");
    assert!(!spec.is_met_by(&shown(&plain)));
    let yearly = RetentionSpec { tag: RetentionTag::Yearly, ..weekly };
    assert_eq!(plain.clone().keeping(yearly).check().unwrap_err().code, "TagBound");
    let many = RetentionSpec { tag: RetentionTag::Daily, period: Period::days(360), ..weekly };
    let crowded = decided(Workload::AzureDisks, &how(Some("PT4H"), Some(30))).keeping(many).check();
    assert!(crowded.unwrap_err().message.contains("540"), "180 by the schedule and 360 daily ones");
}

/// What a policy would keep for a shorter time than another, made and as Azure would show it.
fn shorter(new: &RuleSpec, old: &RuleSpec) -> String {
    let found = new.keeps_shorter_than(&shown(old));
    assert_eq!(found.is_some(), shown(new).keeps_shorter_than(&shown(old)).is_some(), "{found:?}");
    found.unwrap_or_default()
}

#[test]
fn what_is_kept_in_the_vault_is_compared_with_what_was_kept_there() {
    let (operational, vault) = (DataStore::OperationalStore, DataStore::VaultStore);
    let keep = |store, days| RetentionSpec { tag: RetentionTag::Default, store, period: Period::days(days) };
    let tier = |tier, days| Protection { tier: Some(tier), ..how(None, Some(days)) };
    let alone = decided(Workload::AzureBlobs, &tier(Tier::Operational, 30));
    let both = Protection { blob_containers: Some(Items::All), ..how(None, Some(30)) };
    let both = decided(Workload::AzureBlobs, &both).keeping(keep(vault, 14));
    assert_eq!(shorter(&both, &alone), "");
    assert_eq!(shorter(&both.clone().keeping(keep(vault, 7)), &both), "Default has 7 days, not 14");
    assert_eq!(shorter(&alone, &both), "Default has 0 days in the vault, not 14");
    // Backups beside the resource are none of the vault's.
    assert_eq!(shorter(&both.clone().keeping(keep(operational, 20)), &both), "");
    let copies = decided(Workload::AzureBlobs, &tier(Tier::Vault, 14));
    assert_eq!(shorter(&copies, &alone), "");
    assert_eq!(shorter(&copies, &both), "");
    let disks = |days| decided(Workload::AzureDisks, &how(None, Some(days)));
    assert_eq!(shorter(&disks(14), &disks(30)), "");
    let servers = |days| decided(Workload::PostgresqlFlexible, &how(None, Some(days)));
    assert_eq!(shorter(&servers(14), &servers(30)), "Default has 14 days, not 30");
}

#[test]
fn each_store_of_a_retention_rule_is_compared() {
    let (snapshots, vault, archive) =
        (DataStore::OperationalStore, DataStore::VaultStore, DataStore::ArchiveStore);
    let rule = |name: &str, kept: &[(DataStore, u32)]| RetentionRule {
        name: name.to_owned(),
        is_default: name == "Default",
        lifecycles: kept
            .iter()
            .map(|(store, days)| Lifecycle {
                store: *store,
                keep: Period::days(*days),
                copied_to: Vec::new(),
            })
            .collect(),
    };
    let bare = shown(&decided(Workload::PostgresqlFlexible, &Protection::default()));
    let policy = |retention: Vec<RetentionRule>| RulePolicy { retention, ..bare.clone() };
    let shorter = |new: &[(DataStore, u32)], old: &[(DataStore, u32)]| {
        let new = policy(vec![rule("Default", new)]);
        new.keeps_shorter_than(&policy(vec![rule("Default", old)])).unwrap_or_default()
    };
    let own = [(vault, 84), (archive, 365)];
    assert_eq!(shorter(&own, &own), "");
    assert_eq!(shorter(&[(vault, 30), (archive, 365)], &own), "Default has 30 days, not 84");
    assert_eq!(shorter(&[(vault, 84), (archive, 180)], &own), "Default has 180 days in the archive, not 365");
    assert_eq!(shorter(&[(vault, 84)], &own), "Default has 84 days in the vault, not 449");
    assert_eq!(shorter(&[(vault, 449)], &own), "", "none of them has to be archived");
    assert_eq!(shorter(&[(snapshots, 3), (vault, 30)], &[(snapshots, 7), (vault, 30)]), "");
    assert_eq!(shorter(&[(snapshots, 7), (vault, 14)], &[(vault, 30)]), "Default has 14 days, not 30");
    // A rule that is no more leaves its recovery points to the default.
    let tagged = policy(vec![rule("Default", &[(vault, 30)]), rule("Yearly", &own)]);
    let plain = policy(vec![rule("Default", &[(vault, 60)])]);
    assert_eq!(plain.keeps_shorter_than(&tagged).unwrap(), "Default has 60 days, not 84");
}
