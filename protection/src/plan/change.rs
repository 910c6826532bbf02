//! Changes that a plan makes to one backup instance.

use std::fmt;

use serde::Serialize;

use crate::instance::InstanceSpec;
use crate::lifecycle::{LifecycleChange, PolicyMove};
use crate::work::Underway;
use crate::{Location, ResourceId};

/// What is done to one backup instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "step")]
pub enum InstanceChange {
    /// Let Azure check that the datasource can be protected, then create the instance.
    Configure(Box<InstanceSpec>),
    /// Write an instance that is in error once more, under its own name: Azure validates only what has no instance.
    Repair(PolicyMove),
    /// Let Azure check that the instance can follow another policy, or copy other containers, then write it so.
    #[serde(rename = "movePolicy")]
    Move(PolicyMove),
    /// Bring back an instance that was deleted softly, and resume its protection.
    Undelete {
        /// The instance.
        instance: ResourceId,
    },
    /// Stop, suspend, resume or delete an instance.
    Alter {
        /// The instance.
        instance: ResourceId,
        /// Which of them.
        #[serde(rename = "alteration")]
        lifecycle: LifecycleChange,
    },
}

impl InstanceChange {
    /// The instance.
    pub fn instance(&self) -> &ResourceId {
        match self {
            Self::Configure(spec) => &spec.id,
            Self::Repair(change) | Self::Move(change) => &change.instance,
            Self::Undelete { instance } | Self::Alter { instance, .. } => instance,
        }
    }

    /// The policy that it will follow, where the change says so.
    pub fn policy(&self) -> Option<&ResourceId> {
        match self {
            Self::Configure(spec) => Some(&spec.policy),
            Self::Repair(change) | Self::Move(change) => Some(&change.policy),
            Self::Undelete { .. } | Self::Alter { .. } => None,
        }
    }

    /// The region of a new instance's datasource.
    pub(crate) fn location(&self) -> Option<&Location> {
        match self {
            Self::Configure(spec) => Some(&spec.location),
            Self::Repair(_) | Self::Move(_) | Self::Undelete { .. } | Self::Alter { .. } => None,
        }
    }

    /// What Azure does while it carries this out.
    pub(crate) fn underway(self) -> Underway {
        match self {
            Self::Configure(spec) => Underway::Configuration { instance: spec.id },
            Self::Repair(change) => Underway::Configuration { instance: change.instance },
            Self::Move(change) => Underway::Moving { change: Box::new(change) },
            Self::Undelete { instance } => Underway::Undeleting { instance },
            Self::Alter { instance, lifecycle } => Underway::LifecycleChange { instance, lifecycle },
        }
    }
}

impl fmt::Display for InstanceChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instance = self.instance().name();
        match self {
            Self::Configure(spec) => {
                let policy = spec.policy.name();
                write!(f, "validate and configure backup instance {instance} with policy {policy}")
            }
            Self::Repair(_) => write!(f, "configure backup instance {instance} again"),
            Self::Move(change) => {
                let (policy, values) = (change.policy.name(), change.values());
                if values.is_empty() {
                    return write!(f, "validate and move backup instance {instance} to policy {policy}");
                }
                let values = values.join("; ");
                write!(f, "validate and write backup instance {instance} with policy {policy} and {values}")
            }
            Self::Undelete { .. } => {
                write!(f, "undelete backup instance {instance} and resume its protection")
            }
            Self::Alter { lifecycle, .. } => write!(f, "{lifecycle} backup instance {instance}"),
        }
    }
}
