//! Function keys: which of them was used. Settings hold only their digests.

use std::collections::BTreeMap;

use holdfast_evaluator::Digest;
use holdfast_protection::operations::ANY_KEY;

use super::Identity;

/// Keys that have names, by the SHA-256 of the key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedKeys(BTreeMap<String, String>);

/// A list of named keys that cannot be read. Nothing of an entry is repeated but its name: the rest may be a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a named key; expected <name>=<SHA-256 of the key, 64 hex digits>, separated by commas")]
pub struct BadKeys(String);

impl NamedKeys {
    /// Reads `night-shift=<sha256>, dba=<sha256>`.
    pub fn read(list: &str) -> Result<Self, BadKeys> {
        let mut keys = BTreeMap::new();
        for (number, entry) in (1..).zip(list.split(',').map(str::trim).filter(|entry| !entry.is_empty())) {
            // A key that stands alone ends with its padding.
            let named = entry.split_once('=').filter(|(_, digest)| digest.bytes().any(|byte| byte != b'='));
            let bad = || match named {
                Some((name, _)) => BadKeys(format!("`{name}`")),
                None => BadKeys(format!("entry {number}")),
            };
            let (name, digest) = named.ok_or_else(bad)?;
            let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
            if name.is_empty() || !is_digest {
                return Err(bad());
            }
            keys.insert(digest.to_ascii_lowercase(), name.to_owned());
        }
        Ok(Self(keys))
    }

    /// Whoever holds one of them.
    pub(super) fn identities(&self) -> impl Iterator<Item = Identity> {
        self.0.values().map(|name| Identity::of_named_key(name))
    }

    /// Who a request is from by its function key, which is the one that the host checked: the header wins over the query,
    /// whose parameter may be written in any case, and of several values, which the host joins with commas, the first counts.
    pub(super) fn shown(&self, header: Option<&str>, query: &str) -> Shown {
        let from_query = || {
            url::form_urlencoded::parse(query.as_bytes())
                .find_map(|(name, value)| name.eq_ignore_ascii_case("code").then(|| value.into_owned()))
        };
        let Some(keys) = header.map(str::to_owned).or_else(from_query) else { return Shown::None };
        let key = keys.split(',').next().unwrap_or_default().trim();
        match self.0.get(&hex(key)) {
            Some(name) => Shown::Named(Identity::of_named_key(name)),
            None => Shown::Unnamed,
        }
    }
}

/// The function key that a request shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// One that `HOLDFAST_KEYS` names.
    Named(Identity),
    /// One that it does not name.
    Unnamed,
    /// None.
    None,
}

impl Identity {
    const WITHOUT_KEY: &str = "a caller without a function key";

    /// Somebody whom the Functions host let through, and of whom we know no more than that.
    pub(super) fn of_any_key(shown: &Shown) -> Self {
        let name = match shown {
            Shown::None => Self::WITHOUT_KEY,
            Shown::Unnamed | Shown::Named(_) => "a function key that is none of HOLDFAST_KEYS",
        };
        Self::of_key(ANY_KEY.to_owned(), name.to_owned())
    }

    /// Whether it may be anybody: rights that it is given, every function key has.
    pub(super) fn is_any_key(&self) -> bool {
        self.id == ANY_KEY
    }

    /// Whether it showed no key at all.
    pub(super) fn has_no_key(&self) -> bool {
        self.is_any_key() && self.name == Self::WITHOUT_KEY
    }

    fn of_named_key(name: &str) -> Self {
        Self::of_key(format!("key:{name}"), format!("holder of key {name}"))
    }

    fn of_key(id: String, name: String) -> Self {
        Self { id, name, groups: Default::default(), app_roles: Default::default() }
    }
}

fn hex(key: &str) -> String {
    Digest::of(key.as_bytes()).digits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_key_has_a_name_and_any_other_has_none() {
        let keys = NamedKeys::read(&format!("night-shift={}", hex("s3cret").to_uppercase())).unwrap();
        for (header, query) in [
            (Some("s3cret"), ""),
            (None, "a=b&code=s3cret"),
            (Some("s3cret, other"), "code=other"),
            (None, "Code=s3cret"),
            (None, "code=s3cret%2Cother"),
            (None, "code=s3cret&code=other"),
        ] {
            let Shown::Named(identity) = keys.shown(header, query) else { panic!("{header:?} {query}") };
            assert_eq!(identity.id, "key:night-shift");
        }
        for header in ["other", "other, s3cret"] {
            assert_eq!(keys.shown(Some(header), "code=s3cret"), Shown::Unnamed, "{header}");
        }
        assert_eq!(keys.shown(None, "a=b"), Shown::None);
    }

    #[test]
    fn a_key_in_clear_is_refused_and_not_repeated() {
        let refused = |list: &str| NamedKeys::read(list).unwrap_err().to_string();
        let named = refused("night-shift=s3cret");
        assert!(named.contains("night-shift") && !named.contains("s3cret"), "{named}");
        for alone in ["s3cret", "s3cret=="] {
            let refused = refused(&format!("night-shift={}, {alone}", hex("x")));
            assert!(refused.starts_with("entry 2 is not") && !refused.contains("s3cret"), "{refused}");
        }
    }
}
