//! Role assignments: who holds which role where, and from when on it counts.

use axum::http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::definition::quoted;
use super::{State, role};
use crate::clock::precise;
use crate::estate::Denial;
use crate::identity;
use crate::wire::path::{name_of, subscription_of, within};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// A new identity is unknown to the directory for this long, in seconds of Azure's time.
const DIRECTORY_SECONDS: f64 = 60.0;

/// Who made the assignments of an estate.
const ADMINISTRATOR: &str = "ad3f6c2e-0b1d-4c57-9e8a-2f4d6b8c0e11";

/// A role assignment.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub(crate) name: String,
    pub(crate) scope: String,
    pub(crate) principal: String,
    /// Lower-cased id of the role.
    pub(crate) role: String,
    /// From when on Azure Backup sees it.
    pub(crate) effective: Timestamp,
    body: Value,
}

impl Assignment {
    pub(crate) fn id(&self) -> String {
        format!(
            "{}/providers/Microsoft.Authorization/roleAssignments/{}",
            self.scope.trim_end_matches('/'),
            self.name
        )
    }

    pub(crate) fn body(&self) -> &Value {
        &self.body
    }

    #[cfg(test)]
    pub(super) fn of_test(name: &str, scope: &str, principal: &str, effective: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            scope: scope.to_owned(),
            principal: principal.to_owned(),
            role: String::new(),
            effective,
            body: Value::Null,
        }
    }

    fn same_triple(&self, other: &Assignment) -> bool {
        self.scope.eq_ignore_ascii_case(&other.scope)
            && self.principal.eq_ignore_ascii_case(&other.principal)
            && self.role == other.role
    }
}

/// Calls on one assignment.
pub(crate) fn handle(world: &mut World, call: &Call) -> Answer {
    let name = call.path.segment(1).unwrap_or_default().to_owned();
    match call.method {
        Method::GET => {
            let found = State::of(world).assignments.named(&name);
            Ok(Reply::ok(found.ok_or_else(|| not_found(&name))?.body.clone()))
        }
        Method::PUT => put(world, call, &name),
        Method::DELETE => delete(world, call, &name),
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

fn not_found(name: &str) -> ArmError {
    ArmError::not_found("RoleAssignmentNotFound", format!("The role assignment '{name}' is not found."))
}

fn put(world: &mut World, call: &Call, name: &str) -> Answer {
    permitted(world, call, "write")?;
    if Uuid::parse_str(name).is_err() {
        let message =
            format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID.");
        return Err(ArmError::bad_request("InvalidRoleAssignmentId", message));
    }
    let scope = scope_of(world, call)?;
    let wanted = read(world, call, name, &scope)?;
    let known = &State::of(world).assignments;
    if let Some(existing) = known.named(name) {
        return if existing.same_triple(&wanted) {
            Ok(Reply::ok(existing.body.clone()))
        } else {
            let message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.";
            Err(ArmError::bad_request("RoleAssignmentUpdateNotPermitted", message))
        };
    }
    if known.held_by(&wanted.principal).any(|existing| existing.same_triple(&wanted)) {
        return Err(ArmError::conflict("RoleAssignmentExists", "The role assignment already exists."));
    }
    let held = subscription_of(&scope).map_or(0, |subscription| known.count_of(subscription));
    let limit = world.settings.role_assignment_limit;
    if held >= limit {
        let message = format!("The subscription holds {limit} role assignments, which is the most it may.");
        return Err(ArmError::bad_request("RoleAssignmentLimitExceeded", message));
    }
    // Only later answers say who made it (recorded).
    let mut body = wanted.body.clone();
    body_json::set(&mut body, &["properties", "createdBy"], Value::Null);
    world.touch(&wanted.id());
    State::of_mut(world).assignments.push(wanted);
    Ok(Reply::new(StatusCode::CREATED, body))
}

/// The scope of the call, with the casing under which it exists.
fn scope_of(world: &World, call: &Call) -> Result<String, ArmError> {
    let scope = &call.path.scope;
    if world.exists(scope) {
        return Ok(if scope.is_empty() { "/".to_owned() } else { scope.clone() });
    }
    let group = crate::wire::path::group_of(scope);
    let group_id = crate::wire::path::group_id_of(scope).unwrap_or_default();
    Err(match group {
        Some(group) if !world.exists(&group_id) => ArmError::group_not_found(group),
        Some(_) => {
            let kind =
                crate::wire::ArmPath::parse(scope).map(|path| path.resource_type()).unwrap_or_default();
            ArmError::resource_not_found(&kind, scope)
        }
        None => ArmError::not_found("SubscriptionNotFound", format!("The scope '{scope}' was not found.")),
    })
}

fn read(world: &World, call: &Call, name: &str, scope: &str) -> Result<Assignment, ArmError> {
    let request = call.object()?;
    let property = |name: &str| body_json::text(request, &["properties", name]).map(str::to_owned);
    let missing = |name: &str| {
        ArmError::bad_request("InvalidRequestContent", format!("properties.{name} is required."))
    };
    let definition = property("roleDefinitionId").ok_or_else(|| missing("roleDefinitionId"))?;
    let principal = property("principalId").ok_or_else(|| missing("principalId"))?;
    let role = name_of(&definition);
    if role::by_id(role).is_none() && !State::of(world).custom.contains_key(&role.to_ascii_lowercase()) {
        let message = format!("The specified role definition with ID '{role}' does not exist.");
        return Err(ArmError::bad_request("RoleDefinitionDoesNotExist", message));
    }
    let kind = property("principalType");
    if kind.is_none() && !known_to_directory(world, &principal) {
        let message = format!(
            "Principal {principal} does not exist in the directory. If you have just created it, set principalType to ServicePrincipal, or wait."
        );
        return Err(ArmError::bad_request("PrincipalNotFound", message));
    }
    let now = world.now();
    Ok(Assignment {
        name: name.to_owned(),
        scope: scope.to_owned(),
        principal: principal.clone(),
        role: role.to_ascii_lowercase(),
        effective: world.clock.after(now, world.settings.propagation_seconds),
        body: body(
            request,
            name,
            scope,
            &definition,
            kind.as_deref().unwrap_or("ServicePrincipal"),
            &call.caller,
            now,
        ),
    })
}

fn known_to_directory(world: &World, principal: &str) -> bool {
    let created = world.identities.created(principal);
    created.is_some_and(|created| world.clock.after(created, DIRECTORY_SECONDS) <= world.now())
}

fn body(
    request: &Value,
    name: &str,
    scope: &str,
    definition: &str,
    kind: &str,
    caller: &str,
    now: Timestamp,
) -> Value {
    let optional = |name: &str| body_json::reach(request, &["properties", name]).cloned().unwrap_or_default();
    json!({
        "properties": {
            "roleDefinitionId": definition,
            "principalId": optional("principalId"),
            "principalType": kind,
            "scope": scope,
            "condition": optional("condition"),
            "conditionVersion": optional("conditionVersion"),
            "createdOn": precise(now),
            "updatedOn": precise(now),
            "createdBy": caller,
            "updatedBy": caller,
            "delegatedManagedIdentityResourceId": optional("delegatedManagedIdentityResourceId"),
            "description": optional("description"),
        },
        "id": format!("{}/providers/Microsoft.Authorization/roleAssignments/{name}", scope.trim_end_matches('/')),
        "type": "Microsoft.Authorization/roleAssignments",
        "name": name,
    })
}

fn delete(world: &mut World, call: &Call, name: &str) -> Answer {
    permitted(world, call, "delete")?;
    let Some(gone) = State::of_mut(world).assignments.remove(name) else {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    };
    world.recheck_protection();
    world.touch(&gone.id());
    Ok(Reply::ok(gone.body))
}

/// Refuses where the estate says that the caller may not grant.
fn permitted(world: &World, call: &Call, verb: &str) -> Result<(), ArmError> {
    let scope = if call.path.scope.is_empty() { "/" } else { &call.path.scope };
    let caller = &call.caller;
    let is_denied = |denial: &Denial| match denial {
        Denial::Everybody(denied) => within(scope, denied),
        Denial::Principals { scope: denied, principals } => {
            within(scope, denied) && principals.iter().any(|principal| identity::is(caller, principal))
        }
    };
    if !world.settings.denials.iter().any(is_denied) {
        return Ok(());
    }
    let message = format!(
        "The client '{caller}' with object id '{caller}' does not have authorization to perform action \
         'Microsoft.Authorization/roleAssignments/{verb}' over scope '{}' or the scope is invalid. \
         If access was recently granted, please refresh your credentials.",
        call.path.id()
    );
    Err(ArmError::new(StatusCode::FORBIDDEN, "AuthorizationFailed", message))
}

/// `GET {scope}/providers/Microsoft.Authorization/roleAssignments`, with the filters `atScope()`, `principalId eq` and `assignedTo`.
pub(crate) fn list(world: &World, call: &Call) -> Answer {
    let filter = call.parameter("$filter").unwrap_or_default();
    let at_scope_only = filter.to_ascii_lowercase().contains("atscope()");
    let principal = quoted(filter, "principalId eq").or_else(|| quoted(filter, "assignedTo"));
    let scope = if call.path.scope.is_empty() { "/" } else { &call.path.scope };
    let all = &State::of(world).assignments;
    let applies =
        |one: &&Assignment| world.reaches(&one.scope, scope) || (!at_scope_only && within(&one.scope, scope));
    let bodies = match principal {
        Some(principal) => all.held_by(principal).filter(applies).map(|one| one.body.clone()).collect(),
        None => all.iter().filter(applies).map(|one| one.body.clone()).collect(),
    };
    Ok(Reply::list(bodies))
}

/// Makes an assignment that is effective at once, for an estate.
pub(crate) fn grant(world: &mut World, scope: &str, principal: &str, kind: &str, role: &'static role::Role) {
    let (name, now) = (world.guid(), world.now());
    let subscription = subscription_of(scope)
        .map(|subscription| format!("/subscriptions/{subscription}"))
        .unwrap_or_default();
    let definition = format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}", role.id);
    let request = json!({ "properties": { "principalId": principal } });
    let assignment = Assignment {
        name: name.clone(),
        scope: scope.to_owned(),
        principal: principal.to_owned(),
        role: role.id.to_owned(),
        // Long since, so that nothing waits for it to count.
        effective: now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(now),
        body: body(&request, &name, scope, &definition, kind, ADMINISTRATOR, now),
    };
    world.touch(&assignment.id());
    State::of_mut(world).assignments.push(assignment);
}
