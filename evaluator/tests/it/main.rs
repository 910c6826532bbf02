//! The evaluator with real modules: the shipped rules, and rules that misbehave.

mod built;
mod doors;
mod facts;
mod folder;
mod forge;
mod hostile;
mod laws;
mod precompiled;
mod random;
mod records;
mod reviews;
mod said;
mod sharing;
mod shipped;
#[path = "../../../rules/shipped.rs"]
mod shipped_rules;
mod standing;
mod swapping;
mod test_rules;
mod trusting;
mod verifying;
mod versions;
