//! Policies of databases: the usual one, what a decision states, and the day rules that Azure has.

use holdfast_evaluator::{
    LogBackup, PartialBackup, PartialKind, Protection, Retention, Schedule, Tier, Weekday, WhenForeign,
};

use super::super::*;
use crate::impossible::Impossible;
use crate::workload::Workload;

fn of(workload: Workload, how: &Protection) -> Result<DatabasePolicy, Impossible> {
    match DesiredPolicy::decided(workload, how)?.spec() {
        PolicySpec::Databases(policy) => Ok(policy),
        other => panic!("{other:?}"),
    }
}

fn sql(how: &Protection) -> Result<DatabasePolicy, Impossible> {
    of(Workload::SqlInVm, how)
}

fn schedule(every: &str, days: &[Weekday]) -> Option<Schedule> {
    Some(Schedule { every: every.to_owned(), days: days.to_vec(), ..Schedule::default() })
}

fn partial(kind: PartialKind, days: &[Weekday]) -> Option<PartialBackup> {
    Some(PartialBackup { kind, days: days.to_vec(), keep_days: None })
}

#[test]
fn without_a_word_databases_have_full_differential_and_log_backups() {
    let usual = sql(&Protection::default()).unwrap();
    assert_eq!(usual.name(), "holdfast-sql-p1w-0200-sun-5w-diff-wed-30d-log15-15d");
    let hana = of(Workload::HanaInVm, &Protection::default()).unwrap();
    assert_eq!(hana.name(), "holdfast-hana-p1w-0200-sun-5w-diff-montuewedthufrisat-30d-log15-15d");
}

#[test]
fn full_backups_of_each_day_leave_no_day_for_others() {
    let daily = Protection { schedule: schedule("P1D", &[]), ..Protection::default() };
    let policy = sql(&daily).unwrap();
    assert_eq!((policy.partial, policy.kept.daily), (None, Some(30)));
    let both = Protection { partial_backup: partial(PartialKind::Differential, &[]), ..daily };
    assert_eq!(sql(&both).unwrap_err().code, "PartialBackupBound");
}

#[test]
fn what_azure_would_refuse_is_refused_before_the_call() {
    let code = |how: Protection| sql(&how).unwrap_err().code;
    let sunday = [Weekday::Sunday];
    let on = |days: &[Weekday]| partial(PartialKind::Differential, days);
    assert_eq!(
        code(Protection {
            schedule: schedule("P1W", &sunday),
            partial_backup: on(&sunday),
            ..Protection::default()
        }),
        "PartialBackupBound"
    );
    assert_eq!(
        code(Protection { partial_backup: partial(PartialKind::Incremental, &[]), ..Protection::default() }),
        "PartialBackupBound"
    );
    assert_eq!(
        code(Protection { partial_backup: on(&[Weekday::Monday, Weekday::Friday]), ..Protection::default() }),
        "PartialBackupBound",
        "one a week"
    );
    let log = |every_minutes, keep_days| Protection {
        log_backup: Some(LogBackup { every_minutes, keep_days }),
        ..Protection::default()
    };
    assert_eq!(code(log(Some(10), None)), "LogBackupBound");
    assert_eq!(code(log(None, Some(40))), "RetentionBound");
    let hours = Protection { schedule: schedule("PT4H", &[]), ..Protection::default() };
    assert_eq!(code(hours), "ScheduleBound");
    let incremental = Protection {
        partial_backup: partial(PartialKind::Incremental, &[Weekday::Monday]),
        ..Protection::default()
    };
    assert!(of(Workload::HanaInVm, &incremental).unwrap().name().contains("-incr-mon-"));
}

#[test]
fn snapshots_instead_of_backups_in_the_vault_are_refused() {
    let snapshots = Protection { tier: Some(Tier::Operational), ..Protection::default() };
    for workload in [Workload::SqlInVm, Workload::HanaInVm] {
        assert_eq!(of(workload, &snapshots).unwrap_err().code, "TierNotSupported");
    }
}

#[test]
fn a_policy_of_another_kind_of_databases_or_of_other_times_does_not_fit() {
    let desired = |how: &Protection| DesiredPolicy::decided(Workload::SqlInVm, how).unwrap();
    let usual = desired(&Protection::default());
    let shown =
        |policy| Policy { name: "holdfast-any".to_owned(), items: None, body: PolicyBody::Databases(policy) };
    let own = sql(&Protection::default()).unwrap();
    assert!(usual.fits(&shown(own.clone())));
    assert!(usual.choose(&[shown(own.clone())], WhenForeign::Leave, |_| true).is_some());
    let hana = of(Workload::HanaInVm, &Protection::default()).unwrap();
    assert!(!usual.fits(&shown(hana)));
    let hourly = DatabasePolicy { log: Some(LogRuns { every_minutes: 60, keep_days: 15 }), ..own.clone() };
    assert!(!usual.fits(&shown(hourly.clone())));
    assert!(hourly.keeps_shorter_than(&own).is_none());
    let longer = Retention { min_days: Some(60), max_days: None };
    let longer = desired(&Protection { retention: Some(longer), ..Protection::default() });
    assert!(!longer.fits(&shown(own.clone())));
    let unlogged = DatabasePolicy { log: None, ..own.clone() };
    assert!(unlogged.keeps_shorter_than(&own).unwrap().contains("log"));
}
