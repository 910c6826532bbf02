//! Text for a page of 80 columns.

/// Columns of a page.
pub(crate) const WIDTH: usize = 80;

/// A number with commas between its thousands.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The text, or its beginning and a sign that it goes on.
pub(crate) fn start_of(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// The text, or a sign that it began earlier and its end.
pub(crate) fn end_of(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    ['…'].into_iter().chain(text.chars().skip(length + 1 - width)).collect()
}

/// Lines that end between words, each with a margin; a word that is wider than the page is broken.
pub(crate) fn wrapped(text: &str, margin: usize) -> String {
    let room = WIDTH.saturating_sub(margin).max(1);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let width = word.chars().count();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + width <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => {
                let letters: Vec<char> = word.chars().collect();
                lines.extend(letters.chunks(room).map(|part| part.iter().collect()));
            }
        }
    }
    lines.iter().map(|line| format!("{:margin$}{line}\n", "")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        let shown: Vec<String> = [0, 999, 1000, 41_209_812].into_iter().map(count).collect();
        assert_eq!(shown, ["0", "999", "1,000", "41,209,812"]);
    }

    #[test]
    fn nothing_is_wider_than_the_page() {
        assert_eq!((start_of("abcdef", 4), end_of("abcdef", 4)), ("abc…".into(), "…def".into()));
        let text = format!("{} {}", "word ".repeat(40), "x".repeat(200));
        let lines = wrapped(&text, 4);
        assert!(
            lines.lines().all(|line| line.chars().count() <= WIDTH && line.starts_with("    ")),
            "{lines}"
        );
        assert_eq!(lines.matches('x').count(), 200);
    }
}
