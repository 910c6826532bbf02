//! Looking up fields of a resource's body in one pass, without building the rest of it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Places in a body that the settings name, as a tree by path segment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    root: Node,
    count: usize,
}

#[derive(Debug, Clone, Default)]
struct Node {
    slot: Option<usize>,
    children: Vec<(String, Node)>,
}

/// What a body has at each of the places, by slot; `None` where there is nothing, or `null`.
pub(crate) type Found<'a> = Vec<Option<Cow<'a, str>>>;

impl Places {
    /// Reserves a slot for a JSON pointer; the same pointer gives the same slot.
    ///
    /// Keys are compared without ASCII case, since Azure's services do not agree on theirs.
    pub(crate) fn add(&mut self, pointer: &str) -> usize {
        let mut node = &mut self.root;
        for segment in pointer.split('/').skip(1) {
            let key = segment.replace("~1", "/").replace("~0", "~");
            let index = match node.children.iter().position(|(known, _)| known.eq_ignore_ascii_case(&key)) {
                Some(index) => index,
                None => {
                    node.children.push((key, Node::default()));
                    node.children.len() - 1
                }
            };
            let Some((_, child)) = node.children.get_mut(index) else { return self.count };
            node = child;
        }
        *node.slot.get_or_insert_with(|| {
            self.count += 1;
            self.count - 1
        })
    }

    /// Reads all places. A body that is no JSON has nothing anywhere.
    pub(crate) fn read<'a>(&self, body: &'a str) -> Found<'a> {
        let mut found: Found<'a> = vec![None; self.count];
        let _ = self.root.read(body, &mut found);
        found
    }
}

impl Node {
    fn child(&self, key: &str) -> Option<&Self> {
        let (_, child) = self.children.iter().find(|(known, _)| known.eq_ignore_ascii_case(key))?;
        Some(child)
    }

    fn read<'a>(&self, json: &'a str, found: &mut Found<'a>) -> Result<(), serde_json::Error> {
        if let Some(place) = self.slot.and_then(|slot| found.get_mut(slot)) {
            *place = text(json);
        }
        if self.children.is_empty() || !json.starts_with(['{', '[']) {
            return Ok(());
        }
        Reading { node: self, found }.deserialize(&mut serde_json::Deserializer::from_str(json))
    }
}

/// A value as Azure Policy compares it: `true` is `"true"`, `5` is `"5"`, objects are their JSON.
fn text(json: &str) -> Option<Cow<'_, str>> {
    match json {
        "null" => None,
        quoted if quoted.starts_with('"') => unquoted(quoted),
        other => Some(Cow::Borrowed(other)),
    }
}

fn unquoted(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(json).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Visits one object or array; what no place lies in is skipped without recursion.
struct Reading<'n, 'f, 'a> {
    node: &'n Node,
    found: &'f mut Found<'a>,
}

impl<'de> DeserializeSeed<'de> for Reading<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(child) = map.next_key_seed(Key(self.node))? {
            match child {
                Some(child) => {
                    let value: &RawValue = map.next_value()?;
                    let _ = child.read(value.get(), self.found);
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0_usize;
        while let Some(item) = items.next_element::<&RawValue>()? {
            if let Some(child) = self.node.child(&index.to_string()) {
                let _ = child.read(item.get(), self.found);
            }
            index += 1;
        }
        Ok(())
    }
}

/// Which child a key leads to.
struct Key<'n>(&'n Node);

impl<'n, 'de> DeserializeSeed<'de> for Key<'n> {
    type Value = Option<&'n Node>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'n> Visitor<'_> for Key<'n> {
    type Value = Option<&'n Node>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.child(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, pointers: &[&str]) -> Vec<Option<String>> {
        let mut places = Places::default();
        let slots: Vec<usize> = pointers.iter().map(|pointer| places.add(pointer)).collect();
        let found = places.read(body);
        slots.iter().map(|slot| found[*slot].as_deref().map(str::to_owned)).collect()
    }

    #[test]
    fn values_are_found_at_any_depth_whatever_the_case_of_their_keys() {
        let body = r#"{"a":{"B":[{"c":1},{"c":"x\"y"}]},"flag":true,"gone":null,"z":{"a/b":"s"}}"#;
        let found = read(body, &["/A/b/1/c", "/FLAG", "/gone", "/z/a~1b", "/a/b/0/c", "/a/b/2/c", "/flag/x"]);
        let expected = [Some("x\"y"), Some("true"), None, Some("s"), Some("1"), None, None];
        assert_eq!(found, expected.map(|text| text.map(str::to_owned)));
    }

    #[test]
    fn a_place_may_lie_in_another() {
        let found = read(r#"{"a":{"b":1}}"#, &["/a", "/a/b"]);
        assert_eq!(found, [Some(r#"{"b":1}"#.to_owned()), Some("1".to_owned())]);
    }

    #[test]
    fn one_pointer_has_one_slot() {
        let mut places = Places::default();
        assert_eq!((places.add("/a/b"), places.add("/a/c"), places.add("/A/B")), (0, 1, 0));
    }

    #[test]
    fn what_is_no_json_holds_nothing() {
        for body in ["", "[", "nonsense", r#"{"a":"#, "5"] {
            assert_eq!(read(body, &["/a"]), [None], "{body}");
        }
    }

    #[test]
    fn a_deep_body_is_skipped_without_recursion() {
        let body = format!(r#"{{"deep":{}{},"a":"x"}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(&body, &["/a"]), [Some("x".to_owned())]);
    }
}
