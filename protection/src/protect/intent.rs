//! What a look comes to before anything is touched: an end, or a plan.

use std::collections::BTreeMap;

use holdfast_evaluator::{EndingCause, Outcome as Whether, Protection, Request, VaultChoice};

use super::ending::Reviewed;
use super::{Decided, Protector};
use crate::impossible::Impossible;
use crate::instance::{BackupInstance, InstanceSpec};
use crate::outcome::Outcome;
use crate::place::{self, Capacity, Place};
use crate::plan::{self, Datasource, Plan, Present};
use crate::vault::{Making, Vault};
use crate::work::Occasion;
use crate::workload::aks::ClusterParameters;
use crate::workload::{Containers, Dependencies, Details};
use crate::{AzureError, Location, ResourceId, observe};

/// What is intended.
pub(super) enum Intent {
    End(Outcome),
    Plan(Plan),
    NotReady,
}

/// What is intended, and what led to it.
pub(super) struct Intended {
    pub(super) decided: Decided,
    pub(super) intent: Intent,
    pub(super) review: Option<Box<Reviewed>>,
}

/// How closely is looked.
///
/// A backup instance that was deleted softly shows in no list but that of its vault. Looking there costs a call
/// for each new resource and finds something for hardly any; Azure refuses the others, and then it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thoroughness {
    /// Without deleted instances.
    Usual,
    /// With them.
    Whole,
}

/// What Azure has just refused because of a limit, so that it is planned around.
#[derive(Debug, Clone, Default)]
pub(super) struct Limits {
    /// Vaults that take no more instances.
    pub(super) full_vaults: Vec<ResourceId>,
    /// Whether the subscription takes no more role assignments.
    pub(super) no_roles: bool,
}

/// The resource, how it is protected, and how closely is looked.
struct Case<'a> {
    datasource: Datasource<'a>,
    request: &'a Request,
    how: &'a Protection,
    thoroughness: Thoroughness,
    limits: &'a Limits,
}

impl Case<'_> {
    fn details(&self) -> Result<Details, Impossible> {
        self.datasource.workload.details(&self.request.resource, self.how)
    }
}

impl Protector {
    /// Decides, then plans.
    pub(super) async fn intend(
        &self,
        id: &ResourceId,
        occasion: &Occasion,
        thoroughness: Thoroughness,
        limits: &Limits,
    ) -> Result<Intended, AzureError> {
        let decided = self.decide(id, occasion).await?;
        let plain = |intent, decided| Intended { decided, intent, review: None };
        let (outcome, cause) = match &decided {
            Decided::NotAsked(Outcome::Gone) => (Outcome::Gone, EndingCause::Deleted),
            Decided::NotAsked(outcome) => return Ok(plain(Intent::End(outcome.clone()), decided)),
            Decided::NotReady => return Ok(plain(Intent::NotReady, decided)),
            Decided::ByRules { decision, request, workload } => match &decision.outcome {
                Whether::Protect { protection } => {
                    let location = Location::from(request.resource.location.as_str());
                    let datasource = Datasource { id, location: &location, workload: *workload };
                    let case = Case { datasource, request, how: protection, thoroughness, limits };
                    let intent = self.plan(&case).await?;
                    return Ok(plain(intent, decided));
                }
                Whether::Exclude { kind, .. } => (
                    Outcome::Excluded { reason: decision.record.summary.clone() },
                    EndingCause::Excluded(*kind),
                ),
                Whether::NotCovered => {
                    (Outcome::Ignored { reason: decision.record.summary.clone() }, EndingCause::NotCovered)
                }
                Whether::Hold { reason } => {
                    let outcome = Outcome::Failed {
                        code: "RuleFailed".to_owned(),
                        message: reason.clone(),
                        way_out: "mend the rule, or change its `on-error` in the rule set".to_owned(),
                    };
                    return Ok(plain(Intent::End(outcome), decided));
                }
            },
        };
        let resource = match &decided {
            Decided::ByRules { request, .. } => Some(&request.resource),
            Decided::NotAsked(_) | Decided::NotReady => None,
        };
        let (intent, review) = self.end_protection(id, resource, occasion, cause, outcome).await?;
        Ok(Intended { decided, intent, review })
    }

    async fn plan(&self, case: &Case<'_>) -> Result<Intent, AzureError> {
        let Datasource { id, workload, .. } = case.datasource;
        if let Some(unsupported) = workload.unsupported(&case.request.resource) {
            return Ok(Intent::End(Outcome::Ignored { reason: unsupported.to_string() }));
        }
        if let Some(reason) = workload.left_out(&case.request.resource, case.how) {
            return Ok(Intent::End(Outcome::Ignored { reason }));
        }
        let instances = self.azure.instances_of(id).await?;
        match plan::present(&instances, self.evaluator.rule_set().conduct()) {
            Present::Settled(plan) => Ok(Intent::Plan(plan)),
            Present::Sound(instance) => self.keep(case, instance).await,
            Present::Broken(instance) => self.repair(case, instance).await,
            Present::Absent => self.protect(case).await,
        }
    }

    /// Protects what has no instance.
    async fn protect(&self, case: &Case<'_>) -> Result<Intent, AzureError> {
        let (azure, conduct) = (self.azure.as_ref(), self.evaluator.rule_set().conduct());
        let Datasource { id, .. } = case.datasource;
        let details = match case.details() {
            Ok(details) => details,
            Err(impossible) => return Ok(Intent::End(impossible.into())),
        };
        let vaults = azure.vaults(id.subscription()).await?;
        let capacity = self.capacity(case, &vaults).await?;
        let placed = place::place(
            &case.request.resource,
            case.how,
            case.datasource.workload.family(),
            &vaults,
            &capacity,
            &conduct.create,
        );
        let wanted = plan::wanted_group(case.datasource, case.how, None, conduct);
        let (placed, wanted) = match placed.and_then(|placed| Ok((placed, wanted?))) {
            Ok(both) => both,
            Err(impossible) => return Ok(Intent::End(impossible.into())),
        };
        let vault = match placed {
            Place::ToCreate(spec) => {
                let group = observe::snapshot_group(azure, wanted.as_ref()).await?;
                let around = (observe::dependencies(azure, id, &details).await?, group);
                let planned =
                    plan::to_create_vault(case.datasource, case.how, &details, spec, around, conduct);
                return Ok(intent(planned));
            }
            Place::There(vault) => vault,
        };
        if vault.making == Making::Running {
            let instance = case.datasource.workload.family().instance(&vault.id, id);
            return Ok(match instance {
                Ok(instance) => Intent::Plan(plan::to_await_vault(&vault, instance)),
                Err(error) => Intent::End(
                    Impossible::new("NameNotUsable", error.to_string(), "rename the resource").into(),
                ),
            });
        }
        if case.thoroughness == Thoroughness::Whole {
            let deleted = azure.deleted_instances(&vault.id).await?;
            if let Some(plan) = plan::to_undelete(case.datasource.workload.family(), &vault.id, id, &deleted)
            {
                return Ok(Intent::Plan(plan));
            }
        }
        let mut ground = observe::ground(azure, id, vault, wanted.as_ref(), &details).await?;
        ground.is_full = case.limits.no_roles;
        Ok(intent(plan::to_protect(case.datasource, case.how, &details, &ground, None, conduct)))
    }

    /// How full the vaults are; counted only where there is a choice, for each count costs a query of Resource Graph.
    async fn capacity(&self, case: &Case<'_>, vaults: &[Vault]) -> Result<Capacity, AzureError> {
        let counted = if place::has_choice(&case.request.resource, case.how, vaults) {
            self.azure.instance_counts(case.datasource.id.subscription()).await?
        } else {
            BTreeMap::new()
        };
        Ok(Capacity::new(counted, case.limits.full_vaults.clone()))
    }

    /// Mends an instance in error where it is: Azure allows no second one elsewhere.
    async fn repair(&self, case: &Case<'_>, broken: &BackupInstance) -> Result<Intent, AzureError> {
        let (azure, conduct) = (self.azure.as_ref(), self.evaluator.rule_set().conduct());
        let Some(vault) = self.vault_of(broken).await? else {
            return Ok(Intent::End(vault_gone(broken).into()));
        };
        let wanted = plan::wanted_group(case.datasource, case.how, Some(broken), conduct);
        let (wanted, details) = match wanted.and_then(|wanted| Ok((wanted, case.details()?))) {
            Ok(both) => both,
            Err(impossible) => return Ok(Intent::End(impossible.into())),
        };
        let mut ground = observe::ground(azure, case.datasource.id, vault, wanted.as_ref(), &details).await?;
        ground.is_full = case.limits.no_roles;
        let planned = plan::to_protect(case.datasource, case.how, &details, &ground, Some(broken), conduct);
        Ok(intent(planned.map(|plan| noting_what_azure_does(plan, broken))))
    }

    /// Keeps a sound instance as it is decided now.
    async fn keep(&self, case: &Case<'_>, instance: &BackupInstance) -> Result<Intent, AzureError> {
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
                let policies = match instance.id.parent() {
                    Some(vault) => self.azure.policies(&vault).await?,
                    None => Vec::new(),
                };
                plan::to_follow(case.datasource, case.how, instance, &policies)
            }
            Err(impossible) => Err(impossible),
        };
        let containers = self.containers_for(case, instance).await?;
        let planned = planned.and_then(|plan| plan::to_copy(plan, instance, &containers?));
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
            let unstated =
                if InstanceSpec::is_ours(instance) { ClusterParameters::default() } else { shown.clone() };
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
        let around = observe::dependencies(self.azure.as_ref(), case.datasource.id, &details).await?;
        Ok(Ok(match (details, around) {
            (Details::Containers(Containers::Named(named)), _) => named,
            (_, Dependencies::Containers(every)) => every,
            _ => Vec::new(),
        }))
    }

    async fn vault_of(&self, instance: &BackupInstance) -> Result<Option<Vault>, AzureError> {
        match instance.id.parent() {
            Some(vault) => self.azure.vault(&vault).await,
            None => Ok(None),
        }
    }
}

/// Whoever reads that containers are decided should see that Azure chooses them, and that this is left so.
fn noting_what_azure_does(mut plan: Plan, instance: &BackupInstance) -> Plan {
    if let Some(automatic) = &instance.auto_protection {
        let note = plan.note.map_or_else(String::new, |note| format!("{note}; "));
        plan.note = Some(format!("{note}{automatic}, and is left to"));
    }
    plan
}

fn as_it_is() -> String {
    "it is protected already".to_owned()
}

fn intent(planned: Result<Plan, Impossible>) -> Intent {
    planned.map_or_else(|impossible| Intent::End(impossible.into()), Intent::Plan)
}

fn vault_gone(instance: &BackupInstance) -> Impossible {
    Impossible::new(
        "VaultNotFound",
        format!("the Backup vault of instance `{}` cannot be read", instance.id.name()),
        "see whether it is being deleted, and whether the function app may read it",
    )
}
