//! Function keys: which of them was used. Settings hold only their digests.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Identity;

/// Keys that have names, by the SHA-256 of the key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedKeys(BTreeMap<String, String>);

/// A list of named keys that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no named key; expected <name>=<SHA-256 of the key, 64 hex digits>, separated by commas")]
pub struct BadKeys(String);

impl NamedKeys {
    /// Reads `night-shift=<sha256>, dba=<sha256>`.
    pub fn read(list: &str) -> Result<Self, BadKeys> {
        let mut keys = BTreeMap::new();
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let bad = || BadKeys(entry.split('=').next().unwrap_or_default().to_owned());
            let (name, digest) = entry.split_once('=').ok_or_else(bad)?;
            let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
            if name.is_empty() || !is_digest {
                return Err(bad());
            }
            keys.insert(digest.to_ascii_lowercase(), name.to_owned());
        }
        Ok(Self(keys))
    }

    /// Whose key it is, if it has a name; the header wins over the query.
    pub(super) fn named(&self, header: Option<&str>, query: &str) -> Option<Identity> {
        let from_query = || {
            url::form_urlencoded::parse(query.as_bytes())
                .find_map(|(name, value)| (name == "code").then(|| value.into_owned()))
        };
        let key = header.map(str::to_owned).or_else(from_query);
        let name = key.and_then(|key| self.0.get(&hex(&key)))?;
        Some(Identity::of_key(format!("key:{name}"), format!("holder of key {name}")))
    }
}

impl Identity {
    /// Whoever has a key that the Functions host knows, and we do not.
    pub(super) fn of_any_key() -> Self {
        Self::of_key("function-key".to_owned(), "holder of a function key".to_owned())
    }

    fn of_key(id: String, name: String) -> Self {
        Self { id, name, groups: Default::default(), app_roles: Default::default() }
    }
}

fn hex(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_key_has_a_name_and_any_other_has_none() {
        let keys = NamedKeys::read(&format!("night-shift={}", hex("s3cret").to_uppercase())).unwrap();
        let id = |header, query| keys.named(header, query).map(|identity| identity.id);
        assert_eq!(id(Some("s3cret"), "").as_deref(), Some("key:night-shift"));
        assert_eq!(id(None, "a=b&code=s3cret").as_deref(), Some("key:night-shift"));
        assert_eq!(id(Some("other"), "code=s3cret"), None);
        assert_eq!(id(None, ""), None);
    }

    #[test]
    fn a_key_in_clear_is_refused_and_not_repeated() {
        let refused = NamedKeys::read("night-shift=s3cret").unwrap_err().to_string();
        assert!(refused.contains("night-shift") && !refused.contains("s3cret"), "{refused}");
    }
}
