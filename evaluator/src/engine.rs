//! How Wasmtime is set up, and what a module may use of it.

#[cfg(feature = "compiler")]
mod calm;
#[cfg(feature = "compiler")]
mod compatibility;
mod features;
mod freshness;
pub(crate) mod fuel;
mod limits;
pub(crate) mod shape;
#[cfg(feature = "compiler")]
mod threads;
mod world;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, WasmFeatures};
#[cfg(feature = "compiler")]
use wasmtime::{OptLevel, Strategy};

pub use freshness::Freshness;
pub use limits::Limits;
pub use world::World;

#[cfg(feature = "compiler")]
pub(crate) use calm::caught;
#[cfg(feature = "compiler")]
pub(crate) use compatibility::compatibility;
pub(crate) use features::engine_features;
#[cfg(feature = "compiler")]
pub(crate) use features::features;
pub(crate) use freshness::{Reuse, Swaps};
pub(crate) use limits::TABLE_ELEMENTS;
pub(crate) use shape::{Needs, Shape};
#[cfg(all(feature = "compiler", target_os = "linux"))]
pub(crate) use threads::compile_on_one_thread;

/// Memory that is zeroed in place between evaluations instead of being given back to the kernel,
/// so that a small rule's fresh instance costs no system call.
const KEEP_RESIDENT: usize = 1 << 20;

/// The same where an interpreter's memory is among them: the kernel is asked which pages were touched, and only
/// those are put back. Python touches about a megabyte, and what is not kept is copied again at its next touch.
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
pub(crate) fn checking() -> wasmtime::Result<Engine> {
    let mut config = config();
    config.cranelift_opt_level(OptLevel::None);
    Engine::new(&config)
}

/// An engine that compiles for [`TARGET`] what [`evaluating`] engines of other processes load.
#[cfg(feature = "compiler")]
pub(crate) fn publishing() -> wasmtime::Result<Engine> {
    Engine::new(&portable()?)
}

/// An engine that evaluates.
pub(crate) struct Evaluating {
    pub(crate) engine: Engine,
    /// Whether the kernel is asked which pages an evaluation has touched.
    pub(crate) asks_kernel: bool,
    /// What is slower than it should be, and what to do about it.
    pub(crate) notice: Option<String>,
}

/// An engine for evaluating modules of these shapes, one at a time.
///
/// Every module keeps slots of its own, so that its memory image stays mapped, and others for an instance that is put
/// back: of its core module or of its component, by the door that is cheapest. Where the address space for the pool
/// cannot be had, instances are made on demand: slower, otherwise the same.
///
/// It compiles what precompiled code is: for [`TARGET`]. For the processor at hand, frames of the stack would
/// have other sizes, and endless recursion would end elsewhere, at another amount of fuel.
pub(crate) fn evaluating(needs: &[Needs], reuse: Reuse) -> wasmtime::Result<Evaluating> {
    let asks_kernel = reuse == Reuse::TouchedPages && needs.iter().any(|needs| needs.shape.sparse);
    let mut pooled = portable()?;
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(needs, reuse, asks_kernel)));
    match Engine::new(&pooled) {
        Ok(engine) => Ok(Evaluating { engine, asks_kernel, notice: None }),
        Err(error) => {
            let engine = Engine::new(&portable()?)?;
            let notice = format!(
                "instances of rules are made on demand, which is several times slower: no address space for a \
                 pool of them could be had ({error:#}); raise the limit on virtual memory (`ulimit -v`) or \
                 bind fewer rules"
            );
            Ok(Evaluating { engine, asks_kernel: false, notice: Some(notice) })
        }
    }
}

#[cfg(feature = "compiler")]
fn portable() -> wasmtime::Result<Config> {
    let mut config = config();
    config.target(TARGET)?;
    Ok(config)
}

/// Nothing is compiled here.
#[cfg(not(feature = "compiler"))]
#[expect(clippy::unnecessary_wraps, reason = "the signature of the same with a compiler")]
fn portable() -> wasmtime::Result<Config> {
    Ok(config())
}

fn config() -> Config {
    let mut config = Config::new();
    #[cfg(feature = "compiler")]
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .parallel_compilation(threads::in_parallel());
    config
        .consume_fuel(true)
        .operator_cost(fuel::costs())
        .epoch_interruption(true)
        .concurrency_support(false)
        .generate_address_map(false)
        .wasm_backtrace_max_frames(None)
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(engine_features(), true);
    config
}

fn pool(needs: &[Needs], reuse: Reuse, asks_kernel: bool) -> PoolingAllocationConfig {
    // A law asks one rule through all doors, each with an instance that stays.
    let sum = |count: fn(&Needs) -> u32, of_law: u32| {
        needs.iter().map(count).fold(of_law.max(1), u32::saturating_add)
    };
    let put_back = u32::try_from(needs.len()).unwrap_or(u32::MAX).saturating_add(1);
    let memories = sum(Needs::memories, shape::MEMORIES_OF_MODULE);
    let tables = sum(Needs::tables, needs.iter().map(|needs| needs.shape.tables).max().unwrap_or_default());
    let (memory_kept, table_kept) = match reuse {
        Reuse::Nothing => (0, 0),
        Reuse::TouchedPages if asks_kernel => (KEEP_RESIDENT_SPARSE, KEEP_RESIDENT),
        Reuse::TouchedPages | Reuse::WholePages => (KEEP_RESIDENT, KEEP_RESIDENT),
    };
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(put_back.saturating_add(1))
        .total_core_instances(shape::CORE_INSTANCES.saturating_add(put_back))
        .total_memories(memories)
        .total_tables(tables)
        .max_core_instances_per_component(shape::CORE_INSTANCES)
        .max_memories_per_component(shape::MEMORIES)
        .max_memories_per_module(shape::MEMORIES_OF_MODULE)
        .max_tables_per_component(shape::TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(Limits::default().memory_bytes)
        .max_unused_warm_slots(memories)
        .linear_memory_keep_resident(memory_kept)
        .pagemap_scan(if asks_kernel { Enabled::Yes } else { Enabled::No })
        .table_keep_resident(table_kept);
    pool
}

#[cfg(all(test, feature = "compiler"))]
mod tests {
    use super::*;

    #[test]
    fn without_address_space_for_a_pool_it_says_so() -> anyhow::Result<()> {
        let shape = Shape { memories: shape::MEMORIES, ..Shape::default() };
        let needs = Needs { shape, is_put_back: true };
        let ample = evaluating(&[needs], Reuse::WholePages)?;
        assert_eq!(ample.notice, None);
        // Each memory reserves 4 GB: these want more than a processor can address.
        let scarce = evaluating(&vec![needs; 10_000], Reuse::WholePages)?;
        let notice = scarce.notice.unwrap_or_default();
        assert!(notice.contains("made on demand") && notice.contains("ulimit -v"), "{notice}");
        Ok(())
    }

    #[test]
    fn code_is_the_same_on_one_thread_and_on_many() -> anyhow::Result<()> {
        let function = |number| format!("(func (export \"f{number}\") (result i32) i32.const {number})");
        let functions: String = (0..64).map(function).collect();
        let module =
            format!("(component (core module $many {functions}) (core instance (instantiate $many)))");
        let component = wat::parse_str(module)?;
        let compiled = |parallel: bool| -> anyhow::Result<Vec<u8>> {
            let mut config = config();
            config.parallel_compilation(parallel);
            Ok(Engine::new(&config)?.precompile_component(&component)?)
        };
        assert_eq!(compiled(true)?, compiled(false)?);
        Ok(())
    }
}
