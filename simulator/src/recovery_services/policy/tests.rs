//! What is refused of policies, each from a policy that passes.

use serde_json::{Value, json};

use super::check::check;
use super::normal;
use super::problem::Problem;
use crate::wire::json as body_json;

const TIME: &str = "2026-01-24T02:00:00Z";

fn kept(unit: &str, count: u64) -> Value {
    json!({ "retentionTimes": [TIME], "retentionDuration": { "count": count, "durationType": unit } })
}

fn standard() -> Value {
    json!({
        "backupManagementType": "AzureIaasVM",
        "timeZone": "Pacific Standard Time",
        "instantRpRetentionRangeInDays": 2,
        "schedulePolicy": {
            "schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily", "scheduleRunTimes": [TIME],
        },
        "retentionPolicy": { "retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": kept("Days", 30) },
    })
}

fn weekly() -> Value {
    let mut policy = standard();
    body_json::set(&mut policy, &["instantRpRetentionRangeInDays"], json!(5));
    body_json::set(&mut policy, &["schedulePolicy", "scheduleRunFrequency"], json!("Weekly"));
    body_json::set(&mut policy, &["schedulePolicy", "scheduleRunDays"], json!(["Monday", "Thursday"]));
    let mut weeks = kept("Weeks", 4);
    body_json::set(&mut weeks, &["daysOfTheWeek"], json!(["Monday", "Thursday"]));
    let retention = json!({ "retentionPolicyType": "LongTermRetentionPolicy", "weeklySchedule": weeks });
    body_json::set(&mut policy, &["retentionPolicy"], retention);
    policy
}

fn enhanced() -> Value {
    let mut policy = standard();
    body_json::set(&mut policy, &["policyType"], json!("V2"));
    let hours = json!({ "interval": 4, "scheduleWindowStartTime": TIME, "scheduleWindowDuration": 12 });
    let schedule = json!({
        "schedulePolicyType": "SimpleSchedulePolicyV2", "scheduleRunFrequency": "Hourly", "hourlySchedule": hours,
    });
    body_json::set(&mut policy, &["schedulePolicy"], schedule);
    policy
}

/// The field that is refused once the value at `path` became `value`.
fn refused(mut policy: Value, path: &[&str], value: Value) -> String {
    body_json::set(&mut policy, path, value);
    match check(&policy).unwrap_err() {
        Problem::Input(field) => field,
        other => panic!("{other}"),
    }
}

#[test]
fn usual_policies_pass() {
    for policy in [standard(), weekly(), enhanced()] {
        assert_eq!(check(&policy), Ok(()));
    }
}

#[test]
fn a_schedule_runs_at_one_time_on_the_half_hour() {
    let times = ["schedulePolicy", "scheduleRunTimes"];
    assert!(refused(standard(), &times, json!([])).contains("one time"));
    assert!(refused(standard(), &times, json!([TIME, TIME])).contains("one time"));
    assert!(refused(standard(), &times, json!(["2026-01-24T02:10:00Z"])).contains("half"));
    assert!(
        refused(standard(), &times, json!(["2026-01-24T03:00:00Z"])).contains("time at which backups run")
    );
    assert!(
        refused(standard(), &["schedulePolicy", "scheduleRunFrequency"], json!("Hourly")).contains("Hourly")
    );
    assert!(
        refused(weekly(), &["schedulePolicy", "scheduleRunDays"], json!(["Mon"]))
            .contains("days of the week")
    );
    let interval = ["schedulePolicy", "hourlySchedule", "interval"];
    assert!(refused(enhanced(), &interval, json!(5)).contains("4, 6, 8 or 12"));
    let window = ["schedulePolicy", "hourlySchedule", "scheduleWindowDuration"];
    assert!(refused(enhanced(), &window, json!(2)).contains("between 4 and 24"));
    assert!(refused(enhanced(), &["policyType"], json!("V1")).contains("SimpleSchedulePolicy"));
}

#[test]
fn retention_fits_the_schedule() {
    let daily = ["retentionPolicy", "dailySchedule"];
    assert!(refused(standard(), &daily, Value::Null).contains("dailySchedule is missing"));
    assert!(refused(weekly(), &daily, kept("Days", 30)).contains("weekly schedule"));
    assert!(refused(standard(), &daily, kept("Days", 10_000)).contains("between 1 and 9999"));
    assert!(refused(standard(), &daily, kept("Weeks", 1)).contains("'Days'"));
    let days = ["retentionPolicy", "weeklySchedule", "daysOfTheWeek"];
    assert!(refused(weekly(), &days, json!(["Friday"])).contains("Friday"));
    let monthly = ["retentionPolicy", "monthlySchedule"];
    assert!(refused(standard(), &monthly, kept("Months", 12)).contains("retentionScheduleFormatType"));
}

#[test]
fn archive_needs_months_and_snapshots_end_before_the_daily_points() {
    let tiering = ["tieringPolicy", "ArchivedRP"];
    let recommended = json!({ "tieringMode": "TierRecommended", "duration": 0, "durationType": "Invalid" });
    assert!(refused(standard(), &tiering, recommended).contains("monthly or yearly"));
    let days = ["instantRpRetentionRangeInDays"];
    assert!(refused(standard(), &days, json!(6)).contains("between 1 and 5"));
    assert!(refused(weekly(), &days, json!(2)).contains("between 5 and 5"));
    let mut policy = enhanced();
    body_json::set(&mut policy, &days, Value::Null);
    body_json::set(&mut policy, &["retentionPolicy", "dailySchedule"], kept("Days", 7));
    assert_eq!(check(&policy), Err(Problem::InstantDays { instant: 7, daily: 7 }));
}

#[test]
fn a_policy_says_what_it_is_for() {
    assert_eq!(check(&json!({})), Err(Problem::NoKind));
    assert_eq!(check(&json!({ "backupManagementType": "AzureSql" })), Err(Problem::Kind("AzureSql".into())));
    assert!(refused(standard(), &["timeZone"], json!("Europe/Berlin")).contains("time zone"));
}

#[test]
fn shares_have_bounds_and_schedules_of_their_own() {
    let mut shares = standard();
    body_json::set(&mut shares, &["backupManagementType"], json!("AzureStorage"));
    assert_eq!(
        check(&shares),
        Err(Problem::Input("workLoadType is '', but must be 'AzureFileShare'".into()))
    );
    body_json::set(&mut shares, &["workLoadType"], json!("AzureFileShare"));
    assert_eq!(check(&shares), Ok(()));
    assert!(
        refused(shares.clone(), &["retentionPolicy", "dailySchedule"], kept("Days", 201)).contains("200")
    );
    assert!(
        refused(shares.clone(), &["schedulePolicy", "scheduleRunFrequency"], json!("Weekly"))
            .contains("Weekly")
    );
    let copies =
        json!({ "retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": kept("Days", 400) });
    let vaulted = |days: u64| json!({ "snapshotRetentionInDays": days, "vaultRetention": copies });
    assert!(refused(shares.clone(), &["vaultRetentionPolicy"], vaulted(5)).contains("does not go with"));
    body_json::set(&mut shares, &["retentionPolicy"], Value::Null);
    assert!(refused(shares.clone(), &["vaultRetentionPolicy"], vaulted(0)).contains("between 1 and 200"));
    body_json::set(&mut shares, &["vaultRetentionPolicy"], vaulted(5));
    assert_eq!(check(&shares), Ok(()));
}

#[test]
fn hours_of_a_daily_schedule_mean_nothing() {
    let mut shares = standard();
    body_json::set(&mut shares, &["backupManagementType"], json!("AzureStorage"));
    body_json::set(&mut shares, &["workLoadType"], json!("AzureFileShare"));
    let hours = json!({ "interval": 0, "scheduleWindowStartTime": TIME, "scheduleWindowDuration": 12 });
    body_json::set(&mut shares, &["schedulePolicy", "hourlySchedule"], hours);
    assert_eq!(check(&shares), Ok(()));
    let times = ["retentionPolicy", "dailySchedule", "retentionTimes"];
    assert_eq!(body_json::reach(&normal::kept(&shares), &times), Some(&json!([TIME])));
}
