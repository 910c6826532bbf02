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

    /// How many rows of a list come before those that are shown.
    pub(super) fn rows_before(&self) -> usize {
        self.get("from").and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

impl<S: Sync> FromRequestParts<S> for Pairs {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::read(parts.uri.query().unwrap_or_default().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::Pairs;

    #[test]
    fn rows_before_a_page_are_a_number_or_none() {
        for (query, rows) in [("from=100", 100), ("from=-1", 0), ("from=x", 0), ("", 0)] {
            assert_eq!(Pairs::read(query.as_bytes()).rows_before(), rows, "{query}");
        }
    }
}
