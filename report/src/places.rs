//! Lists of targets out of the pages of a run: which pages have to be read, and where a list goes on.

use std::collections::BTreeSet;

use holdfast_protection::sweep::Line;
use serde::{Deserialize, Serialize};

use crate::State;

/// What is on a page of a run: enough to know that it need not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PageMarks {
    states: BTreeSet<State>,
    workloads: BTreeSet<String>,
    subscriptions: BTreeSet<String>,
    regions: BTreeSet<String>,
}

/// What a list is narrowed down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only targets in this state.
    pub state: Option<State>,
    /// Only targets of this workload.
    pub workload: Option<String>,
    /// Only targets of this subscription.
    pub subscription: Option<String>,
    /// Only targets of this region.
    pub region: Option<String>,
    /// Only targets that this rule decided about.
    pub rule: Option<String>,
    /// Only targets that this rule in shadow would decide otherwise.
    pub shadow: Option<String>,
    /// Only targets with this tag, as `name=value`.
    pub tag: Option<(String, String)>,
    /// Only targets that were left out or missed for this reason.
    pub reason: Option<String>,
    /// Only resources whose name holds this text.
    pub name: Option<String>,
}

/// In which order targets are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// What needs a person first, each state in the order of the ids.
    #[default]
    Worst,
    /// In the order of the ids.
    Id,
}

/// Where a list goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which of the states is listed; 0 where the order is that of the ids.
    pub pass: usize,
    /// The page of the run.
    pub page: usize,
    /// How many of its lines are done.
    pub row: usize,
}

impl PageMarks {
    pub(crate) fn add(&mut self, line: &Line, state: State) {
        self.states.insert(state);
        let mark = |set: &mut BTreeSet<String>, text: &str| {
            if !set.contains(text) {
                set.insert(text.to_owned());
            }
        };
        mark(&mut self.workloads, &line.workload.to_string());
        mark(&mut self.subscriptions, &line.resource.subscription().to_ascii_lowercase());
        mark(&mut self.regions, &line.location);
    }
}

impl Filter {
    /// The states that are gone through, one after the other; none where all are taken as they come.
    pub fn passes(&self, order: Order) -> Vec<Option<State>> {
        match (order, self.state) {
            (_, Some(state)) => vec![Some(state)],
            (Order::Worst, None) => State::ALL.into_iter().map(Some).collect(),
            (Order::Id, None) => vec![None],
        }
    }

    /// Whether a page can hold a line of this state that fits.
    pub fn may_be_on(&self, marks: &PageMarks, state: Option<State>) -> bool {
        let has = |set: &BTreeSet<String>, wanted: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| set.iter().any(|one| one.eq_ignore_ascii_case(wanted)))
        };
        state.is_none_or(|state| marks.states.contains(&state))
            && has(&marks.workloads, &self.workload)
            && has(&marks.subscriptions, &self.subscription)
            && has(&marks.regions, &self.region)
    }

    /// Whether a line fits.
    pub fn fits(&self, line: &Line, state: Option<State>) -> bool {
        let is = |wanted: &Option<String>, text: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(text))
        };
        let holds = |wanted: &String| line.resource.name().to_lowercase().contains(&wanted.to_lowercase());
        state.is_none_or(|state| State::of(line) == state)
            && is(&self.workload, &line.workload.to_string())
            && is(&self.subscription, line.resource.subscription())
            && is(&self.region, &line.location)
            && is(&self.reason, &line.reason)
            && self.rule.as_ref().is_none_or(|rule| line.rules.iter().any(|one| **one == **rule))
            && self.shadow.as_ref().is_none_or(|rule| line.shadows.iter().any(|one| **one == **rule))
            && self.tag.as_ref().is_none_or(|(name, value)| line.tags.get(name) == Some(value))
            && self.name.as_ref().is_none_or(holds)
    }
}

impl Place {
    /// The next page that has to be read, and the state that is taken from it; none at the end of the list.
    pub fn next(self, filter: &Filter, order: Order, marks: &[PageMarks]) -> Option<(Self, Option<State>)> {
        let passes = filter.passes(order);
        for (pass, state) in passes.iter().enumerate().skip(self.pass) {
            let from = if pass == self.pass { self.page } else { 0 };
            let found =
                marks.iter().enumerate().skip(from).find(|(_, marks)| filter.may_be_on(marks, *state));
            if let Some((page, _)) = found {
                let row = if pass == self.pass && page == self.page { self.row } else { 0 };
                return Some((Self { pass, page, row }, *state));
            }
        }
        None
    }

    /// Behind a page.
    #[must_use]
    pub fn behind(self) -> Self {
        Self { page: self.page + 1, row: 0, ..self }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.pass, self.page, self.row)
    }
}

impl std::str::FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.').map(str::parse);
        let mut next = || parts.next().and_then(Result::ok).ok_or("not a place in a list");
        Ok(Self { pass: next()?, page: next()?, row: next()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Tally;
    use crate::tally::tests::line;

    /// Goes through a list as its readers do.
    fn all(filter: &Filter, order: Order, pages: &[Vec<Line>], top: usize) -> (Vec<String>, usize) {
        let mut tally = Tally::default();
        pages.iter().for_each(|page| tally.add(page));
        let (mut names, mut read, mut place) = (Vec::new(), 0, Place::default());
        while let Some((here, state)) = place.next(filter, order, &tally.marks) {
            read += 1;
            let mut taken = 0;
            place = here.behind();
            for (row, line) in pages[here.page].iter().enumerate().skip(here.row) {
                if filter.fits(line, state) {
                    names.push(line.resource.name().to_owned());
                    taken += 1;
                    if taken == top {
                        place = Place { row: row + 1, ..here };
                        break;
                    }
                }
            }
            place = place.to_string().parse().unwrap();
        }
        (names, read)
    }

    #[test]
    fn a_list_holds_everything_once_and_reads_no_page_in_vain() {
        let pages = vec![
            vec![line("a", "protected"), line("b", "unprotected"), line("c", "excluded")],
            vec![line("d", "protected"), line("e", "protected")],
            vec![line("f", "unprotected"), line("g", "failed")],
        ];
        let every = Filter::default();
        assert_eq!(all(&every, Order::Worst, &pages, 2).0, ["g", "b", "f", "a", "d", "e", "c"]);
        assert_eq!(all(&every, Order::Id, &pages, 1).0, ["a", "b", "c", "d", "e", "f", "g"]);
        let unprotected = Filter { state: Some(State::Unprotected), ..Filter::default() };
        assert_eq!(all(&unprotected, Order::Worst, &pages, 9), (vec!["b".to_owned(), "f".to_owned()], 2));
        let elsewhere = Filter { region: Some("eastus".to_owned()), ..Filter::default() };
        assert_eq!(all(&elsewhere, Order::Worst, &pages, 9), (Vec::new(), 0));
    }

    #[test]
    fn a_place_that_nobody_gave_is_refused() {
        for bad in ["", "1", "1.2", "a.b.c", "-1.0.0"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }
}
