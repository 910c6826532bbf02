//! Microsoft.ResourceGraph as a provider.

use super::{NAMESPACE, query};
use crate::wire::{Answer, Call};
use crate::world::{Provider, Quota, State, World};

/// Microsoft.ResourceGraph.
#[derive(Debug)]
pub(crate) struct ResourceGraph;

impl Provider for ResourceGraph {
    fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    fn state(&self) -> Option<Box<dyn State>> {
        Some(Box::new(query::State::default()))
    }

    fn handle(&self, world: &mut World, call: &Call) -> Answer {
        query::handle(world, call)
    }

    fn quota(&self, _call: &Call) -> Quota {
        Quota::OwnInstead
    }
}
