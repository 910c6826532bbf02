//! A rule of a few kilobytes that keeps a compiler busy for minutes.

use crate::forge::Forged;

/// A branch table into nested blocks, with every local in use behind each, between enough plain instructions.
fn branch_table(targets: usize, locals: usize, plain: usize) -> String {
    let declared = "i32 ".repeat(locals);
    let values: String =
        (1..=locals).map(|local| format!("(local.set {local} (i32.load (i32.const {local})))")).collect();
    let changed: String = (1..=locals)
        .map(|local| format!("(local.set {local} (i32.add (local.get {local}) (i32.const 1)))"))
        .collect();
    let blocks: String = (0..targets)
        .map(|target| format!(") (local.set {} (i32.load (i32.const 8)))", 1 + target % locals))
        .collect();
    let begin = "(block ".repeat(targets);
    let numbers: String = (0..targets).map(|number| format!("{number} ")).collect();
    format!(
        "(local {declared}) {values} (loop {begin}(br_table {numbers} (local.get 1)){blocks}{changed}\
         (br_if 0 (local.get 2))) {} i32.const 4096",
        "nop ".repeat(plain)
    )
}

/// The gate admits it.
pub(crate) fn slow() -> anyhow::Result<Vec<u8>> {
    Forged { evaluate: &branch_table(500, 1_000, 25_000), ..Forged::default() }.component()
}
