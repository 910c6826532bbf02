//! Addresses of the function app, whose own may have a path, as behind a gateway.

use anyhow::{Context as _, Result, bail};
use url::{Host, Url};

use crate::exit::Unusable;

/// An address below that of the function app; `path` begins with a slash.
pub(super) fn below(base: &Url, path: &str) -> Result<Url> {
    if base.cannot_be_a_base() {
        let message =
            format!("`{base}` is not the address of a function app, such as https://app.azurewebsites.net");
        return Err(Unusable::described(message));
    }
    let mut whole = base.clone();
    whole.set_path(&format!("{}{path}", prefix(base)));
    whole.set_query(None);
    whole.set_fragment(None);
    Ok(whole)
}

/// Where a list goes on. The function app does not know of a path that a gateway puts before its own.
pub(super) fn next(base: &Url, link: &str) -> Result<Url> {
    let next = base.join(link).context("read nextLink")?;
    if next.origin() != base.origin() {
        bail!("nextLink leads to {next}, which is not the function app");
    }
    if next.path().starts_with(&format!("{}/", prefix(base))) {
        return Ok(next);
    }
    let mut whole = below(base, next.path())?;
    whole.set_query(next.query());
    Ok(whole)
}

/// Whether others can read what is sent there: plain http that leaves this machine.
pub(super) fn is_in_clear(base: &Url) -> bool {
    let is_here = match base.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => true,
    };
    base.scheme() == "http" && !is_here
}

/// The path of a gateway, without the slash at its end.
fn prefix(base: &Url) -> &str {
    base.path().trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_gateway_is_kept_in_every_address() {
        for (base, prefix) in [
            ("http://127.0.0.1:7071", "http://127.0.0.1:7071"),
            ("https://a.net/", "https://a.net"),
            ("https://a.net/backup", "https://a.net/backup"),
            ("https://a.net/backup/?code=1#top", "https://a.net/backup"),
        ] {
            let base: Url = base.parse().unwrap();
            assert_eq!(below(&base, "/api/jobs").unwrap().as_str(), format!("{prefix}/api/jobs"));
            let origin = base.origin().ascii_serialization();
            for link in ["/api/jobs?skipToken=x", &format!("{origin}/api/jobs?skipToken=x")] {
                let next = next(&base, link).unwrap();
                assert_eq!(next.as_str(), format!("{prefix}/api/jobs?skipToken=x"));
            }
        }
        let base: Url = "https://a.net/backup".parse().unwrap();
        let known = "https://a.net/backup/api/jobs?skipToken=x";
        assert_eq!(next(&base, known).unwrap().as_str(), known, "a gateway may rewrite links");
        assert!(next(&base, "https://b.net/backup/api/jobs").is_err());
    }

    #[test]
    fn only_plain_http_that_leaves_this_machine_is_in_clear() {
        let is = |base: &str| is_in_clear(&base.parse().unwrap());
        for base in ["http://127.0.0.1:7071", "http://[::1]:7071", "http://LOCALHOST", "https://app.net"] {
            assert!(!is(base), "{base}");
        }
        for base in ["http://app.net", "http://10.0.0.4:7071", "http://localhost.app.net"] {
            assert!(is(base), "{base}");
        }
    }

    #[test]
    fn what_is_no_address_is_told() {
        let error = below(&"localhost:7071".parse().unwrap(), "/api/jobs").unwrap_err();
        assert!(error.to_string().contains("`localhost:7071` is not the address"), "{error}");
    }
}
