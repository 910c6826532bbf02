//! `ResourceChanged` and `QueuedEvent`: Event Grid tells of a change, itself or by a queue; what concerns us becomes one work item.
//!
//! Uninteresting events cost a parse and no call to Azure. A bad event is recorded and
//! acknowledged: answering anything but 2xx would have it sent again for a day.

use axum::Json;
use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdfast_protection::event::{self, Change, Parsed};
use holdfast_protection::work::{Cause, WorkItem};
use holdfast_protection::{Workload, ledger};
use serde_json::value::RawValue;
use tracing::Span;

use crate::app::App;
use crate::envelope::{Answer, Invocation};
use crate::problem::Problem;
use crate::setup::ForEvent;
use crate::telemetry;

/// `POST /ResourceChanged`, and `POST /QueuedEvent`.
pub(crate) async fn resource_changed(
    ForEvent(app): ForEvent,
    body: Bytes,
) -> Result<Json<Answer<WorkItem>>, Problem> {
    let text = plain(Invocation::parse(&body)?.text("event")?);
    let mut work = Vec::new();
    let mut received = 0_usize;
    for raw in events(&text) {
        received += 1;
        match event::parse(raw) {
            Ok(Parsed::Changed(change)) if concerns_us(&app, &change) => {
                let item = item(&app, *change);
                match item.message() {
                    Ok(_) => work.push(item),
                    // The host would fail to put it on the queue, and Event Grid send the event for a day.
                    Err(problem) => {
                        tracing::error!(problem = %problem, "rejected work for an event, which can never be carried out; the ledger keeps it below `rejected/`");
                        app.ledger.append(&ledger::rejected("event", raw, &problem.to_string())).await?;
                    }
                }
            }
            Ok(Parsed::Changed(_) | Parsed::Nothing) => {}
            Err(problem) => {
                tracing::warn!(problem = %problem, "rejected an event, which can never be worked on; the ledger keeps it below `rejected/`");
                app.ledger.append(&ledger::rejected("event", raw, &problem.to_string())).await?;
            }
        }
    }
    let log = format!("{} of {received} events concern us", work.len());
    Ok(Answer::new(work, log))
}

/// The JSON of an event. Event Grid writes Base64 to queues, and the host is told to leave messages as they are.
pub(crate) fn plain(text: String) -> String {
    let decoded = STANDARD.decode(text.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.unwrap_or(text)
}

/// One event, or the events of a batch.
fn events(text: &str) -> Vec<&str> {
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(batch) => batch.into_iter().map(RawValue::get).collect(),
        Err(_) => vec![text],
    }
}

/// Whether a workload and a rule speak about what changed.
pub(crate) fn concerns_us(app: &App, change: &Change) -> bool {
    let described = Workload::told_by(&change.resource).map(|(_, resource)| resource);
    let kind = described.as_ref().unwrap_or(&change.resource).resource_type();
    Workload::covers(kind) && app.rules.current().covers(kind)
}

/// The work that a change makes.
pub(crate) fn item(app: &App, change: Change) -> WorkItem {
    let urgent = app.rules.current().is_important(change.resource.resource_type(), change.tags.as_ref());
    // A queue message has room for 64 KiB, and a sender may put anything into an id.
    let id = change.event_id.chars().take(128).collect();
    let cause = Cause::Event { id, by: change.by };
    // What tells of a workload of another resource by being there is no target itself.
    let (workload, resource) = match Workload::told_by(&change.resource) {
        Some((workload, resource)) => (Some(workload), resource),
        None => (None, change.resource),
    };
    let trace = telemetry::trace(&Span::current());
    WorkItem { urgent, workload, trace, ..WorkItem::new(resource, cause, change.at) }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn an_event_is_read_as_it_is_and_out_of_base64() {
        let event = r#"{"id":"1","subject":"/subscriptions/s"}"#;
        assert_eq!(plain(event.to_owned()), event);
        assert_eq!(plain("eyJpZCI6IjEiLCJzdWJqZWN0IjoiL3N1YnNjcmlwdGlvbnMvcyJ9".to_owned()), event);
        assert_eq!(plain("neither".to_owned()), "neither");
    }
}
