//! A value with one writer and many readers, none of which waits for another.

use std::sync::{Arc, PoisonError, RwLock};

/// The latest version of a value, such as the snapshot, the grid's intensities or the web configuration.
#[derive(Debug)]
pub struct Latest<T>(RwLock<Arc<T>>);

impl<T> Latest<T> {
    /// Creates the holder with a first value.
    pub fn new(first: T) -> Latest<T> {
        Latest(RwLock::new(Arc::new(first)))
    }

    /// Returns the latest value.
    pub fn read(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the value. Readers that hold the old one keep it.
    pub fn publish(&self, newest: T) {
        let newest = Arc::new(newest);
        let old =
            std::mem::replace(&mut *self.0.write().unwrap_or_else(PoisonError::into_inner), newest);
        drop(old); // after the lock is released
    }
}
