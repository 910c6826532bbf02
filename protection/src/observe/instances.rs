//! The backup instances of a resource: all of them, or, for whoever only shows them, those that can be read.

use super::resource;
use crate::instance::BackupInstance;
use crate::ports::{Azure, InstancesOf};
use crate::{AzureError, Location, ResourceId, Workload};

/// Backup instances as far as they could be read.
///
/// To be shown, and for nothing else: where something is unread, no decision and no plan may take the rest for all.
#[derive(Debug, Default)]
pub struct ReadableInstances {
    /// Those that could be read.
    pub instances: Vec<BackupInstance>,
    /// What could not be, so that there may be more.
    pub unread: Vec<UnreadInstances>,
}

/// Backup instances that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadInstances {
    /// Which, in words.
    pub what: String,
    /// What was asked for them: the resource, a subscription, a vault, or an instance.
    pub target: ResourceId,
    /// Why.
    pub why: AzureError,
}

impl UnreadInstances {
    /// What was deleted softly in a vault.
    pub(crate) fn deleted_in(vault: &ResourceId, why: AzureError) -> Self {
        Self { what: deleted_in(vault), target: vault.clone(), why }
    }
}

/// The backup instances of a resource, whether it is there or was deleted.
///
/// Some are asked for in the region of the resource: where it is not given, it is read. Azure may not list what a
/// resource had once the resource is gone; the graph does, but lags behind, so that it is asked last.
///
/// # Errors
///
/// When any part of them cannot be read.
pub async fn instances(
    azure: &dyn Azure,
    id: &ResourceId,
    location: Option<&Location>,
) -> Result<Vec<BackupInstance>, AzureError> {
    Reading::of_all(azure, id).found(location).await
}

/// Soft-deleted backup instances of a resource in vaults of these subscriptions: they show in the list of their vault
/// alone.
///
/// # Errors
///
/// When any part of them cannot be read.
pub async fn deleted_instances(
    azure: &dyn Azure,
    id: &ResourceId,
    subscriptions: &[&str],
) -> Result<Vec<BackupInstance>, AzureError> {
    Reading::of_all(azure, id).deleted(subscriptions).await
}

/// The backup instances of a resource that can be read; where there are none, those that were deleted softly in vaults
/// of these subscriptions.
///
/// # Errors
///
/// None of a part: one that cannot be read is told in the answer, and the reading goes on.
pub async fn readable_instances(
    azure: &dyn Azure,
    id: &ResourceId,
    subscriptions: &[&str],
) -> Result<ReadableInstances, AzureError> {
    let mut reading = Reading { unread: Some(Vec::new()), ..Reading::of_all(azure, id) };
    let mut instances = reading.found(None).await?;
    if instances.is_empty() {
        instances = reading.deleted(subscriptions).await?;
    }
    Ok(ReadableInstances { instances, unread: reading.unread.unwrap_or_default() })
}

/// Looks for the instances of one resource.
struct Reading<'a> {
    azure: &'a dyn Azure,
    id: &'a ResourceId,
    /// What could not be read; none where that ends the reading.
    unread: Option<Vec<UnreadInstances>>,
}

impl<'a> Reading<'a> {
    fn of_all(azure: &'a dyn Azure, id: &'a ResourceId) -> Self {
        Self { azure, id, unread: None }
    }

    /// What was read; nothing, and a note of it, where that could not be and the reading goes on.
    fn part<T: Default>(
        &mut self,
        what: impl FnOnce() -> String,
        target: &ResourceId,
        read: Result<T, AzureError>,
    ) -> Result<T, AzureError> {
        match (read, self.unread.as_mut()) {
            (Err(why), Some(unread)) => {
                unread.push(UnreadInstances { what: what(), target: target.clone(), why });
                Ok(T::default())
            }
            (read, _) => read,
        }
    }

    async fn found(&mut self, location: Option<&Location>) -> Result<Vec<BackupInstance>, AzureError> {
        let (azure, id) = (self.azure, self.id);
        let mut found = self.of_families(location).await?;
        if found.is_empty() && location.is_none() && Workload::covers(id.resource_type()) {
            let observed = resource(azure, id).await;
            // What the families did not say is asked of them again.
            let earlier = self.unread.as_mut().map(std::mem::take);
            let observed = self.part(|| in_region(id), id, observed)?;
            match observed.map(|observed| Location::from(observed.resource.location.as_str())) {
                Some(region) => found = self.of_families(Some(&region)).await?,
                None => {
                    self.unread.iter_mut().for_each(|unread| unread.extend(earlier.iter().flatten().cloned()))
                }
            }
        }
        if found.is_empty() {
            let listed = azure.instances_in_graph(id).await;
            let what = || format!("backup instances of `{}` in Azure's index", id.name());
            for instance in self.part(what, id, listed)? {
                found.extend(self.one(&instance).await?);
            }
        }
        Ok(found)
    }

    /// What each family of vaults says.
    async fn of_families(&mut self, location: Option<&Location>) -> Result<Vec<BackupInstance>, AzureError> {
        let (azure, id) = (self.azure, self.id);
        let of = InstancesOf { location, ..InstancesOf::any(id) };
        let mut found = Vec::new();
        for family in Workload::families_of(id.resource_type()) {
            let read = azure.backups(family).instances_of(&of).await;
            if matches!(read, Err(AzureError::Unsendable { .. })) && !Workload::covers(id.resource_type()) {
                return Ok(Vec::new());
            }
            let what = || format!("backup instances of `{}` in {}s", id.name(), family.vault_noun());
            found.extend(self.part(what, id, read)?);
        }
        Ok(found)
    }

    async fn one(&mut self, instance: &ResourceId) -> Result<Option<BackupInstance>, AzureError> {
        let read = match self.azure.backups_of(instance) {
            Ok(backups) => backups.instance(instance).await,
            Err(error) => Err(error),
        };
        self.part(|| format!("backup instance `{}`", instance.name()), instance, read)
    }

    async fn deleted(&mut self, subscriptions: &[&str]) -> Result<Vec<BackupInstance>, AzureError> {
        let (azure, id) = (self.azure, self.id);
        let mut found = Vec::new();
        for subscription in subscriptions {
            let around = format!("/subscriptions/{subscription}").parse().unwrap_or_else(|_| id.clone());
            let mut vaults = Vec::new();
            for family in Workload::families() {
                let listed = azure.backups(family).vaults(subscription).await;
                let what = || format!("{}s of subscription `{subscription}`", family.vault_noun());
                vaults.extend(self.part(what, &around, listed)?);
            }
            for vault in vaults {
                let deleted = azure.deleted_instances(&vault.id).await;
                let deleted = self.part(|| deleted_in(&vault.id), &vault.id, deleted)?;
                found.extend(deleted.into_iter().filter(|one| one.datasource == *id));
            }
        }
        Ok(found)
    }
}

fn in_region(id: &ResourceId) -> String {
    format!("the region of `{}` (its backup instances are asked for there)", id.name())
}

fn deleted_in(vault: &ResourceId) -> String {
    format!("what was deleted softly in vault `{}`", vault.name())
}
