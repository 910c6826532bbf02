//! Names and values of a query: those of a view's address.

use std::collections::BTreeMap;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// What an address says behind its question mark; of a name that comes twice, the first value.
#[derive(Debug, Default)]
pub(super) struct Pairs(BTreeMap<String, String>);

impl Pairs {
    /// Reads a query or the body of a form.
    pub(super) fn read(text: &[u8]) -> Self {
        let mut pairs = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(text) {
            pairs.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Self(pairs)
    }

    /// The value of a name; none if it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The same, owned.
    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }
}

impl<S: Sync> FromRequestParts<S> for Pairs {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::read(parts.uri.query().unwrap_or_default().as_bytes()))
    }
}
