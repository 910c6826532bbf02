//! `$filter` of lists: clauses `name eq 'value'`, joined by `and`. Anything else is refused (nothing else was ever seen).

use std::str::FromStr;

use super::refusal::invalid_input;
use crate::wire::{ArmError, Call};

/// What a caller asks a list for.
#[derive(Debug, Default)]
pub(super) struct Filter(Vec<(String, String)>);

impl Filter {
    /// The filter of `call`, whose names must be among `known`.
    pub(super) fn of(call: &Call, known: &[&str]) -> Result<Self, ArmError> {
        let filter: Self =
            call.parameter("$filter").unwrap_or_default().parse().map_err(|()| invalid_input())?;
        let all = filter.0.iter().all(|(name, _)| known.iter().any(|known| known.eq_ignore_ascii_case(name)));
        if all { Ok(filter) } else { Err(invalid_input()) }
    }

    /// What `name` must be.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether `value` is what `name` must be, if it must be anything.
    pub(super) fn admits(&self, name: &str, value: &str) -> bool {
        self.get(name).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
    }
}

impl FromStr for Filter {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut clauses = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (name, after) = rest.split_once(char::is_whitespace).ok_or(())?;
            let (operator, after) = after.trim_start().split_once(char::is_whitespace).ok_or(())?;
            let (value, after) =
                after.trim_start().strip_prefix('\'').and_then(|text| text.split_once('\'')).ok_or(())?;
            if !operator.eq_ignore_ascii_case("eq") {
                return Err(());
            }
            clauses.push((name.to_owned(), value.to_owned()));
            let after = after.trim_start();
            rest = match after.split_once(char::is_whitespace) {
                Some((and, next)) if and.eq_ignore_ascii_case("and") => next.trim_start(),
                None if after.is_empty() => after,
                _ => return Err(()),
            };
        }
        Ok(Self(clauses))
    }
}

#[test]
fn clauses_are_joined_by_and() {
    let filter: Filter = "backupManagementType eq 'AzureIaasVM' and  itemType EQ 'VM'".parse().unwrap();
    assert!(filter.admits("itemtype", "vm") && !filter.admits("backupManagementType", "AzureStorage"));
    assert!(filter.admits("policyName", "any"));
    assert!("".parse::<Filter>().is_ok());
    for wrong in
        ["status", "status ne 'x'", "status eq 'a' or status eq 'b'", "status eq a", "status eq 'a' and"]
    {
        assert!(wrong.parse::<Filter>().is_err(), "{wrong}");
    }
}
