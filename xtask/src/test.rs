//! `cargo xtask test`: everything that CI runs as a test.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, Result, anyhow};

use crate::app::{self, Built};
use crate::run::{ONE_FEATURE_SET, cargo, cargo_program, collect, print, show};
use crate::steps::Steps;
use crate::{Profile, arrows, features, needs, prerequisites, rules};

/// The tests of the whole product: they wait more than they compute, so the others run beside them.
const PRODUCT: &str = "holdfast-tests";

/// The scenarios are one test that plays several at once: it would be the last to begin, and end alone.
const SCENARIOS: &str = "scenarios::";

/// Those in virtual time compute and never wait: they take what those leave that wait by a real clock, and step back a
/// little for them.
const COMPUTING: &str = "faults::";
const STEP_BACK: [&str; 3] = ["nice", "-n", "5"];

/// Threads of the product's other tests: most of their time is spent on clocks and queues, not on a core.
const WAITING: &str = "4";

/// What tests of other crates are told of what has been built for them: the rules, and the example `decide` without a
/// compiler.
const BUILT_RULES: &str = "HOLDFAST_BUILT_RULES";
const BUILT_DECIDE: &str = "HOLDFAST_BUILT_DECIDE";
/// The Azure SDK makes an error of each header that is not there, and walks the stack for each where backtraces are on. A panic
/// still shows its own.
const NO_BACKTRACES: (&str, &str) = ("RUST_LIB_BACKTRACE", "0");
/// Where this program is.
const XTASK: &str = "HOLDFAST_XTASK";

/// Builds what the tests need, then runs them.
pub(crate) fn test(root: &Path, options: &[String]) -> Result<()> {
    let mut steps = Steps::of(if options.is_empty() { 9 } else { 5 });
    let mut of_others = Vec::new();
    if options.is_empty() {
        steps.step("look for what is not installed from here", prerequisites::check)?;
        steps.step("check the arrows between crates", || arrows::check(root))?;
        steps.step("check that nothing is compiled twice", || features::check(root))?;
    }
    let python = {
        let root = root.to_owned();
        thread::spawn(move || Ok::<_, anyhow::Error>((needs::python(&root)?, needs::az(&root)?)))
    };
    steps.step("compile a handler without a compiler", || app::without_compiler(root))?;
    if options.is_empty() {
        let decide = "compile the example `decide` without a compiler";
        of_others.push((BUILT_DECIDE, steps.step(decide, || app::decide_without_compiler(root))?));
        of_others.push((XTASK, std::env::current_exe().context("find this program")?));
    }
    let built = steps.step("compile the command, the handler and the tests", || compile(root, options))?;
    of_others.push((BUILT_RULES, root.join("target/rules")));
    steps.step("build the rules and put the function app together", || {
        rules::build_rules(root, &root.join("target/rules"))?;
        app::package(root, &built, None)
    })?;
    let (python, az) = steps.step("wait for Python's packages, which were installed meanwhile", || {
        python.join().map_err(|_| anyhow!("the installation panicked")).and_then(|installed| installed)
    })?;
    let (python, az) = (python.to_string_lossy(), az.to_string_lossy());
    let environment = [("HOLDFAST_PYTHON", &*python), ("HOLDFAST_AZ", &*az), NO_BACKTRACES];
    steps.step("run the tests", || match options {
        [] => everything(root, &of_others, &environment),
        _ => chosen(root, options, &environment),
    })?;
    steps.close();
    Ok(())
}

fn compile(root: &Path, options: &[String]) -> Result<Built> {
    if options.is_empty() {
        cargo(root, &["test", "--workspace", "--no-run"])?;
        return Ok(Built::found(root, Profile::Dev));
    }
    Built::make(root, Profile::Dev)
}

/// Tests that run beside others; what they print is kept until they have ended.
struct Beside<'a> {
    program: &'a str,
    arguments: Vec<&'a str>,
    environment: &'a [(&'a str, &'a str)],
}

/// The product's tests that wait, and beside them those that compute, the scenarios, and the tests of all other crates.
fn everything(root: &Path, built: &[(&str, PathBuf)], environment: &[(&str, &str)]) -> Result<()> {
    let program = cargo_program();
    let others =
        [&["test", "--workspace", "--exclude", PRODUCT, "--no-fail-fast"][..], &ONE_FEATURE_SET].concat();
    let built: Vec<(&str, Cow<'_, str>)> =
        built.iter().map(|(name, path)| (*name, path.to_string_lossy())).collect();
    let built = built.iter().map(|(name, path)| (*name, &**path));
    let of_others: Vec<(&str, &str)> = environment.iter().copied().chain(built).collect();
    let of_product = [&["test", "--package", PRODUCT][..], &ONE_FEATURE_SET, &["--"]].concat();
    let scenarios = [&of_product[..], &[SCENARIOS]].concat();
    let [nice, how @ ..] = STEP_BACK;
    let computing = [&how[..], &[&*program], &of_product[..], &[COMPUTING]].concat();
    let skipped = ["--skip", SCENARIOS, "--skip", COMPUTING, "--test-threads", WAITING];
    let waiting = [&of_product[..], &skipped].concat();
    let beside = [
        Beside { program: &program, arguments: others, environment: &of_others },
        Beside { program: &program, arguments: scenarios, environment },
        Beside { program: nice, arguments: computing, environment },
    ];
    thread::scope(|scope| {
        let running = beside.each_ref().map(|tests| {
            (tests, scope.spawn(move || collect(root, tests.program, &tests.arguments, tests.environment)))
        });
        let waiting = show(root, &program, &waiting, environment);
        let ended = running.map(|(tests, running)| {
            let output = running.join().map_err(|_| anyhow!("the tests could not be run"))??;
            print(&output, tests.program, &tests.arguments)
        });
        ended.into_iter().chain([waiting]).collect()
    })
}

fn chosen(root: &Path, options: &[String], environment: &[(&str, &str)]) -> Result<()> {
    let mut arguments = vec!["test"];
    // A filter behind `--` goes to the test programs; what cargo is told comes before it.
    let (before, after) =
        options.split_at(options.iter().position(|option| option == "--").unwrap_or(options.len()));
    arguments.extend(before.iter().map(String::as_str));
    if before.iter().any(|option| option.starts_with("-p") || option.starts_with("--package")) {
        arguments.extend(ONE_FEATURE_SET);
    }
    arguments.extend(after.iter().map(String::as_str));
    show(root, &cargo_program(), &arguments, environment).context("see the failed tests above")
}
