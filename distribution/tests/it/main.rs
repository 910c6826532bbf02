//! Distribution against real counterparts: Debian's docker-registry, the oras client, Azurite, and
//! a bundle that the public sigstore instance signed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a failed step fails the test, and a skipped test says so"
)]

mod azure_registry;
#[path = "../../../azure/tests/it/azurite.rs"]
mod azurite;
mod behind_https;
mod blob;
mod counter;
mod docker_registry;
mod fetch;
mod gate;
mod idle;
mod interop;
#[path = "../../../azure/tests/it/npm.rs"]
mod npm;
mod oci;
mod openssl;
#[expect(dead_code, reason = "Azurite alone asks it here, for nothing but whether it may be skipped")]
#[path = "../../../azure/src/reference.rs"]
mod reference;
mod referrers;
mod sign_in;
mod sigstore;
mod tampered;
mod trust;
