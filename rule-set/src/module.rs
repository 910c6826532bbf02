//! The module of a binding: how a rule set names it, where its file lies, and how large it may be.

use std::path::{Path, PathBuf};

use crate::digest::Digest;

/// Bytes of the largest module that the gate admits: JavaScript and Python rules have 12 to 18 MB.
pub const LARGEST_MODULE: usize = 32 << 20;

/// Folder beside the rule set with modules that were fetched by reference.
const FETCHED: &str = "modules";

/// A module as a binding names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleName<'a> {
    /// A path, relative to the rule set.
    Path(&'a str),
    /// A reference to where it can be fetched, such as `oci://registry/rules/select@sha256:…`. A digest
    /// in it is that of the artifact in the registry, not of the module.
    Reference(&'a str),
}

impl<'a> ModuleName<'a> {
    /// Reads the text of `module`.
    pub fn read(text: &'a str) -> Self {
        if text.contains("://") { Self::Reference(text) } else { Self::Path(text) }
    }

    /// The file, given the rule set's folder and the pinned digest.
    pub fn file(&self, folder: &Path, digest: Digest) -> PathBuf {
        match self {
            Self::Path(path) => folder.join(path),
            Self::Reference(_) => {
                folder.join(FETCHED).join(format!("{}.wasm", digest.to_string().replace(':', "-")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_reference_lies_where_the_digest_of_its_module_says() {
        let text = format!("oci://registry.example/rules/select@sha256:{}", HEX.replace('e', "a"));
        let file = ModuleName::read(&text).file(Path::new("/etc/rules"), Digest::of(b""));
        assert_eq!(file, PathBuf::from(format!("/etc/rules/modules/sha256-{HEX}.wasm")));
    }

    #[test]
    fn a_path_lies_beside_the_rule_set() {
        let file =
            ModuleName::read("mine/select@sha256:x.wasm").file(Path::new("/etc/rules"), Digest::of(b""));
        assert_eq!(file, PathBuf::from("/etc/rules/mine/select@sha256:x.wasm"));
    }
}
