//! A Rego policy: compiled once to the byte code of `regorus`, asked for its rule `opinion`.

use std::sync::{Mutex, PoisonError};

use holdfast_rule_sdk::{Failure, Issue, Opinion, Request};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use regorus::{Engine, Value};

use crate::contradiction::Contradictions;
use crate::said::Said;
use crate::settings::Settings;
use crate::{diagnosis, input};

/// Names what is not the same on every evaluation, or needs the outside.
const REFUSED: [&str; 3] = ["rand.intn", "time.now_ns", "http.send"];

/// A compiled policy.
pub(crate) struct Policy {
    machine: Mutex<RegoVM>,
    contradictions: Contradictions,
    reads_body: bool,
}

impl Policy {
    /// Compiles the policy of the settings; an issue names line and column.
    pub(crate) fn compile(settings: &Settings) -> Result<Self, Issue> {
        let text = &settings.policy;
        refuse(text)?;
        let issue = |error: &dyn std::fmt::Display| diagnosis::of_policy(error, 0);
        let mut engine = Engine::new();
        let data = Value::from(serde_json::Value::Object(settings.data.clone()));
        engine
            .add_data(data.clone())
            .map_err(|error| Issue { pointer: "/data".into(), message: error.to_string() })?;
        let package = engine.add_policy("policy".into(), text.clone()).map_err(|error| issue(&error))?;
        let entry = format!("{package}.opinion");
        let compiled = engine.compile_with_entrypoint(&entry.as_str().into()).map_err(|error| {
            let undefined = error.to_string().contains("not a valid rule path");
            let words = format!("the policy must define the rule `opinion`: there is no {entry}");
            if undefined { diagnosis::of_policy(&words, 0) } else { diagnosis::of_policy(&error, 0) }
        })?;
        let program = Compiler::compile_from_policy(&compiled, &[&entry]).map_err(|error| issue(&error))?;
        let contradictions = Contradictions::of(&program, engine, entry);
        let mut machine = RegoVM::new();
        // Fuel is the limit, and it is the host's.
        machine.set_max_instructions(usize::MAX);
        machine.load_program(program);
        machine.set_data(data).map_err(|error| issue(&error))?;
        Ok(Self { machine: Mutex::new(machine), contradictions, reads_body: text.contains("body") })
    }

    /// What the policy's rule `opinion` says; undefined means that it abstains.
    pub(crate) fn ask(&self, request: &Request<'_>) -> Result<Opinion, Failure> {
        let input = input::for_rego(request, self.reads_body)?;
        self.contradictions.refuse(&input)?;
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        machine.set_input(input);
        let answer = machine
            .execute_entry_point_by_index(0)
            .map_err(|error| Failure::Internal(format!("the policy failed: {error}")))?;
        if answer == Value::Undefined {
            return Ok(Opinion::abstain().because("undefined", "the policy's `opinion` is undefined"));
        }
        let unfit =
            |message: String| Failure::Internal(format!("the policy's `opinion` is no opinion: {message}"));
        let answer = serde_json::to_value(&answer).map_err(|error| unfit(error.to_string()))?;
        let said: Said = serde_json::from_value(answer).map_err(|error| unfit(error.to_string()))?;
        said.opinion().map_err(unfit)
    }
}

fn refuse(text: &str) -> Result<(), Issue> {
    let Some(found) = REFUSED.into_iter().find(|name| text.contains(name)) else {
        return Ok(());
    };
    let before = text.split(found).next().unwrap_or_default();
    let line = before.lines().count().max(1);
    Err(Issue {
        pointer: "/policy".into(),
        message: format!(
            "line {line}: `{found}` is not available: a rule is told everything in its input, \
             and the time is `input[\"event-time\"]`"
        ),
    })
}
