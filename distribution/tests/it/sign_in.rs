//! Signing in to registries: by identity, by what `az acr login` wrote, by password; and where nothing is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use holdfast_azure::EntraTokens;
use holdfast_azure::identity::IdentityError;
use holdfast_distribution::{Credentials, DockerConfig, Reference, Registry, RegistryError};
use jiff::Timestamp;
use serde_json::json;

use crate::azure_registry::{AUDIENCE, AzureRegistry, HOST, TENANT};
use crate::behind_https::Authority;
use crate::docker_registry::{PASSWORD, ann, hasty};
use crate::oci::labels;

/// Entra, as far as one identity sees it.
#[derive(Debug, Default)]
pub(crate) struct Entra {
    asked: AtomicU64,
}

#[async_trait]
impl EntraTokens for Entra {
    async fn token(&self, scope: &str) -> Result<String, IdentityError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let audience = scope.strip_suffix("/.default").unwrap();
        assert_eq!(audience, AUDIENCE);
        let claims = json!({ "aud": audience, "tid": TENANT, "exp": Timestamp::now().as_second() + 3_600 });
        Ok(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string())))
    }
}

fn reference(tag: &str) -> Reference {
    format!("oci://{HOST}/rules/select:{tag}").parse().unwrap()
}

fn client(running: &AzureRegistry, credentials: Credentials) -> Registry {
    Registry::with_client(credentials, hasty(), running.client())
}

#[tokio::test]
async fn an_azure_registry_is_read_by_identity() {
    let Some(running) = AzureRegistry::start().await else { return };
    let tag = reference("1");
    let pushed = client(&running, ann(PASSWORD)).push_rule(&tag, b"\0asm", &labels()).await.unwrap();
    let before = running.state.tokens.load(Ordering::SeqCst);
    let entra = Arc::new(Entra::default());
    let registry = client(&running, Credentials::Entra(entra.clone()));
    for _ in 0..5 {
        assert_eq!(registry.pull(&tag).await.unwrap().content(), b"\0asm");
        assert_eq!(registry.resolve(&tag).await.unwrap(), pushed.artifact);
    }
    // Tokens are kept while they hold. Storage asks for one with each layer, which are its own.
    assert_eq!(running.state.exchanges.load(Ordering::SeqCst), 1);
    assert_eq!(entra.asked.load(Ordering::SeqCst), 1);
    assert_eq!(running.state.tokens.load(Ordering::SeqCst) - before, 1 + 5);
    // AcrPull does not push.
    let error = registry.push_rule(&tag, b"\0asm other", &labels()).await.unwrap_err().to_string();
    assert!(error.contains("the identity of this app") && error.contains("AcrPull"), "{error}");
}

#[tokio::test]
async fn tokens_that_are_over_or_withdrawn_are_renewed() {
    let Some(running) = AzureRegistry::start().await else { return };
    let tag = reference("1");
    client(&running, ann(PASSWORD)).push_rule(&tag, b"\0asm", &labels()).await.unwrap();
    let entra = Arc::new(Entra::default());
    let exchanges = || running.state.exchanges.load(Ordering::SeqCst);

    // About to end: no token is used twice.
    running.state.lifetime.store(10, Ordering::SeqCst);
    let registry = client(&running, Credentials::Entra(entra.clone()));
    for times in 1..=3 {
        registry.resolve(&tag).await.unwrap();
        assert_eq!(exchanges(), times);
    }
    // The access token is over and the refresh token was withdrawn in the meantime.
    let registry = client(&running, Credentials::Entra(entra));
    running.state.lifetime.store(4_500, Ordering::SeqCst);
    registry.resolve(&tag).await.unwrap();
    running.forget_refresh_tokens();
    let other: Reference = format!("oci://{HOST}/rules/other:1").parse().unwrap();
    let missing = registry.resolve(&other).await.unwrap_err();
    assert!(matches!(missing, RegistryError::Missing { .. }), "{missing}");
    assert_eq!(exchanges(), 5);
}

#[tokio::test]
async fn what_az_acr_login_wrote_signs_in() {
    let Some(running) = AzureRegistry::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.json");
    // The base64 of 00000000-0000-0000-0000-000000000000 without a password.
    let auth = "MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwOg==";
    let config = |token: &str| json!({ "auths": { HOST: { "auth": auth, "identitytoken": token } } });
    std::fs::write(&path, config(&running.log_in()).to_string()).unwrap();
    let credentials = DockerConfig::load(&path).unwrap().credentials(HOST).unwrap();
    let registry = client(&running, credentials);
    let pushed = registry.push_rule(&reference("1"), b"\0asm", &labels()).await.unwrap();
    assert_eq!(registry.pull(&pushed.reference).await.unwrap().content(), b"\0asm");

    std::fs::write(&path, config("e30.s3cret.x").to_string()).unwrap();
    let credentials = DockerConfig::load(&path).unwrap().credentials(HOST).unwrap();
    let error = client(&running, credentials).pull(&reference("1")).await.unwrap_err().to_string();
    assert!(error.contains("az acr login --name contoso") && !error.contains("s3cret"), "{error}");
    let error = client(&running, Credentials::Anonymous).pull(&reference("1")).await.unwrap_err().to_string();
    assert!(error.contains("an anonymous caller") && error.contains("docker login"), "{error}");
}

/// A registry that answers everything in the same way.
async fn lying(name: &'static str, status: StatusCode, header: (&'static str, String)) -> Registry {
    let authority = Authority::new();
    let router = Router::new().fallback(move || async move { (status, [header]).into_response() });
    let address = authority.serve(&[name], router).await;
    Registry::with_client(ann(PASSWORD), hasty(), authority.client(&[name], address))
}

/// Something on this machine that must not be called; and how often it was.
async fn bystander() -> (String, Arc<AtomicU64>) {
    let calls = Arc::new(AtomicU64::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let counted = calls.clone();
    let router = Router::new().fallback(move |_: Request| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { "{\"token\": \"t\"}" }
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, calls)
}

#[tokio::test]
async fn a_registry_elsewhere_cannot_have_this_machine_called() {
    let name = "registry.contoso.com";
    let tag: Reference = format!("oci://{name}/rules/select:1").parse().unwrap();
    for (status, header, prefix, suffix) in [
        (StatusCode::TEMPORARY_REDIRECT, "location", "", "/admin"),
        (StatusCode::FOUND, "location", "", "/admin"),
        (StatusCode::UNAUTHORIZED, "www-authenticate", "Bearer realm=\"", "/token\""),
        (StatusCode::ACCEPTED, "location", "", "/upload"),
    ] {
        let (url, calls) = bystander().await;
        let registry = lying(name, status, (header, format!("{prefix}{url}{suffix}"))).await;
        let error = match status {
            StatusCode::ACCEPTED => registry.push_rule(&tag, b"\0asm", &labels()).await.unwrap_err(),
            _ => registry.pull(&tag).await.unwrap_err(),
        };
        assert!(error.to_string().contains("which is this machine and not the registry's"), "{error}");
        assert_eq!(calls.load(Ordering::SeqCst), 0, "{status}");
    }
}

#[tokio::test]
async fn an_azure_registry_cannot_send_our_secrets_elsewhere() {
    let authority = Authority::new();
    let calls = Arc::new(AtomicU64::new(0));
    let counted = calls.clone();
    let names = [HOST, "tokens.evil.com"];
    let router = Router::new().fallback(move |request: Request| {
        let evil = request.headers()["host"] == "tokens.evil.com";
        counted.fetch_add(u64::from(evil), Ordering::SeqCst);
        let challenge = "Bearer realm=\"https://tokens.evil.com/oauth2/token\",service=\"x\"";
        async move { (StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)]) }
    });
    let address = authority.serve(&names, router).await;
    let entra = Credentials::Entra(Arc::new(Entra::default()));
    for credentials in [entra, ann(PASSWORD), Credentials::RefreshToken("s3cret".to_owned())] {
        let registry = Registry::with_client(credentials, hasty(), authority.client(&names, address));
        let error = registry.pull(&reference("1")).await.unwrap_err().to_string();
        assert!(error.contains("an Azure registry gives its own"), "{error}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_identity_is_shown_to_azure_registries_only() {
    let name = "registry.contoso.com";
    let authority = Authority::new();
    let router = Router::new().fallback(|request: Request| async move {
        assert!(request.method().is_safe(), "nothing is posted");
        if request.uri().path() == "/token" {
            return "{\"token\": \"anonymous\"}".into_response();
        }
        let challenge = "Bearer realm=\"https://registry.contoso.com/token\",service=\"x\"";
        (StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)]).into_response()
    });
    let address = authority.serve(&[name], router).await;
    let entra = Arc::new(Entra::default());
    let http = authority.client(&[name], address);
    let registry = Registry::with_client(Credentials::Entra(entra.clone()), hasty(), http);
    let tag: Reference = format!("oci://{name}/rules/select:1").parse().unwrap();
    assert!(matches!(registry.pull(&tag).await, Err(RegistryError::Forbidden { status: 401, .. })));
    assert_eq!(entra.asked.load(Ordering::SeqCst), 0);
}
