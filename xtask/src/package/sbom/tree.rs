//! What `cargo tree` says that a program is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::run::{cargo_program, collect};

/// Name and version.
pub(super) type Id = (String, String);

/// A crate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Crate {
    /// As SPDX spells it.
    pub(super) licence: String,
    pub(super) repository: String,
    /// Whether it is one of ours.
    pub(super) ours: bool,
    pub(super) needs: BTreeSet<Id>,
}

/// A program and all crates in it.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) root: Id,
    pub(super) crates: BTreeMap<Id, Crate>,
}

impl Tree {
    /// What `package` is made of with these options, compiled for `target`. What only compiles it, such as macros, is not in it.
    pub(super) fn of(root: &Path, package: &str, target: &str, options: &[String]) -> Result<Self> {
        let asked = [
            "tree",
            "--locked",
            "--package",
            package,
            "--target",
            target,
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "depth",
            "--format",
            "|{p}|{l}|{r}|",
        ];
        let arguments: Vec<&str> = asked.into_iter().chain(options.iter().map(String::as_str)).collect();
        let output = collect(root, &cargo_program(), &arguments, &[])?;
        ensure!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
        read(&String::from_utf8_lossy(&output.stdout))
    }

    /// Takes another program in, as a part of this one.
    pub(super) fn take_in(&mut self, other: Self) {
        if let Some(own) = self.crates.get_mut(&self.root) {
            own.needs.insert(other.root);
        }
        for (id, of_other) in other.crates {
            self.crates.entry(id).or_default().meet(of_other);
        }
    }
}

impl Crate {
    fn meet(&mut self, seen: Self) {
        let needs = std::mem::take(&mut self.needs);
        *self = seen;
        self.needs.extend(needs);
    }
}

/// Each line is `DEPTH|NAME vVERSION (from where)|LICENCE|REPOSITORY|`, deeper than what it is needed by.
fn read(text: &str) -> Result<Tree> {
    let mut tree = Tree::default();
    let mut above: Vec<Id> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut parts = line.split('|');
        let mut part = || parts.next().with_context(|| format!("cargo tree said `{line}`"));
        let depth: usize = part()?.parse().with_context(|| format!("cargo tree said `{line}`"))?;
        let (who, licence, repository) = (part()?, part()?.to_owned(), part()?.to_owned());
        let mut words = who.split(' ');
        let mut word = || words.next().with_context(|| format!("cargo tree said `{line}`"));
        let id = (word()?.to_owned(), word()?.trim_start_matches('v').to_owned());
        above.truncate(depth);
        match above.last().and_then(|parent| tree.crates.get_mut(parent)) {
            Some(parent) => drop(parent.needs.insert(id.clone())),
            None => tree.root = id.clone(),
        }
        above.push(id.clone());
        let ours = who.contains(" (/");
        let found = Crate { licence, repository, ours, needs: BTreeSet::new() };
        tree.crates.entry(id).or_default().meet(found);
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_says_who_needs_whom() {
        let tree = read(
            "0|app v0.1.0 (/somewhere)|Apache-2.0||\n1|a v1.2.3|MIT/Apache-2.0|https://a.example|\n2|b v2.0.0|MIT||\n\
             1|c v3.0.0|MIT||\n2|a v1.2.3|MIT/Apache-2.0|https://a.example| (*)\n",
        )
        .unwrap();
        let id = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        assert_eq!(tree.root, id("app", "0.1.0"));
        let needs = |name, version| tree.crates.get(&id(name, version)).unwrap().needs.clone();
        assert_eq!(needs("app", "0.1.0"), [id("a", "1.2.3"), id("c", "3.0.0")].into());
        assert_eq!(needs("a", "1.2.3"), [id("b", "2.0.0")].into());
        assert_eq!(needs("c", "3.0.0"), [id("a", "1.2.3")].into());
        assert!(tree.crates.get(&id("app", "0.1.0")).unwrap().ours);
    }
}
