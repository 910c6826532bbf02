//! Policies of Recovery Services vaults: what is decided is within Azure's bounds, and is recognised by what it does.

mod databases;
mod laws;
mod one_way;

use holdfast_evaluator::{
    Archive, Consistency, LongTerm, Protection, Retention, Schedule, Tier, WhenForeign,
};

use super::*;
use crate::Workload;
use crate::impossible::Impossible;
use crate::schedule::{Period, TimeOfDay};
use crate::workload::{azure_files, azure_vm};

fn vm(how: &Protection) -> Result<DesiredPolicy, Impossible> {
    DesiredVm::decided(&azure_vm::MANIFEST, how).map(DesiredPolicy::Vm)
}

fn files(how: &Protection) -> Result<DesiredPolicy, Impossible> {
    DesiredFiles::decided(&azure_files::MANIFEST, how).map(DesiredPolicy::Files)
}

/// The policy as Azure would show it.
fn shown(spec: PolicySpec, name: &str) -> Policy {
    let body = match spec {
        PolicySpec::Rules(_) => panic!("of a Backup vault"),
        PolicySpec::Vm(policy) => PolicyBody::Vm(policy),
        PolicySpec::Files(policy) => PolicyBody::Files(policy),
        PolicySpec::Databases(policy) => PolicyBody::Databases(policy),
    };
    Policy { name: name.to_owned(), items: None, body }
}

fn every(every: &str) -> Protection {
    let schedule = Some(Schedule { every: every.to_owned(), ..Schedule::default() });
    Protection { schedule, ..Protection::default() }
}

fn machine_policy(kind: VmPolicyKind, runs: Runs, instant_days: u32) -> Policy {
    let policy = VmPolicy {
        kind,
        runs,
        time_zone: TimeZone::default(),
        kept: Kept { daily: Some(30), ..Kept::default() },
        instant_days,
        snapshot_groups: None,
        consistency: Consistency::Application,
        tiering: Tiering::Never,
    };
    Policy { name: "by-hand".to_owned(), items: None, body: PolicyBody::Vm(policy) }
}

fn code(refused: Result<DesiredPolicy, Impossible>) -> String {
    refused.unwrap_err().code
}

#[test]
fn a_decision_without_wishes_gets_the_usual() {
    let name = |desired: Result<DesiredPolicy, Impossible>| desired.unwrap().spec().name();
    assert_eq!(name(vm(&Protection::default())), "holdfast-vm-p1d-0200-30d-snap2");
    assert_eq!(name(files(&Protection::default())), "holdfast-files-p1d-0200-30d");
    assert_eq!(name(vm(&every("PT4H"))), "holdfast-vm-pt4h-0200-30d-snap7");
    assert_eq!(name(vm(&every("P1W"))), "holdfast-vm-p1w-0200-sun-5w-snap5");
}

#[test]
fn the_default_policies_of_a_vault_are_recognised_when_they_do_what_was_decided() {
    // Recorded: `DefaultPolicy` runs once a day at a time of its own, keeps 30 days and snapshots for two.
    let default = machine_policy(VmPolicyKind::Standard, Runs::Daily { at: TimeOfDay::hour(22) }, 2);
    assert!(vm(&Protection::default()).unwrap().fits(&default));
    assert!(!vm(&every("PT4H")).unwrap().fits(&default));
    let at = |at: &str| {
        let schedule = Schedule { every: "P1D".to_owned(), at: Some(at.to_owned()), ..Schedule::default() };
        vm(&Protection { schedule: Some(schedule), ..Protection::default() }).unwrap()
    };
    assert!(at("22:00").fits(&default) && !at("02:00").fits(&default));
    // The enhanced one takes a backup each four hours of a window of twelve.
    let enhanced = machine_policy(VmPolicyKind::Enhanced, Runs::hourly(4, TimeOfDay::hour(8), 12), 7);
    let window = |hours| {
        let schedule = Schedule { every: "PT4H".to_owned(), window_hours: hours, ..Schedule::default() };
        vm(&Protection { schedule: Some(schedule), ..Protection::default() }).unwrap()
    };
    assert!(window(Some(12)).fits(&enhanced));
    assert!(!window(None).fits(&enhanced), "at night, nothing is backed up for sixteen hours");
    assert!(!files(&Protection::default()).unwrap().fits(&default), "it is for machines");
}

#[test]
fn what_a_decision_leaves_open_may_differ() {
    let snapshots = |days| vm(&Protection { snapshot_days: days, ..Protection::default() }).unwrap();
    let runs = Runs::Daily { at: TimeOfDay::hour(22) };
    let five = machine_policy(VmPolicyKind::Enhanced, runs, 5);
    assert!(snapshots(None).fits(&five) && snapshots(Some(5)).fits(&five) && !snapshots(Some(4)).fits(&five));
    let group = Protection { snapshot_resource_group: Some("rg-snap".to_owned()), ..Protection::default() };
    assert!(!vm(&group).unwrap().fits(&five), "its snapshots go to another group");
}

#[test]
fn a_machine_under_an_enhanced_policy_is_given_no_standard_one() {
    let following = |own| DesiredPolicy::following(Workload::AzureVm, &Protection::default(), own).unwrap();
    let standard = machine_policy(VmPolicyKind::Standard, Runs::Daily { at: TimeOfDay::hour(22) }, 2);
    let enhanced = machine_policy(VmPolicyKind::Enhanced, Runs::hourly(4, TimeOfDay::hour(8), 12), 7);
    assert!(following(Some(&standard)).fits(&standard));
    let moved = following(Some(&enhanced));
    assert!(!moved.fits(&standard));
    assert_eq!(moved.spec().name(), "holdfast-vm-p1d-0200-30d-v2-snap7");
    assert!(moved.fits(&shown(moved.spec(), "made")));
}

#[test]
fn bounds_are_named_before_any_call() {
    let kept = |days| Protection {
        retention: Some(Retention { min_days: Some(days), max_days: None }),
        ..Protection::default()
    };
    assert_eq!(code(vm(&every("PT1H"))), "ScheduleBound");
    assert_eq!(code(vm(&every("often"))), "ScheduleBound");
    assert_eq!(code(files(&every("P1W"))), "ScheduleBound");
    assert_eq!(code(vm(&kept(6))), "RetentionBound");
    assert_eq!(code(vm(&kept(10_000))), "RetentionBound");
    assert_eq!(code(files(&kept(201))), "RetentionBound");
    let vaulted = Protection { tier: Some(Tier::Vault), ..kept(201) };
    assert!(files(&vaulted).is_ok());
    assert_eq!(code(vm(&Protection { tier: Some(Tier::Operational), ..kept(30) })), "TierNotSupported");
    assert_eq!(code(vm(&Protection { snapshot_days: Some(31), ..kept(60) })), "SnapshotDaysBound");
    // Field: BMSUserErrorInstantRPRetentionExceedsVaultedRetention.
    assert_eq!(code(vm(&Protection { snapshot_days: Some(7), ..kept(7) })), "SnapshotDaysBound");
    let hourly_week = Protection { schedule: every("PT4H").schedule, ..kept(7) };
    assert_eq!(vm(&hourly_week).unwrap().spec().name(), "holdfast-vm-pt4h-0200-7d-snap6");
    let archived = |archive, months| {
        let long_term = Some(LongTerm { months, ..LongTerm::default() });
        vm(&Protection { archive: Some(archive), long_term, ..kept(30) })
    };
    assert_eq!(code(archived(Archive::Recommended, None)), "ArchiveBound");
    assert_eq!(code(archived(Archive::AfterDays(60), Some(12))), "ArchiveBound");
    assert_eq!(code(archived(Archive::AfterDays(100), Some(12))), "ArchiveBound");
    assert!(archived(Archive::AfterDays(90), Some(12)).is_ok());
    let at = |at: &str, window| {
        let schedule = Schedule {
            every: "PT8H".to_owned(),
            at: Some(at.to_owned()),
            window_hours: window,
            ..Schedule::default()
        };
        vm(&Protection { schedule: Some(schedule), ..Protection::default() })
    };
    assert_eq!(code(at("02:15", None)), "ScheduleBound");
    assert_eq!(code(at("02:30", Some(6))), "ScheduleBound");
    assert!(at("02:30", Some(8)).is_ok());
}

#[test]
fn a_share_takes_no_more_snapshots_than_azure_does() {
    let kept = |days, every: &str| {
        let retention = Some(Retention { min_days: Some(days), max_days: None });
        let schedule = Some(Schedule { every: every.to_owned(), ..Schedule::default() });
        files(&Protection { retention, schedule, ..Protection::default() })
    };
    assert!(kept(200, "P1D").is_ok() && kept(33, "PT4H").is_ok());
    let refused = kept(34, "PT4H").unwrap_err();
    assert!(refused.message.contains("204 snapshots"), "{refused}");
}

#[test]
fn the_group_of_snapshots_and_the_time_zone_are_part_of_the_policy() {
    let with = |group: &str, zone: &str| {
        let schedule = Schedule {
            every: "P1D".to_owned(),
            at: Some("03:30".to_owned()),
            time_zone: Some(zone.to_owned()),
            ..Schedule::default()
        };
        vm(&Protection {
            schedule: Some(schedule),
            snapshot_resource_group: Some(group.to_owned()),
            ..Protection::default()
        })
    };
    let one = with("rg-snap", "W. Europe Standard Time").unwrap();
    let name = one.spec().name();
    assert!(name.starts_with("holdfast-vm-p1d-0330-30d-snap2-weuropestandardtime-rgsnap-"), "{name}");
    let same = with("RG-SNAP", "w. europe standard time").unwrap();
    assert_eq!(same.spec().name(), name);
    assert!(one.fits(&shown(same.spec(), "x")));
    for other in
        [with("rgsnap", "W. Europe Standard Time"), with("rg-snap", "UTC+12"), with("rg-snap", "UTC-12")]
    {
        let other = other.unwrap().spec();
        assert_ne!(other.name(), name);
        assert!(!one.fits(&shown(other, "x")));
    }
    assert_eq!(code(with("rg snap", "UTC")), "NameNotUsable");
    assert_eq!(code(with("rg-snap", "Europe/Berlin")), "ScheduleBound");
}

#[test]
fn windows_with_the_same_backups_are_the_same() {
    let at = TimeOfDay::hour(8);
    assert_eq!(Runs::hourly(4, at, 24), Runs::hourly(4, at, 23));
    assert_eq!(Runs::hourly(4, at, 12), Runs::hourly(4, at, 15));
    assert_ne!(Runs::hourly(4, at, 12), Runs::hourly(4, at, 16));
    assert_eq!((Runs::hourly(4, at, 24).a_day(), Runs::hourly(4, at, 12).a_day()), (6, 4));
    assert_eq!(Runs::hourly(12, at, 12).a_day(), 2);
}

#[test]
fn a_range_of_days_is_met_by_what_lies_in_it() {
    let range = |min, max| {
        let retention = Some(Retention { min_days: Some(min), max_days: Some(max) });
        vm(&Protection { retention, ..Protection::default() }).unwrap()
    };
    let thirty = machine_policy(VmPolicyKind::Standard, Runs::Daily { at: TimeOfDay::hour(22) }, 2);
    assert!(range(20, 30).fits(&thirty) && range(30, 60).fits(&thirty));
    assert!(!range(31, 60).fits(&thirty) && !range(7, 29).fits(&thirty));
}

#[test]
fn what_keeps_less_is_named() {
    let policy = |days, months| {
        let retention = Some(Retention { min_days: Some(days), max_days: None });
        let long_term = Some(LongTerm { months, ..LongTerm::default() });
        shown(vm(&Protection { retention, long_term, ..Protection::default() }).unwrap().spec(), "p")
    };
    let shorter = policy(30, None).keeps_shorter_than(&policy(60, None)).unwrap();
    assert!(shorter.contains("30 days, not for 60"), "{shorter}");
    assert!(
        policy(60, None).keeps_shorter_than(&policy(30, Some(12))).unwrap().contains("0 months, not for 12")
    );
    assert_eq!(policy(60, Some(12)).keeps_shorter_than(&policy(30, None)), None);
}

#[test]
fn snapshots_are_none_of_what_the_vault_keeps() {
    let machines = |days| {
        shown(vm(&Protection { snapshot_days: Some(days), ..Protection::default() }).unwrap().spec(), "p")
    };
    assert_eq!(machines(1).keeps_shorter_than(&machines(5)), None);
    let shares = |tier, days, snapshot_days| {
        let retention = Some(Retention { min_days: Some(days), max_days: None });
        let how = Protection { tier: Some(tier), retention, snapshot_days, ..Protection::default() };
        shown(files(&how).unwrap().spec(), "p")
    };
    let (alone, copied) = (shares(Tier::Operational, 30, None), shares(Tier::Vault, 30, Some(9)));
    assert_eq!(shares(Tier::Operational, 14, None).keeps_shorter_than(&alone), None);
    assert_eq!(shares(Tier::Vault, 14, None).keeps_shorter_than(&alone), None);
    assert_eq!(shares(Tier::Vault, 30, Some(3)).keeps_shorter_than(&copied), None);
    let shorter = shares(Tier::Vault, 14, None).keeps_shorter_than(&copied).unwrap();
    assert!(shorter.contains("14 days, not for 30"), "{shorter}");
}

#[test]
fn periods_of_archiving_are_compared_by_meaning() {
    assert_eq!(Tiering::After(Period::months(12)), Tiering::After(Period::years(1)));
}

#[test]
fn only_a_policy_of_ours_is_chosen_because_it_tells_whose_an_item_is() {
    let desired = vm(&Protection::default()).unwrap();
    let (theirs, ours) = (shown(desired.spec(), "DefaultPolicy"), shown(desired.spec(), "Holdfast-nightly"));
    assert!(desired.fits(&theirs));
    let choose = |policies| desired.choose(policies, WhenForeign::Leave, |_| true);
    assert_eq!(choose(std::slice::from_ref(&theirs)), None);
    assert_eq!(choose(&[theirs.clone(), ours.clone()]), Some(&ours));
    let adopted = desired.choose(std::slice::from_ref(&theirs), WhenForeign::Adopt, |_| true);
    assert_eq!(adopted, Some(&theirs), "whose it is tells nothing then");
}
