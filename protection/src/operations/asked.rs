//! What was asked, by whom and why, what the rules said of it, and who answered.

use std::fmt;
use std::str::FromStr;

use holdfast_evaluator::{Caller, ReviewRecord, Ruling};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Action, OperationPlan};
use crate::ResourceId;

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

/// Something that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Its name; see [`OperationId::of_key`].
    pub id: OperationId,
    /// The resource whose protection it is about.
    pub resource: ResourceId,
    /// What.
    pub action: Action,
    /// Why, in the caller's words.
    pub why: Option<String>,
    /// Show what would be done, and let Azure validate it, but do nothing.
    pub dry_run: bool,
    /// Who.
    pub caller: Caller,
}

/// What was asked, as it is recorded before anything is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    /// Its name.
    pub id: OperationId,
    /// When.
    pub at: Timestamp,
    /// The resource.
    pub resource: ResourceId,
    /// Its backup instance.
    pub instance: ResourceId,
    /// What.
    pub operation: Action,
    /// Why, in the caller's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Whether it ends with the validation.
    #[serde(default)]
    pub dry_run: bool,
    /// Who.
    pub by: Caller,
    /// What the rules for operations said.
    pub judgement: Judgement,
    /// What it takes.
    pub plan: OperationPlan,
}

/// What the rules for operations said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    /// Whether it may go on.
    #[serde(flatten)]
    pub ruling: Ruling,
    /// Why.
    pub record: ReviewRecord,
}

/// What a second person said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Whether it may go on.
    pub approved: bool,
    /// Who.
    pub by: Caller,
    /// When.
    pub at: Timestamp,
    /// Why, in the person's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
