//! The C library that a program needs: the newest version that its symbols name, held against what Azure has.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// A version of glibc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(u32, u32);

/// That of Debian 12, which the image of Azure Functions is made of. `docs/deploy.md` names it.
pub(crate) const FLOOR: Version = Version(2, 36);

const PREFIX: &[u8] = b"GLIBC_";

impl fmt::Display for Version {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}.{}", self.0, self.1)
    }
}

/// The version that `program` needs.
///
/// # Errors
///
/// It needs a newer one than Azure has, or names none: then it is no program for Linux with glibc.
pub(crate) fn within(program: &Path) -> Result<Version> {
    let bytes = fs::read(program).with_context(|| format!("read {}", program.display()))?;
    let needed = needed(&bytes)
        .with_context(|| format!("{} names no version of glibc that it needs", program.display()))?;
    ensure!(
        needed <= FLOOR,
        "{} needs glibc {needed}, and Azure Functions has {FLOOR}: build on an older Linux, such as Debian 12",
        program.display()
    );
    Ok(needed)
}

/// The newest version among the names that the dynamic linker reads. A name in other data counts too: better asked for too much
/// than started in vain.
fn needed(bytes: &[u8]) -> Option<Version> {
    let starts = bytes.windows(PREFIX.len()).enumerate().filter(|(_, word)| *word == PREFIX);
    starts.filter_map(|(at, _)| bytes.get(at + PREFIX.len()..).and_then(version)).max()
}

/// `2.34` in front of other bytes.
fn version(bytes: &[u8]) -> Option<Version> {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.').unwrap_or(bytes.len());
    let text = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let mut parts = text.split('.').map(str::parse);
    Some(Version(parts.next()?.ok()?, parts.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_name_counts() {
        let names = b"\0GLIBC_2.2.5\0memcpy\0GLIBC_2.34\0GLIBC_2.4\0GLIBC_PRIVATE\0";
        assert_eq!(needed(names), Some(Version(2, 34)));
        assert_eq!(needed(b"static"), None);
        assert!(Version(2, 9) < Version(2, 36) && Version(2, 36) < Version(3, 0));
    }

    #[test]
    fn what_azure_lacks_is_refused_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("handler");
        fs::write(&program, b"\0GLIBC_2.99\0").unwrap();
        let error = within(&program).unwrap_err().to_string();
        assert!(error.contains("needs glibc 2.99") && error.contains("Debian 12"), "{error}");
    }

    #[test]
    fn the_documents_name_the_same_floor() {
        let page = fs::read_to_string(crate::root().join("docs/deploy.md")).unwrap();
        assert!(page.contains(&format!("glibc {FLOOR}")), "docs/deploy.md does not say glibc {FLOOR}");
    }
}
