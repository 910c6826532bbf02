//! Modules that describe themselves as no rule may.

use crate::forge::Forged;

use super::Hostile;

pub(super) fn modules() -> anyhow::Result<Vec<Hostile>> {
    let forged = |name: &str, forged: Forged<'_>, expected: &str| {
        anyhow::Ok(Hostile::new("manifest", name, forged.component()?, expected))
    };
    let version = |version| Forged { version, ..Forged::default() };
    let named = |more| Forged { more, ..Forged::default() };
    // The name and the summary are the six bytes at 256.
    let name = "the name `";
    [
        forged("no version", version(""), "the version `` is not a semantic version"),
        forged("a version of two numbers", version("1.2"), "the version `1.2`"),
        forged("a version with a zero before", version("1.02.3"), "the version `1.02.3`"),
        forged("a version in words", version("newest"), "the version `newest`"),
        forged("a version with an escape", version("1.0.0\\1b[2J"), "the version `"),
        forged("a name in capitals", named(r#"(data (i32.const 256) "FORGED")"#), name),
        forged("a name with an escape", named(r#"(data (i32.const 256) "\1b[31mx")"#), "\\u{1b}[31mx"),
        forged("a name with a bidi override", named(r#"(data (i32.const 256) "a\e2\80\aebc")"#), "a\\u{202e}bc"),
        forged("a name with a title sequence", named(r#"(data (i32.const 256) "\1b]0;x\07")"#), "\\u{1b}]0;x\\u{7}"),
        forged("a name with nothing in it", named(r#"(data (i32.const 256) "\00\00\00\00\00\00")"#), "\\u{0}"),
        forged("a summary of 600,000 bytes", Forged {
            pages: 20,
            // The length of the summary lies at 16 + 2 * 8 + 4.
            describe: "(memory.fill (i32.const 65536) (i32.const 65) (i32.const 600000))
                (i32.store (i32.const 32) (i32.const 65536)) (i32.store (i32.const 36) (i32.const 600000)) i32.const 16",
            ..Forged::default()
        }, "the summary has 600000 characters: the limit is 500"),
        forged("a name of 600,000 bytes", Forged {
            pages: 20,
            describe: "(memory.fill (i32.const 65536) (i32.const 65) (i32.const 600000))
                (i32.store (i32.const 16) (i32.const 65536)) (i32.store (i32.const 20) (i32.const 600000)) i32.const 16",
            ..Forged::default()
        }, "characters more)"),
        forged("a schema of 300,000 bytes", Forged {
            pages: 20,
            describe: "(memory.fill (i32.const 65536) (i32.const 32) (i32.const 300000))
                (i32.store (i32.const 56) (i32.const 65536)) (i32.store (i32.const 60) (i32.const 300000)) i32.const 16",
            ..Forged::default()
        }, "300000 bytes: the limit is 262144"),
        forged("facts that nobody has", Forged { fact_kinds: &["weather"], ..Forged::default() }, "`weather`"),
        forged("a schema that is none", Forged { schema: "[]", ..Forged::default() }, "no usable JSON Schema"),
    ]
    .into_iter()
    .collect()
}
