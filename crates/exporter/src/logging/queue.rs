//! The queue between the threads that log and standard error, which may be a pipe that is not read.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::warn;

/// The most bytes that wait to be written: some hundred lines.
const CAPACITY_BYTES: usize = 64 * 1024;

/// A bounded queue of lines that a thread of its own writes. A line is never waited for: one that does not fit is
/// dropped and counted.
#[derive(Debug, Clone)]
pub(super) struct LogQueue {
    shared: Arc<Shared>,
    capacity_bytes: usize,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    dropped: AtomicU64,
}

/// The lines that are not written yet.
#[derive(Debug, Default)]
struct Waiting {
    lines: VecDeque<Box<[u8]>>,
    bytes: usize,
    /// True while the thread writes the line that it took last.
    is_writing: bool,
}

impl LogQueue {
    /// Starts the thread that writes the lines.
    ///
    /// # Errors
    ///
    /// If the system provides no thread.
    pub(super) fn start(output: impl Write + Send + 'static) -> io::Result<LogQueue> {
        LogQueue::with_capacity(output, CAPACITY_BYTES)
    }

    fn with_capacity(
        output: impl Write + Send + 'static,
        capacity_bytes: usize,
    ) -> io::Result<LogQueue> {
        let queue = LogQueue { shared: Arc::default(), capacity_bytes };
        let shared = Arc::clone(&queue.shared);
        thread::Builder::new().name("log".to_owned()).spawn(move || shared.write_all(output))?;
        Ok(queue)
    }

    /// Adds a line, or drops and counts it if the queue is full.
    pub(super) fn push(&self, line: &[u8]) {
        let mut waiting = self.shared.lock();
        if waiting.bytes + line.len() > self.capacity_bytes {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        waiting.bytes += line.len();
        waiting.lines.push_back(line.into());
        self.shared.changed.notify_all();
    }

    /// The number of lines that were dropped so far.
    pub(super) fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Waits until all lines are written, but not longer than `patience`.
    pub(super) fn flush(&self, patience: Duration) {
        let unwritten = |waiting: &mut Waiting| waiting.is_writing || !waiting.lines.is_empty();
        let waited =
            self.shared.changed.wait_timeout_while(self.shared.lock(), patience, unwritten);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes lines until the process ends.
    fn write_all(&self, mut output: impl Write) {
        let mut reported = 0;
        loop {
            let line = self.next_line();
            let is_written = output.write_all(&line).and_then(|()| output.flush()).is_ok();
            if !is_written {
                // A closed pipe or a full disk: the line is lost, and the next one is tried again.
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
            let is_empty = self.finish_line();
            let dropped = self.dropped.load(Ordering::Relaxed);
            // Where a line was just lost, one about it would be lost, too, and so on without an end.
            if is_written && is_empty && dropped > reported {
                warn!(
                    lines = dropped - reported,
                    "log lines were dropped: they could not be written"
                );
                reported = dropped;
            }
        }
    }

    fn next_line(&self) -> Box<[u8]> {
        let mut waiting = self.lock();
        loop {
            if let Some(line) = waiting.lines.pop_front() {
                waiting.bytes -= line.len();
                waiting.is_writing = true;
                return line;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Records that the line is written, and returns true if no further line waits.
    fn finish_line(&self) -> bool {
        let mut waiting = self.lock();
        waiting.is_writing = false;
        self.changed.notify_all();
        waiting.lines.is_empty()
    }
}

/// The writer of one event, which `tracing` hands a whole line at once.
impl Write for LogQueue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// An output that blocks until it is allowed to write.
    struct Gate {
        allowed: Receiver<()>,
        written: Sender<Vec<u8>>,
    }

    impl Write for Gate {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.allowed.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            self.written.send(line.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_do_not_fit_are_dropped_and_counted_and_the_others_are_written_in_order() {
        let (allow, allowed) = channel();
        let (written, lines) = channel();
        let queue = LogQueue::with_capacity(Gate { allowed, written }, 8).unwrap();
        queue.push(b"one\n");
        while !queue.shared.lock().is_writing {
            thread::yield_now();
        }
        for line in ["two\n", "dri\n", "four\n", "five\n"] {
            queue.push(line.as_bytes());
        }
        assert_eq!(queue.dropped(), 2);
        for expected in ["one\n", "two\n", "dri\n"] {
            allow.send(()).unwrap();
            assert_eq!(lines.recv().unwrap(), expected.as_bytes());
        }
        queue.flush(Duration::from_secs(60));
        assert_eq!(queue.shared.lock().lines.len(), 0);
        queue.push(b"five\n");
        allow.send(()).unwrap();
        assert_eq!(lines.recv().unwrap(), b"five\n");
        assert_eq!(queue.dropped(), 2);
    }

    #[test]
    fn a_flush_of_an_output_that_blocks_ends() {
        let (_allow, allowed) = channel();
        let (written, _lines) = channel();
        let queue = LogQueue::start(Gate { allowed, written }).unwrap();
        queue.push(b"never\n");
        queue.flush(Duration::from_millis(20));
        assert!(queue.shared.lock().is_writing);
    }

    #[test]
    fn lines_for_a_closed_output_are_counted() {
        let (output, reader) = UnixStream::pair().unwrap();
        drop(reader);
        let queue = LogQueue::start(output).unwrap();
        for _ in 0..3 {
            queue.push(b"lost\n");
        }
        queue.flush(Duration::from_secs(60));
        assert_eq!(queue.dropped(), 3);
    }
}
