//! The OpenAPI document: what holds for every call.

use axum::http::header;
use axum::response::IntoResponse;
use holdfast_protection::restore::RestoreTarget;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{OpenApi, RefOr, Schema};
use utoipa::{Modify, OpenApi as Derive};

use crate::problem::Envelope;

/// What the document says before any call.
#[derive(Derive)]
#[openapi(
    info(
        title = "Holdfast",
        description = "Backup protection for Azure: decisions, backups, restores, jobs and approvals.\n\n\
            Long work is answered with 202, Operation-Location and Retry-After. Refusals are in ARM's error \
            envelope, with Azure's own code and recommended action where Azure refused.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "rules", description = "What rules say of a resource, and which rules are in force"),
        (name = "backup", description = "Backups, recovery points and restores"),
        (name = "protection", description = "The protection of a resource: stop, suspend, resume, another policy"),
        (name = "operations", description = "What was started, where it stands, and who has to agree"),
        (name = "report", description = "What the protection of the estate comes to"),
        (name = "vaults", description = "Vaults, what they are safe against, and the end of one"),
    ),
    components(schemas(Envelope, RestoreTarget)),
    security(("functionKey" = []), ("entra" = [])),
    modifiers(&Schemes, &Parts),
)]
pub(super) struct Document;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let key = "Key of the function app, checked by the Functions host";
        let key = ApiKey::Header(ApiKeyValue::with_description("x-functions-key", key));
        components.add_security_scheme("functionKey", SecurityScheme::ApiKey(key));
        let mut token = Http::new(HttpAuthScheme::Bearer);
        token.bearer_format = Some("JWT".to_owned());
        token.description = Some("Microsoft Entra token for the application of the function app".to_owned());
        components.add_security_scheme("entra", SecurityScheme::Http(token));
    }
}

struct Parts;

/// What a cluster becomes is described in two parts. A part that allows nothing besides itself would refuse the other.
impl Modify for Parts {
    fn modify(&self, document: &mut OpenApi) {
        let schemas = document.components.as_mut().map(|components| &mut components.schemas);
        if let Some(RefOr::T(Schema::Object(part))) = schemas.and_then(|all| all.get_mut("ClusterWish")) {
            part.additional_properties = None;
        }
    }
}

/// The document as text, ended by a line break.
pub(super) fn text(document: &OpenApi) -> String {
    document.to_pretty_json().unwrap_or_default() + "\n"
}

/// The document as an answer.
pub(super) fn answer(text: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], text)
}
