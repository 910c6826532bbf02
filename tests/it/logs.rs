//! The handler's log: each line says by itself what happened to what, and where that is not as it should be, what to do next.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

/// Has the handler write its log as JSON.
pub(crate) const SETTING: [&str; 2] = ["HOLDFAST_LOG_FORMAT", "json"];

/// What nobody may read in a log: the account's key, signatures, tokens and the secret of webhooks.
const SECRETS: [&str; 6] = ["Eby8vdM02x", "sig=", "Bearer ", "AccountKey", "whsec_", "\"password"];

/// Crates whose lines are the handler's.
const CRATES: [&str; 8] =
    ["functions", "azure", "protection", "distribution", "notify", "outlets", "export", "evaluator"];

/// The lines that handlers of this process wrote.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// Listens from now on to what the Functions host stand-in passes on.
    pub(crate) fn begin() -> Self {
        let log = Self::default();
        // Where somebody else listens already, this log stays empty, and `judge` says so.
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(log.clone()));
        log
    }

    /// Holds every line to the law.
    pub(crate) fn judge(&self) -> Result<()> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ensure!(lines.len() > 50, "only {} lines were logged", lines.len());
        let (mut wrong, mut words) = (String::new(), BTreeMap::new());
        for line in lines.iter() {
            if let Err(error) = judge(line, &mut words) {
                writeln!(wrong, "{error:#}\n    {line}")?;
            }
        }
        for (word, count) in &words {
            println!("{count:>5}  {word}");
        }
        ensure!(wrong.is_empty(), "{wrong}");
        Ok(())
    }
}

fn judge(line: &str, words: &mut BTreeMap<String, usize>) -> Result<()> {
    let entry: Value = serde_json::from_str(line).context("it is not a JSON object")?;
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    let message = text("message");
    ensure!(!text("time").is_empty() && message.len() > 3, "it lacks a time or a message");
    *words.entry(format!("{} {}", text("level"), message)).or_default() += 1;
    for secret in SECRETS {
        ensure!(!line.contains(secret), "it holds a secret: `{secret}`");
    }
    for (name, value) in entry.as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        ensure!(!value.contains(['\n', '\r']), "`{name}` has several lines");
        for form in ["Some(", "Ok(", "Err(", "None,", " { "] {
            ensure!(!value.contains(form), "`{name}` is in the form of a debugger: `{form}`");
        }
    }
    let own = ["time", "level", "message"];
    let has_subject = entry.as_object().is_some_and(|all| all.keys().any(|name| !own.contains(&&**name)));
    let names_one = message.split_whitespace().count() > 2;
    ensure!(has_subject || names_one, "it does not say what it is about");
    Ok(())
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "Host.Function.Console" {
            let mut line = Message::default();
            event.record(&mut line);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
        }
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

/// A line as the source has it.
struct Written {
    place: String,
    level: String,
    call: String,
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Every call of `tracing::info!`, `warn!` and `error!` in a text.
fn calls(file: &str, text: &str) -> Vec<Written> {
    let mut found = Vec::new();
    for level in ["info", "warn", "error"] {
        let opening = format!("tracing::{level}!(");
        for (at, _) in text.match_indices(&opening) {
            let rest = text.get(at + opening.len()..).unwrap_or_default();
            let mut depth = 1_usize;
            let mut quoted = false;
            let end = rest.char_indices().find(|(_, character)| {
                match character {
                    '"' => quoted = !quoted,
                    '(' if !quoted => depth += 1,
                    ')' if !quoted => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            let call = end.and_then(|(end, _)| rest.get(..end)).unwrap_or(rest).to_owned();
            let line = text.get(..at).unwrap_or_default().lines().count();
            found.push(Written { place: format!("{file}:{line}"), level: level.to_owned(), call });
        }
    }
    found
}

/// What is wrong with a line as it is written.
fn fault(written: &Written) -> Option<&'static str> {
    let Written { level, call, .. } = written;
    let (fields, message) = call.split_once('"').map_or((call.as_str(), ""), |(fields, rest)| {
        (fields, rest.rsplit_once('"').map_or(rest, |(message, _)| message))
    });
    if fields.contains('?') || message.contains(":?}") {
        return Some("a value is written in the form of a debugger");
    }
    // A text that was made elsewhere is judged where it is made, and in the scenarios.
    if message.starts_with('{') && message.ends_with('}') {
        return None;
    }
    if message.split_whitespace().count() < 2 {
        return Some("its message says nothing by itself");
    }
    // Two parts: what happened, and what follows or is to be done.
    let has_next = ["; ", ", and ", ", which ", ", because "].iter().any(|word| message.contains(word));
    (level != "info" && !has_next).then_some("it does not say what follows, or what to do")
}

#[test]
fn every_line_of_the_log_says_what_happened_and_what_follows() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for name in CRATES {
        sources(&root.join(name).join("src"), &mut files)?;
    }
    let (mut seen, mut wrong) = (0, String::new());
    for path in files {
        let name = path.strip_prefix(&root)?.to_string_lossy().into_owned();
        for written in calls(&name, &std::fs::read_to_string(&path)?) {
            seen += 1;
            if let Some(fault) = fault(&written) {
                writeln!(wrong, "{}: {fault}: {}", written.place, written.call.trim())?;
            }
        }
    }
    ensure!(seen > 40, "only {seen} lines were found");
    ensure!(wrong.is_empty(), "{wrong}");
    Ok(())
}

#[test]
fn a_line_that_cannot_be_read_alone_is_found() -> Result<()> {
    for (text, is_good) in [
        (r#"tracing::info!(resource = %id, "work on the resource ended");"#, true),
        (r#"tracing::info!(resource = %id, "ended");"#, false),
        (r#"tracing::info!(rules = ?set, "a rule set is in force");"#, false),
        (r#"tracing::warn!("the cache could not be cleared: {error:?}; the next run tries again");"#, false),
        (r#"tracing::warn!("the cache could not be cleared");"#, false),
        (r#"tracing::warn!("the cache could not be cleared; the next run tries again");"#, true),
        (r#"tracing::error!("{error:#}");"#, true),
    ] {
        let calls = calls("planted.rs", text);
        ensure!(calls.len() == 1 && fault(&calls[0]).is_none() == is_good, "{text}");
    }
    let mut words = BTreeMap::new();
    for (line, is_good) in [
        (r#"{"time":"t","level":"INFO","message":"work on the resource ended","resource":"d"}"#, true),
        (r#"{"time":"t","level":"INFO","message":"ended"}"#, false),
        (r#"{"time":"t","level":"INFO","message":"asked Azure","url":"https://a/b?sig=x"}"#, false),
        (r#"{"time":"t","level":"INFO","message":"asked Azure","next":"Some(3)"}"#, false),
        (r#"{"time":"t","level":"INFO","message":"asked Azure","text":"a\nb"}"#, false),
        ("thread 'main' panicked", false),
    ] {
        ensure!(judge(line, &mut words).is_ok() == is_good, "{line}");
    }
    Ok(())
}
