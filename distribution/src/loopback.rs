//! This machine, by the name of a host: plain http goes no further.

use std::net::IpAddr;

/// Whether the host of a URL or registry is this machine, without asking anybody.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_this_machine() {
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "[::ffff:127.0.0.1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.evil.com", "10.0.0.1", "[::2]", "127.0.0.1.evil.com", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
