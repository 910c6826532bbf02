//! Where tokens come from: the managed identity endpoint of App Service, a stand-in for Entra ID, and the cloud's metadata.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::{App, Scheme};
use crate::identity::{CLIENT, LIFETIME, MANAGED_IDENTITY, TENANT, jwt};
use crate::wire::Reply;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/msi/token", get(managed_identity))
        .route("/metadata/endpoints", get(endpoints))
        .route("/common/discovery/instance", get(discovery))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(openid))
        .route("/{tenant}/oauth2/v2.0/token", post(token))
}

#[derive(Debug, serde::Deserialize)]
struct TokenQuery {
    resource: Option<String>,
    #[serde(rename = "api-version")]
    api_version: Option<String>,
    client_id: Option<String>,
}

async fn managed_identity(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Query(query): Query<TokenQuery>,
) -> Reply {
    let refuse =
        |message: &str| Reply::new(StatusCode::BAD_REQUEST, json!({ "statusCode": 400, "message": message }));
    if headers.get("x-identity-header").is_none_or(|value| value.is_empty()) {
        return refuse("The X-IDENTITY-HEADER header is missing.");
    }
    if query.api_version.as_deref() != Some("2019-08-01") {
        return refuse("The api-version must be 2019-08-01.");
    }
    let Some(resource) = query.resource.filter(|resource| !resource.is_empty()) else {
        return refuse("The resource is missing.");
    };
    let issuer = format!("https://sts.windows.net/{TENANT}/");
    Reply::ok(json!({
        "access_token": jwt(&resource, MANAGED_IDENTITY, &issuer, app.world().traffic.token_issue),
        "expires_on": (Timestamp::now().as_second() + LIFETIME).to_string(),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": query.client_id.unwrap_or_else(|| MANAGED_IDENTITY.to_owned()),
    }))
}

fn base(headers: &HeaderMap, scheme: Scheme) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("{}://{host}", scheme.0)
}

async fn endpoints(Extension(scheme): Extension<Scheme>, headers: HeaderMap) -> Json<Value> {
    let base = base(&headers, scheme);
    Json(json!({
        "name": "holdfast-simulator",
        "portal": base, "resourceManager": base, "gallery": base, "batch": base, "media": base, "graph": base,
        "graphAudience": base, "microsoftGraphResourceId": base,
        "authentication": { "loginEndpoint": base, "audiences": [base], "tenant": "common", "identityProvider": "AAD" },
        "suffixes": { "storage": "core.localhost", "keyVaultDns": "vault.localhost" },
    }))
}

async fn discovery(Extension(scheme): Extension<Scheme>, headers: HeaderMap) -> Json<Value> {
    let base = base(&headers, scheme);
    Json(
        json!({ "tenant_discovery_endpoint": format!("{base}/{TENANT}/v2.0/.well-known/openid-configuration"), "metadata": [] }),
    )
}

async fn openid(
    Path(tenant): Path<String>,
    Extension(scheme): Extension<Scheme>,
    headers: HeaderMap,
) -> Json<Value> {
    let base = base(&headers, scheme);
    Json(json!({
        "issuer": format!("{base}/{tenant}/v2.0"),
        "authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/{tenant}/oauth2/v2.0/token"),
        "device_authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/devicecode"),
        "jwks_uri": format!("{base}/{tenant}/discovery/v2.0/keys"),
        "tenant_region_scope": "EU",
        "response_types_supported": ["code", "token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

async fn token(
    State(app): State<Arc<App>>,
    Extension(scheme): Extension<Scheme>,
    headers: HeaderMap,
    body: String,
) -> Reply {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if field("grant_type").is_none() {
        let error = json!({ "error": "invalid_request", "error_description": "AADSTS900144: The request body must contain 'grant_type'." });
        return Reply::new(StatusCode::BAD_REQUEST, error);
    }
    let audience = field("scope").unwrap_or_default().trim_end_matches("/.default").to_owned();
    let issuer = format!("{}/{TENANT}/v2.0", base(&headers, scheme));
    Reply::ok(json!({
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "ext_expires_in": LIFETIME,
        "access_token": jwt(&audience, CLIENT, &issuer, app.world().traffic.token_issue),
    }))
}
