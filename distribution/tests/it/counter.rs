//! A wire with a meter on it: what goes to a server and back, in requests and bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Ends the first line of every request.
const REQUEST: &[u8] = b" HTTP/1.1\r\n";

#[derive(Default)]
struct Meter {
    requests: AtomicUsize,
    bytes: AtomicUsize,
}

pub(crate) struct Counter {
    pub(crate) port: u16,
    meter: Arc<Meter>,
}

impl Counter {
    /// A wire to what listens on this machine at `behind`.
    pub(crate) async fn before(behind: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let meter = Arc::new(Meter::default());
        let counted = Arc::clone(&meter);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", behind)).await.unwrap();
                let ((from, to), (answers, back)) = (client.into_split(), server.into_split());
                tokio::spawn(pass(from, back, Arc::clone(&counted)));
                tokio::spawn(pass(answers, to, Arc::clone(&counted)));
            }
        });
        Self { port, meter }
    }

    /// Requests and bytes since the last time.
    pub(crate) fn read(&self) -> (usize, usize) {
        (self.meter.requests.swap(0, Ordering::SeqCst), self.meter.bytes.swap(0, Ordering::SeqCst))
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, meter: Arc<Meter>) {
    let mut buffer = vec![0; 65_536];
    // Keeps the end of what passed: a line may come in two parts.
    let mut tail = Vec::new();
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        meter.bytes.fetch_add(count, Ordering::SeqCst);
        tail.extend_from_slice(&buffer[..count]);
        let found = tail.windows(REQUEST.len()).filter(|window| *window == REQUEST).count();
        meter.requests.fetch_add(found, Ordering::SeqCst);
        tail.drain(..tail.len().saturating_sub(REQUEST.len() - 1));
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
