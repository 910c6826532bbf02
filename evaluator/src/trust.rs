//! The question that a rule set asks about each module before it is compiled or run: who vouches for it?

use std::path::Path;

use crate::digest::Digest;

/// A policy on who must have signed the modules of which layer.
///
/// Asked twice for each module: before anything of it runs, and again when the module has said its
/// name and version. Both times must end well.
pub trait Trust: Sync {
    /// `Some` names the key or identity whose signature was verified; `None` means that the policy
    /// asks for no signature here.
    ///
    /// # Errors
    ///
    /// Says why the module is refused, naming the key or identity that was expected or found.
    fn admit(&self, offered: &Offered<'_>) -> Result<Option<String>, String>;
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
    fn admit(&self, _offered: &Offered<'_>) -> Result<Option<String>, String> {
        Ok(None)
    }
}
