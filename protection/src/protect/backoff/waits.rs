//! How often and how long a pass waits for what.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use crate::Retry;
use crate::work::WorkItem;

/// How many times permissions are waited for: with the waits of [`permission_delay`], about 65 minutes.
/// Azure documents up to 30 for a vault's identity, and an hour for the backup extension of a cluster.
pub(super) const PERMISSION_WAITS: u32 = 36;

/// How many times is looked whether somebody has given the permissions: with the waits of [`administrator_delay`],
/// about a day. Then it ends as failed, and the sweep looks again.
pub(super) const ADMINISTRATOR_WAITS: u32 = 29;

/// How many answers in a row may be unusable before a person should know; the sweep goes on trying.
pub(super) const TROUBLES: u32 = 14;

/// How many times the world may turn out to be other than planned for.
pub(super) const RESTARTS: u32 = 14;

/// How many passes a resource gets for one cause: with growing waits, more than a day.
pub(super) const PASSES: u32 = 300;

/// How often an operation is asked for before it is taken for lost: with the waits of [`poll_delay`], at least
/// 25 minutes. What it was to do shows when it is planned again.
pub(super) const POLLS: u32 = 40;

/// How long Azure usually takes to make a resource.
pub(super) const CREATION: Duration = Duration::from_secs(15);

/// Bounds of a wait.
pub(super) const SOONEST: Duration = Duration::from_secs(1);
pub(super) const LATEST: Duration = Duration::from_secs(3600);

/// How many later tries a refusal that may pass is worth: with the waits of [`retry_delay`], about a day.
pub(super) fn tries(retry: Retry) -> u32 {
    match retry {
        Retry::Never => 0,
        Retry::Once => 1,
        Retry::Later => ADMINISTRATOR_WAITS,
        Retry::InHours => 24,
    }
}

/// 1, 2, 4 minutes and so on, up to every hour; every hour at once where Azure speaks of hours.
pub(super) fn retry_delay(retry: Retry, retries: u32) -> Duration {
    match retry {
        Retry::Never | Retry::Once | Retry::Later => administrator_delay(retries),
        Retry::InHours => LATEST,
    }
}

/// As Azure asks at first, then every half minute, then every minute.
pub(super) fn poll_delay(polls: u32) -> Duration {
    Duration::from_secs(match polls {
        0..=10 => 0,
        11..=20 => 30,
        _ => 60,
    })
}

/// 15 s, and half as much again each time, up to 2 minutes.
///
/// What is waited too long after the roles count is at most a third of the whole; an asking costs two calls.
pub(super) fn permission_delay(waits: u32) -> Duration {
    let grown = 15.0 * 1.5_f64.powi(waits.min(10).cast_signed());
    Duration::from_secs(grown.min(120.0).round() as u64)
}

/// 1, 2, 4 minutes and so on, up to every hour.
pub(super) fn administrator_delay(waits: u32) -> Duration {
    Duration::from_secs((60 << waits.min(6)).min(3600))
}

/// 2 s, 4 s, … up to 10 minutes.
pub(super) fn trouble_delay(troubles: u32) -> Duration {
    Duration::from_secs((1 << troubles.min(10)).min(600))
}

/// A wait and up to half as much again, by resource: those that were sent away together do not come back together.
pub(super) fn spread(item: &WorkItem, after: Duration) -> Duration {
    let mut hasher = DefaultHasher::new();
    (item.resource.key(), item.passes, item.troubles).hash(&mut hasher);
    let share = (hasher.finish() % 1000) as f64 / 1000.0;
    after + (after / 2).max(SOONEST).mul_f64(share)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::work::Cause;

    #[test]
    fn a_thousand_that_are_sent_away_together_do_not_return_together() {
        let mut returns: BTreeMap<u64, u32> = BTreeMap::new();
        for n in 0..1000 {
            let id = format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d{n}");
            let item =
                WorkItem::new(id.parse().unwrap(), Cause::Sweep, "2026-01-14T09:26:53Z".parse().unwrap());
            let after = spread(&item, Duration::from_secs(60));
            assert!((60..=90).contains(&after.as_secs()), "{after:?}");
            *returns.entry(after.as_secs()).or_default() += 1;
        }
        let most = returns.values().max().unwrap();
        assert!(returns.len() >= 29 && *most < 70, "{returns:?}");
    }

    fn permissions() -> Duration {
        (0..PERMISSION_WAITS).map(permission_delay).sum()
    }

    #[test]
    fn permissions_are_waited_for_longer_than_azure_documents() {
        let all = permissions();
        assert!(all > Duration::from_secs(60 * 60), "{all:?}");
    }

    #[test]
    fn the_documents_name_the_waits_as_they_are() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let words = |file: &str| {
            let text = std::fs::read_to_string(root.join(file)).unwrap();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let minutes = |all: Duration| all.as_secs() / 60;
        let permissions = format!("for {} minutes", minutes(permissions()));
        let polls: Duration = (0..=POLLS).map(poll_delay).sum();
        for (file, said) in [
            ("docs/faults.md", permissions.clone()),
            ("ARCHITECTURE.md", permissions),
            ("docs/faults.md", format!("given up after {POLLS} askings")),
            ("ARCHITECTURE.md", format!("after {POLLS} askings in at least {} minutes", minutes(polls))),
            ("ARCHITECTURE.md", format!("for more than {PASSES} passes")),
        ] {
            assert!(words(file).contains(&said), "{file} does not say `{said}`");
        }
    }
}
