//! Modules that are not rules, and such as the sandbox could not run.

use wit_component::StringEncoding;

use crate::forge::Forged;

use super::Hostile;

/// A component that calls another inside itself, as `wac` composes them; the text goes through an adapter.
fn composed(kind: &str) -> String {
    format!(
        r#"(component
            (component $inner
                (core module $m
                    (memory (export "memory") 1)
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
                    (func (export "f") (param i32 i32)))
                (core instance $i (instantiate $m))
                (func (export "f") (param "text" {kind})
                    (canon lift (core func $i "f") (memory $i "memory") (realloc (func $i "realloc")))))
            (instance $inner (instantiate $inner))
            (core module $libc
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
            (core instance $libc (instantiate $libc))
            (core func $lowered (canon lower (func $inner "f")
                (memory $libc "memory") (realloc (func $libc "realloc")))))"#
    )
}

pub(super) fn modules() -> anyhow::Result<Vec<Hostile>> {
    let text = |class, name: &str, text: &str, expected: &str| Hostile::text(class, name, text, expected);
    let forged = |class, name: &str, forged: Forged<'_>, expected: &str| {
        anyhow::Ok(Hostile::new(class, name, forged.component()?, expected))
    };
    let calls = "composed of components that call each other";
    [
        text("composed", "components that pass text", &composed("string"), calls),
        text("composed", "components that pass lists", &composed("(list u8)"), calls),
        text(
            "composed",
            "a component that calls itself through a shim",
            r#"(component
                (component $inner
                    (core module $m (func (export "f")))
                    (core instance $i (instantiate $m))
                    (func (export "f") (canon lift (core func $i "f"))))
                (instance $inner (instantiate $inner))
                (core func (canon lower (func $inner "f"))))"#,
            calls,
        ),
        text("no rule", "an empty component", "(component)", "missing: describe, configure, evaluate"),
        text("no rule", "a core module", "(module)", "core module"),
        anyhow::Ok(Hostile::new(
            "no rule",
            "garbage",
            b"\0asm and then something else".to_vec(),
            "not a valid component",
        )),
        anyhow::Ok(Hostile::new("no rule", "nothing at all", Vec::new(), "not a valid component")),
        text(
            "imports",
            "a clock",
            r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance)))"#,
            "it imports `wasi:clocks",
        ),
        text(
            "imports",
            "a function",
            r#"(component (import "now" (func (result u64))))"#,
            "it imports `now`",
        ),
        text(
            "imports",
            "65 functions",
            &format!(
                "(component {})",
                (0..65).map(|number| format!(r#"(import "f{number}" (func))"#)).collect::<String>()
            ),
            "65 imports",
        ),
        text(
            "imports",
            "60 functions, which are not all listed",
            &format!(
                "(component {})",
                (0..60).map(|number| format!(r#"(import "f{number}" (func))"#)).collect::<String>()
            ),
            "and 52 more",
        ),
        text(
            "imports",
            "a name of 90,000 characters",
            &format!(r#"(component (import "{}" (func)))"#, "a".repeat(90_000)),
            "characters more)",
        ),
        text("features", "a resource", "(component (type (resource (rep i32))))", "resources"),
        text(
            "features",
            "a start function",
            r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (start $f))"#,
            "rule",
        ),
        forged(
            "features",
            "text in UTF-16",
            Forged { encoding: StringEncoding::UTF16, ..Forged::default() },
            "UTF-16",
        ),
        forged(
            "features",
            "text in Latin-1",
            Forged { encoding: StringEncoding::CompactUTF16, ..Forged::default() },
            "Latin-1",
        ),
        forged(
            "at the start",
            "a memory that is too large",
            Forged { pages: 1000, ..Forged::default() },
            "bytes of memory",
        ),
        forged(
            "at the start",
            "a table that is too large",
            Forged { more: "(table 4000000 funcref)", ..Forged::default() },
            "table elements",
        ),
        forged(
            "at the start",
            "an endless start",
            Forged { more: "(func $s (loop (br 0))) (start $s)", ..Forged::default() },
            "ran out of fuel",
        ),
        forged(
            "in describe",
            "an endless loop",
            Forged { describe: "(loop (br 0)) unreachable", ..Forged::default() },
            "ran out of fuel",
        ),
        forged("in describe", "a trap", Forged { describe: "unreachable", ..Forged::default() }, "trapped"),
        forged(
            "in describe",
            "an answer nowhere",
            Forged { describe: "i32.const -16", ..Forged::default() },
            "could not be read",
        ),
        forged(
            "in configure",
            "an endless loop",
            Forged { configure: "(loop (br 0)) unreachable", ..Forged::default() },
            "ran out of fuel",
        ),
        forged("in configure", "a trap", Forged { configure: "unreachable", ..Forged::default() }, "trapped"),
        forged(
            "in configure",
            "an allocator that gives nothing",
            Forged { realloc: "(return (i32.const -16))", ..Forged::default() },
            "beyond end",
        ),
    ]
    .into_iter()
    .collect()
}
