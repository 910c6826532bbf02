//! Giving permissions, and collecting those that we may not give.

use super::Applied;
use crate::operation::Started;
use crate::outcome::Outcome;
use crate::plan::MissingPermissions;
use crate::ports::Azure;
use crate::roles::RoleGrant;
use crate::work::Underway;
use crate::workload::Preparation;
use crate::{AzureError, Refusal, RefusalKind};

/// What we were not allowed to give.
#[derive(Debug, Default)]
pub(super) struct Denied {
    /// Azure's first refusal.
    pub(super) refusal: Option<Refusal>,
    /// All that it holds for.
    pub(super) missing: MissingPermissions,
}

impl Denied {
    /// Gives a role. Returns how far that has come where what follows has to wait.
    pub(super) async fn grant(
        &mut self,
        azure: &dyn Azure,
        grant: &RoleGrant,
    ) -> Result<Option<Applied>, AzureError> {
        match azure.grant(grant).await {
            Ok(()) => {}
            Err(AzureError::Refused { refusal, .. }) if refusal.status == 403 => {
                self.missing.grants.push(grant.clone());
                self.refusal.get_or_insert(refusal);
            }
            Err(AzureError::Refused { refusal, .. }) if refusal.kind == RefusalKind::Quota => {
                return Ok(Some(Applied::RoleLimit { outcome: role_limit(grant, &refusal) }));
            }
            // The directory does not know a new vault's identity yet.
            Err(AzureError::Refused { refusal, .. }) if refusal.is("PrincipalNotFound") => {
                return Ok(Some(Applied::Permissions(refusal)));
            }
            Err(error) => return Err(error),
        }
        Ok(None)
    }

    /// Prepares. Returns how far that has come where Azure takes its time and nothing else is missing.
    pub(super) async fn prepare(
        &mut self,
        azure: &dyn Azure,
        preparation: &Preparation,
    ) -> Result<Option<Applied>, AzureError> {
        match azure.backups_of(preparation.vault())?.prepare(preparation).await {
            Ok(Started::Running { operation, retry_after }) if self.refusal.is_none() => {
                return Ok(Some(Applied::running(operation, Underway::Preparing, retry_after)));
            }
            Ok(Started::Done | Started::Running { .. }) => {}
            Err(AzureError::Refused { refusal, .. })
                if refusal.status == 403 && preparation.is_permission() =>
            {
                self.missing.binding = Some(preparation.clone());
                self.refusal.get_or_insert(refusal);
            }
            Err(AzureError::Refused { refusal, .. }) if !preparation.is_permission() => {
                return Ok(Some(super::refused::judge(refusal, preparation.id())));
            }
            Err(error) => return Err(error),
        }
        Ok(None)
    }
}

/// No role assignment is left in the subscription: which one is missing, and what helps.
fn role_limit(grant: &RoleGrant, refusal: &Refusal) -> Outcome {
    let RoleGrant { role, scope, principal } = grant;
    let (role, subscription) = (role.display_name(), scope.subscription());
    Outcome::Failed {
        code: refusal.code.clone(),
        message: format!("`{role}` could not be granted on {scope}: {}", refusal.message),
        way_out: format!(
            "Azure takes 4,000 role assignments in a subscription: delete some that nobody needs \
             (`az role assignment list --all --subscription {subscription}`), or assign `{role}` to {principal} on the \
             management group above the subscription, where it does not count; the next sweep tries again"
        ),
    }
}
