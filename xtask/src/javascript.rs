//! Cuts a module off from JavaScript.
//!
//! Some crates think that every browserless WASM runs in a browser: `chrono`, which `regorus` brings
//! along, asks JavaScript for the time. A rule has no clock, and nobody to ask.

use std::ops::Range;

use anyhow::{Context as _, ensure};
use wasm_encoder::{Encode as _, RawSection, SectionId};
use wasmparser::{Parser, Payload, TypeRef};

/// What the imports of `wasm-bindgen` and its custom sections begin with.
const BINDGEN: [&str; 2] = ["__wbindgen", "__wasm_bindgen"];

/// A body without locals that does nothing but `unreachable`, preceded by its length.
const TRAP: [u8; 4] = [3, 0x00, 0x00, 0x0b];

/// The module with every import from JavaScript replaced by a function that traps.
///
/// Imported functions are numbered before those of the module. The replacements take their places, so
/// no number changes; that is why a module that imports anything else as well is left alone.
///
/// # Errors
///
/// Fails if the bytes are not a core module.
pub(crate) fn without_javascript(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let Some(types) = imported(module)? else {
        return Ok(module.to_vec());
    };
    let mut cut = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        let raw = match &payload {
            Payload::ImportSection(_) => continue,
            Payload::CustomSection(section) if is_javascript(section.name()) => continue,
            Payload::FunctionSection(section) => {
                let listed: Vec<u8> = types.iter().flat_map(|index| encoded(*index)).collect();
                (SectionId::Function as u8, lengthened(module, section.range(), types.len(), &listed)?)
            }
            Payload::CodeSectionStart { range, .. } => {
                let bodies = TRAP.repeat(types.len());
                (SectionId::Code as u8, lengthened(module, range.clone(), types.len(), &bodies)?)
            }
            other => match other.as_section() {
                Some((id, range)) => {
                    (id, module.get(range).context("a section ends beyond the file")?.to_vec())
                }
                None => continue,
            },
        };
        let (id, data) = raw;
        cut.section(&RawSection { id, data: &data });
    }
    Ok(cut.finish())
}

/// Types of the imported functions, if there are any and all come from JavaScript.
fn imported(module: &[u8]) -> anyhow::Result<Option<Vec<u32>>> {
    let mut types = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::ImportSection(section) = payload? else { continue };
        for import in section.into_imports() {
            let import = import?;
            match import.ty {
                TypeRef::Func(index) if is_javascript(import.module) => types.push(index),
                _ => return Ok(None),
            }
        }
    }
    Ok((!types.is_empty()).then_some(types))
}

/// A section's content with items put before its own.
fn lengthened(module: &[u8], range: Range<usize>, more: usize, items: &[u8]) -> anyhow::Result<Vec<u8>> {
    let content = module.get(range).context("a section ends beyond the file")?;
    let mut reader = wasmparser::BinaryReader::new(content, 0);
    let count = reader.read_var_u32()?;
    let own = content.get(reader.current_position()..).context("a section has no content")?;
    let more = u32::try_from(more)?;
    ensure!(more > 0, "nothing to put into the section");
    let mut longer = encoded(count + more);
    longer.extend_from_slice(items);
    longer.extend_from_slice(own);
    Ok(longer)
}

fn encoded(number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    number.encode(&mut bytes);
    bytes
}

fn is_javascript(name: &str) -> bool {
    BINDGEN.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_becomes_a_trap_and_keeps_its_number() -> anyhow::Result<()> {
        let module = wat::parse_str(
            r#"(module
                (import "__wbindgen_placeholder__" "now" (func $now (param i32) (result f64)))
                (func $two (result i32) i32.const 2)
                (func (export "call") (result f64) (call $now (call $two))))"#,
        )?;
        let cut = without_javascript(&module)?;
        wasmparser::validate(&cut)?;
        let text = wasmprinter::print_bytes(&cut)?;
        assert!(!text.contains("import"), "{text}");
        assert!(text.contains("unreachable"), "{text}");
        assert!(text.contains("call $now"), "{text}");
        Ok(())
    }

    #[test]
    fn other_imports_are_left_for_the_gate_to_refuse() -> anyhow::Result<()> {
        let module = wat::parse_str(r#"(module (import "env" "now" (func)))"#)?;
        assert_eq!(without_javascript(&module)?, module);
        Ok(())
    }
}
