//! A run: when it began, how far it is, and what it came to.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::step::FORMAT;
use super::{Line, Place, Step, Turn, Why};

/// A run that has not moved for so long was broken off: whatever carried it on has died.
const BROKEN_OFF: SignedDuration = SignedDuration::from_mins(30);

/// Resources of an estate of which nothing is known yet.
const UNKNOWN: u64 = 10_000;

/// What a run has seen, decided and asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(as = SweepCounts)]
pub struct Counts {
    /// Pages written.
    pub pages: u32,
    /// Targets seen.
    pub seen: u64,
    /// Targets by what was decided about them.
    pub outcomes: BTreeMap<String, u64>,
    /// Reconcile passes asked for, by why.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub queued: BTreeMap<Why, u64>,
    /// How often it began anew, because Azure did not go on from where it was.
    #[serde(skip_serializing_if = "is_zero")]
    pub restarts: u32,
    /// Parts of the estate that Azure did not let us see, by its code.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<String, u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Counts {
    /// Counts a page.
    pub fn add(&mut self, lines: &[Line]) {
        self.pages += 1;
        for line in lines {
            self.seen += 1;
            *self.outcomes.entry(line.outcome.clone()).or_default() += 1;
            if let Some(why) = line.queued {
                self.queue(why, 1);
            }
        }
    }

    /// Counts passes that are asked for.
    pub(super) fn queue(&mut self, why: Why, passes: usize) {
        if passes > 0 {
            *self.queued.entry(why).or_default() += passes as u64;
        }
    }
}

/// A run that went through to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finished {
    /// The run.
    pub run: String,
    /// How many pages it has.
    pub pages: u32,
    /// How many targets it saw.
    pub seen: u64,
    /// When it ended.
    pub ended: Timestamp,
}

/// Where the sweep is: the one document of it that is written again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The step that comes next; none when the run has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// When it last moved.
    pub moved: Timestamp,
    /// The last run that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Finished>,
}

/// What a timer finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// A new run, with its first step.
    New(Run),
    /// A run that was broken off, and goes on.
    Resumed(Run),
    /// A run is under way.
    UnderWay(Step),
}

/// What a timer does about the run before: never are there two at once.
pub fn begin(before: Option<Run>, now: Timestamp, turn: u64) -> Begun {
    let Some(before) = before else { return Begun::New(fresh(None, now, turn)) };
    match before.step {
        None => Begun::New(fresh(before.last, now, turn)),
        // A clock that was set back makes a run look as if it moved in the future: it is broken off by then.
        Some(step) if now.duration_since(before.moved).abs() < BROKEN_OFF => Begun::UnderWay(step),
        Some(step) => Begun::Resumed(Run { step: Some(step), moved: now, last: before.last }),
    }
}

fn fresh(last: Option<Finished>, now: Timestamp, turn: u64) -> Run {
    let step = Step {
        format: FORMAT.to_owned(),
        run: now.strftime("%Y%m%dT%H%M%SZ").to_string(),
        number: 0,
        place: Place::first(),
        turn: Turn::of(turn, last.as_ref().map_or(UNKNOWN, |last| last.seen)),
        counts: Counts::default(),
    };
    Run { step: Some(step), moved: now, last }
}

impl Run {
    /// The run after a step; at its end, without a place to go on.
    #[must_use]
    pub fn after(self, done: &Step, next: Option<Step>, now: Timestamp) -> Self {
        let last = match &next {
            Some(_) => self.last,
            // What was not seen is no reason to look at all of it anew.
            None if !done.counts.refused.is_empty() => self.last,
            None => Some(Finished {
                run: done.run.clone(),
                pages: done.counts.pages,
                seen: done.counts.seen,
                ended: now,
            }),
        };
        Self { step: next, moved: now, last }
    }

    /// Whether a message is about a step that is done already, or about a run that is over.
    pub fn is_past(&self, step: &Step) -> bool {
        self.step.as_ref().is_none_or(|next| next.run != step.run || step.number < next.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn there_is_one_run_at_a_time_and_one_that_was_broken_off_goes_on() {
        let Begun::New(first) = begin(None, at("2026-11-29T06:00:00Z"), 1) else { panic!("no first run") };
        let step = first.step.clone().unwrap();
        let again = |now| begin(Some(first.clone()), at(now), 2);
        assert_eq!(again("2026-11-29T06:05:00Z"), Begun::UnderWay(step.clone()));
        assert!(
            matches!(again("2026-11-29T07:00:00Z"), Begun::Resumed(run) if run.step == Some(step.clone()))
        );
        assert!(matches!(again("2026-11-29T03:00:00Z"), Begun::Resumed(_)), "the clock was set back");
        let ended = first.after(&step, None, at("2026-11-29T06:06:00Z"));
        assert!(ended.is_past(&step));
        assert!(matches!(begin(Some(ended), at("2026-11-29T06:07:00Z"), 2), Begun::New(_)));
    }

    #[test]
    fn a_step_that_is_done_is_past_and_the_next_one_is_not() {
        let Begun::New(run) = begin(None, at("2026-11-29T06:00:00Z"), 1) else { panic!("no first run") };
        let first = run.step.clone().unwrap();
        let second = first.clone().then(Place::first());
        assert!(!run.is_past(&first) && !run.is_past(&second));
        let moved = run.after(&first, Some(second.clone()), at("2026-11-29T06:00:10Z"));
        assert!(moved.is_past(&first) && !moved.is_past(&second));
        assert!(moved.is_past(&Step { run: "20200101T000000Z".to_owned(), ..second }));
    }
}
