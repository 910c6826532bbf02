//! `Files`: single files out of a recovery point of a machine, by a session that a script mounts.

use axum::Json;
use axum::response::Response;
use holdfast_protection::file_session::SessionScript;
use holdfast_protection::operations::{Action, Ask, OperationId};
use holdfast_protection::points::Choice;
use holdfast_protection::{ResourceId, Workload};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asking::{Asking, How, Repeatable, caller_for_rules};
use super::body::{Body, Wanted};
use super::here::Here;
use super::operation::{Begun, answered};
use super::query::Query;
use super::refusals::{BodyRefusals, Refusals};
use crate::callers::Role;
use crate::clock;
use crate::problem::Problem;
use crate::setup::{Ready, Who};

/// Whose files, and of which recovery point.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilesWanted {
    /// The machine.
    resource: ResourceId,
    /// Which of its workloads; may be left out where only one protects it.
    workload: Option<Workload>,
    /// `latest`, a time (RFC 3339: the last point at or before it), or the id of a recovery point. To close, `latest` is
    /// the one whose files are open.
    #[serde(default)]
    #[schema(value_type = String, default = "latest")]
    point: Choice,
    /// Why; kept with the operation.
    why: Option<String>,
}

impl Wanted for FilesWanted {
    const EXPECTED: &'static str =
        r#"{"resource": "<ARM id of a machine>", "workload": optional, "point": "latest", "why": optional}"#;
}

/// Of which session.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AskedScripts {
    /// The operation that opened it.
    #[param(value_type = String)]
    operation: OperationId,
}

/// The scripts of a session, of which one is run on the machine that is to have the files.
#[derive(Serialize, ToSchema)]
pub(crate) struct Scripts {
    /// One for each operating system.
    value: Vec<Script>,
}

/// A script that mounts the files. It opens backups: keep it as a secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Script {
    /// `Linux` or `Windows`.
    system: String,
    /// What the file is to be called.
    file_name: String,
    /// The script, as base64; left out where it is downloaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    /// Where it is downloaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// What the script asks for.
    password: String,
}

/// Opens the files of a recovery point. The session ends by itself after twelve hours.
#[utoipa::path(post, path = "/api/files/open", operation_id = "openFiles", tag = "backup", params(How, Repeatable),
    request_body = FilesWanted, responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn open(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(FilesWanted { resource, workload, point, why }): Body<FilesWanted>,
) -> Result<Response, Problem> {
    let ask = Ask { workload, ..asking.to(Role::Restorer, resource, Action::OpenFiles { point }, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// Ends the session of a recovery point; of the one whose files are open, where none is named.
#[utoipa::path(post, path = "/api/files/close", operation_id = "closeFiles", tag = "backup", params(How, Repeatable),
    request_body = FilesWanted, responses(Begun, Refusals, BodyRefusals))]
pub(crate) async fn close(
    Ready(app): Ready,
    asking: Asking,
    here: Here,
    Body(FilesWanted { resource, workload, point, why }): Body<FilesWanted>,
) -> Result<Response, Problem> {
    let ask = Ask { workload, ..asking.to(Role::Restorer, resource, Action::CloseFiles { point }, why)? };
    answered(app.ask(ask, clock::now()).await?, &here)
}

/// The scripts of a session, for who opened it. Each time that they are handed out is recorded.
#[utoipa::path(get, path = "/api/files/scripts", operation_id = "getFileScripts", tag = "backup", params(AskedScripts),
    responses((status = 200, description = "The scripts", body = Scripts), Refusals))]
pub(crate) async fn scripts(
    Ready(app): Ready,
    Who(caller): Who,
    Query(AskedScripts { operation }): Query<AskedScripts>,
) -> Result<Json<Scripts>, Problem> {
    caller.must_be(Role::Restorer)?;
    let found = app.operations().scripts(operation, &caller_for_rules(&caller), clock::now()).await?;
    Ok(Json(Scripts { value: found.into_iter().map(Script::from).collect() }))
}

impl From<SessionScript> for Script {
    fn from(script: SessionScript) -> Self {
        let SessionScript { system, file_name, content, url, password } = script;
        Self { system, file_name, content, url, password }
    }
}
