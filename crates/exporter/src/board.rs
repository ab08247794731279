//! One writes, all read, and nobody waits: a snapshot, a grid, the rules of the web.

use std::sync::{Arc, PoisonError, RwLock};

/// Where the newest of something hangs for everybody to read.
#[derive(Debug)]
pub struct Board<T>(RwLock<Arc<T>>);

impl<T> Board<T> {
    /// A board with its first sheet.
    pub fn new(first: T) -> Board<T> {
        Board(RwLock::new(Arc::new(first)))
    }

    /// The newest.
    pub fn read(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces it. Whoever still reads the old one keeps it.
    pub fn publish(&self, newest: T) {
        let newest = Arc::new(newest);
        let old =
            std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), newest);
        drop(old); // after the lock is released
    }
}
