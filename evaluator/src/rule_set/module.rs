//! Where a binding's module lies, and whether it is the one that the rule set pins.

use std::path::{Path, PathBuf};

use crate::digest::{Digest, DigestError};

/// Folder beside the rule set with modules that were fetched by reference.
const FETCHED: &str = "modules";

/// A module as a binding names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ModuleName<'a> {
    /// A path, relative to the rule set.
    Path(&'a str),
    /// A reference to where it can be fetched, such as `oci://registry/rules/select@sha256:…`.
    Reference { text: &'a str, digest: Option<Digest> },
}

impl<'a> ModuleName<'a> {
    /// Reads the text of `module`; a reference may end with `@` and a digest.
    pub(super) fn read(text: &'a str) -> Result<Self, DigestError> {
        if !text.contains("://") {
            return Ok(Self::Path(text));
        }
        let digest = match text.rsplit_once('@') {
            Some((_, digest)) if digest.starts_with("sha256:") => Some(digest.parse()?),
            _ => None,
        };
        Ok(Self::Reference { text, digest })
    }

    /// The digest that the name itself pins.
    pub(super) fn digest(&self) -> Option<Digest> {
        match self {
            Self::Path(_) => None,
            Self::Reference { digest, .. } => *digest,
        }
    }

    /// The file, given the rule set's folder and the pinned digest.
    pub(super) fn file(&self, folder: &Path, digest: Digest) -> PathBuf {
        match self {
            Self::Path(path) => folder.join(path),
            Self::Reference { .. } => {
                folder.join(FETCHED).join(format!("{}.wasm", digest.to_string().replace(':', "-")))
            }
        }
    }
}

#[cfg(all(test, feature = "compiler"))]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_reference_lies_where_its_digest_says() -> Result<(), DigestError> {
        let text = format!("oci://registry.example/rules/select@sha256:{HEX}");
        let name = ModuleName::read(&text)?;
        let digest = Digest::of(b"");
        assert_eq!(name.digest(), Some(digest));
        let expected = format!("/etc/rules/modules/sha256-{HEX}.wasm");
        assert_eq!(name.file(Path::new("/etc/rules"), digest), PathBuf::from(expected));
        Ok(())
    }

    #[test]
    fn a_path_lies_beside_the_rule_set() -> Result<(), DigestError> {
        let name = ModuleName::read("mine/select@sha256:x.wasm")?;
        assert_eq!(name.digest(), None);
        let file = name.file(Path::new("/etc/rules"), Digest::of(b""));
        assert_eq!(file, PathBuf::from("/etc/rules/mine/select@sha256:x.wasm"));
        Ok(())
    }

    #[test]
    fn a_tag_is_no_pin_and_half_a_digest_is_refused() -> Result<(), DigestError> {
        assert_eq!(ModuleName::read("oci://me@registry/rules/select:1.2")?.digest(), None);
        assert!(ModuleName::read("oci://registry/rules/select@sha256:e3b0").is_err());
        Ok(())
    }
}
