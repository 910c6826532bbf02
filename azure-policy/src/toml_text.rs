//! A binding as TOML that a person reads.

use std::fmt::{Display, Write as _};

use toml_edit::Value;

use crate::binding::{Binding, Condition, Expected, Protect};
use crate::image;

/// Under this name the images are defined.
const IMAGES: &str = "image-that-the-built-in-takes";
/// Columns, as in the rest of a rule set.
const WIDTH: usize = 100;

pub(crate) fn write(binding: &Binding) -> String {
    let mut text = Text::default();
    for comment in &binding.comments {
        text.comment(comment);
    }
    text.line("[[rule]]");
    text.pair("id", &quoted(&binding.id));
    text.pair("module", &quoted(&binding.module));
    if let Some(digest) = &binding.digest {
        text.pair("digest", &quoted(digest));
    }
    text.pair("layer", &quoted(&binding.layer));
    text.pair("priority", &binding.priority);
    text.pair("mode", &quoted(&binding.mode.to_string()));
    text.pair("on-error", &quoted("protect-with-default"));
    text.pair("types", &format!("[{}]", quoted(binding.resource_type)));
    text.table("[[rule.settings.case]]");
    text.pair("name", &quoted(&binding.case));
    text.table("[rule.settings.case.when]");
    text.list("all", &binding.when.iter().map(condition).collect::<Vec<_>>());
    text.table("[rule.settings.case.protect]");
    text.protect(&binding.protect);
    if binding.when.contains(&Condition::KnownImage) {
        text.table(&format!("[rule.settings.define.{IMAGES}]"));
        text.list("image", &image::ACCEPTED.map(quoted));
    }
    text.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn table(&mut self, header: &str) {
        self.line("");
        self.line(header);
    }

    fn pair(&mut self, key: &str, value: &dyn Display) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn list(&mut self, key: &str, items: &[String]) {
        let _ = writeln!(self.0, "{key} = [");
        for item in items {
            let _ = writeln!(self.0, "    {item},");
        }
        self.line("]");
    }

    /// Wrapped at words; control characters would end the comment and are shown as blanks.
    fn comment(&mut self, comment: &str) {
        let mut line = String::from("#");
        for word in comment.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
            if line.len() > 1 && line.len() + 1 + word.len() > WIDTH {
                self.line(&line);
                line = String::from("#");
            }
            if !word.is_empty() {
                line.push(' ');
                line.push_str(word);
            }
        }
        self.line(&line);
    }

    fn protect(&mut self, protect: &Protect) {
        let texts = [
            ("policy-id", protect.policy_id.as_deref()),
            ("vault", protect.vault.as_deref()),
            ("policy", protect.policy.as_deref()),
            ("snapshot-resource-group", protect.snapshot_resource_group.as_deref()),
            ("tier", protect.tier),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                self.pair(key, &quoted(text));
            }
        }
        if let Some((every, at)) = protect.schedule {
            self.pair("schedule", &format!("{{ every = {}, at = {} }}", quoted(every), quoted(at)));
        }
        if let Some(days) = protect.retention_days {
            self.pair("retention", &format!("{{ min-days = {days}, max-days = {days} }}"));
        }
    }
}

fn condition(condition: &Condition) -> String {
    match condition {
        Condition::All(conditions) => {
            format!("{{ all = {} }}", array(conditions.iter().map(self::condition)))
        }
        Condition::Any(conditions) => {
            format!("{{ any = {} }}", array(conditions.iter().map(self::condition)))
        }
        Condition::Field(name, expected) => {
            format!("{{ field = {}, {} }}", quoted(name), self::expected(expected))
        }
        Condition::Tag(name, expected) => {
            format!("{{ tag = {}, {} }}", quoted(name), self::expected(expected))
        }
        Condition::Body(pointer, expected) => {
            format!("{{ body = {}, {} }}", quoted(pointer), self::expected(expected))
        }
        Condition::KnownImage => format!("{{ is = {} }}", quoted(IMAGES)),
    }
}

fn expected(expected: &Expected) -> String {
    let list = |texts: &[String]| array(texts.iter().map(|text| quoted(text)));
    match expected {
        Expected::Equals(text) => format!("equals = {}", quoted(text)),
        Expected::NotTrue => "not-equals = true".to_owned(),
        Expected::In(texts) => format!("in = {}", list(texts)),
        Expected::NotIn(texts) => format!("not-in = {}", list(texts)),
        Expected::Contains(text) => format!("contains = {}", quoted(text)),
        Expected::NotContains(text) => format!("not-contains = {}", quoted(text)),
        Expected::Under(texts) => format!("under = {}", list(texts)),
        Expected::NotUnder(texts) => format!("not-under = {}", list(texts)),
    }
}

fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// As TOML writes it, escapes and all, on one line.
fn quoted(text: &str) -> String {
    if text.contains(['\n', '\r']) {
        // toml_edit would choose a multi-line string, which an inline table should not have.
        return format!("\"{}\"", text.chars().map(escaped).collect::<String>());
    }
    Value::from(text).to_string()
}

/// A character within a basic string of TOML.
fn escaped(letter: char) -> String {
    match letter {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        letter if letter.is_control() => format!("\\u{:04X}", u32::from(letter)),
        letter => letter.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_read_back_as_it_was() {
        for text in ["plain", "a\nb", "é\r\n\"it's\" \\ \u{1}\t\u{85}", "\u{1f512}\n"] {
            let written = format!("a = {}", quoted(text));
            let read = written.parse::<toml_edit::DocumentMut>();
            let read = read.ok().and_then(|read| read.get("a")?.as_str().map(str::to_owned));
            assert_eq!(read.as_deref(), Some(text), "{written}");
            assert!(!written.contains('\n'), "{written}");
        }
    }
}
