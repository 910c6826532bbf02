//! The evaluator with real modules: the shipped rules, and rules that misbehave.

mod built;
mod facts;
mod folder;
mod forge;
mod hostile;
mod reviews;
mod shipped;
mod swapping;
mod trusting;
