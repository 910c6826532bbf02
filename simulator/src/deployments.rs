//! `Microsoft.Resources/deployments` at a management group, a subscription or a resource group: templates that are carried out.
//!
//! It evaluates parameters, conditions, loops, references and outputs by itself. Functions that no template here uses are refused by
//! name, so that nobody takes this for ARM's own engine; `guid` and `uniqueString` are stable, but give other values than Azure.
//! Sources: Azure Resource Manager's REST reference of deployments, and of the structure and functions of templates (official).

mod cloud;
mod expression;
mod provider;
mod template;

use std::cell::RefCell;
use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) use provider::Deployments;

use crate::clock::precise;
use crate::wire::path::{key, name_of};
use crate::wire::{Answer, ArmError, ArmPath, Call, Reply, json as body_json};
use crate::world::{Effect, World};
use cloud::{Dry, Real};
use expression::Place;

/// Whether this is an expression of a template, without its brackets.
pub fn reads_expression(text: &str) -> bool {
    expression::reads(text)
}

/// A small deployment takes about this long in Azure.
const SECONDS: f64 = 10.0;
/// How often clients are asked to look again.
const RETRY: f64 = 5.0;

/// The deployments that were begun, by lower-cased id.
#[derive(Debug, Default)]
struct Known {
    known: BTreeMap<String, Deployment>,
}

impl Known {
    fn of(world: &World) -> &Self {
        world.state()
    }

    fn of_mut(world: &mut World) -> &mut Self {
        world.state_mut()
    }
}

/// A deployment that was begun.
#[derive(Debug, Clone)]
struct Deployment {
    id: String,
    location: Option<String>,
    operation: String,
    begun: Timestamp,
    /// What was asked for.
    call: Call,
    state: State,
    /// What it made, or will.
    resources: Vec<String>,
    outputs: Value,
}

#[derive(Debug, Clone)]
enum State {
    Running,
    Succeeded,
    Failed(Value),
}

/// Whether a path leads to a deployment.
fn is_deployment(path: &ArmPath) -> bool {
    path.namespace_is("Microsoft.Resources") && path.is(0, "deployments")
}

/// Answers a call on deployments.
fn handle(world: &mut World, call: &Call) -> Answer {
    let path = &call.path;
    let id = format!(
        "{}/providers/Microsoft.Resources/deployments/{}",
        path.scope,
        path.segment(1).unwrap_or_default()
    );
    match (&call.method, path.rest.len(), path.segment(2)) {
        (&Method::GET, 1, _) => Ok(list(world, &path.scope)),
        (&Method::PUT, 2, _) => put(world, call, &id),
        (&Method::GET, 2, _) => Ok(Reply::ok(found(world, &id)?.body())),
        (&Method::HEAD, 2, _) => found(world, &id).map(|_| Reply::empty(StatusCode::NO_CONTENT)),
        (&Method::POST, 3, Some(word)) if word.eq_ignore_ascii_case("validate") => validate(world, call, &id),
        (&Method::GET, 4, Some(word)) if word.eq_ignore_ascii_case("operationStatuses") => {
            Ok(found(world, &id)?.status(world))
        }
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

fn found<'world>(world: &'world World, id: &str) -> Result<&'world Deployment, ArmError> {
    Known::of(world).known.get(&key(id)).ok_or_else(|| {
        let message = format!("Deployment '{}' could not be found.", name_of(id));
        ArmError::not_found("DeploymentNotFound", message)
    })
}

fn list(world: &World, scope: &str) -> Reply {
    let prefix = key(&format!("{scope}/providers/Microsoft.Resources/deployments/"));
    let here = Known::of(world).known.iter().filter(|(id, _)| id.starts_with(&prefix));
    Reply::list(here.map(|(_, deployment)| deployment.body()).collect())
}

fn validate(world: &mut World, call: &Call, id: &str) -> Answer {
    let mut planned = plan(world, call, id)?.body();
    body_json::set(&mut planned, &["properties", "provisioningState"], json!("Succeeded"));
    Ok(Reply::ok(planned))
}

fn put(world: &mut World, call: &Call, id: &str) -> Answer {
    let running =
        Known::of(world).known.get(&key(id)).is_some_and(|known| matches!(known.state, State::Running));
    if running {
        let message = format!("The deployment '{}' is still running.", name_of(id));
        return Err(ArmError::conflict("DeploymentActive", message));
    }
    let deployment = plan(world, call, id)?;
    let at = world.after(SECONDS);
    world.schedule(at, Ends(key(id)));
    let operation = &deployment.operation;
    let url = format!("{}{id}/operationStatuses/{operation}?api-version={}", call.base, call.api_version());
    let reply = Reply::new(StatusCode::CREATED, deployment.body())
        .with_header("azure-asyncoperation", url)
        .with_header("retry-after", world.clock.retry_after(RETRY));
    Known::of_mut(world).known.insert(key(id), deployment);
    Ok(reply)
}

/// The deployment that a call asks for, checked whole before anything of it is done.
fn plan(world: &mut World, call: &Call, id: &str) -> Result<Deployment, ArmError> {
    let scope = &call.path.scope;
    if !world.exists(scope) {
        return Err(nowhere(call));
    }
    let body = call.object()?;
    let location = body_json::text(body, &["location"]).map(str::to_owned);
    if call.path.group().is_none() && location.is_none() {
        let message = "The 'location' property must be specified for a deployment above resource groups.";
        return Err(ArmError::bad_request("LocationRequired", message));
    }
    let mode = body_json::text(body, &["properties", "mode"]).unwrap_or_default();
    if !mode.eq_ignore_ascii_case("Incremental") {
        let message = format!("The deployment mode '{mode}' is not supported here; use 'Incremental'.");
        return Err(ArmError::bad_request("InvalidDeploymentMode", message));
    }
    let dry = Dry::default();
    let at = site(world, scope, location.as_deref());
    template::carry_out(&dry, call, Place { id: scope, name: name_of(id), location: &at })?;
    let begun = world.now();
    let operation = world.guid();
    Ok(Deployment {
        id: id.to_owned(),
        location,
        operation,
        begun,
        call: call.clone(),
        state: State::Running,
        resources: dry.ids.into_inner(),
        outputs: Value::Null,
    })
}

/// Azure does not say whether there is a management group that the caller names.
fn nowhere(call: &Call) -> ArmError {
    let (scope, caller) = (&call.path.scope, &call.caller);
    if let Some(group) = call.path.group() {
        return ArmError::group_not_found(group);
    }
    let message = format!(
        "The client '{caller}' with object id '{caller}' does not have authorization to perform action \
         'Microsoft.Resources/deployments/write' over scope '{scope}' or the scope is invalid."
    );
    ArmError::new(StatusCode::FORBIDDEN, "AuthorizationFailed", message)
}

/// The location that a template is told of: that of the group, else that of the deployment.
fn site(world: &World, scope: &str, location: Option<&str>) -> String {
    let group = world.arm.groups.get(&key(scope)).and_then(|group| body_json::text(group, &["location"]));
    group.or(location).unwrap_or_default().to_owned()
}

impl Deployment {
    fn body(&self) -> Value {
        let word = self.word();
        let resources: Vec<Value> = match self.state {
            State::Succeeded => self.resources.iter().map(|id| json!({ "id": id })).collect(),
            State::Running | State::Failed(_) => Vec::new(),
        };
        let mut body = json!({
            "id": self.id,
            "name": name_of(&self.id),
            "type": "Microsoft.Resources/deployments",
            "properties": {
                "mode": "Incremental",
                "provisioningState": word,
                "timestamp": precise(self.begun),
                "correlationId": self.operation,
                "outputResources": resources,
                "providers": [], "dependencies": [],
            },
        });
        if let Some(location) = &self.location {
            body_json::set(&mut body, &["location"], json!(location));
        }
        if self.outputs.is_object() {
            body_json::set(&mut body, &["properties", "outputs"], self.outputs.clone());
        }
        if let State::Failed(error) = &self.state {
            body_json::set(&mut body, &["properties", "error"], error.clone());
        }
        body
    }

    fn status(&self, world: &World) -> Reply {
        let mut body = json!({ "status": self.word() });
        if let State::Failed(error) = &self.state {
            body_json::set(&mut body, &["error"], error.clone());
        }
        match self.state {
            State::Running => Reply::ok(body).with_header("retry-after", world.clock.retry_after(RETRY)),
            State::Succeeded | State::Failed(_) => Reply::ok(body),
        }
    }

    fn word(&self) -> &'static str {
        match self.state {
            State::Running => "Running",
            State::Succeeded => "Succeeded",
            State::Failed(_) => "Failed",
        }
    }
}

/// A deployment carries its template out.
#[derive(Debug)]
struct Ends(String);

impl Effect for Ends {
    fn happen(self: Box<Self>, world: &mut World, _at: Timestamp) {
        end(world, &self.0);
    }
}

/// Carries out what the template asks for, as its deployer; ends at the first refusal, like ARM.
fn end(world: &mut World, id: &str) {
    let Some(deployment) = Known::of(world).known.get(id).cloned() else { return };
    let scope = &deployment.call.path.scope;
    let at = site(world, scope, deployment.location.as_deref());
    let real = Real {
        world: RefCell::new(world),
        deployment: &deployment.call,
        correlation: &deployment.operation,
        ids: RefCell::default(),
        nested: RefCell::default(),
    };
    let place = Place { id: scope, name: name_of(&deployment.id), location: &at };
    let ended = template::carry_out(&real, &deployment.call, place);
    let (world, resources, nested) =
        (real.world.into_inner(), real.ids.into_inner(), real.nested.into_inner());
    let (state, outputs) = match ended {
        Ok(outputs) => (State::Succeeded, outputs),
        Err(error) => (State::Failed(failure(error)), Value::Null),
    };
    let known = &mut Known::of_mut(world).known;
    for (id, outputs) in nested {
        let inner = Deployment {
            id: id.clone(),
            state: State::Succeeded,
            resources: Vec::new(),
            outputs,
            ..deployment.clone()
        };
        known.insert(key(&id), inner);
    }
    known.insert(id.to_owned(), Deployment { state, resources, outputs, ..deployment.clone() });
}

fn failure(error: ArmError) -> Value {
    let inner = error.into_reply().body.unwrap_or_default();
    json!({
        "code": "DeploymentFailed",
        "message": "At least one resource deployment operation failed. Please list deployment operations for details.",
        "details": [inner.get("error").cloned().unwrap_or_default()],
    })
}
