//! The order of the modules at the top of a crate: each uses only those before it, so that there is no circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};

use super::paths::{self, Module};

/// Crates whose top modules form an order, and that order: what uses nothing comes first.
const ORDERED: &[(&str, &[&str])] = &[
    (
        "rule-set",
        &[
            "hexadecimal",
            "digest",
            "fact_kind",
            "layer",
            "module",
            "operation",
            "protection",
            "rank",
            "visible",
            "allowances",
            "defaults",
            "important",
            "manifest",
            "review",
            "trust",
            "binding",
            "file",
        ],
    ),
    (
        "evaluator",
        &[
            "record",
            "model",
            "facts",
            "opinion",
            "contract",
            "engine",
            "key",
            "compiling",
            "sandbox",
            "expiry",
            "precompiled",
            "rule_set",
            "composition",
            "summary",
            "review",
            "verification",
            "evaluator",
            "batch",
            "probe",
            "inspect",
            "active",
        ],
    ),
    (
        "protection",
        &[
            "redaction",
            "resource_id",
            "shell",
            "file_session",
            "guard",
            "impossible",
            "family",
            "digest",
            "roles",
            "tier",
            "schedule",
            "refusal",
            "workload",
            "lifecycle",
            "outcome",
            "operation",
            "location",
            "vault",
            "vault_state",
            "azure_error",
            "event",
            "priority",
            "instance",
            "work",
            "ledger",
            "points",
            "job",
            "restore",
            "lock",
            "snapshot_group",
            "target",
            "policy",
            "backup",
            "ports",
            "observe",
            "plan",
            "apply",
            "facts",
            "decide",
            "undelivered",
            "operation_id",
            "hold",
            "last_known",
            "operations",
            "place",
            "protect",
            "sweep",
            "targets",
            "retry",
        ],
    ),
    ("azure", &["causes", "clock", "web", "event_grid", "arm", "identity", "storage"]),
    (
        "functions",
        &[
            "clock",
            "envelope",
            "forwarded",
            "not_set_up",
            "metrics",
            "telemetry",
            "underway",
            "work_queue",
            "problem",
            "rules",
            "callers",
            "settings",
            "notices",
            "report_cache",
            "app",
            "reports",
            "setup",
            "api",
            "digest",
            "export",
            "notify",
            "ui",
            "open_operations",
            "protect",
            "resource_changed",
            "retry",
            "serving",
            "sweep",
            "undelivered",
            "router",
        ],
    ),
    (
        "simulator",
        &[
            "clock",
            "random",
            "estate",
            "config",
            "wire",
            "identity",
            "traffic",
            "world",
            "authorization",
            "backup",
            "event_grid",
            "resource_graph",
            "management_groups",
            "resources",
            "app",
            "delivery",
            "front",
            "deployments",
            "data_protection",
            "recovery_services",
            "registry",
            "control",
            "sign_in",
            "server",
        ],
    ),
];

/// Every use of a later module by an earlier one, and every module that the order does not have.
pub(super) fn wrong(root: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (folder, order) in ORDERED {
        let library = root.join(folder).join("src/lib.rs");
        let modules = paths::read(&library).with_context(|| format!("read the modules of {folder}"))?;
        wrong.extend(backward(order, &modules).into_iter().map(|arrow| format!("{folder}: {arrow}")));
    }
    Ok(wrong)
}

fn backward(order: &[&str], modules: &BTreeMap<String, Module>) -> Vec<String> {
    let place = |name: &str| order.iter().position(|known| *known == name);
    let mut wrong = Vec::new();
    for (name, module) in modules {
        let Some(own) = place(name) else {
            wrong.push(format!("module `{name}` has no place in the order; see xtask/src/arrows/modules.rs"));
            continue;
        };
        for (used, files) in &module.uses {
            if place(used).is_some_and(|used| used > own) {
                let files: Vec<&str> = files.iter().map(String::as_str).collect();
                wrong.push(format!("`{name}` comes before `{used}`, but uses it in {}", files.join(", ")));
            }
        }
    }
    let gone: BTreeSet<&str> = order.iter().copied().filter(|name| !modules.contains_key(*name)).collect();
    wrong.extend(gone.into_iter().map(|name| format!("the order names a module `{name}` that is not there")));
    wrong
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ORDER: &[&str] = &["low", "middle", "high"];

    /// The arrows against [`ORDER`] in a crate of these files.
    fn planted(files: &[(&str, &str)]) -> Result<Vec<String>> {
        let folder = tempfile::tempdir()?;
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
            fs::write(path, text)?;
        }
        Ok(backward(ORDER, &paths::read(&folder.path().join("lib.rs"))?))
    }

    fn sound() -> Vec<(&'static str, &'static str)> {
        vec![
            ("lib.rs", "mod high; mod low; mod middle; pub use high::High;"),
            ("low.rs", "pub struct Low;"),
            ("middle.rs", "mod inner; use crate::low::Low;"),
            ("middle/inner.rs", "use super::super::low; fn f() { crate::low::g() }"),
            ("high.rs", "use crate::{low, middle::{self, inner}}; pub struct High;"),
        ]
    }

    #[test]
    fn what_uses_only_what_comes_before_is_sound() -> Result<()> {
        assert_eq!(planted(&sound())?, Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn a_planted_arrow_backward_is_found_however_it_is_written() -> Result<()> {
        for arrow in [
            "use crate::high::High;",
            "use crate::{low::Low, high};",
            "use super::high as up;",
            "fn f() { crate::high::g() }",
            "type Up = crate::high::High;",
            "fn f() { println!(\"{}\", crate::high::NAME); }",
            "mod own { fn f() { super::super::high::g() } }",
            "pub use crate::High;",
            "fn f() { g::<crate::High>() }",
            "use self::super::high;",
        ] {
            let mut files = sound();
            files[1].1 = arrow;
            let found = planted(&files)?;
            assert_eq!(found.len(), 1, "{arrow}: {found:?}");
            assert!(
                found[0].contains("`low` comes before `high`") && found[0].contains("low.rs"),
                "{found:?}"
            );
        }
        Ok(())
    }

    #[test]
    fn a_planted_circle_is_found() -> Result<()> {
        let mut files = sound();
        files[3].1 = "fn f() { crate::high::g() }";
        assert_eq!(planted(&files)?, ["`middle` comes before `high`, but uses it in middle/inner.rs"]);
        Ok(())
    }

    #[test]
    fn tests_texts_and_comments_are_no_arrows() -> Result<()> {
        for none in [
            "// crate::high\n",
            "/// See [`crate::high::High`].\nstruct Low;",
            "const TEXT: &str = \"crate::high\";",
            "#[cfg(test)] mod tests { use crate::high::High; }",
            "#[cfg(all(test, feature = \"x\"))] use crate::high::High;",
            "#[test] fn f() { crate::high::g() }",
        ] {
            let mut files = sound();
            files[1].1 = none;
            assert_eq!(planted(&files)?, Vec::<String>::new(), "{none}");
        }
        Ok(())
    }

    #[test]
    fn a_module_without_a_place_is_named_and_so_is_a_place_without_a_module() -> Result<()> {
        let mut files = sound();
        files[0].1 = "mod high; mod low; mod new; pub use high::High;";
        files.push(("new.rs", ""));
        let found = planted(&files)?;
        assert!(found.iter().any(|wrong| wrong.contains("`new` has no place")), "{found:?}");
        assert!(found.iter().any(|wrong| wrong.contains("`middle` that is not there")), "{found:?}");
        Ok(())
    }
}
