//! Why precompiled rules are not taken into force.

use std::io;
use std::path::PathBuf;

use holdfast_rule_set::Digest;

use crate::sandbox::CodeError;

/// Why precompiled rules are not taken into force. With a compiler they can be compiled instead.
#[derive(Debug, thiserror::Error)]
pub enum PrecompiledError {
    /// The manifest or its signature cannot be read.
    #[error("could not read {path}; precompile the rule set first")]
    Read {
        /// File.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The signature is not one.
    #[error("{path} is not a signature: {message}; precompile the rule set again")]
    SignatureForm {
        /// File.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The manifest is not signed by the key that is trusted.
    #[error(
        "{path} is not signed by the trusted key {trusted} (its signature names {signer}): native code \
         of an unknown hand is not loaded; precompile the rule set with that key, or trust the other"
    )]
    Signature {
        /// The manifest.
        path: PathBuf,
        /// The key that the caller trusts.
        trusted: String,
        /// The key that the signature names.
        signer: String,
    },
    /// The signature is of the key that is trusted, and of another manifest.
    #[error(
        "{path} is not what the trusted key {trusted} signed: it was changed, or precompiling was broken off \
         before its signature was written; precompile the rule set again"
    )]
    Changed {
        /// The manifest.
        path: PathBuf,
        /// The key that the caller trusts.
        trusted: String,
    },
    /// The manifest is not of the expected form.
    #[error("{path} is not a manifest of precompiled rules: {message}")]
    Form {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The code is for another version of Wasmtime.
    #[error(
        "{path} lists code compiled by Wasmtime {found}, this is {expected}; \
         precompile the rule set with this version of Holdfast"
    )]
    Version {
        /// The manifest.
        path: PathBuf,
        /// This process's.
        expected: &'static str,
        /// The manifest's.
        found: String,
    },
    /// The code is for another machine.
    #[error("{path} lists code for {found}, this machine is {expected}; precompile the rule set for it")]
    Target {
        /// The manifest.
        path: PathBuf,
        /// This process's.
        expected: &'static str,
        /// The manifest's.
        found: String,
    },
    /// The code is compiled with other settings of the compiler.
    #[error("{path} lists code compiled with other engine settings than this version's; precompile again")]
    Compatibility {
        /// The manifest.
        path: PathBuf,
    },
    /// There is no code for this rule.
    #[error(
        "{path} lists no code for module {module} with the settings of rule `{rule}`: it was made for \
         revision {revision} ({made_for}); precompile this rule set"
    )]
    Unlisted {
        /// The manifest.
        path: PathBuf,
        /// Id of the rule.
        rule: String,
        /// The module that the rule set pins.
        module: Digest,
        /// The revision that was precompiled.
        revision: u64,
        /// The rule set that was precompiled.
        made_for: Digest,
    },
    /// The trust policy does not take the module that the code was compiled from.
    #[error("{path}: the code of rule `{rule}` in layer `{layer}` is not trusted: {why}")]
    Trust {
        /// The manifest.
        path: PathBuf,
        /// Id of the rule.
        rule: String,
        /// Its layer.
        layer: String,
        /// In the words of the trust policy.
        why: String,
    },
    /// What the module says of itself breaks the rules for it.
    #[error("{path}: the module of rule `{rule}` is not described as it must be: {}", .issues.join("; "))]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Id of the rule.
        rule: String,
        /// Each says what is wrong.
        issues: Vec<String>,
    },
    /// A file of code is not the one that the manifest lists.
    #[error("rule `{rule}`: its precompiled code is refused")]
    Code {
        /// Id of the rule.
        rule: String,
        /// Cause.
        source: CodeError,
    },
}
