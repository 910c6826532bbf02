//! Where rule sets and modules are fetched from.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::loopback::is_loopback;
use crate::oci::{Reference, ReferenceError};

/// File name of a rule set where only a folder is stated.
const RULE_SET: &str = "ruleset.toml";
/// Where Azure Storage answers, by cloud. A managed identity's token goes nowhere else.
const STORAGE: [&str; 3] = [".core.windows.net", ".core.chinacloudapi.cn", ".core.usgovcloudapi.net"];

/// A rule set or module, by the place where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, or the folder of a `ruleset.toml`.
    Folder(PathBuf),
    /// A blob, such as `https://hold.blob.core.windows.net/rules/prod/ruleset.toml`.
    Blob(BlobUrl),
    /// An artifact, such as `oci://registry.contoso.com/rules/select@sha256:...`.
    Oci(Reference),
}

/// The text names no place that Holdfast fetches from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// An unknown scheme.
    #[error(
        "`{0}` is nowhere to fetch from; expected a path, `https://<account>.blob.core.windows.net/...` \
         or `oci://<registry>/<repository>@sha256:...`"
    )]
    Scheme(String),
    /// A URL that names no blob.
    #[error(
        "`{0}` names no blob; expected `https://<account>.blob.core.windows.net/<container>/<path>`, without a user and without \
         a signature"
    )]
    Blob(String),
    /// A bad reference.
    #[error(transparent)]
    Oci(#[from] ReferenceError),
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        match text.split_once("://") {
            Some(("oci", _)) => Ok(Self::Oci(text.parse()?)),
            Some(("https" | "http", _)) => Ok(Self::Blob(text.parse()?)),
            Some(_) => Err(SourceError::Scheme(harmless(text))),
            None if text.is_empty() => Err(SourceError::Scheme(text.to_owned())),
            None => Ok(Self::Folder(PathBuf::from(text))),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(formatter, "{}", path.display()),
            Self::Blob(blob) => write!(formatter, "{blob}"),
            Self::Oci(reference) => write!(formatter, "{reference}"),
        }
    }
}

/// A URL as it may be shown and logged: without a signature behind it, and without a user and a password before its host.
fn harmless(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = plain.split_once("://") else { return plain.to_owned() };
    let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = host.rsplit('@').next().unwrap_or(host);
    format!("{scheme}://{host}{path}")
}

/// Folder and file name of the rule set at `path`: the file itself, or the folder's `ruleset.toml`.
pub(crate) fn folder_and_name(path: &Path) -> (PathBuf, String) {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    match name {
        Some(name) if !path.is_dir() => (path.parent().unwrap_or(Path::new("")).to_owned(), name),
        _ => (path.to_owned(), RULE_SET.to_owned()),
    }
}

/// A blob by its URL: https, or http on this machine, where Azurite keeps the account in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobUrl {
    endpoint: String,
    container: String,
    path: String,
}

impl FromStr for BlobUrl {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let wrong = || SourceError::Blob(harmless(text));
        let url = Url::parse(text).map_err(|_| wrong())?;
        let local = is_loopback(url.host_str().unwrap_or_default());
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !plain || !(url.scheme() == "https" || (url.scheme() == "http" && local)) {
            return Err(wrong());
        }
        let path = percent_decode_str(url.path()).decode_utf8().map_err(|_| wrong())?;
        let mut path = path.trim_start_matches('/');
        let mut endpoint = url.origin().ascii_serialization();
        if local {
            let (account, rest) = path.split_once('/').ok_or_else(wrong)?;
            endpoint = format!("{endpoint}/{account}");
            path = rest;
        }
        let (container, path) = path.split_once('/').ok_or_else(wrong)?;
        let tidy = |segment: &str| !segment.is_empty() && segment != "." && segment != "..";
        if container.is_empty() || !path.split('/').all(tidy) {
            return Err(wrong());
        }
        Ok(Self { endpoint, container: container.to_owned(), path: path.to_owned() })
    }
}

impl BlobUrl {
    /// Endpoint of the account, without a slash at its end.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Name of the container.
    pub fn container(&self) -> &str {
        &self.container
    }

    /// Path of the blob within the container.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the endpoint is Azure Storage, in any of Azure's clouds.
    pub fn is_azure(&self) -> bool {
        self.endpoint.starts_with("https://") && STORAGE.iter().any(|suffix| self.endpoint.ends_with(suffix))
    }

    /// The folder of the blob, with a slash at its end unless it is the container itself, and its name.
    pub(crate) fn folder_and_name(&self) -> (&str, &str) {
        match self.path.rfind('/') {
            Some(slash) => self.path.split_at(slash + 1),
            None => ("", &self.path),
        }
    }
}

impl fmt::Display for BlobUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}", self.endpoint, self.container, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_places_are_told_apart() {
        assert_eq!("rules/ruleset.toml".parse(), Ok(Source::Folder("rules/ruleset.toml".into())));
        let blob: BlobUrl = "https://hold.blob.core.windows.net/rules/prod/a%20b.toml".parse().unwrap();
        assert_eq!(blob.endpoint(), "https://hold.blob.core.windows.net");
        assert_eq!((blob.container(), blob.path()), ("rules", "prod/a b.toml"));
        assert_eq!(blob.folder_and_name(), ("prod/", "a b.toml"));
        assert!(blob.is_azure());
        let local: BlobUrl = "http://127.0.0.1:10000/devstoreaccount1/rules/ruleset.toml".parse().unwrap();
        assert_eq!(local.endpoint(), "http://127.0.0.1:10000/devstoreaccount1");
        assert_eq!(local.folder_and_name(), ("", "ruleset.toml"));
        assert!(!local.is_azure());
        assert!(matches!("oci://localhost:5000/rules/select:1.0".parse(), Ok(Source::Oci(_))));
    }

    #[test]
    fn other_places_are_refused_with_the_way_out() {
        for text in ["", "ftp://h/x", "file:///etc/passwd", "docker://h/x"] {
            assert!(matches!(text.parse::<Source>(), Err(SourceError::Scheme(_))), "{text}");
        }
        for text in [
            "http://hold.blob.core.windows.net/rules/ruleset.toml",
            "https://hold.blob.core.windows.net/rules",
            "https://hold.blob.core.windows.net/rules/a//b",
            "https://hold.blob.core.windows.net/rules/%2e%2e/b",
            "https://hold.blob.core.windows.net/rules/a?sv=secret",
            "https://user@hold.blob.core.windows.net/rules/a",
            "https://hold.blob.core.windows.net/rules/%ff",
        ] {
            assert!(matches!(text.parse::<Source>(), Err(SourceError::Blob(_))), "{text}");
        }
    }

    #[test]
    fn no_secret_of_a_url_is_repeated() {
        for (text, shown) in [
            (
                "https://h.blob.core.windows.net/c/r.toml?sv=1&sig=s3cret",
                "https://h.blob.core.windows.net/c/r.toml",
            ),
            (
                "https://me:s3cret@h.blob.core.windows.net/c/r.toml",
                "https://h.blob.core.windows.net/c/r.toml",
            ),
            ("sftp://me:s3cret@h/r.toml", "sftp://h/r.toml"),
            ("https://me:s3cret@h", "https://h"),
        ] {
            let said = text.parse::<Source>().unwrap_err().to_string();
            assert!(said.starts_with(&format!("`{shown}`")) && !said.contains("s3cret"), "{said}");
        }
    }
}
