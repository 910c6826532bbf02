//! What the workloads of storage accounts ask of an account.

mod automatic;
mod containers;

pub use automatic::AutoProtection;
pub use containers::MOST_CONTAINERS;
pub(super) use containers::{containers, listing, parameters, restated, restating};

use holdfast_evaluator::Resource;
use serde_json::Value;

use super::rules::Unsupported;

/// Whether a property of the account is on.
fn flag(account: &Resource, property: &str) -> bool {
    let body: Value = serde_json::from_str(&account.body).unwrap_or_default();
    match body.pointer(&format!("/properties/{property}")) {
        Some(Value::Bool(on)) => *on,
        // Resource notifications write booleans as 1 and 0.
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    }
}

/// Where the blobs of an account are reached, as the account says.
pub fn blob_endpoint(account: &Resource) -> Option<String> {
    let body: Value = serde_json::from_str(&account.body).ok()?;
    let endpoint = body.pointer("/properties/primaryEndpoints/blob")?.as_str()?;
    Some(endpoint.trim_end_matches('/').to_owned())
}

/// Whether the account has a hierarchical namespace.
pub(super) fn is_data_lake(account: &Resource) -> bool {
    flag(account, "isHnsEnabled")
}

/// Kinds, SKUs and protocols of accounts that Azure Backup leaves out.
pub(super) fn unsupported_account(account: &Resource, backup: &str) -> Option<Unsupported> {
    let kind = account.kind.as_deref().unwrap_or_default();
    if !kind.eq_ignore_ascii_case("StorageV2") {
        return Some(Unsupported {
            reason: format!("{backup} needs kind StorageV2; this account is `{kind}`"),
            way_out: "upgrade the account to general-purpose v2",
        });
    }
    if let Some(sku) = account.sku.as_deref().filter(|sku| !sku.starts_with("Standard")) {
        return Some(Unsupported {
            reason: format!("{backup} needs a Standard SKU; this account is `{sku}`"),
            way_out: "keep what has to be backed up in a Standard account",
        });
    }
    flag(account, "isNfsV3Enabled").then(|| Unsupported {
        reason: format!("{backup} does not support NFS 3.0"),
        way_out: "keep what has to be backed up in an account without NFS 3.0",
    })
}
