//! Waiting until the handler answers.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Pause between two tries, as in the real host.
const PAUSE: Duration = Duration::from_millis(25);
/// Longest wait for one answer; the real host's client gives up much later.
const ANSWER: Duration = Duration::from_secs(100);

/// Asks `GET /` until something answers. Any answer means ready, 404 included; only a refused connection means wait,
/// and only the pauses count towards the limit.
pub(super) async fn wait(port: u16, limit: Duration) -> bool {
    let mut waited = Duration::ZERO;
    while waited < limit {
        if answers(port).await {
            return true;
        }
        tokio::time::sleep(PAUSE).await;
        waited += PAUSE;
    }
    false
}

async fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else {
        return false;
    };
    let request = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let mut first = [0];
    let exchange = async {
        stream.write_all(request.as_bytes()).await?;
        stream.read(&mut first).await
    };
    // A connection that opens and then breaks counts as ready, as any error but a refusal does for the host.
    let _ = tokio::time::timeout(ANSWER, exchange).await;
    true
}
