//! A piece of news: what is so now, and what to tell of it.

use holdfast_evaluator::Digest;
use holdfast_protection::ledger::About;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{Kind, OutboxKey};

/// Something of which only a change is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// How work on the target ended last.
    Protection,
    /// What rules said of ending its protection.
    Review,
    /// Which permissions are missing.
    Permission,
    /// Whether the rule works.
    Rule,
    /// Whether enough is protected.
    Coverage,
}

impl Topic {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Protection => "protection",
            Self::Review => "review",
            Self::Permission => "permission",
            Self::Rule => "rule",
            Self::Coverage => "coverage",
        }
    }
}

/// A piece of news about one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Whose outbox it goes to.
    pub key: OutboxKey,
    /// What is so now; where it was so before, nothing is told. Without it, each new event is told once.
    pub state: Option<(Topic, String)>,
    /// What to tell; none for what nobody waits for but which makes the next event news again.
    pub notice: Option<Notice>,
}

/// What to tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// What happened.
    pub kind: Kind,
    /// What it is about: a resource id as Azure writes it, a rule, or the estate.
    pub subject: String,
    /// What caused it, the same whenever it is told again.
    pub cause: String,
    /// One sentence for people.
    pub summary: String,
    /// More for programs.
    pub details: Map<String, Value>,
}

impl Notice {
    /// A notice about a target, which its details name.
    pub(crate) fn about(
        target: About<'_>,
        kind: Kind,
        cause: String,
        summary: String,
        details: Value,
    ) -> Self {
        let mut details = fields(details);
        details.insert("resource".to_owned(), json!(target.resource));
        details.extend(target.workload.map(|workload| ("workload".to_owned(), json!(workload))));
        Self { kind, subject: target.resource.to_string(), cause, summary, details }
    }

    /// The id of its event: the same piece of news has the same id whenever it is told. What may become so again and again
    /// has its number among the events of its outbox, too.
    pub(crate) fn id(&self, key: &OutboxKey, number: Option<u64>) -> String {
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        let digest = Digest::of(format!("{key}\n{}\n{}\n{number}", self.kind, self.cause).as_bytes());
        let digest: String = digest.digits().chars().take(32).collect();
        format!("{}-{digest}", self.kind)
    }

    /// The data of its event.
    pub(crate) fn data(&self) -> Value {
        let mut data = self.details.clone();
        data.insert("summary".to_owned(), self.summary.clone().into());
        Value::Object(data)
    }
}

/// Fields of a JSON object; what is null is left out.
pub(crate) fn fields(value: Value) -> Map<String, Value> {
    let Value::Object(mut fields) = value else { return Map::new() };
    fields.retain(|_, value| !value.is_null());
    fields
}

/// The cause of a notice about something recorded for a cause at this time.
pub(crate) fn cause(at: Timestamp, state: &str) -> String {
    format!("{at} {state}")
}
