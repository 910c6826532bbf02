//! Rows of a file, one by one: a list, a list below `data` or `value`, or JSON lines. No file is held whole.

use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Hands each row over.
pub(super) fn each(text: impl Read, mut take: impl FnMut(Value)) -> serde_json::Result<()> {
    let mut reader = serde_json::Deserializer::from_reader(text);
    let mut one = |row: Value| take(row);
    loop {
        match Rows(&mut one).deserialize(&mut reader) {
            Ok(()) => {}
            Err(error) if error.is_eof() && is_between(&error) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// Whether the text ended where another value could have begun.
fn is_between(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("EOF while parsing a value")
}

/// Names under which an answer of Azure has its rows.
const LISTS: [&str; 2] = ["data", "value"];

struct Rows<'a>(&'a mut dyn FnMut(Value));

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows of Resource Graph")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(row) = list.next_element::<Value>()? {
            (self.0)(row);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut row, mut has_list) = (Map::new(), false);
        while let Some(name) = map.next_key::<String>()? {
            if LISTS.contains(&name.as_str()) && row.get("id").is_none() {
                map.next_value_seed(Rows(&mut *self.0))?;
                has_list = true;
            } else {
                row.insert(name, map.next_value()?);
            }
        }
        if !has_list {
            (self.0)(Value::Object(row));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Result<Vec<String>, String> {
        let mut ids = Vec::new();
        each(text.as_bytes(), |row| ids.push(row["id"].to_string())).map_err(|error| error.to_string())?;
        Ok(ids)
    }

    #[test]
    fn every_form_of_an_export_is_read() {
        for text in [
            r#"[{"id": 1}, {"id": 2}]"#,
            r#"{"count": 2, "data": [{"id": 1}, {"id": 2}], "skip_token": null}"#,
            "{\"id\": 1}\n{\"id\": 2}\n",
            r#"{"value": [{"id": 1}]} {"value": [{"id": 2}]}"#,
        ] {
            assert_eq!(ids(text), Ok(vec!["1".to_owned(), "2".to_owned()]), "{text}");
        }
        assert_eq!(ids(""), Ok(Vec::new()));
        assert!(ids("[{\"id\": 1}").is_err() && ids("nothing").is_err());
    }
}
