//! What the function app asks of Azure is on the code's list of actions, from which its role in `infra/` is written.

use std::collections::BTreeSet;

use holdfast_azure::{ACTIONS, Allowance};
use serde_json::Value;

/// The simulator's managed identity: the function app.
pub(crate) const FUNCTION_APP: &str = "0d9f6c1e-52d2-4f0f-8f5b-6a7c4f2f9b11";

/// The role by which the function app may carry out an action, if it may.
pub(crate) fn role_for(action: &str) -> Option<&'static str> {
    let action = action.to_ascii_lowercase();
    if action == "microsoft.authorization/roleassignments/write" {
        return Some("Role Based Access Control Administrator");
    }
    // `*/read`, and at the scope at which the app has its other roles.
    if action.ends_with("/read") {
        return Some("Reader");
    }
    // It reads keys: no deployment gives it, and docs/rights.md tells where to assign it by hand.
    if action == "microsoft.storage/storageaccounts/write" {
        return Some("Storage Account Contributor");
    }
    let found = ACTIONS.iter().find(|one| one.name.eq_ignore_ascii_case(&action))?;
    Some(match found.needs {
        Allowance::Always => "operator",
        Allowance::Creation => "operator, `allowCreation`",
        Allowance::Restore => "operator, `allowRestore`",
        Allowance::Deletion => "operator, `allowDelete`",
    })
}

/// The actions that the function app needed in these calls, on what they are about and on what they only name, and that no role
/// permits.
pub(crate) fn lacking(calls: &Value) -> BTreeSet<String> {
    let listed = ["calls", "linked"].into_iter().filter_map(|list| calls[list].as_array());
    let ours = listed.flatten().filter(|call| call["caller"] == FUNCTION_APP);
    let actions = ours.filter_map(|call| call["action"].as_str());
    actions.filter(|action| role_for(action).is_none()).map(str::to_owned).collect()
}
