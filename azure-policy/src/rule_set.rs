//! Adding bindings to the text of a rule set.

use toml_edit::{DocumentMut, Item, Table};

use crate::{Binding, ImportError};

/// The rule set with the bindings at its end and its revision increased; all else stays as it is.
///
/// # Errors
///
/// Fails on what is not a rule set, on an id that it has already or would have twice, and on a layer that it does not
/// state.
pub fn append(rule_set: &str, bindings: &[Binding]) -> Result<String, ImportError> {
    let form = |message: String| ImportError::Form { what: "the rule set".to_owned(), message };
    let mut document: DocumentMut =
        rule_set.parse().map_err(|error| form(format!("is not TOML: {error}")))?;
    for (at, binding) in bindings.iter().enumerate() {
        if names(&document, "rule", "id").any(|known| known == binding.id) {
            return Err(form(format!(
                "has a rule `{}` already; give the new one another id with `--id`",
                binding.id
            )));
        }
        if bindings.iter().take(at).any(|other| other.id == binding.id) {
            return Err(form(format!(
                "would have two rules `{}`; import their assignments from files of their own, each with another `--id`",
                binding.id
            )));
        }
        if !names(&document, "layer", "name").any(|known| known == binding.layer) {
            let known: Vec<&str> = names(&document, "layer", "name").collect();
            return Err(form(format!("states no layer `{}`; it states {}", binding.layer, known.join(", "))));
        }
    }
    let revision = document.get("revision").and_then(Item::as_integer);
    let Some(next) = revision.and_then(|revision| revision.checked_add(1)) else {
        return Err(form("states no `revision`".to_owned()));
    };
    if let Some(Item::Value(value)) = document.get_mut("revision") {
        let decor = value.decor().clone();
        *value = next.into();
        *value.decor_mut() = decor;
    }
    let mut text = document.to_string();
    for binding in bindings {
        if !text.ends_with("\n\n") {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        text.push_str(&binding.to_toml());
    }
    text.parse::<DocumentMut>()
        .map_err(|error| form(format!("cannot take the bindings at its end: {error}")))?;
    Ok(text)
}

fn names<'a>(document: &'a DocumentMut, list: &str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let tables = document.get(list).and_then(Item::as_array_of_tables);
    tables.into_iter().flatten().filter_map(move |table: &Table| table.get(key)?.as_str())
}
