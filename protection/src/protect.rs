//! One look at one resource: observe, decide, plan, apply, record.
//!
//! The same function serves an event, the sweep and a retry.

use std::sync::Arc;
use std::time::Duration;

use holdfast_evaluator::{
    Decision, Evaluator, FACT_ROUNDS, Outcome as Whether, Protection, Request, Resource, Round, VaultChoice,
};
use serde::Serialize;

use crate::apply::{self, Outcome, Stand, Waited, Waiting};
use crate::facts;
use crate::instance::{InstanceSpec, ProtectionState};
use crate::ledger::{self, Told};
use crate::observe;
use crate::place;
use crate::plan::{self, Datasource, Impossible, Plan};
use crate::ports::{Azure, Ledger, ObservedResource, StorageError};
use crate::work::{Occasion, WorkItem};
use crate::{AzureError, Location, ResourceId, Workload};

/// What to do with a work item after a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it ended, and that is in the ledger.
    Done(Outcome),
    /// Put `item` on the queue, visible after `after`.
    Later {
        /// What to look at again.
        item: Box<WorkItem>,
        /// How long to wait.
        after: Duration,
    },
}

/// Everything a look needs.
#[derive(Clone)]
pub struct Protector {
    /// Azure.
    pub azure: Arc<dyn Azure>,
    /// Where decisions and outcomes are written.
    pub ledger: Arc<dyn Ledger>,
    /// The rules in force.
    pub evaluator: Evaluator,
}

/// A resource, what was decided about it, and the plan that follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// The resource.
    pub resource: ResourceId,
    /// What was decided; none when no workload covers the type, or the resource is gone.
    pub decision: Option<Decision>,
    /// What would be done.
    pub plan: Option<Plan>,
    /// How it would end without any step.
    pub outcome: Option<Outcome>,
}

/// What was decided about a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// The rules were not asked: no workload covers the type, or the resource is gone.
    NotAsked(Outcome),
    /// The resource is still being made.
    NotReady,
    /// The rules decided.
    ByRules {
        /// The decision.
        decision: Box<Decision>,
        /// Its whole input.
        request: Box<Request>,
        /// What would protect it.
        workload: Workload,
    },
}

/// What a look came to before anything is touched.
enum Intent {
    End(Outcome),
    Plan(Plan),
    NotReady,
}

/// How many times permissions are waited for: with the waits of [`permission_delay`], about 45 minutes.
/// Azure documents up to 30 for a vault's identity.
const PERMISSION_WAITS: u32 = 12;

/// How many answers in a row may be unusable before a person should know; the sweep goes on trying.
const TROUBLES: u32 = 14;

/// How many times the world may turn out to be other than planned for.
const RESTARTS: u32 = 14;

/// How many looks a resource gets for one cause: with growing waits, more than a day.
const LOOKS: u32 = 1500;

/// How long Azure usually takes to make a resource.
const CREATION: Duration = Duration::from_secs(15);

/// Bounds of a wait.
const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_secs(3600);

impl Protector {
    /// Looks at the resource of `item` once and does what can be done now.
    ///
    /// An error means that the ledger could not be written: the item must be offered again.
    pub async fn look(&self, mut item: WorkItem) -> Result<Next, StorageError> {
        item.looks += 1;
        let mut stand = self.advance(&mut item).await?;
        if matches!(stand, Ok(Stand::Again { .. })) {
            item.restarts += 1;
            stand = self.advance(&mut item).await?;
        }
        match stand {
            Ok(stand) => self.conclude(item, stand).await,
            Err(error) => self.trouble(item, &error).await,
        }
    }

    async fn advance(&self, item: &mut WorkItem) -> Result<Result<Stand, AzureError>, StorageError> {
        let Some(pending) = item.pending.take() else { return self.start(item).await };
        match apply::go_on(self.azure.as_ref(), pending.clone()).await {
            Ok(Waited::Validated(spec)) => self.write(item, &spec).await,
            Ok(Waited::Stands(stand)) => Ok(Ok(stand)),
            Err(error) => {
                // Azure keeps no operation's URL for us: it must survive a bad answer.
                item.pending = Some(pending);
                Ok(Err(error))
            }
        }
    }

    /// Configures what Azure has validated, unless it is decided otherwise by now.
    async fn write(
        &self,
        item: &mut WorkItem,
        spec: &InstanceSpec,
    ) -> Result<Result<Stand, AzureError>, StorageError> {
        let decided = match self.decide(&item.resource, &item.occasion()).await {
            Ok(decided) => decided,
            Err(error) => return Ok(Err(error)),
        };
        if item.decided.is_some() && item.decided == digest(&decided) {
            return Ok(apply::configure(self.azure.as_ref(), spec).await);
        }
        self.start(item).await
    }

    /// What would be decided and planned; touches nothing, writes nothing.
    pub async fn preview(&self, resource: &ResourceId, occasion: &Occasion) -> Result<Preview, AzureError> {
        let mut preview = Preview { resource: resource.clone(), decision: None, plan: None, outcome: None };
        let (decided, intent) = self.intend(resource, occasion).await?;
        if let Decided::ByRules { decision, .. } = decided {
            preview.decision = Some(*decision);
        }
        match intent {
            Intent::End(outcome) => preview.outcome = Some(outcome),
            Intent::Plan(plan) => preview.plan = Some(plan),
            Intent::NotReady => {}
        }
        Ok(preview)
    }

    /// Observes, decides, records the decision, plans and applies.
    async fn start(&self, item: &mut WorkItem) -> Result<Result<Stand, AzureError>, StorageError> {
        let (decided, intent) = match self.intend(&item.resource, &item.occasion()).await {
            Ok(intended) => intended,
            Err(error) => return Ok(Err(error)),
        };
        item.decided = digest(&decided);
        if let Decided::ByRules { decision, request, .. } = decided {
            self.tell(item, Told::Decided { decision, request }).await?;
        }
        match intent {
            Intent::End(outcome) => Ok(Ok(Stand::Ended(outcome))),
            Intent::NotReady => Ok(Ok(Stand::NotMade)),
            Intent::Plan(plan) => Ok(apply::carry_out(self.azure.as_ref(), plan).await),
        }
    }

    /// Observes and decides; touches nothing, writes nothing.
    pub async fn decide(&self, id: &ResourceId, occasion: &Occasion) -> Result<Decided, AzureError> {
        let Some(workload) = Workload::of_type(id.resource_type()) else {
            let reason = format!("no workload protects resources of type {}", id.resource_type());
            return Ok(Decided::NotAsked(Outcome::Ignored { reason }));
        };
        let Some(observed) = self.azure.resource(id).await? else {
            return Ok(Decided::NotAsked(Outcome::Gone));
        };
        if is_being_made(&observed) {
            return Ok(Decided::NotReady);
        }
        let (decision, request) = self.ask(observed.resource, occasion).await?;
        Ok(Decided::ByRules { decision: Box::new(decision), request: Box::new(request), workload })
    }

    /// Asks the rules, and fetches the facts that they need until they have come to a decision.
    async fn ask(&self, resource: Resource, occasion: &Occasion) -> Result<(Decision, Request), AzureError> {
        let azure = self.azure.as_ref();
        let by = occasion.by.as_ref();
        let declared = self.evaluator.facts_for(&resource);
        let facts = facts::gather(azure, &resource, by, &declared).await?;
        let mut request = Request { resource, facts, event_time: occasion.at.to_string() };
        for _ in 0..FACT_ROUNDS {
            match self.evaluator.ask(&request) {
                Round::Decided(decision) => return Ok((decision, request)),
                Round::Wants(keys) => {
                    let wanted = facts::gather(azure, &request.resource, by, &keys).await?;
                    request.facts.extend(wanted);
                }
            }
        }
        Ok((self.evaluator.decide(&request), request))
    }

    /// Decides, then plans.
    async fn intend(&self, id: &ResourceId, occasion: &Occasion) -> Result<(Decided, Intent), AzureError> {
        let decided = self.decide(id, occasion).await?;
        let intent = match &decided {
            Decided::NotAsked(outcome) => Intent::End(outcome.clone()),
            Decided::NotReady => Intent::NotReady,
            Decided::ByRules { decision, request, workload } => match &decision.outcome {
                Whether::Protect { protection } => self.plan(id, *workload, request, protection).await?,
                Whether::Exclude { .. } => {
                    Intent::End(Outcome::Excluded { reason: decision.record.summary.clone() })
                }
                Whether::NotCovered => {
                    Intent::End(Outcome::Ignored { reason: decision.record.summary.clone() })
                }
                Whether::Hold { reason } => Intent::End(Outcome::Failed {
                    code: "RuleFailed".to_owned(),
                    message: reason.clone(),
                    way_out: "mend the rule, or change its `on-error` in the rule set".to_owned(),
                }),
            },
        };
        Ok((decided, intent))
    }

    async fn plan(
        &self,
        id: &ResourceId,
        workload: Workload,
        request: &Request,
        how: &Protection,
    ) -> Result<Intent, AzureError> {
        if let Some(reason) = workload.unsupported(&request.resource) {
            return Ok(Intent::End(Outcome::Ignored { reason }));
        }
        let instances = self.azure.instances_of(id).await?;
        if let Some(plan) = plan::for_protected(&instances) {
            return Ok(Intent::Plan(plan));
        }
        let broken = instances.iter().find(|instance| instance.state == ProtectionState::Error);
        let vaults = self.azure.vaults(id.subscription()).await?;
        // What is broken is mended where it is: Azure allows no second instance elsewhere.
        let own =
            broken.and_then(|instance| instance.id.parent()).map(|vault| VaultChoice::Named(vault.into()));
        let vault = match place::place(&request.resource, own.as_ref().or(how.vault.as_ref()), &vaults) {
            Ok(vault) => vault.clone(),
            Err(impossible) => return Ok(Intent::End(impossible.into())),
        };
        let ground = observe::ground(self.azure.as_ref(), id, vault).await?;
        let location = Location::from(request.resource.location.as_str());
        let planned =
            plan::to_protect(Datasource { id, location: &location, workload }, how, &ground, broken);
        Ok(planned.map_or_else(|impossible: Impossible| Intent::End(impossible.into()), Intent::Plan))
    }

    async fn conclude(&self, mut item: WorkItem, stand: Stand) -> Result<Next, StorageError> {
        let (waiting, after) = match stand {
            Stand::Ended(outcome) => return self.end(item, outcome).await,
            Stand::Pending { pending, after } => {
                let waiting = match &pending {
                    crate::work::Pending::Validation { .. } => Waiting::Validation,
                    crate::work::Pending::Configuration { .. } | crate::work::Pending::Settling { .. } => {
                        Waiting::Configuration
                    }
                };
                item.pending = Some(pending);
                item.troubles = 0;
                (waiting, after)
            }
            Stand::Permissions(refusal) if item.permission_waits >= PERMISSION_WAITS => {
                let outcome = Outcome::Failed {
                    code: refusal.code.clone(),
                    message: format!("permissions of the vault's identity are still missing: {}", refusal.message),
                    way_out: "check the role assignments that the plan names (what-if shows them), and deny assignments above them".to_owned(),
                };
                return self.end(item, outcome).await;
            }
            Stand::Permissions(refusal) => {
                let after = permission_delay(item.permission_waits);
                item.permission_waits += 1;
                (Waiting::Permissions { message: refusal.message }, after)
            }
            Stand::NotMade => (Waiting::Creation, CREATION),
            Stand::Again { because } => {
                item.restarts += 1;
                if item.restarts > RESTARTS {
                    let outcome = Outcome::Failed {
                        code: "NotConverging".to_owned(),
                        message: format!("each attempt finds the world changed: {because}"),
                        way_out:
                            "see what else works on this resource's protection; the next sweep tries again"
                                .to_owned(),
                    };
                    return self.end(item, outcome).await;
                }
                (Waiting::Azure { message: because }, trouble_delay(item.restarts))
            }
        };
        self.later(item, waiting, after).await
    }

    /// Puts the item off; after [`LOOKS`] of them, a person should know.
    async fn later(&self, item: WorkItem, waiting: Waiting, after: Duration) -> Result<Next, StorageError> {
        if item.looks >= LOOKS {
            let outcome = Outcome::Failed {
                code: "StillWaiting".to_owned(),
                message: format!("after {LOOKS} looks it still waits for {}", waiting.word()),
                way_out: "see the resource and its backup instance in Azure; the next sweep tries again"
                    .to_owned(),
            };
            return self.end(item, outcome).await;
        }
        self.tell(&item, Told::Waiting { waiting }).await?;
        // The longer it takes, the more rarely we ask; a Retry-After of nothing must not make a hot loop.
        let patience = Duration::from_secs(u64::from(item.looks / 10));
        let after = after.max(patience).clamp(SOONEST, LATEST);
        Ok(Next::Later { item: Box::new(item), after })
    }

    /// Azure gave no usable answer: wait as it asks, or longer each time.
    async fn trouble(&self, mut item: WorkItem, error: &AzureError) -> Result<Next, StorageError> {
        // Being throttled is no trouble of this resource.
        item.troubles += u32::from(!matches!(error, AzureError::Throttled { .. }));
        let (patient, after) = match error {
            AzureError::Throttled { retry_after, .. } => (true, *retry_after),
            AzureError::Unavailable { retry_after, .. } => {
                (true, retry_after.unwrap_or_default().max(trouble_delay(item.troubles)))
            }
            AzureError::Unauthenticated { .. } | AzureError::Unreadable { .. } => {
                (true, trouble_delay(item.troubles))
            }
            AzureError::Refused { refusal, .. } => {
                (matches!(refusal.status, 404 | 409), trouble_delay(item.troubles))
            }
            AzureError::Unsendable { .. } => (false, Duration::ZERO),
        };
        if !patient || item.troubles > TROUBLES {
            let outcome = Outcome::Failed {
                code: error.code().to_owned(),
                message: error.to_string(),
                way_out: way_out_of(error),
            };
            return self.end(item, outcome).await;
        }
        self.later(item, Waiting::Azure { message: error.to_string() }, after).await
    }

    async fn end(&self, item: WorkItem, outcome: Outcome) -> Result<Next, StorageError> {
        self.tell(&item, Told::Ended { outcome: outcome.clone() }).await?;
        Ok(Next::Done(outcome))
    }

    async fn tell(&self, item: &WorkItem, told: Told) -> Result<(), StorageError> {
        self.ledger.append(&ledger::about(&item.resource, item.at, &told)).await.map(drop)
    }
}

/// What tells one decided protection from another; none if nothing is to be protected.
fn digest(decided: &Decided) -> Option<String> {
    match decided {
        Decided::ByRules { decision, .. } => match &decision.outcome {
            Whether::Protect { protection } => {
                serde_json::to_value(protection).ok().map(|how| ledger::digest(&how))
            }
            Whether::Exclude { .. } | Whether::NotCovered | Whether::Hold { .. } => None,
        },
        Decided::NotAsked(_) | Decided::NotReady => None,
    }
}

fn is_being_made(observed: &ObservedResource) -> bool {
    const MADE: [&str; 3] = ["Succeeded", "Failed", "Canceled"];
    observed
        .provisioning_state
        .as_ref()
        .is_some_and(|state| !MADE.iter().any(|made| state.eq_ignore_ascii_case(made)))
}

fn way_out_of(error: &AzureError) -> String {
    match error {
        AzureError::Refused { refusal, .. } if refusal.status == 403 => {
            "give the function app's identity the roles that infra/README.md lists, on the scope that Azure names".to_owned()
        }
        AzureError::Refused { refusal, .. } if !refusal.recommended_action.is_empty() => {
            refusal.recommended_action.join(" ")
        }
        AzureError::Unauthenticated { .. } => "check HOLDFAST_CREDENTIAL and the identity of the function app".to_owned(),
        AzureError::Refused { .. }
        | AzureError::Throttled { .. }
        | AzureError::Unavailable { .. }
        | AzureError::Unreadable { .. }
        | AzureError::Unsendable { .. } => "the next sweep tries again".to_owned(),
    }
}

/// 15 s, 30 s, 1, 2, 4 minutes, then every 5.
fn permission_delay(waits: u32) -> Duration {
    Duration::from_secs((15 << waits.min(5)).min(300))
}

/// 2 s, 4 s, … up to 10 minutes.
fn trouble_delay(troubles: u32) -> Duration {
    Duration::from_secs((1 << troubles.min(10)).min(600))
}
