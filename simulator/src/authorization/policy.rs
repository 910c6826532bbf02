//! What an Azure Policy denies.

use axum::http::StatusCode;
use serde_json::json;

use crate::estate::PolicyDenial;
use crate::wire::ArmError;
use crate::wire::path::{key, name_of, within};
use crate::world::World;

/// The Azure Policy that denies writing a resource of `kind` at `id`.
pub(crate) fn denied<'a>(world: &'a World, id: &str, kind: &str) -> Option<&'a PolicyDenial> {
    let mut denials = world.settings.policy_denials.iter();
    denials.find(|denial| within(id, &denial.scope) && denial.resource_type.eq_ignore_ascii_case(kind))
}

/// The refusal of writing `id`.
pub(crate) fn by_policy(id: &str, denial: &PolicyDenial) -> ArmError {
    let message = format!(
        "Resource '{}' was disallowed by policy. Policy identifiers: '[{{\"policyAssignment\":{{\"name\":\"{}\"}}}}]'.",
        name_of(id),
        denial.assignment
    );
    let info = json!([{ "type": "PolicyViolation", "info": {
        "policyAssignmentName": denial.assignment,
        "policyAssignmentScope": key(&denial.scope),
        "policyDefinitionEffect": "deny",
    } }]);
    let envelope = json!({ "code": "RequestDisallowedByPolicy", "target": name_of(id), "message": message, "additionalInfo": info });
    ArmError::new(StatusCode::FORBIDDEN, "RequestDisallowedByPolicy", message).with_envelope(envelope)
}
