//! Why a module is not admitted.

use holdfast_rule_set::Visible;

/// Characters of the parser's message, which may quote a name.
const MESSAGE: usize = 500;
/// Names that a message lists, and characters of each.
const LISTED: usize = 8;
pub(super) const NAME: usize = 100;
/// What the names begin with that the host itself gives to parts of a module.
pub(super) const HOST_PREFIX: &str = "holdfast:";
/// What the names begin with that toolchains make out of the contract's.
pub(super) const CONTRACT_PREFIX: &str = "holdfast:rule/";

/// Why a module is not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// It is too large.
    #[error("it has {found} bytes: the limit is {limit}")]
    Size {
        /// Bytes.
        limit: usize,
        /// Bytes.
        found: usize,
    },
    /// It is not WebAssembly, or not valid.
    #[error("it is not a valid component: {0}")]
    Invalid(String),
    /// It uses a proposal that rules may not use.
    #[error(
        "it uses a WebAssembly proposal that is off for rules: {0}; build it without threads and shared \
         memory, garbage collection, exceptions, typed function references, 64-bit memory, several memories \
         and relaxed vector instructions"
    )]
    Proposal(String),
    /// It exports something that is not of the contract.
    #[error(
        "it exports {}, which the world `{world}` of holdfast:rule does not have; build it without",
        listed(.found)
    )]
    Foreign {
        /// The nearest world.
        world: &'static str,
        /// What it exports beside it.
        found: Vec<String>,
    },
    /// A core module in it uses a name of the host's.
    #[error("a core module in it exports `{0}`; names that begin with `{HOST_PREFIX}` are for the host")]
    HostName(String),
    /// It is a core module.
    #[error("it is a core module, not a component; turn it into one with `wasm-tools component new`")]
    CoreModule,
    /// It imports something.
    #[error(
        "it imports {}; a rule is told everything in its request and imports nothing \
         (build it for wasm32-unknown-unknown, or with WASI stubbed out)", listed(.0)
    )]
    Imports(Vec<String>),
    /// It lacks an export of the contract.
    #[error(
        "it exports {}, not the world `{}` of holdfast:rule; missing: {}",
        listed(.found), .world, listed(.missing)
    )]
    World {
        /// The nearest world.
        world: &'static str,
        /// What it exports.
        found: Vec<String>,
        /// What it lacks.
        missing: Vec<String>,
    },
    /// It is two kinds of rule at once.
    #[error(
        "it exports both `{0}` and `{1}`; a module judges resources, operations or restores, only one of them"
    )]
    TwoWorlds(&'static str, &'static str),
    /// Its text is not UTF-8.
    #[error("it passes text as {0}; only UTF-8 is admitted")]
    Encoding(&'static str),
    /// It uses resources, threads or asynchronous functions.
    #[error("it uses {0}, which no rule needs")]
    Feature(&'static str),
    /// It is made of components that call each other, as `wac` composes them.
    #[error(
        "it is composed of components that call each other; a rule is one component, so link the code before"
    )]
    Composed,
    /// A function is too large, or would take the compiler too long.
    #[error("a function in it has {found} {what}: the limit is {limit}; split the function")]
    Function {
        /// Such as `locals`.
        what: &'static str,
        /// Number.
        limit: u64,
        /// Number.
        found: u64,
    },
    /// All functions together would take the compiler too long.
    #[error(
        "compiling it takes up to {found} units of work: the limit for its size is {limit}; \
         use fewer local variables in functions with many branches"
    )]
    Work {
        /// Units.
        limit: u64,
        /// Units.
        found: u64,
    },
    /// It has too many of something.
    #[error("it has {found} {what}: the limit is {limit}")]
    Count {
        /// Such as `core modules`.
        what: &'static str,
        /// Number.
        limit: u32,
        /// Number.
        found: u32,
    },
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` takes")]
pub(super) fn invalid(error: wasmparser::BinaryReaderError) -> GateError {
    GateError::Invalid(shown(&error))
}

pub(super) fn shown(error: &wasmparser::BinaryReaderError) -> String {
    Visible::within(&error.to_string(), MESSAGE).to_string()
}

fn listed(names: &[String]) -> String {
    let shown: Vec<String> =
        names.iter().take(LISTED).map(|name| Visible::within(name, NAME).to_string()).collect();
    match names.len().saturating_sub(LISTED) {
        _ if names.is_empty() => "nothing".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
