//! A file share: all of it or files of it, where it was or in another share.
//!
//! It is made with the rights of the caller, which is us: the vault's identity needs none (documentation).

use super::{Kind, LooksFor, There};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::restore::ground::wrong_type;
use crate::restore::{DesiredShare, RestoreGround, RestoreInto, ShareFiles};
use crate::{Location, ResourceId};

pub(super) struct Share<'a> {
    pub(super) desired: &'a DesiredShare,
}

const NOT_A_SHARE: &str =
    "`share` has to be the ARM id of a file share: <account>/fileServices/default/shares/<name>";

impl Kind for Share<'_> {
    fn place(&self, source: &BackupInstance) -> Option<ResourceId> {
        Some(self.desired.share.clone().unwrap_or_else(|| source.datasource.clone()))
    }

    fn place_type(&self) -> (&'static str, &'static str) {
        ("Microsoft.Storage/storageAccounts/fileServices/shares", NOT_A_SHARE)
    }

    fn absent(&self) -> (&'static str, &'static str, &'static str) {
        ("UserErrorAzureResourceNotFoundByPlugin", "file share", "create it, or name another as `share`")
    }

    fn looks_for(&self, _place: &ResourceId) -> LooksFor {
        LooksFor::Nothing
    }

    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        Ok((share(self.desired, there.ground)?, there.region.clone()))
    }

    /// Whole shares, into another share (azure-cli).
    fn crosses_regions(&self) -> bool {
        self.desired.share.is_some() && self.desired.items.is_empty() && self.desired.folder.is_none()
    }

    fn needs_roles(&self) -> bool {
        false
    }
}

/// Files and folders that one restore takes (documentation).
const MOST_ITEMS: usize = 99;

fn share(desired: &DesiredShare, ground: &RestoreGround) -> Result<RestoreInto, Impossible> {
    if desired.items.len() > MOST_ITEMS {
        return Err(Impossible::new(
            "TooManyItems",
            format!(
                "{} files and folders are named, and Azure restores {MOST_ITEMS} at a time",
                desired.items.len()
            ),
            "name fewer, name folders, or restore the whole share",
        ));
    }
    for path in desired.items.iter().map(|item| &item.path).chain(&desired.folder) {
        path_in_share(path)?;
    }
    let share = ground.place.id.clone();
    let account = share.parent().and_then(|service| service.parent());
    let Some(account) = account else {
        return Err(wrong_type(NOT_A_SHARE));
    };
    Ok(RestoreInto::Share(ShareFiles {
        original: share == ground.source.datasource,
        share,
        account,
        items: desired.items.clone(),
        folder: desired.folder.clone(),
        conflicts: desired.conflicts,
    }))
}

/// Paths as Azure Files has them: names of at most 255 characters, slashes between them, none at the front.
fn path_in_share(path: &str) -> Result<(), Impossible> {
    let is_bad = |name: &str| {
        name.is_empty()
            || name.chars().count() > 255
            || matches!(name, "." | "..")
            || name.contains(|c: char| {
                c.is_control() || matches!(c, '"' | '\\' | ':' | '|' | '<' | '>' | '*' | '?')
            })
    };
    if path.chars().count() <= 2048 && !path.split('/').any(is_bad) {
        return Ok(());
    }
    let shown: String = path.chars().take(100).collect();
    Err(Impossible::new(
        "NameNotUsable",
        format!("`{shown}` cannot be the path of a file or folder in a share"),
        "write folder/folder/file, without a slash at the front",
    ))
}
