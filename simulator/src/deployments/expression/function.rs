//! The functions that expressions may call.

mod ids;
mod values;

use serde_json::{Value, json};

use super::Scope;
use crate::deployments::template::invalid;
use crate::identity::TENANT;
use crate::wire::ArmError;
use crate::wire::path::{group_of, subscription_of};

/// What the function `name` gives.
pub(super) fn called(scope: &Scope<'_>, name: &str, arguments: &[Value]) -> Result<Value, ArmError> {
    let given = match (name.to_ascii_lowercase().as_str(), arguments) {
        ("parameters", [Value::String(wanted)]) => Some(scope.parameter(wanted)?),
        ("variables", [Value::String(wanted)]) => Some(scope.variable(wanted)?),
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
        ("deployment", []) => Some(json!({ "name": scope.name, "location": scope.location })),
        (lower, _) => match ids::called(scope, lower, arguments) {
            Some(found) => found,
            None => values::called(lower, arguments)
                .ok_or_else(|| invalid(format!("the simulator does not know the function '{name}'")))?,
        },
    };
    given.ok_or_else(|| invalid(format!("the function '{name}' does not take these arguments here")))
}
