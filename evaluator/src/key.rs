//! Keys that vouch for native code: Ed25519.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use holdfast_rule_set::{hex, unhex};

/// What is signed. It goes before the bytes, so that a signature made for something else is none here.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signing {
    /// The manifest of a folder of precompiled rules.
    Manifest,
    /// The record of an entry in a cache of compiled code.
    #[cfg(feature = "compiler")]
    CacheEntry,
}

impl Signing {
    fn message(self, bytes: &[u8]) -> Vec<u8> {
        let context: &[u8] = match self {
            Self::Manifest => b"holdfast precompiled rules 1\0",
            #[cfg(feature = "compiler")]
            Self::CacheEntry => b"holdfast cached code 1\0",
        };
        [context, bytes].concat()
    }
}

const PREFIX: &str = "ed25519:";

/// Signs manifests of precompiled rules.
pub struct CompiledSigner(Ed25519KeyPair);

/// Whose precompiled rules are loaded; written `ed25519:` and 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompiledKey([u8; 32]);

/// Bytes or text that are not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompiledKeyError {
    /// Not a private key.
    #[error("this is not an Ed25519 private key: {0}; make one with `openssl genpkey -algorithm ed25519`")]
    Private(String),
    /// Not a public key.
    #[error("`{0}` is not a key; one is written `ed25519:` and 64 hexadecimal digits")]
    Public(String),
}

impl CompiledSigner {
    /// The key with this seed: 32 random bytes, which are the secret.
    ///
    /// # Errors
    ///
    /// The seed has another length.
    pub fn from_seed(seed: &[u8]) -> Result<Self, CompiledKeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed);
        pair.map(Self).map_err(|error| CompiledKeyError::Private(error.to_string()))
    }

    /// A key in PKCS#8, as DER.
    ///
    /// # Errors
    ///
    /// The bytes are not an Ed25519 key.
    pub fn from_pkcs8(document: &[u8]) -> Result<Self, CompiledKeyError> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(document);
        pair.map(Self).map_err(|error| CompiledKeyError::Private(error.to_string()))
    }

    /// What others have to trust.
    pub fn key(&self) -> CompiledKey {
        let mut key = [0; 32];
        key.iter_mut().zip(self.0.public_key().as_ref()).for_each(|(to, from)| *to = *from);
        CompiledKey(key)
    }

    #[cfg(feature = "compiler")]
    pub(crate) fn sign(&self, what: Signing, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(&what.message(bytes)).as_ref().to_vec()
    }
}

impl CompiledKey {
    /// The public key with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn verifies(&self, what: Signing, bytes: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(&what.message(bytes), signature).is_ok()
    }
}

impl fmt::Display for CompiledKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}", hex(&self.0))
    }
}

impl FromStr for CompiledKey {
    type Err = CompiledKeyError;

    fn from_str(text: &str) -> Result<Self, CompiledKeyError> {
        let bytes = text.trim().strip_prefix(PREFIX).and_then(unhex);
        let key = bytes.and_then(|bytes| bytes.try_into().ok());
        key.map(Self).ok_or_else(|| CompiledKeyError::Public(text.to_owned()))
    }
}

impl fmt::Debug for CompiledSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CompiledSigner({})", self.key())
    }
}

#[cfg(all(test, feature = "compiler"))]
mod tests {
    use super::*;

    #[test]
    fn a_signature_for_one_thing_is_none_for_another() -> anyhow::Result<()> {
        let signer = CompiledSigner::from_seed(&[7; 32])?;
        let signature = signer.sign(Signing::CacheEntry, b"text");
        assert!(signer.key().verifies(Signing::CacheEntry, b"text", &signature));
        assert!(!signer.key().verifies(Signing::Manifest, b"text", &signature));
        assert!(!signer.key().verifies(Signing::CacheEntry, b"next", &signature));
        Ok(())
    }

    #[test]
    fn a_key_and_its_text_are_the_same_thing() -> anyhow::Result<()> {
        let key = CompiledSigner::from_seed(&[7; 32])?.key();
        assert_eq!(key.to_string().parse::<CompiledKey>()?, key);
        for text in ["", "ed25519:", "ed25519:00", &key.to_string()[1..], &format!("{key}0")] {
            assert!(text.parse::<CompiledKey>().is_err(), "`{text}` was accepted");
        }
        assert!(CompiledSigner::from_seed(&[7; 31]).is_err());
        assert!(CompiledSigner::from_pkcs8(b"no key").is_err());
        Ok(())
    }
}
