//! Policies of databases.

use anyhow::Result;
use serde_json::{Value, json};

use super::{VAULT, daily, daily_for, for_days, logs, part, policy_of, quarters, weekly};
use crate::azure::Azure;

fn weekly_for(days: &[&str], count: u64) -> Value {
    json!({ "retentionPolicyType": "LongTermRetentionPolicy", "weeklySchedule": {
        "daysOfTheWeek": days, "retentionTimes": ["2026-01-01T02:00:00Z"],
        "retentionDuration": { "count": count, "durationType": "Weeks" } } })
}

/// A weekly full backup with differences on other days.
fn with(kind: &str, days: &[&str]) -> Value {
    json!([
        part("Full", weekly(&["Sunday"]), weekly_for(&["Sunday"], 4)),
        part(kind, weekly(days), for_days(14)),
        part("Log", logs(60), for_days(14)),
    ])
}

async fn written(azure: &Azure, properties: Value) -> Result<crate::azure::Answer> {
    azure.put(&format!("{VAULT}/backupPolicies/p"), json!({ "properties": properties })).await
}

/// Recorded: 200 with the policy as the service keeps it.
#[tokio::test]
async fn a_policy_is_kept_as_azure_keeps_it() -> Result<()> {
    let azure = Azure::frozen(super::estate()).await?;
    let mut wanted = quarters("SQLDataBase");
    wanted["subProtectionPolicy"][0]["schedulePolicy"]["scheduleRunTimes"] =
        json!(["2026-01-01T02:00:00.000Z"]);
    wanted["makePolicyConsistent"] = json!(true);
    let kept = written(&azure, wanted).await?.expect(200)?.body["properties"].clone();
    assert_eq!(kept["workLoadType"], "SQLDataBase");
    assert_eq!(
        kept["subProtectionPolicy"][0]["schedulePolicy"]["scheduleRunTimes"],
        json!(["2026-01-01T02:00:00Z"])
    );
    assert_eq!(kept["subProtectionPolicy"][0]["schedulePolicy"]["scheduleWeeklyFrequency"], 0);
    assert!(kept.get("makePolicyConsistent").is_none());
    written(&azure, policy_of("SQLDataBase", with("Differential", &["Monday"]))).await?.expect(200)?;
    let other = Azure::frozen(super::estate()).await?;
    let hana =
        written(&other, policy_of("SAPHanaDatabase", with("Incremental", &["Monday", "Tuesday"]))).await?;
    hana.expect(200)?;
    Ok(())
}

/// Field: the code. Documentation and the validators of the Terraform provider: the days and the bounds.
#[tokio::test]
async fn a_policy_outside_the_bounds_is_refused() -> Result<()> {
    let azure = Azure::frozen(super::estate()).await?;
    let full = || part("Full", daily(), daily_for(30));
    let cases = [
        ("a shared day", policy_of("SQLDataBase", with("Differential", &["Sunday"]))),
        ("two days", policy_of("SQLDataBase", with("Differential", &["Monday", "Tuesday"]))),
        ("not of SQL", policy_of("SQLDataBase", with("Incremental", &["Monday"]))),
        (
            "every day full",
            policy_of(
                "SQLDataBase",
                json!([full(), part("Differential", weekly(&["Monday"]), for_days(14))]),
            ),
        ),
        ("no full", policy_of("SQLDataBase", json!([part("Log", logs(15), for_days(14))]))),
        ("two full", policy_of("SQLDataBase", json!([full(), full()]))),
        ("short", policy_of("SQLDataBase", json!([part("Full", daily(), daily_for(6))]))),
        ("long", policy_of("SQLDataBase", json!([part("Full", daily(), daily_for(10_000))]))),
        (
            "weeks",
            policy_of(
                "SQLDataBase",
                json!([part("Full", weekly(&["Sunday"]), weekly_for(&["Sunday"], 5_164))]),
            ),
        ),
        ("minutes", policy_of("SQLDataBase", json!([full(), part("Log", logs(20), for_days(14))]))),
        ("logs too long", policy_of("SQLDataBase", json!([full(), part("Log", logs(15), for_days(36))]))),
        ("logs too short", policy_of("SQLDataBase", json!([full(), part("Log", logs(15), for_days(6))]))),
        ("unknown", policy_of("Oracle", json!([full()]))),
    ];
    for (case, properties) in cases {
        let refused = written(&azure, properties).await?;
        assert_eq!((refused.status, refused.code()), (400, "BMSUserErrorInvalidPolicyInput"), "{case}");
    }
    let mut zoneless = quarters("SQLDataBase");
    zoneless["settings"] = json!({});
    assert_eq!(written(&azure, zoneless).await?.code(), "BMSUserErrorInvalidPolicyInput");
    Ok(())
}
