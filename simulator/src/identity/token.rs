//! Tokens: unsigned in all but form. Whoever sends any bearer token is let in, and the `oid` claim, if readable, names the caller.

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::TENANT;
use crate::clock::precise;
use crate::wire::{ArmError, json as body_json};

/// The claim that says whether a token was issued before all were made to expire.
const ISSUE: &str = "xms_issue";

/// How long a token claims to be valid, in seconds.
pub(crate) const LIFETIME: i64 = 86_399;

/// The object id of whoever sends these headers; refuses when there is no bearer token, or one of an earlier issue than `issue`.
pub(crate) fn caller(headers: &HeaderMap, issue: u64, now: Timestamp) -> Result<String, ArmError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, token) = value.split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        let challenge = format!(
            "Bearer authorization_uri=\"https://login.microsoftonline.com/{TENANT}\", error=\"invalid_token\", \
             error_description=\"The authentication failed because of missing 'Authorization' header.\""
        );
        let message = "Authentication failed. The 'Authorization' header is missing.";
        return Err(ArmError::new(StatusCode::UNAUTHORIZED, "AuthenticationFailed", message)
            .with_header("www-authenticate", challenge));
    }
    let claims = claims(token.trim()).unwrap_or_default();
    let issued = body_json::member(&claims, ISSUE).and_then(Value::as_u64);
    if issued.is_some_and(|issued| issued < issue) {
        return Err(expired_token(now));
    }
    let object = body_json::text(&claims, &["oid"]);
    Ok(object.unwrap_or("00000000-0000-0000-0000-000000000000").to_owned())
}

fn claims(token: &str) -> Option<Value> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&payload).ok()
}

/// The refusal of a token whose time is over.
pub(crate) fn expired_token(now: Timestamp) -> ArmError {
    let message = format!(
        "The access token expiry UTC time has passed: it is earlier than the current UTC time '{}'.",
        precise(now)
    );
    let challenge =
        "Bearer error=\"invalid_token\", error_description=\"The access token has expired.\"".to_owned();
    ArmError::new(StatusCode::UNAUTHORIZED, "ExpiredAuthenticationToken", message)
        .with_header("www-authenticate", challenge)
}

/// Tokens tell by the wall clock when they end, as their holders look at no other.
pub(crate) fn jwt(audience: &str, object: &str, issuer: &str, issue: u64) -> String {
    let now = Timestamp::now().as_second();
    let claims = json!({
        "aud": audience, "iss": issuer, "iat": now, "nbf": now, "exp": now + LIFETIME, "tid": TENANT, "oid": object,
        "sub": object, "appid": object, "ver": "1.0", ISSUE: issue,
        "xms_mirid": "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/holdfast/providers/Microsoft.Web/sites/holdfast",
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.{}",
        part(&json!({ "alg": "RS256", "typ": "JWT" })),
        part(&claims),
        URL_SAFE_NO_PAD.encode("simulated")
    )
}

#[cfg(test)]
mod tests {
    use super::super::CLIENT;
    use super::*;

    #[test]
    fn any_bearer_token_is_let_in_and_a_readable_one_names_its_caller() {
        let now = Timestamp::UNIX_EPOCH;
        let headers = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            headers
        };
        assert_eq!(caller(&headers("Bearer x"), 0, now).unwrap(), "00000000-0000-0000-0000-000000000000");
        let token = headers(&format!("Bearer {}", jwt("aud", CLIENT, "iss", 0)));
        assert_eq!(caller(&token, 0, now).unwrap(), CLIENT);
        let refused = |headers: &HeaderMap, issue: u64| caller(headers, issue, now).unwrap_err();
        assert_eq!(refused(&HeaderMap::new(), 0).status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused(&headers("Basic x"), 0).status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused(&token, 1).code, "ExpiredAuthenticationToken");
        assert!(caller(&headers(&format!("Bearer {}", jwt("aud", CLIENT, "iss", 1))), 1, now).is_ok());
    }
}
