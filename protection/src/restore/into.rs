//! Into what: refused before any call where Azure's documented bounds do not let it.

use super::ground::{RestoreGround, SeenPlace, region_of};
use super::kind::There;
use super::{DesiredRestore, RestoreInto, RestoreTarget};
use crate::Location;
use crate::family::Family;
use crate::impossible::Impossible;
use crate::tier::DataStore;

/// What the wish is put into, and where.
pub(super) fn into(
    desired: &DesiredRestore,
    ground: &RestoreGround,
    store: DataStore,
) -> Result<(RestoreInto, Location), Impossible> {
    let kind = desired.to.kind();
    kind.refused(ground)?;
    let seen = there(&desired.to, ground)?;
    if !ground.vault.cross_subscription
        && !ground.place.id.subscription().eq_ignore_ascii_case(ground.vault.id.subscription())
    {
        return Err(Impossible::new(
            "CrossSubscriptionRestoreDisabled",
            format!(
                "{} restores only to its own subscription, and `{}` is in another",
                Family::vault_in_words(&ground.vault.id),
                ground.place.id
            ),
            "choose a target in the vault's subscription, or enable cross-subscription restore on the vault",
        ));
    }
    let region = region_of(&ground.vault, desired.region)?;
    kind.request(&There { ground, seen, store, region: &region })
}

fn there<'a>(target: &RestoreTarget, ground: &'a RestoreGround) -> Result<&'a SeenPlace, Impossible> {
    if let Some(seen) = &ground.place.seen {
        return Ok(seen);
    }
    let id = &ground.place.id;
    let (code, what, way_out) = target.kind().absent();
    Err(Impossible::new(
        code,
        format!("{what} `{}` does not exist, so nothing can be restored to it: {id}", id.name()),
        way_out,
    ))
}
