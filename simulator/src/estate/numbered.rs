//! Disks without end: Resource Graph makes each from its number when a query reaches it.

use serde::{Deserialize, Serialize};

/// Disks of a subscription of their own, as many as are wanted: nothing of them is held, and Resource Graph alone shows them.
///
/// A query about this one subscription is answered from the numbers of its page. It may keep, shape and join rows; it may not
/// count them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NumberedDisks {
    /// The subscription; nothing else lies in it.
    pub subscription: String,
    /// How many disks.
    pub count: u64,
    /// ARM id of the Backup vault that protects them.
    pub vault: String,
    /// Name of the policy that they follow.
    pub policy: String,
    /// One disk of so many is not protected; none if it is 0.
    #[serde(default)]
    pub unprotected_every: u64,
    /// One disk of so many has the tag `backup = off`, and no protection; none if it is 0.
    #[serde(default)]
    pub excluded_every: u64,
}

impl NumberedDisks {
    /// Whether the disk with this number opts out.
    pub(crate) fn is_excluded(&self, number: u64) -> bool {
        is_every(number, self.excluded_every)
    }

    /// Whether something protects the disk with this number.
    pub(crate) fn is_protected(&self, number: u64) -> bool {
        // Beside those that opt out, so that either is as many as is said.
        !self.is_excluded(number) && !is_every(number.wrapping_add(1), self.unprotected_every)
    }
}

fn is_every(number: u64, every: u64) -> bool {
    every > 0 && number.is_multiple_of(every)
}
