//! Whose turn it is: every protected resource is looked at once in a while, though nothing in its row has changed.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ResourceId;

/// About how many protected resources one run looks at for no other reason than their turn.
const PASSES: u64 = 500;

/// A turn of how many. `number` counts up by any step below 29 from run to run, such as hours or quarters of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    number: u64,
    /// A prime above every step, so that no turn is ever skipped.
    rounds: u64,
}

impl Turn {
    /// The turn of an estate of about so many resources.
    pub fn of(number: u64, resources: u64) -> Self {
        const LEAST: u64 = 29;
        let needed = resources.div_ceil(PASSES);
        let is_prime =
            |number: &u64| (2..).take_while(|by| by * by <= *number).all(|by| !number.is_multiple_of(by));
        let rounds = if needed <= 1 { 1 } else { (needed.max(LEAST)..).find(is_prime).unwrap_or(LEAST) };
        Self { number, rounds }
    }

    /// The same turn of an estate that turns out to have so many resources.
    #[must_use]
    pub fn among(self, resources: u64) -> Self {
        Self::of(self.number, resources)
    }

    /// Whether it is the turn of this resource: once in all rounds, whatever else comes and goes.
    pub fn is_of(self, id: &ResourceId) -> bool {
        self.falls_on(&id.key())
    }

    /// The same of anything that has a name.
    pub(super) fn falls_on(self, name: &str) -> bool {
        lot(name) % self.rounds == self.number % self.rounds
    }
}

fn lot(name: &str) -> u64 {
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disks(count: usize) -> Vec<ResourceId> {
        let id = |n| format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d{n}");
        (0..count).map(|n| id(n).parse().unwrap()).collect()
    }

    fn in_turn(disks: &[ResourceId], turn: Turn) -> usize {
        disks.iter().filter(|disk| turn.is_of(disk)).count()
    }

    #[test]
    fn every_resource_has_its_turn_once_whatever_the_step() {
        let disks = disks(2_000);
        for step in [1, 6, 24, 28] {
            let rounds = Turn::of(0, 2_000).rounds;
            let turns = (0..rounds).map(|turn| Turn::of(turn * step, 2_000));
            assert_eq!(turns.map(|turn| in_turn(&disks, turn)).sum::<usize>(), disks.len(), "step {step}");
        }
    }

    #[test]
    fn a_large_estate_is_looked_at_in_portions_and_a_small_one_whole() {
        let disks = disks(20_000);
        let portion = in_turn(&disks, Turn::of(7, 20_000));
        assert!(portion < 800, "{portion} in one run");
        assert_eq!(in_turn(&disks[..500], Turn::of(7, 500)), 500);
    }
}
