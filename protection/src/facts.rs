//! Facts: what rules may ask about what is around a resource, fetched from Azure and given as data.
//!
//! Every value is canonical JSON (keys sorted, no blanks), so that equal values have equal digests.

mod machine;

use std::collections::BTreeMap;

use holdfast_evaluator::{
    Decision, Evaluator, FACT_ROUNDS, Fact, FactKey, FactKind, Request, Resource, Round, Rounds,
};
use serde_json::{Value, json};

use crate::event::Principal;
use crate::lock::Lock;
use crate::ports::{Azure, InstancesOf};
use crate::{AzureError, Location, ResourceId, redaction};

/// Asks the rules, and fetches the facts that they want and the request lacks until they have come to a
/// decision. Gives the decision and its whole input.
pub async fn decide(
    azure: &dyn Azure,
    evaluator: &Evaluator,
    request: Request,
    caused_by: Option<&Principal>,
) -> Result<(Decision, Request), AzureError> {
    let mut wanted = evaluator.facts_for(&request.resource);
    let is_given = |key: &FactKey, facts: &[Fact]| {
        facts.iter().any(|fact| fact.kind == key.kind.name() && fact.scope == key.scope)
    };
    wanted.retain(|key| !is_given(key, &request.facts));
    let mut rounds = Rounds::about(evaluator, request);
    for _ in 0..=FACT_ROUNDS {
        let at = &rounds.request().event_time;
        let source = Source { azure, evaluator, caused_by, at };
        let facts = source.gather(&rounds.request().resource, &wanted).await?;
        rounds.give(facts);
        let round;
        (round, rounds) = evaluator.beside(move |_| (rounds.ask(), rounds)).await;
        match round {
            Round::Decided(decision) => return Ok((decision, rounds.into_request())),
            Round::Wants(keys) => wanted = keys,
        }
    }
    Ok(evaluator.beside(move |_| (rounds.decide(), rounds.into_request())).await)
}

/// Where facts come from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Azure.
    pub azure: &'a dyn Azure,
    /// The rules, where a fact is what they decide about another resource.
    pub evaluator: &'a Evaluator,
    /// Who made the write that an event told of.
    pub caused_by: Option<&'a Principal>,
    /// As of when the rules decide: RFC 3339, UTC.
    pub at: &'a str,
}

impl Source<'_> {
    /// Fetches these facts about one resource, each with one or few calls.
    ///
    /// `None` as a value means that Azure was asked and has nothing. What could not be asked is an error:
    /// a rule must not take a failed call for an absent lock.
    pub async fn gather(&self, resource: &Resource, keys: &[FactKey]) -> Result<Vec<Fact>, AzureError> {
        let azure = self.azure;
        let mut facts = Vec::with_capacity(keys.len());
        for key in keys {
            let value = match key.kind {
                FactKind::SubscriptionTags => tags(azure, &format!("/subscriptions/{}", key.scope)).await?,
                FactKind::ResourceGroupTags => tags(azure, &key.scope).await?,
                FactKind::Vaults => {
                    let placement = &self.evaluator.rule_set().allowances().placement;
                    let around = placement.subscriptions_for(&resource.subscription);
                    Some(vaults(azure, &around, &key.scope).await?)
                }
                FactKind::Protection => protection(azure, resource, &key.scope).await?,
                FactKind::Locks => locks(azure, &key.scope).await?,
                FactKind::Creator => creator(azure, resource, self.caused_by, &key.scope).await?,
                FactKind::Machine => self.machine(resource, &key.scope).await?,
            };
            facts.push(key.clone().with(value.map(|value| value.to_string())));
        }
        Ok(facts)
    }
}

/// `{"env":"prod"}`
async fn tags(azure: &dyn Azure, scope: &str) -> Result<Option<Value>, AzureError> {
    let shown = azure.tags_of(scope).await?;
    Ok(shown.map(|mut tags| {
        redaction::tags(&mut tags);
        json!(tags)
    }))
}

/// Backup vaults of the region, in each of these subscriptions: where each is, its tags, how many instances it holds, its policies.
async fn vaults(azure: &dyn Azure, subscriptions: &[&str], region: &str) -> Result<Value, AzureError> {
    let region = Location::from(region);
    let (mut here, mut counts) = (Vec::new(), BTreeMap::new());
    for subscription in subscriptions {
        let all = azure.vaults(subscription).await?;
        let before = here.len();
        here.extend(all.into_iter().filter(|vault| vault.location == region));
        if here.len() > before {
            counts.extend(azure.instance_counts(subscription).await?);
        }
    }
    let mut values = Vec::with_capacity(here.len());
    for mut vault in here {
        redaction::tags(&mut vault.tags);
        let mut policies: Vec<Value> = azure
            .backups(vault.family)
            .policies(&vault.id)
            .await?
            .into_iter()
            .map(|policy| json!({ "datasourceTypes": policy.datasource_types(), "name": policy.name }))
            .collect();
        policies.sort_by_key(Value::to_string);
        values.push(json!({
            "id": vault.id,
            "instances": counts.get(&vault.id.key()).copied().unwrap_or_default(),
            "name": vault.id.name(),
            "policies": policies,
            "tags": vault.tags,
        }));
    }
    values.sort_by_key(Value::to_string);
    Ok(Value::Array(values))
}

/// Backup instances that name a resource; nothing when there are none.
async fn protection(
    azure: &dyn Azure,
    resource: &Resource,
    scope: &str,
) -> Result<Option<Value>, AzureError> {
    let Ok(id) = scope.parse::<ResourceId>() else { return Ok(None) };
    let own =
        Some(Location::from(resource.location.as_str())).filter(|_| scope.eq_ignore_ascii_case(&resource.id));
    let of = InstancesOf { location: own.as_ref(), ..InstancesOf::any(&id) };
    let mut instances: Vec<Value> = azure
        .instances_of(&of)
        .await?
        .into_iter()
        .map(
            |instance| json!({ "instance": instance.id, "policy": instance.policy, "state": instance.state }),
        )
        .collect();
    instances.sort_by_key(Value::to_string);
    Ok(Some(Value::Array(instances)).filter(is_filled))
}

/// Locks at or above the resource; nothing when there are none.
async fn locks(azure: &dyn Azure, scope: &str) -> Result<Option<Value>, AzureError> {
    let Ok(id) = scope.parse::<ResourceId>() else { return Ok(None) };
    let all = azure.locks(id.subscription()).await?;
    let mut held: Vec<Lock> = all.into_iter().filter(|lock| lock.holds_for(&id)).collect();
    held.sort();
    Ok(Some(json!(held)).filter(is_filled))
}

fn is_filled(list: &Value) -> bool {
    list.as_array().is_some_and(|list| !list.is_empty())
}

/// Who made a resource: as ARM keeps it in `systemData`, else whose write the event told of.
async fn creator(
    azure: &dyn Azure,
    resource: &Resource,
    caused_by: Option<&Principal>,
    scope: &str,
) -> Result<Option<Value>, AzureError> {
    if scope.eq_ignore_ascii_case(&resource.id) {
        let by_event = || {
            caused_by
                .map(|principal| json!({ "id": principal.id, "kind": principal.kind, "source": "event" }))
        };
        return Ok(kept_by_arm(resource).or_else(by_event));
    }
    let Ok(id) = scope.parse::<ResourceId>() else { return Ok(None) };
    Ok(azure.resource(&id).await?.and_then(|other| kept_by_arm(&other.resource)))
}

fn kept_by_arm(resource: &Resource) -> Option<Value> {
    let body: Value = serde_json::from_str(&resource.body).ok()?;
    let kept = body.get("systemData").filter(|kept| kept.get("createdBy").is_some())?;
    let member = |name: &str| kept.get(name).cloned().unwrap_or_default();
    Some(json!({
        "at": member("createdAt"),
        "id": member("createdBy"),
        "kind": member("createdByType"),
        "source": "system-data",
    }))
}
