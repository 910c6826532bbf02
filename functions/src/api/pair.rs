//! The paired region of a vault, where Cross Region Restore has copies of what it holds.

use holdfast_protection::impossible::Impossible;
use holdfast_protection::job::Job;
use holdfast_protection::points::RecoveryPoint;
use holdfast_protection::ports::Backups;
use holdfast_protection::vault::CrossRegion;
use holdfast_protection::{Location, ResourceId};

use crate::app::App;
use crate::problem::Problem;

/// A vault that restores in its paired region.
pub(crate) struct Pair<'a> {
    app: &'a App,
    vault: ResourceId,
    source: Location,
    secondary: Location,
}

impl<'a> Pair<'a> {
    /// The pair of a vault, or `None` if it does not restore in its paired region or is not there.
    pub(crate) async fn find(app: &'a App, vault: &ResourceId) -> Result<Option<Self>, Problem> {
        let found = app.azure.backups_of(vault)?.vault(vault).await?;
        Ok(found.and_then(|found| match found.cross_region {
            CrossRegion::Enabled { secondary: Some(secondary) } => {
                Some(Self { app, vault: vault.clone(), source: found.location, secondary })
            }
            CrossRegion::Enabled { secondary: None } | CrossRegion::Disabled => None,
        }))
    }

    /// The pair of a vault that must have one.
    pub(crate) async fn of(app: &'a App, vault: &ResourceId) -> Result<Self, Problem> {
        let pair = Self::find(app, vault).await?;
        pair.ok_or_else(|| {
            Impossible::new(
                "CrossRegionRestoreDisabled",
                format!("vault `{}` does not restore in its paired region, or is not there", vault.name()),
                "check its id, or turn Cross Region Restore on in the vault's properties; it takes a vault with geo-redundant storage",
            )
            .into()
        })
    }

    fn backups(&self) -> Result<Box<dyn Backups + '_>, Problem> {
        Ok(self.app.azure.backups_of(&self.vault)?)
    }

    /// What the paired region has of an instance.
    pub(crate) async fn points(&self, instance: &ResourceId) -> Result<Vec<RecoveryPoint>, Problem> {
        Ok(self.backups()?.secondary_points(instance, &self.secondary, &self.source).await?)
    }

    /// The restores that the paired region does.
    pub(crate) async fn jobs(&self) -> Result<Vec<Job>, Problem> {
        Ok(self.backups()?.secondary_jobs(&self.vault, &self.secondary, &self.source).await?)
    }

    /// One of them, or `None`.
    pub(crate) async fn job(&self, id: &ResourceId) -> Result<Option<Job>, Problem> {
        Ok(self.backups()?.secondary_job(&self.vault, &self.secondary, &self.source, id.name()).await?)
    }
}
