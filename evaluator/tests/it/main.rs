//! The evaluator with real modules: the shipped rules, and rules that misbehave.

mod built;
mod forge;
mod hostile;
mod shipped;
