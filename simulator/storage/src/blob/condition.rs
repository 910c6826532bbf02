//! Conditional headers: `If-Match`, `If-None-Match` and their two cousins with dates.

use axum::http::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::container::Blob;
use crate::error::{Code, StorageError};
use crate::reply::header_text;

/// The conditions of one request.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_modified_since: Option<Timestamp>,
    if_unmodified_since: Option<Timestamp>,
}

impl Conditions {
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, StorageError> {
        let text = |name| header_text(headers, name).map(str::to_owned);
        let date = |name| {
            let parse = |text: &str| {
                DateTimeParser::new()
                    .parse_timestamp(text)
                    .map_err(|_| Code::InvalidHeaderValue.because(format!("{name}: {text}")))
            };
            header_text(headers, name).map(parse).transpose()
        };
        Ok(Self {
            if_match: text("if-match"),
            if_none_match: text("if-none-match"),
            if_modified_since: date("if-modified-since")?,
            if_unmodified_since: date("if-unmodified-since")?,
        })
    }

    /// Whether a blob may be written over `present`, the blob of that name if there is one.
    pub(crate) fn check_write(&self, present: Option<&Blob>) -> Result<(), StorageError> {
        let Some(blob) = present else {
            return match &self.if_match {
                Some(_) => Err(Code::ConditionNotMet.into()),
                None => Ok(()),
            };
        };
        if self.if_none_match.as_deref() == Some("*") {
            return Err(Code::BlobAlreadyExists.into());
        }
        if self.unchanged(blob) {
            return Err(Code::ConditionNotMet.into());
        }
        self.check_still_the_same(blob)
    }

    /// Whether a blob may be read: 304 if the reader has it already, 412 if it is not the expected one.
    pub(crate) fn check_read(&self, blob: &Blob) -> Result<(), StorageError> {
        self.check_still_the_same(blob)?;
        if self.unchanged(blob) {
            return Err(Code::NotModified.into());
        }
        Ok(())
    }

    fn check_still_the_same(&self, blob: &Blob) -> Result<(), StorageError> {
        let other_tag = self.if_match.as_deref().is_some_and(|header| !blob.etag.is_in(header));
        let modified = self.if_unmodified_since.is_some_and(|since| whole_second(blob.modified) > since);
        if other_tag || modified {
            return Err(Code::ConditionNotMet.into());
        }
        Ok(())
    }

    fn unchanged(&self, blob: &Blob) -> bool {
        match (&self.if_none_match, self.if_modified_since) {
            (Some(header), _) => blob.etag.is_in(header),
            (None, Some(since)) => whole_second(blob.modified) <= since,
            (None, None) => false,
        }
    }
}

/// HTTP dates have no fractions, so neither may what is compared with them.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::blob::Properties;

    fn check_write(name: &'static str, value: &str, present: Option<&Blob>) -> Result<(), StorageError> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        Conditions::read(&headers)?.check_write(present)
    }

    fn code(result: Result<(), StorageError>) -> String {
        format!("{:?}", result.unwrap_err())
    }

    #[test]
    fn writes_are_guarded() {
        let blob = Blob::new(&Bytes::new(), Properties::default());
        let tag = blob.etag.quoted();
        assert!(check_write("if-none-match", "*", None).is_ok());
        assert!(code(check_write("if-none-match", "*", Some(&blob))).contains("BlobAlreadyExists"));
        assert!(check_write("if-match", &tag, Some(&blob)).is_ok());
        assert!(code(check_write("if-match", "\"0x1\"", Some(&blob))).contains("ConditionNotMet"));
        assert!(code(check_write("if-match", "*", None)).contains("ConditionNotMet"));
        assert!(code(check_write("if-none-match", &tag, Some(&blob))).contains("ConditionNotMet"));
        let longago = "Thu, 01 Jan 1970 00:00:00 GMT";
        assert!(code(check_write("if-unmodified-since", longago, Some(&blob))).contains("ConditionNotMet"));
        assert!(check_write("if-modified-since", longago, Some(&blob)).is_ok());
        assert!(
            code(check_write("if-match-since", "x", None).and(check_write(
                "if-modified-since",
                "noon",
                None
            )))
            .contains("InvalidHeaderValue")
        );
    }
}
