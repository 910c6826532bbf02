//! A gate before the real registry, which is busy, asks for tokens, or never ends its answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use holdfast_distribution::{Credentials, Reference, RegistryError};

use crate::docker_registry::{DockerRegistry, PASSWORD, ann, anonymous, client};
use crate::oci::labels;

#[derive(Clone, Copy)]
enum Mood {
    /// So many answers of this kind before each that is passed on.
    Busy(u16, usize),
    /// Bearer tokens only.
    Tokens,
    /// Manifests without end.
    Endless,
    /// Begins to answer and falls silent.
    Silent,
}

#[derive(Clone)]
struct Gate {
    behind: u16,
    own: u16,
    mood: Mood,
    calls: Arc<AtomicUsize>,
}

/// The gate's port, and how many calls it saw.
async fn open(behind: u16, mood: Mood) -> (u16, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    let calls = Arc::new(AtomicUsize::new(0));
    let gate = Gate { behind, own, mood, calls: Arc::clone(&calls) };
    let router = Router::new().fallback(pass).with_state(gate);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (own, calls)
}

async fn pass(State(gate): State<Gate>, request: Request) -> Response {
    let seen = gate.calls.fetch_add(1, Ordering::SeqCst);
    match gate.mood {
        Mood::Busy(status, times) if seen % (times + 1) != times => {
            (StatusCode::from_u16(status).unwrap(), [("retry-after", "0")]).into_response()
        }
        Mood::Busy(..) => forward(&gate, request).await,
        Mood::Tokens => with_tokens(&gate, request).await,
        Mood::Endless => {
            let chunks =
                futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 65_536])));
            Body::from_stream(chunks).into_response()
        }
        Mood::Silent => {
            let begun = futures::stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"{")) });
            let chunks = futures::StreamExt::chain(begun, futures::stream::pending());
            Body::from_stream(chunks).into_response()
        }
    }
}

async fn with_tokens(gate: &Gate, request: Request) -> Response {
    let shown = authorization(request.headers());
    if request.uri().path() == "/token" {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let pair =
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("ann:{PASSWORD}"));
        if shown != format!("Basic {pair}") || !query.contains("service=gate") {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let may_push = query.contains("push");
        return format!("{{\"token\": \"{}\"}}", if may_push { "push" } else { "pull" }).into_response();
    }
    let reads = request.method().is_safe();
    if shown == "Bearer push" || (shown == "Bearer pull" && reads) {
        return forward(gate, request).await;
    }
    let challenge = format!("Bearer realm=\"http://127.0.0.1:{}/token\",service=\"gate\"", gate.own);
    (StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)]).into_response()
}

fn authorization(headers: &HeaderMap) -> String {
    headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

async fn forward(gate: &Gate, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let url = format!("http://127.0.0.1:{}{}", gate.behind, parts.uri);
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let mut headers = parts.headers;
    headers.remove("authorization");
    let answer =
        reqwest::Client::new().request(parts.method, url).headers(headers).body(body).send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut passed = Response::builder().status(status);
    passed.headers_mut().unwrap().extend(headers);
    passed.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}

fn at(port: u16) -> Reference {
    format!("oci://127.0.0.1:{port}/select:1").parse().unwrap()
}

#[tokio::test]
async fn a_busy_registry_is_asked_again() {
    let Some(running) = DockerRegistry::start().await else { return };
    for status in [429, 500, 502, 503, 504] {
        let (port, calls) = open(running.port, Mood::Busy(status, 2)).await;
        let pushed = anonymous().push_rule(&at(port), b"\0asm", &labels()).await.unwrap();
        assert_eq!(anonymous().pull(&pushed.reference).await.unwrap().content(), b"\0asm");
        assert!(calls.load(Ordering::SeqCst) > 15, "{status}");
    }
    let (port, calls) = open(running.port, Mood::Busy(503, 1_000)).await;
    let error = anonymous().pull(&at(port)).await.unwrap_err();
    assert!(matches!(error, RegistryError::Status { status: 503, .. }), "{error}");
    assert_eq!(calls.load(Ordering::SeqCst), 4, "as often as its patience says");
}

#[tokio::test]
async fn tokens_are_fetched_for_what_is_done() {
    let Some(running) = DockerRegistry::start().await else { return };
    let (port, _) = open(running.port, Mood::Tokens).await;
    let pushed = client(ann(PASSWORD)).push_rule(&at(port), b"\0asm", &labels()).await.unwrap();
    assert_eq!(client(ann(PASSWORD)).pull(&pushed.reference).await.unwrap().content(), b"\0asm");
    let error = client(ann("wrong")).pull(&at(port)).await.unwrap_err();
    assert!(matches!(error, RegistryError::Forbidden { status: 401, .. }), "{error}");
    assert!(client(Credentials::Anonymous).pull(&at(port)).await.is_err());
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let (port, _) = open(1, Mood::Endless).await;
    let error = anonymous().pull(&at(port)).await.unwrap_err();
    assert!(matches!(error, RegistryError::TooLarge { most: 4_194_304, .. }), "{error}");
}

#[tokio::test]
async fn silence_in_an_answer_is_not_waited_for() {
    let (port, _) = open(1, Mood::Silent).await;
    let begun = std::time::Instant::now();
    let error = anonymous().pull(&at(port)).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unreachable { .. }), "{error}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}
