//! Native code, held where nobody can change it.
//!
//! To load native code is to trust every byte of it, so the bytes that were authenticated must be
//! the bytes that run. A file can change between a look and its use, and while it is mapped, even
//! privately. So a file is read once, into memory that is sealed: its digest is taken on the way in,
//! and after that neither another process nor this one can write to it. Every lane maps this same
//! memory, so code costs its size once.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use holdfast_rule_set::{Digest, Digester};
use wasmtime::Engine;
use wasmtime::component::Component;

#[cfg(feature = "compiler")]
use crate::compiling::{self, CompileError, Purpose};

/// Bytes that are read, digested and kept at a time: they stay in the processor's cache meanwhile.
const PIECE: usize = 256 << 10;

/// Why precompiled code is not taken into force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// It cannot be read.
    #[error("{path} could not be read: {detail}; precompile the rule set again")]
    Read {
        /// File.
        path: PathBuf,
        /// Cause.
        detail: String,
    },
    /// It is too short or too long.
    #[error("{path} has {found} bytes, its manifest lists {expected}; precompile the rule set again")]
    Size {
        /// File.
        path: PathBuf,
        /// Bytes.
        expected: u64,
        /// Bytes.
        found: u64,
    },
    /// It is not what was signed.
    #[error(
        "{path} is not the code that its manifest lists: expected {expected}, found {found}; \
         precompile the rule set again"
    )]
    Digest {
        /// File.
        path: PathBuf,
        /// What the manifest lists.
        expected: Digest,
        /// What the file has.
        found: Digest,
    },
    /// Wasmtime cannot use it.
    #[error("{path} cannot be loaded: {detail}; precompile the rule set again with this version")]
    Load {
        /// File.
        path: PathBuf,
        /// Wasmtime's words.
        detail: String,
    },
}

/// Native code that this process compiled or authenticated.
pub(super) struct Code(Kept);

enum Kept {
    /// In memory without a name, sealed.
    Sealed(File),
    /// On the heap, where the system has no such memory.
    Copied(Vec<u8>),
}

impl Code {
    /// Compiles a component, in this process or in a child of it.
    #[cfg(feature = "compiler")]
    pub(super) fn compile(component: &[u8], purpose: Purpose) -> Result<Self, CompileError> {
        let code = compiling::native(component, purpose)?;
        let mut kept = Kept::new();
        let kept = kept.add(&code).and_then(|()| kept.closed());
        kept.map(Self).map_err(|error| CompileError::Ended { detail: error.to_string() })
    }

    /// The component for this engine; engines of one configuration share the code's memory.
    #[expect(unsafe_code, reason = "loading native code cannot be checked by the compiler")]
    pub(super) fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        match &self.0 {
            // SAFETY: the bytes were serialized by this process, by a child that runs the same executable, or
            // authenticated as they were read, and the seals keep them as they are; Wasmtime holds the memory open itself.
            Kept::Sealed(file) => unsafe { Component::deserialize_file(engine, name(file)) },
            // SAFETY: as above; Wasmtime takes a copy.
            Kept::Copied(bytes) => unsafe { Component::deserialize(engine, bytes) },
        }
    }
}

impl Kept {
    fn new() -> Self {
        sealable().map_or_else(|_| Self::Copied(Vec::new()), Self::Sealed)
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Sealed(file) => file.write_all(bytes),
            Self::Copied(copy) => copy.write_all(bytes),
        }
    }

    fn closed(self) -> io::Result<Self> {
        if let Self::Sealed(file) = &self {
            seal(file)?;
        }
        Ok(self)
    }
}

#[cfg(target_os = "linux")]
fn sealable() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    let file = File::from(memfd_create("rule", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?);
    // Wasmtime opens the memory by name, which needs /proc.
    std::fs::metadata(name(&file))?;
    Ok(file)
}

#[cfg(target_os = "linux")]
fn seal(file: &File) -> io::Result<()> {
    use rustix::fs::{SealFlags, fcntl_add_seals};
    let seals = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    Ok(fcntl_add_seals(file, seals)?)
}

#[cfg(target_os = "linux")]
fn name(file: &File) -> PathBuf {
    use std::os::fd::AsRawFd as _;
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

#[cfg(not(target_os = "linux"))]
fn sealable() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn seal(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn name(_file: &File) -> PathBuf {
    PathBuf::new()
}

/// A file of native code that a signed manifest lists, read when it is first needed.
pub(crate) struct CodeFile {
    path: PathBuf,
    bytes: u64,
    digest: Digest,
    /// What came of reading it. A file that is not the listed one stays refused.
    read: Mutex<Option<Result<Arc<Code>, CodeError>>>,
}

impl CodeFile {
    /// The file at `path`, of this size and with this digest.
    pub(crate) fn new(path: PathBuf, bytes: u64, digest: Digest) -> Self {
        Self { path, bytes, digest, read: Mutex::new(None) }
    }

    /// Reads and authenticates the file, if that has not happened yet.
    pub(crate) fn authenticate(&self) -> Result<(), CodeError> {
        self.code().map(drop)
    }

    /// The code, read and authenticated.
    pub(super) fn code(&self) -> Result<Arc<Code>, CodeError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*read {
            return known.clone();
        }
        let result = self.take_in().map(Arc::new);
        // What could not be read may be readable later.
        if !matches!(result, Err(CodeError::Read { .. })) {
            *read = Some(result.clone());
        }
        result
    }

    /// The code, for this engine.
    pub(super) fn load(&self, engine: &Engine) -> Result<Component, CodeError> {
        let load = |error: wasmtime::Error| CodeError::Load {
            path: self.path.clone(),
            detail: format!("{error:#}"),
        };
        self.code()?.load(engine).map_err(load)
    }

    fn take_in(&self) -> Result<Code, CodeError> {
        let unreadable =
            |error: io::Error| CodeError::Read { path: self.path.clone(), detail: error.to_string() };
        let (kept, bytes, digest) = copy(&self.path, self.bytes).map_err(unreadable)?;
        if bytes != self.bytes {
            return Err(CodeError::Size { path: self.path.clone(), expected: self.bytes, found: bytes });
        }
        if digest != self.digest {
            let (expected, found) = (self.digest, digest);
            return Err(CodeError::Digest { path: self.path.clone(), expected, found });
        }
        Ok(Code(kept))
    }
}

/// A sealed copy of the file's first bytes, their number and their digest; nothing if there are others
/// than `expected`.
fn copy(path: &Path, expected: u64) -> io::Result<(Kept, u64, Digest)> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut kept = Kept::new();
    let mut digesting = Digester::default();
    if length != expected {
        return Ok((kept, length, digesting.finish()));
    }
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    while bytes <= expected {
        let read = match file.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => piece.get(..read).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        digesting.add(read);
        kept.add(read)?;
        bytes += read.len() as u64;
    }
    Ok((kept.closed()?, bytes, digesting.finish()))
}
