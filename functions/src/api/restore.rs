//! `Restore`: every kind of every workload, validated by Azure before anything is begun.

use axum::response::Response;
use holdfast_protection::operations::{Action, Ask};
use holdfast_protection::points::Choice;
use holdfast_protection::restore::{DesiredRegion, DesiredRestore, Rehydrate, RestoreTarget};
use holdfast_protection::tier::DataStore;
use holdfast_protection::{ResourceId, Workload};
use serde::Deserialize;
use utoipa::ToSchema;

use super::asking::{Asking, How, Repeatable};
use super::body::{Body, Wanted};
use super::here::Here;
use super::operation::{Begun, answered};
use super::refusals::{BodyRefusals, Refusals};
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;
use crate::setup::Ready;

/// What to restore, from what, and to where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RestoreWanted {
    /// The resource that was backed up.
    resource: ResourceId,
    /// Which of its workloads; may be left out where only one protects it.
    workload: Option<Workload>,
    /// `latest`, `latest-clean` (without a threat that Azure suspects), a time (RFC 3339: the last point at or before it),
    /// or the id of a recovery point.
    #[serde(default)]
    #[schema(value_type = String, default = "latest")]
    point: Choice,
    /// What it becomes, and where.
    to: RestoreTarget,
    /// The tier to read from, where the point lies in several; the nearest if none is named.
    tier: Option<DataStore>,
    /// Bring an archived point back first.
    rehydrate: Option<Rehydrate>,
    /// Beside the vault, or in its paired region.
    #[serde(default)]
    region: DesiredRegion,
    /// Restore it although Azure suspects a threat in it.
    #[serde(default)]
    even_if_suspicious: bool,
    /// Why; kept with the operation.
    why: Option<String>,
}

impl Wanted for RestoreWanted {
    const EXPECTED: &'static str = r#"{"resource": "<ARM id>", "point": "latest", "to": {"kind": "disk", "resourceGroup": "<ARM id>", "name": "<name>"}, ...}; /api/openapi.json has every kind"#;
}

/// Restores a resource. With `dry_run=true`, Azure validates it and nothing is changed.
#[utoipa::path(post, path = "/api/restore", tag = "backup", params(How, Repeatable), request_body = RestoreWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn restore(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(wanted): Body<RestoreWanted>,
) -> Result<Response, Problem> {
    let RestoreWanted { resource, workload, point, to, tier, rehydrate, region, even_if_suspicious, why } =
        wanted;
    let desired = DesiredRestore { point, to, tier, rehydrate, region, even_if_suspicious };
    let action = Action::Restore(Box::new(desired));
    let ask = Ask { workload, ..asking.to(Role::Restorer, resource, action, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}
