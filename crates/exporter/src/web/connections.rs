//! Limits on connections: their number, and the time that one may be idle.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::clock;

/// The open connections of a server.
#[derive(Debug)]
pub(super) struct Connections {
    started: Instant,
    most: usize,
    next_id: AtomicU64,
    open: Mutex<BTreeMap<u64, Arc<Activity>>>,
}

#[derive(Debug)]
struct Activity {
    /// The time of the last request, or of the opening, in milliseconds since the server started.
    last_request: AtomicU64,
    evicted: Notify,
}

/// One open connection. It leaves the list when it is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    id: u64,
    activity: Arc<Activity>,
    all: Arc<Connections>,
}

impl Connections {
    /// An empty list for at most `most` connections.
    pub(super) fn new(most: usize) -> Arc<Connections> {
        let (started, next_id) = (clock::instant(), AtomicU64::new(0));
        Arc::new(Connections { started, most, next_id, open: Mutex::default() })
    }

    /// Adds a new connection. If that makes too many, the one that has been idle for the longest time is closed, so
    /// that a client with many idle connections shuts no other client out.
    pub(super) fn open(self: &Arc<Connections>) -> Connection {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let last_request = AtomicU64::new(self.now());
        let activity = Arc::new(Activity { last_request, evicted: Notify::new() });
        let mut open = self.list();
        if open.len() >= self.most {
            remove_idlest(&mut open);
        }
        open.insert(id, Arc::clone(&activity));
        Connection { id, activity, all: Arc::clone(self) }
    }

    /// Closes the connection that has been idle for the longest time.
    pub(super) fn evict_idlest(&self) {
        remove_idlest(&mut self.list());
    }

    fn list(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Activity>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(clock::elapsed_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }
}

fn remove_idlest(open: &mut BTreeMap<u64, Arc<Activity>>) {
    let idlest = open
        .iter()
        .min_by_key(|(id, activity)| (activity.last_request.load(Ordering::Relaxed), **id))
        .map(|(&id, _)| id);
    if let Some(activity) = idlest.and_then(|id| open.remove(&id)) {
        activity.evicted.notify_one();
    }
}

impl Connection {
    /// Notes that a request has arrived.
    pub(super) fn note_request(&self) {
        self.activity.last_request.store(self.all.now(), Ordering::Relaxed);
    }

    /// Waits until the connection must be closed: it was idle for `idle_timeout`, or it was evicted.
    pub(super) async fn must_close(&self, idle_timeout: Duration) {
        loop {
            let last_request =
                Duration::from_millis(self.activity.last_request.load(Ordering::Relaxed));
            let deadline = self.all.started + last_request + idle_timeout;
            if deadline <= clock::instant() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(deadline.into()) => {}
                () = self.activity.evicted.notified() => return,
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.all.list().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_idlest_connection_is_evicted() {
        let all = Connections::new(2);
        let (first, second) = (all.open(), all.open());
        std::thread::sleep(Duration::from_millis(5));
        first.note_request();
        let third = all.open();
        second.must_close(Duration::from_secs(3600)).await;
        drop(second);
        assert_eq!(all.list().len(), 2);
        drop((first, third));
        assert_eq!(all.list().len(), 0);
    }

    #[tokio::test]
    async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
        let (all, idle_timeout) = (Connections::new(2), Duration::from_millis(200));
        let (idle, busy) = (all.open(), all.open());
        let opened = clock::instant();
        std::thread::sleep(idle_timeout / 2);
        busy.note_request();
        idle.must_close(idle_timeout).await;
        assert!(clock::instant().duration_since(opened) >= idle_timeout - Duration::from_millis(2));
        let busy = tokio::time::timeout(Duration::ZERO, busy.must_close(idle_timeout));
        assert!(busy.await.is_err(), "a request within the time keeps it open");
    }
}
