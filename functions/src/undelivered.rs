//! `Undelivered`: puts to work once more what the host and Event Grid gave up, or records it as rejected.
//!
//! The host moves a message that failed too often to the poison queue; Event Grid writes what it could not deliver as
//! a dead letter. One that cannot be read or dealt with stays where it is and holds up no other.

use std::time::Duration;

use axum::Json;
use futures::StreamExt;
use holdfast_protection::ledger;
use holdfast_protection::ports::{StorageError, UndeliveredInput, UndeliveredInputs};
use holdfast_protection::undelivered::{self, Remedy, Source};

use crate::app::App;
use crate::clock;
use crate::envelope::Answer;
use crate::problem::Problem;
use crate::resource_changed;
use crate::setup::ForWork;

/// Messages and letters of one run; the next run takes the rest.
const MOST: usize = 3200;
/// Messages and letters that are dealt with at the same time.
const AT_ONCE: usize = 16;

/// What became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Drained {
    put_to_work: usize,
    rejected: usize,
    /// Left where they are.
    failed: usize,
}

impl std::ops::AddAssign for Drained {
    fn add_assign(&mut self, more: Self) {
        self.put_to_work += more.put_to_work;
        self.rejected += more.rejected;
        self.failed += more.failed;
    }
}

/// `POST /Undelivered`.
pub(crate) async fn undelivered(ForWork(app): ForWork) -> Result<Json<Answer<()>>, Problem> {
    let mut drained = Drained::default();
    for (source, inputs) in &app.undelivered {
        drained += drain(&app, *source, inputs.as_ref()).await;
    }
    if let Some(notices) = &app.notices {
        match notices.rouse().await {
            Ok(roused) => drained.put_to_work += roused,
            Err(error) => {
                tracing::error!(%error, "could not put notifications back on their queue; the next run tries again");
                drained.failed += 1;
            }
        }
    }
    let Drained { put_to_work, rejected, failed } = drained;
    tracing::info!(put_to_work, rejected, failed, "dealt with what could not be delivered");
    let counts = format!("{put_to_work} put to work once more, {rejected} rejected");
    if failed > 0 {
        let message =
            format!("{counts}, {failed} not dealt with; the log says why, and the next run tries again");
        return Err(Problem::unavailable("UndeliveredLeft", message));
    }
    Ok(Answer::done(counts))
}

async fn drain(app: &App, source: Source, inputs: &dyn UndeliveredInputs) -> Drained {
    let taken = inputs.all().take(MOST);
    let dealt = taken.map(|input| deal_with(app, source, inputs, input)).buffer_unordered(AT_ONCE);
    dealt
        .fold(Drained::default(), async |mut sum, one| {
            sum += one;
            sum
        })
        .await
}

async fn deal_with(
    app: &App,
    source: Source,
    inputs: &dyn UndeliveredInputs,
    input: Result<UndeliveredInput, StorageError>,
) -> Drained {
    let done = match input {
        Ok(input) => remedy_all(app, source, inputs, &input).await,
        Err(error) => Err(error),
    };
    done.unwrap_or_else(|error| {
        tracing::error!(source = source.as_str(), %error, "could not deal with what could not be delivered; the next run tries again");
        Drained { failed: 1, ..Drained::default() }
    })
}

async fn remedy_all(
    app: &App,
    source: Source,
    inputs: &dyn UndeliveredInputs,
    input: &UndeliveredInput,
) -> Result<Drained, StorageError> {
    let remedies = match source {
        Source::Poison => vec![undelivered::of_message(&input.text, clock::now())],
        Source::DeadLetters => undelivered::of_dead_letter(&resource_changed::plain(input.text.clone())),
    };
    let mut drained = Drained::default();
    for remedy in remedies {
        drained += apply(app, source, remedy).await?;
    }
    // Only now: what is dealt with is durable elsewhere.
    inputs.dealt_with(input).await?;
    Ok(drained)
}

async fn apply(app: &App, source: Source, remedy: Remedy) -> Result<Drained, StorageError> {
    let item = match remedy {
        Remedy::Work(item) => *item,
        Remedy::Changed(change) if resource_changed::concerns_us(app, &change) => {
            resource_changed::item(app, *change)
        }
        Remedy::Changed(_) | Remedy::Nothing => return Ok(Drained::default()),
        Remedy::Reject { raw, problem } => {
            tracing::warn!(
                source = source.as_str(),
                problem,
                "rejected what could not be delivered, and can never be worked on; the ledger keeps it below `rejected/`"
            );
            app.ledger.append(&ledger::rejected(source.as_str(), &raw, &problem)).await?;
            return Ok(Drained { rejected: 1, ..Drained::default() });
        }
    };
    tracing::warn!(source = source.as_str(), resource = %item.resource, "put to work what could not be delivered; if it comes back, the ledger has it below `rejected/`");
    app.ledger.append(&ledger::revived(source.as_str(), &item)).await?;
    app.queue.put(&item, Duration::ZERO).await?;
    Ok(Drained { put_to_work: 1, ..Drained::default() })
}
