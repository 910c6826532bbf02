//! Output as it was agreed on: files in tests/golden. With HOLDFAST_BLESS set, they are written again.

use std::path::Path;

/// Compares with the file, and looks that nothing is wider than a terminal.
pub(crate) fn agrees(name: &str, output: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let output = without_digests(output);
    if let Some(wide) = output.lines().find(|line| line.chars().count() > 80) {
        panic!("{name}: wider than 80 columns: {wide}");
    }
    if std::env::var_os("HOLDFAST_BLESS").is_some() {
        std::fs::write(&file, &output).unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(golden == output, "{} differs; it is now:\n{output}", file.display());
}

/// Digests change with every build of the rules.
fn without_digests(text: &str) -> String {
    ["sha256:", "-decided-"].into_iter().fold(text.to_owned(), |text, before| zeroed(&text, before))
}

/// The text with zeros for the hexadecimal digits after `before`.
fn zeroed(text: &str, before: &str) -> String {
    let mut parts = text.split(before);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_hexdigit).count();
        shown.push_str(before);
        shown.push_str(&"0".repeat(digits));
        shown.push_str(&part[digits..]);
    }
    shown
}
