//! The rule set in force, swapped whole while work goes on.

mod accepted;
mod past;

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::evaluator::Evaluator;
use crate::rule_set::RuleSet;

pub use past::{Past, PastState, SwapError, Swapped};

use accepted::Accepted;

/// How many rule sets are kept for a rollback, the serving one among them, unless told otherwise.
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(2);

/// The rule set in force, and those before it. Shared between threads; no call waits for rules.
///
/// Work takes [`ActiveRules::current`] once, when it begins, and ends on that set whatever is
/// swapped in meanwhile.
pub struct ActiveRules {
    state: RwLock<State>,
    keep: usize,
}

struct State {
    serving: Evaluator,
    /// Those that are not in force, by revision.
    others: BTreeMap<u64, Other>,
    /// Revisions only ever count up from here, so that nothing old is slipped in.
    highest: u64,
    /// And so do versions of modules.
    accepted: Accepted,
}

struct Other {
    evaluator: Evaluator,
    state: PastState,
}

impl ActiveRules {
    /// Takes a first rule set into force, and keeps the last three.
    pub fn new(evaluator: Evaluator) -> Self {
        Self::keeping(evaluator, KEPT)
    }

    /// Takes a first rule set into force; `keep` sets stay in memory, the serving one among them.
    pub fn keeping(evaluator: Evaluator, keep: NonZeroUsize) -> Self {
        let highest = evaluator.rule_set().revision();
        let mut accepted = Accepted::default();
        accepted.take(evaluator.rule_set());
        let state = State { serving: evaluator, others: BTreeMap::new(), highest, accepted };
        Self { state: RwLock::new(state), keep: keep.get() }
    }

    /// The evaluator in force; cheap, and unaffected by later swaps.
    pub fn current(&self) -> Evaluator {
        self.read().serving.clone()
    }

    /// Takes a newer rule set into force, whole and at once.
    ///
    /// # Errors
    ///
    /// Refuses a revision that is not newer than any before it, the serving revision with another
    /// content, and a module of a lower version than the highest that its layer has had in force since
    /// the process began, under whatever id, unless its binding says `allow-downgrade`.
    pub fn swap(&self, offered: Evaluator) -> Result<Swapped, SwapError> {
        let mut state = self.write();
        if !state.admits(offered.rule_set())? {
            return Ok(Swapped::Unchanged);
        }
        let to = offered.rule_set().revision();
        state.highest = to;
        state.accepted.take(offered.rule_set());
        let from = state.serve(offered, PastState::Superseded);
        state.forget(self.keep);
        Ok(Swapped::Taken { from, to })
    }

    /// Takes a kept rule set into force again. Whatever has a higher revision is withdrawn: it
    /// comes back by another rollback only, and a correction needs a new revision.
    ///
    /// # Errors
    ///
    /// Names the revisions that are kept, if this one is not.
    pub fn rollback(&self, revision: u64) -> Result<Swapped, SwapError> {
        let mut state = self.write();
        if state.serving.rule_set().revision() == revision {
            return Ok(Swapped::Unchanged);
        }
        let Some(Other { evaluator, .. }) = state.others.remove(&revision) else {
            return Err(SwapError::NotKept { revision, kept: state.revisions() });
        };
        let from = state.go_back(evaluator);
        Ok(Swapped::Taken { from, to: revision })
    }

    /// Takes an earlier rule set into force that is no longer kept here, as a rollback would.
    pub fn reinstate(&self, evaluator: Evaluator) -> Swapped {
        let mut state = self.write();
        let to = evaluator.rule_set().revision();
        if state.serving.rule_set().revision() == to {
            return Swapped::Unchanged;
        }
        state.others.remove(&to);
        let from = state.go_back(evaluator);
        state.forget(self.keep);
        Swapped::Taken { from, to }
    }

    /// The rule sets that are kept, by revision.
    pub fn history(&self) -> Vec<Past> {
        let state = self.read();
        let past = |evaluator: &Evaluator, became| {
            let rule_set = evaluator.rule_set();
            Past { revision: rule_set.revision(), digest: rule_set.digest(), state: became }
        };
        let others = state.others.values().map(|other| past(&other.evaluator, other.state));
        let mut history: Vec<Past> = others.collect();
        history.push(past(&state.serving, PastState::Serving));
        history.sort_by_key(|past| past.revision);
        history
    }

    // Nothing panics while the lock is held for writing, and each change is made whole.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the offered set is to be taken; `false` if it is in force already.
    fn admits(&self, offered: &RuleSet) -> Result<bool, SwapError> {
        let serving = self.serving.rule_set();
        let revision = offered.revision();
        let known =
            std::iter::once(serving).chain(self.others.values().map(|other| other.evaluator.rule_set()));
        let same = known.into_iter().find(|known| known.revision() == revision);
        if let Some(same) = same.filter(|same| same.digest() != offered.digest()) {
            return Err(SwapError::Altered { revision, known: same.digest(), offered: offered.digest() });
        }
        if revision == serving.revision() {
            return Ok(false);
        }
        let withdrawn = |other: &Other| other.state == PastState::Withdrawn;
        if self.others.get(&revision).is_some_and(withdrawn) {
            return Err(SwapError::Withdrawn { revision });
        }
        if revision <= self.highest {
            return Err(SwapError::Older { offered: revision, highest: self.highest });
        }
        self.accepted.downgrade(serving, offered).map_or(Ok(true), Err)
    }

    /// Puts a set in force; gives the revision that was.
    fn serve(&mut self, evaluator: Evaluator, became: PastState) -> u64 {
        let before = std::mem::replace(&mut self.serving, evaluator);
        let revision = before.rule_set().revision();
        self.others.insert(revision, Other { evaluator: before, state: became });
        revision
    }

    /// Puts an earlier set in force, and withdraws whatever has a higher revision; gives the one that was.
    fn go_back(&mut self, evaluator: Evaluator) -> u64 {
        let to = evaluator.rule_set().revision();
        self.accepted.go_back(evaluator.rule_set());
        let from = self.serve(evaluator, PastState::Superseded);
        for (other, past) in &mut self.others {
            past.state = if *other > to { PastState::Withdrawn } else { PastState::Superseded };
        }
        from
    }

    /// Drops some until `keep` are left: what was withdrawn before what was good, and the oldest first.
    fn forget(&mut self, keep: usize) {
        while self.others.len() >= keep {
            let is_good = |other: &Other| other.state != PastState::Withdrawn;
            let first = self.others.iter().min_by_key(|(revision, other)| (is_good(other), **revision));
            let Some(revision) = first.map(|(revision, _)| *revision) else { return };
            self.others.remove(&revision);
        }
    }

    fn revisions(&self) -> Vec<u64> {
        let mut revisions: Vec<u64> = self.others.keys().copied().collect();
        revisions.push(self.serving.rule_set().revision());
        revisions.sort_unstable();
        revisions
    }
}

impl fmt::Debug for ActiveRules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ActiveRules({:?})", self.current())
    }
}
