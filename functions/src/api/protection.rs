//! `Protection`: what is protected and how it stands; stop, suspend, resume, another policy.

mod beside;
pub(crate) mod one;
mod stopped;
mod wanted;

use axum::Json;
use axum::response::Response;
use holdfast_protection::family::Family;
use holdfast_protection::operations::{Action, Ask, ChangePolicy, Registering};
use holdfast_protection::target::{BadName, Target, TargetProtection, TargetState};
use holdfast_protection::targets::{self, TargetFilter, TargetPage};
use holdfast_protection::{Refusal, ResourceId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::asking::{Asking, How, Repeatable};
use super::body::Body;
use super::here::Here;
use super::operation::{Begun, answered};
use super::page::{Cut, Page, Part};
use super::query::Query;
use super::refusals::{BodyRefusals, Refusals};
use super::unread::UnreadPart;
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;
use crate::setup::{Ready, Who};

use wanted::{Data, PolicyWanted, ProtectionWanted, StopWanted, SuspendWanted};

/// Which targets.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Only resources of this name, in any case; those without a backup instance are listed then too.
    name: Option<String>,
    /// Only targets in this state.
    #[param(inline)]
    state: Option<TargetState>,
    /// How many targets a page has at most; 100 without it.
    #[param(minimum = 1, maximum = 1000)]
    top: Option<usize>,
    /// Where the page begins, from nextLink of the one before.
    skip_token: Option<String>,
}

/// A resource and its backup instance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Protected {
    /// The resource; it may be gone.
    resource: ResourceId,
    /// Azure's word, such as `ProtectionConfigured`, `ProtectionStopped` or `SoftDeleted`; `Unprotected` without a
    /// backup instance.
    state: String,
    /// The resource does not exist any more, and its backup instance does. Azure's index knows no databases of
    /// PostgreSQL single servers: of these it is the server that is gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    orphaned: bool,
    /// The backup instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<ResourceId>,
    /// The vault that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    vault: Option<ResourceId>,
    /// The policy in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<ResourceId>,
    /// Why it is in error.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
}

/// What is protected, or was, with its state, in the watched subscriptions. Azure's index of it is minutes behind. A page
/// may be shorter than asked for and lead on. A vault that cannot be read is named in `unread`.
#[utoipa::path(get, path = "/api/protection", operation_id = "listProtected", tag = "protection", params(Asked),
    responses((status = 200, description = "The targets", body = Page<Protected>), Refusals))]
pub(crate) async fn list(
    Ready(app): Ready,
    Who(caller): Who,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Protected>>, Problem> {
    caller.must_be(Role::Reader)?;
    let name = asked.name.as_deref().map(str::parse).transpose();
    let name = name.map_err(|bad: BadName| Problem::bad_request("BadQuery", bad.to_string()))?;
    let filter = TargetFilter { name, state: asked.state };
    let cut = Cut { top: asked.top, skip_token: asked.skip_token.clone() };
    let ports = (app.target_pages.as_ref(), app.azure.as_ref());
    let TargetPage { targets, next, unread } =
        targets::list(ports, app.subscriptions()?, &filter, cut.size()?, cut.place()?).await?;
    let part = Part::until(targets, next).map(Protected::from);
    let state = asked.state.and_then(|state| json!(state).as_str().map(str::to_owned));
    let pairs = [("name", asked.name), ("state", state), ("top", asked.top.map(|top| top.to_string()))];
    let again: Vec<_> = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let unread = unread.into_iter().map(UnreadPart::from);
    Ok(Json(Page::of(part, &here, "/api/protection", &again).without(unread)))
}

/// Stops backups; what there is stays for ever, or is deleted.
#[utoipa::path(post, path = "/api/protection/stop", operation_id = "stopProtection", tag = "protection",
    params(How, Repeatable), request_body = StopWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn stop(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(StopWanted { resource, workload, data, until, why }): Body<StopWanted>,
) -> Result<Response, Problem> {
    let action = match data {
        Data::Retain => Action::StopAndRetain,
        Data::Delete => Action::StopAndDelete,
    };
    let ask = Ask { workload, until, ..asking.to(Role::Operator, resource, action, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Suspends backups; what there is expires by its policy, but for the last.
#[utoipa::path(post, path = "/api/protection/suspend", operation_id = "suspendProtection", tag = "protection",
    params(How, Repeatable), request_body = SuspendWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn suspend(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(SuspendWanted { resource, workload, until, why }): Body<SuspendWanted>,
) -> Result<Response, Problem> {
    let ask = Ask { workload, until, ..asking.to(Role::Operator, resource, Action::Suspend, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Takes backups again, from whatever state it was stopped in.
#[utoipa::path(post, path = "/api/protection/resume", operation_id = "resumeProtection", tag = "protection",
    params(How, Repeatable), request_body = ProtectionWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn resume(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(ProtectionWanted { resource, workload, why }): Body<ProtectionWanted>,
) -> Result<Response, Problem> {
    let ask = Ask { workload, ..asking.to(Role::Operator, resource, Action::Resume, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Moves a protection to another policy of the same vault.
#[utoipa::path(post, path = "/api/protection/change-policy", operation_id = "changePolicy", tag = "protection",
    params(How, Repeatable), request_body = PolicyWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn change_policy(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(PolicyWanted { resource, workload, policy, until, why }): Body<PolicyWanted>,
) -> Result<Response, Problem> {
    let action = Action::ChangePolicy(ChangePolicy { policy });
    let ask = Ask { workload, until, ..asking.to(Role::Operator, resource, action, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Has Azure set up its extension in a machine again, where it no longer answers.
#[utoipa::path(post, path = "/api/protection/register", operation_id = "registerMachine", tag = "protection",
    params(How, Repeatable), request_body = ProtectionWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn register(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(ProtectionWanted { resource, workload, why }): Body<ProtectionWanted>,
) -> Result<Response, Problem> {
    let action = Action::Registration { registration: Registering::Again };
    let ask = Ask { workload, ..asking.to(Role::Operator, resource, action, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Ends the registration of a machine in which nothing is protected any more.
#[utoipa::path(post, path = "/api/protection/unregister", operation_id = "unregisterMachine", tag = "protection",
    params(How, Repeatable), request_body = ProtectionWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn unregister(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(ProtectionWanted { resource, workload, why }): Body<ProtectionWanted>,
) -> Result<Response, Problem> {
    let action = Action::Registration { registration: Registering::End };
    let ask = Ask { workload, ..asking.to(Role::Operator, resource, action, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

impl From<Target> for Protected {
    fn from(target: Target) -> Self {
        let Target { resource, protection, is_orphaned } = target;
        let (state, instance, policy, error) = match protection {
            Some(TargetProtection { instance, policy, state, error }) => {
                (state.into(), Some(instance), policy, error)
            }
            None => ("Unprotected".to_owned(), None, None, None),
        };
        let vault = instance.as_ref().and_then(Family::vault_of);
        Self { resource, state, orphaned: is_orphaned, instance, vault, policy, error }
    }
}
