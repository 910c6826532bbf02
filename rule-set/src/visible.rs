//! Text of others, such as rules, Azure and registries, on its way to a terminal, a log or a page.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

/// Characters of a text that is shown.
const MOST: usize = 2_000;

/// Shows a text in one line, as text and nothing else.
///
/// Control characters, and what changes the direction of writing or has no width, are shown by their
/// numbers, such as `\u{1b}`, so that a terminal does not obey them and a person sees them. A text that is
/// longer than the bound ends with how much is left out. Records keep texts as they are: this is for showing.
#[derive(Debug, Clone, Copy)]
pub struct Visible<'a> {
    text: &'a str,
    most: usize,
}

impl<'a> Visible<'a> {
    /// At most 2,000 characters of the text.
    pub fn of(text: &'a str) -> Self {
        Self::within(text, MOST)
    }

    /// At most this many characters of the text.
    pub fn within(text: &'a str, most: usize) -> Self {
        Self { text, most }
    }

    /// Whether a character would do something to a terminal or a page instead of being seen.
    pub fn hides(character: char) -> bool {
        character.is_control()
            || matches!(character,
                // Soft hyphen, Arabic letter mark, Mongolian vowel separator.
                '\u{ad}' | '\u{61c}' | '\u{180e}'
                // Zero width, direction of writing, separators of lines and paragraphs, joiners and isolates.
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                // Byte order mark, annotations, tags.
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    }
}

impl fmt::Display for Visible<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.text.chars();
        for character in characters.by_ref().take(self.most) {
            if Self::hides(character) {
                write!(formatter, "{}", character.escape_default())?;
            } else {
                formatter.write_char(character)?;
            }
        }
        match characters.count() {
            0 => Ok(()),
            left => write!(formatter, "… ({left} characters more)"),
        }
    }
}

/// Characters of an entry in a log.
const ENTRY: usize = 16_000;

/// A log in which each entry, however hostile the texts in it, is one line of visible text.
///
/// Takes each call of [`Write::write`] for an entry, as `tracing-subscriber` makes them.
#[derive(Debug)]
pub struct VisibleLines<W>(pub W);

impl<W: Write> Write for VisibleLines<W> {
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(entry);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        self.0.write_all(format!("{}\n", Visible::within(line, ENTRY)).as_bytes())?;
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{Visible, VisibleLines};

    #[test]
    fn an_entry_of_a_log_stays_one_line() {
        let mut log = VisibleLines(Vec::new());
        log.write_all("rule `a\u{1b}[2J` said:\n2026 ERROR all is lost\u{202e}\n".as_bytes()).unwrap();
        log.write_all(b"next\n").unwrap();
        let expected = "rule `a\\u{1b}[2J` said:\\n2026 ERROR all is lost\\u{202e}\nnext\n";
        assert_eq!(String::from_utf8(log.0).unwrap(), expected);
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown_by_its_number() {
        for (text, shown) in [
            ("plain — naïve 文字 🦀", "plain — naïve 文字 🦀"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("one\r\ntwo\ttabs\0", "one\\r\\ntwo\\ttabs\\u{0}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}b\u{2066}c\u{200b}", "a\\u{202e}b\\u{2066}c\\u{200b}"),
            ("\u{2028}\u{feff}\u{e0041}", "\\u{2028}\\u{feff}\\u{e0041}"),
        ] {
            assert_eq!(Visible::of(text).to_string(), shown);
        }
    }

    #[test]
    fn long_text_says_how_much_is_left_out() {
        assert_eq!(Visible::within("abcdef", 6).to_string(), "abcdef");
        assert_eq!(Visible::within("abcdef", 2).to_string(), "ab… (4 characters more)");
        assert!(Visible::of(&"\u{1b}".repeat(600_000)).to_string().len() < 20_000);
    }
}
