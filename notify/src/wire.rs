//! An event as bytes: structured, with everything in the body, or binary, with the attributes in headers.

use std::fmt;
use std::str::FromStr;

use cloudevents::Event;
use cloudevents::event::SpecVersion;
use cloudevents::message::{BinaryDeserializer as _, BinarySerializer, MessageAttributeValue, Result};

/// How an event travels over HTTP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Everything in the body.
    #[default]
    Structured,
    /// The data in the body, everything else in headers.
    Binary,
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(word: &str) -> std::result::Result<Self, Self::Err> {
        match word {
            "structured" => Ok(Self::Structured),
            "binary" => Ok(Self::Binary),
            other => Err(format!("`{other}` is neither `structured` nor `binary`")),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Structured => "structured",
            Self::Binary => "binary",
        })
    }
}

/// The media type of an event that is wholly in the body.
const STRUCTURED: &str = "application/cloudevents+json; charset=utf-8";

/// An event as it is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wire {
    /// Headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Wire {
    /// The event in this mode.
    ///
    /// # Errors
    ///
    /// If it cannot be written, which no event of ours is.
    pub fn of(event: &Event, mode: Mode) -> std::result::Result<Self, String> {
        let wire = match mode {
            Mode::Structured => serde_json::to_vec(event)
                .map(|body| Self { headers: vec![("content-type".to_owned(), STRUCTURED.to_owned())], body })
                .map_err(|error| error.to_string()),
            Mode::Binary => {
                event.clone().deserialize_binary(Self::default()).map_err(|error| error.to_string())
            }
        };
        wire.map_err(|error| format!("the event could not be written: {error}"))
    }

    fn header(mut self, name: String, value: &str) -> Self {
        self.headers.push((name, escaped(value)));
        self
    }
}

impl BinarySerializer<Self> for Wire {
    fn set_spec_version(self, version: SpecVersion) -> Result<Self> {
        Ok(self.header("ce-specversion".to_owned(), &version.to_string()))
    }

    fn set_attribute(self, name: &str, value: MessageAttributeValue) -> Result<Self> {
        let name = if name == "datacontenttype" { "content-type".to_owned() } else { format!("ce-{name}") };
        Ok(self.header(name, &value.to_string()))
    }

    fn set_extension(self, name: &str, value: MessageAttributeValue) -> Result<Self> {
        Ok(self.header(format!("ce-{name}"), &value.to_string()))
    }

    fn end_with_data(self, body: Vec<u8>) -> Result<Self> {
        Ok(Self { body, ..self })
    }

    fn end(self) -> Result<Self> {
        Ok(self)
    }
}

/// A header's value as the HTTP binding of CloudEvents (section 3.1.3.2) has it: what is not printable ASCII, and space,
/// quotation mark and per cent, as per cent escapes of UTF-8.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for byte in value.bytes() {
        if matches!(byte, 0x21..=0x7e) && byte != b'"' && byte != b'%' {
            escaped.push(char::from(byte));
        } else {
            escaped += &format!("%{byte:02X}");
        }
    }
    escaped
}

#[test]
fn values_of_headers_are_escaped_as_cloudevents_wants() {
    assert_eq!(escaped("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
    assert_eq!(escaped("100% \"so\""), "100%25%20%22so%22");
    assert_eq!(escaped("/subscriptions/s"), "/subscriptions/s");
}
