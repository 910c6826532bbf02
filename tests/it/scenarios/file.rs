//! The files of a scenario: short names for ARM ids, and worlds that build on others.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// One scenario's folder, read with its short names.
pub(super) struct Folder {
    path: PathBuf,
    names: BTreeMap<String, String>,
}

impl Folder {
    /// The folder, with the names that all scenarios share and its own.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let shared = path.parent().unwrap_or(path).join("worlds/names.json");
        let mut names: BTreeMap<String, String> = parsed(&fs::read_to_string(&shared)?, &shared)?;
        let own = path.join("names.json");
        if own.exists() {
            names.extend(parsed::<BTreeMap<String, String>>(&fs::read_to_string(&own)?, &own)?);
        }
        Ok(Self { path: path.to_owned(), names })
    }

    pub(super) fn has(&self, file: &str) -> bool {
        self.path.join(file).exists()
    }

    /// A file of the folder.
    pub(super) fn read<T: DeserializeOwned>(&self, file: &str) -> Result<T> {
        let path = self.path.join(file);
        parsed(&self.text(&path)?, &path)
    }

    /// A file that may be left out.
    pub(super) fn read_if_any<T: DeserializeOwned + Default>(&self, file: &str) -> Result<T> {
        if self.has(file) { self.read(file) } else { Ok(T::default()) }
    }

    /// `world.json`, laid over the world that it says it is `like`.
    pub(super) fn world(&self) -> Result<Value> {
        self.world_at(&self.path.join("world.json"))
    }

    fn world_at(&self, path: &Path) -> Result<Value> {
        let mut own: Map<String, Value> = parsed(&self.text(path)?, path)?;
        let Some(like) = own.remove("like") else { return Ok(Value::Object(own)) };
        let like = like.as_str().context("`like` is a path")?;
        let under = self.world_at(&path.parent().unwrap_or(path).join(like))?;
        Ok(merged(under, Value::Object(own)))
    }

    fn text(&self, path: &Path) -> Result<String> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Ok(named(&text, &self.names))
    }
}

fn parsed<T: DeserializeOwned>(text: &str, path: &Path) -> Result<T> {
    serde_json::from_str(text).with_context(|| path.display().to_string())
}

/// The text with `{name}` replaced by what it stands for; names may stand for text with names in it.
pub(super) fn named(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut text = text.to_owned();
    for _ in 0..4 {
        for (name, meaning) in names {
            text = text.replace(&format!("{{{name}}}"), meaning);
        }
    }
    text
}

/// Objects are merged, lists grow, anything else is replaced.
fn merged(under: Value, over: Value) -> Value {
    match (under, over) {
        (Value::Object(mut under), Value::Object(over)) => {
            for (key, over) in over {
                let value = match under.remove(&key) {
                    Some(under) => merged(under, over),
                    None => over,
                };
                under.insert(key, value);
            }
            Value::Object(under)
        }
        (Value::Array(under), Value::Array(over)) => under.into_iter().chain(over).collect(),
        (_, over) => over,
    }
}
