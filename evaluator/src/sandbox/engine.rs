//! How Wasmtime is set up.

use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy};

use super::gate::{self, Shape};
use super::limits::Limits;

/// Memory that is zeroed in place between evaluations instead of being given back to the kernel,
/// so that a small rule's fresh instance costs no system call.
const KEEP_RESIDENT: usize = 1 << 20;

/// An engine for checking and configuring modules: quick to compile, nothing reserved.
pub(super) fn workshop() -> wasmtime::Result<Engine> {
    let mut config = config();
    config.cranelift_opt_level(OptLevel::None);
    Engine::new(&config)
}

/// An engine for evaluating modules of these shapes, one at a time.
///
/// Every module keeps a slot of its own, so that its memory image stays mapped. Where the address
/// space for the pool cannot be had, instances are made on demand: slower, otherwise the same.
pub(super) fn evaluating(shapes: &[Shape]) -> wasmtime::Result<Engine> {
    let mut pooled = config();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(shapes)));
    Engine::new(&pooled).or_else(|_| Engine::new(&config()))
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
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
    let sum = |count: fn(&Shape) -> u32| shapes.iter().map(count).sum::<u32>().max(1);
    let memories = sum(|shape| shape.memories);
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(1)
        .total_core_instances(gate::CORE_INSTANCES)
        .total_memories(memories)
        .total_tables(sum(|shape| shape.tables))
        .max_core_instances_per_component(gate::CORE_INSTANCES)
        .max_memories_per_component(gate::MEMORIES)
        .max_tables_per_component(gate::TABLES)
        .max_memory_size(Limits::default().memory_bytes)
        .max_unused_warm_slots(memories)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT);
    pool
}
