//! Whether the handler is set up, and if not, why.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use reqwest::StatusCode;
use serde_json::Value;

/// How long a reason may pass by itself: everything that the demo's handler needs is there already.
pub(super) const GRACE: Duration = Duration::from_secs(5);
/// How often it is asked.
const PAUSE: Duration = Duration::from_millis(250);

/// Waits until the function app at this address answers for its rules.
///
/// # Errors
///
/// Says in the handler's own words why it is not set up, once that has been so for longer than `grace`.
pub(super) async fn until_set_up(functions: &str, grace: Duration) -> Result<()> {
    let begun = Instant::now();
    loop {
        let answer = reqwest::get(format!("{functions}/api/rules")).await.context("ask for the rules")?;
        if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
            return Ok(());
        }
        let answer: Value = answer.json().await.unwrap_or_default();
        let reason = answer.pointer("/error/message").and_then(Value::as_str);
        if begun.elapsed() >= grace {
            bail!("{}", reason.unwrap_or("the handler does not say why it is not set up"));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one connection after the other so.
    async fn answering(answers: &'static [(&str, &str)]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut asked = Vec::new();
                while !asked.ends_with(b"\r\n\r\n") {
                    asked.push(stream.read_u8().await.unwrap());
                }
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all(head.as_bytes()).await.unwrap();
                stream.write_all(body.as_bytes()).await.unwrap();
            }
        });
        address
    }

    const REFUSED: (&str, &str) = (
        "503 Service Unavailable",
        r#"{"error":{"code":"NotSetUp","message":"the handler could not be set up: no rule set"}}"#,
    );

    #[tokio::test]
    async fn the_handlers_reason_is_said_instead_of_waiting() {
        let functions = answering(&[REFUSED]).await;
        let problem = until_set_up(&functions, Duration::ZERO).await.unwrap_err();
        assert_eq!(problem.to_string(), "the handler could not be set up: no rule set");
    }

    #[tokio::test]
    async fn a_reason_that_passes_is_waited_for() {
        let functions = answering(&[REFUSED, REFUSED, ("200 OK", "{}")]).await;
        until_set_up(&functions, Duration::from_secs(600)).await.unwrap();
    }
}
