//! The digest as a piece of news.

use serde_json::Value;

use crate::change::fields;
use crate::{Change, Kind, Notice, OutboxKey};

/// The digest of a day; told again of the same day, it is no news. `details` is an object.
pub fn digest(day: &str, sentence: &str, details: Value) -> Change {
    let notice = Notice {
        kind: Kind::Digest,
        subject: "digest".to_owned(),
        cause: format!("digest of {day}"),
        summary: sentence.to_owned(),
        details: fields(details),
    };
    Change { key: OutboxKey::of_digest(), state: None, notice: Some(notice) }
}
