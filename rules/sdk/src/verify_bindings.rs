//! Exports of the world `verify`, generated from the WIT package; its types are those of `bindings`.

#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::allow_attributes_without_reason,
    reason = "generated from evaluator/wit, where each item is documented"
)]

wit_bindgen::generate!({
    path: "../../evaluator/wit/1.1.0",
    world: "verify",
    pub_export_macro: true,
    with: { "holdfast:rule/types@1.1.0": crate::bindings::holdfast::rule::types },
});
