//! Signatures of webhooks, as the Standard Webhooks specification has them: receivers verify them with its libraries.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// What begins a secret in its usual spelling.
const PREFIX: &str = "whsec_";
/// Bytes of the shortest and the longest secret (specification: 24 to 64).
const LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The secret that a webhook's receiver shares.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// A secret that cannot be used; it is not repeated here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "it has to be `whsec_` and 24 to 64 bytes in base64, such as `echo whsec_$(openssl rand -base64 32)` prints"
)]
pub struct BadSecret;

impl FromStr for Secret {
    type Err = BadSecret;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let encoded = text.strip_prefix(PREFIX).ok_or(BadSecret)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| BadSecret)?;
        if LENGTHS.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(BadSecret) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// The headers that prove who sent a body and when: id, time and signature.
    pub fn headers(&self, id: &str, at: Timestamp, body: &[u8]) -> [(&'static str, String); 3] {
        let time = at.as_second().to_string();
        // Any length of key is taken.
        let signed = Hmac::<Sha256>::new_from_slice(&self.0).map(|mut mac| {
            for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
                mac.update(part);
            }
            STANDARD.encode(mac.finalize().into_bytes())
        });
        let signature = format!("v1,{}", signed.unwrap_or_default());
        [("webhook-id", id.to_owned()), ("webhook-timestamp", time), ("webhook-signature", signature)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_id_time_and_body() {
        let secret: Secret = format!("whsec_{}", STANDARD.encode([7; 24])).parse().unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let sign = |id: &str, at, body: &str| secret.headers(id, at, body.as_bytes())[2].1.clone();
        let later = Timestamp::from_second(1).unwrap();
        let one = sign("a", at, "x");
        assert!(one.starts_with("v1,"), "{one}");
        for other in [sign("b", at, "x"), sign("a", later, "x"), sign("a", at, "y")] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_bad_secret_is_refused_and_never_shown() {
        let short = format!("whsec_{}", STANDARD.encode([7; 23]));
        for text in ["", "secret", "whsec_", "whsec_%%%", &short] {
            assert_eq!(text.parse::<Secret>(), Err(BadSecret), "{text}");
        }
        let secret: Secret = format!("whsec_{}", STANDARD.encode([7; 32])).parse().unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
