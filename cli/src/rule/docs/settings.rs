//! A rule's settings as a table, and an example of them, both from its JSON Schema.

use std::fmt::Write as _;

use holdfast_evaluator::Visible;
use serde_json::{Map, Value, json};

/// Deeper nesting is left to the schema itself.
const DEPTH: usize = 4;

/// One setting.
struct Row {
    name: String,
    kind: String,
    required: bool,
    default: Option<Value>,
    about: String,
}

/// Writes the section of settings.
pub(super) fn table(text: &mut String, schema: &Value) {
    text.push_str("\n## Settings\n\n");
    let mut rows = Vec::new();
    collect(schema, schema, "", 0, &mut rows);
    if rows.is_empty() {
        text.push_str("None.\n");
        return;
    }
    text.push_str("| setting | type | required | default | |\n| --- | --- | --- | --- | --- |\n");
    for row in rows {
        let required = if row.required { "yes" } else { "" };
        let default = row.default.map_or_else(String::new, |value| format!("`{value}`"));
        let _ = writeln!(
            text,
            "| `{}` | {} | {required} | {} | {} |",
            cell(&row.name),
            cell(&row.kind),
            cell(&default),
            cell(&row.about)
        );
    }
}

/// Settings that a reader can start from: examples and defaults of the schema, else a value of the type.
pub(super) fn example(schema: &Value) -> Value {
    example_of(schema, schema, 0)
}

fn collect(root: &Value, schema: &Value, prefix: &str, depth: usize, rows: &mut Vec<Row>) {
    let schema = resolved(root, schema);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        let property = resolved(root, property);
        let name_of_row = format!("{prefix}{name}");
        rows.push(Row {
            name: name_of_row.clone(),
            kind: kind(root, property, 0),
            required: required.contains(&name.as_str()),
            default: property.get("default").cloned(),
            about: about(property),
        });
        if depth < DEPTH {
            nested(root, property, &name_of_row, depth, rows);
        }
    }
}

fn nested(root: &Value, property: &Value, name: &str, depth: usize, rows: &mut Vec<Row>) {
    collect(root, property, &format!("{name}."), depth + 1, rows);
    if let Some(items) = property.get("items") {
        collect(root, items, &format!("{name}[]."), depth + 1, rows);
    }
    if let Some(values) = property.get("additionalProperties").filter(|values| values.is_object()) {
        collect(root, values, &format!("{name}.*."), depth + 1, rows);
    }
}

/// A schema that only refers to another one of the same document, followed once.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    reference.and_then(|reference| root.pointer(reference.strip_prefix('#')?)).unwrap_or(schema)
}

fn kind(root: &Value, schema: &Value, depth: usize) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        return values.join(" or ");
    }
    let named = match schema.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    };
    // A list of lists of itself has no end.
    let items = schema.get("items").filter(|_| depth < DEPTH);
    let items = items.map(|items| kind(root, resolved(root, items), depth + 1));
    let mut text = match items {
        Some(items) if named == "array" => format!("list of {items}"),
        _ => named,
    };
    for (key, word) in [("minimum", "at least"), ("maximum", "at most"), ("pattern", "like")] {
        if let Some(bound) = schema.get(key) {
            let _ = write!(
                text,
                ", {word} `{}`",
                bound.as_str().map_or_else(|| bound.to_string(), str::to_owned)
            );
        }
    }
    text
}

fn about(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn example_of(root: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolved(root, schema);
    let given = schema.get("examples").and_then(|examples| examples.get(0));
    let given = given.or_else(|| schema.get("default")).or_else(|| schema.get("const"));
    if let Some(given) = given.or_else(|| schema.get("enum").and_then(|values| values.get(0))) {
        return given.clone();
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => json!("x".repeat(least(schema, "minLength"))),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(false),
        Some("array") => {
            let item = schema.get("items").map_or(Value::Null, |items| example_of(root, items, depth + 1));
            json!(vec![item; least(schema, "minItems")])
        }
        _ if depth < DEPTH => Value::Object(required(root, schema, depth)),
        _ => json!({}),
    }
}

/// The least size that a schema asks for; small, for an example.
fn least(schema: &Value, key: &str) -> usize {
    let least = schema.get(key).and_then(Value::as_u64).unwrap_or_default();
    usize::try_from(least.min(8)).unwrap_or_default()
}

/// What has to be there, and as many others as have to be.
fn required(root: &Value, schema: &Value, depth: usize) -> Map<String, Value> {
    let names =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let properties = schema.get("properties").and_then(Value::as_object);
    let others = properties.into_iter().flat_map(Map::keys).map(String::as_str);
    let (wanted, least) = (names.clone().count(), least(schema, "minProperties"));
    let mut chosen = Map::new();
    for (place, name) in names.chain(others).enumerate() {
        if place >= wanted && chosen.len() >= least {
            break;
        }
        if let Some(property) = properties.and_then(|properties| properties.get(name)) {
            chosen.insert(name.to_owned(), example_of(root, property, depth + 1));
        }
    }
    if let (true, Some(free)) = (chosen.len() < least, schema.get("additionalProperties")) {
        chosen.insert("example".to_owned(), example_of(root, free, depth + 1));
    }
    chosen
}

/// Characters of a cell.
const CELL: usize = 1_000;

/// Text that stays within its cell, and is not HTML.
fn cell(text: &str) -> String {
    let line = text.replace('\n', " ");
    Visible::within(&line, CELL).to_string().replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_schema_stays_in_its_cells_and_ends() {
        let schema = json!({ "properties": {
            "a": { "type": "array", "items": { "$ref": "#/properties/a" } },
            "b|\u{1b}[2J": { "description": "<script>\u{202e}", "enum": ["\u{7}"] },
            "c": { "description": "x".repeat(600_000) },
        } });
        let mut text = String::new();
        table(&mut text, &schema);
        assert!(text.contains("list of list of list of list of array"), "{text}");
        assert!(text.contains("| `b\\|\\u{1b}[2J` |") && text.contains("&lt;script>\\u{202e}"), "{text}");
        assert!(!text.contains(|one| one != '\n' && Visible::hides(one)) && text.len() < 10_000);
    }

    #[test]
    fn nested_settings_have_rows_of_their_own() {
        let schema = json!({
            "type": "object", "required": ["tiers"],
            "properties": {
                "tiers": { "type": "object", "additionalProperties": { "$ref": "#/$defs/tier" },
                    "description": "a | b" },
                "names": { "type": "array", "items": { "type": "string" }, "default": ["x"] },
            },
            "$defs": { "tier": { "type": "object",
                "properties": { "days": { "type": "integer", "minimum": 1, "maximum": 9 } } } },
        });
        let mut text = String::new();
        table(&mut text, &schema);
        assert!(text.contains("| `tiers` | object | yes |  | a \\| b |"), "{text}");
        assert!(text.contains("| `tiers.*.days` | integer, at least `1`, at most `9` |  |  |  |"), "{text}");
        assert!(text.contains("| `names` | list of string |  | `[\"x\"]` |  |"), "{text}");
        assert_eq!(example(&schema), json!({ "tiers": {} }));
        let schema = json!({ "type": "object", "required": ["cases"], "properties": { "cases": {
            "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 2 } } } });
        assert_eq!(example(&schema), json!({ "cases": ["xx"] }));
    }
}
