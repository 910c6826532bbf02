//! Times single evaluations of several rules, in turns, so that all see the same machine.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use holdfast_evaluator::{Evaluator, OpenedModule, Request};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::progress;
use crate::rule::judge::limits;

/// More samples say no more, and only cost memory.
const MOST: usize = 2_000_000;

/// A rule that is measured, with what it is asked.
pub(super) struct Subject {
    name: String,
    asked: Vec<(Evaluator, Vec<Request>)>,
}

/// What a rule costs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Figures {
    pub(super) name: String,
    pub(super) evaluations: usize,
    /// Microseconds in JSON.
    #[serde(serialize_with = "micros")]
    pub(super) p50: Duration,
    /// Microseconds in JSON.
    #[serde(serialize_with = "micros")]
    pub(super) p99: Duration,
    /// Most fuel that one of the evaluations burnt.
    pub(super) fuel: u64,
}

impl Subject {
    /// Makes a rule ready for every settings that it is asked under.
    pub(super) fn new(name: &str, bytes: &[u8], asked: &[(Value, Request)]) -> anyhow::Result<Self> {
        let mut opened = None;
        let mut ready: Vec<(&Value, Evaluator, Vec<Request>)> = Vec::new();
        for (settings, request) in asked {
            if let Some((_, _, requests)) = ready.iter_mut().find(|(known, _, _)| *known == settings) {
                requests.push(request.clone());
                continue;
            }
            let _progress = progress::of(format!("making {name} ready"));
            let module = match &opened {
                Some(module) => module,
                None => &*opened.insert(OpenedModule::open(bytes)?),
            };
            let rule_set = module.rule_set(settings.clone(), limits())?;
            let evaluator = Evaluator::with_lanes(rule_set, NonZeroUsize::MIN)?;
            ready.push((settings, evaluator, vec![request.clone()]));
        }
        let asked = ready.into_iter().map(|(_, evaluator, requests)| (evaluator, requests)).collect();
        Ok(Self { name: name.to_owned(), asked })
    }

    /// Evaluates every request once; adds the times, and gives the most fuel.
    fn round(&self, times: &mut Vec<Duration>) -> u64 {
        let mut fuel = 0;
        for (evaluator, requests) in &self.asked {
            for request in requests {
                let started = Instant::now();
                let burnt = evaluator.evaluate_first(request);
                times.push(started.elapsed());
                fuel = fuel.max(burnt.unwrap_or_default());
            }
        }
        fuel
    }
}

/// Measures all of them, for this long altogether.
pub(super) fn all(subjects: &[Subject], time: Duration) -> Vec<Figures> {
    let share = time / u32::try_from(subjects.len().max(1)).unwrap_or(u32::MAX);
    let turn = share / 20;
    let mut samples: Vec<(Vec<Duration>, u64)> = subjects.iter().map(|_| (Vec::new(), 0)).collect();
    // The first rounds pay for pages and caches, and are thrown away.
    for subject in subjects {
        subject.round(&mut Vec::new());
    }
    for _ in 0..20 {
        for (subject, (times, fuel)) in subjects.iter().zip(&mut samples) {
            let started = Instant::now();
            loop {
                *fuel = subject.round(times).max(*fuel);
                if started.elapsed() >= turn || times.len() >= MOST {
                    break;
                }
            }
        }
    }
    subjects
        .iter()
        .zip(samples)
        .map(|(subject, (mut times, fuel))| {
            times.sort_unstable();
            let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
            let (p50, p99) = (at(50), at(99));
            Figures { name: subject.name.clone(), evaluations: times.len(), p50, p99, fuel }
        })
        .collect()
}

fn micros<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64() * 1e6)
}
