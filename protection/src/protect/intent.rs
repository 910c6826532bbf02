//! The result of a pass before anything is touched: an end, or a plan.

use holdfast_evaluator::{Allowances, EndingCause, Outcome as Whether, Protection, Request, WhenStopped};

use super::Protector;
use super::case::{Case, Limits, SoftDeleted};
use super::ended;
use super::ending::{Reviewed, Unprotected};
use super::holds::{allowances_after, heeding, in_force, over};
use crate::decide::Decided;
use crate::hold::Numbered;
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::ledger::About;
use crate::outcome::Outcome;
use crate::place::Place;
use crate::plan::{self, Datasource, Plan, Present, Step};
use crate::ports::InstancesOf;
use crate::vault::ProvisioningState;
use crate::work::Occasion;
use crate::{AzureError, Location, ResourceId, Workload, observe};

/// What is intended.
pub(super) enum Intent {
    End(Outcome),
    Plan(Plan),
    NotReady,
}

impl Intent {
    /// Whether something in Azure would change.
    pub(super) fn changes(&self) -> bool {
        match self {
            Self::Plan(plan) => plan.changes(),
            Self::End(_) | Self::NotReady => false,
        }
    }
}

/// What is intended, and what led to it.
pub(super) struct Intended {
    pub(super) decided: Decided,
    pub(super) intent: Intent,
    pub(super) review: Option<Box<Reviewed>>,
    /// The hold of the target, where it mattered.
    pub(super) hold: Option<Numbered>,
    /// What the target holds that is work of its own.
    pub(super) held: Vec<ResourceId>,
}

/// What a decision asks for.
enum Wanted<'a> {
    /// The target is to be protected so.
    Protected { how: &'a Protection, request: &'a Request, workload: Workload, summary: &'a str },
    /// It is not to be protected any more, if it is.
    Unprotected(Outcome, EndingCause),
    /// Nothing, and this is the outcome.
    Ended(Outcome),
    /// The rules cannot be asked yet.
    NotReady,
}

fn wanted(decided: &Decided) -> Wanted<'_> {
    let (decision, request, workload) = match decided {
        Decided::NotAsked(Outcome::Gone) => return Wanted::Unprotected(Outcome::Gone, EndingCause::Deleted),
        Decided::NotAsked(outcome) => return Wanted::Ended(outcome.clone()),
        Decided::NotReady => return Wanted::NotReady,
        Decided::ByRules { decision, request, workload, .. } => (decision, request, *workload),
    };
    let summary = decision.record.summary.as_str();
    match &decision.outcome {
        Whether::Protect { protection } => Wanted::Protected { how: protection, request, workload, summary },
        Whether::Exclude { kind, .. } => {
            let reason = summary.to_owned();
            Wanted::Unprotected(Outcome::Excluded { reason }, EndingCause::Excluded(*kind))
        }
        Whether::NotCovered => {
            Wanted::Unprotected(Outcome::Ignored { reason: summary.to_owned() }, EndingCause::NotCovered)
        }
        Whether::Hold { reason } => Wanted::Ended(Outcome::Failed {
            code: "RuleFailed".to_owned(),
            message: reason.clone(),
            way_out: "mend the rule, or change its `on-error` in the rule set".to_owned(),
        }),
    }
}

impl Protector {
    /// Decides, then plans.
    pub(super) async fn intend(
        &self,
        target: About<'_>,
        occasion: &Occasion,
        soft_deleted: SoftDeleted,
        limits: &Limits,
    ) -> Result<Intended, AzureError> {
        let About { resource: id, workload } = target;
        let decided = self.decide(id, workload, occasion).await?;
        let plain =
            |intent, decided| Intended { decided, intent, review: None, hold: None, held: Vec::new() };
        let (outcome, cause) = match wanted(&decided) {
            Wanted::NotReady => return Ok(plain(Intent::NotReady, decided)),
            Wanted::Ended(outcome) => return Ok(plain(Intent::End(outcome), decided)),
            Wanted::Unprotected(outcome, cause) => (outcome, cause),
            Wanted::Protected { how, request, workload, summary } => {
                let location = Location::from(request.resource.location.as_str());
                let datasource = Datasource { id, location: &location, workload };
                let case = Case {
                    target,
                    datasource,
                    request,
                    how,
                    decided: summary,
                    soft_deleted,
                    limits,
                    held: None,
                };
                if workload.holds(id) {
                    let (intent, held) = self.prepare(&case).await?;
                    return Ok(Intended { held, ..plain(intent, decided) });
                }
                let (intent, hold) = self.plan(&case).await?;
                return Ok(Intended { hold, ..plain(intent, decided) });
            }
        };
        if let Decided::ByRules { request, workload, .. } = &decided
            && workload.holds(id)
        {
            let location = Location::from(request.resource.location.as_str());
            let held = self.held_and_protected(id, *workload, cause, &location).await?;
            return Ok(Intended { held, ..plain(Intent::End(outcome), decided) });
        }
        let unprotected = Unprotected { target, decided: &decided, cause, outcome };
        let (intent, review, hold) = self.end_protection(unprotected, occasion).await?;
        Ok(Intended { decided, intent, review, hold, held: Vec::new() })
    }

    /// What is to be done, and the hold of the target where anything is.
    async fn plan(&self, case: &Case<'_>) -> Result<(Intent, Option<Numbered>), AzureError> {
        let Datasource { id, workload, .. } = case.datasource;
        if let Some(unsupported) = workload.unsupported(&case.request.resource) {
            return Ok((Intent::End(Outcome::Ignored { reason: unsupported.to_string() }), None));
        }
        if let Some(reason) = workload.left_out(&case.request.resource, case.how) {
            return Ok((Intent::End(Outcome::Ignored { reason }), None));
        }
        let of = InstancesOf {
            datasource: id,
            workload: Some(workload),
            location: Some(case.datasource.location),
        };
        let instances = self.azure.backups(workload.family()).instances_of(&of).await?;
        let allowances = self.allowances_for(case);
        match plan::present(&instances, &plan::allowances_towards(&instances, case.how, &allowances)) {
            Present::Sound(instance) => {
                let intent = self.keep(case, instance).await?;
                if !intent.changes() {
                    return Ok((intent, None));
                }
                let hold = self.hold_of(case.target).await?;
                let intent = self.kept_as_held(case, instance, hold.as_ref(), intent).await?;
                Ok((heeding(hold.as_ref(), intent, case.decided), hold))
            }
            Present::Settled(plan) if plan.steps.iter().any(Step::only_waits) => {
                Ok((Intent::Plan(plan), None))
            }
            Present::Settled(_) | Present::Broken(_) | Present::Absent => {
                self.bring_about(case, &instances).await
            }
        }
    }

    /// How the rule set has instances treated; what was brought back from deletion is not left stopped.
    fn allowances_for(&self, case: &Case<'_>) -> Allowances {
        let mut allowances = self.evaluator.rule_set().allowances().clone();
        if case.limits.resumes {
            allowances.instances.stopped = WhenStopped::Resume;
        }
        allowances
    }

    /// What protects a datasource that is not protected now, unless a person holds it so.
    async fn bring_about(
        &self,
        case: &Case<'_>,
        instances: &[BackupInstance],
    ) -> Result<(Intent, Option<Numbered>), AzureError> {
        let hold = self.hold_of(case.target).await?;
        if let Some(held) = in_force(hold.as_ref()).filter(|hold| hold.act.leaves_all()) {
            return Ok((Intent::End(held.outcome(case.decided)), hold));
        }
        let is_over = over(hold.as_ref()).is_some();
        let soft_deleted = if is_over { SoftDeleted::Include } else { case.soft_deleted };
        let case = Case { soft_deleted, held: in_force(hold.as_ref()), ..*case };
        let mut allowances = allowances_after(hold.as_ref(), &self.allowances_for(&case));
        if allowances.instances.stopped == WhenStopped::Leave
            && self.was_ended_by_us(case.target, instances).await?
        {
            allowances.instances.stopped = WhenStopped::Resume;
        }
        let intent =
            match plan::present(instances, &plan::allowances_towards(instances, case.how, &allowances)) {
                Present::Settled(plan) => Intent::Plan(plan),
                Present::Sound(instance) => {
                    let intent = self.keep(&case, instance).await?;
                    self.kept_as_held(&case, instance, hold.as_ref(), intent).await?
                }
                Present::Broken(instance) => self.repair(&case, instance).await?,
                Present::Absent => self.protect(&case).await?,
            };
        Ok((heeding(hold.as_ref(), intent, case.decided), hold))
    }

    /// Whether what is stopped is so because the rules did not protect it for a while.
    async fn was_ended_by_us(
        &self,
        target: About<'_>,
        instances: &[BackupInstance],
    ) -> Result<bool, AzureError> {
        for instance in instances {
            if ended::by_us(self.ledger.as_ref(), target, instance).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Protects what has no instance.
    pub(super) async fn protect(&self, case: &Case<'_>) -> Result<Intent, AzureError> {
        let (azure, allowances) = (self.azure.as_ref(), self.evaluator.rule_set().allowances());
        let Datasource { id, .. } = case.datasource;
        let details = match case.details() {
            Ok(details) => details,
            Err(impossible) => return Ok(Intent::End(impossible.into())),
        };
        let family = case.datasource.workload.family();
        let placed = match Workload::holder_of(id) {
            Some(holder) => self.place_of_holder(case, &holder).await?,
            None => self.place(case).await?,
        };
        let wanted = plan::wanted_group(case.datasource, case.how, None, allowances);
        let (placed, wanted) = match placed.and_then(|placed| Ok((placed, wanted?))) {
            Ok(both) => both,
            Err(impossible) => return Ok(Intent::End(impossible.into())),
        };
        let vault = match placed {
            Place::ToCreate(spec) => {
                let group = observe::snapshot_group(azure, wanted.as_ref()).await?;
                let around = (observe::dependencies(azure, id, &details, None).await?, group);
                let planned =
                    plan::to_create_vault(case.datasource, case.how, &details, spec, around, allowances);
                return Ok(intent(planned));
            }
            Place::There(vault) => vault,
        };
        if vault.provisioning == ProvisioningState::Running {
            return Ok(intent(plan::to_await_vault(case.datasource, &details, &vault)));
        }
        // What only holds datasources has no instance of its own.
        let may_be_deleted = !case.datasource.workload.holds(id);
        if case.soft_deleted == SoftDeleted::Include && may_be_deleted {
            let deleted = azure.deleted_instances(&vault.id).await?;
            if let Some(plan) = plan::to_undelete(family, &vault.id, id, &deleted) {
                return Ok(Intent::Plan(plan));
            }
        }
        self.configure(case, vault, wanted.as_ref()).await
    }
}

pub(super) fn intent(planned: Result<Plan, Impossible>) -> Intent {
    planned.map_or_else(|impossible| Intent::End(impossible.into()), Intent::Plan)
}
