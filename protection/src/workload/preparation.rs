//! Preparations: what has to be there before an instance can be, beside roles.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::aks::TrustedAccessBinding;
use super::azure_files::{Inquiry, Registration};
use super::in_machine::{AutomaticProtection, MachineInquiry, MachineRegistration};
use crate::ResourceId;

/// One thing to prepare, by one call to Azure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Preparation {
    /// Let a Backup vault into a Kubernetes cluster.
    TrustedAccess(TrustedAccessBinding),
    /// Have a vault know the storage account of a share.
    Register(Registration),
    /// Have Azure look for shares that came later.
    Inquire(Inquiry),
    /// Have a vault know a machine with the databases in it.
    RegisterMachine(MachineRegistration),
    /// Have Azure look for databases in a machine.
    InquireMachine(MachineInquiry),
    /// Have Azure protect databases by itself as they come, or not any more.
    Automatic(AutomaticProtection),
}

impl Preparation {
    /// Whether it gives somebody a permission, so that who lacks the right to give it can ask an administrator.
    pub fn is_permission(&self) -> bool {
        match self {
            Self::TrustedAccess(_) => true,
            Self::Register(_)
            | Self::Inquire(_)
            | Self::RegisterMachine(_)
            | Self::InquireMachine(_)
            | Self::Automatic(_) => false,
        }
    }

    /// Whether it only has Azure look for what an instance that is there names already.
    pub fn only_looks(&self) -> bool {
        matches!(self, Self::Inquire(_) | Self::InquireMachine(_))
    }

    /// The vault that it is for.
    pub fn vault(&self) -> &ResourceId {
        match self {
            Self::TrustedAccess(binding) => &binding.vault,
            Self::Register(registration) => &registration.vault,
            Self::Inquire(inquiry) => &inquiry.vault,
            Self::RegisterMachine(registration) => &registration.vault,
            Self::InquireMachine(inquiry) => &inquiry.vault,
            Self::Automatic(automatic) => &automatic.vault,
        }
    }

    /// ARM id of what it makes.
    pub fn id(&self) -> &ResourceId {
        match self {
            Self::TrustedAccess(binding) => &binding.id,
            Self::Register(registration) => &registration.container,
            Self::Inquire(inquiry) => &inquiry.inquired,
            Self::RegisterMachine(registration) => &registration.container,
            Self::InquireMachine(inquiry) => &inquiry.container,
            Self::Automatic(automatic) => &automatic.intent,
        }
    }

    /// One line for people: what is missing as long as it is not done.
    pub fn line(&self) -> String {
        match self {
            Self::TrustedAccess(binding) => binding.line(),
            Self::Register(registration) => registration.line(),
            Self::Inquire(inquiry) => inquiry.line(),
            Self::RegisterMachine(registration) => registration.line(),
            Self::InquireMachine(inquiry) => inquiry.line(),
            Self::Automatic(automatic) => automatic.line(),
        }
    }

    /// The command that does it, for somebody who may.
    pub fn command(&self) -> String {
        match self {
            Self::TrustedAccess(binding) => binding.command(),
            Self::Register(registration) => registration.command(),
            Self::Inquire(inquiry) => inquiry.command(),
            Self::RegisterMachine(registration) => registration.command(),
            Self::InquireMachine(inquiry) => inquiry.command(),
            Self::Automatic(automatic) => automatic.command(),
        }
    }

    /// The resource of a deployment template that does it; none if no resource does.
    pub fn template(&self) -> Option<Value> {
        match self {
            Self::TrustedAccess(binding) => Some(binding.template()),
            Self::Register(registration) => Some(registration.template()),
            Self::RegisterMachine(registration) => Some(registration.template()),
            Self::Inquire(_) | Self::InquireMachine(_) | Self::Automatic(_) => None,
        }
    }
}

impl fmt::Display for Preparation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TrustedAccess(binding) => binding.fmt(f),
            Self::Register(registration) => registration.fmt(f),
            Self::Inquire(inquiry) => inquiry.fmt(f),
            Self::RegisterMachine(registration) => registration.fmt(f),
            Self::InquireMachine(inquiry) => inquiry.fmt(f),
            Self::Automatic(automatic) => automatic.fmt(f),
        }
    }
}
