//! The name of something that people ask for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name of an operation, made from the caller and its idempotency key: asking twice is asking once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(Uuid);

/// Namespace of the name-based UUIDs of operations.
const NAMES: Uuid = Uuid::from_u128(0x5a0e_61c7_93d2_5b44_8f1a_c77b_2d90_e314);

impl OperationId {
    /// The operation that this caller names by this idempotency key.
    pub fn of_key(caller: &str, key: &str) -> Self {
        Self(Uuid::new_v5(&NAMES, format!("{}\n{key}", caller.to_ascii_lowercase()).as_bytes()))
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for OperationId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}
