//! A notice as a CloudEvent.

use cloudevents::{Event, EventBuilder, EventBuilderV10};
use jiff::Timestamp;

use crate::{Notice, OutboxKey};

/// Who tells: the `source` of every event of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source(String);

impl Source {
    /// The source of the function app of this name.
    pub fn of_app(name: &str) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
        Self(format!("/holdfast/{}", name.chars().map(plain).collect::<String>()))
    }
}

/// The event of a notice; none if a part of it is not what CloudEvents takes.
///
/// Beside what CloudEvents demands it has `sequence`, by which a receiver that works in parallel brings the events of one
/// `partitionkey` into order again (both as in CloudEvents' documented extensions).
pub(crate) fn event(
    notice: &Notice,
    id: &str,
    sequence: u64,
    key: &OutboxKey,
    source: &Source,
    at: Timestamp,
) -> Option<Event> {
    let built = EventBuilderV10::new()
        .id(id)
        .ty(notice.kind.event_type())
        .source(source.0.clone())
        .subject(notice.subject.clone())
        .time(at.to_string())
        .extension("sequence", format!("{sequence:020}"))
        .extension("partitionkey", key.as_str().to_owned())
        .data("application/json", notice.data())
        .build();
    built.ok()
}
