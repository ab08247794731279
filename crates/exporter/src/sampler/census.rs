//! A look-up of all GPUs: each is named once it is known which boards there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::gpu_names::{Board, GpuNames};
use crate::clock;
use crate::nvml::{DriverError, ErrorScope, Identity};

/// The time in which all GPUs are expected to be identified. A GPU that takes longer is named without being waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A look-up of all GPUs.
#[derive(Debug)]
pub(super) struct Census {
    started: Instant,
    expected: usize,
    counted: Mutex<Counted>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Counted {
    /// The board at each index that was looked up; `None` if it could not be identified.
    boards: BTreeMap<u32, Option<Board>>,
    names: BTreeMap<u32, Arc<str>>,
    /// The indices whose board is also at a lower index.
    repeated: BTreeSet<u32>,
}

impl Census {
    /// Begins a look-up of a number of GPUs.
    pub(super) fn new(expected: usize) -> Census {
        let started = clock::instant();
        Census { started, expected, counted: Mutex::default(), changed: Condvar::new() }
    }

    /// Records that the GPU at an index was not identified, for now: it is not waited for.
    pub(super) fn pass_over(&self, index: u32) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.boards.entry(index).or_insert(None);
        self.changed.notify_all();
    }

    /// Claims the board at an index for the thread that reads it, and returns its name.
    ///
    /// # Errors
    ///
    /// If the board is read at another index. After the look-up, this means that the indices have changed, and all GPUs must
    /// be looked up again.
    pub(super) fn claim(
        &self,
        names: &GpuNames,
        identity: &Identity,
        index: u32,
    ) -> Result<Arc<str>, DriverError> {
        let board = Board::of(identity);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Some(before)) = counted.boards.insert(index, Some(board.clone()))
            && before.contradicts(&board)
        {
            return Err(moved(&board, &format!("is at index {index} now")));
        }
        self.changed.notify_all();
        let waits = |counted: &mut Counted| counted.boards.len() < self.expected;
        let left = LONGEST_WAIT.saturating_sub(clock::elapsed_since(self.started));
        let is_in_time = left > Duration::ZERO;
        let waited = self.changed.wait_timeout_while(counted, left, waits);
        let (mut counted, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let others = counted.boards.iter().filter(|(other, _)| **other != index);
        let others = others.filter_map(|(&other, it)| Some((other, it.as_ref()?)));
        let others: Vec<_> = others.filter(|(_, other)| other.uuid == board.uuid).collect();
        if let Some(&(other, _)) = others.iter().find(|(_, other)| board.is(other)) {
            if (is_in_time && other < index) || counted.repeated.contains(&index) {
                counted.repeated.insert(index);
                let reason = format!("GPU {} is read at index {other} already", board.uuid);
                return Err(DriverError { kind: "duplicate", scope: ErrorScope::Call, reason });
            }
            if !is_in_time && !counted.repeated.contains(&other) {
                return Err(moved(&board, &format!("moved from index {other} to {index}")));
            }
        }
        let is_repeated = others.iter().any(|(_, other)| !board.is(other));
        let taken = counted.names.iter().filter(|(other, _)| **other != index);
        let taken: Vec<_> = taken.map(|(_, name)| Arc::clone(name)).collect();
        let name = names.name(&board, index, is_repeated, &taken);
        counted.names.insert(index, Arc::clone(&name));
        Ok(name)
    }
}

fn moved(board: &Board, what: &str) -> DriverError {
    let reason = format!("GPU {} {what}", board.uuid);
    DriverError { kind: "moved", scope: ErrorScope::Order, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(uuid: &str, pci_bus_id: &str) -> Identity {
        Identity { uuid: uuid.into(), name: String::new(), pci_bus_id: pci_bus_id.to_owned() }
    }

    /// The outcome for each GPU of a look-up in which all are identified at once.
    fn outcomes(gpus: &[(&str, &str)]) -> Vec<Result<String, &'static str>> {
        let (census, names) = (Census::new(gpus.len()), GpuNames::default());
        let (census, names) = (&census, &names);
        std::thread::scope(|scope| {
            let claim = |(&(uuid, pci), index)| {
                scope.spawn(move || {
                    let claimed = census.claim(names, &identity(uuid, pci), index);
                    claimed.map(|name| name.to_string()).map_err(|error| error.kind)
                })
            };
            let threads: Vec<_> = gpus.iter().zip(0..).map(claim).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    #[test]
    fn boards_of_one_uuid_get_names_that_do_not_depend_on_the_order() {
        for _ in 0..50 {
            let named = outcomes(&[("A", "1"), ("B", "2"), ("A", "3")]);
            assert_eq!(named, [Ok("A@1".into()), Ok("B".into()), Ok("A@3".into())]);
            let twice = outcomes(&[("A", "1"), ("A", "1"), ("B", "2")]);
            assert_eq!(twice, [Ok("A".into()), Err("duplicate"), Ok("B".into())]);
            let without = outcomes(&[("A", ""), ("A", "")]);
            assert_eq!(without, [Ok("A@gpu0".into()), Ok("A@gpu1".into())]);
        }
    }

    #[test]
    fn a_gpu_that_is_not_identified_is_not_waited_for_and_a_late_one_is_told_apart() {
        let (census, names) = (Census::new(2), GpuNames::default());
        census.pass_over(1);
        let before = clock::instant();
        assert_eq!(&*census.claim(&names, &identity("A", "1"), 0).unwrap(), "A");
        assert!(clock::elapsed_since(before) < LONGEST_WAIT / 2);
        assert_eq!(&*census.claim(&names, &identity("A", "2"), 1).unwrap(), "A@2");
        assert_eq!(
            &*census.claim(&names, &identity("A", "1"), 0).unwrap(),
            "A",
            "it keeps its name"
        );
        let moved = census.claim(&names, &identity("B", "3"), 0).unwrap_err();
        assert_eq!((moved.kind, moved.scope), ("moved", ErrorScope::Order));
    }
}
