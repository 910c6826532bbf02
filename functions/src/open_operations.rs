//! `OpenOperations`: carries on what people asked for, so that nobody has to wait for it.

use axum::Json;
use holdfast_protection::operations::CarriedOn;

use crate::clock;
use crate::envelope::Answer;
use crate::problem::Problem;
use crate::setup::ForWork;

/// `POST /OpenOperations`.
///
/// The host runs one at a time, and carrying on is safe beside a caller who does the same.
pub(crate) async fn open_operations(ForWork(app): ForWork) -> Result<Json<Answer<()>>, Problem> {
    let CarriedOn { open, failed } = app.operations().advance_all(clock::now()).await?;
    for (operation, error) in &failed {
        tracing::error!(%operation, %error, "an operation could not be carried on; the next run tries again");
    }
    let (open, failed) = (open.len(), failed.len());
    tracing::info!(open, failed, "carried on what people asked for");
    if failed > 0 {
        let message = format!(
            "{failed} operations could not be carried on, {open} are still open; the log names them, and the next run tries again"
        );
        return Err(Problem::unavailable("OperationsLeft", message));
    }
    Ok(Answer::done(format!("{open} operations are still open")))
}
