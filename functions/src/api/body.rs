//! Bodies of requests: JSON, small, and read strictly.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::setup::Setup;

/// The largest body that a caller has a reason to send, in bytes.
pub(crate) const LARGEST: usize = 64 * 1024;

/// A body that callers send.
pub(crate) trait Wanted: DeserializeOwned {
    /// What a good one looks like, for those who sent another.
    const EXPECTED: &'static str;
}

/// A body, read.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: Wanted> FromRequest<Setup> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, setup: &Setup) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::unsupported_media_type(
                "the body has to be JSON; send it with the header content-type: application/json",
            ));
        }
        let bytes = Bytes::from_request(request, setup).await.map_err(|rejection| {
            if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                return Problem::too_large(format!("the body is larger than {LARGEST} bytes"));
            }
            Problem::bad_request("BodyNotReceived", rejection.body_text())
        })?;
        read(&bytes).map(Self)
    }
}

/// A page of another site can send forms to an app that its reader is signed in to, but no JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Reads the whole text as one value. Nesting is bounded by serde_json, at 128.
fn read<T: Wanted>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| match error.path().to_string().as_str() {
            "." => error.inner().to_string(),
            path => format!("`{path}`: {}", error.inner()),
        })
        .and_then(|value| reader.end().map_err(|error| error.to_string()).map(|()| value));
    read.map_err(|why| Problem::bad_request("BadBody", format!("{why}; expected {}", T::EXPECTED)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Small {
        #[expect(dead_code, reason = "only read")]
        count: u8,
    }

    impl Wanted for Small {
        const EXPECTED: &'static str = r#"{"count": 1}"#;
    }

    fn refused(body: &str) -> String {
        format!("{:?}", read::<Small>(body.as_bytes()).unwrap_err())
    }

    #[test]
    fn a_wrong_body_is_told_where_it_is_wrong_and_what_was_expected() {
        for (body, word) in [
            ("", "EOF"),
            (r#"{"count": "x"}"#, "`count`: invalid type"),
            (r#"{"count": 1, "cuont": 2}"#, "unknown field `cuont`"),
            (r#"{"count": 1} {}"#, "trailing characters"),
            (r#"{"count": 300}"#, "`count`: invalid value"),
        ] {
            let said = refused(body);
            assert!(said.contains(word) && said.contains("expected {"), "{body}: {said}");
        }
        assert!(refused(&"[".repeat(5000)).contains("invalid type"));
        assert!(read::<Small>(br#"{"count": 1}"#).is_ok());
    }

    #[test]
    fn only_json_is_a_body() {
        for (kind, is) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/x-www-form-urlencoded", false),
            ("text/plain", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
            assert_eq!(is_json(&headers), is, "{kind}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
