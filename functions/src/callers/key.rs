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

    /// Whose key it is: the host has checked already that it is one; the header wins over the query.
    pub(super) fn identity(&self, header: Option<&str>, query: &str) -> Identity {
        let from_query = || {
            url::form_urlencoded::parse(query.as_bytes())
                .find_map(|(name, value)| (name == "code").then(|| value.into_owned()))
        };
        let key = header.map(str::to_owned).or_else(from_query);
        let name = key.and_then(|key| self.0.get(&hex(&key)));
        let (id, name) = match name {
            Some(name) => (format!("key:{name}"), format!("holder of key {name}")),
            None => ("function-key".to_owned(), "holder of a function key".to_owned()),
        };
        Identity { id, name, groups: Default::default(), app_roles: Default::default() }
    }
}

fn hex(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_key_has_a_name_and_any_other_is_a_function_key() {
        let keys = NamedKeys::read(&format!("night-shift={}", hex("s3cret").to_uppercase())).unwrap();
        assert_eq!(keys.identity(Some("s3cret"), "").id, "key:night-shift");
        assert_eq!(keys.identity(None, "a=b&code=s3cret").id, "key:night-shift");
        assert_eq!(keys.identity(Some("other"), "code=s3cret").id, "function-key");
        assert_eq!(keys.identity(None, "").id, "function-key");
    }

    #[test]
    fn a_key_in_clear_is_refused_and_not_repeated() {
        let refused = NamedKeys::read("night-shift=s3cret").unwrap_err().to_string();
        assert!(refused.contains("night-shift") && !refused.contains("s3cret"), "{refused}");
    }
}
