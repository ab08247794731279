//! The log on standard error, with the keys that Prometheus' own programs use.

mod line;

use std::fmt;

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::{Args, LogFormat, LogLevel};
use crate::clock;
use line::LogLine;

/// Starts the log, with the level and format of the command line.
pub(crate) fn start(args: &Args) {
    let level = match args.log_level {
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
    };
    let layer = tracing_subscriber::fmt::layer()
        .event_format(LineFormat(args.log_format))
        .with_writer(std::io::stderr);
    let started = tracing_subscriber::registry().with(level).with(layer).try_init();
    debug_assert!(started.is_ok(), "the log is started once");
}

/// The format of an event: one line.
struct LineFormat(LogFormat);

impl<S, N> FormatEvent<S, N> for LineFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let line = LogLine::new(event, clock::now());
        let line = match self.0 {
            LogFormat::Logfmt => line.logfmt(),
            LogFormat::Json => line.json().map_err(|_| fmt::Error)?,
        };
        writeln!(writer, "{line}")
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing::warn;

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat) -> String {
        let memory = Memory::default();
        let writer = memory.clone();
        let layer = tracing_subscriber::fmt::layer()
            .event_format(LineFormat(format))
            .with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            warn!(gpu = 3, seconds = 2.5, reason = "a \"bus\"", up = false, "no answer");
        });
        let bytes = memory.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_event_is_one_line_of_logfmt() {
        let line = logged(LogFormat::Logfmt);
        let (time, rest) = line.split_at("ts=2026-11-29T17:50:34.123Z".len());
        assert!(time.starts_with("ts=2") && time.ends_with('Z'), "{line}");
        assert_eq!(
            rest,
            " level=warn msg=\"no answer\" gpu=3 seconds=2.5 reason=\"a \\\"bus\\\"\" up=false\n"
        );
    }

    #[test]
    fn an_event_is_one_object_of_json() {
        let line = logged(LogFormat::Json);
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(object["ts"].as_str().unwrap().ends_with('Z'), "{line}");
        let rest = r#""level":"warn","msg":"no answer","gpu":3,"seconds":2.5,"reason":"a \"bus\"","up":false}"#;
        assert!(line.ends_with(&format!("{rest}\n")), "{line}");
    }
}
