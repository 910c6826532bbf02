//! Route templates of HTTP functions: `vaults/{vault}/jobs/{job?}`, `files/{*path}`, `items/{id:int}`.

use std::collections::BTreeMap;

/// A parsed route template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route(Vec<Segment>);

/// Values of a route's parameters, by name.
pub(crate) type RouteParameters = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter { name: String, constraint: Constraint, optional: bool },
    Rest { name: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Constraint {
    Any,
    Integer,
    Letters,
    Guid,
}

impl Route {
    /// The error says what cannot be served.
    pub(crate) fn parse(template: &str) -> Result<Self, String> {
        let segments = template.split('/').filter(|segment| !segment.is_empty());
        let segments = segments.map(Segment::parse).collect::<Result<Vec<_>, _>>()?;
        let last = segments.len().saturating_sub(1);
        let open_inside = segments.iter().take(last).any(Segment::may_be_empty);
        if open_inside {
            return Err(format!(
                "route \"{template}\": only the last segment may be optional or take the rest"
            ));
        }
        Ok(Self(segments))
    }

    /// The parameters if the path, relative to the prefix, fits.
    pub(crate) fn matches(&self, path: &str) -> Option<RouteParameters> {
        let mut parameters = RouteParameters::new();
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        for segment in &self.0 {
            match segment {
                Segment::Literal(literal) => {
                    if !parts.next()?.eq_ignore_ascii_case(literal) {
                        return None;
                    }
                }
                Segment::Rest { name } => {
                    let rest: Vec<&str> = parts.by_ref().collect();
                    parameters.insert(name.clone(), rest.join("/"));
                }
                Segment::Parameter { name, constraint, optional } => match parts.next() {
                    Some(part) if constraint.accepts(part) => {
                        parameters.insert(name.clone(), part.to_owned());
                    }
                    None if *optional => {}
                    _ => return None,
                },
            }
        }
        parts.next().is_none().then_some(parameters)
    }

    /// Routes that say more come first: literals before parameters before the rest.
    pub(crate) fn precedence(&self) -> Vec<u8> {
        let rank = |segment: &Segment| match segment {
            Segment::Literal(_) => 0,
            Segment::Parameter { .. } => 1,
            Segment::Rest { .. } => 2,
        };
        self.0.iter().map(rank).collect()
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, String> {
        let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
            if text.contains(['{', '}']) {
                return Err(format!(
                    "route segment \"{text}\" mixes text and parameters: give each its own segment"
                ));
            }
            return Ok(Self::Literal(text.to_owned()));
        };
        if let Some(name) = inner.strip_prefix('*') {
            return Ok(Self::Rest { name: name.trim_start_matches('*').to_owned() });
        }
        let (inner, optional) = inner.strip_suffix('?').map_or((inner, false), |inner| (inner, true));
        let (name, constraint) = inner.split_once(':').unwrap_or((inner, ""));
        let constraint = match constraint {
            "" => Constraint::Any,
            "int" | "long" => Constraint::Integer,
            "alpha" => Constraint::Letters,
            "guid" => Constraint::Guid,
            other => {
                return Err(format!(
                    "route constraint \"{other}\" is not served: use int, long, alpha or guid"
                ));
            }
        };
        Ok(Self::Parameter { name: name.to_owned(), constraint, optional })
    }

    fn may_be_empty(&self) -> bool {
        matches!(self, Self::Rest { .. } | Self::Parameter { optional: true, .. })
    }
}

impl Constraint {
    fn accepts(self, part: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Integer => part.parse::<i64>().is_ok(),
            Self::Letters => part.chars().all(|c| c.is_ascii_alphabetic()),
            Self::Guid => part.parse::<uuid::Uuid>().is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(template: &str, path: &str, name: &str) -> Option<String> {
        Route::parse(template).unwrap().matches(path)?.remove(name)
    }

    #[test]
    fn matches_as_the_host_does() {
        assert_eq!(value("jobs/{id}", "Jobs/7/", "id").as_deref(), Some("7"));
        assert_eq!(value("jobs/{id:int}", "jobs/x", "id"), None);
        assert_eq!(value("files/{*path}", "files/a/b", "path").as_deref(), Some("a/b"));
        assert!(Route::parse("jobs/{id?}").unwrap().matches("jobs").is_some());
        assert!(Route::parse("jobs").unwrap().matches("jobs/1").is_none());
        assert!(Route::parse("jobs/{id}").unwrap().matches("jobs").is_none());
    }

    #[test]
    fn refuses_what_it_cannot_serve() {
        for (template, expected) in
            [("a-{b}", "mixes"), ("{a:regex(x)}", "constraint"), ("{*a}/b", "last segment")]
        {
            let error = Route::parse(template).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
