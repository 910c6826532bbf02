//! Who calls, and what they may do: by function key, by App Service authentication, or by an Entra token.
//!
//! The host checks the function key before it calls us; that is the outer door. Who stands behind it is said by
//! App Service authentication or by a token that we check ourselves, and roles are given to either by app settings.

mod app_service;
mod approving;
mod bearer;
mod grants;
mod key;
mod role;
mod signing_keys;

use std::collections::BTreeSet;

use axum::http::request::Parts;

pub use app_service::ClientPrincipal;
pub use bearer::{BearerOptions, BearerTokens, Rejected};
pub use grants::{BadGrant, Grants};
pub use key::{BadKeys, NamedKeys};
pub use role::Role;

use crate::callers::key::Shown;
use crate::problem::Problem;

/// Somebody who called, with everything that roles can be given to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Object id of an Entra principal, or `key:<name>`, or `function-key`.
    pub id: String,
    /// For people: a user name, the name of an application, the name of a key.
    pub name: String,
    /// Object ids of groups, as the token lists them.
    pub groups: BTreeSet<String>,
    /// App roles that Entra gave for this application.
    pub app_roles: BTreeSet<String>,
}

/// A caller with its roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub identity: Identity,
    /// What it may do.
    pub roles: BTreeSet<Role>,
}

/// What stands in front of the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// The Functions host, which has checked a function key, and which alone reaches the handler.
    FunctionsHost,
    /// AWS Lambda, which lets everybody through.
    Lambda,
}

/// How callers are known.
#[derive(Debug)]
pub struct Callers {
    /// What stands in front of us.
    pub front: Front,
    /// Keys with names.
    pub keys: NamedKeys,
    /// Whether App Service authentication stands before us: only then is its header true.
    pub app_service: bool,
    /// How tokens are checked, if they are taken.
    pub bearer: Option<BearerTokens>,
    /// Who has which role.
    pub grants: Grants,
}

impl Callers {
    /// The caller of a request that was let through to us.
    ///
    /// A token or principal that is sent and not good is refused: falling back to the key would hide a mistake.
    pub async fn identify(&self, parts: &Parts) -> Result<Caller, Rejected> {
        let identity = self.identity(parts).await?;
        let roles = self.grants.roles_of(&identity);
        Ok(Caller { identity, roles })
    }

    /// Who looks at the page: by App Service authentication, by a token, or by a named key that the browser keeps. The host
    /// lets everybody through to the page, so a key that nobody has named is nobody's.
    pub(crate) async fn visitor(&self, parts: &Parts, key: Option<&str>) -> Result<Option<Caller>, Rejected> {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let hosted = self.front == Front::FunctionsHost;
        let identity = match (header("x-ms-client-principal"), &self.bearer, header("authorization")) {
            (Some(principal), ..) if hosted && self.app_service => {
                Some(ClientPrincipal::read(principal, self.tenant())?.into())
            }
            (_, Some(bearer), Some(authorization)) => Some(bearer.check(authorization).await?),
            _ => key.and_then(|key| self.named(key)),
        };
        Ok(identity.map(|identity| Caller { roles: self.grants.roles_of(&identity), identity }))
    }

    /// Whose key it is; none if nobody has named it.
    pub(crate) fn named(&self, key: &str) -> Option<Identity> {
        match self.keys.shown(Some(key), "") {
            Shown::Named(identity) => Some(identity),
            Shown::Unnamed | Shown::None => None,
        }
    }

    /// Whether people sign in by App Service authentication.
    pub(crate) fn by_app_service(&self) -> bool {
        self.app_service && self.front == Front::FunctionsHost
    }

    /// Whose people call, where a setting says so.
    fn tenant(&self) -> Option<&str> {
        self.bearer.as_ref().map(BearerTokens::tenant)
    }

    async fn identity(&self, parts: &Parts) -> Result<Identity, Rejected> {
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let hosted = self.front == Front::FunctionsHost;
        if hosted
            && self.app_service
            && let Some(principal) = header("x-ms-client-principal")
        {
            return Ok(ClientPrincipal::read(principal, self.tenant())?.into());
        }
        if let (Some(bearer), Some(authorization)) = (&self.bearer, header("authorization")) {
            return bearer.check(authorization).await;
        }
        let (key, query) = (header("x-functions-key"), parts.uri.query().unwrap_or_default());
        match self.keys.shown(key, query) {
            Shown::Named(identity) => Ok(identity),
            shown @ (Shown::Unnamed | Shown::None) if hosted => Ok(Identity::of_any_key(&shown)),
            Shown::Unnamed | Shown::None => Err(Rejected::new(
                "no key was checked here: send a key that HOLDFAST_KEYS lists as x-functions-key, or a token",
            )),
        }
    }
}

impl Caller {
    /// Whether the caller may do what a role may.
    pub(crate) fn may(&self, role: Role) -> bool {
        self.roles.iter().any(|held| held.includes(role))
    }

    /// Goes on only if the caller has a role.
    pub(crate) fn must_be(&self, role: Role) -> Result<(), Problem> {
        if self.may(role) {
            return Ok(());
        }
        let held: Vec<&str> = self.roles.iter().map(|role| role.as_str()).collect();
        let held = if held.is_empty() { "no role".to_owned() } else { format!("only {}", held.join(", ")) };
        let (needed, setting) = (role.as_str(), role.setting());
        let message = match &self.identity {
            identity if identity.has_no_key() => format!(
                "{}, so it has {held}, and this needs role {needed}; send the function key of somebody who has the role as \
                 x-functions-key",
                identity.name
            ),
            identity if identity.is_any_key() => format!(
                "{}, so it has {held}, and this needs role {needed}; check the key, and send that of somebody who has the \
                 role. For a new key, name it in app setting HOLDFAST_KEYS and add `key:<name>` to {setting}",
                identity.name
            ),
            _ => format!(
                "this needs role {needed}, and {self} has {held}; add that id to app setting {setting}"
            ),
        };
        Err(Problem::forbidden("RoleMissing", message))
    }
}

impl std::fmt::Display for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.identity.name, self.identity.id)
    }
}

impl From<Rejected> for Problem {
    fn from(error: Rejected) -> Self {
        Self::unauthenticated(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::Request;
    use axum::response::IntoResponse;

    use super::*;

    const ALICE: &str = "alice=2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90";

    async fn refusal(key: Option<&str>) -> String {
        let mut grants = Grants::default();
        grants.give(Role::Reader, "function-key").unwrap();
        let keys = NamedKeys::read(ALICE).unwrap();
        let callers = Callers { front: Front::FunctionsHost, keys, app_service: false, bearer: None, grants };
        let mut request = Request::builder().uri("/api/restore");
        if let Some(key) = key {
            request = request.header("x-functions-key", key);
        }
        let caller = callers.identify(&request.body(()).unwrap().into_parts().0).await.unwrap();
        let answer = caller.must_be(Role::Restorer).unwrap_err().into_response();
        String::from_utf8(to_bytes(answer.into_body(), 1 << 16).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_wrong_or_missing_key_is_called_that_and_no_advice_opens_the_door_to_every_key() {
        for (key, begins) in [
            (Some("allice"), "a function key that is none of HOLDFAST_KEYS"),
            (None, "a caller without a function key"),
        ] {
            let said = refusal(key).await;
            assert!(said.contains(&format!("\"message\":\"{begins}")), "{said}");
            assert!(
                said.contains("restorer") && said.contains("key of somebody who has the role")
                    || said.contains("send that of somebody who has the role"),
                "{said}"
            );
            // Naming a key is not advice for who sent none, and no setting is named that would let every key in.
            assert_eq!(said.contains("`key:<name>` to HOLDFAST_RESTORERS"), key.is_some(), "{said}");
            assert!(!said.contains("function-key") && !said.contains("allice"), "{said}");
        }
        let named = refusal(Some("alice")).await;
        assert!(
            named.contains("holder of key alice (key:alice)") && named.contains("add that id"),
            "{named}"
        );
    }
}
