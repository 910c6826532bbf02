//! Too much of something, in few bytes or in many.

use super::Hostile;

const COMPONENT: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
/// Section of a component in a component.
const NESTED: u8 = 4;
/// Section of component types.
const TYPES: u8 = 7;

/// A section: id, length, content.
fn section(id: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![id];
    bytes.extend(leb(content.len()));
    bytes.extend(content);
    bytes
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        bytes.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return bytes;
        }
    }
}

/// Components in each other, made from the inside; backwards, so that nothing is copied twice.
fn nested(depth: usize) -> Vec<u8> {
    let mut backwards: Vec<u8> = COMPONENT.iter().rev().copied().collect();
    for _ in 0..depth {
        let length = leb(backwards.len());
        backwards.extend(length.iter().rev());
        backwards.push(NESTED);
        backwards.extend(COMPONENT.iter().rev());
    }
    backwards.reverse();
    backwards
}

/// Component types in each other, which a parser reads by recursion.
fn nested_types(depth: usize, kind: u8) -> Vec<u8> {
    let mut content = vec![1];
    for _ in 0..depth {
        content.extend([kind, 1, 1]);
    }
    content.extend([kind, 0]);
    [COMPONENT.to_vec(), section(TYPES, &content)].concat()
}

pub(super) fn modules() -> anyhow::Result<Vec<Hostile>> {
    let in_bytes = |name: &str, bytes, expected: &str| Ok(Hostile::new("too much", name, bytes, expected));
    let text = |name: &str, text: String, expected: &str| Hostile::text("too much", name, &text, expected);
    let module = |items: String| format!("(component (core module {items}))");
    let depth = "5 levels of nesting: the limit is 4";
    [
        in_bytes("5 nested components", nested(5), depth),
        in_bytes("2,000 nested components", nested(2_000), depth),
        in_bytes("a megabyte of nested components", nested(90_000), depth),
        in_bytes(
            "9 components in a row",
            [COMPONENT.to_vec(), section(NESTED, &COMPONENT).repeat(9)].concat(),
            "9 components: the limit is 8",
        ),
        in_bytes("100 nested component types", nested_types(100, 0x41), "component types in component types"),
        in_bytes("100 nested instance types", nested_types(100, 0x42), "component types in component types"),
        in_bytes(
            "60 KB of nested component types",
            nested_types(20_000, 0x41),
            "component types in component types",
        ),
        in_bytes(
            "a megabyte of nested component types",
            nested_types(350_000, 0x42),
            "bytes of component types",
        ),
        in_bytes(
            "a section that states four billion types",
            [COMPONENT.to_vec(), section(TYPES, &[0xff, 0xff, 0xff, 0xff, 0x0f])].concat(),
            "component types: the limit is 2000",
        ),
        in_bytes(
            "more bytes than any module",
            vec![0; (32 << 20) + 1],
            "33554433 bytes: the limit is 33554432",
        ),
        text("65 modules", format!("(component {})", "(core module)".repeat(65)), "65 core modules"),
        text(
            "2,001 component types",
            format!("(component {})", "(type (list u8))".repeat(2_001)),
            "component types",
        ),
        text(
            "129 instances",
            format!("(component (core module $m) {})", "(core instance (instantiate $m))".repeat(129)),
            "129 core instances: the limit is 128",
        ),
        text(
            "33 component instances",
            format!("(component (component $c) {})", "(instance (instantiate $c))".repeat(33)),
            "component instances: the limit is 32",
        ),
        text("40,000 functions", module("(func)".repeat(40_000)), "units of work"),
        text("200,001 functions", module("(func)".repeat(200_001)), "200001 functions: the limit is 200000"),
        text("20,001 types", module("(type (func))".repeat(20_001)), "20001 function types"),
        text("20,001 globals", module("(global i32 (i32.const 0))".repeat(20_001)), "20001 globals"),
        text("5,001 element segments", module("(elem func)".repeat(5_001)), "5001 element segments"),
        text(
            "200,001 elements",
            module(format!("(func) (elem func {})", "0 ".repeat(200_001))),
            "table elements",
        ),
        text("15,001 data segments", module("(data \"\")".repeat(15_001)), "15001 data segments"),
        text(
            "20,001 imports",
            module("(import \"\" \"\" (func))".repeat(20_001)),
            "20001 imports of core modules",
        ),
        text("65 tables", module("(table 1 funcref)".repeat(65)), "65 tables: the limit is 64"),
        text("5 memories", module("(memory 1)".repeat(5)), "5 memories: the limit is 4"),
    ]
    .into_iter()
    .collect()
}
