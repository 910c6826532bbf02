//! The texts of an opinion: a constant is borrowed, a short text lies in the opinion itself, only what is longer is allocated.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use crate::copies::{append_text, copy, joined};

/// Bytes that a short text may have: names of tags with the pointer before them, values, `tag env=prod`.
const SHORT: usize = 22;

/// A text of an opinion. It reads like a `str`, and is made from texts of any kind.
#[derive(Clone)]
pub struct Text(Kept);

#[derive(Clone)]
enum Kept {
    Constant(&'static str),
    /// INVARIANT: the first `length` bytes are UTF-8.
    Short {
        length: u8,
        bytes: [u8; SHORT],
    },
    Long(String),
}

impl Text {
    /// An empty text, to push others to.
    pub const fn new() -> Self {
        Self(Kept::Constant(""))
    }

    /// A text that is known when the rule is compiled: nothing is copied.
    pub const fn constant(text: &'static str) -> Self {
        Self(Kept::Constant(text))
    }

    /// These parts, one behind the other.
    #[inline]
    pub fn of(parts: &[&str]) -> Self {
        let mut text = Self::new();
        text.put(parts);
        text
    }

    /// Says these parts instead, one behind the other: written where the text lies, since a processor waits for what it
    /// moves as soon as it has been put together.
    #[inline]
    pub fn put(&mut self, parts: &[&str]) {
        let length = parts.iter().map(|part| part.len()).sum();
        if length > SHORT {
            self.0 = Kept::Long(joined(parts));
            return;
        }
        self.0 = Kept::Short { length: fits(length), bytes: [0; SHORT] };
        let Kept::Short { bytes, .. } = &mut self.0 else { return };
        let mut room = bytes.as_mut_slice();
        for part in parts {
            let (place, rest) = room.split_at_mut(part.len());
            copy(place, part.as_bytes());
            room = rest;
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kept::Constant(text) => text,
            Kept::Short { length, bytes } => short(bytes, *length),
            Kept::Long(text) => text,
        }
    }

    /// Adds a character at the end.
    pub fn push(&mut self, character: char) {
        self.push_str(character.encode_utf8(&mut [0; 4]));
    }

    /// Adds a text at the end.
    #[inline]
    pub fn push_str(&mut self, more: &str) {
        match &mut self.0 {
            Kept::Long(text) => return append_text(text, more),
            Kept::Short { length, bytes } => {
                let start = usize::from(*length);
                if let Some(room) = bytes.get_mut(start..start + more.len()) {
                    copy(room, more.as_bytes());
                    *length += fits(more.len());
                    return;
                }
            }
            Kept::Constant("") => return *self = Self::from(more),
            Kept::Constant(_) => {}
        }
        let mut text = String::with_capacity(2 * (self.len() + more.len()));
        append_text(&mut text, self);
        append_text(&mut text, more);
        self.0 = Kept::Long(text);
    }
}

#[expect(unsafe_code, reason = "what was text when it was copied need not be checked whenever it is read")]
fn short(bytes: &[u8; SHORT], length: u8) -> &str {
    let text = bytes.get(..usize::from(length)).unwrap_or_default();
    // SAFETY: the invariant of `Kept::Short`: whole texts are copied, one behind the other.
    unsafe { std::str::from_utf8_unchecked(text) }
}

/// A length of at most `SHORT`.
#[expect(clippy::cast_possible_truncation, reason = "it fits, or the room would not have been there")]
fn fits(length: usize) -> u8 {
    length as u8
}

impl From<&str> for Text {
    #[inline]
    fn from(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..text.len()) {
            None => {
                let mut long = String::with_capacity(text.len());
                append_text(&mut long, text);
                Self(Kept::Long(long))
            }
            Some(room) => {
                copy(room, text.as_bytes());
                Self(Kept::Short { length: fits(text.len()), bytes })
            }
        }
    }
}

impl From<String> for Text {
    #[inline]
    fn from(text: String) -> Self {
        Self(Kept::Long(text))
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

/// Borrowed for ever: a constant.
impl From<Cow<'static, str>> for Text {
    fn from(text: Cow<'static, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::constant(text),
            Cow::Owned(text) => Self::from(text),
        }
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        match text.0 {
            Kept::Long(text) => text,
            _ => text.as_str().to_owned(),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        self.push_str(more);
        Ok(())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), formatter)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl Eq for Text {}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<Text> for &str {
    fn eq(&self, other: &Text) -> bool {
        *self == other.as_str()
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_it_was_made_of() {
        for text in ["", "env", "exactly 22 bytes long.", "one byte longer than it", "Größe, 日本, 👍"]
        {
            assert_eq!(Text::from(text), text);
            assert_eq!(Text::from(text.to_owned()), text);
            assert_eq!(Text::from(Cow::Borrowed(text)), text);
            assert_eq!(String::from(Text::from(text)), text);
        }
    }

    #[test]
    fn parts_stand_one_behind_the_other_however_long_they_are() {
        let parts = ["tag ", "größe", "=", "", "twelve bytes", "!", "a long value that fits nowhere"];
        for first in 0..parts.len() {
            for end in first..=parts.len() {
                let parts = &parts[first..end];
                assert_eq!(Text::of(parts), parts.concat());
                for before in [Text::constant("why"), Text::from("short"), Text::from(String::from("owned"))]
                {
                    let mut text = before;
                    text.put(parts);
                    assert_eq!(text, parts.concat());
                }
            }
        }
    }

    #[test]
    fn what_is_pushed_is_at_the_end_however_long_it_becomes() {
        let parts = ["", "tag ", "größe", "=", "a long value that fits nowhere", "", ", ", "é"];
        for first in [Text::new(), Text::constant("why: "), Text::from("x"), Text::from(String::from("y"))] {
            let (mut text, mut expected) = (first.clone(), first.to_string());
            for part in parts {
                text.push_str(part);
                expected.push_str(part);
                assert_eq!(text, expected);
            }
        }
    }
}
