//! Nothing: this package only names features, in its `Cargo.toml`.
