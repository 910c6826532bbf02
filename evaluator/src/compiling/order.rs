//! What a parent asks of its child: on the command line.

use std::env;
use std::num::NonZeroUsize;
use std::process::Command;

use super::{CompileBounds, Purpose};

/// First argument of a child. Nobody else has a use for it, so no help mentions it.
const MARK: &str = "compile-one-component";

/// What a parent asks of its child. The component itself comes over standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) purpose: Purpose,
    pub(super) seconds: u64,
    pub(super) megabytes: u64,
    pub(super) threads: NonZeroUsize,
}

impl Order {
    pub(super) fn new(purpose: Purpose, bounds: &CompileBounds) -> Self {
        let CompileBounds { seconds, megabytes, threads, .. } = *bounds;
        Self { purpose, seconds, megabytes, threads }
    }

    pub(super) fn write(self, command: &mut Command) {
        let purpose = match self.purpose {
            Purpose::Checking => "checking",
            Purpose::Evaluating => "evaluating",
        };
        let [seconds, megabytes] = [self.seconds, self.megabytes].map(|bound| bound.to_string());
        command.args([MARK, purpose, &seconds, &megabytes, &self.threads.to_string()]);
    }

    /// The order, if this process is a child.
    pub(super) fn of_this_process() -> Option<Self> {
        let arguments: Vec<String> =
            env::args_os().skip(1).map_while(|argument| argument.into_string().ok()).collect();
        Self::read(&arguments)
    }

    fn read(arguments: &[String]) -> Option<Self> {
        let [mark, purpose, seconds, megabytes, threads] = arguments else { return None };
        if mark != MARK {
            return None;
        }
        let purpose = match purpose.as_str() {
            "checking" => Purpose::Checking,
            "evaluating" => Purpose::Evaluating,
            _ => return None,
        };
        Some(Self {
            purpose,
            seconds: seconds.parse().ok()?,
            megabytes: megabytes.parse().ok()?,
            threads: threads.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_reads_what_its_parent_wrote_and_nothing_else_is_an_order() {
        for purpose in [Purpose::Checking, Purpose::Evaluating] {
            let order = Order::new(purpose, &CompileBounds::TOOLS);
            let mut command = Command::new("holdfast");
            order.write(&mut command);
            let written: Vec<String> =
                command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
            assert_eq!(Order::read(&written), Some(order));
            assert_eq!(Order::read(&written[1..]), None);
        }
        let other = ["rule", "checking", "1", "1", "1"].map(str::to_owned);
        assert_eq!(Order::read(&other), None);
    }
}
