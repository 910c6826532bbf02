//! The doors of a rule, for a random module: they call all its functions, and make what is left behind visible.

use std::fmt::Write as _;

use wasmparser::{FuncType, Parser, Payload, ValType};

use crate::forge;

/// What the door for requests does.
#[derive(Clone, Copy)]
pub(super) enum Doors {
    /// First sums up memory and globals and makes so many rounds: whatever an evaluation left behind shows in the
    /// fuel of the next.
    ShowState,
    /// Traps unless the module's functions change memory or globals.
    TrapUnlessChanged,
}

/// What a module has that doors use.
pub(super) struct Inside {
    functions: Vec<FuncType>,
    globals: Vec<ValType>,
}

impl Inside {
    pub(super) fn of(module: &[u8]) -> anyhow::Result<Self> {
        let (mut types, mut functions, mut globals) = (Vec::new(), Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(section) => {
                    types = section.into_iter_err_on_gc_types().collect::<Result<Vec<_>, _>>()?;
                }
                Payload::FunctionSection(section) => {
                    for index in section {
                        let function: Option<&FuncType> = types.get(usize::try_from(index?)?);
                        functions.extend(function.cloned());
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        globals.push(global?.ty.content_type);
                    }
                }
                _ => {}
            }
        }
        Ok(Self { functions, globals })
    }

    /// Calls of all functions with arguments that depend on the length of the request.
    fn calls(&self) -> String {
        let mut calls = String::new();
        for (index, function) in self.functions.iter().enumerate() {
            for (number, parameter) in function.params().iter().enumerate() {
                let given = index * 7001 + number * 303 + 1;
                let _ = match parameter {
                    ValType::I32 => write!(calls, "(i32.add (local.get 1) (i32.const {given}))"),
                    ValType::V128 => write!(calls, "(v128.const i32x4 {given} 0 0 1)"),
                    ValType::Ref(_) => write!(calls, "(ref.null func)"),
                    number => write!(calls, "({number}.const {given})"),
                };
            }
            let _ = writeln!(calls, "(call {index}) {}", "(drop) ".repeat(function.results().len()));
        }
        calls
    }

    /// All globals in one number.
    fn globals(&self) -> String {
        self.globals.iter().enumerate().fold("(i32.const 1)".to_owned(), |sum, (index, of)| {
            let value = format!("(global.get {index})");
            let value = match of {
                ValType::I32 => value,
                ValType::I64 => folded(&value),
                ValType::F32 => format!("(i32.reinterpret_f32 {value})"),
                ValType::F64 => folded(&format!("(i64.reinterpret_f64 {value})")),
                ValType::V128 => format!("(i32x4.extract_lane 0 {value})"),
                ValType::Ref(_) => format!("(ref.is_null {value})"),
            };
            format!("(i32.add (i32.mul {sum} (i32.const 31)) {value})")
        })
    }
}

/// Both halves of 64 bits.
fn folded(value: &str) -> String {
    format!("(i32.add (i32.wrap_i64 {value}) (i32.wrap_i64 (i64.shr_u {value} (i64.const 32))))")
}

impl Doors {
    /// The fields of the module.
    pub(super) fn text(self, inside: &Inside) -> String {
        let (calls, globals) = (inside.calls(), inside.globals());
        let judged = match self {
            Self::ShowState => format!(
                "(local.set $sum (i32.add (call $smith_memory) {globals}))
                (local.set $sum (i32.and (local.get $sum) (i32.const 0xfff)))
                (loop $showing
                    (local.set $sum (i32.sub (local.get $sum) (i32.const 1)))
                    (br_if $showing (i32.ge_s (local.get $sum) (i32.const 0))))
                {calls}"
            ),
            Self::TrapUnlessChanged => format!(
                "(local.set $sum (i32.add (call $smith_memory) {globals}))
                {calls}
                (if (i32.eq (i32.add (call $smith_memory) {globals}) (local.get $sum)) (then unreachable))"
            ),
        };
        fields(&judged)
    }
}

fn fields(judged: &str) -> String {
    let length = |number: u32| forge::escaped(&number.to_le_bytes());
    let nothing = length(0).repeat(2);
    format!(
        r#"(export "memory" (memory 0))
        (global $forged_next (mut i32) (i32.const 49152))
        (data (i32.const 40000) "random" "1.0.0" "{{}}")
        (data (i32.const 40960) "{name}{six}" "{version}{five}" "{name}{six}" "{nothing}{nothing}"
            "{schema}{two}" "{nothing}")
        (data (i32.const 41472) "{nothing}{nothing}{nothing}")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (global.set $forged_next
                (i32.and (i32.add (global.get $forged_next) (i32.const 15)) (i32.const -16)))
            (global.get $forged_next)
            (global.set $forged_next (i32.add (global.get $forged_next) (local.get 3))))
        (func $smith_memory (result i32) (local $sum i32) (local $at i32)
            (loop $summing
                (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load (local.get $at))))
                (local.set $at (i32.add (local.get $at) (i32.const 4)))
                (br_if $summing (i32.lt_u (local.get $at) (i32.shl (memory.size) (i32.const 16)))))
            (local.get $sum))
        (func (export "describe") (result i32) i32.const 40960)
        (func (export "configure") (param i32 i32) (result i32) i32.const 41472)
        (func (export "evaluate") (param i32) (result i32) i32.const 41472)
        (func (export "evaluate-packed") (param i32 i32) (result i32) (local $sum i32)
            {judged}
            (i64.store (i32.const 45056) (i64.const 1)) (i64.store8 (i32.const 45064) (i64.const 0))
            (i32.store (i32.const 45072) (i32.const 45056)) (i32.store (i32.const 45076) (i32.const 9))
            i32.const 45072)"#,
        name = length(40_000),
        six = length(6),
        version = length(40_006),
        five = length(5),
        schema = length(40_011),
        two = length(2),
    )
}
