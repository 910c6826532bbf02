//! Makes rules that misbehave, from a few lines of WebAssembly text.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::{Resolve, WorldId};

/// Parts of a forged rule that differ from one that always abstains.
#[derive(Clone, Copy)]
pub(crate) struct Forged<'a> {
    /// Pages of memory at start; at least one.
    pub(crate) pages: u32,
    /// Body of `configure`, which gives a pointer to its result.
    pub(crate) configure: &'a str,
    /// Body of `evaluate`, which gives a pointer to its result.
    pub(crate) evaluate: &'a str,
    /// The schema of the settings.
    pub(crate) schema: &'a str,
    /// The version that it states.
    pub(crate) version: &'a str,
    /// The kinds of fact that it declares.
    pub(crate) fact_kinds: &'a [&'a str],
    /// Further items of the module, such as data.
    pub(crate) more: &'a str,
    /// Body of `describe`, which gives a pointer to the manifest.
    pub(crate) describe: &'a str,
    /// What the allocator does first.
    pub(crate) realloc: &'a str,
    /// How it passes text.
    pub(crate) encoding: StringEncoding,
    /// `rule`, or `review`: then the body of `evaluate` is that of `review`.
    pub(crate) world: &'a str,
}

/// Address of zeroes, which read as success: no issues, or an opinion that abstains.
pub(crate) const FINE: &str = "i32.const 4096";

impl Default for Forged<'_> {
    fn default() -> Self {
        Self {
            pages: 1,
            configure: FINE,
            evaluate: FINE,
            schema: "{}",
            version: "1.0.0",
            fact_kinds: &[],
            more: "",
            describe: "i32.const 16",
            realloc: "",
            encoding: StringEncoding::UTF8,
            world: "rule",
        }
    }
}

impl Forged<'_> {
    /// The component.
    pub(crate) fn component(&self) -> anyhow::Result<Vec<u8>> {
        let schema_length = self.schema.len();
        let (pages, configure, evaluate) = (self.pages, self.configure, self.evaluate);
        let schema = escaped(self.schema.as_bytes());
        let kinds: Vec<(usize, &str)> = (2304..).step_by(64).zip(self.fact_kinds.iter().copied()).collect();
        let kind_list: String = kinds.iter().map(|(at, kind)| length(*at) + &length(kind.len())).collect();
        let kind_texts: String =
            kinds.iter().map(|(at, kind)| format!("(data (i32.const {at}) \"{kind}\")\n")).collect();
        let judge = if self.world == "review" { "review" } else { "evaluate" };
        let (more, version) = (self.more, self.version);
        let (describe, realloc) = (self.describe, self.realloc);
        // The manifest lies at 16: name, version, summary, types, fact kinds, schema, reason codes.
        let text = format!(
            r#"(module
                (memory (export "memory") {pages})
                (global $next (mut i32) (i32.const 8192))
                (data (i32.const 256) "forged")
                (data (i32.const 288) "{version}")
                (data (i32.const 2048) "{kind_list}")
                {kind_texts}
                {more}
                (data (i32.const 512) "{schema}")
                (data (i32.const 16) "{at_name}{name}" "{at_version}{version_length}" "{at_name}{name}"
                    "{none}{none}" "{at_kinds}{kind_count}" "{at_schema}{schema_length}" "{none}{none}")
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    {realloc}
                    (global.set $next
                        (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
                    (global.get $next)
                    (global.set $next (i32.add (global.get $next) (local.get 3))))
                (func (export "describe") (result i32) {describe})
                (func (export "configure") (param i32 i32) (result i32) {configure})
                (func $evaluate (export "{judge}") (param i32) (result i32) {evaluate}))"#,
            at_name = length(256),
            name = length(6),
            at_version = length(288),
            version_length = length(self.version.len()),
            at_kinds = length(2048),
            kind_count = length(self.fact_kinds.len()),
            none = length(0),
            at_schema = length(512),
            schema_length = length(schema_length),
        );
        component(&text, &contract(self.world)?, self.encoding)
    }
}

/// The component of this module, for this world.
pub(crate) fn component(
    module: &str,
    (resolve, world): &(Resolve, WorldId),
    encoding: StringEncoding,
) -> anyhow::Result<Vec<u8>> {
    let mut module = wat::parse_str(module)?;
    wit_component::embed_component_metadata(&mut module, resolve, *world, encoding)?;
    ComponentEncoder::default().validate(true).module(&module)?.encode()
}

/// The contract, and this world of it.
pub(crate) fn contract(world: &str) -> anyhow::Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("wit"))?;
    let world = resolve.select_world(&[package], Some(world))?;
    Ok((resolve, world))
}

/// A length or an address, as data.
fn length(number: usize) -> String {
    escaped(&u32::try_from(number).unwrap_or_default().to_le_bytes())
}

/// Bytes, as data.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}
