//! "It does not exist" as a value instead of an error.

use holdfast_protection::AzureError;

/// `None` for a 404 that says the thing does not exist.
///
/// A 404 that says the request was wrong (an unknown type or api-version) stays an error.
pub(super) fn or_absent<T>(result: Result<T, AzureError>) -> Result<Option<T>, AzureError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(AzureError::Refused { refusal, .. })
            if refusal.status == 404 && !is_about_the_request(&refusal.code) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn is_about_the_request(code: &str) -> bool {
    const CODES: [&str; 4] = [
        "InvalidResourceType",
        "InvalidResourceNamespace",
        "NoRegisteredProviderFound",
        "MissingApiVersionParameter",
    ];
    CODES.iter().any(|known| known.eq_ignore_ascii_case(code))
}
