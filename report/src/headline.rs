//! The one sentence that a person sees first.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Cause, Gap};

/// What needs a person, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Headline {
    /// For people.
    pub sentence: String,
    /// How many causes need a person.
    pub causes: u64,
    /// How many resources they concern.
    pub resources: u64,
}

impl Headline {
    /// Of causes of failures, of gaps, and of operations that wait for a second person; `incomplete` is what could not be
    /// read, and may hide some of them.
    pub(crate) fn of(failures: &[Cause], gaps: &[Gap], awaiting: u64, incomplete: &[String]) -> Self {
        let needing: Vec<&Gap> = gaps.iter().filter(|gap| gap.needs_you).collect();
        let causes = failures.len() as u64 + needing.len() as u64 + u64::from(awaiting > 0);
        let failing: u64 = failures.iter().map(|cause| cause.resources).sum();
        let resources = failing + needing.iter().map(|gap| gap.count).sum::<u64>() + awaiting;
        let sentence = match causes {
            0 if !incomplete.is_empty() => "Nothing needs you in what could be read".to_owned(),
            0 => "Nothing needs you".to_owned(),
            1 => format!("1 cause needs you, {}", counted(resources, "resource")),
            causes => format!("{causes} causes need you, {}", counted(resources, "resource")),
        };
        Self { sentence, causes, resources }
    }
}

pub(crate) fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
