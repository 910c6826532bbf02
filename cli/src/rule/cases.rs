//! Test cases as authors write them, in YAML.

mod expect;

use std::path::Path;

use anyhow::{Context as _, ensure};
use holdfast_azure::canonical;
use holdfast_evaluator::{
    Caller, Fact, FactKey, FactKind, Labels, Operation, OperationKind, Request, Resource, ReviewRequest,
    TargetWorkload, VerifyRequest,
};
use serde::Deserialize;
use serde_json::Value;

use super::input;
use super::resource::CaseResource;
use super::restore::CaseRestore;
use super::yaml::{self, Spanned};

pub(crate) use expect::{Exclude, Expect, Verdict};

/// A file of test cases.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CaseFile {
    /// Settings of every case that states none.
    pub(crate) settings: Option<Value>,
    /// Fuel that no case may exceed.
    pub(crate) fuel: Option<u64>,
    /// The time that rules are told.
    pub(crate) event_time: Option<String>,
    /// Facts of every case; a case's own fact of the same kind and scope is used in its place.
    #[serde(default)]
    pub(crate) facts: Vec<CaseFact>,
    pub(crate) cases: Vec<Spanned<Case>>,
}

/// One case: what the rule is given, and what it has to say.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) resource: CaseResource,
    #[serde(default)]
    pub(crate) facts: Vec<CaseFact>,
    /// Which of the resource's workloads it is about, such as `sql-in-vm`.
    pub(crate) workload: Option<String>,
    /// Labels that the resource was given.
    #[serde(default)]
    pub(crate) labels: Labels,
    /// For a rule that judges restores: what was restored.
    pub(crate) restore: Option<CaseRestore>,
    /// For a rule that judges operations: what is asked for.
    pub(crate) operation: Option<CaseOperation>,
    /// For a rule that judges operations: who asks.
    pub(crate) caller: Option<CaseCaller>,
    /// For a rule that judges operations: tags of the resource that this one lies in.
    #[serde(default)]
    pub(crate) parent_tags: Labels,
    pub(crate) event_time: Option<String>,
    /// In place of the file's settings, whole.
    pub(crate) settings: Option<Value>,
    pub(crate) fuel: Option<u64>,
    pub(crate) expect: Option<Spanned<Expect>>,
}

/// A fact in a case.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CaseFact {
    kind: FactKind,
    /// By default what the kind is about, of the case's resource.
    scope: Option<String>,
    /// Absent or `null` when the host looked and found nothing.
    #[serde(default)]
    value: Value,
}

/// An operation in a case.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CaseOperation {
    kind: OperationKind,
    #[serde(default = "nothing")]
    parameters: Value,
}

/// Who asks for an operation in a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct CaseCaller {
    id: String,
    name: String,
    roles: Vec<String>,
}

/// What a rule is asked.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    /// What it says of a resource.
    Resource(Box<Request>),
    /// What it says of an operation.
    Operation(Box<ReviewRequest>),
    /// What it says of a restore.
    Restore(Box<VerifyRequest>),
}

impl Question {
    /// The resource that it is about.
    pub(crate) fn resource(&self) -> &Resource {
        match self {
            Self::Resource(request) => &request.resource,
            Self::Operation(request) => &request.resource,
            Self::Restore(request) => &request.resource,
        }
    }
}

impl CaseFile {
    /// Reads a file of cases.
    ///
    /// # Errors
    ///
    /// Says file, line, column and what is wrong there.
    pub(crate) fn read(path: &Path, text: &str) -> anyhow::Result<Self> {
        yaml::read(path, text)
    }

    /// The settings of a case: its own, else the file's, else these.
    pub(crate) fn settings_of(&self, case: &Case, otherwise: &Value) -> Value {
        case.settings.as_ref().or(self.settings.as_ref()).unwrap_or(otherwise).clone()
    }

    /// Fuel that a case may burn.
    pub(crate) fn fuel_of(&self, case: &Case) -> Option<u64> {
        case.fuel.or(self.fuel)
    }

    /// The facts that a case gives, and those of the file about anything else.
    fn facts_of(&self, case: &Case, resource: &Resource) -> Vec<Fact> {
        let about = |facts: &[CaseFact]| -> Vec<Fact> {
            facts.iter().cloned().map(|fact| fact.about(resource)).collect()
        };
        let own = about(&case.facts);
        let key = |fact: &Fact| (fact.kind.clone(), fact.scope.to_ascii_lowercase());
        let keys: Vec<_> = own.iter().map(key).collect();
        let of_the_file = about(&self.facts).into_iter().filter(|fact| !keys.contains(&key(fact)));
        own.iter().cloned().chain(of_the_file).collect()
    }

    /// What the rule is asked in a case.
    ///
    /// # Errors
    ///
    /// Says what is wrong with resource or time, and where.
    pub(crate) fn question_of(&self, path: &Path, case: &Spanned<Case>) -> anyhow::Result<Question> {
        let place = || format!("{}:{}: case `{}`", path.display(), case.referenced.line(), case.value.name);
        let case = &case.value;
        let resource = case.resource.clone().complete().with_context(place)?;
        let facts = self.facts_of(case, &resource);
        let stated = case.event_time.as_ref().or(self.event_time.as_ref());
        let stated = stated.map_or(input::CASE_TIME, String::as_str);
        let event_time = input::event_time(stated).with_context(place)?;
        // A rule that names no workload is asked whatever the case says: authors test the rule, not the binding.
        let workload = case.workload.clone().map(|name| TargetWorkload { name, first: true });
        let labels = case.labels.clone();
        if let Some(restore) = case.restore.clone() {
            let request = restore.of(resource, workload, labels, facts, event_time).with_context(place)?;
            return Ok(Question::Restore(Box::new(request)));
        }
        let Some(operation) = case.operation.clone() else {
            ensure!(
                case.caller.is_none(),
                "{}: a caller asks for an operation; state `operation` too",
                place()
            );
            return Ok(Question::Resource(Box::new(Request {
                resource,
                workload,
                labels,
                facts,
                event_time,
            })));
        };
        let operation = Operation { kind: operation.kind, parameters: canonical(operation.parameters) };
        let CaseCaller { id, name, roles } = case.caller.clone().unwrap_or_default();
        let caller = Caller { id, name, roles };
        let parent_tags = case.parent_tags.clone();
        Ok(Question::Operation(Box::new(ReviewRequest {
            operation,
            resource,
            workload,
            parent_tags,
            labels,
            caller,
            facts,
            event_time,
        })))
    }
}

/// The parameters of an operation that states none.
fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

impl CaseFact {
    /// The fact about a resource.
    pub(crate) fn about(self, resource: &Resource) -> Fact {
        let mut key = FactKey::about(self.kind, resource);
        if let Some(scope) = self.scope {
            key.scope = scope;
        }
        match self.value {
            Value::Null => key.with(None),
            value => key.with(Some(canonical(value))),
        }
    }
}
