//! Policies that contradict themselves: a complete rule or a function with two values is an error of the evaluation (OPA).
//!
//! The machine of `regorus` takes such a value for undefined and says nothing; its interpreter says it. So a policy that
//! can contradict itself is asked by both, and no other pays for it.

use std::sync::{Mutex, PoisonError};

use holdfast_rule_sdk::Failure;
use regorus::rvm::instructions::Instruction;
use regorus::rvm::program::{Program, RuleInfo, RuleType};
use regorus::{Engine, Value};

/// What the interpreter says of two values, by what has them.
const TOLD: [&str; 2] = ["multiple outputs", "rule conflicts with rule"];

/// Finds contradictions; nothing where there can be none.
pub(crate) struct Contradictions(Option<Interpreter>);

struct Interpreter {
    engine: Mutex<Engine>,
    entry: String,
}

impl Contradictions {
    /// Of the program that was compiled from the policy in `engine`.
    pub(crate) fn of(program: &Program, engine: Engine, entry: String) -> Self {
        let loops = program.instructions.iter().any(|one| matches!(one, Instruction::LoopStart { .. }));
        let possible = program.rule_infos.iter().any(|rule| has_one_value(rule) && may_have_two(rule, loops));
        Self(possible.then(|| Interpreter { engine: Mutex::new(engine), entry }))
    }

    /// Fails where the policy contradicts itself about this input.
    pub(crate) fn refuse(&self, input: &Value) -> Result<(), Failure> {
        let Some(Interpreter { engine, entry }) = &self.0 else { return Ok(()) };
        let mut engine = engine.lock().unwrap_or_else(PoisonError::into_inner);
        engine.set_input(input.clone());
        match engine.eval_rule(entry.clone()) {
            Err(error) if is_contradiction(&error.to_string()) => {
                Err(Failure::Internal(format!("the policy contradicts itself: {error}")))
            }
            // What else fails, the machine says.
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// Whether the interpreter tells of two values; the line of the policy comes before its words.
fn is_contradiction(told: &str) -> bool {
    let words = told.rsplit("error: ").next().unwrap_or(told);
    TOLD.iter().any(|known| words.contains(known))
}

/// Whether the rule may have one value only, be it for each key; sets may have many.
fn has_one_value(rule: &RuleInfo) -> bool {
    rule.function_info.is_some() || matches!(rule.rule_type, RuleType::Complete | RuleType::PartialObject)
}

/// Whether it may come to two: by several definitions, or by going through something.
fn may_have_two(rule: &RuleInfo, loops: bool) -> bool {
    let all_alike = rule.early_exit_on_first_success;
    !all_alike && (rule.definitions.len() > 1 || loops)
}
