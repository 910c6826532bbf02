//! The query parameters of a request.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::RangeInclusive;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use url::form_urlencoded;

use crate::error::{Code, StorageError};

/// Decoded query parameters, names in lower case.
#[derive(Debug)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(
            form_urlencoded::parse(query.as_bytes())
                .map(|(name, value)| (name.to_lowercase(), value.into_owned()))
                .collect(),
        ))
    }
}

impl Parameters {
    /// The value, if it is given and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value, or the error that Azure gives for a missing one.
    pub(crate) fn required(&self, name: &str) -> Result<&str, StorageError> {
        self.text(name).ok_or_else(|| Code::InvalidQueryParameterValue.because(format!("{name} is required")))
    }

    /// A number within the given bounds.
    pub(crate) fn number(
        &self,
        name: &str,
        bounds: RangeInclusive<i64>,
    ) -> Result<Option<i64>, StorageError> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let number =
            text.parse().map_err(|_| Code::InvalidQueryParameterValue.because(format!("{name}={text}")))?;
        if bounds.contains(&number) {
            Ok(Some(number))
        } else {
            Err(Code::OutOfRangeQueryParameterValue.because(format!(
                "{name}={number} is outside {} to {}",
                bounds.start(),
                bounds.end()
            )))
        }
    }
}
