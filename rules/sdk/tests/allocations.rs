//! What an opinion costs the allocator: counted, since time depends on the machine.

#![expect(unsafe_code, reason = "an allocator hands out raw memory")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use holdfast_rule_sdk::{Opinion, Rule as _, Text, owned};
use holdfast_rule_select::{Select, Settings};

#[global_allocator]
static COUNTING: Counting = Counting;

/// The system's allocator, which counts for each thread.
struct Counting;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system's own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.set(TAKEN.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        TAKEN.set(TAKEN.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(block, layout, new_size) }
    }
}

fn allocations<T>(make: impl FnOnce() -> T) -> usize {
    let before = TAKEN.get();
    let made = make();
    let taken = TAKEN.get() - before;
    drop(made);
    taken
}

/// A disk with ten tags.
fn disk(tags: &[(&str, &str)]) -> owned::Request {
    let others = (0..8).map(|number| (format!("cost-centre-{number}"), format!("value-{number}")));
    let tags = others.chain(tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let target = owned::AzResource {
        type_: "Microsoft.Compute/disks".into(),
        location: "westeurope".into(),
        tags: tags.map(|(name, value)| owned::Tag { name, value }).collect(),
        ..owned::AzResource::default()
    };
    owned::Request { target, event_time: "2026-01-01T00:00:00Z".into(), ..owned::Request::default() }
}

#[test]
fn select_takes_three_allocations_at_most() -> anyhow::Result<()> {
    let settings: Settings = serde_json::from_str(
        r#"{
            "exclude": [
                { "kind": "opted-out", "tags": { "backup": ["off"] } },
                { "kind": "ephemeral", "tags": { "lifetime": ["ephemeral"] } }
            ],
            "protect": [{
                "types": ["Microsoft.Compute/disks"],
                "locations": ["westeurope"],
                "tags": { "env": ["prod", "staging"] }
            }]
        }"#,
    )?;
    for (tags, most) in [
        (vec![("env", "prod")], 3),
        (vec![("env", "test")], 3),
        (vec![("Lifetime", "ephemeral"), ("env", "prod")], 3),
        (vec![], 3),
    ] {
        let request = disk(&tags);
        let taken = allocations(|| Select::evaluate(&settings, &request.view()));
        assert!(taken <= most, "{tags:?}: {taken} allocations");
    }
    Ok(())
}

#[test]
fn a_constant_reason_takes_only_the_list_that_it_is_in() {
    const MESSAGE: &str = "a message that is known when the rule is compiled, and far too long to be short";
    let taken =
        allocations(|| Opinion::abstain().because("a-reason-code-of-some-length", Text::constant(MESSAGE)));
    assert_eq!(taken, 1);
}
