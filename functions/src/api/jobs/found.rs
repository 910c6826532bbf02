//! The jobs of vaults that are asked themselves. One that cannot be read hides no other.

use holdfast_protection::job::Job;
use holdfast_protection::observe::ReadableInstances;
use holdfast_protection::restore::DesiredRegion;
use holdfast_protection::vault::Vault;
use holdfast_protection::{ResourceId, Workload};

use super::{Asked, must_be};
use crate::api::pair::Pair;
use crate::api::unread::{Readable, UnreadPart};
use crate::app::App;
use crate::problem::Problem;

/// Nothing yet.
fn nothing() -> Readable<Job> {
    Readable::lacking(Vec::new())
}

fn take(found: &mut Readable<Job>, vault: &ResourceId, read: Result<Vec<Job>, Problem>) {
    found.take(format!("the jobs of vault {}", vault.name()), vault, read);
}

/// All jobs of the vault that is named, of those that hold the resource, or of every one.
pub(super) async fn listed(app: &App, asked: &Asked) -> Result<Readable<Job>, Problem> {
    if let Some(vault) = &asked.vault {
        must_be(vault, |vault_type| vault_type.to_owned())?;
        // Nothing else was asked for: that it cannot be read is the answer.
        let jobs = of_vault(app, vault, asked.region).await?;
        let mut found = nothing();
        take(&mut found, vault, Ok(jobs));
        return Ok(found);
    }
    let (mut vaults, mut found) = match (&asked.resource, asked.region) {
        (Some(resource), DesiredRegion::Primary) => holding(app, resource).await?,
        (Some(_) | None, _) => (Vec::new(), nothing()),
    };
    vaults.sort_by_cached_key(ResourceId::key);
    vaults.dedup();
    if vaults.is_empty() {
        // It may have been in any of them.
        return every(app, asked.region).await;
    }
    for vault in &vaults {
        take(&mut found, vault, of_vault(app, vault, asked.region).await);
    }
    Ok(found)
}

/// The vaults that hold a resource, and what else may hold it.
async fn holding(app: &App, resource: &ResourceId) -> Result<(Vec<ResourceId>, Readable<Job>), Problem> {
    let ReadableInstances { instances, unread } = app.operations().readable_instances_of(resource).await?;
    let vaults = instances.into_iter().map(|instance| instance.vault).collect();
    Ok((vaults, Readable::lacking(unread.into_iter().map(UnreadPart::from).collect())))
}

async fn of_vault(app: &App, vault: &ResourceId, region: DesiredRegion) -> Result<Vec<Job>, Problem> {
    match region {
        DesiredRegion::Primary => Ok(app.azure.backups_of(vault)?.jobs(vault).await?),
        DesiredRegion::Secondary => Pair::of(app, vault).await?.jobs().await,
    }
}

/// The jobs of every vault of the subscriptions that are watched.
pub(crate) async fn every(app: &App, region: DesiredRegion) -> Result<Readable<Job>, Problem> {
    let mut found = nothing();
    for subscription in app.subscriptions()? {
        for family in Workload::families() {
            let listed = app.azure.backups(family).vaults(subscription).await;
            match listed {
                Ok(vaults) => of_vaults(app, region, &vaults, &mut found).await,
                Err(why) => found.unread.push(UnreadPart::of_vaults(family, subscription, why)),
            }
        }
    }
    Ok(found)
}

async fn of_vaults(app: &App, region: DesiredRegion, vaults: &[Vault], found: &mut Readable<Job>) {
    for Vault { id, .. } in vaults {
        let read = match region {
            DesiredRegion::Primary => of_vault(app, id, region).await,
            DesiredRegion::Secondary => in_pair(app, id).await,
        };
        take(found, id, read);
    }
}

/// What the paired region of a vault does; nothing where it has none.
async fn in_pair(app: &App, vault: &ResourceId) -> Result<Vec<Job>, Problem> {
    match Pair::find(app, vault).await? {
        Some(pair) => pair.jobs().await,
        None => Ok(Vec::new()),
    }
}
