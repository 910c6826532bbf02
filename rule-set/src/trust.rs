//! The question that a rule set asks about each module before it is compiled or run: who vouches for it?

use std::path::Path;

use crate::digest::Digest;

/// A policy on who must have signed the modules of which layer.
///
/// Asked twice for each module: before anything of it runs, and again when the module has said its
/// name and version. Both times must end well. Precompiled code of a module is asked about as well, each
/// time it is loaded: the module may have been revoked since, or the layer may want other signers.
pub trait Trust: Sync {
    /// Names the keys and identities whose signatures were verified; none if the policy asks for no
    /// signature here.
    ///
    /// # Errors
    ///
    /// Says why the module is refused, naming the key or identity that was expected or found.
    fn admit(&self, offered: &Offered<'_>) -> Result<Vec<String>, String>;

    /// Admits code that was compiled from a module elsewhere.
    ///
    /// # Errors
    ///
    /// Says why the module is refused, naming the key or identity that was expected or found.
    fn admit_precompiled(&self, offered: &OfferedCode<'_>) -> Result<(), String>;
}

/// Precompiled code as it is offered. Anyone who signed the folder that it lies in vouches for what is said here.
#[derive(Debug, Clone, Copy)]
pub struct OfferedCode<'a> {
    /// Layer of the binding.
    pub layer: &'a str,
    /// Id of the binding.
    pub rule: &'a str,
    /// Digest of the module that it was compiled from, which the rule set pins.
    pub digest: Digest,
    /// The module's name and version.
    pub name_version: (&'a str, &'a str),
    /// Names of the keys and identities whose signatures of the module were verified when it was compiled.
    pub signed_by: &'a [String],
}

/// A module as it is offered. Its bytes already have the digest that the rule set pins.
#[derive(Debug, Clone, Copy)]
pub struct Offered<'a> {
    /// Layer of the binding.
    pub layer: &'a str,
    /// Id of the binding.
    pub rule: &'a str,
    /// The module's file; signatures lie beside it.
    pub path: &'a Path,
    /// Digest of the bytes.
    pub digest: Digest,
    /// The module itself: what is verified is what is used.
    pub bytes: &'a [u8],
    /// What the module says of itself, once it has been asked.
    pub name_version: Option<(&'a str, &'a str)>,
}

/// Trusts what the rule set pins by digest, signed or not.
#[derive(Debug, Clone, Copy, Default)]
pub struct PinnedOnly;

impl Trust for PinnedOnly {
    fn admit(&self, _offered: &Offered<'_>) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn admit_precompiled(&self, _offered: &OfferedCode<'_>) -> Result<(), String> {
        Ok(())
    }
}
