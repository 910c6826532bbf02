//! What others gave up is drained by the sweep: put to work once more, or recorded as rejected.

use std::time::Duration;

use holdfast_protection::given_up::{self, Remedy, Source};
use holdfast_protection::ledger;
use holdfast_protection::ports::{GivenUpInputs, StorageError};

use crate::app::App;
use crate::clock;
use crate::resource_changed;

/// Rounds of one sweep, of 32 each; what is left is the next sweep's.
const ROUNDS: usize = 100;

/// What became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Drained {
    pub(crate) put_to_work: usize,
    pub(crate) rejected: usize,
}

/// Drains the poison queue and the dead letters.
pub(crate) async fn drain(app: &App) -> Result<Drained, StorageError> {
    let mut drained = Drained::default();
    for (source, inputs) in &app.given_up {
        drain_one(app, *source, inputs.as_ref(), &mut drained).await?;
    }
    Ok(drained)
}

async fn drain_one(
    app: &App,
    source: Source,
    inputs: &dyn GivenUpInputs,
    drained: &mut Drained,
) -> Result<(), StorageError> {
    for _ in 0..ROUNDS {
        let some = inputs.some().await?;
        if some.is_empty() {
            return Ok(());
        }
        for input in some {
            let remedies = match source {
                Source::Poison => vec![given_up::of_message(&input.text, clock::now())],
                Source::DeadLetters => given_up::of_dead_letter(&input.text),
            };
            for remedy in remedies {
                apply(app, source, remedy, drained).await?;
            }
            // Only now: what is dealt with is durable elsewhere.
            inputs.dealt_with(&input).await?;
        }
    }
    Ok(())
}

async fn apply(app: &App, source: Source, remedy: Remedy, drained: &mut Drained) -> Result<(), StorageError> {
    let item = match remedy {
        Remedy::Work(item) => *item,
        Remedy::Changed(change) if resource_changed::concerns_us(app, &change) => {
            resource_changed::item(app, *change)
        }
        Remedy::Changed(_) | Remedy::Nothing => return Ok(()),
        Remedy::Reject { raw, problem } => {
            tracing::warn!(source = source.word(), problem, "rejected what was given up");
            app.ledger.append(&ledger::rejected(source.word(), &raw, &problem)).await?;
            drained.rejected += 1;
            return Ok(());
        }
    };
    tracing::warn!(source = source.word(), resource = %item.resource, "put to work what was given up");
    app.ledger.append(&ledger::revived(source.word(), &item)).await?;
    app.queue.put(&item, Duration::ZERO).await?;
    drained.put_to_work += 1;
    Ok(())
}
