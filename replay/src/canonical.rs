//! The canonical JSON of a value: keys sorted, no blanks, the bytes that the ledger holds.

use std::io;
use std::ops::Range;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

// JSON text holds no raw control character, so these mark its objects without doubt.
const OPEN: u8 = 1;
const KEY: u8 = 2;
const VALUE: u8 = 3;
const CLOSE: u8 = 4;

/// Writes canonical JSON, again and again into the same memory.
#[derive(Debug, Default)]
pub(crate) struct Canonical {
    marked: Vec<u8>,
    text: Vec<u8>,
    scratch: Vec<u8>,
    members: Vec<Member>,
    /// For each open object: where its text begins, and its first member.
    open: Vec<(usize, usize)>,
}

/// Places in the text.
#[derive(Debug)]
struct Member {
    key: Range<usize>,
    end: usize,
}

impl Canonical {
    /// The bytes of `value`, until the next call.
    pub(crate) fn bytes<T: Serialize>(&mut self, value: &T) -> serde_json::Result<&[u8]> {
        self.marked.clear();
        value.serialize(&mut Serializer::with_formatter(&mut self.marked, Marking))?;
        self.text.clear();
        self.members.clear();
        self.open.clear();
        let marked = std::mem::take(&mut self.marked);
        let mut rest = marked.as_slice();
        while let Some(at) = rest.iter().position(|byte| *byte <= CLOSE) {
            let (plain, marked) = rest.split_at(at);
            self.text.extend_from_slice(plain);
            let Some((mark, after)) = marked.split_first() else { break };
            self.mark(*mark);
            rest = after;
        }
        self.text.extend_from_slice(rest);
        self.marked = marked;
        Ok(&self.text)
    }

    fn mark(&mut self, mark: u8) {
        let here = self.text.len();
        match mark {
            OPEN => self.open.push((here, self.members.len())),
            KEY => {
                self.end_member(here);
                self.members.push(Member { key: here..here, end: here });
            }
            VALUE => {
                if let Some(member) = self.members.last_mut() {
                    member.key.end = here;
                }
                self.text.push(b':');
            }
            _ => self.close(here),
        }
    }

    /// The object that is open now may have a member that ends here.
    fn end_member(&mut self, here: usize) {
        let first = self.open.last().map_or(0, |(_, first)| *first);
        if self.members.len() > first
            && let Some(member) = self.members.last_mut()
        {
            member.end = here;
        }
    }

    /// Puts the members of the object in order, with what stands between them.
    fn close(&mut self, here: usize) {
        self.end_member(here);
        let Some((begin, first)) = self.open.pop() else { return };
        self.scratch.clear();
        self.scratch.extend(self.text.drain(begin..));
        let part = |range: Range<usize>| {
            self.scratch.get(range.start - begin..range.end - begin).unwrap_or_default()
        };
        let mut members: Vec<Member> = self.members.drain(first..).collect();
        let name = |member: &Member| part(member.key.clone()).strip_suffix(b"\"").unwrap_or_default();
        if !members.is_sorted_by(|one, other| name(one) <= name(other)) {
            members.sort_by(|one, other| name(one).cmp(name(other)));
        }
        self.text.push(b'{');
        for (index, member) in members.iter().enumerate() {
            if index > 0 {
                self.text.push(b',');
            }
            self.text.extend_from_slice(part(member.key.start..member.end));
        }
        self.text.push(b'}');
    }
}

/// Writes marks where objects begin and end, and no commas between their members.
struct Marking;

impl Formatter for Marking {
    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&[OPEN])
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, _first: bool) -> io::Result<()> {
        writer.write_all(&[KEY])
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&[VALUE])
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&[CLOSE])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    #[derive(Serialize)]
    struct Unsorted {
        zeta: Vec<Option<Unsorted>>,
        alpha: &'static str,
        beta: Value,
    }

    #[test]
    fn fields_are_sorted_at_every_depth() {
        let inner = Unsorted { zeta: Vec::new(), alpha: "\u{1}\n", beta: json!({}) };
        let value = Unsorted { zeta: vec![Some(inner), None], alpha: "x", beta: json!({ "b": 1, "a": [2] }) };
        let expected =
            r#"{"alpha":"x","beta":{"a":[2],"b":1},"zeta":[{"alpha":"\u0001\n","beta":{},"zeta":[]},null]}"#;
        let mut canonical = Canonical::default();
        for _ in 0..2 {
            assert_eq!(std::str::from_utf8(canonical.bytes(&value).unwrap()).unwrap(), expected);
        }
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-z !]{0,4}", inner, 0..5)
                    .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_is_what_the_ledger_writes(value in json_value()) {
            let mut canonical = Canonical::default();
            let written = value.to_string();
            prop_assert_eq!(canonical.bytes(&value).unwrap(), written.as_bytes());
        }
    }
}
