//! Ids spelled in other ways than they were sent, as Azure's answers have them now and then.

use serde_json::Value;

use super::Reply;
use crate::random::Random;

/// Keywords of ids with other spellings that were met in answers.
const SPELLINGS: [(&str, &str); 2] =
    [("/subscriptions/", "/Subscriptions/"), ("/resourceGroups/", "/resourcegroups/")];

/// Spells the ids of `reply`, in body and headers, in one of the ways there are; providers add their own keywords.
pub(crate) fn respell(
    reply: &mut Reply,
    of_providers: impl Iterator<Item = (&'static str, &'static str)>,
    random: &mut Random,
) {
    let known = SPELLINGS.into_iter().chain(of_providers);
    let chosen: Vec<(&str, &str)> = known.filter(|_| random.below(2) == 0).collect();
    let spell =
        |text: &str| chosen.iter().fold(text.to_owned(), |text, (usual, odd)| text.replace(usual, odd));
    if let Some(body) = &mut reply.body {
        walk(body, &spell);
    }
    for (name, value) in &mut reply.headers {
        if ["location", "azure-asyncoperation"].contains(name) {
            *value = spell(value);
        }
    }
}

fn walk(value: &mut Value, spell: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) if text.starts_with("/subscriptions/") => *text = spell(text),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, spell)),
        Value::Object(map) => map.values_mut().for_each(|inner| walk(inner, spell)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
