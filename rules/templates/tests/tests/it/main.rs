//! The templates of `holdfast rule new`, built with their own tools.

mod determinism;
mod templates;
