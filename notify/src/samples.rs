//! One event of each kind, to try an outlet with.

use cloudevents::Event;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::change::fields;
use crate::event::event;
use crate::{Kind, Notice, OutboxKey, Source};

const DISK: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-sample/providers/Microsoft.Compute/disks/sample";

/// One event of each kind. Each says in its data that it is a test.
pub fn samples(source: &Source, now: Timestamp) -> Vec<Event> {
    let key = OutboxKey::of_rule("test");
    let sample = |(number, kind): (u64, Kind)| {
        let notice = Notice {
            kind,
            subject: subject(kind).to_owned(),
            cause: format!("test {now}"),
            summary: format!("this is a test of {kind}: nothing happened"),
            details: fields(json!({ "test": true, "card": card(kind) })),
        };
        event(&notice, &notice.id(&key, Some(number)), number, &key, source, now)
    };
    (0..).zip(Kind::ALL).filter_map(sample).collect()
}

fn subject(kind: Kind) -> &'static str {
    match kind {
        Kind::CoverageLow => "coverage",
        Kind::Digest => "digest",
        Kind::RuleFailing => "sample-rule",
        Kind::Protected
        | Kind::Refused
        | Kind::NeedsApproval
        | Kind::NeedsPermission
        | Kind::Failed
        | Kind::Retried => DISK,
    }
}

/// What a channel of Teams shows of it; none where it gets no such events.
fn card(kind: Kind) -> Option<Value> {
    let text = "This is a test of Holdfast's digest: nothing happened.";
    (kind == Kind::Digest).then(|| {
        json!({ "type": "message", "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": { "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
                "body": [{ "type": "TextBlock", "text": text, "wrap": true }] } }] })
    })
}
