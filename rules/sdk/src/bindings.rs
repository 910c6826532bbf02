//! Types and exports generated from the WIT package: the contract itself, never edited by hand.

#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::allow_attributes_without_reason,
    reason = "generated from evaluator/wit, where each item is documented"
)]

wit_bindgen::generate!({
    path: "../../evaluator/wit/1.1.0",
    world: "packed-rule",
    pub_export_macro: true,
    additional_derives: [PartialEq],
    generate_unused_types: true,
});
