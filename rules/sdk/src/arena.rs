//! The allocator of a rule: what the linker left free in the first pages of memory.
//!
//! An instance lives for one call, so freed memory needs little bookkeeping: the newest block is given
//! back or resized in place, and when everything is freed that was taken since the last [`mark`], so is
//! the room it took. Memory grows solely for requests that outgrow those pages, since growing and
//! shrinking back costs the host two system calls per evaluation.

#![expect(unsafe_code, reason = "an allocator hands out raw memory; a rule is single-threaded by contract")]

use core::arch::wasm32::{memory_grow, memory_size};
use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;

const PAGE_BYTES: usize = 64 * 1024;

#[global_allocator]
static ARENA: Arena = Arena { free: UnsafeCell::new(Free { next: 0, end: 0, mark: 0, live: 0 }) };

unsafe extern "C" {
    /// Where stack and data end; placed by the linker.
    static __heap_base: u8;
}

struct Arena {
    free: UnsafeCell<Free>,
}

/// The unused rest of the current region; all zero before the first use.
struct Free {
    next: usize,
    end: usize,
    /// Where blocks begin that count as live.
    mark: usize,
    /// Blocks behind the mark that are in use.
    live: usize,
}

/// From here on: when all that is taken is given back, it is free again.
pub(crate) fn mark() {
    // SAFETY: the only reference within this call.
    let free = unsafe { ARENA.free() };
    free.mark = free.next;
    free.live = 0;
}

// SAFETY: rules are built for wasm32 without threads, so nothing runs at the same time.
unsafe impl Sync for Arena {}

impl Arena {
    /// SAFETY: the caller must not hold another reference to `free`.
    #[expect(
        clippy::mut_from_ref,
        reason = "the allocator interface is shared, and rules are single-threaded"
    )]
    unsafe fn free(&self) -> &mut Free {
        // SAFETY: single-threaded, and no caller keeps the reference beyond its own call.
        let free = unsafe { &mut *self.free.get() };
        if free.end == 0 {
            free.next = (&raw const __heap_base) as usize;
            free.mark = usize::MAX;
            free.end = memory_size::<0>() * PAGE_BYTES;
        }
        free
    }
}

impl Free {
    fn take(&mut self, layout: Layout) -> Option<usize> {
        // An alignment is a power of two, and addresses stay far below the end of the address space.
        let start = self.next.wrapping_add(layout.align() - 1) & !(layout.align() - 1);
        let end = start.checked_add(layout.size())?;
        if end > self.end {
            return None;
        }
        self.next = end;
        self.live += usize::from(start >= self.mark);
        Some(start)
    }

    fn give_back(&mut self, start: usize, size: usize) {
        if start + size == self.next {
            self.next = start;
        }
        if start >= self.mark {
            self.live -= 1;
            if self.live == 0 {
                self.next = self.mark;
            }
        }
    }

    /// Adds pages for a block that does not fit, and moves on to them if they do not adjoin.
    fn grow(&mut self, layout: Layout) -> Option<()> {
        let bytes = layout.size().checked_add(layout.align())?;
        let pages = bytes.div_ceil(PAGE_BYTES);
        let before = memory_grow::<0>(pages);
        if before == usize::MAX {
            return None;
        }
        let start = before.checked_mul(PAGE_BYTES)?;
        if start != self.end {
            self.next = start;
            // The gap is not ours: nothing before it may be handed out again.
            self.mark = start;
            self.live = 0;
        }
        self.end = start.checked_add(pages.checked_mul(PAGE_BYTES)?)?;
        Some(())
    }
}

// SAFETY: blocks are aligned, disjoint, and stay valid until they are given back.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the only reference within this call.
        let free = unsafe { self.free() };
        let block = free.take(layout).or_else(|| {
            free.grow(layout)?;
            free.take(layout)
        });
        block.map_or(std::ptr::null_mut(), |address| address as *mut u8)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the only reference within this call.
        unsafe { self.free() }.give_back(block as usize, layout.size());
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the reference ends before `alloc` takes its own.
        let free = unsafe { self.free() };
        let start = block as usize;
        let is_newest = start + layout.size() == free.next;
        if is_newest && start.checked_add(new_size).is_some_and(|end| end <= free.end) {
            free.next = start + new_size;
            // An older block has grown over the mark, so nothing behind it was in use.
            if start < free.mark && free.next > free.mark {
                free.mark = free.next;
                free.live = 0;
            }
            return block;
        }
        if new_size <= layout.size() {
            return block;
        }
        // SAFETY: `new_size` is valid for this alignment by this function's own contract.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(new_size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both blocks are at least this long and do not overlap.
            unsafe { std::ptr::copy_nonoverlapping(block, new, layout.size()) };
            // SAFETY: the only reference within this call.
            unsafe { self.free() }.give_back(start, layout.size());
        }
        new
    }
}
