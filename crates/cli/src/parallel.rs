//! Work on all cores.

use std::num::NonZero;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Maps items on as many threads as there are cores, and returns the results in the order of the items.
pub(crate) fn map<Item: Sync, T: Send>(items: &[Item], work: impl Fn(&Item) -> T + Sync) -> Vec<T> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let take = || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        Some((number, work(items.get(number)?)))
    };
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores.min(items.len()))
            .map(|_| scope.spawn(|| std::iter::from_fn(take).collect::<Vec<_>>()))
            .collect();
        let results = threads.into_iter().map(thread::ScopedJoinHandle::join);
        results
            .flat_map(|result| result.unwrap_or_else(|cause| panic::resume_unwind(cause)))
            .collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order() {
        let squares: Vec<usize> = (0..1000).map(|number| number * number).collect();
        let numbers: Vec<usize> = (0..1000).collect();
        assert_eq!(map(&numbers, |number| number * number), squares);
        assert!(map(&numbers[..0], |number| *number).is_empty());
    }
}
