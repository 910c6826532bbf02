//! The least that a rule can cost: one that abstains without looking.

use anyhow::Context as _;
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

use crate::rule::new::CONTRACT;

/// Zeroes at 4096 read as success: no issues, or an opinion that abstains. The manifest lies at 16. Packed answers lie at
/// 4112, their number and then five zeroes for each; where they are said to lie, at 4104.
const TEXT: &str = r#"(module
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 8192))
    (data (i32.const 256) "floor")
    (data (i32.const 264) "0.0.0")
    (data (i32.const 272) "{}")
    (data (i32.const 16)
        "\00\01\00\00\05\00\00\00" "\08\01\00\00\05\00\00\00" "\00\01\00\00\05\00\00\00"
        "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00"
        "\10\01\00\00\02\00\00\00" "\00\00\00\00\00\00\00\00")
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $next (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get 3))))
    (func (export "describe") (result i32) i32.const 16)
    (func (export "configure") (param i32 i32) (result i32) i32.const 4096)
    (func (export "evaluate") (param i32) (result i32) i32.const 4096)
    (func (export "evaluate-packed") (param i32 i32) (result i32)
        (i32.store (i32.const 4112) (i32.load (local.get 0)))
        (i32.store (i32.const 4104) (i32.const 4112))
        (i32.store (i32.const 4108) (i32.add (i32.mul (i32.load (local.get 0)) (i32.const 5)) (i32.const 4)))
        (i32.const 4104)))"#;

/// The component.
///
/// # Errors
///
/// Fails if the contract that is built in cannot be read.
pub(super) fn module() -> anyhow::Result<Vec<u8>> {
    let mut module = wat::parse_str(TEXT)?;
    let mut resolve = Resolve::default();
    let (path, contract) = CONTRACT
        .iter()
        .find(|(path, _)| path.ends_with(".wit") && !path.contains('/'))
        .context("this build carries no rule contract")?;
    let package = resolve.push_str(*path, std::str::from_utf8(contract)?)?;
    let world = resolve.select_world(&[package], Some("packed-rule"))?;
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().validate(true).module(&module)?.encode()
}
