//! Faults that strike the next matching ARM calls.

use std::collections::BTreeMap;

use axum::http::Method;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fate::Fate;
use super::hold::Holds;

/// A fault as it is asked for. What happens is the first that is given of `operation`, `hold`, `reset`, `hangSeconds`
/// and the answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Any method when absent; several are separated by `|`.
    method: Option<String>,
    /// A regular expression that must match somewhere in the path, without regard to case; any path when absent.
    path: Option<String>,
    /// How many calls it strikes.
    #[serde(default = "once")]
    times: u32,
    /// How many matching calls pass unharmed before.
    #[serde(default)]
    after: u32,
    /// Whether the call takes effect all the same, so that only its answer is lost or late.
    #[serde(default)]
    apply: bool,
    /// The call is answered, but what it started ends otherwise.
    operation: Option<Fate>,
    /// The call waits until this name is released.
    hold: Option<String>,
    /// The connection ends without an answer.
    #[serde(default)]
    reset: bool,
    /// Nothing for this long, then the connection ends.
    hang_seconds: Option<f64>,
    /// Status of the answer.
    #[serde(default = "internal_error")]
    status: u16,
    /// Code of the ARM error in the answer.
    code: Option<String>,
    /// Seconds of the `Retry-After` header.
    retry_after: Option<u64>,
    /// The `Retry-After` header is a date, so many seconds of Azure's time from now.
    retry_after_date: Option<f64>,
    /// Further headers.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Body of the answer: a text is sent as it is, however broken, anything else as JSON; absent, an ARM error is sent.
    body: Option<Value>,
}

fn once() -> u32 {
    1
}

fn internal_error() -> u16 {
    500
}

/// What happens instead of the usual answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Harm {
    Answer(Injected),
    Reset,
    Hang(f64),
    Hold(String),
    Operation(Fate),
}

/// An answer that no provider gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Injected {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) retry_date: Option<f64>,
    pub(crate) body: Option<String>,
}

/// A fault about to happen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub(crate) apply: bool,
    pub(crate) harm: Harm,
}

impl Fault {
    /// The fault in a few words, for the journal.
    pub(crate) fn word(&self) -> String {
        match &self.harm {
            Harm::Answer(injected) => format!("status {}", injected.status),
            Harm::Reset => "reset".to_owned(),
            Harm::Hang(seconds) => format!("hang {seconds}"),
            Harm::Hold(name) => format!("hold {name}"),
            Harm::Operation(fate) => format!("operation {}", fate.word()),
        }
    }
}

impl Wanted {
    fn harm(&self) -> Harm {
        if let Some(fate) = &self.operation {
            return Harm::Operation(fate.clone());
        }
        if let Some(name) = &self.hold {
            return Harm::Hold(name.clone());
        }
        if self.reset {
            return Harm::Reset;
        }
        if let Some(seconds) = self.hang_seconds {
            return Harm::Hang(seconds);
        }
        let retry = self.retry_after.map(|seconds| ("retry-after".to_owned(), seconds.to_string()));
        let body = self.body.as_ref().map(|body| match body {
            Value::String(raw) => raw.clone(),
            other => other.to_string(),
        });
        Harm::Answer(Injected {
            status: self.status,
            code: self.code.clone(),
            headers: self.headers.clone().into_iter().chain(retry).collect(),
            retry_date: self.retry_after_date,
            body,
        })
    }
}

#[derive(Debug)]
struct Armed {
    wanted: Wanted,
    path: Option<Regex>,
}

/// The faults that have not struck yet, and the calls that are held.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
    pub(crate) holds: Holds,
}

impl Faults {
    pub(crate) fn add(&mut self, wanted: Wanted) -> Result<(), String> {
        if !(200..=599).contains(&wanted.status) {
            return Err(format!("'status' is {}, but must lie between 200 and 599", wanted.status));
        }
        if wanted.times == 0 {
            return Err("'times' is 0, but must be at least 1".to_owned());
        }
        let path = wanted.path.as_deref().map(|path| Regex::new(&format!("(?i){path}")));
        let path = path.transpose().map_err(|error| format!("'path' is no regular expression: {error}"))?;
        self.armed.push(Armed { wanted, path });
        Ok(())
    }

    /// The fault that strikes this call, if any.
    pub(crate) fn strike(&mut self, method: &Method, path: &str) -> Option<Fault> {
        let matches =
            |armed: &Armed| {
                armed.wanted.method.as_deref().is_none_or(|wanted| {
                    wanted.split('|').any(|one| one.eq_ignore_ascii_case(method.as_str()))
                }) && armed.path.as_ref().is_none_or(|wanted| wanted.is_match(path))
            };
        let at = self.armed.iter().position(matches)?;
        let armed = self.armed.get_mut(at)?;
        if armed.wanted.after > 0 {
            armed.wanted.after -= 1;
            return None;
        }
        armed.wanted.times = armed.wanted.times.saturating_sub(1);
        let fault = Fault { apply: armed.wanted.apply, harm: armed.wanted.harm() };
        if armed.wanted.times == 0 {
            self.armed.remove(at);
        }
        Some(fault)
    }

    pub(crate) fn shown(&self) -> Value {
        let armed: Vec<&Wanted> = self.armed.iter().map(|armed| &armed.wanted).collect();
        json!({ "armed": armed, "holding": self.holds.shown() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(fault: Value) -> Wanted {
        serde_json::from_value(fault).unwrap()
    }

    #[test]
    fn a_fault_strikes_as_often_as_asked_and_only_where() {
        let mut faults = Faults::default();
        let fault = json!({"status": 429, "retryAfter": 7, "method": "put", "path": "/backupinstances/", "times": 2, "after": 1});
        faults.add(wanted(fault)).unwrap();
        let path = "/subscriptions/s/backupInstances/x";
        assert_eq!(faults.strike(&Method::GET, path), None);
        assert_eq!(faults.strike(&Method::PUT, "/other"), None);
        assert_eq!(faults.strike(&Method::PUT, path), None, "the first passes");
        let headers = vec![("retry-after".into(), "7".into())];
        let harm = Harm::Answer(Injected { status: 429, headers, ..Injected::default() });
        assert_eq!(faults.strike(&Method::PUT, path), Some(Fault { apply: false, harm: harm.clone() }));
        assert_eq!(faults.strike(&Method::PUT, path).map(|fault| fault.harm), Some(harm));
        assert_eq!(faults.strike(&Method::PUT, path), None, "it is used up");
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(
            Faults::default()
                .add(wanted(json!({"reset": true, "path": "("})))
                .unwrap_err()
                .contains("regular expression")
        );
        assert!(Faults::default().add(wanted(json!({"status": 99}))).unwrap_err().contains("99"));
        assert!(Faults::default().add(wanted(json!({"times": 0}))).unwrap_err().contains("at least 1"));
        assert!(
            serde_json::from_value::<Wanted>(json!({"staus": 500}))
                .unwrap_err()
                .to_string()
                .contains("staus")
        );
    }
}
