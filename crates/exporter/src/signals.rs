//! The signals that the process handles.

use std::io;
use std::task::Poll;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The request of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    /// The process is to end. The name is that of the signal.
    End(&'static str),
    /// The configuration is to be read again.
    Reload,
    /// All GPUs are to be released.
    Release,
}

/// The signals that would end the process without its last commit, by their numbers on Linux (signal(7)). Those of a
/// broken program, such as SIGSEGV, are not among them.
const ENDING: [(i32, &str); 11] = [
    (2, "SIGINT"),
    (3, "SIGQUIT"),
    (12, "SIGUSR2"),
    (14, "SIGALRM"),
    (15, "SIGTERM"),
    (16, "SIGSTKFLT"),
    (24, "SIGXCPU"),
    (26, "SIGVTALRM"),
    (27, "SIGPROF"),
    (29, "SIGIO"),
    (30, "SIGPWR"),
];

/// The real-time signals of a program (signal(7)): the first two are the C library's.
const REAL_TIME: std::ops::RangeInclusive<i32> = 34..=64;

/// The signals that the process handles, from the creation of this value on.
#[derive(Debug)]
pub(crate) struct Signals(Vec<(Request, Signal)>);

impl Signals {
    /// Handles the signals. To be called in an asynchronous runtime.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub(crate) fn new() -> io::Result<Signals> {
        let ending =
            ENDING.into_iter().chain(REAL_TIME.map(|number| (number, "a real-time signal")));
        let ending =
            ending.map(|(number, name)| (SignalKind::from_raw(number), Request::End(name)));
        let others = [
            (SignalKind::hangup(), Request::Reload),
            (SignalKind::user_defined1(), Request::Release),
        ];
        let handled = others.into_iter().chain(ending);
        let handled = handled.map(|(kind, request)| Ok((request, signal(kind)?)));
        Ok(Signals(handled.collect::<io::Result<_>>()?))
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) -> Request {
        std::future::poll_fn(|context| {
            let received = self.0.iter_mut().find_map(|(request, signal)| {
                signal.poll_recv(context).is_ready().then_some(*request)
            });
            received.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
