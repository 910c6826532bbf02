//! Listing the blobs of a container, page by page.

use super::container::Container;
use super::properties;
use crate::error::{Code, StorageError};
use crate::parameters::Parameters;
use crate::xml::Document;

/// What a listing asks for.
#[derive(Debug)]
struct Query<'a> {
    prefix: &'a str,
    delimiter: Option<&'a str>,
    /// The first name of this page.
    marker: &'a str,
    limit: usize,
    show_metadata: bool,
}

/// One entry of a page.
#[derive(Debug, PartialEq, Eq)]
enum Entry<'a> {
    Blob(&'a str),
    /// All names that begin with this, up to and including the delimiter.
    Prefix(&'a str),
}

/// The page of the container's blobs that the parameters ask for.
pub(crate) fn page(
    container: &Container,
    container_name: &str,
    parameters: &Parameters,
) -> Result<Document, StorageError> {
    let query = Query::read(parameters)?;
    let (entries, next) = query.run(container.blobs.keys().map(String::as_str));
    let mut document = Document::with_attributes("EnumerationResults", &[("ContainerName", container_name)]);
    document.text("Prefix", query.prefix);
    document.element("Blobs", |document| {
        for entry in entries {
            match entry {
                Entry::Prefix(prefix) => {
                    document.element("BlobPrefix", |document| document.text("Name", prefix))
                }
                Entry::Blob(name) => write_blob(document, container, name, query.show_metadata),
            }
        }
    });
    document.text("NextMarker", &next.map(mark).unwrap_or_default());
    Ok(document)
}

fn write_blob(document: &mut Document, container: &Container, name: &str, show_metadata: bool) {
    let Some(blob) = container.blobs.get(name) else {
        return;
    };
    document.element("Blob", |document| {
        document.text("Name", name);
        properties::write_element(document, blob);
        if show_metadata {
            document.metadata(&blob.properties.metadata);
        }
    });
}

/// Markers are opaque to clients; this prefix keeps them from being made up.
const MARKER_PREFIX: &str = "1!";

fn mark(name: &str) -> String {
    format!("{MARKER_PREFIX}{name}")
}

impl<'a> Query<'a> {
    fn read(parameters: &'a Parameters) -> Result<Self, StorageError> {
        let marker = match parameters.text("marker") {
            None => "",
            Some(marker) => {
                marker.strip_prefix(MARKER_PREFIX).ok_or_else(|| Code::InvalidMarker.because(marker))?
            }
        };
        let limit = parameters.number("maxresults", 1..=i64::MAX)?.unwrap_or(5000).min(5000);
        let include = parameters.text("include").unwrap_or_default();
        Ok(Self {
            prefix: parameters.text("prefix").unwrap_or_default(),
            delimiter: parameters.text("delimiter"),
            marker,
            limit: usize::try_from(limit).unwrap_or(5000),
            show_metadata: include.split(',').any(|part| part == "metadata"),
        })
    }

    /// The page's entries and the first name of the next page. `names` are sorted.
    fn run(&self, names: impl Iterator<Item = &'a str>) -> (Vec<Entry<'a>>, Option<&'a str>) {
        let mut entries = Vec::new();
        for name in names.filter(|name| name.starts_with(self.prefix) && *name >= self.marker) {
            let entry = self.entry(name);
            if entries.last() == Some(&entry) {
                continue;
            }
            if entries.len() == self.limit {
                return (entries, Some(name));
            }
            entries.push(entry);
        }
        (entries, None)
    }

    fn entry(&self, name: &'a str) -> Entry<'a> {
        let cut = self.delimiter.and_then(|delimiter| {
            let tail = name.get(self.prefix.len()..)?;
            let end = self.prefix.len() + tail.find(delimiter)? + delimiter.len();
            name.get(..end)
        });
        match cut {
            Some(prefix) => Entry::Prefix(prefix),
            None => Entry::Blob(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] = ["a", "d/1", "d/2", "d/e/3", "z"];

    fn query<'a>(prefix: &'a str, delimiter: Option<&'a str>, marker: &'a str, limit: usize) -> Query<'a> {
        Query { prefix, delimiter, marker, limit, show_metadata: false }
    }

    #[test]
    fn folds_names_at_the_delimiter() {
        let (top, next) = query("", Some("/"), "", 10).run(NAMES.into_iter());
        assert_eq!(top, [Entry::Blob("a"), Entry::Prefix("d/"), Entry::Blob("z")]);
        assert_eq!(next, None);
        let (below, _) = query("d/", Some("/"), "", 10).run(NAMES.into_iter());
        assert_eq!(below, [Entry::Blob("d/1"), Entry::Blob("d/2"), Entry::Prefix("d/e/")]);
    }

    #[test]
    fn pages_without_gap_or_overlap() {
        let mut seen = Vec::new();
        let mut marker = "";
        loop {
            let (page, next) = query("", Some("/"), marker, 1).run(NAMES.into_iter());
            seen.extend(page);
            match next {
                Some(next) => marker = next,
                None => break,
            }
        }
        assert_eq!(seen, [Entry::Blob("a"), Entry::Prefix("d/"), Entry::Blob("z")]);
    }
}
