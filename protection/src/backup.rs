//! On-demand backup: by which rule of the instance's policy, and kept by which.

use serde::Serialize;

use crate::instance::{BackupInstance, ProtectionState};
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

/// Starts a backup of a protected resource now, unjudged and unrecorded: people ask through
/// [`crate::operations::Operations`].
pub async fn backup_now(
    azure: &dyn Azure,
    resource: &ResourceId,
    rule: Option<&str>,
    retention: Option<&str>,
) -> Result<Accepted, BackupError> {
    let instances = azure.instances_of(resource).await?;
    let configured = instances.iter().find(|instance| instance.state == ProtectionState::Configured);
    let Some(instance) = configured.or(instances.first()) else {
        return Err(Impossible::new(
            "NotProtected",
            format!("`{}` has no backup instance, so there is nothing to back up by", resource.name()),
            "protect it first: what-if shows what that takes",
        )
        .into());
    };
    let (rule, retention) = choose(azure, instance, rule, retention).await?;
    let started = azure.backup(&instance.id, &rule, retention.as_deref()).await?;
    Ok(Accepted { instance: instance.id.clone(), rule, started })
}

/// The backup rule to run by, and the retention rule that is named for it.
///
/// Without a `rule`, the only one of the policy; without a `retention`, the policy's default.
pub(crate) async fn choose(
    azure: &dyn Azure,
    instance: &BackupInstance,
    rule: Option<&str>,
    retention: Option<&str>,
) -> Result<(String, Option<String>), BackupError> {
    if instance.state != ProtectionState::Configured {
        return Err(Impossible::new(
            "NotProtected",
            format!(
                "the backup instance of `{}` is in state {}, so no backup can be taken",
                instance.datasource.name(),
                String::from(instance.state.clone())
            ),
            "resume or repair its protection first",
        )
        .into());
    }
    let Some(policy) = azure.policy(&instance.policy).await? else {
        return Err(no_policy(&instance.policy).into());
    };
    Ok((backup_rule(&policy, rule)?, retention_rule(&policy, retention)?))
}

fn backup_rule(policy: &Policy, wanted: Option<&str>) -> Result<String, Impossible> {
    let names: Vec<&str> = policy.backup.iter().map(|rule| rule.name.as_str()).collect();
    match (wanted, names.as_slice()) {
        (_, []) => Err(Impossible::new(
            "NoBackupRule",
            format!(
                "backup policy `{}` backs up continuously and has no rule that takes a backup",
                policy.name
            ),
            "continuous backup of blobs takes no backups on demand: restore to any moment instead",
        )),
        (None, [only]) => Ok((*only).to_owned()),
        (None, several) => Err(Impossible::new(
            "BackupRuleNotNamed",
            format!("backup policy `{}` has several backup rules", policy.name),
            format!("name one of {}", several.join(", ")),
        )),
        (Some(wanted), names) => match names.iter().find(|name| name.eq_ignore_ascii_case(wanted)) {
            Some(name) => Ok((*name).to_owned()),
            None => Err(Impossible::new(
                "BMSUserErrorDPPAdhocBackupNotAllowedForBackupType",
                format!("backup policy `{}` has no backup rule `{wanted}`", policy.name),
                format!("name one of {}", names.join(", ")),
            )),
        },
    }
}

fn retention_rule(policy: &Policy, wanted: Option<&str>) -> Result<Option<String>, Impossible> {
    let Some(wanted) = wanted else { return Ok(None) };
    let names: Vec<&str> = policy.retention.iter().map(|rule| rule.name.as_str()).collect();
    match names.iter().find(|name| name.eq_ignore_ascii_case(wanted)) {
        Some(name) => Ok(Some((*name).to_owned())),
        None => Err(Impossible::new(
            "RetentionRuleNotFound",
            format!("backup policy `{}` has no retention rule `{wanted}`", policy.name),
            format!("name one of {}", names.join(", ")),
        )),
    }
}

fn no_policy(id: &ResourceId) -> Impossible {
    Impossible::new(
        "PolicyNotFound",
        format!("backup policy `{}` is not there", id.name()),
        "move the instance to another policy",
    )
}
