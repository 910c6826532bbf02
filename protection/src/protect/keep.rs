//! Keeping a sound instance as it is decided now.

use holdfast_evaluator::VaultChoice;

use super::Protector;
use super::intent::{Case, Intent, vault_gone};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::plan::{self, Plan};
use crate::workload::aks::ClusterParameters;
use crate::workload::{Containers, Dependencies, Details};
use crate::{AzureError, observe};

impl Protector {
    /// Keeps a sound instance as it is decided now.
    pub(super) async fn keep(
        &self,
        case: &Case<'_>,
        instance: &BackupInstance,
    ) -> Result<Intent, AzureError> {
        let nothing = |note: String| {
            let plan = Plan { steps: Vec::new(), note: Some(note), instance: instance.id.clone() };
            Intent::Plan(noting_what_azure_does(plan, instance))
        };
        let tags = match &case.how.vault {
            Some(VaultChoice::Selector(_)) => self.vault_of(instance).await?.map(|vault| vault.tags),
            Some(VaultChoice::Named(_)) | None => None,
        };
        if let Some(note) = plan::protected_elsewhere(case.how, instance, tags.as_ref()) {
            return Ok(nothing(note));
        }
        let planned = match plan::is_as_decided(case.datasource, case.how, instance) {
            Ok(true) => Ok(Plan {
                steps: Vec::new(),
                note: plan::other_group(case.how, instance),
                instance: instance.id.clone(),
            }),
            Ok(false) => {
                let policies = self.azure.backups_of(&instance.vault)?.policies(&instance.vault).await?;
                plan::to_follow(case.datasource, case.how, instance, &policies)
            }
            Err(impossible) => Err(impossible),
        };
        let containers = self.containers_for(case, instance).await?;
        let planned = planned.and_then(|plan| plan::to_copy(plan, instance, &containers?));
        let planned = planned.and_then(|plan| plan::to_select(plan, instance, &case.details()?));
        let planned = match planned {
            Ok(plan) => self.heeding_tags(case, instance, plan).await?,
            Err(impossible) => Err(impossible),
        };
        Ok(match planned {
            Ok(Plan { steps, note, .. }) if steps.is_empty() => nothing(note.unwrap_or_else(as_it_is)),
            Ok(plan) => Intent::Plan(noting_what_azure_does(plan, instance)),
            // What cannot be decided now is no reason to give up a protection that works.
            Err(impossible) => nothing(format!("it stays as it is: {impossible}")),
        })
    }

    /// The same plan, with what the resource's own tags say now and did not say when it was protected.
    ///
    /// Where a tag is silent, an instance that we made is as it would be made today; that of another tool stays as it is.
    async fn heeding_tags(
        &self,
        case: &Case<'_>,
        instance: &BackupInstance,
        plan: Plan,
    ) -> Result<Result<Plan, Impossible>, AzureError> {
        let resource = &case.request.resource;
        if let Some(shown) = &instance.cluster {
            let unstated = if instance.is_ours() { ClusterParameters::default() } else { shown.clone() };
            let wanted = crate::workload::aks::parameters_by_tags(resource, unstated);
            return Ok(wanted.and_then(|wanted| {
                if !shown.means(&wanted) {
                    // A stopped cluster takes no change.
                    case.details()?;
                }
                Ok(plan::to_include(plan, instance, wanted))
            }));
        }
        let Some(shown) = &instance.secret else { return Ok(Ok(plan)) };
        match crate::workload::postgresql_single::named_secret(resource) {
            Err(impossible) => return Ok(Err(impossible)),
            Ok(None) => return Ok(Ok(plan)),
            Ok(Some(named)) if named.is_shown_as(shown) => return Ok(Ok(plan)),
            Ok(Some(_)) => {}
        }
        let details = match case.details() {
            Ok(details) => details,
            Err(impossible) => return Ok(Err(impossible)),
        };
        let Some(vault) = self.vault_of(instance).await? else { return Ok(Err(vault_gone(instance))) };
        let conduct = self.evaluator.rule_set().conduct();
        let ground = observe::ground(self.azure.as_ref(), case.datasource.id, vault, None, &details).await?;
        Ok(plan::to_read_with(plan, case.datasource, instance, &details, &ground, conduct))
    }

    /// The containers that an instance should list; none if that is not ours to say.
    async fn containers_for(
        &self,
        case: &Case<'_>,
        instance: &BackupInstance,
    ) -> Result<Result<Vec<String>, Impossible>, AzureError> {
        if instance.containers.is_empty() || instance.auto_protection.is_some() {
            return Ok(Ok(Vec::new()));
        }
        let details = match case.details() {
            Ok(details) => details,
            Err(impossible) => return Ok(Err(impossible)),
        };
        let around =
            observe::dependencies(self.azure.as_ref(), case.datasource.id, &details, Some(&instance.vault))
                .await?;
        Ok(Ok(match (details, around) {
            (Details::Containers(Containers::Named(named)), _) => named,
            (_, Dependencies::Containers(every)) => every,
            _ => Vec::new(),
        }))
    }
}

/// Whoever reads that containers are decided should see that Azure chooses them, and that this is left so.
pub(super) fn noting_what_azure_does(mut plan: Plan, instance: &BackupInstance) -> Plan {
    if let Some(automatic) = &instance.auto_protection {
        let note = plan.note.map_or_else(String::new, |note| format!("{note}; "));
        plan.note = Some(format!("{note}{automatic}, and is left to"));
    }
    plan
}

fn as_it_is() -> String {
    "it is protected already".to_owned()
}
