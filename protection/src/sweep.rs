//! Sweep: find what events missed.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::hold::OpenHolds;
use crate::ports::Azure;
use crate::{AzureError, ResourceId, Workload};

/// What a sweep finds to look at. Each list is in the order of the ids, and no id is in two of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Resources of a covered type that no Backup vault protects.
    pub unprotected: Vec<ResourceId>,
    /// Resources that are gone, but whose backup instances are not.
    pub gone: Vec<ResourceId>,
    /// Protected resources whose turn it is: is their protection still as decided?
    pub in_turn: Vec<ResourceId>,
    /// Targets whose hold is over: the rules are followed again.
    pub released: Vec<ResourceId>,
}

impl Found {
    /// The same without what people hold as it is, and with those whose hold is over.
    #[must_use]
    pub fn heeding(mut self, holds: OpenHolds) -> Self {
        let is_over: HashSet<&ResourceId> = holds.over.iter().collect();
        let is_free = |id: &ResourceId| !holds.leave_alone(id) && !is_over.contains(id);
        for list in [&mut self.unprotected, &mut self.gone, &mut self.in_turn] {
            list.retain(is_free);
        }
        self.released = holds.over;
        self
    }
}

/// About how many protected resources a sweep looks at.
const LOOKS: usize = 500;

/// Looks over the estate. `turn` counts up by any step below 29 from sweep to sweep, such as hours or quarters of a day.
///
/// Resource Graph lags behind ARM by seconds to minutes, so this may name a resource that is being
/// protected; looking at it again does no harm.
pub async fn find(azure: &dyn Azure, subscriptions: &[String], turn: u64) -> Result<Found, AzureError> {
    let protected = azure.protected_datasources(subscriptions).await?;
    let there = azure.resources_of_types(subscriptions, &Workload::resource_types()).await?;
    let mut found = Found::default();
    let is_there: HashSet<&ResourceId> = there.iter().collect();
    let ours = protected.iter().filter(|id| Workload::covers(id.resource_type()));
    let (kept, gone): (Vec<&ResourceId>, Vec<&ResourceId>) = ours.partition(|id| is_there.contains(id));
    found.in_turn = in_turn(kept, turn);
    found.gone = sorted(gone);
    let is_protected: HashSet<&ResourceId> = protected.iter().collect();
    found.unprotected = sorted(there.iter().filter(|id| !is_protected.contains(id)).collect());
    Ok(found)
}

/// Those whose turn it is: each resource once in [`rounds`] turns, whatever else comes and goes.
fn in_turn(mut ids: Vec<&ResourceId>, turn: u64) -> Vec<ResourceId> {
    let rounds = rounds(ids.len());
    ids.retain(|id| lot(id) % rounds == turn % rounds);
    sorted(ids)
}

/// Over how many turns the looks are spread. A prime above every step, so that no turn is ever skipped.
fn rounds(resources: usize) -> u64 {
    const LEAST: u64 = 29;
    let needed = resources.div_ceil(LOOKS) as u64;
    if needed <= 1 {
        return 1;
    }
    let is_prime =
        |number: &u64| (2..).take_while(|by| by * by <= *number).all(|by| !number.is_multiple_of(by));
    (needed.max(LEAST)..).find(is_prime).unwrap_or(LEAST)
}

fn lot(id: &ResourceId) -> u64 {
    let digest = Sha256::digest(id.key().as_bytes());
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn sorted(ids: Vec<&ResourceId>) -> Vec<ResourceId> {
    let mut ids: Vec<ResourceId> = ids.into_iter().cloned().collect();
    ids.sort_by_cached_key(ResourceId::key);
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disks(count: usize) -> Vec<ResourceId> {
        let id = |n| format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d{n}");
        (0..count).map(|n| id(n).parse().unwrap()).collect()
    }

    #[test]
    fn every_resource_has_its_turn_whatever_the_step() {
        let disks = disks(2_000);
        for step in [1, 6, 24, 28] {
            let turns = (0..rounds(disks.len())).map(|turn| turn * step);
            let mut seen: Vec<ResourceId> =
                turns.flat_map(|turn| in_turn(disks.iter().collect(), turn)).collect();
            seen.sort_by_cached_key(ResourceId::key);
            assert_eq!(seen, sorted(disks.iter().collect()), "step {step}");
        }
    }

    #[test]
    fn a_large_estate_is_looked_at_in_portions() {
        let disks = disks(20_000);
        let portion = in_turn(disks.iter().collect(), 7).len();
        assert!(portion < LOOKS * 5 / 4 + 200, "{portion} in one sweep");
        assert_eq!(in_turn(disks.iter().take(500).collect(), 7).len(), 500);
    }
}
