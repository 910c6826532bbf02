//! Input that could not be read, before it is recorded: it may be anything, and a resource may be in it.

use serde_json::Value;

use super::{MARKER, is_secret, shapes, walk};

/// The input without the secrets that can be seen in it; as it came, if there are none.
pub fn foreign(raw: &str) -> String {
    match serde_json::from_str::<Value>(raw) {
        Ok(mut value) => {
            if walk(&mut value) {
                value.to_string()
            } else {
                raw.to_owned()
            }
        }
        Err(_) => broken(raw),
    }
}

/// What is not JSON as a whole: each quoted text in it by itself, with the name before it.
fn broken(raw: &str) -> String {
    let mut kept = String::with_capacity(raw.len());
    let (mut rest, mut name) = (raw, "");
    while let Some((between, after)) = rest.split_once('"') {
        let end = end_of_text(after);
        let (quoted, next) = after.split_at(end);
        kept.push_str(&unquoted(between));
        kept.push('"');
        kept.push_str(if is_secret(name, quoted) || shapes::is_secret(quoted) { MARKER } else { quoted });
        let is_name = next.get(1..).is_some_and(|next| next.trim_start().starts_with(':'));
        name = if is_name { quoted } else { "" };
        rest = next.strip_prefix('"').map_or(next, |next| {
            kept.push('"');
            next
        });
    }
    kept.push_str(&unquoted(rest));
    kept
}

/// How long a quoted text is, up to its closing mark or to the end.
fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    let closes = |letter: char| {
        let is_end = letter == '"' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        is_end
    };
    text.find(closes).unwrap_or(text.len())
}

fn unquoted(text: &str) -> String {
    if shapes::is_secret(text) { MARKER.to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_without_secrets_is_kept_as_it_came() {
        for raw in ["", "{ \"b\" : 1, \"a\": [] }", "{\"half\":", "no JSON", "\"\\", "{\"a\":\"b\\\"c\", x"] {
            assert_eq!(foreign(raw), raw);
        }
    }

    #[test]
    fn secrets_in_whole_and_in_broken_input_are_replaced() {
        let whole = r#"{"data":{"resourceInfo":{"properties":{"adminPassword":"hunter2"}}}}"#;
        let half = r#"{"data":{"adminPassword" : "hun\"ter2", "uri":"https://a/b?sig=hunter2","x":"#;
        let cut = r#"{"adminPassword":"hunter2"#;
        for raw in [whole, half, cut, "AccountKey=hunter2", r#"["{\"pwd\":\"hunter2\"}"]"#] {
            let kept = foreign(raw);
            assert!(kept.contains(MARKER) && !kept.contains("ter2"), "{kept}");
        }
    }
}
