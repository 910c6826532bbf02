//! `function.json`: one function's bindings, checked as the host checks them.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use thiserror::Error;

use super::binding::{
    AuthLevel, EventGridTrigger, HttpTrigger, Output, QueueOutput, QueueTrigger, TimerTrigger, Trigger,
};
use super::retry::RawRetry;
use super::{Cron, Function, FunctionName, Route, Settings};

/// A function that cannot run; the others do.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("function {function}: {problem}")]
pub struct FunctionError {
    /// The function's folder.
    pub function: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    disabled: bool,
    script_file: Option<String>,
    bindings: Vec<RawBinding>,
    retry: Option<RawRetry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBinding {
    r#type: String,
    name: Option<String>,
    direction: Option<String>,
    queue_name: Option<String>,
    connection: Option<String>,
    schedule: Option<String>,
    run_on_startup: Option<bool>,
    use_monitor: Option<bool>,
    auth_level: Option<String>,
    methods: Option<Vec<String>>,
    route: Option<String>,
    cardinality: Option<String>,
    data_type: Option<String>,
}

enum Binding {
    Trigger(Trigger),
    Output(Output),
}

/// The function in the folder; `None` if it is disabled.
pub(crate) fn load(folder: &Path, settings: &Settings) -> Result<Option<Function>, FunctionError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = fs::read_to_string(folder.join("function.json")).map_err(|error| error.to_string());
    let function = text.and_then(|text| read(&name, &text, folder, settings));
    function.map_err(|problem| FunctionError { function: name, problem })
}

fn read(name: &str, text: &str, folder: &Path, settings: &Settings) -> Result<Option<Function>, String> {
    let name = FunctionName::parse(name).ok_or(
        "the name must begin with a letter and hold letters, digits, _ and - only, and not be \"host\"",
    )?;
    let file: File = serde_json::from_str(text).map_err(|error| format!("function.json: {error}"))?;
    let switch = format!("AzureWebJobs.{name}.Disabled");
    let switched_off =
        settings.get(&switch).is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"));
    if file.disabled || switched_off {
        return Ok(None);
    }
    if let Some(script) = file.script_file.filter(|script| !folder.join(script).exists()) {
        return Err(format!("scriptFile \"{script}\" does not exist: a custom handler needs none"));
    }
    let (mut triggers, mut outputs, mut names) = (Vec::new(), Vec::<Output>::new(), Vec::new());
    for raw in file.bindings {
        let binding_name =
            raw.name.clone().filter(|name| !name.is_empty()).ok_or("every binding needs a name")?;
        if names.contains(&binding_name) {
            return Err(format!("two bindings are named \"{binding_name}\""));
        }
        names.push(binding_name.clone());
        match raw.check(&name, binding_name, settings)? {
            Binding::Trigger(trigger) => triggers.push(trigger),
            Binding::Output(output) => outputs.push(output),
        }
    }
    let retry = file.retry.map(RawRetry::check).transpose()?;
    let count = triggers.len();
    match <[Trigger; 1]>::try_from(triggers) {
        Ok([trigger]) => Ok(Some(Function { name, trigger, outputs, retry })),
        Err(_) => Err(format!("{count} triggers: a function has exactly one")),
    }
}

impl RawBinding {
    fn check(self, function: &FunctionName, name: String, settings: &Settings) -> Result<Binding, String> {
        let kind = self.r#type.to_ascii_lowercase();
        let output = self.direction.as_deref().is_some_and(|direction| direction.eq_ignore_ascii_case("out"));
        match (kind.as_str(), output) {
            ("eventgridtrigger", false) => {
                let many =
                    self.cardinality.is_some_and(|cardinality| cardinality.eq_ignore_ascii_case("many"));
                Ok(Binding::Trigger(Trigger::EventGrid(EventGridTrigger { name, many })))
            }
            ("queuetrigger", false) => {
                let (queue, connection, binary) = self.queue(&name, settings)?;
                Ok(Binding::Trigger(Trigger::Queue(QueueTrigger { name, queue, connection, binary })))
            }
            ("timertrigger", false) => {
                self.timer(name, settings).map(|timer| Binding::Trigger(Trigger::Timer(timer)))
            }
            ("httptrigger", false) => {
                self.http(function, name).map(|http| Binding::Trigger(Trigger::Http(http)))
            }
            ("http", true) => Ok(Binding::Output(Output::Http { name })),
            ("queue", true) => {
                let (queue, connection, binary) = self.queue(&name, settings)?;
                Ok(Binding::Output(Output::Queue(QueueOutput { name, queue, connection, binary })))
            }
            _ => Err(format!(
                "binding \"{name}\" is of type {} and direction {}: served are eventGridTrigger, queueTrigger, timerTrigger \
                 and httpTrigger with direction in, http and queue with direction out",
                self.r#type,
                self.direction.as_deref().unwrap_or("(none)")
            )),
        }
    }

    fn queue(&self, name: &str, settings: &Settings) -> Result<(String, String, bool), String> {
        let queue =
            self.queue_name.as_deref().ok_or_else(|| format!("binding \"{name}\" needs queueName"))?;
        let queue = expand(settings, name, queue)?.to_lowercase();
        let connection = self.connection.clone().filter(|connection| !connection.is_empty());
        let binary = self.data_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("binary"));
        Ok((queue, connection.unwrap_or_else(|| "AzureWebJobsStorage".into()), binary))
    }

    fn timer(self, name: String, settings: &Settings) -> Result<TimerTrigger, String> {
        let schedule = self.schedule.ok_or_else(|| format!("binding \"{name}\" needs a schedule"))?;
        let schedule = Cron::parse(&expand(settings, &name, &schedule)?)?;
        let run_on_startup = self.run_on_startup.unwrap_or(false);
        Ok(TimerTrigger { name, schedule, run_on_startup, use_monitor: self.use_monitor.unwrap_or(true) })
    }

    fn http(self, function: &FunctionName, name: String) -> Result<HttpTrigger, String> {
        let level = match self.auth_level.map(|level| level.to_ascii_lowercase()).as_deref() {
            Some("anonymous") => AuthLevel::Anonymous,
            None | Some("function") => AuthLevel::Function,
            Some("admin") => AuthLevel::Admin,
            Some(other) => return Err(format!("authLevel \"{other}\" must be anonymous, function or admin")),
        };
        let route = Route::parse(self.route.as_deref().unwrap_or(function.as_str()))?;
        let methods = self.methods.unwrap_or_default().iter().map(|method| method.to_uppercase()).collect();
        Ok(HttpTrigger { name, methods, route, level })
    }
}

fn expand(settings: &Settings, binding: &str, text: &str) -> Result<String, String> {
    let missing =
        |setting| format!("binding \"{binding}\" names the app setting {setting}, which is not set");
    settings.expand(text).map_err(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, bindings: &str) -> Result<Option<Function>, String> {
        read(name, &format!("{{\"bindings\":[{bindings}]}}"), Path::new("."), &Settings::default())
    }

    const HTTP: &str = r#"{"type":"httpTrigger","name":"req","direction":"in"}"#;

    #[test]
    fn the_name_is_the_default_route() {
        let function = parse("What-If", HTTP).unwrap().unwrap();
        let Trigger::Http(http) = function.trigger else { panic!("{:?}", function.trigger) };
        assert!(http.route.matches("what-if").is_some());
        assert_eq!(http.level, AuthLevel::Function);
    }

    #[test]
    fn says_what_is_wrong() {
        let double = format!("{HTTP},{HTTP}");
        let two = format!("{HTTP},{}", HTTP.replace("req", "other"));
        for (name, bindings, expected) in [
            ("1st", HTTP, "begin with a letter"),
            ("F", "", "0 triggers"),
            ("F", double.as_str(), "two bindings are named \"req\""),
            ("F", two.as_str(), "2 triggers"),
            ("F", r#"{"type":"httpTrigger","direction":"in"}"#, "needs a name"),
            ("F", r#"{"type":"queueTrigger","name":"q","direction":"in"}"#, "needs queueName"),
            ("F", r#"{"type":"timerTrigger","name":"t","direction":"in","schedule":"%S%"}"#, "app setting S"),
            ("F", r#"{"type":"blobTrigger","name":"b","direction":"in"}"#, "of type blobTrigger"),
            (
                "F",
                r#"{"type":"httpTrigger","name":"r","direction":"in","authLevel":"user"}"#,
                "authLevel \"user\"",
            ),
            ("F", "1", "function.json"),
        ] {
            let error = parse(name, bindings).unwrap_err();
            assert!(error.contains(expected), "{bindings}: {error}");
        }
    }
}
