//! The port [`Pace`].

use super::super::transport::ArmClient;
use holdfast_protection::ports::{Pace, Permit};
use holdfast_protection::priority::Priority;
use holdfast_protection::{AzureError, ResourceId};

impl Pace for ArmClient {
    fn admit(&self, resource: &ResourceId, priority: Priority) -> Result<Permit, AzureError> {
        match self.governor.admit(resource, priority) {
            Ok(promise) => Ok(Permit::new(promise)),
            Err(retry_after) => {
                let action = format!("begin a pass in subscription `{}`", resource.subscription());
                Err(AzureError::Throttled { action, retry_after })
            }
        }
    }

    fn forget(&self, subscription: &str) -> bool {
        self.pass_began.is_some_and(|moment| self.memory.forget(subscription, moment))
    }
}
