//! Whether a clause is about an operation.

use holdfast_rule_sdk::ReviewRequest;

use crate::settings::Clause;

/// What made a clause match.
pub(crate) struct Matched<'a> {
    pub(crate) by_type: bool,
    pub(crate) by_location: bool,
    pub(crate) by_caller: bool,
    /// As the resource spells them.
    pub(crate) tags: Vec<(&'a str, &'a str)>,
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
        let mut tags = Vec::with_capacity(self.tags.len());
        for (name, accepted) in &self.tags {
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
        })
    }
}

impl Matched<'_> {
    /// Such as `stop-and-delete where env=prod`.
    pub(crate) fn words(&self, request: &ReviewRequest) -> String {
        let mut parts: Vec<String> =
            self.tags.iter().map(|(name, value)| format!("{name}={value}")).collect();
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
