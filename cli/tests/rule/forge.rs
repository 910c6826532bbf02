//! Rules that no compiler would write, from a few lines of WebAssembly text.

use anyhow::Context as _;
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../evaluator/wit/holdfast-rule.wit");

const SECOND_CONTRACT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../evaluator/wit/1.1.0/holdfast-rule.wit");

/// A rule with this manifest and these bodies; 4096 is an address of zeroes, which read as success.
pub(crate) struct Forged<'a> {
    pub(crate) name: &'a str,
    pub(crate) schema: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) fact: &'a str,
    pub(crate) describe: &'a str,
    pub(crate) evaluate: &'a str,
}

impl Default for Forged<'_> {
    fn default() -> Self {
        Self {
            name: "forged",
            schema: "{}",
            reason: "because",
            fact: "",
            describe: "i32.const 16",
            evaluate: "i32.const 4096",
        }
    }
}

impl Forged<'_> {
    pub(crate) fn component(&self) -> anyhow::Result<Vec<u8>> {
        component(&self.text(false), "rule", &std::fs::read_to_string(CONTRACT)?)
    }

    /// With the manifest of 1.1.0, which names workloads, or without.
    fn text(&self, workloads: bool) -> String {
        let (describe, evaluate) = (self.describe, self.evaluate);
        let texts =
            [(256, self.name), (320, "1.0.0"), (384, self.reason), (448, self.fact), (512, self.schema)];
        let data: String = texts
            .iter()
            .map(|(at, text)| format!("(data (i32.const {at}) \"{}\")", bytes(text.as_bytes())))
            .collect();
        let pair = |at: u32, length: usize| {
            let length = u32::try_from(length).unwrap_or_default();
            bytes(&[at.to_le_bytes(), length.to_le_bytes()].concat())
        };
        // Lists of one text: a pointer to the pair of its pointer and length.
        let lists = format!(
            "(data (i32.const 200) \"{}{}\")",
            pair(384, self.reason.len()),
            pair(448, self.fact.len())
        );
        let mut manifest =
            vec![pair(256, self.name.len()), pair(320, 5), pair(256, self.name.len()), pair(0, 0)];
        if workloads {
            manifest.push(pair(0, 0));
        }
        manifest.push(pair(208, usize::from(!self.fact.is_empty())));
        manifest.push(pair(512, self.schema.len()));
        manifest.push(pair(200, 1));
        format!(
            r#"(module
                (memory (export "memory") 1)
                (global $next (mut i32) (i32.const 8192))
                {data} {lists} (data (i32.const 16) "{}")
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
                    (global.get $next)
                    (global.set $next (i32.add (global.get $next) (local.get 3))))
                (func (export "describe") (result i32) {describe})
                (func (export "configure") (param i32 i32) (result i32) i32.const 4096)
                (func (export "evaluate") (param i32) (result i32) {evaluate}))"#,
            manifest.concat()
        )
    }
}

/// A rule that judges restores, with this finding: 0 abstain, 1 passed, 2 failed, 3 inconclusive.
pub(crate) fn of_restores(finding: u8) -> anyhow::Result<Vec<u8>> {
    let body = format!("(i32.store8 (i32.const 4100) (i32.const {finding})) i32.const 4096");
    let forged = Forged { evaluate: &body, ..Forged::default() };
    let text = forged.text(true).replace("(export \"evaluate\")", "(export \"verify\")");
    component(&text, "verify", &std::fs::read_to_string(SECOND_CONTRACT)?)
}

/// A component that imports a clock, as a rule that was built for WASI would.
pub(crate) fn with_import() -> anyhow::Result<Vec<u8>> {
    Ok(wat::parse_str(
        r#"(component (import "wasi:clocks/wall-clock@0.2.6" (instance (export "now" (func (result u64))))))"#,
    )?)
}

/// A component of a world of its own.
pub(crate) fn of_another_world() -> anyhow::Result<Vec<u8>> {
    let text = r#"(module (func (export "greet") (result i32) i32.const 1))"#;
    component(text, "greeter", "package a:b; world greeter { export greet: func() -> u32; }")
}

fn component(text: &str, world: &str, contract: &str) -> anyhow::Result<Vec<u8>> {
    let mut module = wat::parse_str(text)?;
    let mut resolve = Resolve::default();
    let package = resolve.push_str("contract.wit", contract).context("the contract")?;
    let world = resolve.select_world(&[package], Some(world))?;
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().validate(true).module(&module)?.encode()
}

fn bytes(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}
