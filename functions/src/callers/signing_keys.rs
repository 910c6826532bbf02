//! A tenant's signing keys, kept between tokens.
//!
//! Anyone who shows a token chooses the name of its key, so nothing that a token says may cost more than one question a minute.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet};

use super::Rejected;

/// Keys are not asked for more often than this, whether they came or not.
const REFETCH: Duration = Duration::from_secs(60);
/// Keys are asked for again after this time: Entra rolls them over without notice.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// The keys, and when they were asked for.
#[derive(Debug, Default)]
pub(super) struct SigningKeys {
    /// Never held while anything is waited for.
    held: Mutex<Held>,
    /// Anyone who asks for the keys; those who cannot go on without them wait for the same answer.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct Held {
    keys: Option<Arc<JwkSet>>,
    fetched: Option<Instant>,
    tried: Option<Instant>,
    failure: Option<String>,
}

impl Held {
    fn find(&self, kid: &str) -> Option<Jwk> {
        self.keys.as_ref()?.find(kid).cloned()
    }

    fn is_due(&self, kid: &str, now: Instant) -> bool {
        let since = |at: Option<Instant>| at.map(|at| now.saturating_duration_since(at));
        let is_tried = since(self.tried).is_some_and(|age| age <= REFETCH);
        let is_stale = since(self.fetched).is_none_or(|age| age > STALE);
        !is_tried && (is_stale || self.find(kid).is_none())
    }
}

impl SigningKeys {
    /// The key of this name; `fetch` is asked if that is due.
    pub(super) async fn find(
        &self,
        kid: &str,
        now: Instant,
        fetch: impl AsyncFnOnce() -> Result<JwkSet, String>,
    ) -> Result<Jwk, Rejected> {
        let held = self.held();
        if held.is_due(kid, now) {
            let turn = match held.find(kid) {
                None => Some(self.fetching.lock().await),
                // It is known: the task that asks already does so for all.
                Some(_) => self.fetching.try_lock().ok(),
            };
            if turn.is_some() && self.held().is_due(kid, now) {
                self.take(fetch().await, now);
            }
        }
        let held = self.held();
        held.find(kid).ok_or_else(|| match held.failure {
            Some(failure) => {
                Rejected::new(format!("the tenant's signing keys could not be fetched: {failure}"))
            }
            None => Rejected::new("the bearer token is signed with a key that the tenant does not list"),
        })
    }

    fn take(&self, fetched: Result<JwkSet, String>, now: Instant) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.tried = Some(now);
        match fetched {
            Ok(keys) => {
                held.keys = Some(Arc::new(keys));
                held.fetched = Some(now);
                held.failure = None;
            }
            Err(failure) => {
                // What is known goes on to be believed while Entra cannot be reached.
                tracing::warn!(
                    "signing keys for tokens could not be fetched, and those that are known go on to count; see that `HOLDFAST_AUTHORITY` is right and can be reached: {failure}"
                );
                held.failure = Some(failure);
            }
        }
    }

    fn held(&self) -> Held {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::pending;
    use std::task::Poll;

    use futures::future::join_all;
    use futures::poll;
    use serde_json::json;

    use super::*;

    fn keys() -> JwkSet {
        serde_json::from_value(
            json!({ "keys": [{ "kty": "RSA", "kid": "first", "n": "AQAB", "e": "AQAB" }] }),
        )
        .unwrap()
    }

    async fn never() -> Result<JwkSet, String> {
        panic!("nothing is to be fetched")
    }

    #[tokio::test]
    async fn a_failure_is_remembered_for_a_minute() {
        let (all, begun) = (SigningKeys::default(), Instant::now());
        let failing = async || Err("unreachable".to_owned());
        let first = all.find("first", begun, failing).await.unwrap_err().to_string();
        assert!(first.contains("unreachable"), "{first}");
        let at_once = all.find("first", begun + REFETCH, never).await.unwrap_err().to_string();
        assert_eq!(at_once, first);
        let later = begun + REFETCH + Duration::from_secs(1);
        all.find("first", later, async || Ok(keys())).await.unwrap();
    }

    #[tokio::test]
    async fn made_up_names_share_one_question_a_minute() {
        let (all, begun, asked) = (SigningKeys::default(), Instant::now(), Cell::new(0));
        let fetch = async || {
            asked.set(asked.get() + 1);
            tokio::task::yield_now().await;
            Ok(keys())
        };
        for minute in 1..=3 {
            let now = begun + minute * (REFETCH + Duration::from_secs(1));
            let names: Vec<String> = (0..100).map(|number| format!("made-up-{number}")).collect();
            let answers = join_all(names.iter().map(|name| all.find(name, now, fetch))).await;
            assert!(answers.iter().all(|answer| {
                answer.as_ref().is_err_and(|refused| refused.to_string().contains("does not list"))
            }));
            assert_eq!(asked.get(), minute);
        }
    }

    #[tokio::test]
    async fn a_known_key_never_waits_for_somebody_elses_question() {
        let (all, begun) = (SigningKeys::default(), Instant::now());
        all.find("first", begun, async || Ok(keys())).await.unwrap();
        let stale = begun + STALE + Duration::from_secs(1);
        let mut asking = Box::pin(all.find("first", stale, async || pending().await));
        assert!(matches!(poll!(&mut asking), Poll::Pending));
        all.find("first", stale, never).await.unwrap();
        drop(asking);
        // Nobody waits for the one who has gone away.
        all.find("made-up", stale, async || Ok(keys())).await.unwrap_err();
        all.find("first", stale, never).await.unwrap();
    }

    #[tokio::test]
    async fn a_known_key_is_believed_while_the_tenant_cannot_be_reached() {
        let (all, begun) = (SigningKeys::default(), Instant::now());
        all.find("first", begun, async || Ok(keys())).await.unwrap();
        let stale = begun + STALE + Duration::from_secs(1);
        all.find("first", stale, async || Err("unreachable".to_owned())).await.unwrap();
    }
}
