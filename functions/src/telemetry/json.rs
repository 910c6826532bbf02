//! A log in which each line is one flat JSON object, readable by itself: what happened, to what, in which invocation and trace.

use std::fmt;

use holdfast_evaluator::Visible;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::clock;

/// Characters of one text.
const TEXT: usize = 4_000;

/// What there is none of, as headers are read.
const NONE: &str = "-";

/// Fields of spans: an object each.
pub(super) struct Fields;

/// Lines of JSON.
pub(super) struct Lines;

impl<'w> FormatFields<'w> for Fields {
    fn format_fields<R: tracing_subscriber::field::RecordFields>(
        &self,
        mut writer: Writer<'w>,
        fields: R,
    ) -> fmt::Result {
        let mut members = Members::default();
        fields.record(&mut members);
        write!(writer, "{}", Value::Object(members.0))
    }
}

impl<S> FormatEvent<S, Fields> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Fields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Members::default();
        line.put("time", clock::now().to_string());
        line.put("level", event.metadata().level().to_string());
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<Fields>>();
            let fields = fields.and_then(|fields| serde_json::from_str::<Map<String, Value>>(fields).ok());
            line.0.extend(fields.into_iter().flatten().filter(|(_, value)| value != NONE));
        }
        if let Some(trace) = super::trace(&tracing::Span::current()) {
            line.put("trace", trace);
        }
        event.record(&mut line);
        writeln!(writer, "{}", Value::Object(line.0))
    }
}

/// Fields of an event or a span. Of hostile text, what would hide or reorder characters is escaped.
#[derive(Default)]
struct Members(Map<String, Value>);

impl Members {
    fn put(&mut self, name: &str, text: impl AsRef<str>) {
        self.0.insert(name.to_owned(), Visible::within(text.as_ref(), TEXT).to_string().into());
    }
}

impl Visit for Members {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field.name(), value.to_string());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(act: impl FnOnce()) -> Vec<Value> {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(Fields)
            .event_format(Lines)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, act);
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_has_its_own_fields_and_those_of_its_invocation() {
        let lines = logged(|| {
            let _in =
                tracing::info_span!("invocation", id = "4711", trace = "-", path = "/Protect").entered();
            tracing::warn!(resource = %"disk", tries = 3_u64, held = true, "it failed; it is tried again");
        });
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        for (name, value) in [("level", "WARN"), ("id", "4711"), ("path", "/Protect"), ("resource", "disk")] {
            assert_eq!(line[name], value, "{line}");
        }
        assert_eq!((line["tries"].as_u64(), line["held"].as_bool()), (Some(3), Some(true)));
        assert_eq!(
            (line["message"].as_str(), line.get("trace")),
            (Some("it failed; it is tried again"), None)
        );
        assert!(line["time"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{line}");
    }

    #[test]
    fn a_hostile_text_stays_in_its_line_and_its_field() {
        let hostile = "a\nb\",\"level\":\"INFO\u{202e}";
        let long = "x".repeat(9_000);
        let lines = logged(|| tracing::error!(name = hostile, long, "{hostile}"));
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(line["level"], "ERROR");
        for text in [&line["name"], &line["message"]] {
            assert_eq!(text, r#"a\nb","level":"INFO\u{202e}"#);
        }
        assert!(line["long"].as_str().unwrap().ends_with("(5000 characters more)"), "{line}");
    }
}
