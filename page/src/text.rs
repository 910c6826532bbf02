//! Texts of others: Azure's, those of rules, of people.

/// Characters of a text that a cell shows; the rest is in its title.
const SHOWN: usize = 160;

/// A text without what could hide or turn round others: control characters and overrides of direction are shown as a
/// replacement character.
pub fn clean(text: &str) -> String {
    let is_bad = |one: char| {
        (one.is_control() && one != '\n')
            || matches!(one, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|one| if is_bad(one) { '\u{fffd}' } else { one }).collect()
}

/// A text of at most so many characters, and whether something was left out.
pub fn cut(text: &str, most: usize) -> (String, bool) {
    let mut shown: String = text.chars().take(most).collect();
    let is_cut = text.chars().nth(most).is_some();
    if is_cut {
        shown.push('…');
    }
    (shown, is_cut)
}

pub(crate) fn shown(text: &str) -> (String, bool) {
    cut(&clean(text), SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_turn_the_text_round_or_fill_the_page() {
        assert_eq!(clean("disk\u{202e}gpj.exe\u{0}\r"), "disk\u{fffd}gpj.exe\u{fffd}\u{fffd}");
        assert_eq!(clean("naïve שלום 日本"), "naïve שלום 日本");
        let (text, is_cut) = shown(&"x".repeat(10_000));
        assert!(is_cut && text.chars().count() == SHOWN + 1);
        assert_eq!(cut("abc", 3), ("abc".to_owned(), false));
    }
}
