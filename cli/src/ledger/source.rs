//! Where recorded decisions are read from: the ledger in Azure Storage, or a folder that it was exported to.

mod walk;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use holdfast_azure::{BlobLedger, StorageOptions};
use url::Url;

use crate::exit::Unusable;

/// Entries that are read at the same time.
pub(crate) const READS: usize = 32;

/// Prefix of everything that is told of resources.
const RESOURCES: &str = "resources/";

/// The setting by which the Functions host finds its storage account, with the ledger and queues in it.
pub(crate) const STORAGE: &str = "AzureWebJobsStorage";

/// The ledger to read; one of these.
#[derive(Debug, Clone, Args)]
#[group(multiple = false)]
pub(crate) struct Place {
    /// URL of the ledger's container; the identity is that of HOLDFAST_CREDENTIAL, or of `az login`.
    #[arg(long, value_name = "URL")]
    ledger: Option<Url>,
    /// Connection string of the storage account; if no place is given, that of AzureWebJobsStorage.
    #[arg(long, value_name = "CONNECTION")]
    storage: Option<String>,
    /// Folder that `holdfast ledger export` wrote.
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
}

/// An opened ledger.
#[derive(Clone)]
pub(crate) enum Source {
    /// In Azure Storage.
    Blobs(Arc<BlobLedger>),
    /// Exported.
    Folder(PathBuf),
}

impl Place {
    /// Finds it; a folder must exist, storage is asked later.
    pub(crate) fn open(&self) -> Result<Source> {
        if let Some(folder) = &self.from {
            if !folder.is_dir() {
                let folder = folder.display();
                return Err(Unusable::described(format!(
                    "there is no folder {folder}; `holdfast ledger export` writes one"
                )));
            }
            return Ok(Source::Folder(folder.clone()));
        }
        let ledger = match (&self.ledger, self.storage.clone().or_else(|| std::env::var(STORAGE).ok())) {
            (Some(url), _) => at_url(url).map_err(Unusable::of)?,
            (None, Some(connection)) => {
                let options = StorageOptions::from_settings("--storage", |_| Some(connection.clone()))
                    .map_err(Unusable::of)?;
                BlobLedger::new(&options, BlobLedger::NAME)?
            }
            (None, None) => {
                return Err(Unusable::described(
                    "no ledger is given; add --ledger URL, --storage CONNECTION or --from FOLDER",
                ));
            }
        };
        Ok(Source::Blobs(Arc::new(ledger)))
    }
}

fn at_url(url: &Url) -> Result<BlobLedger> {
    let (account, container) = container_at("--ledger", url, BlobLedger::NAME)?;
    Ok(BlobLedger::new(&account, &container)?)
}

/// The container at a URL that an option names: its last segment, or `usual` where there is none. The identity is that of
/// HOLDFAST_CREDENTIAL, or of `az login`.
pub(crate) fn container_at(option: &str, url: &Url, usual: &str) -> Result<(StorageOptions, String)> {
    let (account, container) = parts_of(url, usual);
    let credential = std::env::var("HOLDFAST_CREDENTIAL").unwrap_or_else(|_| "azure-cli".to_owned());
    let setting = |name: &str| match name.strip_prefix(option)?.strip_prefix("__")? {
        "blobServiceUri" | "queueServiceUri" => Some(account.to_string()),
        "credential" => Some(credential.clone()),
        "clientId" => std::env::var("HOLDFAST_CLIENT_ID").ok(),
        _ => None,
    };
    let options = StorageOptions::from_settings(option, setting)
        .with_context(|| format!("use the container at {url}"))?;
    Ok((options, container))
}

/// The account's URL and the container: the last segment, or the usual one where there is none.
fn parts_of(url: &Url, usual: &str) -> (Url, String) {
    let (before, name) = match url.path().trim_matches('/') {
        "" => ("", usual),
        path => path.rsplit_once('/').unwrap_or(("", path)),
    };
    let mut account = url.clone();
    account.set_path(before);
    account.set_query(None);
    (account, name.to_owned())
}

impl Source {
    /// Paths of all entries about resources, by resource and then by time.
    pub(crate) fn paths(&self) -> BoxStream<'_, Result<String>> {
        match self {
            Self::Blobs(ledger) => {
                let pages = ledger.pages(RESOURCES).map_ok(|page| stream::iter(page).map(Ok));
                pages.map_err(anyhow::Error::from).try_flatten().boxed()
            }
            Self::Folder(folder) => stream::iter(walk::Walk::new(folder)).boxed(),
        }
    }

    /// The entry at `path` as it lies there; `None` if it is gone.
    pub(crate) async fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Blobs(ledger) => Ok(ledger.text(path).await?),
            Self::Folder(folder) => match std::fs::read(folder.join(path)) {
                Ok(text) => Ok(Some(text)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error).with_context(|| format!("could not read {path}")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_is_the_last_segment() {
        let parts = |url: &str| {
            let (account, container) = parts_of(&url.parse().unwrap(), BlobLedger::NAME);
            format!("{account} {container}")
        };
        assert_eq!(
            parts("https://a.blob.core.windows.net"),
            "https://a.blob.core.windows.net/ holdfast-ledger"
        );
        assert_eq!(parts("https://a.example/audit/"), "https://a.example/ audit");
        assert_eq!(parts("https://localhost:1/account/audit?x=1"), "https://localhost:1/account audit");
    }
}
