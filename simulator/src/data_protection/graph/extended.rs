//! What Resource Graph adds to a backup instance: what may be done with it, where, and the spans of its policy (recorded).

use serde_json::{Value, json};

use crate::data_protection::policy::{self, Spans};
use crate::data_protection::vault::Vault;
use crate::wire::json as body_json;
use crate::wire::path::name_of;

const NEVER: &str = "0001-01-01T00:00:00.0000000Z";

/// A span that does not exist.
const NO_SPAN: &str = "-10675199.02:48:05.4775808";

/// A point may take six hours more to the paired region.
const HOURS_TO_PAIRED_REGION: f64 = 6.0;

/// `backupInstanceExtendedProperties` of the instance with this body.
pub(super) fn properties(body: &Value, vault: &Vault) -> Value {
    let text = |names: &[&str]| body_json::text(body, names).unwrap_or_default();
    let paired =
        Some(vault.secondary_region()).filter(|region| !region.is_empty() && vault.is_restored_abroad());
    let mut allowed = vec!["BackupNow", "Restore", "ChangePolicy", "StopBackup", "Delete"];
    if paired.is_some() {
        allowed.extend(["ViewSecondaryRecoveryPoint", "RestoreToSecondaryRegion"]);
    }
    let state =
        if paired.is_some() { text(&["properties", "currentProtectionState"]) } else { "NotProtected" };
    let policy = name_of(text(&["properties", "policyInfo", "policyId"])).to_ascii_lowercase();
    let spans = vault.policies.get(&policy).map(policy::spans).unwrap_or_default();
    json!({
        "allowedOperations": allowed,
        "protectionStateInSecondaryRegion": state,
        "protectedPrimaryRegion": text(&["properties", "dataSourceInfo", "resourceLocation"]),
        "protectedSecondaryRegion": paired.as_deref().unwrap_or_default(),
        "vaultId": vault.id,
        "dataSourceExtendedInfo": { "dataSourceId": body_json::text(body, &["properties", "friendlyName"]) },
        "policyExtendedInfo": policy_info(spans, paired.is_some()),
        "recoveryPointInfo": {
            "oldestRecoveryPointInPrimaryRegion": NEVER,
            "latestRecoveryPointInPrimaryRegion": NEVER,
            "oldestRecoveryPointInSecondaryRegion": NEVER,
            "latestRecoveryPointInSecondaryRegion": NEVER,
        },
    })
}

/// How often, for how long, and when it is late: after half as much again.
fn policy_info(spans: Spans, paired: bool) -> Value {
    let abroad = |hours: Option<f64>| span(hours.filter(|_| paired));
    let far = spans.period_hours.map(|hours| hours + HOURS_TO_PAIRED_REGION);
    let late = |hours: Option<f64>| hours.map(|hours| hours * 1.5);
    json!({
        "configuredRPGenerationFrequency": span(spans.period_hours),
        "configuredMaximumRetention": span(spans.retention_hours),
        "rpoWarningThresholdInPrimaryRegion": span(late(spans.period_hours)),
        "configuredRPGenerationFrequencyInSecondaryRegion": abroad(far),
        "configuredMaximumRetentionInSecondaryRegion": abroad(spans.retention_hours),
        "rpoWarningThresholdInSecondaryRegion": abroad(late(far)),
    })
}

/// Hours in the notation of the graph.
fn span(hours: Option<f64>) -> String {
    let Some(hours) = hours else { return NO_SPAN.to_owned() };
    let minutes = (hours * 60.0).round() as u64;
    format!("{}.{:02}:{:02}:00", minutes / 1440, minutes / 60 % 24, minutes % 60)
}

#[test]
fn spans_of_a_weekly_policy_are_those_that_were_recorded() {
    let spans = Spans { period_hours: Some(7.0 * 24.0), retention_hours: Some(93.0 * 24.0) };
    let shown = policy_info(spans, true);
    let seen = |name: &str| shown[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(seen("rpoWarningThresholdInPrimaryRegion"), "10.12:00:00");
    assert_eq!(seen("rpoWarningThresholdInSecondaryRegion"), "10.21:00:00");
    assert_eq!(seen("configuredRPGenerationFrequencyInSecondaryRegion"), "7.06:00:00");
    assert_eq!(policy_info(spans, false)["configuredMaximumRetentionInSecondaryRegion"], NO_SPAN);
}
