//! Byte ranges of a read.

use std::ops::Range;

use axum::http::HeaderMap;

use crate::error::{Code, StorageError};
use crate::reply::header_text;

/// The bytes that a request asks for, cut to the content's length; `None` for all of them.
///
/// Azure ignores a range that it cannot read and refuses one that begins behind the end.
pub(crate) fn requested(headers: &HeaderMap, length: usize) -> Result<Option<Range<usize>>, StorageError> {
    let header = header_text(headers, "x-ms-range").or_else(|| header_text(headers, "range"));
    let Some((first, last)) = header.and_then(parse) else {
        return Ok(None);
    };
    if first >= length {
        return Err(Code::InvalidRange.because(format!("{first} is behind the {length} bytes there are")));
    }
    let end = last.map_or(length, |last| last.saturating_add(1).min(length));
    Ok(Some(first..end))
}

fn parse(header: &str) -> Option<(usize, Option<usize>)> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let first = first.parse().ok()?;
    match last {
        "" => Some((first, None)),
        last => last.parse().ok().filter(|last| *last >= first).map(|last| (first, Some(last))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested_of_ten(range: &str) -> Result<Option<Range<usize>>, StorageError> {
        let mut headers = HeaderMap::new();
        headers.insert("x-ms-range", range.parse().unwrap());
        requested(&headers, 10)
    }

    #[test]
    fn cuts_refuses_and_ignores() {
        assert_eq!(requested_of_ten("bytes=2-4").unwrap(), Some(2..5));
        assert_eq!(requested_of_ten("bytes=2-").unwrap(), Some(2..10));
        assert_eq!(requested_of_ten("bytes=0-4194303").unwrap(), Some(0..10));
        assert!(requested_of_ten("bytes=10-").is_err());
        assert_eq!(requested_of_ten("bytes=4-2").unwrap(), None);
        assert_eq!(requested_of_ten("lines=1-2").unwrap(), None);
    }
}
