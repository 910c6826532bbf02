//! Whether a policy keeps less in the vault than another one: an immutable vault takes no such policy (official).

use serde_json::Value;

use crate::wire::json as body_json;

/// Where a retention says for how long; each has a unit of its own.
const COUNTS: [&[&str]; 5] = [
    &["dailySchedule", "retentionDuration", "count"],
    &["weeklySchedule", "retentionDuration", "count"],
    &["monthlySchedule", "retentionDuration", "count"],
    &["yearlySchedule", "retentionDuration", "count"],
    &["retentionDuration", "count"],
];

/// Whether the policy with the properties `wanted` keeps something in the vault for a shorter time than the one with those of
/// `before`.
pub(in crate::recovery_services) fn keeps_less(wanted: &Value, before: &Value) -> bool {
    let kept = in_vault(wanted);
    in_vault(before).into_iter().any(|(part, old)| {
        let new = kept.iter().find(|(other, _)| *other == part).map(|(_, new)| *new);
        COUNTS.into_iter().any(|path| {
            let is = new.and_then(|new| count(new, path)).unwrap_or_default();
            count(old, path).is_some_and(|was| is < was)
        })
    })
}

/// The retentions of what lies in the vault, by the part of the policy. Snapshots do not: operational backups are not immutable
/// (official).
fn in_vault(properties: &Value) -> Vec<(&str, &Value)> {
    let parts = body_json::list(properties, &["subProtectionPolicy"]).iter().filter_map(|part| {
        let kind = body_json::text(part, &["policyType"]).filter(|kind| *kind != "SnapshotFull")?;
        Some((kind, body_json::member(part, "retentionPolicy")?))
    });
    let whole = match body_json::text(properties, &["backupManagementType"]) {
        Some("AzureIaasVM") => body_json::member(properties, "retentionPolicy"),
        Some("AzureStorage") => body_json::reach(properties, &["vaultRetentionPolicy", "vaultRetention"]),
        _ => None,
    };
    whole.map(|retention| ("", retention)).into_iter().chain(parts).collect()
}

fn count(retention: &Value, path: &[&str]) -> Option<u64> {
    body_json::reach(retention, path)?.as_u64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn long(days: u64, months: Option<u64>) -> Value {
        let of = |count: u64| json!({ "retentionDuration": { "count": count } });
        json!({ "dailySchedule": of(days), "monthlySchedule": months.map(of) })
    }

    #[test]
    fn of_a_machine_each_class_counts_and_no_snapshot() {
        let machine = |days, months, instant: u64| {
            json!({ "backupManagementType": "AzureIaasVM", "retentionPolicy": long(days, months),
                "instantRpRetentionRangeInDays": instant })
        };
        let own = machine(30, Some(12), 5);
        assert!(!keeps_less(&machine(30, Some(12), 1), &own) && !keeps_less(&machine(60, Some(12), 5), &own));
        assert!(keeps_less(&machine(14, Some(12), 5), &own) && keeps_less(&machine(60, None, 5), &own));
    }

    #[test]
    fn of_a_share_only_copies_in_the_vault_count() {
        let share =
            |of: &str, retention: Value| json!({ "backupManagementType": "AzureStorage", of: retention });
        let alone = |days| share("retentionPolicy", long(days, None));
        let copied = |days, snapshots: u64| {
            let copies = json!({ "snapshotRetentionInDays": snapshots, "vaultRetention": long(days, None) });
            share("vaultRetentionPolicy", copies)
        };
        assert!(!keeps_less(&alone(14), &alone(30)) && !keeps_less(&copied(14, 3), &alone(30)));
        assert!(!keeps_less(&copied(30, 3), &copied(30, 9)) && keeps_less(&copied(14, 9), &copied(30, 9)));
    }

    #[test]
    fn of_databases_each_part_counts() {
        let databases = |days, logs: Option<u64>| {
            let mut parts = vec![json!({ "policyType": "Full", "retentionPolicy": long(days, None) })];
            parts.extend(logs.map(|count| {
                json!({ "policyType": "Log", "retentionPolicy": { "retentionDuration": { "count": count } } })
            }));
            json!({ "backupManagementType": "AzureWorkload", "subProtectionPolicy": parts })
        };
        let own = databases(30, Some(15));
        assert!(!keeps_less(&databases(30, Some(15)), &own) && !keeps_less(&own, &databases(30, None)));
        for less in [databases(14, Some(15)), databases(30, Some(7)), databases(30, None)] {
            assert!(keeps_less(&less, &own), "{less}");
        }
    }
}
