//! On-demand backup: which instance, by which rule of its policy.

use serde::Serialize;

use crate::instance::ProtectionState;
use crate::plan::Impossible;
use crate::policy::Policy;
use crate::ports::{Azure, Started};
use crate::{AzureError, ResourceId};

/// An on-demand backup that Azure accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The instance.
    pub instance: ResourceId,
    /// The policy rule it runs by.
    pub rule: String,
    /// The operation to follow.
    #[serde(skip)]
    pub started: Started,
}

/// Why no backup was started.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It cannot be asked for as things are.
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// Azure gave no usable answer.
    #[error(transparent)]
    Azure(#[from] AzureError),
}

/// Starts a backup of a protected resource now.
///
/// Without a `rule`, the only backup rule of the instance's policy is used; without a `tag`, its default retention.
pub async fn backup_now(
    azure: &dyn Azure,
    resource: &ResourceId,
    rule: Option<&str>,
    tag: Option<&str>,
) -> Result<Accepted, BackupError> {
    let instances = azure.instances_of(resource).await?;
    let Some(instance) = instances.iter().find(|instance| instance.state == ProtectionState::Configured)
    else {
        let found = instances.first().map_or("no backup instance".to_owned(), |instance| {
            format!("a backup instance in state {}", String::from(instance.state.clone()))
        });
        return Err(Impossible::new(
            "NotProtected",
            format!("`{}` has {found}, so there is nothing to back up by", resource.name()),
            "protect it first: what-if shows what that takes",
        )
        .into());
    };
    let rule = match rule {
        Some(rule) => rule.to_owned(),
        None => only_rule(azure, &instance.policy).await?,
    };
    let started = azure.backup(&instance.id, &rule, tag).await?;
    Ok(Accepted { instance: instance.id.clone(), rule, started })
}

async fn only_rule(azure: &dyn Azure, id: &ResourceId) -> Result<String, BackupError> {
    let policy = azure.policy(id).await?;
    match policy.as_ref().and_then(Policy::only_backup_rule) {
        Some(rule) => Ok(rule.name.clone()),
        None => Err(Impossible::new(
            "NoBackupRule",
            format!("backup policy `{}` has no single scheduled backup rule", id.name()),
            "name a rule of the policy; continuous backup of blobs takes no backups on demand",
        )
        .into()),
    }
}
