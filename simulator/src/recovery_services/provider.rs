//! Microsoft.RecoveryServices as a provider.

use axum::http::Method;
use serde_json::Value;

use super::{NAMESPACE, State, dispatch, estate, graph, inspect, point, share};
use crate::estate::{EstatePolicy, EstateVault};
use crate::wire::path::{key, within};
use crate::wire::{Answer, Call};
use crate::world::{self, Provider, Quota, Table, World};

/// Microsoft.RecoveryServices.
#[derive(Debug)]
pub(crate) struct RecoveryServices;

impl Provider for RecoveryServices {
    fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    fn state(&self) -> Option<Box<dyn world::State>> {
        Some(Box::new(State::default()))
    }

    fn handle(&self, world: &mut World, call: &Call) -> Answer {
        dispatch::handle(world, call)
    }

    /// Writes of a vault count, and reads of what lies in one (recorded).
    fn quota(&self, call: &Call) -> Quota {
        let of_vault = call.path.rest.len() <= 2;
        if of_vault == (call.method == Method::GET) { Quota::Arm } else { Quota::ArmAndOwn }
    }

    fn spellings(&self) -> &'static [(&'static str, &'static str)] {
        &[("/Microsoft.RecoveryServices/", "/microsoft.recoveryservices/")]
    }

    fn place_vault(&self, world: &mut World, vault: &EstateVault) -> anyhow::Result<()> {
        estate::place_vault(world, vault)
    }

    fn place_policy(&self, world: &mut World, vault: &str, policy: &EstatePolicy) -> anyhow::Result<()> {
        estate::place_policy(world, vault, policy)
    }

    fn tracked<'world>(&self, world: &'world World) -> Vec<&'world Value> {
        State::of(world).vaults.values().map(|vault| &vault.body).collect()
    }

    fn body<'world>(&self, world: &'world World, key: &str) -> Option<&'world Value> {
        State::of(world).vaults.get(key).map(|vault| &vault.body)
    }

    fn body_mut<'world>(&self, world: &'world mut World, key: &str) -> Option<&'world mut Value> {
        State::of_mut(world).vaults.get_mut(key).map(|vault| &mut vault.body)
    }

    fn graph_row(&self, world: &World, key: &str) -> Option<(Table, Value)> {
        graph::row(world, key)
    }

    fn group_vanishes(&self, world: &mut World, group: &str) {
        let vaults = State::of(world).vaults.keys().filter(|vault| within(vault, group));
        for vault in vaults.cloned().collect::<Vec<_>>() {
            super::vault::gone(world, &vault);
        }
    }

    fn inspect(&self, world: &World) -> Value {
        inspect::shown(world)
    }

    fn break_protection(&self, world: &mut World, id: &str, code: &str) -> bool {
        inspect::break_protection(world, id, code)
    }

    fn fail_next_backup(&self, world: &mut World, id: &str, code: &str) -> bool {
        inspect::fail_next_backup(world, id, code)
    }

    fn set_files(&self, world: &mut World, share: &str, files: Vec<String>) -> bool {
        let known = world.arm.resources.contains_key(&key(share));
        if known {
            share::files::set(world, share, files);
        }
        known
    }

    fn threaten_point(&self, world: &mut World, id: &str, status: &str) -> bool {
        point::age::threatened(world, id, status)
    }

    fn age_point(&self, world: &mut World, id: &str, archive: bool) -> bool {
        point::age::age_on_demand(world, id, archive)
    }
}
