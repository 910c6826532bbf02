//! `Backup`: a backup now, answered with 202 and where to follow it.

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdfast_protection::ResourceId;
use holdfast_protection::backup::{Accepted, backup_now};
use holdfast_protection::ports::Started;
use serde::Deserialize;
use serde_json::json;

use crate::callers::{Role, Who};
use crate::problem::Problem;
use crate::setup::Ready;

/// Body of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    resource: ResourceId,
    /// Backup rule of the policy; may be left out when there is one.
    rule: Option<String>,
    /// Retention tag; the policy's default when left out.
    retention_tag: Option<String>,
}

/// `POST /api/backup`.
pub(crate) async fn backup(Ready(app): Ready, Who(caller): Who, body: Bytes) -> Result<Response, Problem> {
    caller.must_be(Role::Operator)?;
    let mut reader = serde_json::Deserializer::from_slice(&body);
    let wanted: Wanted = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        Problem::bad_request(
            "BadBody",
            format!("{error}; expected {{\"resource\": \"<ARM id>\", \"rule\": optional, \"retentionTag\": optional}}"),
        )
    })?;
    let azure = app.azure.as_ref();
    let accepted =
        backup_now(azure, &wanted.resource, wanted.rule.as_deref(), wanted.retention_tag.as_deref()).await?;
    tracing::info!(instance = %accepted.instance, rule = accepted.rule, by = caller.identity.id, "backup started");
    Ok(answer(&accepted))
}

fn answer(accepted: &Accepted) -> Response {
    let body = Json(json!({ "instance": accepted.instance, "rule": accepted.rule }));
    let Started::Running { operation, retry_after } = &accepted.started else {
        return (StatusCode::OK, body).into_response();
    };
    let mut headers = HeaderMap::new();
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("operation", &operation.0).finish();
    if let Ok(follow) = HeaderValue::from_str(&format!("/api/jobs?{query}")) {
        headers.insert("operation-location", follow);
    }
    headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
    (StatusCode::ACCEPTED, headers, body).into_response()
}
