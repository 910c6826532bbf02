//! What compiling one module may take.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Bytes that a megabyte has in these bounds.
pub(super) const MEGABYTE: u64 = 1 << 20;

/// Several times what the largest real guests (JavaScript, 12 MB, and Python, 18 MB) take with an unoptimised host:
/// up to about 40 s for each of their two compilations.
const SECONDS: u64 = 120;

/// How much longer than its processor time a child may take on a machine that has other work.
const TIME_LIMIT: u64 = 5;
/// The least that a child is given, since starting and reading may have to wait as well.
const LEAST_TIME_LIMIT: u64 = 600;

/// What compiling one module may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileBounds {
    /// Seconds of processor time.
    pub seconds: u64,
    /// Megabytes of address space, the executable among them.
    pub megabytes: u64,
    /// Megabytes of native code.
    pub code_megabytes: u64,
    /// Modules that are compiled at the same time; what others wait for.
    pub at_once: NonZeroUsize,
    /// Threads that compile the functions of one module.
    pub threads: NonZeroUsize,
}

/// A bound in the environment that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is `{found}`; set it to a whole number of at least 1, or not at all")]
pub struct BadBound {
    /// The variable.
    pub name: &'static str,
    /// Its value.
    pub found: String,
}

impl CompileBounds {
    /// On a developer's machine or a build agent: two at a time leave a machine with 8 GB usable.
    pub const TOOLS: Self = Self {
        seconds: SECONDS,
        megabytes: 3072,
        code_megabytes: 512,
        at_once: NonZeroUsize::MIN.saturating_add(1),
        threads: NonZeroUsize::MIN.saturating_add(3),
    };

    /// Beside a handler that serves: half of an instance with 2 GB and one processor. A smaller instance ends the
    /// child before the handler, and needs precompiled rules.
    pub const HANDLER: Self = Self {
        seconds: SECONDS,
        megabytes: 1024,
        code_megabytes: 256,
        at_once: NonZeroUsize::MIN,
        threads: NonZeroUsize::MIN,
    };

    /// These, but for what HOLDFAST_COMPILE_SECONDS and HOLDFAST_COMPILE_MEGABYTES say.
    ///
    /// # Errors
    ///
    /// One of them is not a number that can be a bound.
    pub fn or_set(self, variable: impl Fn(&str) -> Option<String>) -> Result<Self, BadBound> {
        let number = |name: &'static str, default: u64| match variable(name) {
            None => Ok(default),
            Some(found) => match found.trim().parse::<u32>() {
                Ok(number) if number > 0 => Ok(number.into()),
                Ok(_) | Err(_) => Err(BadBound { name, found }),
            },
        };
        Ok(Self {
            seconds: number("HOLDFAST_COMPILE_SECONDS", self.seconds)?,
            megabytes: number("HOLDFAST_COMPILE_MEGABYTES", self.megabytes)?,
            ..self
        })
    }

    /// When the parent gives up.
    pub(super) fn deadline(&self) -> Duration {
        Duration::from_secs(self.seconds.saturating_mul(TIME_LIMIT).max(LEAST_TIME_LIMIT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_a_number_of_at_least_one() {
        let set = |value: &'static str| {
            CompileBounds::TOOLS
                .or_set(move |name| (name == "HOLDFAST_COMPILE_SECONDS").then(|| value.to_owned()))
        };
        assert_eq!(set(" 7 "), Ok(CompileBounds { seconds: 7, ..CompileBounds::TOOLS }));
        for bad in ["", "0", "-1", "1.5", "5000000000", "ten"] {
            let error = set(bad).unwrap_err();
            assert_eq!((error.name, error.found.as_str()), ("HOLDFAST_COMPILE_SECONDS", bad));
        }
        assert_eq!(CompileBounds::HANDLER.or_set(|_| None), Ok(CompileBounds::HANDLER));
    }
}
