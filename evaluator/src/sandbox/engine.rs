//! How Wasmtime is set up.

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};
#[cfg(feature = "compiler")]
use wasmtime::{OptLevel, Strategy};

use super::guard::TABLE_ELEMENTS;
use super::limits::Limits;
use super::shape::{self, Shape};

/// Memory that is zeroed in place between evaluations instead of being given back to the kernel,
/// so that a small rule's fresh instance costs no system call.
const KEEP_RESIDENT: usize = 1 << 20;

/// The same where an interpreter's memory is among them: the kernel is asked which pages were touched, and only
/// those are put back. Python touches about a megabyte, and what is not kept is copied anew at its next touch.
const KEEP_RESIDENT_SPARSE: usize = 4 << 20;

/// Version of Wasmtime, on which fuel figures and precompiled code depend; a test holds it against the
/// lock file.
pub(crate) const WASMTIME: &str = "48.0.8";

/// What precompiled code is made for. Naming a target keeps the features of the compiling processor out.
#[cfg(target_arch = "x86_64")]
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";
/// What precompiled code is made for. Naming a target keeps the features of the compiling processor out.
#[cfg(target_arch = "aarch64")]
pub(crate) const TARGET: &str = "aarch64-unknown-linux-gnu";

/// An engine for checking and configuring modules: quick to compile, nothing reserved.
#[cfg(feature = "compiler")]
pub(super) fn workshop() -> wasmtime::Result<Engine> {
    let mut config = config();
    config.cranelift_opt_level(OptLevel::None);
    Engine::new(&config)
}

/// An engine that compiles for [`TARGET`] what [`evaluating`] engines of other processes load.
#[cfg(feature = "compiler")]
pub(crate) fn publishing() -> wasmtime::Result<Engine> {
    let mut config = config();
    config.target(TARGET)?;
    Engine::new(&config)
}

/// An engine for evaluating modules of these shapes, one at a time.
///
/// Every module keeps a slot of its own, so that its memory image stays mapped, and another for an
/// instance that stands. Where the address space for the pool cannot be had, instances are made on
/// demand: slower, otherwise the same.
pub(super) fn evaluating(shapes: &[Shape]) -> wasmtime::Result<Engine> {
    let mut pooled = config();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(shapes)));
    Engine::new(&pooled).or_else(|_| Engine::new(&config()))
}

fn config() -> Config {
    let mut config = Config::new();
    #[cfg(feature = "compiler")]
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true);
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .concurrency_support(false)
        .generate_address_map(false)
        .wasm_backtrace_max_frames(None)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_relaxed_simd(false);
    config
}

fn pool(shapes: &[Shape]) -> PoolingAllocationConfig {
    let sum = |count: fn(&Shape) -> u32| shapes.iter().map(count).sum::<u32>().max(1).saturating_mul(2);
    let standing = u32::try_from(shapes.len()).unwrap_or(u32::MAX);
    let memories = sum(|shape| shape.memories);
    let sparse = shapes.iter().any(|shape| shape.sparse) && touched_pages_are_told();
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(1)
        .total_core_instances(shape::CORE_INSTANCES.saturating_add(standing))
        .total_memories(memories)
        .total_tables(sum(|shape| shape.tables))
        .max_core_instances_per_component(shape::CORE_INSTANCES)
        .max_memories_per_component(shape::MEMORIES)
        .max_tables_per_component(shape::TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(Limits::default().memory_bytes)
        .max_unused_warm_slots(memories)
        .linear_memory_keep_resident(if sparse { KEEP_RESIDENT_SPARSE } else { KEEP_RESIDENT })
        .pagemap_scan(if sparse { Enabled::Yes } else { Enabled::No })
        .table_keep_resident(KEEP_RESIDENT);
    pool
}

/// Whether the kernel tells which pages were touched, and tells all of them.
///
/// What it has swapped out, this version of Wasmtime takes for untouched, and one evaluation could see what another
/// wrote (wasmtime#14357). So nothing is asked where there is anything to swap to.
fn touched_pages_are_told() -> bool {
    PoolingAllocationConfig::is_pagemap_scan_available()
        && std::fs::read_to_string("/proc/swaps").is_ok_and(|swaps| swaps.lines().count() == 1)
}
