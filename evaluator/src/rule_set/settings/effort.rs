//! How much work a schema can make of settings, found out before any of it is done.
//!
//! A validator follows references and alternatives as a schema tells it to, and nothing stops it: thirty
//! lines that refer to each other twice make a thousand million steps. So the steps are counted first, by
//! walking where a validator might go, every branch of it, up to a limit.

use serde_json::{Map, Value};

/// Steps that are allowed: real schemas need some hundreds. A step takes about a microsecond.
const STEPS: usize = 100_000;
/// What matching one text against a pattern counts for.
const PATTERN: usize = 50;

/// Subschemas that look at the same value again.
const IN_PLACE: [&str; 4] = ["not", "if", "then", "else"];
const IN_PLACE_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
const IN_PLACE_MAPS: [&str; 2] = ["dependentSchemas", "dependencies"];
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];
/// Subschemas that look at everything inside the value.
const INSIDE: [&str; 6] = [
    "additionalProperties",
    "unevaluatedProperties",
    "items",
    "additionalItems",
    "unevaluatedItems",
    "contains",
];
const INSIDE_LISTS: [&str; 2] = ["items", "prefixItems"];

/// Fails if checking `settings` against `schema` could take too long; says so with the figure.
pub(super) fn check(schema: &Value, settings: &Value) -> Result<(), String> {
    let resources = resources(schema);
    let mut waiting = vec![(schema, settings)];
    let mut steps = 0;
    while let Some((schema, value)) = waiting.pop() {
        steps += 1;
        let Value::Object(schema) = schema else { continue };
        in_place(schema, &resources, &mut |next| waiting.push((next, value)))?;
        inside(schema, value, &mut |next, part| waiting.push((next, part)));
        steps += other_work(schema, value);
        if steps + waiting.len() > STEPS {
            return Err(format!(
                "to check the settings against it takes more than {STEPS} steps; \
                 refer to fewer alternatives of the same value"
            ));
        }
    }
    Ok(())
}

fn in_place<'a>(
    schema: &'a Map<String, Value>,
    resources: &[&'a Value],
    visit: &mut impl FnMut(&'a Value),
) -> Result<(), String> {
    IN_PLACE.iter().filter_map(|keyword| schema.get(*keyword)).for_each(&mut *visit);
    let lists = IN_PLACE_LISTS.iter().filter_map(|keyword| schema.get(*keyword)?.as_array());
    lists.flatten().for_each(&mut *visit);
    let maps = IN_PLACE_MAPS.iter().filter_map(|keyword| schema.get(*keyword)?.as_object());
    maps.flat_map(Map::values).for_each(&mut *visit);
    for reference in REFERENCES.iter().filter_map(|keyword| schema.get(*keyword)?.as_str()) {
        let mut targets = resources.iter().filter_map(|resource| target(resource, reference)).peekable();
        if targets.peek().is_none() {
            return Err(format!("it refers to `{reference}`, which is not in it"));
        }
        targets.for_each(&mut *visit);
    }
    Ok(())
}

fn inside<'a>(
    schema: &'a Map<String, Value>,
    value: &'a Value,
    visit: &mut impl FnMut(&'a Value, &'a Value),
) {
    let parts: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => return,
    };
    let single = INSIDE.iter().filter_map(|keyword| schema.get(*keyword));
    let lists = INSIDE_LISTS.iter().filter_map(|keyword| schema.get(*keyword)?.as_array()).flatten();
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    for next in single.chain(lists).chain(patterns.into_iter().flat_map(Map::values)) {
        parts.iter().for_each(|part| visit(next, part));
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, next) in properties.into_iter().flatten() {
        value.get(name).into_iter().for_each(|part| visit(next, part));
    }
}

/// Work that grows with the value and follows no subschema.
fn other_work(schema: &Map<String, Value>, value: &Value) -> usize {
    let length = |keyword: &str| schema.get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
    let names = value.as_object().map_or(0, Map::len);
    let patterns = schema.get("patternProperties").and_then(Value::as_object).map_or(0, Map::len);
    let own = usize::from(schema.contains_key("pattern"));
    let of_names = usize::from(schema.contains_key("propertyNames"));
    length("enum") + length("required") + PATTERN * (own + names * (patterns + of_names))
}

/// The schema and what in it goes by an identifier, to which references can lead.
fn resources(schema: &Value) -> Vec<&Value> {
    const NAMES: [&str; 3] = ["$id", "$anchor", "$dynamicAnchor"];
    let mut found = vec![schema];
    let mut waiting = vec![schema];
    while let Some(next) = waiting.pop() {
        match next {
            Value::Array(items) => waiting.extend(items),
            Value::Object(fields) => {
                if NAMES.iter().any(|name| fields.get(*name).is_some_and(Value::is_string)) {
                    found.push(next);
                }
                waiting.extend(fields.values());
            }
            _ => {}
        }
    }
    found
}

/// Where a reference leads if it is meant for this resource. Which resource is meant is not looked at
/// closely: to count one too many does no harm.
fn target<'a>(resource: &'a Value, reference: &str) -> Option<&'a Value> {
    let (document, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let goes_by = |name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default();
    if !document.is_empty() && !goes_by("$id").ends_with(document) {
        return None;
    }
    if fragment.is_empty() || fragment.starts_with('/') {
        return resource.pointer(fragment);
    }
    [goes_by("$anchor"), goes_by("$dynamicAnchor")].contains(&fragment).then_some(resource)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_honest_schema_passes() {
        let schema = json!({
            "$defs": { "tree": {
                "$anchor": "tree",
                "properties": { "leaf": { "enum": [1, 2] }, "branches": { "items": { "$ref": "#tree" } } },
            } },
            "properties": { "root": { "$ref": "#/$defs/tree" } },
            "additionalProperties": false,
        });
        let settings = json!({ "root": { "branches": [{ "leaf": 1 }, { "branches": [{ "leaf": 2 }] }] } });
        assert_eq!(check(&schema, &settings), Ok(()));
    }

    #[test]
    fn what_grows_without_bounds_is_refused() {
        let mut doubled = json!({ "$defs": { "0": {} }, "$ref": "#/$defs/30" });
        for level in 1..=30 {
            let next = json!({ "$ref": format!("#/$defs/{}", level - 1) });
            doubled["$defs"][level.to_string()] = json!({ "allOf": [next, next] });
        }
        let mut nested = json!({});
        for _ in 0..40 {
            nested = json!({ "x": nested });
        }
        let again = json!({ "properties": { "x": { "$ref": "#" } } });
        for (schema, settings) in [
            (doubled, json!({})),
            (json!({ "$ref": "#" }), json!({})),
            (json!({ "$id": "self", "not": { "$ref": "self" } }), json!({})),
            (json!({ "$dynamicAnchor": "a", "if": { "$dynamicRef": "#a" } }), json!({})),
            (json!({ "allOf": [again, again] }), nested),
        ] {
            let refused = check(&schema, &settings);
            assert!(refused.as_ref().is_err_and(|why| why.contains("100000 steps")), "{schema}: {refused:?}");
        }
        let elsewhere = check(&json!({ "$ref": "https://example.com/schema" }), &json!({}));
        assert!(elsewhere.is_err_and(|why| why.contains("`https://example.com/schema`, which is not in it")));
    }
}
