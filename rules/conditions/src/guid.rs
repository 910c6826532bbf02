//! The template function `guid` of ARM: a version 5 UUID in a namespace of ARM's own.

use std::fmt::Write as _;

use sha1_smol::Sha1;

/// Namespace of `guid`, as Microsoft's reference of the template functions states it.
const NAMESPACE: [u8; 16] =
    [0x11, 0xfb, 0x06, 0xfb, 0x71, 0x2d, 0x4d, 0xdd, 0x98, 0xc7, 0xe7, 0x1b, 0xbd, 0x58, 0x88, 0x30];

/// What `guid(text)` gives in an ARM template. Case counts.
pub(crate) fn of(text: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(&NAMESPACE);
    hash.update(text.as_bytes());
    let mut written = String::with_capacity(36);
    for (index, byte) in hash.digest().bytes().into_iter().take(16).enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            written.push('-');
        }
        let byte = match index {
            6 => byte & 0x0f | 0x50,
            8 => byte & 0x3f | 0x80,
            _ => byte,
        };
        let _ = write!(written, "{byte:02x}");
    }
    written
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_guid_is_a_version_5_uuid_in_the_namespace_of_arm() {
        let namespace = uuid::uuid!("11fb06fb-712d-4ddd-98c7-e71bbd588830");
        for text in ["", "a", "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-shop"] {
            assert_eq!(super::of(text), uuid::Uuid::new_v5(&namespace, text.as_bytes()).to_string());
        }
    }
}
