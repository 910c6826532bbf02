//! Tools that a project's build needs: whether they are here, and how to get them.

use std::process::{Command, Stdio};

use serde::Serialize;

use crate::rule::project::{Need, Project};

/// A tool that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Tool {
    pub(crate) tool: String,
    /// What its check printed first; `None` if it is not there.
    pub(crate) found: Option<String>,
    /// How to get it.
    pub(crate) install: String,
}

/// Looks for every tool, so that all that are missing can be told at once.
pub(crate) fn look(project: &Project) -> Vec<Tool> {
    let needs = project.build().needs.iter();
    needs
        .map(|need| Tool {
            tool: need.tool.clone(),
            found: found(project, need),
            install: need.install.clone(),
        })
        .collect()
}

fn found(project: &Project, need: &Need) -> Option<String> {
    let (program, arguments) = need.check.split_first()?;
    let output = Command::new(program)
        .args(arguments)
        .current_dir(project.folder())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let line = match &need.prints {
        Some(text) => printed.lines().find(|line| line.contains(text.as_str()))?,
        None => printed.lines().next().unwrap_or_default(),
    };
    output.status.success().then(|| line.trim().to_owned())
}
