//! Who looks at the page.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use holdfast_evaluator::Digest;
use holdfast_page::Page;
use uuid::Uuid;

use super::cookies;
use super::trouble::Trouble;
use crate::app::App;
use crate::callers::{Caller, Role};
use crate::setup::{Ready, Setup};

/// Somebody who looks at the page, and may.
pub(super) struct Visitor {
    pub(super) app: Arc<App>,
    pub(super) caller: Caller,
    pub(super) forms: FormKey,
    /// Whether it is a key that the browser keeps: only then is there something to sign out of.
    by_key: bool,
}

/// What the forms of a browser are known by.
pub(super) struct FormKey {
    word: String,
    /// Set where the browser has none yet.
    pub(super) set: Option<HeaderValue>,
}

impl FormKey {
    /// That of a browser, or a new one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match cookies::find(headers, cookies::FORMS).filter(|word| word.len() == 36) {
            Some(word) => Self { word, set: None },
            None => {
                let word = Uuid::new_v4().to_string();
                let set = cookies::set(cookies::FORMS, Some(&word), is_secure(headers));
                Self { word, set }
            }
        }
    }

    /// The token of forms that somebody is shown.
    pub(super) fn token(&self, who: &str) -> String {
        Digest::of(format!("holdfast form\n{}\n{who}", self.word).as_bytes()).digits()
    }
}

/// Whether the browser reached us over TLS.
pub(super) fn is_secure(headers: &HeaderMap) -> bool {
    let forwarded = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    forwarded.is_some_and(|proto| proto.trim().starts_with("https")) || headers.contains_key("x-arr-ssl")
}

impl Visitor {
    /// Whether there is a button for what a role may do.
    pub(super) fn may(&self, role: Role) -> bool {
        self.caller.may(role)
    }

    /// The token of the forms that are shown.
    pub(super) fn token(&self) -> String {
        self.forms.token(&self.caller.identity.id)
    }

    /// The page with what belongs to who looks at it.
    pub(super) fn sees(&self, page: Page) -> Page {
        let sign_out = self.by_key.then(|| self.token());
        Page { who: Some(self.caller.identity.name.clone()), sign_out, ..page }
    }
}

impl FromRequestParts<Setup> for Visitor {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, setup: &Setup) -> Result<Self, Trouble> {
        let Ready(app) = Ready::from_request_parts(parts, setup).await?;
        let key = cookies::find(&parts.headers, cookies::KEY);
        let caller = app.callers.visitor(parts, key.as_deref()).await.map_err(Trouble::rejected)?;
        let Some(caller) = caller else {
            return Err(Trouble::SignIn { wanted: parts.uri.to_string() });
        };
        caller.must_be(Role::Reader)?;
        let by_key = caller.identity.id.starts_with("key:") && key.is_some();
        Ok(Self { app, caller, forms: FormKey::of(&parts.headers), by_key })
    }
}
