//! Listing the blobs of a container, page by page.

use std::ops::Bound;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    let blobs = &container.blobs;
    let (entries, next) = query.run(move |from| {
        let mut names = blobs.range::<str, _>((from, Bound::Unbounded));
        names.next().map(|(name, _)| name.as_str())
    });
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

    /// The page's entries and the first name of the next page. `following` finds the first name there is within a bound, so that
    /// a page costs what it shows, and not what lies before it or is folded in it.
    fn run(
        &self,
        mut following: impl FnMut(Bound<&str>) -> Option<&'a str>,
    ) -> (Vec<Entry<'a>>, Option<&'a str>) {
        let mut entries = Vec::new();
        let mut found = following(Bound::Included(self.prefix.max(self.marker)));
        while let Some(name) = found.filter(|name| name.starts_with(self.prefix)) {
            if entries.len() == self.limit {
                return (entries, Some(name));
            }
            let entry = self.entry(name);
            found = match entry {
                Entry::Blob(name) => following(Bound::Excluded(name)),
                Entry::Prefix(prefix) => {
                    behind(prefix).and_then(|behind| following(Bound::Included(behind.as_str())))
                }
            };
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

/// The first text after all those that begin with `prefix`, if there is one.
fn behind(prefix: &str) -> Option<String> {
    let mut before = prefix.chars();
    while let Some(last) = before.next_back() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            return Some(format!("{}{next}", before.as_str()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeSet;

    use super::*;

    const NAMES: [&str; 5] = ["a", "d/1", "d/2", "d/e/3", "z"];

    fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> impl FnMut(Bound<&str>) -> Option<&'a str> {
        let names: BTreeSet<&'a str> = names.into_iter().collect();
        move |from| names.range::<str, _>((from, Bound::Unbounded)).next().copied()
    }

    fn query<'a>(prefix: &'a str, delimiter: Option<&'a str>, marker: &'a str, limit: usize) -> Query<'a> {
        Query { prefix, delimiter, marker, limit, show_metadata: false }
    }

    #[test]
    fn folds_names_at_the_delimiter() {
        let (top, next) = query("", Some("/"), "", 10).run(of(NAMES));
        assert_eq!(top, [Entry::Blob("a"), Entry::Prefix("d/"), Entry::Blob("z")]);
        assert_eq!(next, None);
        let (below, _) = query("d/", Some("/"), "", 10).run(of(NAMES));
        assert_eq!(below, [Entry::Blob("d/1"), Entry::Blob("d/2"), Entry::Prefix("d/e/")]);
    }

    #[test]
    fn pages_without_gap_or_overlap() {
        let mut seen = Vec::new();
        let mut marker = "";
        loop {
            let (page, next) = query("", Some("/"), marker, 1).run(of(NAMES));
            seen.extend(page);
            match next {
                Some(next) => marker = next,
                None => break,
            }
        }
        assert_eq!(seen, [Entry::Blob("a"), Entry::Prefix("d/"), Entry::Blob("z")]);
    }

    #[test]
    fn looks_at_what_it_shows_and_not_at_what_lies_before_or_is_folded() {
        let names: Vec<String> =
            (0..30_000).map(|n| format!("{}/{n:05}", ["a", "b", "c"][n / 10_000])).collect();
        let looks = Cell::new(0);
        let counted = |query: Query<'_>| {
            let mut all = of(names.iter().map(String::as_str));
            looks.set(0);
            let (entries, _) = query.run(|from| {
                looks.set(looks.get() + 1);
                all(from)
            });
            (entries.len(), looks.get())
        };
        assert_eq!(counted(query("c/", None, "", 10)), (10, 11));
        assert_eq!(counted(query("", None, "b/19990", 5)), (5, 6));
        assert_eq!(counted(query("", Some("/"), "", 10)), (3, 4));
    }

    #[test]
    fn what_comes_behind_a_prefix_is_found_at_the_ends_of_the_alphabet() {
        assert_eq!(behind("d/").as_deref(), Some("d0"));
        assert_eq!(behind("d\u{D7FF}").as_deref(), Some("d\u{E000}"));
        assert_eq!(behind("d\u{10FFFF}").as_deref(), Some("e"));
        assert_eq!(behind("\u{10FFFF}"), None);
    }
}
