//! Short digests, for names that are the same for the same content.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A short digest of a JSON value, for names.
pub(crate) fn of(body: &Value) -> String {
    let digest = Sha256::digest(body.to_string().as_bytes());
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
