//! The way to the terminal: what rules, Azure and registries say arrives there as text and nothing else.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write};

use anstyle::{AnsiColor, Effects, Style};
use holdfast_evaluator::Visible;
use serde::Serialize;

use crate::page;

/// How the word `error` is shown at a terminal, as clap shows it.
const LOUD: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);

/// Characters of an error.
const ERROR: usize = 8_000;

/// Prints a page, which may be styled and has lines.
pub(crate) fn page(text: &str) {
    // A reader that has seen enough, such as `head`, closes the pipe: no failure of ours.
    let _ = anstream::stdout().write_all(plain(text).as_bytes());
}

/// Prints JSON, in which every character that a terminal would obey is escaped.
///
/// # Errors
///
/// The value is not JSON.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<()> {
    page(&(escaped(&serde_json::to_string_pretty(value)?) + "\n"));
    Ok(())
}

/// Clears the screen, for a page that takes the place of the last one.
pub(crate) fn cleared() {
    let _ = io::stdout().write_all(b"\x1b[2J\x1b[H");
}

/// Says on standard error why a command failed.
pub(crate) fn error(text: &str) {
    let mut text = Cow::Borrowed(text);
    if let Some((end, _)) = text.char_indices().nth(ERROR) {
        let left = text.chars().count() - ERROR;
        text = Cow::Owned(format!("{}… ({left} characters more)", text.get(..end).unwrap_or_default()));
    }
    let fitted = page::fitted(&plain(&format!("error: {text}")));
    let words = fitted.strip_prefix("error:").unwrap_or(&fitted);
    // Nobody is left to be told when standard error is closed.
    let _ = write!(anstream::stderr(), "{LOUD}error:{LOUD:#}{words}");
}

/// Says on standard error what is worth knowing while a command runs.
pub(crate) fn note(text: &str) {
    if io::stderr().is_terminal() {
        // A sign of life may be on this line.
        let _ = io::stderr().write_all(b"\r\x1b[2K");
    }
    let _ = anstream::stderr().write_all(page::fitted(&plain(text)).as_bytes());
}

/// The text with line breaks and the styles of [`super::rule`]'s pages; anything else that a terminal would obey is shown.
fn plain(text: &str) -> Cow<'_, str> {
    let obeyed = |one: char| one != '\n' && Visible::hides(one);
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(obeyed) {
        let (before, from) = rest.split_at(at);
        shown.push_str(before);
        let mut after = from.chars();
        let one = after.next();
        if let Some(style) = style(from) {
            shown.push_str(style);
            rest = from.get(style.len()..).unwrap_or_default();
        } else {
            shown.extend(one.into_iter().flat_map(char::escape_default));
            rest = after.as_str();
        }
    }
    Cow::Owned(shown + rest)
}

/// A sequence at the start of the text that sets a colour, or bold or dim, or ends them; never one that hides text.
fn style(text: &str) -> Option<&str> {
    let digits = text.strip_prefix("\u{1b}[")?;
    let end = digits.find('m')?;
    let known = matches!(digits.get(..end)?, "" | "0" | "1" | "2")
        || (matches!(digits.get(..end)?.as_bytes(), [b'3' | b'9', b'1'..=b'7']));
    known.then(|| text.get(.."\u{1b}[".len() + end + 1)).flatten()
}

/// JSON that says the same in characters that can be seen.
pub(crate) fn escaped(json: &str) -> String {
    let mut units = [0; 2];
    let mut escaped = String::with_capacity(json.len());
    for one in json.chars() {
        if one != '\n' && Visible::hides(one) {
            escaped.extend(one.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            escaped.push(one);
        }
    }
    escaped
}

/// A log whose entries are styled lines of visible text.
pub(crate) struct Log;

impl Write for Log {
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(plain(&String::from_utf8_lossy(entry)).as_bytes())?;
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_of_ours_pass_and_nothing_else_does() {
        for (text, shown) in [
            (
                "\u{1b}[1mname\u{1b}[0m\n\u{1b}[31mbad\u{1b}[0m",
                "\u{1b}[1mname\u{1b}[0m\n\u{1b}[31mbad\u{1b}[0m",
            ),
            ("\u{1b}[2J\u{1b}]0;t\u{7}", "\\u{1b}[2J\\u{1b}]0;t\\u{7}"),
            ("\u{1b}[8mhidden", "\\u{1b}[8mhidden"),
            ("\u{1b}[38;5;1m", "\\u{1b}[38;5;1m"),
            ("\u{9b}2J\u{202e}\r\0", "\\u{9b}2J\\u{202e}\\r\\u{0}"),
            ("\u{1b}", "\\u{1b}"),
        ] {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn escaped_json_says_the_same() {
        let value = serde_json::json!({ "a\u{9b}": "\u{202e}\u{e0041}\u{1b}é" });
        let text = escaped(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!text.contains(|one| one != '\n' && Visible::hides(one)), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
