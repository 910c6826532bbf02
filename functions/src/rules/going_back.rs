//! Going back to a rule set that was accepted before.

use anyhow::{Result, bail};

use super::choice::Pin;
use super::load::accepted_set;
use super::{Rules, orders, shelf};
use crate::clock;

impl Rules {
    pub(super) async fn go_back(&self, revision: u64) -> Result<()> {
        if self.current().rule_set().revision() == revision {
            return Ok(());
        }
        if self.active.rollback(revision).is_err() {
            let set = accepted_set(&self.options, revision, Some(self.current())).await?;
            self.places.add(set.path);
            self.active.reinstate(set.evaluator);
        }
        tracing::warn!(
            revision,
            "went back to an earlier rule set; one with a higher revision than all before takes its place"
        );
        Ok(())
    }

    /// Has every instance serve an earlier revision.
    pub(crate) async fn order_back(&self, to: u64, by: String, why: String) -> Result<()> {
        let accepted = shelf::places(self.options.shelf.as_ref()).await?;
        if !accepted.iter().any(|place| place.revision == to) {
            let known: Vec<String> = accepted.iter().map(|place| place.revision.to_string()).collect();
            bail!("revision {to} was never accepted; accepted were: {}", known.join(", "));
        }
        let serving = self.current().rule_set().revision();
        let from = accepted.iter().map(|place| place.revision).chain([serving]).max().unwrap_or(serving);
        let at = clock::now();
        let pin = Pin { to, from, by, why, at: at.to_string() };
        orders::give(self.options.ledger.as_ref(), at, &pin).await?;
        let _looking = self.looking.lock().await;
        self.go_back(to).await
    }
}
