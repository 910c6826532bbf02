//! The texts in settings, which may be secret, and messages without them.

use holdfast_rule_set::Visible;
use serde_json::Value;

/// Shorter texts say nothing: `on`, `eu`.
const SHORTEST: usize = 4;
/// Shorter texts, such as `tier`, are also parts of words that are not theirs: they are left out only as words.
const PART_OF_NO_WORD: usize = 8;

/// All texts in settings that are long enough to say something, the longest first, since one may hold another.
pub(super) struct Texts<'a>(Vec<&'a str>);

impl<'a> Texts<'a> {
    pub(super) fn of(settings: &'a Value) -> Self {
        let mut found = Vec::new();
        collect(settings, &mut found);
        found.sort_by_key(|text| std::cmp::Reverse(text.len()));
        found.dedup();
        Self(found)
    }

    /// So many characters of the message, with `…` for each of the texts, and how many more there are.
    ///
    /// What is beyond is never searched: a module may say a megabyte, and settings hold thousands of texts.
    pub(super) fn left_out_of(&self, message: &str, most: usize) -> String {
        let (mut shown, mut rest, mut before) = (String::new(), message, None);
        for _ in 0..most {
            let (text, after) = match self.at(rest, before) {
                Some(secret) => ("…", rest.split_at(secret.len())),
                None => {
                    let Some(character) = rest.chars().next() else { break };
                    let (text, after) = rest.split_at(character.len_utf8());
                    (text, (text, after))
                }
            };
            shown.push_str(text);
            before = after.0.chars().next_back();
            rest = after.1;
        }
        let shown = Visible::within(&shown, most).to_string();
        match rest.chars().count() {
            0 => shown,
            left => format!("{shown}… ({left} characters more)"),
        }
    }

    /// The text that begins here.
    fn at(&self, rest: &str, before: Option<char>) -> Option<&'a str> {
        self.0.iter().copied().find(|text| {
            rest.strip_prefix(*text).is_some_and(|after| {
                let is_of_word = |near: Option<char>| near.is_some_and(char::is_alphanumeric);
                text.chars().count() >= PART_OF_NO_WORD
                    || !(is_of_word(before) || is_of_word(after.chars().next()))
            })
        })
    }
}

fn collect<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if text.chars().count() >= SHORTEST => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|item| collect(item, found)),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_long_text_is_left_out_wherever_it_is_and_a_short_one_as_a_word() {
        let settings = json!({ "a": ["s3cr3t-of-the-shop"], "b": { "c": "tier", "d": "on" }, "e": "shop" });
        let texts = Texts::of(&settings);
        for (message, expected) in [
            ("xs3cr3t-of-the-shopx", "x…x"),
            ("`tier` is not among the tiers", "`…` is not among the tiers"),
            ("on tier", "on …"),
            ("shop, frontier, workshop", "…, frontier, workshop"),
            ("", ""),
        ] {
            assert_eq!(texts.left_out_of(message, 500), expected);
        }
    }

    #[test]
    fn nothing_of_a_text_is_shown_where_a_message_is_cut() {
        let secret = "0123456789".repeat(300);
        let settings = json!([secret]);
        let said = Texts::of(&settings).left_out_of(&secret.repeat(4), 3);
        assert_eq!(said, "………… (3000 characters more)");
    }
}
