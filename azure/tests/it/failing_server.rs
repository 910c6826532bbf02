//! A server on loopback that gives raw answers, one a request, and remembers what it was asked.
//!
//! Tokens are sent over https only, so the client is given an https endpoint and a transport that
//! carries its requests to this server as they are.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use azure_core::http::{AsyncRawResponse, HttpClient, Request, Transport};
use holdfast_azure::{ArmClient, ArmOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::replay::AnyToken;

pub(crate) struct FailingServer {
    address: std::net::SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl FailingServer {
    /// Gives each of these answers once, the last one for ever; an empty answer closes the connection.
    pub(crate) async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                serve(stream, &answers, &seen).await;
            }
        });
        Self { address, requests }
    }

    /// First line of each request so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// A client whose every call ends here.
    pub(crate) fn client(&self) -> ArmClient {
        client_of(self.address.port())
    }
}

/// A client whose every call ends at this port of loopback.
pub(crate) fn client_of(port: u16) -> ArmClient {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    ArmClient::new(ArmOptions {
        endpoint: ArmOptions::PUBLIC_CLOUD.parse().unwrap(),
        credential: Arc::new(AnyToken),
        transport: Some(Transport::new(Arc::new(Carrier { client, port }))),
    })
    .unwrap()
}

async fn serve(mut stream: TcpStream, answers: &[String], seen: &Mutex<Vec<String>>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(length) => request.extend_from_slice(buffer.get(..length).unwrap_or_default()),
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    assert!(text.to_ascii_lowercase().contains("authorization: bearer token"), "{text}");
    let at = {
        let mut seen = seen.lock().unwrap();
        seen.push(text.lines().next().unwrap_or_default().to_owned());
        seen.len() - 1
    };
    let answer = answers.get(at).or(answers.last()).unwrap();
    stream.write_all(answer.as_bytes()).await.unwrap();
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

/// An answer as it goes over the wire.
pub(crate) fn answer(status: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

#[derive(Debug)]
struct Carrier {
    client: reqwest::Client,
    port: u16,
}

#[async_trait]
impl HttpClient for Carrier {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let mut request = request.clone();
        let url = request.url_mut();
        url.set_scheme("http").unwrap();
        url.set_host(Some("127.0.0.1"))?;
        url.set_port(Some(self.port)).unwrap();
        self.client.execute_request(&request).await
    }
}
