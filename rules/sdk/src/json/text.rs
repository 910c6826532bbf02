//! The characters of a JSON text.

use std::borrow::Cow;
use std::str::FromStr;

use super::JsonError;

/// A text and how far it has been read.
pub(super) struct Text<'de> {
    whole: &'de str,
    at: usize,
}

impl<'de> Text<'de> {
    pub(super) fn new(whole: &'de str) -> Self {
        Self { whole, at: 0 }
    }

    /// The next byte that is no blank.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.byte() {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Takes the next byte if it is this.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    pub(super) fn expect(&mut self, byte: u8, what: &str) -> Result<(), JsonError> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected(what)) }
    }

    /// Takes a word if it is next.
    pub(super) fn word(&mut self, word: &str) -> bool {
        self.peek();
        let is = self.rest().starts_with(word.as_bytes());
        self.at += if is { word.len() } else { 0 };
        is
    }

    pub(super) fn end(&mut self) -> Result<(), JsonError> {
        if self.peek().is_none() { Ok(()) } else { Err(self.unexpected("the end")) }
    }

    pub(super) fn unexpected(&mut self, expected: &str) -> JsonError {
        let found = match self.peek() {
            None => "the text ends",
            Some(b'{') => "there is an object",
            Some(b'[') => "there is a list",
            Some(b'"') => "there is a text",
            Some(b't' | b'f') => "there is a boolean",
            Some(b'n') => "there is null",
            Some(b'-' | b'0'..=b'9') => "there is a number",
            Some(_) => "there is something else",
        };
        let mut message = String::from("expected ");
        message.push_str(expected);
        message.push_str(", but ");
        message.push_str(found);
        JsonError::new(message)
    }

    /// Whether the number that is next has neither fraction nor exponent.
    pub(super) fn is_whole(&self) -> bool {
        let end = self.rest().iter().find(|byte| !matches!(byte, b'-' | b'0'..=b'9'));
        !matches!(end, Some(b'.' | b'e' | b'E'))
    }

    pub(super) fn whole<T: FromStr>(&mut self) -> Result<T, JsonError> {
        let unfit = self.unexpected("a whole number in range");
        self.number()?.parse().map_err(|_| unfit)
    }

    pub(super) fn fraction<T: FromStr>(&mut self) -> Result<T, JsonError> {
        let unfit = self.unexpected("a number");
        self.number()?.parse().map_err(|_| unfit)
    }

    /// A number, as written.
    pub(super) fn number(&mut self) -> Result<&'de str, JsonError> {
        self.peek();
        let start = self.at;
        let fine = {
            self.at += usize::from(self.byte() == Some(b'-'));
            let leading_zero = self.byte() == Some(b'0');
            let digits = self.digits();
            let whole = digits == 1 || (digits > 1 && !leading_zero);
            let mut fine = whole;
            if self.byte() == Some(b'.') {
                self.at += 1;
                fine &= self.digits() > 0;
            }
            if matches!(self.byte(), Some(b'e' | b'E')) {
                self.at += 1;
                self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
                fine &= self.digits() > 0;
            }
            fine
        };
        if !fine {
            self.at = start;
            return Err(self.unexpected("a number"));
        }
        Ok(self.whole.get(start..self.at).unwrap_or_default())
    }

    pub(super) fn string(&mut self) -> Result<Cow<'de, str>, JsonError> {
        self.expect(b'"', "a text")?;
        let mut read = String::new();
        loop {
            let start = self.at;
            while self.byte().is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            let plain = self.whole.get(start..self.at).unwrap_or_default();
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    if read.is_empty() {
                        return Ok(Cow::Borrowed(plain));
                    }
                    read.push_str(plain);
                    return Ok(Cow::Owned(read));
                }
                Some(b'\\') => {
                    self.at += 1;
                    read.push_str(plain);
                    read.push(self.escaped().ok_or_else(|| JsonError::new("it has an unknown escape"))?);
                }
                Some(_) => return Err(JsonError::new("it has a control character that is not escaped")),
                None => return Err(JsonError::new("a text has no end")),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let byte = self.byte()?;
        self.at += 1;
        Some(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hexadecimal()?;
                if !(0xd800..0xdc00).contains(&high) {
                    return char::from_u32(high);
                }
                if !self.rest().starts_with(b"\\u") {
                    return None;
                }
                self.at += 2;
                let low = self.hexadecimal()?;
                if !(0xdc00..0xe000).contains(&low) {
                    return None;
                }
                return char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            }
            _ => return None,
        })
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let mut value = 0;
        for _ in 0..4 {
            value = value * 16 + char::from(self.byte()?).to_digit(16)?;
            self.at += 1;
        }
        Some(value)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn byte(&self) -> Option<u8> {
        self.whole.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'de [u8] {
        self.whole.as_bytes().get(self.at..).unwrap_or_default()
    }
}
