//! Ed25519 keys in the files that other tools read too: PKCS#8 and SubjectPublicKeyInfo, as PEM.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdfast_rule_set::Digest;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;

/// Everything before the 32 bytes of a key in its SubjectPublicKeyInfo (RFC 8410).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const PUBLIC_LABEL: &str = "PUBLIC KEY";
const PRIVATE_LABEL: &str = "PRIVATE KEY";

/// A text that is not a usable key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a private key.
    #[error(
        "it is not an ed25519 private key in PKCS#8 PEM; make one with `holdfast rule keygen` \
         or `openssl genpkey -algorithm ed25519`"
    )]
    Private,
    /// Not a public key.
    #[error(
        "it is not an ed25519 public key; expected PEM (`-----BEGIN PUBLIC KEY-----`), \
         or its base64 without the lines around it"
    )]
    Public,
    /// A private key where a public one belongs.
    #[error("it is a private key; state the public key here, and keep the private one to yourself")]
    PrivateForPublic,
    /// The operating system gave no randomness.
    #[error("could not make a key: the system gave no randomness")]
    NoRandomness,
}

/// Names a public key: `ed25519:` and the first 16 hexadecimal digits of the SHA-256 of its 32 bytes.
///
/// A hint which key to try, never a proof.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// Reads what [`KeyId`]'s `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("ed25519:")?;
        let fits = digits.len() == 16
            && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// The key that makes signatures. Never shown by `Debug`.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    ///
    /// When the system gives no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::NoRandomness)?;
        Self::of(pair).ok_or(KeyError::NoRandomness)
    }

    /// Reads PKCS#8 in PEM, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    ///
    /// When it is anything else; the text is not repeated.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| KeyError::Private)?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der())
            .map_err(|_| KeyError::Private)?;
        Self::of(pair).ok_or(KeyError::Private)
    }

    /// PKCS#8 (version 1) in PEM. A secret.
    ///
    /// # Errors
    ///
    /// When the cryptographic library can't write it.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        Ok(pem(PRIVATE_LABEL, &self.to_pkcs8()?))
    }

    /// PKCS#8 (version 1) in DER. A secret.
    ///
    /// # Errors
    ///
    /// When the cryptographic library can't write it.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, KeyError> {
        let der = self.pair.to_pkcs8v1().map_err(|_| KeyError::Private)?;
        Ok(der.as_ref().to_vec())
    }

    /// The key with which others verify.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature over these bytes, 64 bytes long.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.pair.sign(bytes).as_ref().to_vec()
    }

    fn of(pair: Ed25519KeyPair) -> Option<Self> {
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
        let public = PublicKey::from_der(der.as_ref())?;
        Some(Self { pair, public })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.public.id())
    }
}

/// The key with which a signature is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads PEM, or base64 of the DER within, or base64 of the bare 32 bytes.
    ///
    /// # Errors
    ///
    /// When it is anything else, a private key above all.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if text.contains(PRIVATE_LABEL) {
            return Err(KeyError::PrivateForPublic);
        }
        let body: String = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("-----"))
            .flat_map(|line| line.chars().filter(|c| !c.is_whitespace()))
            .collect();
        let bytes = STANDARD.decode(body).map_err(|_| KeyError::Public)?;
        let bare = || <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Self);
        Self::from_der(&bytes).or_else(bare).filter(Self::is_a_point).ok_or(KeyError::Public)
    }

    /// SubjectPublicKeyInfo in PEM.
    pub fn to_pem(&self) -> String {
        let der: Vec<u8> = SPKI_PREFIX.iter().chain(&self.0).copied().collect();
        pem(PUBLIC_LABEL, &der)
    }

    /// Its name in signatures.
    pub fn id(&self) -> KeyId {
        KeyId(format!("ed25519:{:.16}", Digest::of(&self.0).digits()))
    }

    /// Whether this key made `signature` over `bytes`.
    pub fn has_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        ParsedPublicKey::new(&ED25519, self.0).is_ok_and(|key| key.verify_sig(bytes, signature).is_ok())
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        der.strip_prefix(&SPKI_PREFIX)?.try_into().ok().map(Self)
    }

    fn is_a_point(&self) -> bool {
        ParsedPublicKey::new(&ED25519, self.0).is_ok()
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, character) in body.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text + &format!("\n-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_file_and_signs() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
        let signature = again.sign(b"bytes");
        assert!(key.public().has_signed(b"bytes", &signature));
        assert!(!key.public().has_signed(b"other", &signature));
        assert!(!SigningKey::generate().unwrap().public().has_signed(b"bytes", &signature));
        assert!(!format!("{key:?}").contains("pair"));
    }

    #[test]
    fn a_public_key_is_read_in_every_usual_form() {
        let key = SigningKey::generate().unwrap().public().clone();
        let pem = key.to_pem();
        let der: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let bare = STANDARD.encode(key.0);
        for text in [pem, format!(" {der}\n"), bare] {
            assert_eq!(PublicKey::parse(&text), Ok(key.clone()), "{text}");
        }
        assert_eq!(KeyId::parse(&key.id().to_string()), Some(key.id()));
    }

    #[test]
    fn anything_else_is_refused() {
        let private = SigningKey::generate().unwrap().to_pem().unwrap();
        assert_eq!(PublicKey::parse(&private), Err(KeyError::PrivateForPublic));
        for text in ["", "AAAA", "not base64!", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"] {
            assert_eq!(PublicKey::parse(text), Err(KeyError::Public), "{text}");
            assert_eq!(SigningKey::from_pem(text).unwrap_err(), KeyError::Private, "{text}");
        }
        for text in ["", "ed25519:", "ed25519:0123", "rsa:0123456789abcdef", "ed25519:0123456789ABCDEF"] {
            assert_eq!(KeyId::parse(text), None, "{text}");
        }
    }
}
