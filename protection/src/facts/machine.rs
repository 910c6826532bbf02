//! What the rules decide about the machine that a disk is attached to, and whether its backups hold the disk.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use holdfast_evaluator::{Outcome, Request, Resource};
use serde_json::{Value, json};

use super::Source;
use crate::observe::{self, Observed};
use crate::{AzureError, ResourceId, Workload, facts};

impl Source<'_> {
    /// What is said of the resource of this id; nothing for what is part of no other resource, or of one that is gone.
    ///
    /// Boxed, since what is decided about a machine may itself want facts.
    pub(super) fn machine<'a>(
        &'a self,
        resource: &'a Resource,
        scope: &'a str,
    ) -> BoxFuture<'a, Result<Option<Value>, AzureError>> {
        async move {
            if scope.eq_ignore_ascii_case(&resource.id) {
                return self.whole_of(resource).await;
            }
            let Ok(id) = scope.parse::<ResourceId>() else { return Ok(None) };
            match observe::resource(self.azure, &id).await? {
                Some(Observed { resource, .. }) => self.whole_of(&resource).await,
                None => Ok(None),
            }
        }
        .boxed()
    }

    async fn whole_of(&self, part: &Resource) -> Result<Option<Value>, AzureError> {
        let Some((workload, id)) = Workload::part_of(part) else { return Ok(None) };
        match observe::resource(self.azure, &id).await? {
            Some(Observed { resource, .. }) => self.holding(workload, resource, part).await.map(Some),
            None => Ok(None),
        }
    }

    /// The same where the whole was read already.
    ///
    /// # Errors
    ///
    /// When Azure cannot be asked for what the rules want to know of it.
    pub async fn holding(
        &self,
        workload: Workload,
        whole: Resource,
        part: &Resource,
    ) -> Result<Value, AzureError> {
        let all = Workload::all_of(&whole);
        let request = Request {
            workload: Some(workload.for_rules(&all)),
            resource: whole,
            event_time: self.at.to_owned(),
            ..Request::default()
        };
        let (decision, request) = facts::decide(self.azure, self.evaluator, request, None).await?;
        Ok(described(workload, &request.resource, &decision.outcome, part))
    }
}

/// `{"id":"…","protects":true}`, or why not.
fn described(workload: Workload, whole: &Resource, outcome: &Outcome, part: &Resource) -> Value {
    let why_not = match (outcome, part.id.parse::<ResourceId>()) {
        (Outcome::Protect { protection }, Ok(part)) => workload.leaves_out(whole, protection, &part),
        (Outcome::Protect { .. }, Err(_)) => Some(format!("`{}` cannot be read", part.id)),
        (Outcome::Exclude { .. }, _) => Some(format!("the rules exclude {}", whole.name)),
        (Outcome::NotCovered, _) => Some(format!("no rule speaks of {}", whole.name)),
        (Outcome::Hold { reason }, _) => Some(format!("nothing is decided about {}: {reason}", whole.name)),
    };
    match why_not {
        None => json!({ "id": whole.id, "protects": true }),
        Some(why) => json!({ "id": whole.id, "protects": false, "reason": why }),
    }
}
