//! Bounds on connections: how many there are, and for how long one may ask nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::clock;

/// The open connections of a server.
#[derive(Debug)]
pub(super) struct Connections {
    began: Instant,
    most: usize,
    next_id: AtomicU64,
    open: Mutex<BTreeMap<u64, Arc<Activity>>>,
}

#[derive(Debug)]
struct Activity {
    /// Milliseconds from the server's beginning to the connection's last request, or to its opening.
    asked_at: AtomicU64,
    evicted: Notify,
}

/// One open connection; it is taken off the list when dropped.
#[derive(Debug)]
pub(super) struct Connection {
    id: u64,
    activity: Arc<Activity>,
    all: Arc<Connections>,
}

impl Connections {
    pub(super) fn new(most: usize) -> Arc<Connections> {
        let (began, next_id) = (clock::instant(), AtomicU64::new(0));
        Arc::new(Connections { began, most, next_id, open: Mutex::default() })
    }

    /// Lists a new connection. Where that makes too many, the one that has asked nothing for the longest
    /// time is closed: whoever holds connections without using them shuts nobody out.
    pub(super) fn open(self: &Arc<Connections>) -> Connection {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let asked_at = AtomicU64::new(self.now());
        let activity = Arc::new(Activity { asked_at, evicted: Notify::new() });
        let mut open = self.list();
        if open.len() >= self.most {
            evict_idlest(&mut open);
        }
        open.insert(id, Arc::clone(&activity));
        Connection { id, activity, all: Arc::clone(self) }
    }

    /// Closes the connection that has asked nothing for the longest time.
    pub(super) fn evict_one(&self) {
        evict_idlest(&mut self.list());
    }

    fn list(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Activity>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn evict_idlest(open: &mut BTreeMap<u64, Arc<Activity>>) {
    let idlest = open
        .iter()
        .min_by_key(|(id, activity)| (activity.asked_at.load(Ordering::Relaxed), **id))
        .map(|(&id, _)| id);
    if let Some(activity) = idlest.and_then(|id| open.remove(&id)) {
        activity.evicted.notify_one();
    }
}

impl Connection {
    /// A request has come.
    pub(super) fn asks(&self) {
        self.activity.asked_at.store(self.all.now(), Ordering::Relaxed);
    }

    /// Returns when the connection must be closed: it asked nothing for so long, or it is in the way.
    pub(super) async fn outlived(&self, patience: Duration) {
        loop {
            let asked_at = Duration::from_millis(self.activity.asked_at.load(Ordering::Relaxed));
            let deadline = self.all.began + asked_at + patience;
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
    async fn the_idlest_makes_room() {
        let all = Connections::new(2);
        let (first, second) = (all.open(), all.open());
        std::thread::sleep(Duration::from_millis(5));
        first.asks();
        let third = all.open();
        second.outlived(Duration::from_secs(3600)).await;
        drop(second);
        assert_eq!(all.list().len(), 2);
        drop((first, third));
        assert_eq!(all.list().len(), 0);
    }

    #[tokio::test]
    async fn whoever_asks_nothing_is_closed() {
        let all = Connections::new(2);
        all.open().outlived(Duration::from_millis(20)).await;
    }
}
