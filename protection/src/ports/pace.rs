//! Pace: how fast Azure is asked, and what is remembered between passes.

use std::any::Any;

use crate::priority::Priority;
use crate::{AzureError, ResourceId};

/// A permit to make the ARM calls of one pass; it is returned when this is dropped.
pub struct Permit(#[expect(dead_code, reason = "held for its drop")] Box<dyn Any + Send>);

impl Permit {
    /// A permit that is returned when `promise` is dropped.
    pub fn new(promise: impl Any + Send) -> Self {
        Self(Box::new(promise))
    }
}

/// When Azure may be asked.
pub trait Pace: Send + Sync {
    /// Asks for a permit for a pass over a resource, before the first call.
    ///
    /// Refused with [`AzureError::Throttled`] and the time to come back, so that Azure need not refuse.
    fn admit(&self, _resource: &ResourceId, _priority: Priority) -> Result<Permit, AzureError> {
        Ok(Permit::new(()))
    }
    /// Drops what is remembered of a subscription from before this pass; whether there was any.
    ///
    /// A pass that began with it may have come to a wrong end, and has to plan again.
    fn forget(&self, _subscription: &str) -> bool {
        false
    }
}
