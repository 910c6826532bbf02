//! Texts in queries of Resource Graph: the one place where a text that somebody chose gets into a query.

use std::fmt::Write as _;

/// A text as a literal. In one, a backslash escapes, and a line does not end (official).
pub(super) fn text(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for one in text.chars() {
        match one {
            '\'' | '\\' => literal.extend(['\\', one]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            one if one.is_control() => {
                let _ = write!(literal, "\\u{:04x}", u32::from(one));
            }
            one => literal.push(one),
        }
    }
    literal.push('\'');
    literal
}

/// Texts as what stands in the brackets of a list.
pub(super) fn texts(texts: &[&str]) -> String {
    let literals: Vec<String> = texts.iter().map(|one| text(one)).collect();
    literals.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_one_literal_whatever_is_in_it() {
        assert_eq!(text("vm-1"), "'vm-1'");
        assert_eq!(text("o'neill"), r"'o\'neill'");
        assert_eq!(text(r"c:\x"), r"'c:\\x'");
        assert_eq!(text(r"\' or '1' =~ '1"), r"'\\\' or \'1\' =~ \'1'");
        assert_eq!(text("a\nb\r\tc\u{7}d\u{85}"), r"'a\nb\r\tc\u0007d\u0085'");
        assert_eq!(text("größe \"x\" 東"), "'größe \"x\" 東'");
    }

    #[test]
    fn a_list_has_a_literal_for_each_text() {
        assert_eq!(texts(&["a", "b'"]), r"'a', 'b\''");
        assert_eq!(texts(&[]), "");
    }
}
