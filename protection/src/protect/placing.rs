//! Which vault a resource goes to: vaults are read as the rule set says, and counted where there is a choice.

use std::collections::BTreeMap;

use super::Protector;
use super::case::Case;
use crate::impossible::Impossible;
use crate::place::{self, Capacity, Place, Vaults};
use crate::vault::Vault;
use crate::{AzureError, ResourceId};

impl Protector {
    /// The vault for what has no instance.
    pub(super) async fn place(&self, case: &Case<'_>) -> Result<Result<Place, Impossible>, AzureError> {
        let (resource, workload) = (&case.request.resource, case.datasource.workload);
        let (family, allowances) = (workload.family(), self.evaluator.rule_set().allowances());
        let subscriptions = match place::subscriptions(resource, case.how, workload, &allowances.placement) {
            Ok(subscriptions) => subscriptions,
            Err(impossible) => return Ok(Err(impossible)),
        };
        let mut all = Vec::new();
        for subscription in &subscriptions {
            all.extend(self.azure.backups(family).vaults(subscription).await?);
        }
        let capacity = self.capacity(case, &subscriptions, &all).await?;
        let vaults = Vaults { subscriptions: &subscriptions, all: &all, capacity: &capacity };
        Ok(place::place(resource, case.how, family, vaults, &allowances.create))
    }

    /// How full the vaults are; counted only where there is a choice, for each count costs a query of Resource Graph.
    async fn capacity(
        &self,
        case: &Case<'_>,
        subscriptions: &[String],
        vaults: &[Vault],
    ) -> Result<Capacity, AzureError> {
        let mut counted = BTreeMap::new();
        if place::has_choice(&case.request.resource, case.how, vaults) {
            for subscription in subscriptions {
                counted.extend(self.azure.instance_counts(subscription).await?);
            }
        }
        let placement = &self.evaluator.rule_set().allowances().placement;
        let most = case.datasource.workload.family().most_instances(placement);
        Ok(Capacity::of(most).with(counted, case.limits.full_vaults.clone()))
    }

    /// Drops what is remembered of where a resource is, and of where its vault may be; whether there was any.
    pub(super) fn forget_around(&self, resource: &ResourceId) -> bool {
        let placement = &self.evaluator.rule_set().allowances().placement;
        let mut around = placement.subscriptions_for(resource.subscription());
        if !around.contains(&resource.subscription()) {
            around.push(resource.subscription());
        }
        // Each of them, whatever was remembered of the first.
        let forgotten: Vec<bool> = around.into_iter().map(|one| self.azure.forget(one)).collect();
        forgotten.contains(&true)
    }
}
