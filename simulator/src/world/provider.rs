//! What the front, the graph, events, estates and the control surface ask of a resource provider.

use std::fmt::Debug;

use anyhow::bail;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{State, Table, World};
use crate::estate::{EstatePolicy, EstateVault};
use crate::wire::{Answer, ArmPath, Call};

/// All providers. A call goes to the first that serves its path.
pub(crate) type Providers = &'static [&'static dyn Provider];

/// How calls of a provider count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quota {
    /// By the buckets of ARM.
    Arm,
    /// By the buckets of ARM, and the provider has a count of its own in the headers.
    ArmAndOwn,
    /// By a quota of the provider alone.
    OwnInstead,
}

/// A resource provider. What it does not say, most providers do not have.
pub(crate) trait Provider: Debug + Sync {
    /// The namespace as Azure spells it.
    fn namespace(&self) -> &'static str;

    /// Answers a call that it serves.
    fn handle(&self, world: &mut World, call: &Call) -> Answer;

    /// Whether calls on `path` are answered here.
    fn serves(&self, path: &ArmPath) -> bool {
        path.namespace_is(self.namespace()) && !path.is_registration()
    }

    /// The api-versions that the namespace has; without a list, every date is one.
    fn versions(&self) -> Option<&'static [&'static str]> {
        None
    }

    /// What it keeps, as it is at the start.
    fn state(&self) -> Option<Box<dyn State>> {
        None
    }

    fn quota(&self, _call: &Call) -> Quota {
        Quota::Arm
    }

    /// Keywords of its ids that Azure's answers spell otherwise now and then.
    fn spellings(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Makes the vault of an estate, ready at once.
    fn place_vault(&self, _world: &mut World, vault: &EstateVault) -> anyhow::Result<()> {
        bail!("'{}' is not a vault", vault.id)
    }

    /// Makes the policy of an estate in the vault with this key.
    fn place_policy(&self, _world: &mut World, vault: &str, _policy: &EstatePolicy) -> anyhow::Result<()> {
        bail!("'{vault}' takes no policies")
    }

    /// The tracked resources that it keeps for itself.
    fn tracked<'world>(&self, _world: &'world World) -> Vec<&'world Value> {
        Vec::new()
    }

    /// The body of the tracked resource with this key.
    fn body<'world>(&self, _world: &'world World, _key: &str) -> Option<&'world Value> {
        None
    }

    /// The same, to be changed.
    fn body_mut<'world>(&self, _world: &'world mut World, _key: &str) -> Option<&'world mut Value> {
        None
    }

    /// The table and the body of the row with this key in Resource Graph.
    fn graph_row(&self, _world: &World, _key: &str) -> Option<(Table, Value)> {
        None
    }

    /// A resource group is gone, and what was in it.
    fn group_vanishes(&self, _world: &mut World, _group: &str) {}

    /// Something was taken away that protection may need.
    fn recheck_protection(&self, _world: &mut World) {}

    /// When something happens next that no effect was scheduled for.
    fn next_due(&self, _world: &World) -> Option<Timestamp> {
        None
    }

    /// What the control surface shows of it, as members of one object.
    fn inspect(&self, _world: &World) -> Value {
        json!({})
    }

    /// Has the protection with this id end in an error, as a test asks for; whether it exists.
    fn break_protection(&self, _world: &mut World, _id: &str, _code: &str) -> bool {
        false
    }

    /// Has the next backup of what this id names fail, as a test asks for; whether it exists.
    fn fail_next_backup(&self, _world: &mut World, _id: &str, _code: &str) -> bool {
        false
    }

    /// Says which files are in the share with this id; whether anything here keeps them.
    fn set_files(&self, _world: &mut World, _share: &str, _files: Vec<String>) -> bool {
        false
    }

    /// Says what was found in the source of the recovery point with this id; whether it exists.
    fn threaten_point(&self, _world: &mut World, _id: &str, _status: &str) -> bool {
        false
    }

    /// Moves the recovery point with this id to the archive, or lets it expire; whether it exists.
    fn age_point(&self, _world: &mut World, _id: &str, _archive: bool) -> bool {
        false
    }
}
