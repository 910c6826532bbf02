//! What a command gives back, for people and for programs.

use holdfast_distribution::Reference;
use holdfast_evaluator::Digest;
use serde_json::Value;

/// The answer of a command that ended well.
pub(super) struct Answer {
    /// For people; fits 80 columns, ends with a line break.
    pub(super) page: String,
    /// For programs.
    pub(super) json: Value,
}

/// Lines of a name and a value, aligned.
pub(super) fn fields(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let line = |(name, value): &(&str, String)| format!("  {name:<width$}  {value}\n");
    pairs.iter().filter(|(_, value)| !value.is_empty()).map(line).collect()
}

/// How a rule set binds a module that lies in a registry.
pub(super) fn binding(module: &Reference, digest: Digest) -> String {
    format!("\nBind it in a rule set:\n  module = \"{module}\"\n  digest = \"{digest}\"\n")
}

/// A size for people.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["KiB", "MiB", "GiB"];
    let mut tenths = bytes.saturating_mul(10);
    let mut unit = "B";
    for larger in UNITS {
        if tenths < 10_240 {
            break;
        }
        tenths /= 1024;
        unit = larger;
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{}.{} {unit}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let sizes = [0, 1023, 1024, 98_560, 10 << 20, 3 << 30].map(size);
        assert_eq!(sizes, ["0 B", "1023 B", "1.0 KiB", "96.2 KiB", "10.0 MiB", "3.0 GiB"]);
    }
}
