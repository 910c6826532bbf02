//! The files around a rule set, wherever they lie: a folder, a container, an artifact.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use holdfast_azure::BlobFiles;

use super::error::FetchError;
use crate::oci::Pulled;
use crate::sizes;

/// Files by path, with `/` between folders.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// What the file holds; none if there is no such file. More than `most` bytes are an error.
    async fn get(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, FetchError>;

    /// Paths of the files that begin with `prefix`.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, FetchError>;
}

/// A container of Azure Storage.
#[async_trait]
impl Blobs for BlobFiles {
    async fn get(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, FetchError> {
        let got = BlobFiles::get(self, path, most).await;
        got.map_err(|error| FetchError::Storage { what: format!("blob `{path}`"), detail: error.to_string() })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, FetchError> {
        let listed = BlobFiles::list(self, prefix, sizes::FILES).await;
        listed.map_err(|error| FetchError::Storage {
            what: format!("blobs below `{prefix}`"),
            detail: error.to_string(),
        })
    }
}

/// A folder on this machine.
pub(super) struct Folder(pub(super) PathBuf);

#[async_trait]
impl Blobs for Folder {
    async fn get(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, FetchError> {
        let file = self.0.join(path);
        let named = file.clone();
        // In one go: part by part, each part would be a visit to another thread.
        let read = tokio::task::spawn_blocking(move || read(&file, most)).await;
        read.map_err(|stopped| FetchError::file("read", named)(io::Error::other(stopped)))?
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, FetchError> {
        let mut paths = Vec::new();
        let mut folders = vec![self.0.join(prefix)];
        while let Some(folder) = folders.pop() {
            let mut entries = match tokio::fs::read_dir(&folder).await {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(FetchError::file("list", folder)(error)),
            };
            while let Some(entry) = entries.next_entry().await.map_err(FetchError::file("list", &folder))? {
                let kind = entry.file_type().await.map_err(FetchError::file("list", entry.path()))?;
                if kind.is_dir() {
                    folders.push(entry.path());
                } else {
                    paths.extend(relative(&self.0, &entry.path()));
                }
                if paths.len() + folders.len() > sizes::FILES {
                    let (what, most) = (folder.display().to_string(), sizes::FILES as u64);
                    return Err(FetchError::TooLarge { what, most, unit: "files" });
                }
            }
        }
        paths.sort();
        Ok(paths)
    }
}

fn read(path: &Path, most: u64) -> Result<Option<Vec<u8>>, FetchError> {
    let opened = match File::open(path) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FetchError::file("read", path)(error)),
    };
    let mut bytes = Vec::new();
    opened.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(FetchError::file("read", path))?;
    if bytes.len() as u64 > most {
        return Err(FetchError::TooLarge { what: path.display().to_string(), most, unit: "bytes" });
    }
    Ok(Some(bytes))
}

fn relative(folder: &Path, path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> =
        path.strip_prefix(folder).ok()?.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

/// The files of an artifact, fetched already.
pub(super) struct Artifact(BTreeMap<String, Vec<u8>>);

impl Artifact {
    pub(super) fn of(pulled: Pulled) -> Self {
        Self(pulled.files.into_iter().map(|file| (file.path, file.bytes)).collect())
    }
}

#[async_trait]
impl Blobs for Artifact {
    async fn get(&self, path: &str, _most: u64) -> Result<Option<Vec<u8>>, FetchError> {
        Ok(self.0.get(path).cloned())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, FetchError> {
        Ok(self.0.keys().filter(|path| path.starts_with(prefix)).cloned().collect())
    }
}

/// What lies below a prefix, as if it were all there is.
pub(super) struct Below<B> {
    pub(super) prefix: String,
    pub(super) files: B,
}

#[async_trait]
impl<B: Blobs> Blobs for Below<B> {
    async fn get(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, FetchError> {
        self.files.get(&format!("{}{path}", self.prefix), most).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, FetchError> {
        let listed = self.files.list(&format!("{}{prefix}", self.prefix)).await?;
        Ok(listed.iter().filter_map(|path| path.strip_prefix(&self.prefix)).map(str::to_owned).collect())
    }
}
