//! The jobs of vaults that are asked themselves. One that cannot be read hides no other.

use std::fmt;

use holdfast_protection::ResourceId;
use holdfast_protection::job::Job;
use holdfast_protection::restore::DesiredRegion;

use super::{Asked, must_be};
use crate::api::page::Unread;
use crate::api::pair::Pair;
use crate::app::App;
use crate::problem::Problem;

/// The jobs of the vaults that can be read, and of each other one why not.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) jobs: Vec<Job>,
    pub(crate) unread: Vec<UnreadVault>,
}

/// A vault whose jobs could not be read.
#[derive(Debug)]
pub(crate) struct UnreadVault {
    vault: ResourceId,
    why: Problem,
}

impl Found {
    fn take(&mut self, vault: &ResourceId, read: Result<Vec<Job>, Problem>) {
        match read {
            Ok(found) => self.jobs.extend(found),
            Err(why) => self.unread.push(UnreadVault { vault: vault.clone(), why }),
        }
    }
}

impl fmt::Display for UnreadVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the jobs of vault {} could not be read: {}", self.vault.name(), self.why.message())
    }
}

impl From<UnreadVault> for Unread {
    fn from(UnreadVault { vault, why }: UnreadVault) -> Self {
        Self { target: vault, code: why.code().to_owned(), message: why.message().to_owned() }
    }
}

/// All jobs of the vault that is named, of those that hold the resource, or of every one.
pub(super) async fn listed(app: &App, asked: &Asked) -> Result<Found, Problem> {
    if let Some(vault) = &asked.vault {
        must_be(vault, |vault_type| vault_type.to_owned())?;
        // Nothing else was asked for: that it cannot be read is the answer.
        return Ok(Found { jobs: of_vault(app, vault, asked.region).await?, unread: Vec::new() });
    }
    let instances = match (&asked.resource, asked.region) {
        (Some(resource), DesiredRegion::Primary) => app.operations().instances_of(resource).await?,
        (Some(_) | None, _) => Vec::new(),
    };
    let mut vaults: Vec<ResourceId> = instances.into_iter().map(|instance| instance.vault).collect();
    vaults.sort_by_cached_key(ResourceId::key);
    vaults.dedup();
    if vaults.is_empty() {
        // It may have been in any of them.
        return every(app, asked.region).await;
    }
    let mut found = Found::default();
    for vault in &vaults {
        found.take(vault, of_vault(app, vault, asked.region).await);
    }
    Ok(found)
}

async fn of_vault(app: &App, vault: &ResourceId, region: DesiredRegion) -> Result<Vec<Job>, Problem> {
    match region {
        DesiredRegion::Primary => Ok(app.azure.backups_of(vault)?.jobs(vault).await?),
        DesiredRegion::Secondary => Pair::of(app, vault).await?.jobs().await,
    }
}

/// The jobs of every vault of the subscriptions that are watched.
pub(crate) async fn every(app: &App, region: DesiredRegion) -> Result<Found, Problem> {
    let mut found = Found::default();
    for subscription in app.subscriptions()? {
        for vault in app.azure.vaults(subscription).await? {
            let read = match region {
                DesiredRegion::Primary => of_vault(app, &vault.id, region).await,
                DesiredRegion::Secondary => in_pair(app, &vault.id).await,
            };
            found.take(&vault.id, read);
        }
    }
    Ok(found)
}

/// What the paired region of a vault does; nothing where it has none.
async fn in_pair(app: &App, vault: &ResourceId) -> Result<Vec<Job>, Problem> {
    match Pair::find(app, vault).await? {
        Some(pair) => pair.jobs().await,
        None => Ok(Vec::new()),
    }
}

#[test]
fn a_vault_that_cannot_be_read_hides_no_other_and_is_named() {
    let vault = |name: &str| -> ResourceId {
        let id = format!(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/{name}"
        );
        id.parse().unwrap()
    };
    let job: Job = serde_json::from_value(serde_json::json!({
        "id": format!("{}/backupJobs/j", vault("bv-2")), "operation": "Restore", "status": "Completed", "datasource": "d",
    }))
    .unwrap();
    let mut found = Found::default();
    found.take(&vault("bv-1"), Err(Problem::forbidden("AuthorizationFailed", "may not read it")));
    found.take(&vault("bv-2"), Ok(vec![job.clone()]));
    assert_eq!(found.jobs, [job]);
    let unread = found.unread.pop().unwrap();
    assert!(found.unread.is_empty());
    assert_eq!(unread.to_string(), "the jobs of vault bv-1 could not be read: may not read it");
    let shown = serde_json::to_value(Unread::from(unread)).unwrap();
    let expected = serde_json::json!({
        "target": vault("bv-1"), "code": "AuthorizationFailed", "message": "may not read it",
    });
    assert_eq!(shown, expected);
}
