//! What rules leave out, by why, and until when.

use std::collections::BTreeMap;

use holdfast_protection::ResourceId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Targets that are left out for one kind of reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exclusions {
    /// The rules' word, such as `opted-out`.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// How many of them the rules leave out for a time only, and which of them first is protected again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Expiry>,
}

/// Targets that are left out for a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ExclusionExpiry)]
pub struct Expiry {
    /// How many.
    pub count: u64,
    /// When the first of them ceases to be left out.
    pub first: Option<Timestamp>,
    /// Which one that is.
    pub resource: Option<ResourceId>,
}

impl Expiry {
    /// Counts a target.
    pub(crate) fn add(&mut self, resource: &ResourceId, until: Timestamp) {
        self.count += 1;
        if self.first.is_none_or(|first| until < first) {
            (self.first, self.resource) = (Some(until), Some(resource.clone()));
        }
    }
}

/// The largest first.
pub(crate) fn exclusions(
    counted: &BTreeMap<String, u64>,
    expiries: &BTreeMap<String, Expiry>,
) -> Vec<Exclusions> {
    let mut exclusions: Vec<Exclusions> = counted
        .iter()
        .map(|(reason, count)| Exclusions {
            reason: reason.clone(),
            count: *count,
            expiry: expiries.get(reason).cloned(),
        })
        .collect();
    exclusions.sort_by_key(|one| std::cmp::Reverse(one.count));
    exclusions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tally;
    use crate::tally::tests::line;

    #[test]
    fn what_is_left_out_for_a_time_says_which_of_it_ends_first() {
        let mut lines = ["a", "b", "c", "d"].map(|name| line(name, "excluded"));
        lines.iter_mut().for_each(|line| "opted-out".clone_into(&mut line.reason));
        lines[1].until = Some("2026-12-24T00:00:00Z".parse().unwrap());
        lines[2].until = Some("2026-12-01T00:00:00Z".parse().unwrap());
        "ephemeral".clone_into(&mut lines[3].reason);
        let mut tally = Tally::default();
        tally.add(&lines);
        let told = exclusions(&tally.exclusions, &tally.expiries);
        assert_eq!((told[0].reason.as_str(), told[0].count), ("opted-out", 3));
        let expiry = told[0].expiry.as_ref().unwrap();
        assert_eq!((expiry.count, expiry.first), (2, lines[2].until));
        assert_eq!(expiry.resource.as_ref(), Some(&lines[2].resource));
        assert_eq!(told[1].expiry, None);
    }
}
