//! Recovery points that are older than the rules allow, or will be before tomorrow.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::jobs::Good;

/// Resources that are told one by one.
const SAMPLES: usize = 50;
/// What a backup may take beyond its interval before it counts as late.
const GRACE: SignedDuration = SignedDuration::from_hours(2);

/// How old the newest recovery points are, against how often the rules want one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Rpo {
    /// Resources whose backups Azure still lists, and of which the rules state how often.
    pub looked_at: u64,
    /// How many have no recovery point as young as the rules want it.
    pub breached: u64,
    /// How many will have none before tomorrow, unless a backup succeeds: the last one failed.
    pub before_tomorrow: u64,
    /// Some of both, the oldest first.
    pub samples: Vec<Late>,
}

/// A resource without a recovery point that is young enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Late {
    /// The resource, in lower case.
    pub resource: String,
    /// When its last good backup began.
    pub last: Timestamp,
    /// How many hours the rules allow between two.
    pub hours: u32,
    /// When that is over, with two hours for the backup itself.
    pub due: Timestamp,
}

/// By the last good backup of each resource, its policy's interval, and what has failed since.
pub(crate) fn rpo(
    good: &HashMap<String, Good>,
    intervals: &BTreeMap<String, u32>,
    failing: &HashSet<String>,
    now: Timestamp,
) -> Rpo {
    let midnight = now.to_zoned(TimeZone::UTC).tomorrow().and_then(|day| day.start_of_day());
    let midnight = midnight.map_or(now, |midnight| midnight.timestamp());
    let mut rpo = Rpo::default();
    for (resource, good) in good {
        let Some(hours) = good.policy.as_ref().and_then(|policy| intervals.get(policy)).copied() else {
            continue;
        };
        rpo.looked_at += 1;
        let allowed = SignedDuration::from_hours(i64::from(hours)).saturating_add(GRACE);
        let due = good.at.checked_add(allowed).unwrap_or(Timestamp::MAX);
        let is_breached = due < now;
        let is_near = !is_breached && due < midnight && failing.contains(resource);
        rpo.breached += u64::from(is_breached);
        rpo.before_tomorrow += u64::from(is_near);
        if is_breached || is_near {
            rpo.samples.push(Late { resource: resource.clone(), last: good.at, hours, due });
        }
    }
    rpo.samples.sort_by(|a, b| a.due.cmp(&b.due).then_with(|| a.resource.cmp(&b.resource)));
    rpo.samples.truncate(SAMPLES);
    rpo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_late_now_and_what_will_be_tonight_is_told_apart() {
        let now: Timestamp = "2026-11-29T20:00:00Z".parse().unwrap();
        let good = |at: &str| Good { at: at.parse().unwrap(), policy: Some("p".to_owned()) };
        let backups = HashMap::from([
            ("late".to_owned(), good("2026-11-28T02:00:00Z")),
            ("tonight".to_owned(), good("2026-11-28T20:00:00Z")),
            ("well".to_owned(), good("2026-11-28T20:00:00Z")),
            ("fresh".to_owned(), good("2026-11-29T19:00:00Z")),
            ("unknown".to_owned(), Good { at: now, policy: None }),
        ]);
        let failing = HashSet::from(["tonight".to_owned(), "fresh".to_owned()]);
        let rpo = rpo(&backups, &BTreeMap::from([("p".to_owned(), 24)]), &failing, now);
        assert_eq!((rpo.looked_at, rpo.breached, rpo.before_tomorrow), (4, 1, 1));
        assert_eq!(
            rpo.samples.iter().map(|one| one.resource.as_str()).collect::<Vec<_>>(),
            ["late", "tonight"]
        );
    }
}
