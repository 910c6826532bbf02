//! The items of lists, the members of objects, and the variants of enumerations.

use serde::Deserializer as _;
use serde::de::value::CowStrDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use std::borrow::Cow;

use super::{JsonError, Reader, named};

/// The items of a list whose bracket has been read.
pub(super) struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    read: usize,
    over: bool,
}

impl<'a, 'de> Items<'a, 'de> {
    pub(super) fn of(reader: &'a mut Reader<'de>) -> Self {
        Self { reader, read: 0, over: false }
    }

    /// A visitor may stop early; what is left must not be there.
    pub(super) fn finish(self) -> Result<(), JsonError> {
        if self.over { Ok(()) } else { self.reader.text.expect(b']', "the end of the list") }
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = JsonError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, JsonError> {
        if self.over || self.reader.text.take(b']') {
            self.over = true;
            return Ok(None);
        }
        if self.read > 0 {
            self.reader.text.expect(b',', "a comma or the end of the list")?;
        }
        let index = self.read;
        self.read += 1;
        named(self.reader, seed, || index.to_string()).map(Some)
    }
}

/// The members of an object whose brace has been read.
pub(super) struct Members<'a, 'de> {
    reader: &'a mut Reader<'de>,
    name: Cow<'de, str>,
    first: bool,
    over: bool,
}

impl<'a, 'de> Members<'a, 'de> {
    pub(super) fn of(reader: &'a mut Reader<'de>) -> Self {
        Self { reader, name: Cow::Borrowed(""), first: true, over: false }
    }

    pub(super) fn finish(self) -> Result<(), JsonError> {
        if self.over { Ok(()) } else { self.reader.text.expect(b'}', "the end of the object") }
    }
}

impl<'de> MapAccess<'de> for &mut Members<'_, 'de> {
    type Error = JsonError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, JsonError> {
        if self.over || self.reader.text.take(b'}') {
            self.over = true;
            return Ok(None);
        }
        if !self.first {
            self.reader.text.expect(b',', "a comma or the end of the object")?;
        }
        self.first = false;
        self.name = self.reader.text.string()?;
        let name: CowStrDeserializer<'_, JsonError> = Cow::Borrowed(self.name.as_ref()).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, JsonError> {
        self.reader.text.expect(b':', "a colon")?;
        let name = &self.name;
        named(self.reader, seed, || name.to_string())
    }
}

/// A variant: its name alone, or an object of which it is the only member.
pub(super) struct Variant<'a, 'de> {
    pub(super) reader: &'a mut Reader<'de>,
    pub(super) holds: bool,
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = JsonError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), JsonError> {
        let variant = seed.deserialize(&mut *self.reader)?;
        if self.holds {
            self.reader.text.expect(b':', "a colon")?;
        }
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = JsonError;

    fn unit_variant(self) -> Result<(), JsonError> {
        if self.holds { self.reader.deserialize_unit(serde::de::IgnoredAny).map(drop) } else { Ok(()) }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, JsonError> {
        if self.holds { seed.deserialize(self.reader) } else { Err(self.reader.text.unexpected("an object")) }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, JsonError> {
        if self.holds {
            self.reader.deserialize_seq(visitor)
        } else {
            Err(self.reader.text.unexpected("an object"))
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, JsonError> {
        if self.holds {
            self.reader.deserialize_map(visitor)
        } else {
            Err(self.reader.text.unexpected("an object"))
        }
    }
}
