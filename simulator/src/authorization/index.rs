//! Every role assignment, in the order in which they were made, and by what is asked about them: a name, a principal, a scope, a
//! subscription, and when each begins to count. Each check of a permission asks, and an estate has thousands.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use jiff::Timestamp;

use super::Assignment;
use crate::wire::path::{key, subscription_of};

/// Role assignments by the number under which they were made. Nothing of an assignment ever changes.
#[derive(Debug, Default)]
pub(crate) struct Assignments {
    made: BTreeMap<u64, Assignment>,
    last: u64,
    /// By lower-cased name, which is one assignment's alone in the whole tenant.
    named: BTreeMap<String, u64>,
    /// By lower-cased principal.
    held: BTreeMap<String, BTreeSet<u64>>,
    /// By the key of the scope.
    scoped: BTreeSet<(String, u64)>,
    /// How many there are in each subscription with everything below it.
    counts: BTreeMap<String, usize>,
    beginning: BTreeSet<(Timestamp, u64)>,
}

impl Assignments {
    pub(super) fn push(&mut self, assignment: Assignment) {
        self.last += 1;
        let number = self.last;
        self.named.insert(assignment.name.to_ascii_lowercase(), number);
        self.held.entry(assignment.principal.to_ascii_lowercase()).or_default().insert(number);
        self.scoped.insert((key(&assignment.scope), number));
        if let Some(subscription) = subscription_of(&assignment.scope) {
            *self.counts.entry(subscription.to_owned()).or_default() += 1;
        }
        self.beginning.insert((assignment.effective, number));
        self.made.insert(number, assignment);
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Assignment> {
        let number = *self.named.get(&name.to_ascii_lowercase())?;
        self.take(number)
    }

    /// Those at and below `scope` are gone.
    pub(super) fn remove_below(&mut self, scope: &str) {
        let scope = key(scope);
        let own = self.scoped.range((scope.clone(), 0)..=(scope.clone(), u64::MAX));
        let below = format!("{scope}/");
        let inside = self.scoped.range((below.clone(), 0)..).take_while(|(one, _)| one.starts_with(&below));
        let gone: Vec<u64> = own.chain(inside).map(|(_, number)| *number).collect();
        for number in gone {
            self.take(number);
        }
    }

    fn take(&mut self, number: u64) -> Option<Assignment> {
        let gone = self.made.remove(&number)?;
        self.named.remove(&gone.name.to_ascii_lowercase());
        if let Some(held) = self.held.get_mut(&gone.principal.to_ascii_lowercase()) {
            held.remove(&number);
        }
        self.scoped.remove(&(key(&gone.scope), number));
        if let Some(count) = subscription_of(&gone.scope).and_then(|one| self.counts.get_mut(one)) {
            *count = count.saturating_sub(1);
        }
        self.beginning.remove(&(gone.effective, number));
        Some(gone)
    }

    /// The assignment called `name`, whatever the case.
    pub(super) fn named(&self, name: &str) -> Option<&Assignment> {
        self.made.get(self.named.get(&name.to_ascii_lowercase())?)
    }

    /// Those of `principal`, whatever the case.
    pub(crate) fn held_by(&self, principal: &str) -> impl Iterator<Item = &Assignment> + use<'_> {
        let numbers = self.held.get(&principal.to_ascii_lowercase()).into_iter().flatten();
        numbers.filter_map(|number| self.made.get(number))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Assignment> {
        self.made.values()
    }

    /// How many `subscription` holds with everything below it.
    pub(super) fn count_of(&self, subscription: &str) -> usize {
        self.counts.get(subscription).copied().unwrap_or_default()
    }

    /// When, after `now`, the next one begins to count.
    pub(super) fn next_effective(&self, now: Timestamp) -> Option<Timestamp> {
        let after = (Bound::Excluded((now, u64::MAX)), Bound::Unbounded);
        self.beginning.range(after).next().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn assignments() -> Assignments {
        let mut all = Assignments::default();
        for (name, scope, principal, effective) in [
            ("N1", "/subscriptions/s/resourceGroups/G", "P", 10),
            ("N2", "/subscriptions/s/resourceGroups/g-other", "p", 20),
            ("N3", "/subscriptions/s/resourceGroups/g/providers/A/b/c", "q", 30),
            ("N4", "/", "P", 40),
        ] {
            all.push(Assignment::of_test(name, scope, principal, at(effective)));
        }
        all
    }

    fn names<'a>(found: impl Iterator<Item = &'a Assignment>) -> Vec<&'a str> {
        found.map(|one| one.name.as_str()).collect()
    }

    #[test]
    fn are_found_by_name_and_principal_whatever_the_case_and_in_order() {
        let all = assignments();
        assert_eq!(names(all.iter()), ["N1", "N2", "N3", "N4"]);
        assert_eq!(names(all.held_by("p")), ["N1", "N2", "N4"]);
        assert!(all.named("n3").is_some() && all.named("n5").is_none());
        assert_eq!((all.count_of("s"), all.count_of("other")), (3, 0));
        assert_eq!((all.next_effective(at(20)), all.next_effective(at(40))), (Some(at(30)), None));
    }

    #[test]
    fn vanish_with_their_scope_and_leave_no_trace() {
        let mut all = assignments();
        all.remove_below("/subscriptions/s/resourcegroups/g");
        assert_eq!(names(all.iter()), ["N2", "N4"]);
        assert_eq!((names(all.held_by("P")), all.count_of("s")), (vec!["N2", "N4"], 1));
        assert!(all.named("N1").is_none());
        assert_eq!(all.remove("n2").map(|gone| gone.name).as_deref(), Some("N2"));
        assert_eq!((names(all.held_by("p")), all.count_of("s")), (vec!["N4"], 0));
        all.remove_below("/");
        assert_eq!((all.iter().count(), all.next_effective(at(0))), (0, None));
    }
}
