//! How answers look: 80 columns, and colour that never carries a meaning alone.

use anstyle::{AnsiColor, Style};

use crate::page::{count, width};

/// Something is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Something is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Something deserves a look.
pub(crate) const LOOK: Style = AnsiColor::Yellow.on_default();
/// What a page is about.
pub(crate) const NAME: Style = Style::new().bold();
/// What may be skipped.
pub(crate) const QUIET: Style = Style::new().dimmed();

/// The text broken into lines, each after the first indented by this many columns; the first line
/// is taken to start there too.
pub(crate) fn wrapped(text: &str, indent: usize) -> String {
    let room = width().saturating_sub(indent).max(20);
    broken(text, room).join(&format!("\n{:indent$}", ""))
}

/// The text in lines of at most this many columns, but for words that are longer.
pub(crate) fn broken(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > columns {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

/// `1 case`, `3 cases`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        number => format!("{} {noun}s", count(number as u128)),
    }
}

/// A size that a person can take in, after the exact one: `43,112 bytes (42 KiB)`.
pub(crate) fn size(bytes: usize) -> String {
    let exact = count(bytes as u128);
    match bytes {
        0..1024 => format!("{exact} bytes"),
        1024..1_048_576 => format!("{exact} bytes ({} KiB)", bytes >> 10),
        _ => format!("{exact} bytes ({} MiB)", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_can_be_read() {
        assert_eq!(counted(1, "case"), "1 case");
        assert_eq!(counted(1200, "case"), "1,200 cases");
        assert_eq!(size(2048), "2,048 bytes (2 KiB)");
    }

    #[test]
    fn long_text_stays_within_the_page() {
        let text = wrapped(&"word ".repeat(40), 8);
        assert!(text.lines().all(|line| line.chars().count() <= width()), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("        word")), "{text}");
    }
}
