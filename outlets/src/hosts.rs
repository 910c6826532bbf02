//! Which hosts may be called: those of the internet, and those that a setting names.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use holdfast_notify::public_address::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::webhook::Lookup;

/// Hosts that may be called although their addresses are not of the internet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedHosts(BTreeSet<String>);

impl NamedHosts {
    /// Reads names that are separated by commas.
    pub fn read(list: &str) -> Self {
        let names = list.split(',').map(|name| plain(name.trim()));
        Self(names.filter(|name| !name.is_empty()).collect())
    }

    /// Whether a setting names this host.
    pub fn has(&self, host: &str) -> bool {
        self.0.contains(&plain(host))
    }

    /// Why a URL is not called, as far as that shows before its name is looked up.
    pub(crate) fn refused(&self, url: &Url) -> Option<String> {
        let host = url.host_str().unwrap_or_default();
        if self.has(host) {
            return (!matches!(url.scheme(), "http" | "https")).then(|| "it is not a web address".to_owned());
        }
        if url.scheme() != "https" {
            return Some("events are sent over https only".to_owned());
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
            None => return Some("it names no host".to_owned()),
        };
        literal.filter(|address| !is_public(*address)).map(|_| inside(host))
    }
}

/// A host in one spelling: URLs have brackets around addresses of IPv6.
fn plain(host: &str) -> String {
    host.trim_matches(['[', ']']).to_ascii_lowercase()
}

fn inside(host: &str) -> String {
    format!("{host} is not an address of the internet; name the host in HOLDFAST_NOTIFY_HOSTS if it is meant")
}

/// Looks names up for a client. What it finds is what the client calls, so that a name can't lead elsewhere in between.
pub(crate) struct PublicOnly {
    pub(crate) named: NamedHosts,
    pub(crate) lookup: Arc<dyn Lookup>,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let (host, lookup) = (name.as_str().to_owned(), self.lookup.clone());
        let is_named = self.named.has(&host);
        Box::pin(async move {
            let found: Vec<SocketAddr> = lookup.addresses(&host).await?;
            // One address of the inside is enough: which of them would be called is the client's choice.
            if !is_named && found.iter().any(|address| !is_public(address.ip())) {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, inside(&host)).into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_inside_are_refused_in_every_spelling_unless_they_are_named() {
        let refused = |hosts: &str, url: &str| NamedHosts::read(hosts).refused(&url.parse().unwrap());
        for url in [
            "https://127.0.0.1/x",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/metadata",
            "http://example.org/",
            "file:///etc/passwd",
        ] {
            assert!(refused("", url).is_some(), "{url}");
        }
        assert_eq!(refused("", "https://hooks.example.org/x?code=1"), None);
        assert_eq!(refused("127.0.0.1, [::1],Hooks.Inside", "http://hooks.inside:8080/x"), None);
        assert_eq!(refused("127.0.0.1", "http://127.0.0.1:9/x"), None);
        for named in ["[::1]", "::1"] {
            assert_eq!(refused(named, "https://[::1]/"), None, "{named}");
        }
        assert!(refused("127.0.0.1", "http://127.0.0.2:9/x").is_some());
        assert!(refused("a", "ftp://a/").is_some());
    }
}
