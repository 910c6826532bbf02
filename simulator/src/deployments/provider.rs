//! Deployments of Microsoft.Resources as a provider.

use super::{Known, handle, is_deployment};
use crate::wire::{Answer, ArmPath, Call};
use crate::world::{Provider, State, World};

/// Deployments of templates.
#[derive(Debug)]
pub(crate) struct Deployments;

impl Provider for Deployments {
    fn namespace(&self) -> &'static str {
        "Microsoft.Resources"
    }

    fn serves(&self, path: &ArmPath) -> bool {
        is_deployment(path)
    }

    fn state(&self) -> Option<Box<dyn State>> {
        Some(Box::new(Known::default()))
    }

    fn handle(&self, world: &mut World, call: &Call) -> Answer {
        handle(world, call)
    }
}
