//! Vaults against a stated profile: what of their security is as it should be, and what is not.

use holdfast_protection::ResourceId;
use holdfast_protection::vault::{CrossRegion, Immutability};
use holdfast_protection::vault_state::VaultState;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The profile's name and what it follows.
pub const PROFILE: &str = "Holdfast vault baseline 1, after control BR-2 (protect backup and recovery data) of the Microsoft \
    cloud security benchmark: soft delete for at least 14 days, immutability, multi-user authorization, copies in \
    more than one building, cross-region restore where the copies allow it, alerts, no public network access";

/// Days for which what was deleted has to stay.
const DAYS: u32 = 14;

/// One point of the profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VaultCheck)]
pub struct Check {
    /// A stable word.
    pub check: String,
    /// Whether it is as the profile wants; none where Azure does not show it.
    pub passed: Option<bool>,
    /// What is there.
    pub found: String,
    /// What to do; empty where nothing is to be done.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub advice: String,
}

/// A vault with its checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VaultChecks {
    /// The vault.
    pub vault: ResourceId,
    /// Its region.
    pub location: String,
    /// How many of the checks failed.
    pub failed: u64,
    /// Each point of the profile.
    pub checks: Vec<Check>,
}

/// Holds a vault against the profile.
pub fn check(state: &VaultState) -> VaultChecks {
    let checks = vec![
        soft_delete(state),
        immutability(state.vault.immutability),
        of_flag(
            "multi-user-authorization",
            state.is_guarded,
            "guarded by a resource guard",
            "no resource guard",
            "put a resource guard over the vault, owned by somebody else than its operators",
        ),
        redundancy(state),
        cross_region(state),
        of_flag(
            "alerts",
            state.alerts,
            "failed jobs raise alerts",
            "failed jobs raise no alerts",
            "switch on the alerts of Azure Monitor for failed jobs",
        ),
        of_flag(
            "no-public-access",
            state.public_access.map(|open| !open),
            "not reached from public networks",
            "reached from public networks",
            "close it to public networks, and reach it by private endpoints",
        ),
    ];
    VaultChecks {
        vault: state.vault.id.clone(),
        location: state.vault.location.to_string(),
        failed: checks.iter().filter(|check| check.passed == Some(false)).count() as u64,
        checks,
    }
}

fn soft_delete(state: &VaultState) -> Check {
    let days = state.soft_delete_days;
    let word = state.soft_delete.as_deref();
    let is_on =
        word.map(|word| !["Off", "Disabled", "Invalid"].iter().any(|off| off.eq_ignore_ascii_case(word)));
    let passed = is_on.map(|is_on| is_on && days.is_none_or(|days| days >= DAYS));
    let for_days = days.map(|days| format!(", {days} days")).unwrap_or_default();
    let found = word.map_or_else(|| "not shown".to_owned(), |word| format!("{word}{for_days}"));
    told(
        "soft-delete",
        passed,
        found,
        &format!("switch it on for at least {DAYS} days, best for good (AlwaysOn)"),
    )
}

fn immutability(immutability: Immutability) -> Check {
    let found = match immutability {
        Immutability::Disabled => "disabled",
        Immutability::Unlocked => "unlocked: it can be switched off again",
        Immutability::Locked => "locked",
    };
    let passed = Some(immutability != Immutability::Disabled);
    told("immutability", passed, found.to_owned(), "enable it, and lock it once its policies are right")
}

fn redundancy(state: &VaultState) -> Check {
    let found = state.redundancy.clone();
    let passed = found.as_deref().map(|word| !word.eq_ignore_ascii_case("LocallyRedundant"));
    let advice =
        "copies lie in one building; redundancy can be changed only while nothing is protected in the vault";
    told("redundancy", passed, found.unwrap_or_else(|| "not shown".to_owned()), advice)
}

fn cross_region(state: &VaultState) -> Check {
    let is_geo = state.redundancy.as_deref().map(|word| word.eq_ignore_ascii_case("GeoRedundant"));
    let is_on = matches!(state.vault.cross_region, CrossRegion::Enabled { .. });
    let passed = is_geo.map(|is_geo| !is_geo || is_on);
    let found = match (is_geo, is_on) {
        (_, true) => "restores in the paired region",
        (Some(true), false) => "has copies in the paired region, and does not restore there",
        (_, false) => "no copies in the paired region",
    };
    told(
        "cross-region-restore",
        passed,
        found.to_owned(),
        "enable cross-region restore; it cannot be taken back",
    )
}

fn of_flag(check: &str, passed: Option<bool>, good: &str, bad: &str, advice: &str) -> Check {
    let found = match passed {
        Some(true) => good,
        Some(false) => bad,
        None => "not shown",
    };
    told(check, passed, found.to_owned(), advice)
}

fn told(check: &str, passed: Option<bool>, found: String, advice: &str) -> Check {
    let advice = if passed == Some(false) { advice.to_owned() } else { String::new() };
    Check { check: check.to_owned(), passed, found, advice }
}

#[cfg(test)]
mod tests {
    use holdfast_protection::family::Family;
    use holdfast_protection::vault::Vault;

    use super::*;

    fn state() -> VaultState {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
        let vault = serde_json::json!({ "id": id, "family": Family::BackupVault, "location": "westeurope", "tags": {} });
        let vault: Vault = serde_json::from_value(vault).unwrap();
        VaultState {
            vault,
            redundancy: Some("LocallyRedundant".to_owned()),
            soft_delete: Some("On".to_owned()),
            soft_delete_days: Some(7),
            public_access: None,
            key: None,
            alerts: Some(true),
            private_endpoints: Vec::new(),
            is_guarded: Some(false),
        }
    }

    #[test]
    fn what_azure_does_not_show_neither_passes_nor_fails() {
        let checks = check(&state());
        let failed: Vec<&str> = checks
            .checks
            .iter()
            .filter(|one| one.passed == Some(false))
            .map(|one| one.check.as_str())
            .collect();
        assert_eq!(failed, ["soft-delete", "immutability", "multi-user-authorization", "redundancy"]);
        assert_eq!(checks.failed, 4);
        let unknown: Vec<&str> =
            checks.checks.iter().filter(|one| one.passed.is_none()).map(|one| one.check.as_str()).collect();
        assert_eq!(unknown, ["no-public-access"]);
        assert!(checks.checks.iter().all(|one| one.advice.is_empty() == (one.passed != Some(false))));
    }
}
