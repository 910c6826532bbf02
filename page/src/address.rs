//! Addresses of views.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Where the page is.
pub const ROOT: &str = "/api/ui";

/// What needs no escape in a query. Slashes stay, so that an ARM id can be read.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'/').remove(b':');

/// The address of a view with its query; pairs without a value are left out.
pub fn address(view: &str, query: &[(&str, &str)]) -> String {
    let given = query.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> =
        given.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, PLAIN))).collect();
    let slash = if view.is_empty() { "" } else { "/" };
    let mark = if pairs.is_empty() { "" } else { "?" };
    format!("{ROOT}{slash}{view}{mark}{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_name_cannot_leave_the_query() {
        assert_eq!(address("", &[]), "/api/ui");
        assert_eq!(
            address("resources", &[("state", "failing"), ("name", "")]),
            "/api/ui/resources?state=failing"
        );
        assert_eq!(address("r", &[("q", "a&b=c#d\"<é")]), "/api/ui/r?q=a%26b%3Dc%23d%22%3C%C3%A9");
    }
}
