//! Role assignments of vault identities.

use std::convert::Infallible;

use holdfast_protection::roles::{RoleAssignment, RoleGrant};
use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;
use serde_json::json;

use super::api_version::ROLE_ASSIGNMENTS;
use super::transport::ArmClient;

#[derive(Deserialize)]
struct AssignmentWire {
    properties: PropertiesWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PropertiesWire {
    role_definition_id: String,
    principal_id: String,
    scope: String,
}

impl From<AssignmentWire> for RoleAssignment {
    fn from(wire: AssignmentWire) -> Self {
        let PropertiesWire { role_definition_id, principal_id, scope } = wire.properties;
        let role_guid = role_definition_id.rsplit('/').next().unwrap_or_default().to_owned();
        Self { role_guid, scope, principal: principal_id }
    }
}

/// Assignments of a principal at the subscription, above it and below it.
pub(super) async fn of_principal(
    arm: &ArmClient,
    subscription: &str,
    principal: &str,
) -> Result<Vec<RoleAssignment>, AzureError> {
    let action = format!("list the role assignments of `{principal}` in subscription `{subscription}`");
    if !principal.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(AzureError::Unsendable {
            action,
            detail: "an object id consists of hex digits and dashes".to_owned(),
        });
    }
    let path = format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments");
    let filter = format!("$filter=principalId%20eq%20%27{principal}%27");
    let url = arm.url(&path, &format!("{filter}&api-version={ROLE_ASSIGNMENTS}"));
    arm.list(&action, url, |wire: AssignmentWire| Ok::<_, Infallible>(wire.into())).await
}

/// Creates a role assignment; one of the same scope, principal and role under another name is success.
pub(super) async fn grant(arm: &ArmClient, grant: &RoleGrant) -> Result<(), AzureError> {
    let RoleGrant { role, scope, principal } = grant;
    let action = format!("grant `{}` on `{scope}` to `{principal}`", role.display_name());
    let below = format!("/providers/Microsoft.Authorization/roleAssignments/{}", grant.assignment_name());
    let body = json!({ "properties": {
        "roleDefinitionId": role_definition(scope, role.guid()),
        "principalId": principal,
        // Without it, Azure looks the principal up in a directory that may not have heard of a new vault yet.
        "principalType": "ServicePrincipal",
    } });
    match arm.put(&action, arm.url_of(scope, &below, ROLE_ASSIGNMENTS), &body).await {
        Ok(_) => Ok(()),
        Err(AzureError::Refused { refusal, .. })
            if refusal.status == 409 && refusal.is("RoleAssignmentExists") =>
        {
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn role_definition(scope: &ResourceId, guid: &str) -> String {
    format!("{}/providers/Microsoft.Authorization/roleDefinitions/{guid}", scope.subscription_id())
}
