//! A rule that is ready for its engines.

use std::sync::Arc;

use crate::contract::ContractVersion;
use crate::engine::{Freshness, Needs, Shape, World};

use super::code::CodeFile;
#[cfg(feature = "compiler")]
use super::configured::Configured;

/// A rule that is ready for its engines. Clones share their code.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) source: Source,
    pub(crate) shape: Shape,
    /// Settings that every new instance must be given; none where a snapshot has them.
    pub(crate) settings: Option<String>,
    /// Whether the host itself has found that an instance can be put back to its first state. Never read from
    /// the module: its author could say so of any.
    pub(crate) resettable: bool,
}

/// Where a rule's native code comes from.
#[derive(Clone)]
pub(crate) enum Source {
    /// It is compiled from this component.
    #[cfg(feature = "compiler")]
    Component(Arc<Configured>),
    /// It was compiled elsewhere.
    Precompiled(Arc<CodeFile>),
}

impl Source {
    /// The same for all rules that share it, as long as one of them is there.
    pub(crate) fn address(&self) -> usize {
        match self {
            #[cfg(feature = "compiler")]
            Self::Component(component) => Arc::as_ptr(component).addr(),
            Self::Precompiled(file) => Arc::as_ptr(file).addr(),
        }
    }
}

impl Prepared {
    /// What it takes from a pool.
    pub(crate) fn needs(&self, freshness: Freshness) -> Needs {
        Needs { shape: self.shape, is_put_back: self.resettable && freshness == Freshness::Reset }
    }

    /// What the module judges.
    pub(crate) fn world(&self) -> World {
        self.shape.world
    }

    /// The version of the contract that the module speaks.
    pub(crate) fn version(&self) -> ContractVersion {
        self.shape.version
    }

    /// Whether an evaluation begins with settings in place: from a snapshot, or in an instance that is put back to them.
    pub(crate) fn starts_configured(&self) -> bool {
        self.settings.is_none() || self.resettable
    }
}
