//! What this process counts, under names that dashboards and alerts may rely on.
//!
//! Counting costs a lock and an addition. Where the numbers go is somebody else's business: [`text()`] for Prometheus,
//! `telemetry` for OpenTelemetry.

mod text;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

pub(crate) use text::text;

/// Something that is counted or measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Metric {
    /// Reconcile passes.
    Passes,
    /// Time that they took.
    PassTime,
    /// Work that ended, as it is recorded.
    Ended,
    /// Decisions in which a rule failed.
    RuleFailures,
    /// Input that can never be worked on.
    Rejected,
    /// Notifications that were sent, or not.
    Notifications,
    /// Calls to Azure Resource Manager.
    AzureCalls,
    /// Targets that the last sweep saw.
    Targets,
    /// Of the targets that the rules want protected, the share that is.
    Coverage,
}

/// How numbers of a metric behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// They only grow.
    Counter,
    /// They are what they are now.
    Gauge,
}

/// What a metric is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Description {
    /// Its name in OpenTelemetry; Prometheus has underscores for dots.
    pub(crate) name: &'static str,
    /// Its unit, as UCUM has it.
    pub(crate) unit: &'static str,
    /// One line for people.
    pub(crate) meaning: &'static str,
    pub(crate) behaviour: Behaviour,
    /// Names of what tells its numbers apart.
    pub(crate) labels: &'static [&'static str],
}

impl Metric {
    /// Every metric.
    pub(crate) const ALL: [Self; 9] = [
        Self::Passes,
        Self::PassTime,
        Self::Ended,
        Self::RuleFailures,
        Self::Rejected,
        Self::Notifications,
        Self::AzureCalls,
        Self::Targets,
        Self::Coverage,
    ];

    /// What it is.
    pub(crate) fn description(self) -> Description {
        let counter = |name, unit, meaning, labels| Description {
            name,
            unit,
            meaning,
            behaviour: Behaviour::Counter,
            labels,
        };
        let gauge = |name, unit, meaning, labels| Description {
            behaviour: Behaviour::Gauge,
            ..counter(name, unit, meaning, labels)
        };
        match self {
            Self::Passes => counter("holdfast.passes", "1", "Reconcile passes over one target.", &["result"]),
            Self::PassTime => counter("holdfast.pass.time", "s", "Time that reconcile passes took.", &[]),
            Self::Ended => counter("holdfast.ended", "1", "Work on a target that ended.", &["outcome"]),
            Self::RuleFailures => {
                counter("holdfast.rule.failures", "1", "Decisions in which a rule failed.", &["rule"])
            }
            Self::Rejected => {
                counter("holdfast.rejected", "1", "Input that can never be worked on.", &["source"])
            }
            Self::Notifications => {
                counter("holdfast.notifications", "1", "Notifications by what became of them.", &["result"])
            }
            Self::AzureCalls => counter(
                "holdfast.azure.calls",
                "1",
                "Calls to Azure Resource Manager.",
                &["method", "status"],
            ),
            Self::Targets => gauge("holdfast.targets", "1", "Targets that the last sweep saw.", &["outcome"]),
            Self::Coverage => gauge(
                "holdfast.coverage",
                "1",
                "Share of the targets to be protected that are protected.",
                &[],
            ),
        }
    }
}

/// Numbers by metric and labels.
#[derive(Debug, Default)]
pub(crate) struct Numbers(Mutex<BTreeMap<(Metric, Vec<String>), f64>>);

/// The numbers of this process.
static NUMBERS: Numbers = Numbers(Mutex::new(BTreeMap::new()));

impl Numbers {
    /// One more.
    pub(crate) fn add(&self, metric: Metric, labels: &[&str], more: f64) {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *numbers.entry((metric, owned(labels))).or_default() += more;
    }

    /// It is so much now.
    pub(crate) fn set(&self, metric: Metric, labels: &[&str], value: f64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((metric, owned(labels)), value);
    }

    /// These are the numbers of a metric with one label now; what had one before and has none now is at nought.
    pub(crate) fn set_all<'a>(&self, metric: Metric, now: impl IntoIterator<Item = (&'a str, f64)>) {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        numbers.iter_mut().filter(|((of, _), _)| *of == metric).for_each(|(_, number)| *number = 0.0);
        numbers.extend(now.into_iter().map(|(label, number)| ((metric, owned(&[label])), number)));
    }

    /// Every number of a metric, with its labels.
    pub(crate) fn of(&self, metric: Metric) -> Vec<(Vec<String>, f64)> {
        if metric == Metric::AzureCalls {
            let counted = holdfast_azure::calls().into_iter();
            #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 calls")]
            return counted
                .map(|(method, status, count)| (owned(&[method, &status]), count as f64))
                .collect();
        }
        let numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_it = numbers.iter().filter(|((of, _), _)| *of == metric);
        of_it.map(|((_, labels), number)| (labels.clone(), *number)).collect()
    }
}

fn owned(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|label| (*label).to_owned()).collect()
}

/// The numbers of this process.
pub(crate) fn numbers() -> &'static Numbers {
    &NUMBERS
}

/// Counts one more in this process.
pub(crate) fn count(metric: Metric, labels: &[&str]) {
    NUMBERS.add(metric, labels, 1.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_apart_by_their_labels() {
        let numbers = Numbers::default();
        numbers.add(Metric::Ended, &["protected"], 1.0);
        numbers.add(Metric::Ended, &["failed"], 1.0);
        numbers.add(Metric::Ended, &["protected"], 1.0);
        numbers.set(Metric::Coverage, &[], 0.5);
        numbers.set(Metric::Coverage, &[], 0.75);
        let ended = vec![(vec!["failed".to_owned()], 1.0), (vec!["protected".to_owned()], 2.0)];
        assert_eq!(numbers.of(Metric::Ended), ended);
        assert_eq!(numbers.of(Metric::Coverage), [(Vec::new(), 0.75)]);
    }

    #[test]
    fn what_a_sweep_no_longer_sees_is_at_nought() {
        let numbers = Numbers::default();
        numbers.set_all(Metric::Targets, [("failed", 3.0), ("protected", 8.0)]);
        numbers.set_all(Metric::Targets, [("protected", 11.0)]);
        let expected = [(vec!["failed".to_owned()], 0.0), (vec!["protected".to_owned()], 11.0)];
        assert_eq!(numbers.of(Metric::Targets), expected);
    }

    #[test]
    fn names_are_unique_and_what_both_systems_take() {
        let mut names: Vec<&str> = Metric::ALL.iter().map(|metric| metric.description().name).collect();
        for name in &names {
            let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c == '.');
            assert!(name.starts_with("holdfast.") && is_plain, "{name}");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}
