//! What a run came to, and which runs are kept.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Counts;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The run, by the moment at which it began.
    pub run: String,
    /// When it ended.
    pub ended: Timestamp,
    /// What it saw, decided and asked for.
    #[serde(default)]
    pub counts: Counts,
}

/// Whether a run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// It is under way.
    Running,
    /// It went through to its end.
    Finished,
}

/// Days for which one run a day is kept, and months for which one a month is.
const DAYS: usize = 31;
const MONTHS: usize = 13;

/// Those of the finished runs that are not kept: beside the `whole` newest, the first of each day, then of each month.
pub fn outdated(finished: &[String], whole: usize) -> Vec<String> {
    let mut runs: Vec<&String> = finished.iter().collect();
    runs.sort_unstable();
    runs.dedup();
    let mut kept: BTreeSet<&String> = runs.iter().rev().take(whole.max(1)).copied().collect();
    kept.extend(firsts(&runs, "20260114".len(), DAYS));
    kept.extend(firsts(&runs, "202601".len(), MONTHS));
    runs.into_iter().filter(|run| !kept.contains(run)).cloned().collect()
}

/// The first run of each of the newest spans of time, which the beginning of its name tells.
fn firsts<'a>(runs: &[&'a String], length: usize, spans: usize) -> Vec<&'a String> {
    let mut firsts: Vec<&String> = Vec::new();
    for run in runs {
        if firsts.last().is_none_or(|last| last.get(..length) != run.get(..length)) {
            firsts.push(run);
        }
    }
    firsts.split_off(firsts.len().saturating_sub(spans))
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    #[test]
    fn old_runs_are_thinned_to_one_a_day_and_then_one_a_month() {
        let begun: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
        let name =
            |n: i64| begun.checked_add((n * 6).hours()).unwrap().strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut kept: Vec<String> = Vec::new();
        let mut thrown = 0;
        for n in 0..4 * 600 {
            kept.push(name(n));
            let outdated = outdated(&kept, 28);
            thrown += outdated.len();
            assert!(outdated.len() <= 3, "{} at once", outdated.len());
            kept.retain(|run| !outdated.contains(run));
        }
        // A week of four a day, 31 days, 13 months; some are of two kinds.
        assert!((28 + 24..=28 + 31 + 13).contains(&kept.len()), "{} are kept: {kept:?}", kept.len());
        assert_eq!(kept.len() + thrown, 2400);
        let months: BTreeSet<&str> = kept.iter().filter_map(|run| run.get(..6)).collect();
        assert!(months.len() >= MONTHS, "{months:?}");
        assert_eq!(outdated(&kept, 28), Vec::<String>::new());
    }

    #[test]
    fn the_newest_run_is_always_kept() {
        let run = "20260114T060000Z".to_owned();
        assert_eq!(outdated(std::slice::from_ref(&run), 0), Vec::<String>::new());
    }
}
