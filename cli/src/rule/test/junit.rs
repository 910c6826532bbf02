//! Results as JUnit XML, which build servers show.

use std::fmt::Write as _;

use crate::rule::module::Module;

use super::{Ran, Sheet};

/// The results of all files; each file is a suite.
pub(crate) fn xml(module: &Module, sheets: &[Sheet]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(text, "<testsuites name=\"{}\">", escaped(&module.title()));
    for sheet in sheets {
        let failures = sheet.results.iter().filter(|ran| !ran.passed()).count();
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\">",
            escaped(&sheet.path.display().to_string()),
            sheet.results.len()
        );
        for ran in &sheet.results {
            case(&mut text, sheet, ran);
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn case(text: &mut String, sheet: &Sheet, ran: &Ran) {
    let _ = write!(
        text,
        "    <testcase name=\"{}\" classname=\"{}\" time=\"{:.6}\"",
        escaped(&ran.name),
        escaped(&sheet.path.display().to_string()),
        ran.took.as_secs_f64()
    );
    if ran.passed() {
        text.push_str("/>\n");
        return;
    }
    let described: Vec<String> = ran
        .differences
        .iter()
        .map(|difference| {
            format!("{}: expected {}, found {}", difference.field, difference.expected, difference.found)
        })
        .collect();
    let (place, first) = (format!("{}:{}", sheet.path.display(), ran.line), described.first());
    let _ = writeln!(
        text,
        ">\n      <failure message=\"{}\">{}\n{}</failure>\n    </testcase>",
        escaped(first.map_or("", String::as_str)),
        escaped(&place),
        escaped(&described.join("\n"))
    );
}

/// XML has no way to write most control characters: they are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            character if character.is_control() => {}
            character => escaped.push(character),
        }
    }
    escaped
}
