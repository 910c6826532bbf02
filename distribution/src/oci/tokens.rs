//! Tokens that were given to us, for as long as they hold.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// What is left of a token's life when it is renewed, so that it does not end on its way.
const SPARE: SignedDuration = SignedDuration::from_secs(20);
/// How long a token holds that says nothing of it: the distribution project's token specification.
const USUAL: SignedDuration = SignedDuration::from_secs(60);

/// A token or header value, and its end.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) value: String,
    /// None for what does not end, such as a password.
    pub(super) until: Option<Timestamp>,
}

impl Token {
    /// A token that was given now, with its lifetime in seconds if its giver said so.
    pub(super) fn given(value: String, seconds: Option<i64>) -> Self {
        let now = Timestamp::now();
        let stated = seconds.map(|seconds| now.saturating_add(SignedDuration::from_secs(seconds)));
        let until = match stated {
            Some(Ok(until)) => Some(until),
            Some(Err(_)) | None => Claims::of(&value).and_then(|claims| claims.expires()),
        };
        let usual = || now.checked_add(USUAL).ok();
        Self { value, until: until.or_else(usual) }
    }

    fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now.checked_add(SPARE).is_ok_and(|soon| soon < until))
    }
}

/// The claims of a JSON web token that we read. They are believed of nobody: its giver checks the token.
#[derive(Deserialize)]
pub(super) struct Claims {
    exp: Option<i64>,
    /// The tenant, in tokens of Microsoft Entra.
    pub(super) tid: Option<String>,
}

impl Claims {
    pub(super) fn of(token: &str) -> Option<Self> {
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice(&payload).ok()
    }

    fn expires(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.exp?).ok()
    }
}

/// Tokens by what they are for.
pub(super) struct Tokens<K>(Mutex<HashMap<K, Token>>);

impl<K> Default for Tokens<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Tokens<K> {
    /// The value for this, unless it has ended or soon will.
    pub(super) fn get(&self, key: &K) -> Option<String> {
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(key).filter(|token| token.holds(Timestamp::now())).map(|token| token.value.clone())
    }

    pub(super) fn keep(&self, key: K, token: Token) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, token);
    }

    pub(super) fn forget(&self, key: &K) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_holds_until_shortly_before_its_end() {
        let now = Timestamp::now();
        let after = |seconds| now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        let stated = Token::given("opaque".to_owned(), Some(300));
        assert!(stated.holds(after(270)) && !stated.holds(after(290)));
        let claimed = Token::given(jwt(&format!("{{\"exp\": {}}}", after(4_000).as_second())), None);
        assert!(claimed.holds(after(3_900)) && !claimed.holds(after(3_990)));
        let silent = Token::given("opaque".to_owned(), None);
        assert!(silent.holds(after(30)) && !silent.holds(after(50)));
        let odd = Token::given("opaque".to_owned(), Some(i64::MAX));
        assert!(odd.holds(after(30)));
    }

    #[test]
    fn nonsense_has_no_claims() {
        for text in ["", "a.b.c", "a", &jwt("[]"), &jwt("{\"exp\": \"soon\"}")] {
            assert!(Claims::of(text).and_then(|claims| claims.expires()).is_none(), "{text}");
        }
        assert_eq!(Claims::of(&jwt("{\"tid\": \"t\"}")).and_then(|claims| claims.tid).as_deref(), Some("t"));
    }
}
