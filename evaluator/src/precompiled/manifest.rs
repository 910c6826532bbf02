//! What a folder of precompiled rules says of itself, and who vouches for it.

use holdfast_rule_set::{Digest, Manifest};
use serde::{Deserialize, Serialize};

use crate::engine::Shape;

/// Version of this form. The second says of each rule who signed it, and whether its instance can be reset; since the
/// third, such code has functions that do so.
pub(super) const FORMAT: u32 = 3;
/// The manifest, in the folder of the code. Its bytes as they are in the file are what is signed.
pub(super) const MANIFEST: &str = "manifest.json";
/// The signature beside it.
pub(super) const SIGNATURE: &str = "manifest.json.sig.json";

/// What is read first: another version may have other fields.
#[derive(Debug, Deserialize)]
pub(super) struct Format {
    pub(super) format: u32,
}

/// The manifest of a folder of precompiled rules.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Listing {
    /// See [`Format`].
    pub(super) format: u32,
    /// Version of Wasmtime.
    pub(super) wasmtime: String,
    /// Digest of everything in Wasmtime's configuration that code depends on.
    pub(super) compatibility: Digest,
    pub(super) target: String,
    pub(super) revision: u64,
    pub(super) rule_set: Digest,
    pub(super) rules: Vec<Listed>,
}

/// Code of one module, for one set of settings; others may have the same.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Listed {
    /// Digest of the module that a rule set pins.
    pub(super) module: Digest,
    /// Digest of the settings as JSON.
    pub(super) settings: Digest,
    /// Digest of the native code, which is also its file's name.
    pub(super) code: Digest,
    /// Size of the native code.
    pub(super) bytes: u64,
    /// Whether the settings are in the code; else each new instance is given them.
    pub(super) has_settings: bool,
    /// Whether the publisher's own analysis found that an instance can be put back to its first state.
    pub(super) resettable: bool,
    pub(super) shape: Shape,
    /// Names of the keys and identities that signed the module, as was verified before it was compiled.
    pub(super) signed_by: Vec<String>,
    /// What the module says of itself.
    pub(super) describes: Manifest,
}

impl Listed {
    /// Name of the file with the code.
    pub(super) fn file(&self) -> String {
        format!("{}.cwasm", self.code.to_string().replace(':', "-"))
    }
}

/// The signature of a manifest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Signature {
    /// The public key, as [`super::CompiledKey`] writes it; says only whom to ask.
    pub(super) key: String,
    /// 64 bytes in hexadecimal digits.
    pub(super) ed25519: String,
}
