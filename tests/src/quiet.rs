//! Waiting for something instead of for a while.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::Stage;

const QUEUES: [&str; 4] = ["holdfast-work", "holdfast-sweep", "holdfast-notify", "holdfast-events"];
/// How often is asked.
const PAUSE: Duration = Duration::from_millis(100);

impl Stage {
    /// Waits until no event is under way, no message is on the queue, and no ARM call came in between.
    pub async fn until_quiet(&self, patience: Duration) -> Result<()> {
        let quiet = async {
            let mut before = None;
            loop {
                let seen = self.stirring().await?;
                if seen.is_still && before == Some(seen) {
                    return anyhow::Ok(());
                }
                before = Some(seen);
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(patience, quiet)
            .await
            .with_context(|| format!("events or work still under way after {} s", patience.as_secs()))?
    }

    /// Waits until so many more ARM calls have come in.
    pub async fn until_calls(&self, more: u64, patience: Duration) -> Result<()> {
        let wanted = self.calls().context("the journal does not say how many calls it holds")? + more;
        let coming = async {
            while self.calls() < Some(wanted) {
                tokio::time::sleep(PAUSE / 10).await;
            }
        };
        tokio::time::timeout(patience, coming)
            .await
            .with_context(|| format!("no {more} further ARM calls in {} s", patience.as_secs()))
    }

    /// How many ARM calls have come in.
    pub fn calls(&self) -> Option<u64> {
        self.azure.calls()["total"].as_u64()
    }

    async fn stirring(&self) -> Result<Stirring> {
        let events = self.azure("GET", "/_simulator/events", None).await?;
        let count = |name: &str| events["summary"][name].as_u64();
        let (waiting, in_flight) = (count("waiting"), count("inFlight"));
        let is_still = (waiting, in_flight) == (Some(0), Some(0))
            && QUEUES.iter().all(|queue| self.azure.storage.messages(queue).is_empty());
        Ok(Stirring { is_still, calls: self.calls(), delivered: count("delivered") })
    }
}

/// What goes on at one moment.
#[derive(PartialEq, Clone, Copy)]
struct Stirring {
    is_still: bool,
    calls: Option<u64>,
    delivered: Option<u64>,
}
