//! `Backup`: a backup now, by a rule of the policy.

use axum::response::Response;
use holdfast_protection::operations::{Action, Ask};
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

/// What to back up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BackupWanted {
    /// The resource.
    resource: ResourceId,
    /// Which of its workloads; may be left out where only one protects it.
    workload: Option<Workload>,
    /// Backup rule of the policy; may be left out when there is one.
    rule: Option<String>,
    /// Retention tag of the policy that says how long it is kept; the default when left out.
    retention_tag: Option<String>,
    /// Why; kept with the operation.
    why: Option<String>,
}

impl Wanted for BackupWanted {
    const EXPECTED: &'static str = r#"{"resource": "<ARM id>", "workload": optional, "rule": optional, "retentionTag": optional, "why": optional}"#;
}

/// Takes a backup now.
#[utoipa::path(post, path = "/api/backup", tag = "backup", params(How, Repeatable), request_body = BackupWanted,
    responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn backup(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(wanted): Body<BackupWanted>,
) -> Result<Response, Problem> {
    let action = Action::Backup { rule: wanted.rule, retention: wanted.retention_tag };
    let ask =
        Ask { workload: wanted.workload, ..asking.to(Role::Operator, wanted.resource, action, wanted.why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}
