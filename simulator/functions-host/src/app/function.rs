//! One function of the app.

use std::fmt;

use super::{Output, Retry, Trigger};

/// A function: what sets it off and where its outputs go.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: FunctionName,
    pub(crate) trigger: Trigger,
    pub(crate) outputs: Vec<Output>,
    pub(crate) retry: Option<Retry>,
}

impl Function {
    /// Whether HTTP calls may go to the handler as HTTP: one HTTP trigger, one HTTP output, nothing else.
    pub(crate) fn is_plain_http(&self) -> bool {
        matches!(self.trigger, Trigger::Http(_)) && matches!(self.outputs.as_slice(), [Output::Http { .. }])
    }
}

/// A function's name: its folder's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionName(String);

impl FunctionName {
    /// Letters, digits, `_` and `-`, beginning with a letter, at most 128, and not `host`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut characters = text.chars();
        let starts = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
        let continues = characters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let valid = starts && continues && text.len() <= 128 && !text.eq_ignore_ascii_case("host");
        valid.then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.0.eq_ignore_ascii_case(text)
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_hosts_rule() {
        for good in ["A", "what-if_2"] {
            assert!(FunctionName::parse(good).is_some(), "{good}");
        }
        for bad in ["", "1a", "a b", "Host", "größe", &"a".repeat(129)] {
            assert!(FunctionName::parse(bad).is_none(), "{bad}");
        }
    }
}
