//! SHA-256 digests, written as 64 lower-case hexadecimal digits.

use sha2::{Digest as _, Sha256};

/// The digest of these bytes.
pub(crate) fn of(bytes: &[u8]) -> String {
    digits(&Sha256::digest(bytes))
}

/// A digest that was taken already.
pub(crate) fn digits(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
