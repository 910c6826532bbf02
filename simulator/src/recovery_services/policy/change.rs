//! What a policy, or the policy of an item, cannot become (documentation): from enhanced to standard, and from copies in the vault
//! to snapshots alone, there is no way back; and what a policy is for stays as it is.

use serde_json::Value;

use super::problem::Problem;
use crate::wire::json as body_json;

/// Whether the policy with the properties `wanted` cannot follow the one with those of `before`.
pub(in crate::recovery_services) fn is_backward(before: &Value, wanted: &Value) -> bool {
    let is_enhanced = |policy: &Value| body_json::text(policy, &["policyType"]) == Some("V2");
    (is_enhanced(before) && !is_enhanced(wanted)) || (is_vaulted(before) && !is_vaulted(wanted))
}

/// Whether a policy of shares with these properties copies to the vault.
pub(in crate::recovery_services) fn is_vaulted(policy: &Value) -> bool {
    body_json::member(policy, "vaultRetentionPolicy").is_some_and(|retention| !retention.is_null())
}

/// Refuses to write a policy over another that it cannot follow.
pub(super) fn check(before: &Value, wanted: &Value) -> Result<(), Problem> {
    for name in ["backupManagementType", "workLoadType"] {
        // Policies of shares do not keep for what they are.
        let (own, other) = (body_json::text(before, &[name]), body_json::text(wanted, &[name]));
        if own.zip(other).is_some_and(|(own, other)| !own.eq_ignore_ascii_case(other)) {
            return Err(Problem::Input(format!("{name} of a policy cannot change")));
        }
    }
    if is_backward(before, wanted) {
        return Err(Problem::Input("a policy does not become standard or one of snapshots alone".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_policy_goes_on_and_not_back() {
        let standard = json!({ "backupManagementType": "AzureIaasVM" });
        let enhanced = json!({ "backupManagementType": "AzureIaasVM", "policyType": "V2" });
        assert_eq!(check(&standard, &enhanced), Ok(()));
        assert!(check(&enhanced, &standard).is_err());
        let snapshots = json!({ "backupManagementType": "AzureStorage" });
        let vaulted = json!({ "backupManagementType": "AzureStorage", "workLoadType": "AzureFileShare",
            "vaultRetentionPolicy": {} });
        assert_eq!(check(&snapshots, &vaulted), Ok(()));
        assert!(check(&vaulted, &snapshots).is_err());
        assert!(check(&standard, &snapshots).is_err());
        let of = |engine: &str| json!({ "backupManagementType": "AzureWorkload", "workLoadType": engine });
        assert!(check(&of("SQLDataBase"), &of("SAPHanaDatabase")).is_err());
        assert_eq!(check(&of("SQLDataBase"), &of("sqldatabase")), Ok(()));
    }
}
