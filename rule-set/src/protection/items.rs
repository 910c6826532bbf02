//! Which of the items of a target are protected: all, those with a name, all but some.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Which of the items of a target are protected.
///
/// Written as `"all"`, as a list of names, or as `{ "all-but": [...] }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Items<T> {
    /// Every one, new ones too.
    All,
    /// Those named.
    Named(Vec<T>),
    /// Every one but those named.
    AllBut(Vec<T>),
}

const ALL: &str = "all";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct AllBut<T> {
    all_but: T,
}

impl<T: Serialize> Serialize for Items<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str(ALL),
            Self::Named(named) => named.serialize(serializer),
            Self::AllBut(all_but) => AllBut { all_but }.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written(PhantomData))
    }
}

struct Written<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Written<T> {
    type Value = Items<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("`all`, a list of names, or a list under `all-but`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Items<T>, E> {
        if text == ALL {
            Ok(Items::All)
        } else {
            Err(E::invalid_value(serde::de::Unexpected::Str(text), &self))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Items<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(items)).map(Items::Named)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Items<T>, A::Error> {
        let AllBut { all_but } = AllBut::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Items::AllBut(all_but))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Stated {
        items: Items<String>,
    }

    #[test]
    fn each_way_to_choose_is_written_and_read_again() {
        let one = || vec!["one".to_owned()];
        for (items, written) in [
            (Items::All, "items = \"all\"\n"),
            (Items::Named(one()), "items = [\"one\"]\n"),
            (Items::AllBut(one()), "[items]\nall-but = [\"one\"]\n"),
        ] {
            let stated = Stated { items };
            assert_eq!(toml::to_string(&stated).unwrap(), written);
            assert_eq!(toml::from_str::<Stated>(written).unwrap(), stated);
        }
    }

    #[test]
    fn another_word_is_refused_with_what_would_do() {
        for wrong in ["items = \"none\"", "items = 7", "items = { but = [] }"] {
            let refused = toml::from_str::<Stated>(wrong).unwrap_err().to_string();
            assert!(refused.contains("all-but"), "{refused}");
        }
    }
}
