//! Which api-versions are accepted.

use super::{ArmError, ArmPath, Call};

/// Refuses a missing api-version, and one that is not among `known`; without a list, every date is known.
pub(crate) fn check(call: &Call, known: Option<&[&str]>) -> Result<(), ArmError> {
    let Some(version) = call.parameter("api-version").filter(|version| !version.is_empty()) else {
        let message = "The api-version query parameter (?api-version=) is required for all requests.";
        return Err(ArmError::bad_request("MissingApiVersionParameter", message));
    };
    if !well_formed(version) {
        let message = format!(
            "The api-version '{version}' is invalid. An api-version is a date, optionally followed by '-preview', such as '2024-04-01'."
        );
        return Err(ArmError::bad_request("InvalidApiVersionParameter", message));
    }
    match known {
        Some(known) if !known.contains(&version) => Err(unsupported(&call.path, version, known)),
        _ => Ok(()),
    }
}

fn unsupported(path: &ArmPath, version: &str, known: &[&str]) -> ArmError {
    let kind = path.segment(0).unwrap_or_default();
    let message = format!(
        "No registered resource provider found for API version '{version}' for type '{kind}'. The supported api-versions are '{}'.",
        known.join(", ")
    );
    ArmError::bad_request("NoRegisteredProviderFound", message)
}

fn well_formed(version: &str) -> bool {
    let date = version.get(..10).unwrap_or_default();
    let suffix = version.get(10..).unwrap_or_default();
    let dated = date.len() == 10
        && date.char_indices().all(|(index, character)| match index {
            4 | 7 => character == '-',
            _ => character.is_ascii_digit(),
        });
    dated
        && (suffix.is_empty()
            || suffix
                .strip_prefix('-')
                .is_some_and(|word| !word.is_empty() && word.chars().all(char::is_alphanumeric)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_dates() {
        assert!(well_formed("2024-04-01"));
        assert!(well_formed("2022-05-01-preview"));
        assert!(!well_formed("latest"));
        assert!(!well_formed("2024-04-01-"));
        assert!(!well_formed("2024/04/01"));
    }
}
