//! Which of two versions is older, by the precedence of Semantic Versioning 2.0.

use std::cmp::Ordering;

/// Whether `one` is older than `other`. What is no semantic version is older than nothing.
pub(super) fn is_older(one: &str, other: &str) -> bool {
    match (Version::read(one), Version::read(other)) {
        (Some(one), Some(other)) => one.precedence(&other) == Ordering::Less,
        _ => false,
    }
}

struct Version<'a> {
    /// Major, minor, patch.
    release: [u64; 3],
    /// Identifiers of a pre-release; empty for a release.
    pre: Vec<&'a str>,
}

impl<'a> Version<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (text, _build) = text.split_once('+').unwrap_or((text, ""));
        let (release, pre) = match text.split_once('-') {
            Some((release, pre)) => (release, pre.split('.').collect()),
            None => (text, Vec::new()),
        };
        let mut numbers = release.split('.').map(|number| number.parse::<u64>().ok());
        let release = [numbers.next()??, numbers.next()??, numbers.next()??];
        numbers.next().is_none().then_some(Self { release, pre })
    }

    fn precedence(&self, other: &Self) -> Ordering {
        self.release.cmp(&other.release).then_with(|| match (self.pre.as_slice(), other.pre.as_slice()) {
            ([], []) => Ordering::Equal,
            ([], _) => Ordering::Greater,
            (_, []) => Ordering::Less,
            (one, other) => one
                .iter()
                .zip(other)
                .map(|(one, other)| identifier(one, other))
                .find(|ordering| ordering.is_ne())
                .unwrap_or(one.len().cmp(&other.len())),
        })
    }
}

/// Numbers by value and below words; words by their bytes.
fn identifier(one: &str, other: &str) -> Ordering {
    match (one.parse::<u64>(), other.parse::<u64>()) {
        (Ok(one), Ok(other)) => one.cmp(&other),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => one.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use super::is_older;

    #[test]
    fn versions_are_ordered_as_semantic_versioning_says() {
        let ascending = [
            "0.9.10",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0",
            "1.2.0",
            "1.10.0",
            "2.0.0",
        ];
        for (index, one) in ascending.iter().enumerate() {
            for (other_index, other) in ascending.iter().enumerate() {
                assert_eq!(is_older(one, other), index < other_index, "{one} and {other}");
            }
        }
        assert!(!is_older("1.0.0+one", "1.0.0+two"), "builds have no order");
    }

    #[test]
    fn what_is_no_version_is_older_than_nothing() {
        for text in ["", "1", "1.0", "1.0.0.0", "one", "1.0.x"] {
            assert!(!is_older(text, "2.0.0") && !is_older("0.0.1", text), "{text}");
        }
    }
}
