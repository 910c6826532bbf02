//! Containers and prefixes as ranges of blob paths: what point-in-time restore takes.

use super::names;
use super::order::BlobRange;
use crate::impossible::Impossible;

/// Ranges that one point-in-time restore takes.
pub(super) const MOST_RANGES: usize = 10;

/// The ranges of whole containers and of prefixes; empty for the whole account.
pub(super) fn of(containers: &[String], prefixes: &[String]) -> Result<Vec<BlobRange>, Impossible> {
    let mut ranges = Vec::new();
    for name in containers {
        names::container(name)?;
        // No container's name comes between `name` and `name-0`.
        ranges.push(BlobRange { min: name.clone(), max: format!("{name}-0") });
    }
    for prefix in prefixes {
        ranges.push(of_prefix(prefix)?);
    }
    if ranges.len() > MOST_RANGES {
        return Err(Impossible::new(
            "UserErrorTooManyPrefixesGivenForBlobRestore",
            format!("{} containers and prefixes are more than one restore takes", ranges.len()),
            format!("name at most {MOST_RANGES}, or restore several times"),
        ));
    }
    ranges.sort_by(|a, b| place(&a.min).cmp(&place(&b.min)));
    let overlap = ranges.windows(2).find_map(|pair| match pair {
        [one, next] if place(&next.min) < place(&one.max) => Some((one.clone(), next.clone())),
        _ => None,
    });
    match overlap {
        None => Ok(ranges),
        Some((one, next)) => Err(Impossible::new(
            "UserErrorInvalidRestorePrefixRange",
            format!("`{}` and `{}` overlap", one.min, next.min),
            "name each part once",
        )),
    }
}

fn of_prefix(prefix: &str) -> Result<BlobRange, Impossible> {
    let bad = |problem: &str| {
        Impossible::new(
            "UserErrorInvalidRestorePrefixRange",
            format!("`{prefix}` is not a prefix of blobs: {problem}"),
            "write `container/beginning-of-the-name`",
        )
    };
    let Some((container, blob)) = prefix.split_once('/') else {
        return Err(bad("it names no blob; whole containers belong into `containers`"));
    };
    names::container(container)?;
    let mut next: Vec<char> = blob.chars().collect();
    // The first path after all that begin so: the last character is the next one.
    let Some(last) = next.pop() else { return Err(bad("nothing follows the container")) };
    let Some(after) = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32) else {
        return Err(bad("no name comes after it"));
    };
    next.push(after);
    let max: String = next.into_iter().collect();
    Ok(BlobRange { min: prefix.to_owned(), max: format!("{container}/{max}") })
}

/// Order of paths: by container, then by blob.
fn place(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(containers: &[&str], prefixes: &[&str]) -> Result<Vec<(String, String)>, String> {
        let owned = |list: &[&str]| list.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
        of(&owned(containers), &owned(prefixes))
            .map(|ranges| ranges.into_iter().map(|range| (range.min, range.max)).collect())
            .map_err(|impossible| impossible.code)
    }

    #[test]
    fn a_container_ends_before_the_next_name_and_a_prefix_before_the_next_letter() {
        let pair = |min: &str, max: &str| (min.to_owned(), max.to_owned());
        assert_eq!(
            ranges(&["logs"], &["data/2026/", "data/a"]),
            Ok(vec![pair("data/2026/", "data/20260"), pair("data/a", "data/b"), pair("logs", "logs-0")])
        );
        assert_eq!(ranges(&[], &[]), Ok(Vec::new()));
    }

    #[test]
    fn what_azure_would_refuse_is_refused_before_the_call() {
        let invalid = Err("UserErrorInvalidRestorePrefixRange".to_owned());
        assert_eq!(ranges(&["logs"], &["logs/a"]), invalid);
        assert_eq!(ranges(&["logs", "logs"], &[]), invalid);
        assert_eq!(ranges(&[], &["logs/a", "logs/ab"]), invalid);
        assert_eq!(ranges(&[], &["logs"]), invalid);
        assert_eq!(ranges(&[], &["logs/"]), invalid);
        assert!(ranges(&["$root"], &[]).is_err());
        let many: Vec<String> = (0..11).map(|at| format!("container{at}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(ranges(&many, &[]), Err("UserErrorTooManyPrefixesGivenForBlobRestore".to_owned()));
        assert_eq!(ranges(&["logs", "logs-2026"], &[]).map(|ranges| ranges.len()), Ok(2));
    }
}
