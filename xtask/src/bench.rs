//! `cargo xtask bench`: every measurement of docs/benchmarks.md, each against a baseline of the same run.

use std::path::Path;

use anyhow::{Result, bail};

use crate::run::{ONE_FEATURE_SET, cargo};
use crate::{Profile, app, rules};

/// A bench: its name, and where it is.
struct Bench {
    name: &'static str,
    place: &'static [&'static str],
    /// Whether it measures the packaged app.
    of_app: bool,
}

const BENCHES: [Bench; 8] = [
    Bench { name: "evaluation", place: &["--package", "holdfast-evaluator"], of_app: false },
    Bench { name: "start", place: &["--package", "holdfast-rule-templates"], of_app: false },
    // Other engines with the same rule: a workspace of its own, so that they stay out of ours.
    Bench { name: "engines", place: &["--manifest-path", "bench/Cargo.toml"], of_app: false },
    Bench { name: "handler", place: &["--package", "holdfast-tests"], of_app: true },
    Bench { name: "drain", place: &["--package", "holdfast-tests"], of_app: true },
    Bench { name: "estate", place: &["--package", "holdfast"], of_app: false },
    Bench { name: "view", place: &["--package", "holdfast-page"], of_app: false },
    Bench { name: "sweep", place: &["--package", "holdfast-tests"], of_app: true },
];

/// Measures: everything, or one bench with options of its own.
pub(crate) fn bench(root: &Path, profile: Profile, name: Option<&str>, options: &[String]) -> Result<()> {
    let wanted: Vec<&Bench> =
        BENCHES.iter().filter(|bench| name.is_none_or(|name| name == bench.name)).collect();
    if wanted.is_empty() {
        let names: Vec<&str> = BENCHES.iter().map(|bench| bench.name).collect();
        bail!("there is no bench `{}`; there are {}", name.unwrap_or_default(), names.join(", "));
    }
    rules::build_rules(root, &root.join("target/rules"))?;
    if wanted.iter().any(|bench| bench.of_app) {
        app::package(root, &app::Built::make(root, profile)?, None)?;
    }
    for bench in wanted {
        let mut arguments = vec!["bench"];
        arguments.extend(bench.place);
        arguments.extend(["--bench", bench.name]);
        if profile == Profile::Dev {
            arguments.extend(["--profile", "dev"]);
            if bench.place.first() == Some(&"--package") {
                // What other commands have compiled is not compiled again.
                arguments.extend(ONE_FEATURE_SET);
            }
        }
        if !options.is_empty() {
            arguments.push("--");
            arguments.extend(options.iter().map(String::as_str));
        }
        cargo(root, &arguments)?;
    }
    Ok(())
}
