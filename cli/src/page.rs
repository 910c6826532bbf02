//! Text for a page of 80 columns, or fewer where the terminal is narrower.

use std::sync::OnceLock;

use holdfast_evaluator::Visible;

/// Columns of a page that is not a terminal's.
pub(crate) const WIDTH: usize = 80;
/// Fewer columns hold nothing readable.
const NARROWEST: usize = 40;

/// Columns of a page at this terminal: never more than [`WIDTH`], in which text is easy to read.
pub(crate) fn width() -> usize {
    static COLUMNS: OnceLock<usize> = OnceLock::new();
    *COLUMNS.get_or_init(|| {
        let columns = terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0));
        columns.filter(|columns| *columns > 0).unwrap_or(WIDTH).clamp(NARROWEST, WIDTH)
    })
}

/// A number with commas between its thousands.
pub(crate) fn count(number: impl Into<u128>) -> String {
    let digits = number.into().to_string();
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
    let room = width().saturating_sub(margin).max(1);
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

/// The lines of a text, each broken between words where it is wider than the page; what follows is indented by two more.
///
/// A word that is wider, such as an ARM id, has a line of its own: broken, it could not be copied. For the same reason a
/// line that is a command stays as it is.
pub(crate) fn fitted(text: &str) -> String {
    text.lines().map(|line| fitted_line(line, width())).collect()
}

/// The same of lines that hold what others wrote: no line can become two.
pub(crate) fn of_lines(lines: &[String]) -> String {
    lines.iter().map(|line| fitted_line(&Visible::of(line).to_string(), width())).collect()
}

fn fitted_line(line: &str, width: usize) -> String {
    let words = line.trim_start_matches(' ');
    if line.chars().count() <= width || words.starts_with("holdfast ") || words.starts_with("az ") {
        return format!("{line}\n");
    }
    let indent = line.len() - words.len();
    let mut shown = " ".repeat(indent);
    let mut used = indent;
    let mut is_first = true;
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if !is_first && used + 1 + length > width {
            shown.push('\n');
            shown.push_str(&" ".repeat(indent + 2));
            used = indent + 2;
        } else if !is_first {
            shown.push(' ');
            used += 1;
        }
        shown.push_str(word);
        used += length;
        is_first = false;
    }
    shown.push('\n');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        let shown: Vec<String> = [0_u64, 999, 1000, 41_209_812].into_iter().map(count).collect();
        assert_eq!(shown, ["0", "999", "1,000", "41,209,812"]);
    }

    #[test]
    fn lines_are_broken_between_words_and_ids_and_commands_stay_whole() {
        let id = format!("/subscriptions/{}", "x".repeat(80));
        let text = format!("  {}needs {id} and more\n\n  holdfast operation {id}\nshort", "word ".repeat(20));
        let lines = fitted(&text);
        assert!(
            lines.contains(&format!("\n    {id}\n    and more\n\n  holdfast operation {id}\nshort\n")),
            "{lines}"
        );
        let wide: Vec<&str> = lines.lines().filter(|line| line.chars().count() > WIDTH).collect();
        assert!(wide.iter().all(|line| line.contains(&id)), "{wide:?}");
        assert!(lines.starts_with("  word word"), "{lines}");
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
