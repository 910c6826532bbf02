//! Preparations: what has to be there before an instance can be, beside roles.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::aks::TrustedAccessBinding;
use crate::ResourceId;

/// One thing to prepare, by one call to Azure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Preparation {
    /// Let a Backup vault into a Kubernetes cluster.
    TrustedAccess(TrustedAccessBinding),
}

impl Preparation {
    /// Whether it gives somebody a permission, so that who lacks the right to give it can ask an administrator.
    pub fn is_permission(&self) -> bool {
        match self {
            Self::TrustedAccess(_) => true,
        }
    }

    /// The vault that it is for.
    pub fn vault(&self) -> &ResourceId {
        match self {
            Self::TrustedAccess(binding) => &binding.vault,
        }
    }

    /// ARM id of what it makes.
    pub fn id(&self) -> &ResourceId {
        match self {
            Self::TrustedAccess(binding) => &binding.id,
        }
    }

    /// One line for people: what is missing as long as it is not done.
    pub fn line(&self) -> String {
        match self {
            Self::TrustedAccess(binding) => binding.line(),
        }
    }

    /// The command that does it, for somebody who may.
    pub fn command(&self) -> String {
        match self {
            Self::TrustedAccess(binding) => binding.command(),
        }
    }

    /// The resource of a deployment template that does it.
    pub fn template(&self) -> Value {
        match self {
            Self::TrustedAccess(binding) => binding.template(),
        }
    }
}

impl fmt::Display for Preparation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TrustedAccess(binding) => binding.fmt(f),
        }
    }
}
