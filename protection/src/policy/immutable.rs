//! Vaults that keep what they have: none of their policies is replaced by one with lower retention (official).
//!
//! The restricted operations of Recovery Services vaults name it, those of Backup vaults do not. We take it to hold for
//! both, for neither allows "operations that could result in loss of backups".
//!
//! It is said of what lies in the vault or in its archive. It is not said of operational backups, "such as
//! operational backup of blobs, files, and disks" (official: "Immutable vault for Azure Backup", before you start).

use super::{Policy, PolicySpec};
use crate::ResourceId;
use crate::family::Family;
use crate::impossible::Impossible;

/// That an immutable vault does not let an item follow a policy that keeps `shorter`.
pub(crate) fn lower_retention(vault: &ResourceId, shorter: &str, way_out: impl Into<String>) -> Impossible {
    Impossible::new(
        "VaultImmutable",
        format!(
            "{} is immutable and lets no policy be replaced by one with lower retention: {shorter}",
            Family::vault_in_words(vault)
        ),
        way_out,
    )
}

impl Policy {
    /// Refuses this policy for an item of an immutable vault that follows `own`, where it keeps less.
    pub(crate) fn must_keep_as_long(&self, own: &Self, vault: &ResourceId) -> Result<(), Impossible> {
        refused(self.keeps_shorter_than(own), own, vault)
    }
}

impl PolicySpec {
    /// The same for a policy that is not there yet.
    pub(crate) fn must_keep_as_long(&self, own: &Policy, vault: &ResourceId) -> Result<(), Impossible> {
        refused(self.keeps_shorter_than(own), own, vault)
    }
}

fn refused(shorter: Option<String>, own: &Policy, vault: &ResourceId) -> Result<(), Impossible> {
    let Some(shorter) = shorter else { return Ok(()) };
    let way_out = format!(
        "let the rules keep recovery points of this resource as long as policy `{}` does, or longer; nothing is asked \
         of Azure until then",
        own.name
    );
    Err(lower_retention(vault, &shorter, way_out))
}
