//! A webhook against servers that behave badly, and one that does not.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use holdfast_notify::ports::{Outlet, SendError};
use holdfast_notify::{Event, Mode, Secret, Source, samples};
use holdfast_outlets::{Lookup, NamedHosts, Teams, Webhook};
use jiff::Timestamp;

type Seen = Arc<Mutex<Vec<(BTreeMap<String, String>, Bytes)>>>;

/// A server on loopback that records each request and answers with this.
async fn server(status: StatusCode, header: (&'static str, String)) -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let answer = move |State(seen): State<Seen>, headers: HeaderMap, body: Bytes| async move {
        let headers =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        seen.lock().unwrap().push((headers.collect(), body));
        (status, [header])
    };
    let router = Router::new().fallback(answer).with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, seen)
}

fn event() -> Event {
    samples(&Source::of_app("test"), Timestamp::now()).remove(0)
}

fn hook(url: &str, named: &str, mode: Mode, secret: Option<Secret>) -> Webhook {
    Webhook::new(url.parse().unwrap(), mode, secret, NamedHosts::read(named)).unwrap()
}

async fn sent(address: SocketAddr) -> Result<(), SendError> {
    hook(&format!("http://{address}/hook?key=swordfish"), "127.0.0.1", Mode::Structured, None)
        .send(&event())
        .await
}

#[tokio::test]
async fn an_event_is_signed_and_sent_whole_or_in_headers() {
    let (address, seen) = server(StatusCode::NO_CONTENT, ("x-test", "1".to_owned())).await;
    let secret: Secret =
        format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode([7; 32])).parse().unwrap();
    let event = event();
    for mode in [Mode::Structured, Mode::Binary] {
        hook(&format!("http://{address}/"), "127.0.0.1", mode, Some(secret.clone()))
            .send(&event)
            .await
            .unwrap();
    }
    let seen = seen.lock().unwrap();
    let whole: serde_json::Value = serde_json::from_slice(&seen[0].1).unwrap();
    assert_eq!(whole["type"], "com.github.holdfast-backup.protected");
    assert_eq!(seen[0].0["content-type"], "application/cloudevents+json; charset=utf-8");
    assert_eq!(seen[1].0["ce-type"], "com.github.holdfast-backup.protected");
    assert_eq!(seen[1].0["content-type"], "application/json");
    let data: serde_json::Value = serde_json::from_slice(&seen[1].1).unwrap();
    assert_eq!(data, whole["data"]);
    for (headers, _) in seen.iter() {
        assert_eq!(headers["webhook-id"], whole["id"].as_str().unwrap());
        assert!(headers["webhook-signature"].starts_with("v1,"), "{headers:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (elsewhere, seen) = server(StatusCode::OK, ("x-test", "1".to_owned())).await;
    let (address, _) =
        server(StatusCode::TEMPORARY_REDIRECT, ("location", format!("http://{elsewhere}/"))).await;
    let refused = sent(address).await.unwrap_err();
    assert!(refused.problem.contains("redirects are not followed"), "{refused}");
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_of_500_is_an_error_that_shows_no_secret() {
    let (address, _) = server(StatusCode::INTERNAL_SERVER_ERROR, ("retry-after", "7".to_owned())).await;
    let refused = sent(address).await.unwrap_err();
    assert!(refused.problem.contains("500"), "{refused}");
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = sent(nobody).await.unwrap_err();
    assert!(!refused.problem.contains("swordfish"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_left() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let begun = tokio::time::Instant::now();
    let refused = sent(address).await.unwrap_err();
    assert!(begun.elapsed().as_secs() <= 15, "{refused}");
}

/// A name that leads somewhere else each time.
struct Moving {
    answers: Mutex<Vec<Vec<SocketAddr>>>,
    asked: Mutex<usize>,
}

#[async_trait]
impl Lookup for Moving {
    async fn addresses(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        *self.asked.lock().unwrap() += 1;
        Ok(self.answers.lock().unwrap().pop().unwrap_or_default())
    }
}

fn moving(answers: &[&[&str]]) -> Arc<Moving> {
    let parsed = |addresses: &&[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
    Arc::new(Moving {
        answers: Mutex::new(answers.iter().rev().map(parsed).collect()),
        asked: Mutex::default(),
    })
}

async fn looked_up(lookup: Arc<Moving>, named: &str, port: u16) -> Result<(), SendError> {
    let url = if named.is_empty() {
        "https://hook.example/".to_owned()
    } else {
        format!("http://hook.example:{port}/")
    };
    let hosts = NamedHosts::read(named);
    Webhook::looking_up(url.parse().unwrap(), Mode::Structured, None, hosts, lookup)
        .unwrap()
        .send(&event())
        .await
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_called() {
    let (address, seen) = server(StatusCode::OK, ("x-test", "1".to_owned())).await;
    for inside in [address.to_string(), "169.254.169.254:0".to_owned(), "[::ffff:127.0.0.1]:0".to_owned()] {
        for answer in [vec![inside.as_str()], vec!["20.50.2.1:0", inside.as_str()]] {
            let refused = looked_up(moving(&[&answer]), "", address.port()).await.unwrap_err();
            assert!(refused.problem.contains("HOLDFAST_NOTIFY_HOSTS"), "{refused}");
        }
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_that_is_called() {
    let (address, seen) = server(StatusCode::OK, ("x-test", "1".to_owned())).await;
    let here = format!("127.0.0.1:{}", address.port());
    // A second question would lead elsewhere, so there must be none.
    let lookup = moving(&[&[here.as_str()], &["127.0.0.2:1"]]);
    looked_up(lookup.clone(), "hook.example", address.port()).await.unwrap();
    assert_eq!((*lookup.asked.lock().unwrap(), seen.lock().unwrap().len()), (1, 1));
}

#[tokio::test]
async fn a_channel_of_teams_gets_the_card_of_a_digest_and_nothing_of_other_events() {
    let (address, seen) = server(StatusCode::ACCEPTED, ("x-test", "1".to_owned())).await;
    let url = format!("http://{address}/hook?sig=swordfish").parse().unwrap();
    let channel = Teams::new(url, NamedHosts::read("127.0.0.1")).unwrap();
    for event in samples(&Source::of_app("test"), Timestamp::now()) {
        channel.send(&event).await.unwrap();
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].0["content-type"], "application/json");
    let card: serde_json::Value = serde_json::from_slice(&seen[0].1).unwrap();
    assert_eq!(card["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
}
