//! Whether a clause is about an operation.

use holdfast_rule_sdk::ReviewRequest;

use crate::settings::{Clause, RulingKind};

/// Why a clause with tags counts as matched.
pub(crate) const UNKNOWN_TAGS: &str = "the tags of this deleted resource are unknown";

/// What made a clause match.
pub(crate) struct Matched<'a> {
    pub(crate) by_type: bool,
    pub(crate) by_location: bool,
    pub(crate) by_caller: bool,
    /// As the resource spells them.
    pub(crate) tags: Vec<(&'a str, &'a str)>,
    /// It asks for tags, and nobody knows those of the resource: it matches only perhaps.
    pub(crate) unknown_tags: bool,
}

/// The clause that rules: the first that matches.
///
/// Where nobody knows the tags of the resource, any of the clauses up to the first one that matches for certain may be
/// it, and the strictest of them rules.
pub(crate) fn ruling<'c, 'r>(
    clauses: &'c [Clause],
    request: &'r ReviewRequest,
) -> Option<(&'c Clause, Matched<'r>)> {
    let mut strictest: Option<(&Clause, Matched<'_>)> = None;
    for clause in clauses {
        let Some(matched) = clause.test(request) else { continue };
        let is_certain = !matched.unknown_tags;
        if strictest.as_ref().is_none_or(|(held, _)| clause.ruling > held.ruling) {
            strictest = Some((clause, matched));
        }
        if is_certain {
            return strictest;
        }
    }
    // Perhaps none matches, and having no opinion is stricter than to allow.
    strictest.filter(|(clause, matched)| !matched.unknown_tags || clause.ruling > RulingKind::Allow)
}

impl Clause {
    pub(crate) fn test<'a>(&self, request: &'a ReviewRequest) -> Option<Matched<'a>> {
        let any = |accepted: &[String], test: &dyn Fn(&str) -> bool| {
            accepted.is_empty() || accepted.iter().any(|name| test(name))
        };
        let operation = request.operation.kind.name();
        let matches = any(&self.operations, &|name| name.eq_ignore_ascii_case(operation))
            && any(&self.types, &|name| request.is_about(name))
            && any(&self.locations, &|name| name.eq_ignore_ascii_case(&request.target.location))
            && any(&self.caller_has, &|role| request.caller_has(role))
            && !self.caller_lacks.iter().any(|role| request.caller_has(role));
        if !matches {
            return None;
        }
        let unknown_tags = !self.tags.is_empty() && request.tags_are_unknown();
        let mut tags = Vec::with_capacity(self.tags.len());
        for (name, accepted) in self.tags.iter().filter(|_| !unknown_tags) {
            let (name, value) = request.tag(name)?;
            if !accepted.iter().any(|wanted| wanted == "*" || wanted.eq_ignore_ascii_case(value)) {
                return None;
            }
            tags.push((name, value));
        }
        Some(Matched {
            by_type: !self.types.is_empty(),
            by_location: !self.locations.is_empty(),
            by_caller: !self.caller_has.is_empty() || !self.caller_lacks.is_empty(),
            tags,
            unknown_tags,
        })
    }
}

impl Matched<'_> {
    /// Such as `stop-and-delete where env=prod`.
    pub(crate) fn words(&self, request: &ReviewRequest) -> String {
        let mut parts: Vec<String> =
            self.tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if self.unknown_tags {
            parts.push(UNKNOWN_TAGS.to_owned());
        }
        if self.by_type {
            parts.push(format!("type is {}", request.target.type_));
        }
        if self.by_location {
            parts.push(format!("location is {}", request.target.location));
        }
        if self.by_caller {
            parts.push(match request.caller.roles.as_slice() {
                [] => "the caller has no role".to_owned(),
                roles => format!("the caller is {}", roles.join(", ")),
            });
        }
        let operation = request.operation.kind.name();
        if parts.is_empty() {
            format!("any {operation}")
        } else {
            format!("{operation} where {}", parts.join(", "))
        }
    }
}
