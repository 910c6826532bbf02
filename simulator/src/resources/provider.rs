//! ARM itself and every type that no other provider serves. It serves whatever it is asked, so it is last on the list.

use super::slow_deletion::SlowDeletions;
use super::{generic, subscription, tags, without_provider};
use crate::wire::{Answer, ArmPath, Call};
use crate::world::{Provider, State, World};

/// ARM's own types, and all that are left.
#[derive(Debug)]
pub(crate) struct Resources;

impl Provider for Resources {
    fn namespace(&self) -> &'static str {
        "Microsoft.Resources"
    }

    fn serves(&self, _path: &ArmPath) -> bool {
        true
    }

    fn state(&self) -> Option<Box<dyn State>> {
        Some(Box::new(SlowDeletions::default()))
    }

    fn handle(&self, world: &mut World, call: &Call) -> Answer {
        let path = &call.path;
        if path.namespace.is_none() {
            return without_provider(world, call);
        }
        if path.is_registration() {
            return Ok(subscription::provider(call));
        }
        if path.namespace_is(self.namespace()) && path.is(0, "tags") {
            return tags::handle(world, call);
        }
        generic::handle(world, call)
    }
}
