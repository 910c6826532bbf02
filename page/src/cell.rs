//! One thing that is shown: a text, where it leads, and how it is meant.

use jiff::Timestamp;

use crate::moment::ago;
use crate::text::{clean, cut, shown};

/// How a thing is meant. Its text says the same: no colour stands alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// A plain text.
    #[default]
    Plain,
    /// Something is as it should be.
    Good,
    /// Something needs attention, or will.
    Warn,
    /// Something is wrong.
    Bad,
    /// Beside the point.
    Quiet,
}

impl Tone {
    /// The class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }
}

/// One thing that is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    pub(crate) text: String,
    pub(crate) href: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) datetime: Option<String>,
    pub(crate) below: Option<String>,
    pub(crate) tone: Tone,
    pub(crate) is_badge: bool,
    pub(crate) is_number: bool,
    pub(crate) is_code: bool,
}

impl Cell {
    /// A text of anybody's; a long one is cut, and whole in its title.
    pub fn text(text: &str) -> Self {
        let (text, title) = match shown(text) {
            (short, false) => (short, None),
            (short, true) => (short, Some(cut(&clean(text), 2_000).0)),
        };
        Self { text, title, ..Self::default() }
    }

    /// A text that is shown whole.
    pub fn whole(text: &str) -> Self {
        Self { text: cut(&clean(text), 4_000).0, ..Self::default() }
    }

    /// A number.
    pub fn number(number: u64) -> Self {
        Self { text: grouped(number), is_number: true, ..Self::default() }
    }

    /// A moment in words, with the exact time in its title.
    pub fn moment(at: Timestamp, now: Timestamp) -> Self {
        let exact = at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        Self {
            text: ago(at, now),
            title: Some(exact),
            datetime: Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            ..Self::default()
        }
    }

    /// A word that says how something is.
    pub fn badge(text: &str, tone: Tone) -> Self {
        Self { tone, is_badge: true, ..Self::text(text) }
    }

    /// The same, which leads somewhere: to an address of ours.
    #[must_use]
    pub fn to(self, href: String) -> Self {
        Self { href: Some(href), ..self }
    }

    /// The same with a second line.
    #[must_use]
    pub fn over(self, below: &str) -> Self {
        Self { below: Some(shown(below).0), ..self }
    }

    /// The same, meant so.
    #[must_use]
    pub fn meant(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    /// The same in the type of machines.
    #[must_use]
    pub fn as_code(self) -> Self {
        Self { is_code: true, ..self }
    }

    /// The same with an explanation.
    #[must_use]
    pub fn titled(self, title: &str) -> Self {
        Self { title: Some(cut(&clean(title), 2_000).0), ..self }
    }
}

/// A number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_told_apart() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
