//! The files beside a module in which its signatures lie.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::refusal::Refusal;

/// Ending of signatures by key files.
pub const SIGNATURES: &str = ".sig.json";
/// Ending of sigstore bundles.
pub const BUNDLE: &str = ".sigstore.json";
/// Largest signature file, in bytes: a bundle with its certificate and proofs takes about 10,000.
pub(crate) const MOST_BYTES: u64 = 1 << 20;

/// `path` with `ending` after its whole name.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The file's bytes; none if there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, Refusal> {
    let failed = |source| Refusal::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Refusal::TooLarge { path: path.to_owned(), most: MOST_BYTES });
    }
    Ok(Some(bytes))
}
