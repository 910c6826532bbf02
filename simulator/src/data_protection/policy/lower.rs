//! Whether a policy keeps less in the vault than another one: in an immutable vault, no instance goes there (official; how the
//! service compares them is not written down).

use serde_json::Value;

use super::{rule, rules};
use crate::wire::json as body_json;

/// Stores of an immutable vault: operational backups are not immutable (official).
const STORES: [&str; 2] = ["VaultStore", "ArchiveStore"];

/// Whether `wanted` keeps something in the vault or in its archive for a shorter time than `before` does.
pub(crate) fn keeps_less(wanted: &Value, before: &Value) -> bool {
    rules(before, "AzureRetentionRule").any(|old| {
        let new = successor(wanted, old);
        STORES.into_iter().any(|store| {
            let Some(was) = days(old, store) else { return false };
            match new.and_then(|new| days(new, store)) {
                Some(is) => is < was,
                // What is not archived may stay in the vault for as long.
                None => new.map_or(0, all_days) < all_days(old),
            }
        })
    })
}

/// The rule that keeps in the vault what `old` kept there: that of its name, or else the default.
fn successor<'a>(policy: &'a Value, old: &Value) -> Option<&'a Value> {
    let name = body_json::text(old, &["name"]).unwrap_or_default();
    let is_named =
        |kept: &Value| body_json::text(kept, &["name"]).is_some_and(|other| other.eq_ignore_ascii_case(name));
    let is_default =
        |kept: &Value| body_json::member(kept, "isDefault").and_then(Value::as_bool) == Some(true);
    rules(policy, "AzureRetentionRule")
        .filter(|kept| all_days(kept) > 0 && (is_named(kept) || is_default(kept)))
        .min_by_key(|kept| !is_named(kept))
}

/// For how many days a retention rule keeps a point in `store`.
fn days(kept: &Value, store: &str) -> Option<i64> {
    let lifecycle = body_json::list(kept, &["lifecycles"])
        .iter()
        .find(|lifecycle| body_json::text(lifecycle, &["sourceDataStore", "dataStoreType"]) == Some(store))?;
    rule::days(body_json::text(lifecycle, &["deleteAfter", "duration"])?)
}

/// The same in all stores of the vault, one after the other.
fn all_days(kept: &Value) -> i64 {
    STORES.into_iter().filter_map(|store| days(kept, store)).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A policy of retention rules, each with its stores.
    fn policy(rules: &[(&str, &[(&str, &str)])]) -> Value {
        let rules = rules.iter().map(|(name, stores)| {
            let lifecycles = stores.iter().map(|(store, period)| {
                json!({ "sourceDataStore": { "dataStoreType": store }, "deleteAfter": { "duration": period } })
            });
            json!({ "objectType": "AzureRetentionRule", "name": name, "isDefault": name.starts_with("Default"),
                "lifecycles": lifecycles.collect::<Vec<_>>() })
        });
        json!({ "properties": { "policyRules": rules.collect::<Vec<_>>() } })
    }

    #[test]
    fn only_what_lies_in_the_vault_is_compared() {
        let continuous = policy(&[("Default", &[("OperationalStore", "P30D")])]);
        let shorter = policy(&[("Default", &[("OperationalStore", "P7D")])]);
        let copied = policy(&[("Default", &[("VaultStore", "P14D")])]);
        let both = policy(&[
            ("Default", &[("VaultStore", "P14D")]),
            ("Default_OperationalStore", &[("OperationalStore", "P30D")]),
        ]);
        for (wanted, before) in
            [(&shorter, &continuous), (&copied, &continuous), (&both, &continuous), (&copied, &both)]
        {
            assert!(!keeps_less(wanted, before), "{wanted} {before}");
        }
        let less = policy(&[("Default", &[("VaultStore", "P7D")])]);
        for (wanted, before) in [(&less, &copied), (&less, &both), (&continuous, &both)] {
            assert!(keeps_less(wanted, before), "{wanted} {before}");
        }
    }

    #[test]
    fn each_store_of_each_rule_is_compared() {
        let own = policy(&[
            ("Default", &[("VaultStore", "P30D")]),
            ("Yearly", &[("VaultStore", "P12W"), ("ArchiveStore", "P1Y")]),
        ]);
        let with =
            |yearly: &[(&str, &str)]| policy(&[("Default", &[("VaultStore", "P30D")]), ("Yearly", yearly)]);
        assert!(!keeps_less(&own, &own));
        assert!(keeps_less(&with(&[("VaultStore", "P30D"), ("ArchiveStore", "P1Y")]), &own));
        assert!(keeps_less(&with(&[("VaultStore", "P12W"), ("ArchiveStore", "P6M")]), &own));
        assert!(keeps_less(&with(&[("VaultStore", "P12W")]), &own));
        assert!(!keeps_less(&with(&[("VaultStore", "P2Y")]), &own), "none of them has to be archived");
        assert!(keeps_less(&policy(&[("Default", &[("VaultStore", "P60D")])]), &own), "those of the year");
    }
}
