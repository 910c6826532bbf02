//! From written conditions to ready ones; finds what the schema cannot check.

use std::collections::BTreeMap;

use holdfast_rule_sdk::Issue;

use crate::body::Places;
use crate::clause::{Clause, ImageTest, Relation, Test};
use crate::compare::{Pattern, fold, region};
use crate::field::Field;
use crate::form::{ClauseForm, Unread};
use crate::text::Texts;

/// Conditions may be nested this deep.
pub(crate) const DEPTH: usize = 8;

const IMAGE: [&str; 3] = [
    "/properties/storageProfile/imageReference/publisher",
    "/properties/storageProfile/imageReference/offer",
    "/properties/storageProfile/imageReference/sku",
];

/// Compiles the conditions of one set of settings.
#[derive(Default)]
pub(crate) struct Compiler {
    pub(crate) places: Places,
    pub(crate) issues: Vec<Issue>,
    defined: BTreeMap<String, Clause>,
}

impl Compiler {
    /// Keeps conditions under their names; one cannot use another.
    pub(crate) fn define(&mut self, unread: &BTreeMap<String, Unread>) {
        let clauses = unread
            .iter()
            .map(|(name, unread)| (name.clone(), self.clause(unread, &format!("/define/{name}"), 1)));
        self.defined = clauses.collect();
    }

    /// A condition; where it is wrong, an issue is noted and it never holds.
    pub(crate) fn clause(&mut self, unread: &Unread, at: &str, depth: usize) -> Clause {
        if depth > DEPTH {
            let message = format!("is nested deeper than {DEPTH} conditions; split it with `define`");
            return self.wrong(at, message);
        }
        let form: ClauseForm = match serde_json::from_str(unread.get()) {
            Ok(form) => form,
            Err(error) => return self.wrong(at, error.to_string()),
        };
        match kinds(&form).as_slice() {
            [_] => self.combination(form, at, depth),
            [] => {
                let message = "says nothing: state one of all, any, not, is, image, field, tag, body";
                self.wrong(at, message.to_owned())
            }
            several => {
                let several = several.join(" and ");
                let message =
                    format!("states {several}: a condition has one of them; combine with all or any");
                self.wrong(at, message)
            }
        }
    }

    fn combination(&mut self, mut form: ClauseForm, at: &str, depth: usize) -> Clause {
        match self.field(&mut form, at) {
            Some(Ok(field)) => return self.tests(form, field, at),
            Some(Err(wrong)) => return wrong,
            None => {}
        }
        if let Some(stray) = stray(&form) {
            return self
                .wrong(at, format!("states `{stray}` without saying of what: add field, tag or body"));
        }
        if let Some(all) = form.all {
            return Clause::All(self.list(&all, &format!("{at}/all"), depth));
        }
        if let Some(any) = form.any {
            return Clause::Any(self.list(&any, &format!("{at}/any"), depth));
        }
        if let Some(clause) = form.not {
            return Clause::Not(Box::new(self.clause(&clause, &format!("{at}/not"), depth + 1)));
        }
        match form.image {
            Some(images) => self.image(images, at),
            None => self.named(&form.is.unwrap_or_default(), at),
        }
    }

    fn list(&mut self, unread: &[Unread], at: &str, depth: usize) -> Vec<Clause> {
        let numbered = unread.iter().enumerate();
        numbered.map(|(index, unread)| self.clause(unread, &format!("{at}/{index}"), depth + 1)).collect()
    }

    fn named(&mut self, name: &str, at: &str) -> Clause {
        match self.defined.get(name) {
            Some(clause) => clause.clone(),
            None => {
                let known: Vec<&str> = self.defined.keys().map(String::as_str).collect();
                let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
                self.wrong(
                    &format!("{at}/is"),
                    format!("is `{name}`, which is not defined; defined are: {known} (a definition cannot use another)"),
                )
            }
        }
    }

    fn image(&mut self, images: Texts, at: &str) -> Clause {
        let fields = IMAGE.map(|pointer| self.body(pointer));
        let mut accepted = Vec::with_capacity(images.0.len());
        for (index, image) in images.0.iter().enumerate() {
            let mut parts = image.split(':').map(Pattern::new);
            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                (Some(publisher), Some(offer), Some(sku), None) => accepted.push([publisher, offer, sku]),
                _ => {
                    let message = format!(
                        "is `{image}`; expected `publisher:offer:sku`, where * may stand for any part"
                    );
                    return self.wrong(&format!("{at}/image/{index}"), message);
                }
            }
        }
        Clause::Image(ImageTest { fields, accepted })
    }

    /// The field that is tested, or what stands for a wrong one; none if none is.
    fn field(&mut self, form: &mut ClauseForm, at: &str) -> Option<Result<Field, Clause>> {
        if let Some(name) = form.tag.take() {
            return Some(Ok(Field::Tag(name)));
        }
        if let Some(pointer) = form.body.take() {
            if pointer.starts_with('/') {
                return Some(Ok(self.body(&pointer)));
            }
            let message =
                format!("is `{pointer}`; expected a JSON pointer such as `/properties/isHnsEnabled`");
            return Some(Err(self.wrong(&format!("{at}/body"), message)));
        }
        let name = form.field.take()?;
        Some(Field::named(&name).ok_or_else(|| {
            let message = format!(
                "is `{name}`; known are id, type, name, location, resource-group, subscription, sku, kind \
                 (tags are tested with `tag`, anything else with `body`)"
            );
            self.wrong(&format!("{at}/field"), message)
        }))
    }

    fn body(&mut self, pointer: &str) -> Field {
        Field::Body(pointer.to_owned(), self.places.add(pointer))
    }

    fn tests(&mut self, form: ClauseForm, field: Field, at: &str) -> Clause {
        let exists = form.exists;
        let mut tests: Vec<Clause> = Vec::new();
        if let Some(exists) = exists {
            tests.push(Clause::Test(Test {
                field: field.clone(),
                relation: Relation::Exists,
                negated: !exists,
            }));
        }
        for (name, texts, negated) in relations(form) {
            if name.ends_with("equals") && texts.0.len() != 1 {
                return self.wrong(&format!("{at}/{name}"), "is a list; use `in` or `not-in`".to_owned());
            }
            if name.ends_with("under")
                && let Some(wrong) = texts.0.iter().find(|scope| !scope.starts_with('/') || scope.len() < 2)
            {
                let message = format!("is `{wrong}`; expected an ARM id, such as `/subscriptions/...`");
                return self.wrong(&format!("{at}/{name}"), message);
            }
            let relation = relation(name, texts.0, &field);
            tests.push(Clause::Test(Test { field: field.clone(), relation, negated }));
        }
        if tests.len() == 1
            && let Some(test) = tests.pop()
        {
            return test;
        }
        if tests.is_empty() {
            let message = "says nothing about its field: add equals, in, contains, like, under, exists or a not- of these";
            return self.wrong(at, message.to_owned());
        }
        Clause::All(tests)
    }

    fn wrong(&mut self, at: &str, message: String) -> Clause {
        self.issues.push(Issue { pointer: at.to_owned(), message });
        Clause::Any(Vec::new())
    }
}

/// A test that stands where no field does.
fn stray(form: &ClauseForm) -> Option<&'static str> {
    let exists = form.exists.map(|_| "exists");
    exists.or_else(|| relations(form.clone()).first().map(|(name, ..)| *name))
}

fn kinds(form: &ClauseForm) -> Vec<&'static str> {
    let stated = [
        ("all", form.all.is_some()),
        ("any", form.any.is_some()),
        ("not", form.not.is_some()),
        ("is", form.is.is_some()),
        ("image", form.image.is_some()),
        ("field", form.field.is_some()),
        ("tag", form.tag.is_some()),
        ("body", form.body.is_some()),
    ];
    stated.into_iter().filter_map(|(name, is_stated)| is_stated.then_some(name)).collect()
}

/// What is stated of a field: the name, what is expected, and whether it is negated.
fn relations(form: ClauseForm) -> Vec<(&'static str, Texts, bool)> {
    let stated = [
        ("equals", form.equals, false),
        ("not-equals", form.not_equals, true),
        ("in", form.r#in, false),
        ("not-in", form.not_in, true),
        ("contains", form.contains, false),
        ("not-contains", form.not_contains, true),
        ("like", form.like, false),
        ("not-like", form.not_like, true),
        ("under", form.under, false),
        ("not-under", form.not_under, true),
    ];
    stated.into_iter().filter_map(|(name, texts, negated)| Some((name, texts?, negated))).collect()
}

fn relation(name: &str, texts: Vec<String>, field: &Field) -> Relation {
    match name.trim_start_matches("not-") {
        "contains" => Relation::Contains(texts.iter().map(|text| fold(text)).collect()),
        "like" => Relation::Like(texts.iter().map(|text| Pattern::new(text)).collect()),
        "under" => {
            Relation::Under(texts.iter().map(|scope| scope.trim_end_matches('/').to_owned()).collect())
        }
        _ if *field == Field::Location => Relation::In(texts.iter().map(|text| region(text)).collect()),
        _ => Relation::In(texts),
    }
}
