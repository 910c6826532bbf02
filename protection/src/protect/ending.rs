//! Ends the protection of what is not to be protected any more, if the rule set wishes it and the rules for
//! operations consent.

use holdfast_evaluator::{Caller, End, EndingCause, Operation, Resource, Review, ReviewRequest, Ruling};
use serde_json::json;

use super::Protector;
use super::intent::Intent;
use crate::apply::Outcome;
use crate::instance::BackupInstance;
use crate::last_known::last_known;
use crate::ledger::{self, Told};
use crate::plan::{self, Ending};
use crate::ports::StorageError;
use crate::vault::Immutability;
use crate::work::{Occasion, WorkItem};
use crate::{AzureError, ResourceId, facts};

/// A review of what we want to do ourselves.
pub(super) struct Reviewed {
    request: ReviewRequest,
    review: Review,
    instance: ResourceId,
}

/// Whether we may do it.
enum Consent {
    Given,
    Withheld(Outcome),
}

impl Protector {
    /// What becomes of the protection of a resource that is not to be protected; `outcome` if nothing does.
    ///
    /// Costs no call where the rule set leaves such protections alone.
    pub(super) async fn end_protection(
        &self,
        id: &ResourceId,
        resource: Option<&Resource>,
        occasion: &Occasion,
        cause: EndingCause,
        outcome: Outcome,
    ) -> Result<(Intent, Option<Box<Reviewed>>), AzureError> {
        let conduct = self.evaluator.rule_set().conduct();
        let end = conduct.ending.of(cause);
        if end == End::Leave {
            return Ok((Intent::End(outcome), None));
        }
        let instances = match cause {
            EndingCause::Deleted => self.instances_of_deleted(id).await?,
            EndingCause::Excluded(_) | EndingCause::NotCovered => self.azure.instances_of(id).await?,
        };
        let Some(ending) = plan::to_end(&instances, end, conduct) else {
            return Ok((Intent::End(outcome), None));
        };
        if let Some(kept) = self.undeletable(&ending, end).await? {
            return Ok((Intent::End(kept), None));
        }
        let resource = match resource {
            Some(resource) => resource.clone(),
            None => last_known(self.ledger.as_ref(), id, &ending.instance.location).await.map_err(again)?,
        };
        let reviewed = self.review(resource, occasion, cause, &ending).await?;
        let intent = match consent(&reviewed, &ending) {
            Consent::Given => Intent::Plan(ending.plan),
            Consent::Withheld(held) => Intent::End(held),
        };
        Ok((intent, Some(Box::new(reviewed))))
    }

    /// Azure may not list what a resource had once the resource is gone; the graph does.
    async fn instances_of_deleted(&self, id: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
        let listed = self.azure.instances_of(id).await?;
        if !listed.is_empty() {
            return Ok(listed);
        }
        let mut found = Vec::new();
        for instance in self.azure.instances_in_graph(id).await? {
            found.extend(self.azure.instance(&instance).await?);
        }
        Ok(found)
    }

    /// An immutable vault keeps its recovery points; asking it to delete them would only fail later.
    async fn undeletable(&self, ending: &Ending<'_>, end: End) -> Result<Option<Outcome>, AzureError> {
        let Some(vault) = ending.instance.id.parent().filter(|_| end == End::Delete) else { return Ok(None) };
        let immutability = self.azure.vault(&vault).await?.map(|vault| vault.immutability);
        let word = match immutability {
            Some(Immutability::Locked) => "is locked immutable",
            Some(Immutability::Unlocked) => "is immutable",
            Some(Immutability::Disabled) | None => return Ok(None),
        };
        Ok(Some(Outcome::LeftAlone {
            instance: ending.instance.id.clone(),
            note: format!(
                "its backups are kept: Backup vault `{}` {word} and deletes none before its time; \
                 let `[ending]` say `suspend` to let them expire",
                vault.name()
            ),
        }))
    }

    async fn review(
        &self,
        resource: Resource,
        occasion: &Occasion,
        cause: EndingCause,
        ending: &Ending<'_>,
    ) -> Result<Reviewed, AzureError> {
        let keys = self.evaluator.facts_for_review(&resource);
        let facts = facts::gather(self.azure.as_ref(), &resource, occasion.by.as_ref(), &keys).await?;
        // Canonical JSON: keys sorted.
        let parameters = json!({ "cause": word(cause), "instance": ending.instance.id });
        let request = ReviewRequest {
            operation: Operation { kind: ending.operation, parameters: parameters.to_string() },
            resource,
            caller: Caller { id: "holdfast".to_owned(), name: "Holdfast".to_owned(), roles: Vec::new() },
            facts,
            event_time: occasion.at.to_string(),
        };
        let review = self.evaluator.review(&request);
        Ok(Reviewed { request, review, instance: ending.instance.id.clone() })
    }

    /// Records a review; one that did not allow is also found below `approvals/`, for whoever may approve.
    pub(super) async fn tell_review(&self, item: &WorkItem, reviewed: Reviewed) -> Result<(), StorageError> {
        let Reviewed { request, review, instance } = reviewed;
        let waits = review.ruling != Ruling::Allow;
        let told = Told::Reviewed { review: Box::new(review), request: Box::new(request) };
        if waits {
            self.ledger.append(&ledger::approval(&item.resource, item.at, &instance, &told)).await?;
        }
        self.tell(item, told).await
    }
}

fn consent(reviewed: &Reviewed, ending: &Ending<'_>) -> Consent {
    let held = |way_out: String| {
        Consent::Withheld(Outcome::Held {
            instance: ending.instance.id.clone(),
            operation: ending.operation.name().to_owned(),
            reason: reviewed.review.record.summary.clone(),
            way_out,
        })
    };
    match &reviewed.review.ruling {
        Ruling::Allow => Consent::Given,
        Ruling::Deny { .. } => held(
            "its backups are kept; change the rules for operations, or `[ending]` of the rule set".to_owned(),
        ),
        Ruling::NeedsApproval { roles, within_hours } => {
            let who = if roles.is_empty() { "a second person".to_owned() } else { roles.join(" or ") };
            held(format!("its backups are kept until {who} approves, within {within_hours} h"))
        }
    }
}

fn word(cause: EndingCause) -> String {
    match cause {
        EndingCause::Deleted => "deleted".to_owned(),
        EndingCause::Excluded(kind) => {
            let kind = serde_json::to_value(kind).unwrap_or_default();
            format!("excluded: {}", kind.as_str().unwrap_or_default())
        }
        EndingCause::NotCovered => "not-covered".to_owned(),
    }
}

/// The ledger is on Azure Storage: what it does not answer now, it may answer later.
fn again(StorageError { action, detail }: StorageError) -> AzureError {
    AzureError::Unavailable { action, detail, retry_after: None }
}
