//! What the rules decide about the targets of a page, with the facts that they ask for on the way.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use holdfast_evaluator::{
    Answered, Evaluator, FACT_ROUNDS, Fact, FactKey, FactKind, Request, Resource, Ruled,
};

use super::judge::Case;
use super::{Judge, SweepPages};
use crate::facts::Source;
use crate::ports::Azure;
use crate::{AzureError, ResourceId, Workload};

/// Resources that others of a page are part of, by key.
type Wholes = BTreeMap<String, Resource>;

impl Judge<'_> {
    /// The outcome for each case, in their order.
    ///
    /// # Errors
    ///
    /// When Azure cannot be asked for a fact that rules want.
    pub async fn outcomes(
        &self,
        (azure, pages): (&dyn Azure, &dyn SweepPages),
        cases: &mut [Case],
        threads: NonZeroUsize,
    ) -> Result<Vec<Ruled>, AzureError> {
        let mut wholes = Wholes::new();
        let mut outcomes: BTreeMap<usize, Ruled> = BTreeMap::new();
        let mut open: Vec<usize> = (0..cases.len()).collect();
        for _ in 0..=FACT_ROUNDS {
            if open.is_empty() {
                break;
            }
            let requests: Vec<Request> =
                open.iter().filter_map(|at| cases.get(*at)).map(|case| case.request.clone()).collect();
            let mut wanted = Vec::new();
            let answers = self.evaluator.beside(move |rules| rules.ask_many(&requests, threads)).await;
            for (at, answer) in open.drain(..).zip(answers) {
                match answer {
                    Answered::Decided(ruled) => drop(outcomes.insert(at, *ruled)),
                    Answered::Wants(keys) => wanted.push((at, keys)),
                }
            }
            self.fetch(pages, &wanted, cases, &mut wholes).await?;
            for (at, keys) in wanted {
                let Some(case) = cases.get_mut(at) else { continue };
                let facts = self.asked_for(azure, &case.request, &keys, &wholes).await?;
                case.request.facts.extend(facts);
                open.push(at);
            }
        }
        // A rule that still wants facts has failed.
        let failed: Vec<Request> =
            open.iter().filter_map(|at| cases.get(*at)).map(|case| case.request.clone()).collect();
        if !failed.is_empty() {
            let decide =
                move |rules: &Evaluator| failed.iter().map(|one| Ruled::of(rules.decide(one))).collect();
            let decided: Vec<Ruled> = self.evaluator.beside(decide).await;
            outcomes.extend(open.into_iter().zip(decided));
        }
        Ok(outcomes.into_values().collect())
    }

    /// Reads the machines of disks: from the rows of the page, those of other pages all at once.
    async fn fetch(
        &self,
        pages: &dyn SweepPages,
        wanted: &[(usize, Vec<FactKey>)],
        cases: &[Case],
        wholes: &mut Wholes,
    ) -> Result<(), AzureError> {
        let of_machines =
            wanted.iter().filter(|(_, keys)| keys.iter().any(|key| key.kind == FactKind::Machine));
        let parts = of_machines.filter_map(|(at, _)| cases.get(*at));
        let machines = parts.filter_map(|case| Workload::part_of(&case.request.resource));
        let mut missing: BTreeMap<String, ResourceId> = machines.map(|(_, id)| (id.key(), id)).collect();
        missing.retain(|key, _| !wholes.contains_key(key));
        let here = cases.iter().map(|case| (case.key(), &case.request.resource));
        wholes.extend(
            here.filter(|(key, _)| missing.remove(key).is_some()).map(|(key, one)| (key, one.clone())),
        );
        let missing: Vec<ResourceId> = missing.into_values().collect();
        if !missing.is_empty() {
            let found = pages.resources(&missing).await?.into_iter();
            wholes.extend(found.filter_map(|one| Some((one.id.parse::<ResourceId>().ok()?.key(), one))));
        }
        Ok(())
    }

    async fn asked_for(
        &self,
        azure: &dyn Azure,
        request: &Request,
        keys: &[FactKey],
        wholes: &Wholes,
    ) -> Result<Vec<Fact>, AzureError> {
        let (about_machine, others): (Vec<FactKey>, Vec<FactKey>) = keys
            .iter()
            .cloned()
            .partition(|key| *key == FactKey::about(FactKind::Machine, &request.resource));
        let mut facts = self.facts(azure, request, &others).await?;
        for key in about_machine {
            let whole = Workload::part_of(&request.resource)
                .and_then(|(workload, id)| Some((workload, wholes.get(&id.key())?.clone())));
            let Some((workload, whole)) = whole else {
                facts.push(key.with(None));
                continue;
            };
            match self.source(azure, request).holding(workload, whole, &request.resource).await {
                Ok(value) => facts.push(key.with(Some(value.to_string()))),
                Err(AzureError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(facts)
    }

    /// These facts, but those that Azure refuses for this one resource: the rules then decide as `on-error` says.
    pub(super) async fn facts(
        &self,
        azure: &dyn Azure,
        request: &Request,
        keys: &[FactKey],
    ) -> Result<Vec<Fact>, AzureError> {
        match self.source(azure, request).gather(&request.resource, keys).await {
            Err(AzureError::Refused { .. }) => Ok(Vec::new()),
            done => done,
        }
    }

    fn source<'a>(&'a self, azure: &'a dyn Azure, request: &'a Request) -> Source<'a> {
        Source { azure, evaluator: self.evaluator, caused_by: None, at: &request.event_time }
    }
}
