//! The log on standard error, with the keys that Prometheus' own programs use.
//!
//! No thread that logs ever waits for standard error: [`mod@queue`] writes the lines, and drops those that do not fit.
//! [`occurrences_to_log`] limits the lines about errors that repeat.

mod limit;
mod line;
mod queue;

use std::borrow::Cow;
use std::io::Write as _;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::{Args, LogFormat, LogLevel};
use crate::clock;
use limit::LogLimiter;
use line::LogLine;
use queue::LogQueue;

/// The time to wait at the end of the process for lines that are not written yet.
const LAST_LINES: Duration = Duration::from_millis(500);

/// The lines that wait for standard error, once there was one.
static QUEUE: OnceLock<LogQueue> = OnceLock::new();

/// The part of the exporter that an error is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The exporter as a whole.
    Exporter,
    /// The GPU at an index.
    Gpu(u32),
    /// A part with a name, such as the ledger.
    Named(&'static str),
    /// Queries of one kind to a service.
    Query {
        /// The name of the service.
        service: &'static str,
        /// The kind of query.
        query: &'static str,
    },
}

impl From<Option<u32>> for Subject {
    fn from(gpu: Option<u32>) -> Subject {
        gpu.map_or(Subject::Exporter, Subject::Gpu)
    }
}

impl From<&'static str> for Subject {
    fn from(name: &'static str) -> Subject {
        Subject::Named(name)
    }
}

/// An error that may repeat: its subject, and its kind.
type ErrorKey = (Subject, Cow<'static, str>);

static LIMITER: Mutex<LogLimiter<ErrorKey>> = Mutex::new(LogLimiter::new());

/// Counts an error of a GPU, of a part of the exporter, or of the whole. Its kind is one of few names or reasons. Returns the
/// number of occurrences since its last line, this one included, if it is to be logged; `None` if it is not, since it repeats.
pub(crate) fn occurrences_to_log(
    subject: impl Into<Subject>,
    kind: impl Into<Cow<'static, str>>,
) -> Option<u64> {
    let mut limiter = LIMITER.lock().unwrap_or_else(PoisonError::into_inner);
    limiter.occurrences_to_log((subject.into(), kind.into()), clock::instant())
}

/// The number of lines that were dropped so far, since standard error did not take them in time.
pub(crate) fn dropped_lines() -> u64 {
    QUEUE.get().map_or(0, LogQueue::dropped)
}

/// Waits until the log is written, but not for long if standard error does not take it.
pub(crate) fn flush() {
    if let Some(queue) = QUEUE.get() {
        queue.flush(LAST_LINES);
    }
}

/// Writes the reason why the program ends to standard error, but does not wait for long to do so.
pub fn write_last_line(text: &str) {
    match queue() {
        Ok(queue) => {
            queue.push(format!("{text}\n").as_bytes());
            queue.flush(LAST_LINES);
        }
        Err(_) => {
            let _ = writeln!(io::stderr(), "{text}"); // without a thread, it may have to wait
        }
    }
}

/// The queue of lines, which is started by the first use.
fn queue() -> io::Result<LogQueue> {
    if let Some(queue) = QUEUE.get() {
        return Ok(queue.clone());
    }
    let started = LogQueue::start(io::stderr())?;
    Ok(QUEUE.get_or_init(|| started).clone())
}

/// Starts the log, with the level and format of the command line.
///
/// # Errors
///
/// If the system provides no thread for it.
pub(crate) fn start(args: &Args) -> io::Result<()> {
    let queue = queue()?;
    let level = match args.log_level {
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Error => LevelFilter::ERROR,
    };
    let layer = tracing_subscriber::fmt::layer()
        .event_format(LineFormat(args.log_format))
        .with_writer(move || queue.clone());
    let started = tracing_subscriber::registry().with(level).with(layer).try_init();
    debug_assert!(started.is_ok(), "the log is started once");
    Ok(())
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
    use std::sync::Arc;

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
