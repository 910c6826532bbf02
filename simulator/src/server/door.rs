//! Accepting connections, with or without TLS, without letting a slow handshake hold up the next caller.

use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::stream::{Breakable, Stream};

/// A TLS handshake may take this long.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Connections that are ready to be served.
#[derive(Debug)]
pub(crate) struct Door {
    ready: mpsc::Receiver<(Breakable, SocketAddr)>,
    address: SocketAddr,
}

impl Door {
    pub(super) fn plain(listener: TcpListener) -> std::io::Result<Self> {
        Self::open(listener, None)
    }

    pub(super) fn secure(listener: TcpListener, acceptor: TlsAcceptor) -> std::io::Result<Self> {
        Self::open(listener, Some(acceptor))
    }

    fn open(listener: TcpListener, acceptor: Option<TlsAcceptor>) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(128);
        tokio::spawn(admit(listener, acceptor, sender));
        Ok(Self { ready, address })
    }
}

/// Accepts until nobody serves any more.
async fn admit(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    sender: mpsc::Sender<(Breakable, SocketAddr)>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = sender.closed() => return,
        };
        match accepted {
            Ok((stream, address)) => {
                tokio::spawn(prepare(stream, address, acceptor.clone(), sender.clone()));
            }
            Err(error) => {
                // Typically too many open files: wait for some to close.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn prepare(
    stream: TcpStream,
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    sender: mpsc::Sender<(Breakable, SocketAddr)>,
) {
    // Without this, small answers wait for acknowledgements; a stream that refuses it still works.
    let _unset = stream.set_nodelay(true);
    let stream = match acceptor {
        None => Stream::Plain(stream),
        Some(acceptor) => match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Stream::Secure(Box::new(stream)),
            Ok(Err(error)) => return tracing::debug!(%error, %address, "a TLS handshake failed"),
            Err(_) => return tracing::debug!(%address, "a TLS handshake took too long"),
        },
    };
    // The receiver is gone only when the simulator stops.
    let _stopped = sender.send((Breakable::new(stream), address)).await;
}

impl Listener for Door {
    type Io = Breakable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Breakable, SocketAddr) {
        match self.ready.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}
