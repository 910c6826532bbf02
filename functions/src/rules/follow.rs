//! Following the source: a set that it offers is taken into force whole, or refused with its reason.

use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use holdfast_evaluator::Swapped;

use super::choice::{Choice, choose};
use super::load::{Candidate, keep, load};
use super::refused::Refused;
use super::{Care, Looked, Rules, orders, replayed, shelf, unaltered};

impl Rules {
    /// Looks at the source and at the orders, and takes into force what should be.
    pub(crate) async fn refresh(&self, care: Care) -> Result<()> {
        let mut looked = self.looking.lock().await;
        let outcome = self.follow(&mut looked, care).await;
        // What stood in the way of this pass alone, such as a source that did not answer, is told no
        // longer than that.
        let refused = match (&looked.refused, &outcome) {
            (Some(refused), _) => Some(refused.clone()),
            (None, Err(error)) => Some(Refused::now(error)),
            (None, Ok(())) => None,
        };
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
        outcome
    }

    async fn follow(&self, looked: &mut Looked, care: Care) -> Result<()> {
        let pin = orders::latest(self.options.ledger.as_ref()).await?;
        let candidate = match self.look(looked, care).await {
            Ok(candidate) => candidate,
            Err(error) => {
                // An order holds whatever the source is like.
                let serving = self.current().rule_set().revision();
                if let Some(pin) = pin.filter(|pin| serving <= pin.from) {
                    self.go_back(pin.to).await?;
                }
                return Err(error);
            }
        };
        let accepted = shelf::places(self.options.shelf.as_ref()).await;
        // What could not be judged is loaded again at the next pass.
        let accepted = accepted.inspect_err(|_| looked.place = None)?;
        if let Some(candidate) = &candidate {
            unaltered(&accepted, candidate).inspect_err(|error| looked.refuse(error))?;
        }
        let revisions: Vec<u64> = accepted.iter().map(|place| place.revision).collect();
        match (choose(looked.offered, &revisions, pin.as_ref()), candidate, looked.offered) {
            (Choice::Offered, Some(candidate), _)
                if pin.as_ref().is_none_or(|pin| Some(pin.to) != looked.offered) =>
            {
                self.take(candidate).await.inspect_err(|error| looked.refuse(error))
            }
            (Choice::Offered, _, Some(revision)) | (Choice::Accepted(revision), _, _) => {
                self.go_back(revision).await
            }
            (Choice::Replayed { highest }, _, offered) => bail!(replayed(offered, highest)),
            (Choice::Offered | Choice::Nothing, _, _) => Ok(()),
        }
    }

    /// Loads what the source offers, unless that was looked at before.
    async fn look(&self, looked: &mut Looked, care: Care) -> Result<Option<Candidate>> {
        let options = &self.options;
        let fetched = match care {
            Care::Usual => options.fetcher.fetch(&options.source).await?,
            Care::Thorough => options.fetcher.fetch_thoroughly(&options.source).await?,
        };
        let place = fetched.ruleset;
        if looked.place.as_ref() == Some(&place) {
            return Ok(None);
        }
        // Noted before it is tried: a set that does not load is not tried again until it changes.
        *looked = Looked { place: Some(place.clone()), ..Looked::default() };
        self.clear_cache(&place).await;
        let loaded =
            load(options, place, Some(self.current())).await.inspect_err(|error| looked.refuse(error))?;
        looked.offered = Some(loaded.evaluator.rule_set().revision());
        Ok(Some(loaded))
    }

    /// Removes what neither serves, nor is about to, nor can be gone back to in memory.
    async fn clear_cache(&self, offered: &Path) {
        let mut in_use = self.places.all();
        in_use.push(offered.to_owned());
        let cleared = self.options.fetcher.prune(&in_use).await;
        if let Err(error) = cleared.map_err(anyhow::Error::new) {
            tracing::warn!(
                "the cache of rule sets could not be cleared; the next rule set tries again: {error:#}"
            );
        }
    }

    async fn take(&self, candidate: Candidate) -> Result<()> {
        // Before it serves: code that is refused must not turn up at the first resource.
        let evaluator = candidate.evaluator.clone();
        tokio::task::spawn_blocking(move || evaluator.warm()).await.context("loading was cut short")??;
        if let Swapped::Taken { from, to } = self.active.swap(candidate.evaluator.clone())? {
            let compiled = candidate.evaluator.rule_set().compiled();
            tracing::info!(from, to, compiled, "another rule set is in force");
            self.places.add(candidate.path.clone());
            keep(&self.options, &candidate).await;
        }
        Ok(())
    }

    /// Looks again and again, for the life of the process.
    pub async fn watch(self: Arc<Self>, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            if let Err(error) = self.refresh(Care::Usual).await {
                tracing::warn!(
                    "the rule set of the source is not taken and the one in force stays; correct the source, which is read again: {error:#}"
                );
            }
        }
    }
}
