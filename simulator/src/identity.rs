//! Tokens: the managed identity endpoint of App Service, a stand-in for Entra ID, and the cloud's metadata.
//!
//! Tokens are unsigned in all but form; whoever sends any bearer token is let in, and the `oid` claim, if readable, names the caller.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::arm::harm::expired_token;
use crate::arm::{ArmError, Reply, json as body_json};
use crate::clock::precise;
use crate::server::{App, Scheme};
use crate::world::{TENANT, World};

/// The object id of the managed identity that asks for tokens here.
const MANAGED_IDENTITY: &str = "0d9f6c1e-52d2-4f0f-8f5b-6a7c4f2f9b11";

/// The object id of everyone who signs in with a client secret.
const CLIENT: &str = "7b1f1f5e-7f0e-4f2d-9d34-1a6f8f1c2b77";

/// Whether `object` is meant by `name`: an object id, or `function-app` for the managed identity.
pub(crate) fn is(object: &str, name: &str) -> bool {
    object.eq_ignore_ascii_case(if name == "function-app" { MANAGED_IDENTITY } else { name })
}

/// The claim that says whether a token was issued before all were made to expire.
const ISSUE: &str = "xms_issue";

/// How long a token claims to be valid, in seconds.
const LIFETIME: i64 = 86_399;

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/msi/token", get(managed_identity))
        .route("/metadata/endpoints", get(endpoints))
        .route("/common/discovery/instance", get(discovery))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(openid))
        .route("/{tenant}/oauth2/v2.0/token", post(token))
}

/// The object id of whoever sends these headers; refuses when there is no bearer token, or one whose time is over.
pub(crate) fn caller(headers: &HeaderMap, world: &World) -> Result<String, ArmError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        let challenge = format!(
            "Bearer authorization_uri=\"https://login.microsoftonline.com/{TENANT}\", error=\"invalid_token\", \
             error_description=\"The authentication failed because of missing 'Authorization' header.\""
        );
        let message = "Authentication failed. The 'Authorization' header is missing.";
        return Err(ArmError::new(StatusCode::UNAUTHORIZED, "AuthenticationFailed", message)
            .with_header("www-authenticate", challenge));
    }
    let claims = claims(token.trim()).unwrap_or_default();
    let issue = body_json::member(&claims, ISSUE).and_then(Value::as_u64);
    if issue.is_some_and(|issue| issue < world.token_issue) {
        return Err(expired_token(&precise(world.now())));
    }
    let object = body_json::text(&claims, &["oid"]);
    Ok(object.unwrap_or("00000000-0000-0000-0000-000000000000").to_owned())
}

fn claims(token: &str) -> Option<Value> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// Tokens tell by the wall clock when they end, as their holders look at no other.
fn jwt(audience: &str, object: &str, issuer: &str, issue: u64) -> String {
    let now = Timestamp::now().as_second();
    let claims = json!({
        "aud": audience, "iss": issuer, "iat": now, "nbf": now, "exp": now + LIFETIME, "tid": TENANT, "oid": object,
        "sub": object, "appid": object, "ver": "1.0", ISSUE: issue,
        "xms_mirid": "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/holdfast/providers/Microsoft.Web/sites/holdfast",
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.{}",
        part(&json!({ "alg": "RS256", "typ": "JWT" })),
        part(&claims),
        URL_SAFE_NO_PAD.encode("simulated")
    )
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
        "access_token": jwt(&resource, MANAGED_IDENTITY, &issuer, app.world().token_issue),
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
        "access_token": jwt(&audience, CLIENT, &issuer, app.world().token_issue),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bearer_token_is_let_in_and_a_readable_one_names_its_caller() {
        let mut world = World::new(crate::clock::Clock::new(1.0), &crate::Config::default());
        let headers = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            headers
        };
        assert_eq!(caller(&headers("Bearer x"), &world).unwrap(), "00000000-0000-0000-0000-000000000000");
        let token = headers(&format!("Bearer {}", jwt("aud", CLIENT, "iss", 0)));
        assert_eq!(caller(&token, &world).unwrap(), CLIENT);
        let refused = |headers: &HeaderMap, world: &World| caller(headers, world).unwrap_err();
        assert_eq!(refused(&HeaderMap::new(), &world).status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused(&headers("Basic x"), &world).status, StatusCode::UNAUTHORIZED);
        world.token_issue = 1;
        assert_eq!(refused(&token, &world).code, "ExpiredAuthenticationToken");
        assert!(caller(&headers(&format!("Bearer {}", jwt("aud", CLIENT, "iss", 1))), &world).is_ok());
    }
}
