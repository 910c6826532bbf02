//! The plan of a restore: roles first, then Azure's validation, then the restore.
//!
//! Planning touches nothing, and planning twice on the same ground gives the same plan.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ground::{RestoreGround, region_of};
use super::roles::Missing;
use super::{
    DesiredRegion, DesiredRestore, RestoreOrder, RestoreRegion, RestoreRequest, RestoreTarget, from, into,
    roles,
};
use crate::impossible::Impossible;
use crate::instance::{BackupInstance, ProtectionState};
use crate::roles::RoleGrant;
use crate::workload::Preparation;

/// What a restore takes, in order: the grants, the leave to come in, the validation of the order, the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestorePlan {
    /// Roles that are missing where the restore goes to.
    pub grants: Vec<RoleGrant>,
    /// Who gets them, in words, by the object id of the principal.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holders: BTreeMap<String, String>,
    /// What has to be prepared at the target, beside roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preparation: Option<Preparation>,
    /// What Azure is asked.
    pub order: RestoreOrder,
    /// What a person should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The plan that does what is wished, or why nothing does.
pub fn to_restore(
    desired: &DesiredRestore,
    ground: &RestoreGround,
    now: Timestamp,
) -> Result<RestorePlan, Impossible> {
    suits(desired, &ground.source)?;
    let (from, store) = from::from(desired, ground, now)?;
    let (into, location) = into::into(desired, ground, store)?;
    let Missing { grants, holders, preparation } = roles::missing(&desired.to, ground)?;
    let region = match desired.region {
        DesiredRegion::Primary => RestoreRegion::Primary,
        DesiredRegion::Secondary => RestoreRegion::Secondary {
            location: region_of(&ground.vault, desired.region)?,
            source: ground.vault.location.clone(),
        },
    };
    let source = ground.source.datasource.clone();
    let request = RestoreRequest { from, store, source, into, location };
    let order = RestoreOrder { instance: ground.source.id.clone(), region, request };
    Ok(RestorePlan { grants, holders, preparation, notes: notes(desired, ground), order })
}

/// Whether the datasource can become what is wished, in the region that is wished, in its present state.
pub(crate) fn suits(desired: &DesiredRestore, source: &BackupInstance) -> Result<(), Impossible> {
    if !desired.to.suits(&source.datasource_type) {
        let can = RestoreTarget::WORDS
            .into_iter()
            .filter(|(_, types)| types.iter().any(|one| one.eq_ignore_ascii_case(&source.datasource_type)));
        let can: Vec<&str> = can.map(|(word, _)| word).collect();
        return Err(Impossible::new(
            "RestoreKindNotSupported",
            format!(
                "a backup of `{}` cannot be restored as {}",
                source.datasource.name(),
                desired.to.as_str()
            ),
            match can.is_empty() {
                true => format!("restores of {} are not supported here", source.datasource_type),
                false => format!("restore it as {}", can.join(" or ")),
            },
        ));
    }
    if desired.region == DesiredRegion::Secondary && !desired.to.kind().crosses_regions() {
        return Err(Impossible::new(
            "CrossRegionRestoreNotSupported",
            format!(
                "Azure Backup does not restore {} in the paired region as {}",
                source.datasource_type,
                desired.to.as_str()
            ),
            "restore in the region of the vault; cross-region restore is for PostgreSQL, for machines as `vm-disks` or \
             `vm`, for databases in another `machine`, and for whole file shares in another share",
        ));
    }
    match &source.state {
        ProtectionState::SoftDeleted => Err(Impossible::new(
            "BackupInstanceSoftDeleted",
            format!("backup instance `{}` is soft-deleted", source.id.name()),
            "resume its protection first: that undeletes it",
        )),
        ProtectionState::Configuring
        | ProtectionState::Configured
        | ProtectionState::Error
        | ProtectionState::Stopped
        | ProtectionState::Suspended
        | ProtectionState::Other(_) => Ok(()),
    }
}

/// How the restore behaves; said in the present, since a dry run shows it as well.
fn notes(desired: &DesiredRestore, ground: &RestoreGround) -> Vec<String> {
    let mut notes = desired.to.kind().notes(ground);
    if desired.rehydrate.is_some() {
        notes.push(
            "an archived point is brought back from the archive tier first, which takes up to 15 hours"
                .to_owned(),
        );
    }
    notes
}
