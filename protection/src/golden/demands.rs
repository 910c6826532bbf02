//! What readers ask of a document, so that versions can run side by side: later ones ask for nothing more, and go on writing what
//! earlier ones ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// Pointers to what is asked for, by the name of the golden file.
type Asked = BTreeMap<String, BTreeSet<String>>;

/// What is asked of the files of one kind, held to `tests/golden/demands/`.
pub(super) struct Demands {
    path: PathBuf,
    now: Asked,
    /// What each document holds.
    held: Asked,
}

impl Demands {
    pub(super) fn of(kind: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/demands");
        let path = folder.join(format!("{}.json", kind.replace('/', "-")));
        Self { path, now: Asked::new(), held: Asked::new() }
    }

    /// Finds what `reads` asks of a document: without it, it is not read.
    pub(super) fn look(&mut self, name: &str, document: &Value, reads: &dyn Fn(&Value) -> bool) {
        assert!(reads(document), "{name} is not read at all");
        let (mut asked, mut held) = (BTreeSet::new(), BTreeSet::new());
        for pointer in members("", document) {
            let mut without = document.clone();
            remove(&mut without, &pointer);
            if !reads(&without) {
                asked.insert(pointer.clone());
            }
            held.insert(pointer);
        }
        self.now.insert(name.to_owned(), asked);
        self.held.insert(name.to_owned(), held);
    }

    /// Fails where more is asked for than before, or where something is written no more that was asked for.
    pub(super) fn hold(&self) {
        if self.now.is_empty() {
            return;
        }
        if std::env::var_os("HOLDFAST_WRITE_GOLDEN").is_some() && !self.path.exists() {
            fs::create_dir_all(self.path.parent().unwrap()).unwrap();
            fs::write(&self.path, format!("{:#}\n", serde_json::to_value(&self.now).unwrap())).unwrap();
        }
        let text =
            fs::read_to_string(&self.path).unwrap_or_else(|error| panic!("{}: {error}", self.path.display()));
        let kept: Asked = serde_json::from_str(&text).unwrap();
        for (name, asked) in &kept {
            let held = self.held.get(name).unwrap_or_else(|| panic!("{name} is not written any more"));
            let missing: Vec<&String> = asked.difference(held).collect();
            assert!(missing.is_empty(), "{name}: an older version asks for {missing:?}; go on writing it");
        }
        for (name, asked) in &self.now {
            let before =
                kept.get(name).unwrap_or_else(|| panic!("add {name} to {}: {asked:?}", self.path.display()));
            let more: Vec<&String> = asked.difference(before).collect();
            assert!(more.is_empty(), "{name}: an older version may not write {more:?}; do without");
        }
    }
}

/// Pointers to all members, and to theirs; lists are not looked into.
fn members(prefix: &str, value: &Value) -> Vec<String> {
    let own = value.as_object().into_iter().flatten();
    own.flat_map(|(name, member)| {
        let pointer = format!("{prefix}/{}", name.replace('~', "~0").replace('/', "~1"));
        let inner = members(&pointer, member);
        std::iter::once(pointer).chain(inner)
    })
    .collect()
}

fn remove(document: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    document.pointer_mut(parent).and_then(Value::as_object_mut).unwrap().remove(&name);
}
