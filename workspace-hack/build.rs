//! Nothing: a package without a build script has no build dependencies, and so none of their features.

fn main() {}
