//! `Backup`: a backup now, answered with 202 and where to follow it.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdfast_protection::ResourceId;
use holdfast_protection::backup::{Accepted, backup_now};
use holdfast_protection::ports::Started;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{Body, Wanted};
use super::refusals::{BodyRefusals, Refusals};
use crate::callers::{Role, Who};
use crate::problem::Problem;
use crate::setup::Ready;

/// What to back up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BackupWanted {
    /// ARM id of the resource.
    resource: ResourceId,
    /// Backup rule of the policy; may be left out when there is one.
    rule: Option<String>,
    /// Retention tag; the policy's default when left out.
    retention_tag: Option<String>,
}

impl Wanted for BackupWanted {
    const EXPECTED: &'static str = r#"{"resource": "<ARM id>", "rule": optional, "retentionTag": optional}"#;
}

/// A backup that Azure accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BackupStarted {
    /// ARM id of the backup instance.
    instance: ResourceId,
    /// The policy rule it runs by.
    rule: String,
}

/// Takes a backup now.
#[utoipa::path(post, path = "/api/backup", tag = "backup", request_body = BackupWanted,
    responses((status = 202, description = "It has begun", body = BackupStarted), Refusals, BodyRefusals))]
pub(crate) async fn backup(
    Ready(app): Ready,
    Who(caller): Who,
    Body(wanted): Body<BackupWanted>,
) -> Result<Response, Problem> {
    caller.must_be(Role::Operator)?;
    let azure = app.azure.as_ref();
    let accepted =
        backup_now(azure, &wanted.resource, wanted.rule.as_deref(), wanted.retention_tag.as_deref()).await?;
    tracing::info!(instance = %accepted.instance, rule = accepted.rule, by = caller.identity.id, "backup started");
    Ok(answer(accepted))
}

fn answer(accepted: Accepted) -> Response {
    let mut headers = HeaderMap::new();
    if let Started::Running { retry_after, .. } = &accepted.started {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
    }
    let body = BackupStarted { instance: accepted.instance, rule: accepted.rule };
    (StatusCode::ACCEPTED, headers, Json(body)).into_response()
}
