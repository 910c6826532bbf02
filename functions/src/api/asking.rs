//! What comes with every call that asks for an operation: who, under which key, and whether only to look.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use holdfast_evaluator as rules;
use holdfast_protection::ResourceId;
use holdfast_protection::operations::{Action, Ask, OperationId};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::query::Query;
use crate::callers::{Caller, Role};
use crate::problem::Problem;
use crate::setup::{Setup, Who};

/// How an operation is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// Show what would be done and let Azure validate it, but do nothing.
    #[serde(default)]
    dry_run: bool,
}

/// The header that makes asking twice asking once.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct Repeatable {
    /// The same caller with the same key asks for the same operation, however often it is sent. 1 to 128 letters,
    /// digits, or `-_.:`; `Repeatability-Request-ID` does as well.
    #[param(rename = "Idempotency-Key", pattern = "^[A-Za-z0-9_.:-]{1,128}$", required = false)]
    idempotency_key: String,
}

/// Somebody who asks for an operation.
pub(crate) struct Asking {
    caller: Caller,
    key: String,
    dry_run: bool,
}

impl Asking {
    /// Somebody who asks from elsewhere than by a request of the API, under a key.
    pub(crate) fn of(caller: &Caller, key: &str, dry_run: bool) -> Self {
        Self { caller: caller.clone(), key: key.to_owned(), dry_run }
    }

    /// The operation, if the caller has the role for it.
    pub(crate) fn to(
        self,
        role: Role,
        resource: ResourceId,
        action: Action,
        why: Option<String>,
    ) -> Result<Ask, Problem> {
        self.caller.must_be(role)?;
        let Self { caller, key, dry_run } = self;
        let id = OperationId::of_key(&caller.identity.id, &key);
        let caller = caller_for_rules(&caller);
        Ok(Ask { id, resource, workload: None, action, why, until: None, dry_run, caller })
    }
}

/// The caller as rules see it.
pub(crate) fn caller_for_rules(caller: &Caller) -> rules::Caller {
    rules::Caller {
        id: caller.identity.id.clone(),
        name: caller.identity.name.clone(),
        roles: caller.roles.iter().map(|role| role.as_str().to_owned()).collect(),
    }
}

impl FromRequestParts<Setup> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, setup: &Setup) -> Result<Self, Problem> {
        let Who(caller) = Who::from_request_parts(parts, setup).await?;
        let Query(How { dry_run }) = Query::<How>::from_request_parts(parts, setup).await?;
        let key = key_in(&parts.headers)?.unwrap_or_else(|| Uuid::new_v4().to_string());
        Ok(Self { caller: (*caller).clone(), key, dry_run })
    }
}

fn key_in(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some((name, value)) = ["idempotency-key", "repeatability-request-id"]
        .into_iter()
        .find_map(|name| Some((name, headers.get(name)?)))
    else {
        return Ok(None);
    };
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    match value.to_str() {
        Ok(key) if (1..=128).contains(&key.len()) && key.bytes().all(good) => Ok(Some(key.to_owned())),
        _ => Err(Problem::bad_request(
            "BadIdempotencyKey",
            format!("the header {name} has to be 1 to 128 letters, digits, or any of -_.:"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_key_is_taken_from_either_header_and_a_strange_one_is_refused() {
        let with = |name: &'static str, key: &str| {
            key_in(&HeaderMap::from_iter([(
                axum::http::HeaderName::from_static(name),
                HeaderValue::from_str(key).unwrap(),
            )]))
        };
        assert_eq!(with("idempotency-key", "night:7").unwrap().as_deref(), Some("night:7"));
        assert_eq!(with("repeatability-request-id", "a-b").unwrap().as_deref(), Some("a-b"));
        assert!(with("idempotency-key", "a b").is_err() && with("idempotency-key", "").is_err());
        assert!(with("idempotency-key", &"x".repeat(129)).is_err());
        assert_eq!(key_in(&HeaderMap::new()).unwrap(), None);
    }
}
