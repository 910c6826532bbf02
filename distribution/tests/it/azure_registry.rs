//! A stand-in for Azure Container Registry: its own exchange of tokens, as strict as its documentation
//! (docs/AAD-OAuth.md and docs/Token-BasicAuth.md of github.com/Azure/acr), before Debian's docker-registry, which
//! checks each token's signature, audience, end and scope, and answers with its own challenges.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::behind_https::Authority;
use crate::docker_registry::{DockerRegistry, PASSWORD};

/// The registry's login server.
pub(crate) const HOST: &str = "contoso.azurecr.io";
/// Where Azure keeps layers, and sends those who read them.
const DATA: &str = "contosodata.blob.core.windows.net";
/// Whom an Entra token has to be meant for.
pub(crate) const AUDIENCE: &str = "https://containerregistry.azure.net";
pub(crate) const TENANT: &str = "409520d4-8100-4d1d-ad47-72432ddcc120";

pub(crate) struct AzureRegistry {
    pub(crate) authority: Authority,
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<Standing>,
    _behind: DockerRegistry,
}

/// What it knows, and what it saw.
pub(crate) struct Standing {
    behind: u16,
    signer: EcdsaKeyPair,
    certificate: String,
    /// Seconds that its tokens hold.
    pub(crate) lifetime: AtomicI64,
    refresh_tokens: Mutex<BTreeMap<String, &'static str>>,
    pub(crate) exchanges: AtomicU64,
    pub(crate) tokens: AtomicU64,
}

impl AzureRegistry {
    /// None if the environment says to skip registries.
    pub(crate) async fn start() -> Option<Self> {
        let mut parameters = rcgen::CertificateParams::default();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let more = format!(
            "auth: {{token: {{realm: 'https://{HOST}/oauth2/token', service: {HOST}, \
             issuer: 'Azure Container Registry', rootcertbundle: root.pem}}}}\n"
        );
        let behind = DockerRegistry::start_with(&more, &[("root.pem", &certificate.pem())]).await?;
        let signer =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.serialize_der()).unwrap();
        let state = Arc::new(Standing {
            behind: behind.port,
            signer,
            certificate: STANDARD.encode(certificate.der()),
            lifetime: AtomicI64::new(4_500),
            refresh_tokens: Mutex::default(),
            exchanges: AtomicU64::new(0),
            tokens: AtomicU64::new(0),
        });
        let authority = Authority::new();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let address = authority.serve(&[HOST, DATA], router).await;
        Some(Self { authority, address, state, _behind: behind })
    }

    /// A client that finds it under its names.
    pub(crate) fn client(&self) -> reqwest::Client {
        self.authority.client(&[HOST, DATA], self.address)
    }

    /// A refresh token as `az acr login` gets one, for an account that may push.
    pub(crate) fn log_in(&self) -> String {
        self.state.refresh_token("ann")
    }

    /// Takes no refresh token any more that it gave.
    pub(crate) fn forget_refresh_tokens(&self) {
        self.state.refresh_tokens.lock().unwrap().clear();
    }
}

impl Standing {
    fn jwt(&self, mut claims: Value) -> String {
        let now = Timestamp::now().as_second();
        claims["iss"] = json!("Azure Container Registry");
        claims["aud"] = json!(HOST);
        claims["nbf"] = json!(now - 60);
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + self.lifetime.load(Ordering::SeqCst));
        let header = json!({ "typ": "JWT", "alg": "ES256", "x5c": [self.certificate] });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&header), part(&claims));
        let signature = self.signer.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn refresh_token(&self, user: &'static str) -> String {
        let mut known = self.refresh_tokens.lock().unwrap();
        let token = self.jwt(json!({ "grant_type": "refresh_token", "jti": known.len(), "sub": user }));
        known.insert(token.clone(), user);
        token
    }

    /// The access token for one scope, or for as much of it as this user may have.
    fn access_token(&self, user: &str, scope: &str) -> String {
        self.tokens.fetch_add(1, Ordering::SeqCst);
        let parts: Vec<&str> = scope.split(':').collect();
        let [kind, name, actions] = parts.as_slice() else { panic!("the scope is `{scope}`") };
        let may = |action: &&str| *action == "pull" || (user == "ann" && *action == "push");
        let actions: Vec<&str> = actions.split(',').filter(may).collect();
        let access = json!([{ "type": kind, "name": name, "actions": actions }]);
        self.jwt(json!({ "grant_type": "access_token", "sub": user, "jti": scope, "access": access }))
    }
}

async fn answer(State(state): State<Arc<Standing>>, request: Request) -> Response {
    let host = request.headers()["host"].to_str().unwrap().to_owned();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    match (host.as_str(), path.as_str()) {
        // Storage refuses a second authorization beside the one in the URL.
        (DATA, _) if request.headers().contains_key("authorization") => {
            StatusCode::BAD_REQUEST.into_response()
        }
        (DATA, _) => {
            let token = state.access_token("storage", &format!("repository:{}:pull", repository(&path)));
            forward(&state, request, Some(token)).await
        }
        (HOST, "/oauth2/exchange") => exchange(&state, request).await,
        (HOST, "/oauth2/token") if method == Method::GET => token_by_password(&state, &request),
        (HOST, "/oauth2/token") => token(&state, request).await,
        (HOST, path) if method == Method::GET && path.contains("/blobs/sha256:") => {
            let head = Request::builder().method(Method::HEAD).uri(path);
            let mut head = head.body(Body::empty()).unwrap();
            *head.headers_mut() = request.headers().clone();
            let allowed = forward(&state, head, None).await;
            if allowed.status() != StatusCode::OK {
                return forward(&state, request, None).await;
            }
            (StatusCode::TEMPORARY_REDIRECT, [("location", format!("https://{DATA}{path}"))]).into_response()
        }
        (HOST, _) => forward(&state, request, None).await,
        _ => StatusCode::MISDIRECTED_REQUEST.into_response(),
    }
}

fn repository(path: &str) -> &str {
    path.trim_start_matches("/v2/").split("/blobs/").next().unwrap()
}

/// `POST /oauth2/exchange`: an Entra token for a refresh token.
async fn exchange(state: &Standing, request: Request) -> Response {
    state.exchanges.fetch_add(1, Ordering::SeqCst);
    let form = match form(request, &["grant_type", "service", "tenant", "access_token"]).await {
        Ok(form) => form,
        Err(problem) => return refuse(StatusCode::BAD_REQUEST, &problem),
    };
    let get = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if get("grant_type") != "access_token" || get("service") != HOST {
        return refuse(StatusCode::BAD_REQUEST, "grant_type or service");
    }
    let claims = get("access_token").split('.').nth(1).map(|part| URL_SAFE_NO_PAD.decode(part));
    let claims: Value = match claims {
        Some(Ok(bytes)) => serde_json::from_slice(&bytes).unwrap_or_default(),
        _ => return refuse(StatusCode::UNAUTHORIZED, "access_token is not a token"),
    };
    let audience = claims["aud"].as_str().unwrap_or_default().trim_end_matches('/');
    if audience != AUDIENCE || claims["exp"].as_i64() <= Some(Timestamp::now().as_second()) {
        return refuse(StatusCode::UNAUTHORIZED, "access_token is for others, or over");
    }
    if form.get("tenant").is_some_and(|tenant| claims["tid"] != **tenant) {
        return refuse(StatusCode::BAD_REQUEST, "tenant");
    }
    axum::Json(json!({ "refresh_token": state.refresh_token("identity") })).into_response()
}

/// `POST /oauth2/token`: a refresh token for an access token.
async fn token(state: &Standing, request: Request) -> Response {
    let known = ["grant_type", "service", "scope", "refresh_token", "client_id"];
    let form = match form(request, &known).await {
        Ok(form) => form,
        Err(problem) => return refuse(StatusCode::BAD_REQUEST, &problem),
    };
    let get = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if get("grant_type") != "refresh_token" || get("service") != HOST {
        return refuse(StatusCode::BAD_REQUEST, "grant_type or service");
    }
    match state.refresh_tokens.lock().unwrap().get(get("refresh_token")).copied() {
        Some(user) => {
            axum::Json(json!({ "access_token": state.access_token(user, get("scope")) })).into_response()
        }
        None => refuse(StatusCode::UNAUTHORIZED, "refresh_token"),
    }
}

/// `GET /oauth2/token` with a password.
fn token_by_password(state: &Standing, request: &Request) -> Response {
    let expected = format!("Basic {}", STANDARD.encode(format!("ann:{PASSWORD}")));
    let shown = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let query = parse(request.uri().query().unwrap_or_default());
    if shown != Some(&expected) || query.get("service").map(String::as_str) != Some(HOST) {
        return refuse(StatusCode::UNAUTHORIZED, "authentication required");
    }
    axum::Json(json!({ "access_token": state.access_token("ann", &query["scope"]) })).into_response()
}

async fn form(request: Request, known: &[&str]) -> Result<BTreeMap<String, String>, String> {
    let content_type = request.headers().get("content-type").and_then(|value| value.to_str().ok());
    if request.method() != Method::POST || content_type != Some("application/x-www-form-urlencoded") {
        return Err("a POST of a form is expected".to_owned());
    }
    let body = to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let form = parse(std::str::from_utf8(&body).unwrap());
    match form.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(format!("{unknown} is unknown")),
        None => Ok(form),
    }
}

fn parse(text: &str) -> BTreeMap<String, String> {
    let url = url::Url::parse(&format!("http://x/?{text}")).unwrap();
    let mut form = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        assert!(form.insert(name.to_string(), value.to_string()).is_none(), "{name} is there twice");
    }
    form
}

fn refuse(status: StatusCode, message: &str) -> Response {
    let error = json!({ "errors": [{ "code": "UNAUTHORIZED", "message": message }] });
    (status, axum::Json(error)).into_response()
}

async fn forward(state: &Standing, request: Request, token: Option<String>) -> Response {
    let (parts, body) = request.into_parts();
    let url = format!("http://127.0.0.1:{}{}", state.behind, parts.uri);
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let mut headers: HeaderMap = parts.headers;
    if let Some(token) = token {
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    // The registry names the place of an upload by the host that it was asked under.
    headers.insert("x-forwarded-proto", "https".parse().unwrap());
    headers.insert("x-forwarded-host", HOST.parse().unwrap());
    headers.remove("host");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.request(parts.method, url).headers(headers).body(body).send().await.unwrap();
    let mut passed = Response::builder().status(answer.status());
    passed.headers_mut().unwrap().extend(answer.headers().clone());
    passed.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}
