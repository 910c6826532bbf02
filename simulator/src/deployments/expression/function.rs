//! The functions that expressions may call.

mod ids;
mod values;

use serde_json::{Value, json};

use super::Scope;
use crate::deployments::template::invalid;
use crate::identity::TENANT;
use crate::wire::ArmError;
use crate::wire::path::{group_of, subscription_of, within};

/// What the function `name` gives.
pub(super) fn called(scope: &Scope<'_>, name: &str, arguments: &[Value]) -> Result<Value, ArmError> {
    let given = match (name.to_ascii_lowercase().as_str(), arguments) {
        ("parameters", [Value::String(wanted)]) => Some(scope.parameter(wanted)?),
        ("variables", [Value::String(wanted)]) => Some(scope.variable(wanted)?),
        ("lambdavariables", [Value::String(wanted)]) => Some(scope.element(wanted)?),
        ("copyindex", []) => Some(json!(scope.turn.ok_or_else(|| invalid("there is no loop here"))?)),
        ("reference", [Value::String(id), ..]) => {
            let whole = matches!(arguments, [_, _, Value::String(word)] if word.eq_ignore_ascii_case("Full"));
            Some((scope.referred)(id, arguments.get(1).and_then(Value::as_str), whole)?)
        }
        ("resourcegroup", []) => group_of(scope.id)
            .map(|group| json!({ "id": scope.id, "name": group, "location": scope.location })),
        ("subscription", []) => {
            let own = subscription_of(scope.id).unwrap_or_default();
            Some(json!({ "id": format!("/subscriptions/{own}"), "subscriptionId": own, "tenantId": TENANT }))
        }
        ("managementgroup", []) => management_group(scope.id),
        ("deployment", []) => Some(json!({ "name": scope.name, "location": scope.location })),
        (lower, _) => match ids::called(scope, lower, arguments) {
            Some(found) => found,
            None => values::called(lower, arguments)
                .ok_or_else(|| invalid(format!("the simulator does not know the function '{name}'")))?,
        },
    };
    given.ok_or_else(|| invalid(format!("the function '{name}' does not take these arguments here")))
}

/// The management group that is deployed to.
fn management_group(id: &str) -> Option<Value> {
    const KIND: &str = "Microsoft.Management/managementGroups";
    let prefix = format!("/providers/{KIND}/");
    let name = id.get(prefix.len()..).filter(|_| within(id, prefix.trim_end_matches('/')))?;
    Some(json!({ "id": id, "name": name, "type": KIND, "properties": { "tenantId": TENANT } }))
}
