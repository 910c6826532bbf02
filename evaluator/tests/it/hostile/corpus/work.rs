//! Code that is small and takes a compiler minutes, or gigabytes.

use super::Hostile;

/// A module with one function of so many locals, each of which has a value.
fn function(locals: usize, body: &str) -> String {
    let values: String =
        (0..locals).map(|local| format!("(local.set {local} (i32.load (i32.const {local})))")).collect();
    format!("(component (core module (memory 1) (func (local {}) {values} {body})))", "i32 ".repeat(locals))
}

fn numbers(count: usize) -> String {
    (0..count).map(|number| format!("{number} ")).collect()
}

/// Changes every local.
fn changed(locals: usize) -> String {
    (0..locals)
        .map(|local| format!("(local.set {local} (i32.add (local.get {local}) (i32.const 1)))"))
        .collect()
}

/// Nested loops around a use of every local: each loop begins with a value for each of them.
fn loops(depth: usize, locals: usize) -> String {
    let (begin, end) = ("(loop ".repeat(depth), "(br_if 0 (local.get 0)))".repeat(depth));
    function(locals, &format!("{begin}{}{end}", changed(locals)))
}

/// A branch table into nested blocks, with every local in use behind each.
fn table(targets: usize, locals: usize) -> String {
    let blocks: String = (0..targets)
        .map(|target| format!(") (local.set {} (i32.load (i32.const 8)))", target % locals))
        .collect();
    let begin = "(block ".repeat(targets);
    let jump = format!("(br_table {} (local.get 0))", numbers(targets));
    function(locals, &format!("(loop {begin}{jump}{blocks}{}(br_if 0 (local.get 1)))", changed(locals)))
}

fn wide(values: usize) -> String {
    let many = "i32 ".repeat(values);
    format!("(type $wide (func (param {many}) (result {many})))")
}

pub(super) fn modules() -> anyhow::Result<Vec<Hostile>> {
    let units = "units of work for the compiler";
    let text =
        |name: &str, text: String, expected: &str| Hostile::text("slow to compile", name, &text, expected);
    let plain =
        |items: &str, body: String| format!("(component (core module {items} (func (local i32) {body})))");
    let values = "(i32.const 0) ".repeat(500);
    [
        text("nested loops and many locals", loops(500, 500), units),
        text("more nested loops and locals", loops(2_500, 2_500), units),
        text("a branch table and many locals", table(500, 500), units),
        text("62 KB of branch table and locals", table(4_000, 2_000), units),
        text(
            "many functions just below the bound of one",
            format!(
                "(component (core module (memory 1) {}))",
                format!("(func (local {}) {} {})", "i32 ".repeat(300), changed(300), "(block (br_if 0 (local.get 0)))".repeat(100))
                    .repeat(40)
            ),
            "compiling it takes up to",
        ),
        text("blocks that hand on 500 values", plain(&wide(500), format!("{values}{}{}", "(block (type $wide) ".repeat(900),
            ")".repeat(900) + &"drop ".repeat(500))), units),
        text("calls with 500 values", format!("(component (core module {} (import \"\" \"\" (func $f (type $wide))) (func {values} {} {})))",
            wide(500), "(call $f) ".repeat(900), "drop ".repeat(500)), units),
        text("10,001 blocks with branches", plain("", "(block (br_if 0 (local.get 0)))".repeat(10_001)), "branches: the limit is 30000"),
        text("15,001 nested ifs", plain("", "(if (local.get 0) (then ".repeat(15_001) + &"))".repeat(15_001)), "branches"),
        text("15,001 indirect calls", plain("(type $t (func)) (table 1 funcref)", "(call_indirect (type $t) (local.get 0))".repeat(15_001)), "branches"),
        text("15,001 reads of a table", plain("(table 1 funcref)", "(drop (table.get (local.get 0)))".repeat(15_001)), "branches"),
        text("a branch table with 40,000 targets", plain("", format!("(block (br_table {} (local.get 0)))", "0 ".repeat(40_000))), "branches"),
        text("5,001 locals in a function", format!("(component (core module (func (local {}))))", "i32 ".repeat(5_001)), "5001 locals"),
        text("a million locals", format!("(component (core module {}))", format!("(func (local {}))", "i32 ".repeat(5_000)).repeat(201)), "1005000 locals"),
        text("a function of more than a megabyte", plain("", "(drop (i32.const 1000000))".repeat(220_000)), "bytes: the limit is 1048576"),
    ]
    .into_iter()
    .collect()
}
