//! JSON values as YAML text, for the expectations that `--update` writes.

use serde_json::{Map, Value};

/// Words that YAML takes for something else than text.
const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// Longest line of a list or map that is written in brackets.
const SHORT: usize = 60;

/// A map with its order: names and values.
pub(crate) type Fields<'a> = Vec<(&'a str, &'a Value)>;

/// The lines of a map as a block, indented by this many columns.
pub(crate) fn block(fields: &Fields<'_>, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, value) in fields {
        let short = flow(value);
        let name = scalar(name);
        match value.as_object().filter(|_| short.len() > SHORT) {
            Some(map) => {
                lines.push(format!("{:indent$}{name}:", ""));
                lines.extend(block(&fields_of(map), indent + 2));
            }
            None => lines.push(format!("{:indent$}{name}: {short}", "")),
        }
    }
    lines
}

/// A map on one line.
pub(crate) fn braces(fields: &Fields<'_>) -> String {
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}: {}", scalar(name), flow(value))).collect();
    if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
}

fn fields_of(map: &Map<String, Value>) -> Fields<'_> {
    map.iter().map(|(name, value)| (name.as_str(), value)).collect()
}

/// A value on one line.
pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => braces(&fields_of(map)),
        other => other.to_string(),
    }
}

/// Text without quotes where that reads back as the same text.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.' | '/' | ' ' | '='))
        && !text.ends_with(' ')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::rule::yaml;

    #[test]
    fn what_is_written_reads_back() -> anyhow::Result<()> {
        let value = json!({
            "verdict": "protect", "reasons": ["a-b", "off", "1", ""], "message": "it's \"so\": {x}, #1\nnext",
            "protection": { "vault": { "selector": { "env": "yes", "a long name of a tag": "a long value of a tag" } },
                "retention": { "min-days": 7 }, "disk-luns": [], "nothing": {} },
        });
        let map = value.as_object().cloned().unwrap_or_default();
        for text in [block(&fields_of(&map), 4).join("\n"), flow(&value)] {
            let read: Value = yaml::read(Path::new("case.yaml"), &text)?;
            assert_eq!(read, value, "{text}");
        }
        Ok(())
    }
}
