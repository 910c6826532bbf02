//! A random core module of wasm-smith, as a rule: it has every shape that the specification allows, of which our own
//! generator knows few.

use arbitrary::Unstructured;
use wasm_smith::{Config, InstructionKind, InstructionKinds, MemoryOffsetChoices, Module};
use wit_component::{ComponentEncoder, StringEncoding};

use crate::forge;

use super::doors::{Doors, Inside};

/// More pages are not put back but made again.
const MOST_PAGES: u64 = 4;
const PAGE: u64 = 65_536;
/// Loops and calls in one instance before it traps; so few that no stack overflows, whose depth is not a promise.
const STEPS: u32 = 100;

/// Bytes that depend on the seed alone (SplitMix64).
fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend((word ^ (word >> 31)).to_le_bytes());
    }
    bytes
}

/// Every fourth module may also write tables, keep passive segments and hold vectors in globals.
fn config(seed: u64) -> Config {
    use InstructionKind::{Control, Memory, Numeric, Parametric, Table, Variable, VectorInt};
    let wild = seed % 4 == 3;
    let mut kinds = vec![Control, Memory, Numeric, Parametric, Variable];
    if wild {
        kinds.extend([Table, VectorInt]);
    }
    Config {
        allowed_instructions: InstructionKinds::new(&kinds),
        allow_start_export: false,
        bulk_memory_enabled: wild,
        disallow_traps: true,
        exceptions_enabled: false,
        // Computed offsets burn fuel when an instance is made, of which a reset knows nothing: made again.
        extended_const_enabled: true,
        gc_enabled: false,
        max_data_segments: 6,
        max_exports: 0,
        max_funcs: 6,
        min_funcs: 3,
        max_globals: 6,
        min_globals: 2,
        max_imports: 0,
        max_instructions: 60,
        min_memories: 1,
        max_memory32_bytes: MOST_PAGES * PAGE,
        max_table_elements: 1_000,
        max_tags: 0,
        memory64_enabled: false,
        memory_offset_choices: MemoryOffsetChoices(60, 35, 5),
        // With them come references that the gate refuses.
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        simd_enabled: wild,
        threads_enabled: false,
        ..Config::default()
    }
}

/// The rule of this seed; `None` where chance made a module without end, or one that no rule can be.
pub(super) fn rule(seed: u64, doors: Doors) -> anyhow::Result<Option<Vec<u8>>> {
    let random = bytes(seed, 4096);
    let mut module = Module::new(config(seed), &mut Unstructured::new(&random))?;
    module.ensure_termination(STEPS)?;
    let text = wasmprinter::print_bytes(module.to_bytes())?;
    let Some(text) = with_memory(&text) else { return Ok(None) };
    let inside = Inside::of(&wat::parse_str(&text)?)?;
    let Some(open) = text.trim_end().strip_suffix(')') else { return Ok(None) };
    component(wat::parse_str(format!("{open}\n{})", doors.text(&inside)))?).map(Some)
}

/// The same with at least one page of memory, which the doors need.
fn with_memory(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.trim_start().starts_with("(memory (;0;)"))?;
    let mut numbers =
        line.split_whitespace().filter_map(|word| word.trim_end_matches(')').parse::<u64>().ok());
    let pages = numbers.next()?.max(1);
    let limit = numbers.next().map(|most| most.max(pages).to_string()).unwrap_or_default();
    Some(text.replacen(line, &format!("(memory (;0;) {pages} {limit})"), 1))
}

fn component(mut module: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let (resolve, world) = forge::contract("packed-rule")?;
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().validate(true).module(&module)?.encode()
}
