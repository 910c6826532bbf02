//! Microsoft.DataProtection as a provider.

use serde_json::Value;

use super::instance::health;
use super::{Effect, NAMESPACE, State, dispatch, estate, graph, inspect, point, vault};
use crate::estate::{EstatePolicy, EstateVault};
use crate::wire::path::within;
use crate::wire::{Answer, Call};
use crate::world::{self, Provider, Quota, Table, World};

/// Stable api-versions from 2023 on (its SDKs and the published type tables).
const VERSIONS: [&str; 12] = [
    "2023-01-01",
    "2023-05-01",
    "2023-11-01",
    "2023-12-01",
    "2024-03-01",
    "2024-04-01",
    "2025-01-01",
    "2025-02-01",
    "2025-07-01",
    "2025-09-01",
    "2026-03-01",
    "2026-06-01",
];

/// Microsoft.DataProtection.
#[derive(Debug)]
pub(crate) struct DataProtection;

impl Provider for DataProtection {
    fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    fn versions(&self) -> Option<&'static [&'static str]> {
        Some(&VERSIONS)
    }

    fn state(&self) -> Option<Box<dyn world::State>> {
        Some(Box::new(State::default()))
    }

    fn handle(&self, world: &mut World, call: &Call) -> Answer {
        dispatch::handle(world, call)
    }

    /// Actions are not counted, but for those on deleted instances (recorded).
    fn quota(&self, call: &Call) -> Quota {
        let counted = call.method != axum::http::Method::POST || call.path.is(2, "deletedBackupInstances");
        if counted { Quota::ArmAndOwn } else { Quota::Arm }
    }

    fn spellings(&self) -> &'static [(&'static str, &'static str)] {
        &[("/backupVaults/", "/BackupVaults/"), ("/Microsoft.DataProtection/", "/microsoft.dataprotection/")]
    }

    fn place_vault(&self, world: &mut World, vault: &EstateVault) -> anyhow::Result<()> {
        estate::place_vault(world, vault);
        Ok(())
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
            vault::deletion::gone(world, &vault, false);
        }
    }

    fn recheck_protection(&self, world: &mut World) {
        let now = world.now();
        if State::of(world).recheck.is_none_or(|at| at <= now) {
            let at = world.after(world.settings.recheck_seconds);
            State::of_mut(world).recheck = Some(at);
            world.schedule(at, Effect::ProtectionChecked);
        }
    }

    fn inspect(&self, world: &World) -> Value {
        inspect::shown(world)
    }

    fn break_protection(&self, world: &mut World, id: &str, code: &str) -> bool {
        health::break_on_demand(world, id, code)
    }

    fn fail_next_backup(&self, world: &mut World, id: &str, code: &str) -> bool {
        inspect::fail_next_backup(world, id, code)
    }

    fn age_point(&self, world: &mut World, id: &str, archive: bool) -> bool {
        point::age_on_demand(world, id, archive)
    }
}
