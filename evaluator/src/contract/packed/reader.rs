//! Bytes from a guest, read from the front. No length in them is believed before it is checked.

/// Why bytes are not a list of answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {what}")]
pub(crate) struct Malformed {
    /// Where, from the start.
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

pub(super) struct Reader<'a> {
    rest: &'a [u8],
    length: usize,
    /// Whether all of the bytes are, so that each text is UTF-8.
    is_ascii: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, length: bytes.len(), is_ascii: bytes.is_ascii() }
    }

    /// Bytes read so far.
    pub(super) fn at(&self) -> usize {
        self.length - self.rest.len()
    }

    pub(super) fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { at: self.at(), what }
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (byte, rest) =
            self.rest.split_first().ok_or_else(|| self.malformed("the bytes end too early"))?;
        self.rest = rest;
        Ok(*byte)
    }

    pub(super) fn number(&mut self) -> Result<u32, Malformed> {
        let (number, rest) =
            self.rest.split_first_chunk().ok_or_else(|| self.malformed("the bytes end too early"))?;
        self.rest = rest;
        Ok(u32::from_le_bytes(*number))
    }

    pub(super) fn length(&mut self) -> Result<usize, Malformed> {
        self.number().map(|number| usize::try_from(number).unwrap_or(usize::MAX))
    }

    pub(super) fn owned_text(&mut self) -> Result<String, Malformed> {
        self.text(|text| std::str::from_utf8(text).ok().map(str::to_owned))
    }

    /// Passes over a text that nobody keeps. It is as malformed as one that is kept.
    pub(super) fn skip_text(&mut self) -> Result<(), Malformed> {
        let is_ascii = self.is_ascii;
        self.text(|text| (is_ascii || std::str::from_utf8(text).is_ok()).then_some(()))
    }

    fn text<T>(&mut self, keep: impl FnOnce(&'a [u8]) -> Option<T>) -> Result<T, Malformed> {
        let length = self.length()?;
        let (text, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| self.malformed("a text is longer than the bytes"))?;
        let kept = keep(text).ok_or_else(|| self.malformed("a text is not UTF-8"))?;
        self.rest = rest;
        Ok(kept)
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(self.malformed("an option is neither absent nor present")),
        }
    }

    /// A list whose items have at least four bytes each.
    pub(super) fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        let count = self.count()?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }

    /// The number of items of a list, each of at least four bytes.
    pub(super) fn count(&mut self) -> Result<usize, Malformed> {
        let count = self.length()?;
        if count > self.rest.len() / 4 {
            return Err(self.malformed("a list is longer than the bytes"));
        }
        Ok(count)
    }

    pub(super) fn end(&self) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.malformed("there are bytes behind the last answer"))
        }
    }
}
