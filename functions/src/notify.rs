//! `Notify`: sends what waits in one outbox.

use axum::Json;
use axum::body::Bytes;
use holdfast_notify::{Next, OutboxKey};
use holdfast_protection::ledger;

use crate::app::App;
use crate::envelope::{Answer, Invocation};
use crate::problem::Problem;
use crate::setup::ForMessage;

/// `POST /Notify`.
pub(crate) async fn notify(message: ForMessage, body: Bytes) -> Result<Json<Answer<()>>, Problem> {
    let body = &body;
    message.worked_on(|app| async move { pass(&app, body).await }).await
}

async fn pass(app: &App, body: &Bytes) -> Result<Json<Answer<()>>, Problem> {
    let text = Invocation::parse(body)?.text("outbox")?;
    let key = match OutboxKey::of_message(&text) {
        Ok(key) => key,
        Err(problem) => {
            tracing::warn!(problem = %problem, "rejected a message about notifications that names no outbox; the ledger keeps it below `rejected/`");
            app.ledger.append(&ledger::rejected("notify", &text, &problem.to_string())).await?;
            return Ok(Answer::done(problem.to_string()));
        }
    };
    let Some(notices) = &app.notices else {
        return Ok(Answer::done("no outlet for notifications is set".to_owned()));
    };
    Ok(Answer::done(match notices.send(&key).await? {
        Next::Done => format!("nothing is left to send of {key}"),
        Next::Later(after) => format!("{key} again in {} s", after.as_secs()),
    }))
}
