//! What people ask for, carried to its end whoever goes away.

use holdfast_protection::ResourceId;
use holdfast_protection::hold::{self, Hold, ReadableHolds};
use holdfast_protection::ledger::About;
use holdfast_protection::operations::{Answer, Ask, Operation, OperationError, OperationId, OperationStatus};
use jiff::Timestamp;
use tokio::task::JoinError;

use super::App;
use crate::problem::Problem;

impl App {
    /// What a person decided about a target against the rules, if that is in force.
    pub(crate) async fn hold(&self, target: About<'_>) -> Result<Option<Hold>, Problem> {
        Ok(self.operations().hold(target, Timestamp::now()).await?)
    }

    /// What people decided against the rules about the other workloads of a resource, and about what lies in it, as far
    /// as it can be read.
    pub(crate) async fn other_holds(&self, resource: &ResourceId) -> Result<ReadableHolds, Problem> {
        let mut found = hold::within(self.ledger.as_ref(), resource, Timestamp::now()).await?;
        found.holds.retain(|hold| hold.target() != About::from(resource));
        Ok(found)
    }

    /// Takes an operation; it is asked for to the end even if the caller goes away.
    pub(crate) async fn ask(&self, ask: Ask, now: Timestamp) -> Result<Operation, Problem> {
        let (operations, by, kind) = (self.operations(), ask.caller.id.clone(), ask.action.kind().name());
        tracing::info!(operation = %ask.id, kind, resource = %ask.resource, by, dry_run = ask.dry_run, "an operation was asked for");
        let asked = self.unbroken(async move { Box::pin(operations.ask(ask, now)).await }).await?;
        Ok(self.noted(asked))
    }

    /// Carries an operation on.
    pub(crate) async fn advance(&self, id: OperationId, now: Timestamp) -> Result<Operation, Problem> {
        let operations = self.operations();
        let mut advanced = self.unbroken(async move { operations.advance(id, now).await }).await?;
        let free = self.free_by_now(&advanced, now).await;
        advanced.asked.plan.notes.extend(free);
        Ok(self.noted(advanced))
    }

    /// What whoever waits for a second person should know of the rules in force, if they are others by now.
    async fn free_by_now(&self, operation: &Operation, now: Timestamp) -> Option<String> {
        match Box::pin(self.operations().is_free_by_now(operation, now)).await {
            Ok(false) => None,
            Ok(true) => Some(
                "the rules in force allow it without a second person: ask for it again, under another idempotency key, \
                 and it is done at once; this one is done only if somebody approves it"
                    .to_owned(),
            ),
            Err(error) => {
                Some(format!("whether the rules in force still want it approved could not be looked at: {error}"))
            }
        }
    }

    /// Takes the second person's word.
    pub(crate) async fn answer(&self, id: OperationId, answer: Answer) -> Result<Operation, Problem> {
        let operations = self.operations();
        tracing::info!(operation = %id, approved = answer.approved, by = answer.by.id, "an operation that waited for a person was answered");
        self.unbroken(async move { operations.answer(id, answer).await }).await
    }

    /// Why nobody can approve an operation that waits for it, and what to do; none if somebody may be able to.
    pub(crate) fn nobody_can_approve(&self, operation: &Operation) -> Option<String> {
        let OperationStatus::AwaitsApproval { roles, .. } = &operation.status else { return None };
        self.callers.nobody_can_approve(roles, &operation.asked.by.id)
    }

    /// The operation as people are shown it: where nobody can approve it, its notes say so.
    pub(crate) fn noted(&self, mut operation: Operation) -> Operation {
        let nobody = self.nobody_can_approve(&operation);
        operation.asked.plan.notes.extend(nobody);
        operation
    }

    /// Runs to its end whatever becomes of the caller: a request that is dropped would stop between two calls.
    async fn unbroken(
        &self,
        work: impl Future<Output = Result<Operation, OperationError>> + Send + 'static,
    ) -> Result<Operation, Problem> {
        let underway = self.underway.begin().await;
        let work = async move {
            let done = work.await;
            drop(underway);
            done
        };
        joined(tokio::spawn(work).await)
    }
}

/// What became of work in a task of its own. A panic's own words go to the log only.
fn joined(done: Result<Result<Operation, OperationError>, JoinError>) -> Result<Operation, Problem> {
    match done {
        Ok(done) => Ok(done?),
        // The runtime ends: there is nothing to report, and nothing is lost.
        Err(ended) if ended.is_cancelled() => Err(Problem::unavailable(
            "OperationBrokenOff",
            "the operation was broken off because the function app ends; it goes on by itself after the next start, and \
             asking for it again goes on with it",
        )),
        Err(panic) => {
            tracing::error!(
                "an operation panicked; asking for it again goes on with it, report this with the lines before it: {panic}"
            );
            Err(Problem::internal(
                "the operation could not be carried on; the log of the function app says why, and asking again goes on \
                 with it",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;

    use super::*;

    #[tokio::test]
    async fn work_that_is_broken_off_has_not_panicked() {
        let work: tokio::task::JoinHandle<Result<Operation, OperationError>> =
            tokio::spawn(std::future::pending());
        work.abort();
        let problem = joined(work.await).unwrap_err();
        assert_eq!(problem.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(problem.message().contains("goes on"), "{}", problem.message());
    }

    #[tokio::test]
    async fn the_words_of_a_panic_are_kept_from_callers() {
        let panicked: tokio::task::JoinHandle<Result<Operation, OperationError>> =
            tokio::spawn(async { panic!("the secret is swordfish") });
        let problem = joined(panicked.await).unwrap_err();
        let body = to_bytes(problem.into_response().into_body(), 4096).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains("could not be carried on") && !text.contains("swordfish"), "{text}");
    }
}
