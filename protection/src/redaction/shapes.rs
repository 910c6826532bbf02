//! Texts that are secrets, or are none, by their form alone.

/// Parts of connection strings and of addresses that let who holds them in.
const PARTS: [&str; 6] =
    ["accountkey=", "sharedaccesskey=", "sharedaccesssignature=", "password=", "pwd=", "sig="];

/// What says no more than whether something is there.
const FLAGS: [&str; 12] = [
    "true", "false", "yes", "no", "on", "off", "none", "enabled", "disabled", "required", "optional",
    "notset",
];

/// Whether a text holds a secret: a connection string, a signed address, an address with a password, a private key.
pub(super) fn is_secret(text: &str) -> bool {
    (text.contains('=') && PARTS.iter().any(|part| has_part(text, part)))
        || (text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----"))
        || has_sign_in(text)
}

/// Whether a part is there with a value, at the start or after what separates parts.
fn has_part(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    text.windows(part.len()).enumerate().any(|(at, found)| {
        let is_own =
            at.checked_sub(1).and_then(|at| text.get(at)).is_none_or(|before| b"?&; \"'".contains(before));
        let has_value = text.get(at + part.len()).is_some_and(|next| !b"&; \"'".contains(next));
        is_own && has_value && found.eq_ignore_ascii_case(part)
    })
}

/// `https://user:password@host`
fn has_sign_in(text: &str) -> bool {
    let mut addresses = text.split("://").skip(1);
    addresses.any(|rest| {
        let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
        let who = authority.rsplit_once('@').map(|(who, _)| who);
        who.and_then(|who| who.split_once(':')).is_some_and(|(_, password)| !password.is_empty())
    })
}

/// Whether a text says no more than that something is there, or is not.
pub(super) fn is_flag(text: &str) -> bool {
    FLAGS.iter().any(|flag| text.eq_ignore_ascii_case(flag))
}

/// Whether a text says where in a key vault a secret lies.
pub(super) fn is_reference(text: &str) -> bool {
    (text.starts_with("https://") && text.contains(".vault.") && !is_secret(text))
        || text.starts_with("@Microsoft.KeyVault(")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_form() {
        for text in [
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==;EndpointSuffix=core.windows.net",
            "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=abc",
            "Server=s;User Id=u;Password=p;",
            "https://a.blob.core.windows.net/c/b.vhd?sv=2022-11-02&sig=abc%3D",
            "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
            "http://proxy:secret@10.0.0.1:3128/",
        ] {
            assert!(is_secret(text), "{text}");
        }
        for text in [
            "https://a.blob.core.windows.net/c/b.vhd",
            "https://kv.vault.azure.net/secrets/ledger",
            "design=new",
            "Password=",
            "-----BEGIN CERTIFICATE-----",
            "https://user@host/a:b",
            "mailto:a@b",
            "ssh-rsa AAAAB3Nza== azureuser@vm",
        ] {
            assert!(!is_secret(text), "{text}");
        }
    }
}
