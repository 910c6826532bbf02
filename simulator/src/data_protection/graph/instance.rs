//! A backup instance as Resource Graph shows it: what the API leaves out is spelled out.

use serde_json::{Value, json};

use super::extended;
use crate::data_protection::vault::Vault;
use crate::wire::json as body_json;

/// The body of the row of an instance with this body.
pub(super) fn row(body: &Value, vault: &Vault) -> Value {
    let or_null = |name: &str| body_json::reach(body, &["properties", name]).cloned().unwrap_or_default();
    let datasource = or_null("dataSourceInfo");
    let mut set_default = datasource.clone();
    body_json::set(&mut set_default, &["objectType"], json!("DatasourceSet"));
    let set = body_json::reach(body, &["properties", "dataSourceSetInfo"]).cloned().unwrap_or(set_default);
    let additions = [
        ("dataSourceInfo", spelled(datasource)),
        ("dataSourceSetInfo", spelled(set)),
        ("policyInfo", policy_info(&or_null("policyInfo"))),
        ("protectionStatus", protection_status(&or_null("protectionStatus"))),
        ("protectionErrorDetails", or_null("protectionErrorDetails")),
        ("datasourceAuthCredentials", or_null("datasourceAuthCredentials")),
        ("resourceGuardOperationRequests", Value::Null),
        ("identityDetails", or_null("identityDetails")),
        ("validationType", or_null("validationType")),
        ("dataSourceProperties", Value::Null),
        ("backupInstanceExtendedProperties", extended::properties(body, vault)),
    ];
    let mut row = body.clone();
    for (name, value) in additions {
        body_json::set(&mut row, &["properties", name], value);
    }
    row
}

/// A datasource with the members that are null.
fn spelled(mut source: Value) -> Value {
    for name in ["resourceProperties", "baseUri"] {
        if body_json::member(&source, name).is_none() {
            body_json::set(&mut source, &[name], Value::Null);
        }
    }
    source
}

fn policy_info(info: &Value) -> Value {
    let or_null = |names: &[&str]| body_json::reach(info, names).cloned().unwrap_or_default();
    let parameters = match or_null(&["policyParameters"]) {
        Value::Null => Value::Null,
        _ => json!({
            "backupDatasourceParametersList": or_null(&["policyParameters", "backupDatasourceParametersList"]),
            "dataStoreParametersList": or_null(&["policyParameters", "dataStoreParametersList"]),
            "tags": null,
        }),
    };
    json!({
        "policyId": or_null(&["policyId"]),
        "policyParameters": parameters,
        "policyVersion": or_null(&["policyVersion"]),
    })
}

fn protection_status(status: &Value) -> Value {
    let or_null = |name: &str| body_json::member(status, name).cloned().unwrap_or_default();
    json!({ "status": or_null("status"), "errorDetails": or_null("errorDetails") })
}
