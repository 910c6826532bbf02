//! What the function app answers, and how it refuses.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use holdfast_evaluator::Visible;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

/// An answer that is not a refusal.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its JSON.
    pub(crate) body: Value,
    /// After what time it is worth asking again.
    pub(crate) retry_after: Option<Duration>,
}

/// The function app's refusal.
#[derive(Debug)]
pub(crate) struct Refused {
    /// `error` of the envelope, as it came.
    pub(crate) body: Value,
    /// The HTTP status that it came with.
    pub(super) status: u16,
    /// After what time it is worth asking again.
    pub(super) retry_after: Option<Duration>,
}

/// Characters of one part of a refusal that are shown.
const LONGEST: usize = 4_000;

/// What of a refusal is shown to people.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Words {
    code: String,
    message: String,
    details: Vec<Detail>,
    innererror: Option<Inner>,
}

#[derive(Debug, Deserialize)]
struct Detail {
    message: String,
    #[serde(default)]
    target: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    #[serde(default)]
    recommended_action: Vec<String>,
}

/// What came with an answer's text.
pub(super) struct Head {
    status: StatusCode,
    retry_after: Option<Duration>,
}

/// Receives an answer to its end: a connection can break within it.
pub(super) async fn parts(response: Response) -> reqwest::Result<(Head, String)> {
    let head = Head { status: response.status(), retry_after: seconds(response.headers()) };
    Ok((head, response.text().await?))
}

impl Head {
    /// Reads an answer; a refusal is an error of type [`Refused`].
    pub(super) fn read(self, text: &str) -> Result<Answer> {
        let Self { status, retry_after } = self;
        if status.is_success() {
            let body = serde_json::from_str(text).context("read the function app's answer as JSON")?;
            return Ok(Answer { body, retry_after });
        }
        let body = serde_json::from_str::<Value>(text).ok().and_then(|mut envelope| {
            let error = envelope.get_mut("error").map(Value::take)?;
            error.get("code").is_some_and(Value::is_string).then_some(error)
        });
        let body = body.unwrap_or_else(|| by_host(status));
        Err(Refused { body, status: status.as_u16(), retry_after }.into())
    }
}

fn seconds(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.parse().ok().map(Duration::from_secs)
}

/// The host answers by itself where a key is wrong or a function is not there: with no body at all.
fn by_host(status: StatusCode) -> Value {
    let message = match status.as_u16() {
        401 => {
            "the function app took neither a key nor a token; check --key or HOLDFAST_KEY, or --credential and --audience"
        }
        403 => {
            "what stands before the function app lets this machine or caller not through; check its network rules"
        }
        404 => "the function app has no such function; is it an older version?",
        _ => "the function app gave no reason",
    };
    json!({ "code": status.to_string(), "message": message })
}

impl Refused {
    /// Whether what was asked about is not there, or has nothing of the kind.
    pub(crate) fn is_absence(&self) -> bool {
        self.status == 404 || self.code() == "NotProtected"
    }

    /// What to do where it is a part of what is shown that is refused; nothing where its own words say it.
    pub(crate) fn way_out(&self) -> &'static str {
        match (self.code(), self.status) {
            ("Unauthenticated", _) => "",
            ("Unreadable", _) => "report it with this message",
            (_, 403) => {
                "give the function app's identity the roles that infra/README.md lists, on the scope that Azure names"
            }
            (_, 408 | 429 | 500..) => "ask again in a few minutes",
            _ => "",
        }
    }

    /// The stable word.
    pub(crate) fn code(&self) -> &str {
        self.body.get("code").and_then(Value::as_str).unwrap_or_default()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A detail that cannot be read costs the details.
        let words: Words = serde_json::from_value(self.body.clone()).unwrap_or_else(|_| Words {
            code: self.code().to_owned(),
            message: self.body.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
            ..Words::default()
        });
        let visible = |text: &str| Visible::within(text, LONGEST).to_string();
        write!(f, "{}: {}", visible(&words.code), visible(&words.message))?;
        for detail in &words.details {
            match &detail.target {
                // Some messages begin with what they are about.
                Some(target) if !detail.message.starts_with(target.as_str()) => {
                    write!(f, "\n  {}: {}", visible(target), visible(&detail.message))?;
                }
                Some(_) | None => write!(f, "\n  {}", visible(&detail.message))?,
            }
        }
        for action in words.innererror.iter().flat_map(|inner| &inner.recommended_action) {
            write!(f, "\n  Azure recommends: {}", visible(action))?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

#[test]
fn a_refusal_without_a_word_says_what_to_check() {
    for (status, word) in
        [(401, "--credential"), (403, "network rules"), (404, "older version"), (500, "no reason")]
    {
        let status = StatusCode::from_u16(status).unwrap();
        let refused = Head { status, retry_after: None }.read("").unwrap_err().to_string();
        assert!(refused.contains(word), "{refused}");
    }
}

#[test]
fn where_a_part_is_refused_it_is_said_what_to_do() {
    let way_out = |code: &str, status| {
        Refused { body: json!({ "code": code, "message": "no" }), status, retry_after: None }.way_out()
    };
    assert!(way_out("AuthorizationFailed", 403).contains("infra/README.md"));
    assert!(way_out("Unavailable", 502).contains("ask again"));
    assert!(way_out("Unreadable", 502).contains("report it"));
    assert_eq!(way_out("VaultNotFound", 409), "");
}

#[test]
fn a_part_of_a_refusal_is_named_once() {
    let body = json!({ "code": "VaultNotEmpty", "message": "2 things are in the way", "details": [
        { "code": "Locked", "target": "keep on /x", "message": "keep on /x: remove the lock" },
        { "code": "Denied", "target": "guard", "message": "only at night" }] });
    let refused = Refused { body, status: 409, retry_after: None };
    assert_eq!(
        refused.to_string(),
        "VaultNotEmpty: 2 things are in the way\n  keep on /x: remove the lock\n  guard: only at night"
    );
}
