//! Conditions, ready to be tested.

use crate::compare::{Pattern, equal, fold, holds, is_under, region};
use crate::field::{Field, View};

/// A condition on a resource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Clause {
    /// Everything holds; nothing stated means always.
    All(Vec<Clause>),
    /// Something holds; nothing stated means never.
    Any(Vec<Clause>),
    Not(Box<Clause>),
    Test(Test),
    Image(ImageTest),
}

/// One field against what is expected of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    pub(crate) field: Field,
    pub(crate) relation: Relation,
    /// Holds where the relation does not, and thus for a field that is missing.
    pub(crate) negated: bool,
}

/// What may be expected of a field's text. A missing field stands in none of these relations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Relation {
    Exists,
    /// Equal to one of them.
    In(Vec<String>),
    /// Holds one of them, which are folded.
    Contains(Vec<String>),
    Like(Vec<Pattern>),
    /// An ARM id at or below one of these.
    Under(Vec<String>),
}

/// The marketplace image of a virtual machine is one of these.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImageTest {
    /// Publisher, offer, SKU.
    pub(crate) fields: [Field; 3],
    pub(crate) accepted: Vec<[Pattern; 3]>,
}

/// What was seen on the way to an answer.
#[derive(Default)]
pub(crate) struct Trail<'c> {
    /// Fields of the tests that held, in order.
    pub(crate) seen: Vec<&'c Field>,
    /// The test that failed after the most others had held.
    pub(crate) miss: Option<Miss<'c>>,
}

/// A test that failed.
#[derive(Clone, Copy)]
pub(crate) struct Miss<'c> {
    /// How many tests had held before.
    pub(crate) depth: usize,
    pub(crate) field: &'c Field,
    pub(crate) kind: MissKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissKind {
    Field,
    Scope,
    Image,
}

impl Clause {
    /// Whether the condition holds. Stops at the first test that settles it.
    pub(crate) fn test<'c>(&'c self, view: &View<'_>, trail: &mut Trail<'c>) -> bool {
        match self {
            Self::All(clauses) => {
                let mark = trail.seen.len();
                let all = clauses.iter().all(|clause| clause.test(view, trail));
                if !all {
                    trail.seen.truncate(mark);
                }
                all
            }
            Self::Any(clauses) => clauses.iter().any(|clause| clause.test(view, trail)),
            Self::Not(clause) => {
                let fails = !clause.test(view, &mut Trail::default());
                if fails {
                    clause.each_field(&mut |field| trail.seen.push(field));
                } else {
                    clause.each_field(&mut |field| trail.missed(field, MissKind::Field));
                }
                fails
            }
            Self::Test(test) => {
                let holds = test.holds(view);
                if holds {
                    trail.seen.push(&test.field);
                } else {
                    let is_scope = matches!(test.relation, Relation::Under(_));
                    trail.missed(&test.field, if is_scope { MissKind::Scope } else { MissKind::Field });
                }
                holds
            }
            Self::Image(test) => {
                let holds = test.holds(view);
                if holds {
                    trail.seen.extend(&test.fields);
                } else {
                    let [publisher, ..] = &test.fields;
                    trail.missed(publisher, MissKind::Image);
                }
                holds
            }
        }
    }

    fn each_field<'c>(&'c self, visit: &mut impl FnMut(&'c Field)) {
        match self {
            Self::All(clauses) | Self::Any(clauses) => {
                clauses.iter().for_each(|clause| clause.each_field(visit));
            }
            Self::Not(clause) => clause.each_field(visit),
            Self::Test(test) => visit(&test.field),
            Self::Image(test) => test.fields.iter().for_each(visit),
        }
    }
}

impl<'c> Trail<'c> {
    fn missed(&mut self, field: &'c Field, kind: MissKind) {
        let depth = self.seen.len();
        if self.miss.is_none_or(|miss| depth > miss.depth) {
            self.miss = Some(Miss { depth, field, kind });
        }
    }
}

impl Test {
    fn holds(&self, view: &View<'_>) -> bool {
        view.get(&self.field).is_some_and(|text| self.relation.holds(&self.field, text)) != self.negated
    }
}

impl Relation {
    fn holds(&self, field: &Field, text: &str) -> bool {
        match self {
            Self::Exists => true,
            Self::In(values) if *field == Field::Location => values.contains(&region(text)),
            Self::In(values) => values.iter().any(|value| equal(value, text)),
            Self::Contains(parts) => parts.iter().any(|part| holds(text, part)),
            Self::Like(patterns) => {
                let folded = fold(text);
                patterns.iter().any(|pattern| pattern.matches(&folded))
            }
            Self::Under(scopes) => scopes.iter().any(|scope| is_under(text, scope)),
        }
    }
}

impl ImageTest {
    fn holds(&self, view: &View<'_>) -> bool {
        let own = self.fields.each_ref().map(|field| view.get(field).map(fold));
        let accepts = |(pattern, text): (&Pattern, &Option<String>)| {
            pattern.accepts_all() || text.as_ref().is_some_and(|text| pattern.matches(text))
        };
        self.accepted.iter().any(|patterns| patterns.iter().zip(&own).all(accepts))
    }
}
