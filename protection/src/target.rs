//! A target as lists show it: protected, stopped, suspended, in error, softly deleted, orphaned, or unprotected.

use serde::{Deserialize, Serialize};

use crate::instance::ProtectionState;
use crate::{Refusal, ResourceId};

/// A resource with its protection, or one that has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The resource, which may be gone.
    pub resource: ResourceId,
    /// How it is protected; none if it is not.
    pub protection: Option<TargetProtection>,
    /// Whether the resource is gone, as far as the index knows.
    pub is_orphaned: bool,
}

/// The backup instance of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetProtection {
    /// The backup instance.
    pub instance: ResourceId,
    /// Its policy, if it has one.
    pub policy: Option<ResourceId>,
    /// Its state.
    pub state: ProtectionState,
    /// Why it is in error.
    pub error: Option<Refusal>,
}

/// What lists of targets can be narrowed down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TargetState {
    /// Backups are taken.
    Protected,
    /// Azure sets it up, or changes it.
    Configuring,
    /// Azure says that it does not work.
    Error,
    /// No backups are taken, and those there are stay.
    Stopped,
    /// No backups are taken, and those there are expire.
    Suspended,
    /// Deleted, and can be brought back for some days.
    SoftDeleted,
    /// The resource is gone, and its backups are there.
    Orphaned,
    /// A resource of a type that can be protected, without a backup instance.
    Unprotected,
}

impl TargetState {
    /// Azure's words for it; none where it is not the instance's own state.
    pub fn words(self) -> Option<&'static [&'static str]> {
        let state = match self {
            Self::Protected => ProtectionState::Configured,
            Self::Configuring => ProtectionState::Configuring,
            Self::Error => ProtectionState::Error,
            Self::Stopped => ProtectionState::Stopped,
            Self::Suspended => ProtectionState::Suspended,
            Self::SoftDeleted => ProtectionState::SoftDeleted,
            Self::Orphaned | Self::Unprotected => return None,
        };
        Some(state.words())
    }
}

/// The name of a resource, as people type it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetName(String);

/// The text cannot be the name of a resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot be the name of a resource: it is empty, too long, or has a slash, a quotation mark or a backslash"
)]
pub struct BadName(String);

impl std::str::FromStr for TargetName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        const LONGEST: usize = 260;
        let is_bad = |one: char| one.is_control() || matches!(one, '/' | '\'' | '"' | '\\');
        if text.is_empty() || text.chars().count() > LONGEST || text.contains(is_bad) {
            return Err(BadName(text.chars().take(LONGEST).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TargetName {
    /// The name; it has neither slash nor quotation mark nor backslash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
