//! The last net below the compiler: a panic of a library over a module ends as a refusal of that module.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use holdfast_rule_set::Visible;

/// Characters of a panic's message.
const MESSAGE: usize = 300;

thread_local! {
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Does some work; gives the message of the panic that it ends with.
///
/// Nothing is printed of such a panic, since the caller says what it means. Panics of other threads, and of
/// this one outside of the work, are reported as before.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !CAUGHT.with(Cell::get) {
                report(panic);
            }
        }));
    });
    let before = CAUGHT.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    CAUGHT.set(before);
    done.map_err(|panic| Visible::within(message(panic.as_ref()), MESSAGE).to_string())
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[test]
    fn a_panic_is_given_back_and_what_works_is_not_disturbed() {
        assert_eq!(caught(|| panic!("no \u{1b}[2J page")), Err::<(), _>("no \\u{1b}[2J page".to_owned()));
        assert_eq!(caught(|| caught(|| panic!("inner")).is_err()), Ok(true));
        assert_eq!(caught(|| 7), Ok(7));
    }
}
