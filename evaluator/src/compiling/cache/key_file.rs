//! The key that entries are signed with: made by the first program that needs it, for its user alone.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

use crate::key::CompiledSigner;

use super::{CodeCacheError, part_of};

/// Bytes of a seed, which is the key.
const SEED: usize = 32;

/// The key in this file, which is made if there is none.
pub(super) fn signer(path: &Path) -> Result<CompiledSigner, CodeCacheError> {
    let place = |source| CodeCacheError::Place { path: path.to_owned(), source };
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(path).and_then(|()| File::open(path)).map_err(place)?
        }
        opened => opened.map_err(place)?,
    };
    if !file.metadata().is_ok_and(|known| is_private(&known)) {
        return Err(CodeCacheError::Shared { path: path.to_owned() });
    }
    let mut seed = Vec::new();
    file.take(SEED as u64 + 1).read_to_end(&mut seed).map_err(place)?;
    CompiledSigner::from_seed(&seed).map_err(|_| CodeCacheError::Key { path: path.to_owned() })
}

/// Another process may make one at the same time: the first to give it its name has made the key.
fn make(path: &Path) -> io::Result<()> {
    private_folder(path.parent().unwrap_or(Path::new(".")))?;
    let mut seed = [0; SEED];
    SystemRandom::new().fill(&mut seed).map_err(|_| io::Error::other("the system has no random numbers"))?;
    let part = part_of(path);
    let made = private_file(&part).and_then(|mut file| file.write_all(&seed)).and_then(|()| {
        match fs::hard_link(&part, path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    });
    fs::remove_file(&part)?;
    made
}

/// A folder that only its owner can use; one that is there already stays as it is.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// A new file that only its owner can read.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

/// Whether nobody but this process's user can have read or written the file.
#[cfg(target_os = "linux")]
fn is_private(known: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let ours = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == known.uid());
    ours && known.is_file() && known.mode() & 0o077 == 0
}

/// Whether nobody but the file's owner can have read or written it.
#[cfg(not(target_os = "linux"))]
fn is_private(known: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::mode(known) & 0o077 == 0;
    #[cfg(not(unix))]
    known.is_file()
}
