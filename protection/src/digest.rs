//! Digests, for names that are the same for the same content.

use holdfast_evaluator::Digest;
use serde_json::Value;

/// A short digest of a JSON value.
pub(crate) fn of(body: &Value) -> String {
    let mut digest = whole(&body.to_string());
    digest.truncate(12);
    digest
}

/// The whole digest of a text, where two that share a short one would be taken for each other.
pub(crate) fn whole(text: &str) -> String {
    Digest::of(text.as_bytes()).digits()
}
