//! Keeping a sound instance as it is decided now.

use holdfast_evaluator::VaultChoice;

use super::Protector;
use super::case::{Case, RoleCare};
use super::holds::in_force;
use super::intent::Intent;
use crate::hold::Numbered;
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::plan::{self, Plan};
use crate::vault::Immutability;
use crate::workload::{Details, Kept, Restated, Restating};
use crate::{AzureError, observe};

/// The plan that has an instance follow the decided policy.
struct Followed {
    plan: Plan,
    /// Whether that policy copies backups into the vault, and the one before does not.
    goes_into_vault: bool,
}

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
        let planned = match self.followed(case, instance).await? {
            Ok(followed) => self.restated(case, instance, followed).await?,
            Err(impossible) => Err(impossible),
        };
        let planned = match planned {
            Ok(plan) if case.limits.roles != RoleCare::None => self.mended(case, instance, plan).await?,
            planned => planned,
        };
        Ok(match planned {
            Ok(Plan { steps, note, .. }) if steps.is_empty() => nothing(note.unwrap_or_else(as_it_is)),
            Ok(plan) => Intent::Plan(noting_what_azure_does(plan, instance)),
            // What cannot be decided now is no reason to give up a protection that works.
            Err(impossible) => nothing(format!("it stays as it is: {impossible}")),
        })
    }

    /// The same where the instance follows a policy that a person holds: what it states of its datasource goes with
    /// that policy, and the decided one may want nothing of it, such as containers that came later.
    pub(super) async fn kept_as_held(
        &self,
        case: &Case<'_>,
        instance: &BackupInstance,
        hold: Option<&Numbered>,
        intent: Intent,
    ) -> Result<Intent, AzureError> {
        let case = Case { held: in_force(hold), ..*case };
        let held = case.held.and_then(|hold| hold.policy_in(&instance.vault));
        if held.is_none() || held != instance.policy.as_ref() {
            return Ok(intent);
        }
        let Some(how) = self.under_hold(&case, &instance.vault).await? else { return Ok(intent) };
        let kept = self.keep(&Case { how: &how, ..case }, instance).await?;
        Ok(if kept.changes() { kept } else { intent })
    }

    /// What has the instance follow the policy that is decided.
    async fn followed(
        &self,
        case: &Case<'_>,
        instance: &BackupInstance,
    ) -> Result<Result<Followed, Impossible>, AzureError> {
        match plan::is_as_decided(case.datasource, case.how, instance) {
            Ok(false) => {}
            Ok(true) => {
                let note = plan::other_group(case.how, instance);
                let plan = Plan { steps: Vec::new(), note, instance: instance.id.clone() };
                return Ok(Ok(Followed { plan, goes_into_vault: false }));
            }
            Err(impossible) => return Ok(Err(impossible)),
        }
        let policies = self.azure.backups_of(&instance.vault)?.policies(&instance.vault).await?;
        let allowances = self.evaluator.rule_set().allowances();
        let follow = |immutability| {
            plan::to_follow(case.datasource, case.how, instance, (&policies, immutability), allowances)
        };
        let (anywhere, kept) = (follow(Immutability::Disabled), follow(Immutability::Locked));
        // Only where it makes a difference is the vault read.
        let is_immutable = anywhere != kept
            && self.vault_of(instance).await?.is_some_and(|vault| vault.immutability.is_on());
        let planned = match (anywhere, kept) {
            (anywhere, _) if !is_immutable => anywhere,
            // Everything else that is decided is followed all the same.
            (Ok(_), Err(refused)) => Ok(plan::to_keep_policy(case.how, instance, &refused)),
            (_, kept) => kept,
        };
        Ok(planned.map(|plan| Followed {
            goes_into_vault: plan::goes_into_vault(&plan, instance, &policies),
            plan,
        }))
    }

    /// The same plan, with what decision and resource say now of the datasource and the instance does not state.
    async fn restated(
        &self,
        case: &Case<'_>,
        instance: &BackupInstance,
        Followed { plan, goes_into_vault }: Followed,
    ) -> Result<Result<Plan, Impossible>, AzureError> {
        let workload = case.datasource.workload;
        let kept = Kept {
            resource: &case.request.resource,
            how: case.how,
            stated: &instance.stated,
            goes_into_vault,
            is_ours: instance.is_ours(),
        };
        let (restating, details) = match workload.restating(&kept) {
            Err(impossible) => return Ok(Err(impossible)),
            Ok(Restating::Nothing) => return Ok(Ok(plan)),
            Ok(Restating::Now(restated)) => return Ok(Ok(plan::to_restate(plan, instance, restated))),
            Ok(restating) => match case.details() {
                Ok(details) => (restating, details),
                Err(impossible) => return Ok(Err(impossible)),
            },
        };
        if let Restating::WithRoles(restated) = restating {
            return self.with_roles(case, instance, restated, &details, plan).await;
        }
        let around =
            observe::dependencies(self.azure.as_ref(), case.datasource.id, &details, Some(&instance.vault))
                .await?;
        Ok(workload.restated(&kept, &around).map(|restated| match restated {
            Some(restated) => plan::to_restate(plan, instance, restated),
            None => plan,
        }))
    }

    /// The same plan, with the roles that are missing, and with Azure's word that they count.
    async fn mended(
        &self,
        case: &Case<'_>,
        instance: &BackupInstance,
        plan: Plan,
    ) -> Result<Result<Plan, Impossible>, AzureError> {
        if case.datasource.workload.manifest().roles.is_empty() {
            return Ok(Ok(plan));
        }
        let Some(vault) = self.vault_of(instance).await? else { return Ok(Err(instance.vault_gone())) };
        let allowances = self.evaluator.rule_set().allowances();
        let wanted = plan::wanted_group(case.datasource, case.how, Some(instance), allowances);
        let (wanted, details) = match wanted.and_then(|wanted| Ok((wanted, case.details()?))) {
            Ok(both) => both,
            Err(impossible) => return Ok(Err(impossible)),
        };
        let mut ground =
            observe::ground(self.azure.as_ref(), case.datasource.id, vault, wanted.as_ref(), &details)
                .await?;
        ground.is_full = case.limits.no_roles;
        let group = wanted.as_ref();
        let anyway = case.limits.roles == RoleCare::ForBackup;
        Ok(plan::to_mend_roles(
            plan,
            case.datasource,
            (instance, group),
            &details,
            (&ground, allowances),
            anyway,
        ))
    }

    /// The same plan, with something that the vault needs roles for.
    async fn with_roles(
        &self,
        case: &Case<'_>,
        instance: &BackupInstance,
        restated: Restated,
        details: &Details,
        plan: Plan,
    ) -> Result<Result<Plan, Impossible>, AzureError> {
        let Some(vault) = self.vault_of(instance).await? else { return Ok(Err(instance.vault_gone())) };
        let allowances = self.evaluator.rule_set().allowances();
        let ground = observe::ground(self.azure.as_ref(), case.datasource.id, vault, None, details).await?;
        let written = (instance, restated);
        Ok(plan::to_restate_with_roles(plan, case.datasource, written, details, &ground, allowances))
    }
}

/// Anyone who reads what is decided should see what Azure chooses by itself, and that this is left so.
pub(super) fn noting_what_azure_does(mut plan: Plan, instance: &BackupInstance) -> Plan {
    if let Some(automatic) = instance.stated.left_to_azure() {
        plan.note = plan::joined(plan.note.into_iter().chain([automatic]));
    }
    plan
}

fn as_it_is() -> String {
    "it is protected already".to_owned()
}
