//! Parameters of a definition: what it takes, and what an assignment gave.

use serde_json::{Map, Value};

use crate::{Builtin, ImportError};

/// A parameter that a definition takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) default: Default,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    List,
    Truth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Default {
    Required,
    Text(&'static str),
    EmptyList,
    Truth(bool),
}

pub(crate) const fn required(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Text, default: Default::Required }
}

pub(crate) const fn text(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Text, default: Default::Text(default) }
}

pub(crate) const fn required_list(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::List, default: Default::Required }
}

pub(crate) const fn list(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::List, default: Default::EmptyList }
}

pub(crate) const fn truth(name: &'static str, default: bool) -> Parameter {
    Parameter { name, kind: Kind::Truth, default: Default::Truth(default) }
}

/// The values that an assignment gave to a definition, all of them parameters of it and of its types.
#[derive(Debug, Clone)]
pub(crate) struct Values<'a> {
    pub(crate) assignment: &'a str,
    pub(crate) builtin: &'static Builtin,
    given: Map<String, Value>,
}

impl<'a> Values<'a> {
    /// # Errors
    ///
    /// Fails on a parameter that the definition does not have and on values of other types. A `null`
    /// counts as not given.
    pub(crate) fn check(
        assignment: &'a str,
        builtin: &'static Builtin,
        given: &Map<String, Value>,
    ) -> Result<Self, ImportError> {
        let mut values = Self { assignment, builtin, given: Map::new() };
        for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
            let Some(parameter) = builtin.parameter(name) else {
                let (assignment, parameter) = (assignment.to_owned(), name.clone());
                return Err(ImportError::Unknown { assignment, parameter, builtin });
            };
            if let Some(expected) = parameter.kind.unmet(value) {
                return Err(values.unfit(parameter.name, value, expected));
            }
            values.given.insert(parameter.name.to_owned(), value.clone());
        }
        Ok(values)
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<String, ImportError> {
        match (self.given.get(name), self.default(name)) {
            (Some(value), _) => Ok(value.as_str().unwrap_or_default().to_owned()),
            (None, Default::Text(default)) => Ok(default.to_owned()),
            (None, _) => Err(self.missing(name)),
        }
    }

    pub(crate) fn list(&self, name: &'static str) -> Result<Vec<String>, ImportError> {
        match (self.given.get(name), self.default(name)) {
            (Some(value), _) => {
                let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
                Ok(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            (None, Default::EmptyList) => Ok(Vec::new()),
            (None, _) => Err(self.missing(name)),
        }
    }

    pub(crate) fn truth(&self, name: &'static str) -> Option<bool> {
        match (self.given.get(name), self.default(name)) {
            (Some(value), _) => value.as_bool(),
            (None, Default::Truth(default)) => Some(default),
            (None, _) => None,
        }
    }

    pub(crate) fn unfit(&self, parameter: &str, found: &Value, expected: impl Into<String>) -> ImportError {
        ImportError::Value {
            assignment: self.assignment.to_owned(),
            parameter: parameter.to_owned(),
            found: found.to_string(),
            expected: expected.into(),
        }
    }

    fn default(&self, name: &str) -> Default {
        self.builtin.parameter(name).map_or(Default::Required, |parameter| parameter.default)
    }

    fn missing(&self, parameter: &'static str) -> ImportError {
        ImportError::Missing { assignment: self.assignment.to_owned(), parameter, builtin: self.builtin }
    }
}

impl Kind {
    /// What was expected, if the value is not of it.
    fn unmet(self, value: &Value) -> Option<&'static str> {
        let is_met = match self {
            Self::Text => value.is_string(),
            Self::List => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            Self::Truth => value.is_boolean(),
        };
        let expected = match self {
            Self::Text => "a text",
            Self::List => "a list of texts",
            Self::Truth => "true or false",
        };
        (!is_met).then_some(expected)
    }
}
