//! The text of a random core module with one memory and the doors of a rule: it changes its state in each evaluation,
//! where modules of wasm-smith hardly ever write memory.
//!
//! What is random is what state is made of: memory and its size, globals of every type of number, calls through
//! a table. Every fourth module also does what no reset can follow, and must be made again.

use crate::forge;

/// Numbers that depend on the seed alone (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let most = u64::try_from(choices.len()).unwrap_or(1).max(1);
        let chosen = usize::try_from(self.below(most)).unwrap_or_default();
        choices.get(chosen).copied().unwrap_or_default()
    }
}

const TYPES: [&str; 4] = ["i32", "i64", "f32", "f64"];
/// A place for whatever is written; the rest of memory belongs to the doors.
const ROOM: u64 = 0x3fff;

struct Writer {
    random: Random,
    /// Types of the globals, by their indexes.
    globals: Vec<&'static str>,
    /// The function that is being written; it calls only those before it, so that all end.
    function: u64,
    /// Whether the memory has a maximum.
    limited: bool,
    wild: bool,
}

impl Writer {
    fn address(&mut self, depth: u32) -> String {
        format!("(i32.and {} (i32.const {ROOM}))", self.value("i32", depth))
    }

    /// An expression of this type.
    fn value(&mut self, of: &str, depth: u32) -> String {
        if depth == 0 {
            return match self.random.below(3) {
                0 if of == "i32" => format!("(local.get {})", self.random.below(3)),
                1 => match self.global(of) {
                    Some(index) => format!("(global.get {index})"),
                    None => format!("({of}.const {})", self.random.below(1000)),
                },
                _ => format!("({of}.const {})", self.random.below(1 << 20)),
            };
        }
        let depth = depth - 1;
        let whole = of.starts_with('i');
        match self.random.below(8) {
            0 => format!("({of}.load {})", self.address(depth)),
            1 if whole => {
                // Never by zero, nor the one quotient that does not fit.
                let operator = self.random.one_of(&["div_u", "rem_u"]);
                let divisor = format!("({of}.or {} ({of}.const 1))", self.value(of, depth));
                format!("({of}.{operator} {} {divisor})", self.value(of, depth))
            }
            2 if of == "i32" => "(memory.size)".to_owned(),
            3 if of == "i32" && self.function > 0 => {
                let called = self.random.below(self.function);
                format!("(call $f{called} {} {})", self.value("i32", depth), self.value("i32", depth))
            }
            4 if of == "i32" && self.function > 0 => format!(
                "(call_indirect $t (type $f) {} {} (i32.const {}))",
                self.value("i32", depth),
                self.value("i32", depth),
                self.random.below(self.function)
            ),
            5 if !whole => {
                let operator = self.random.one_of(&["sqrt", "abs", "neg", "ceil", "nearest"]);
                format!("({of}.{operator} {})", self.value(of, depth))
            }
            6 if of == "i32" => {
                // In vain, where there is a maximum; rarely not, since that ends an instance.
                let pages: &[&str] =
                    if self.limited { &["0", "100", "100"] } else { &["0", "0", "0", "0", "1"] };
                format!("(memory.grow (i32.const {}))", self.random.one_of(pages))
            }
            _ => {
                let operators: &[&str] = if whole {
                    &["add", "sub", "mul", "and", "or", "xor", "shl", "shr_u", "rotl"]
                } else {
                    &["add", "sub", "mul", "div", "min", "max", "copysign"]
                };
                let operator = self.random.one_of(operators);
                format!("({of}.{operator} {} {})", self.value(of, depth), self.value(of, depth))
            }
        }
    }

    fn global(&mut self, of: &str) -> Option<usize> {
        let fitting: Vec<usize> =
            self.globals.iter().enumerate().filter(|(_, found)| **found == of).map(|(at, _)| at).collect();
        let chosen = usize::try_from(self.random.next()).ok()? % fitting.len().max(1);
        fitting.get(chosen).copied()
    }

    fn statement(&mut self, depth: u32) -> String {
        let of = self.random.one_of(&TYPES);
        match self.random.below(if self.wild { 10 } else { 7 }) {
            0 | 1 => format!("({of}.store {} {})", self.address(depth), self.value(of, depth)),
            2 | 3 => match self.global(of) {
                Some(index) => format!("(global.set {index} {})", self.value(of, depth)),
                None => format!("(drop {})", self.value(of, depth)),
            },
            4 => format!("(local.set 2 {})", self.value("i32", depth)),
            5 => format!(
                "(if {} (then {}) (else {}))",
                self.value("i32", depth),
                self.nested(depth),
                self.nested(depth)
            ),
            6 => format!(
                "(memory.fill {} {} (i32.const {}))",
                self.address(depth),
                self.value("i32", depth),
                self.random.below(200)
            ),
            7 => "(table.set $t (i32.const 7) (ref.func $f0))".to_owned(),
            8 => "(memory.init $passive (i32.const 64) (i32.const 0) (i32.const 0)) (data.drop $passive)"
                .to_owned(),
            _ => "(table.fill $t (i32.const 6) (ref.null func) (i32.const 2))".to_owned(),
        }
    }

    fn nested(&mut self, depth: u32) -> String {
        if depth == 0 { "(nop)".to_owned() } else { self.statement(depth - 1) }
    }
}

/// The module of this seed.
pub(super) fn text(seed: u64) -> String {
    let mut random = Random(seed);
    let functions = 2 + random.below(3);
    let globals: Vec<&str> = (0..2 + random.below(5)).map(|_| random.one_of(&TYPES)).collect();
    let pages = 1 + random.below(3);
    let maximum =
        if random.below(2) == 0 { String::new() } else { (pages + 3 + random.below(3)).to_string() };
    let data: String = (0..48).map(|_| forge::escaped(&random.next().to_le_bytes())).collect();
    let limited = !maximum.is_empty();
    let mut writer = Writer { random, globals, function: 0, limited, wild: seed % 4 == 3 };
    let declared: String = writer
        .globals
        .clone()
        .iter()
        .map(|of| format!("(global (mut {of}) ({of}.const {}))\n", writer.random.below(100)))
        .collect();
    let (mut bodies, mut calls) = (String::new(), String::new());
    for function in 0..functions {
        writer.function = function;
        let statements: Vec<String> = (0..3 + writer.random.below(5)).map(|_| writer.statement(3)).collect();
        let result = writer.value("i32", 2);
        bodies +=
            &format!("(func $f{function} (type $f) (local i32) {} {result})\n", statements.join("\n    "));
        let (one, other) = (writer.random.below(1 << 16), writer.random.below(1 << 16));
        calls += &format!(
            "(drop (call $f{function} (i32.add (local.get 1) (i32.const {one})) (i32.const {other})))"
        );
    }
    let names: String = (0..functions).map(|function| format!(" $f{function}")).collect();
    let passive = if writer.wild { "(data $passive \"left\")" } else { "" };
    format!(
        "(module (type $f (func (param i32 i32) (result i32)))
        (memory (export \"memory\") {pages} {maximum})
        {declared}
        (table $t 8 8 funcref) (elem (i32.const 0) func{names})
        (data (i32.const 128) \"{data}\") {passive}
        {bodies}
        {})",
        doors(&calls)
    )
}

/// The doors. Before anything else, memory is summed up and so many rounds are made: whatever an evaluation
/// left behind shows in the fuel of the next.
fn doors(calls: &str) -> String {
    let length = |number: u32| forge::escaped(&number.to_le_bytes());
    let nothing = length(0).repeat(2);
    format!(
        r#"(global $forged_next (mut i32) (i32.const 49152))
        (data (i32.const 40000) "random" "1.0.0" "{{}}")
        (data (i32.const 40960) "{name}{six}" "{version}{five}" "{name}{six}" "{nothing}{nothing}"
            "{schema}{two}" "{nothing}")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (global.set $forged_next
                (i32.and (i32.add (global.get $forged_next) (i32.const 15)) (i32.const -16)))
            (global.get $forged_next)
            (global.set $forged_next (i32.add (global.get $forged_next) (local.get 3))))
        (func (export "describe") (result i32) i32.const 40960)
        (func (export "configure") (param i32 i32) (result i32) i32.const 41472)
        (func (export "evaluate") (param i32) (result i32)
            (drop (call $evaluate_packed (local.get 0) (i32.const 300))) i32.const 41472)
        (func $evaluate_packed (export "evaluate-packed") (param i32 i32) (result i32) (local $sum i32) (local $at i32)
            (loop $summing
                (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load (local.get $at))))
                (local.set $at (i32.add (local.get $at) (i32.const 4)))
                (br_if $summing (i32.lt_u (local.get $at) (i32.const 49152))))
            (local.set $sum (i32.and (local.get $sum) (i32.const 0xfff)))
            (loop $showing
                (local.set $sum (i32.sub (local.get $sum) (i32.const 1)))
                (br_if $showing (i32.ge_s (local.get $sum) (i32.const 0))))
            {calls}
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
