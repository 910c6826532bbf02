//! Decides about many resources at once, for sweeps and diffs: outcomes without records, many
//! resources to a sandbox.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::Evaluator;
use crate::composition::{self, Answer, Standing};
use crate::contract::RequestParts;
use crate::expiry;
use crate::model::{Outcome, Request};
use crate::opinion::Opinion;
use crate::rule_set::Mode;
use crate::sandbox::World;

/// Resources to a sandbox. Beyond this many, a fresh sandbox is a small part of the cost.
const TOGETHER: usize = 64;

/// What heeded rules say of one request.
type Said<'a> = Vec<(&'a Standing, Opinion)>;

impl Evaluator {
    /// The outcome for each request, equal to that of [`Evaluator::decide`], and in the same order.
    ///
    /// A rule that offers the packed door is given up to 64 resources in one fresh sandbox; where
    /// that fails, or a rule gives no opinion on a resource, the resource is decided alone. So many
    /// threads take part, this one among them; more than the evaluator has lanes only wait.
    pub fn decide_many(&self, requests: &[Request], threads: NonZeroUsize) -> Vec<Outcome> {
        let chunks: Vec<&[Request]> = requests.chunks(TOGETHER).collect();
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Vec<Outcome>)>> = Mutex::new(Vec::with_capacity(chunks.len()));
        let work = || {
            while let Some((index, chunk)) = take(&next, &chunks) {
                let outcomes = self.decide_chunk(chunk);
                done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, outcomes));
            }
        };
        thread::scope(|scope| {
            for _ in 1..threads.get().min(chunks.len()) {
                scope.spawn(work);
            }
            work();
        });
        let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().flat_map(|(_, outcomes)| outcomes).collect()
    }

    fn decide_chunk(&self, requests: &[Request]) -> Vec<Outcome> {
        let asked = self.ask_together(requests);
        let rule_set = self.rule_set();
        let outcomes = requests.iter().zip(asked).map(|(request, opinions)| {
            let Some(opinions) = opinions else {
                return self.decide(request).outcome;
            };
            let answers: Vec<Answer<'_>> = opinions
                .iter()
                .map(|(standing, opinion)| Answer { standing, on_error: standing.on_error, heard: Ok(opinion) })
                .collect();
            let resource_type = request.resource.resource_type.to_ascii_lowercase();
            composition::outcome(rule_set.layers(), rule_set.defaults_of(&resource_type), &answers)
        });
        outcomes.collect()
    }

    /// What each heeded rule says of each request; none where a request must be decided alone.
    fn ask_together(&self, requests: &[Request]) -> Vec<Option<Said<'_>>> {
        let parts: Vec<RequestParts<'_>> = requests.iter().map(RequestParts::bare).collect();
        let Some(lane) = self.shared.lanes.hold() else {
            return requests.iter().map(|_| None).collect();
        };
        let mut asked: Vec<Option<Said<'_>>> = requests.iter().map(|_| Some(Vec::new())).collect();
        for (index, binding) in self.rule_set().bindings().enumerate() {
            if binding.world != World::Rule || binding.mode() == Mode::Shadow {
                continue;
            }
            let spoken: Vec<usize> = (0..requests.len())
                .filter(|at| {
                    requests.get(*at).is_some_and(|request| binding.speaks_of(&request.resource.resource_type))
                })
                .collect();
            if spoken.is_empty() {
                continue;
            }
            let given: Vec<&RequestParts<'_>> = spoken.iter().filter_map(|at| parts.get(*at)).collect();
            // Facts are shown to one rule at a time, so their requests go alone.
            let together = if binding.fact_kinds.is_empty() { lane.evaluate_many(index, &given) } else { None };
            let mut answers = together.into_iter().flatten();
            for at in spoken {
                let (Some(said), Some(request)) = (asked.get_mut(at), requests.get(at)) else { continue };
                let heard = answers.next().flatten();
                match heard.map(|opinion| expiry::heed(opinion, &request.event_time)) {
                    Some(Ok(opinion)) => {
                        if let Some(said) = said {
                            said.push((&binding.standing, opinion));
                        }
                    }
                    Some(Err(_)) | None => *said = None,
                }
            }
        }
        asked
    }
}

fn take<'a, 'b>(next: &AtomicUsize, chunks: &'b [&'a [Request]]) -> Option<(usize, &'a [Request])> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    chunks.get(index).map(|chunk| (index, *chunk))
}
