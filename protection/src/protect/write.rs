//! What writes an instance: a new one, or again one that protects nothing.

use super::Protector;
use super::case::Case;
use super::intent::{Intent, intent};
use super::keep::noting_what_azure_does;
use crate::instance::BackupInstance;
use crate::vault::Vault;
use crate::{AzureError, ResourceId, observe, plan};

impl Protector {
    /// Protects in a vault what has no instance.
    pub(super) async fn configure(
        &self,
        case: &Case<'_>,
        vault: Vault,
        wanted: Option<&ResourceId>,
    ) -> Result<Intent, AzureError> {
        let (azure, allowances) = (self.azure.as_ref(), self.evaluator.rule_set().allowances());
        let held = self.under_hold(case, &vault.id).await?;
        let case = &held.as_ref().map_or(*case, |how| Case { how, ..*case });
        let details = match case.details() {
            Ok(details) => details,
            Err(impossible) => return Ok(Intent::End(impossible.into())),
        };
        let mut ground = observe::ground(azure, case.datasource.id, vault, wanted, &details).await?;
        ground.is_full = case.limits.no_roles;
        Ok(intent(plan::to_protect(case.datasource, case.how, &details, &ground, None, allowances)))
    }

    /// Mends an instance in error where it is: Azure allows no second one elsewhere.
    pub(super) async fn repair(
        &self,
        case: &Case<'_>,
        broken: &BackupInstance,
    ) -> Result<Intent, AzureError> {
        let (azure, allowances) = (self.azure.as_ref(), self.evaluator.rule_set().allowances());
        let Some(vault) = self.vault_of(broken).await? else {
            return Ok(Intent::End(broken.vault_gone().into()));
        };
        let held = self.under_hold(case, &vault.id).await?;
        let case = &held.as_ref().map_or(*case, |how| Case { how, ..*case });
        let wanted = plan::wanted_group(case.datasource, case.how, Some(broken), allowances);
        let (wanted, details) = match wanted.and_then(|wanted| Ok((wanted, case.details()?))) {
            Ok(both) => both,
            Err(impossible) => return Ok(Intent::End(impossible.into())),
        };
        let mut ground = observe::ground(azure, case.datasource.id, vault, wanted.as_ref(), &details).await?;
        ground.is_full = case.limits.no_roles;
        ground.has_copies = observe::has_copies(azure, case.datasource.workload, broken).await?;
        let planned =
            plan::to_protect(case.datasource, case.how, &details, &ground, Some(broken), allowances);
        Ok(intent(planned.map(|plan| noting_what_azure_does(plan, broken))))
    }

    pub(super) async fn vault_of(&self, instance: &BackupInstance) -> Result<Option<Vault>, AzureError> {
        self.azure.backups_of(&instance.vault)?.vault(&instance.vault).await
    }
}
