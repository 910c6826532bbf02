//! The bound that fetching, the gate and the tools share.

/// Bytes of the largest module that the gate admits: JavaScript and Python rules have 12 to 18 MB.
pub const LARGEST_MODULE: usize = 32 << 20;
