//! What an administrator may tune, ready to be asked.

use holdfast_rule_sdk::Issue;
use serde::Deserialize;

use crate::action::Action;
use crate::body::Places;
use crate::clause::Clause;
use crate::compile::Compiler;
use crate::form::{CaseForm, SettingsForm};

/// The rule's settings, compiled when the rule set is loaded.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "SettingsForm")]
pub struct Settings {
    pub(crate) cases: Vec<Case>,
    pub(crate) places: Places,
    pub(crate) issues: Vec<Issue>,
}

/// Resources of one kind, and what is to become of them.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) when: Clause,
    pub(crate) action: Action,
}

impl From<SettingsForm> for Settings {
    fn from(form: SettingsForm) -> Self {
        let mut compiler = Compiler::default();
        compiler.define(&form.define);
        let cases = form.case.into_iter().enumerate();
        let cases = cases.filter_map(|(index, form)| case(&mut compiler, index, form)).collect();
        Self { cases, places: compiler.places, issues: compiler.issues }
    }
}

fn case(compiler: &mut Compiler, index: usize, form: CaseForm) -> Option<Case> {
    let at = format!("/case/{index}");
    let when = match form.when {
        Some(clause) => compiler.clause(&clause, &format!("{at}/when"), 1),
        None => Clause::All(Vec::new()),
    };
    let action = match (form.protect, form.exclude) {
        (Some(protect), None) => {
            Action::protect(protect).map_err(|(key, why)| (format!("{at}/protect/{key}"), why))
        }
        (None, Some(exclude)) => Ok(Action::exclude(exclude)),
        (Some(_), Some(_)) => Err((at, "both protects and excludes; make two cases of it".to_owned())),
        (None, None) => {
            Err((at, "neither protects nor excludes; add `protect = {}` or `exclude`".to_owned()))
        }
    };
    match action {
        Ok(action) => {
            let name = form.name.unwrap_or_else(|| format!("case {}", index + 1));
            Some(Case { name, when, action })
        }
        Err((pointer, message)) => {
            compiler.issues.push(Issue { pointer, message });
            None
        }
    }
}
