//! The names by which GPUs are told apart: their UUIDs, with the PCI address where several boards have one UUID.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::warn;

use crate::nvml::{EnergyMethod, Identity};

/// The character between a UUID that several boards have and the PCI address.
const SEPARATOR: char = '@';

/// A board by all that tells it apart from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Board {
    pub(super) uuid: Arc<str>,
    /// The PCI address; empty if the driver does not report it.
    pub(super) pci_bus_id: String,
}

/// The names of all boards of this process. A board keeps its name.
#[derive(Debug, Default)]
pub(super) struct GpuNames(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The UUIDs that several boards have.
    shared: BTreeSet<Arc<str>>,
    names: BTreeMap<Board, Arc<str>>,
    /// The name at each index and the method of its reading, as last logged.
    logged: BTreeMap<u32, (Arc<str>, EnergyMethod)>,
}

impl Board {
    /// The board of an identity.
    pub(super) fn of(identity: &Identity) -> Board {
        Board { uuid: Arc::clone(&identity.uuid), pci_bus_id: identity.pci_bus_id.clone() }
    }

    /// True if this is certainly the same board as another one.
    pub(super) fn is(&self, other: &Board) -> bool {
        self == other && !self.pci_bus_id.is_empty()
    }

    /// True if this is certainly another board than one at the same index.
    pub(super) fn contradicts(&self, other: &Board) -> bool {
        let addresses = [&self.pci_bus_id, &other.pci_bus_id];
        let has_moved = addresses.iter().all(|it| !it.is_empty()) && addresses[0] != addresses[1];
        self.uuid != other.uuid || has_moved
    }

    /// True if the UUID is one that a manufacturer left blank: all of its digits are the same, 0 or f.
    fn has_blank_uuid(&self) -> bool {
        let digits = self.uuid.trim_start_matches("GPU-").replace('-', "").to_lowercase();
        ["0", "f"].iter().any(|digit| digits.chars().all(|it| digit.contains(it)))
    }

    /// The name of the board beside others of the same UUID.
    fn long_name(&self, index: u32) -> Arc<str> {
        match self.pci_bus_id.as_str() {
            "" => format!("{}{SEPARATOR}gpu{index}", self.uuid).into(),
            pci_bus_id => format!("{}{SEPARATOR}{pci_bus_id}", self.uuid).into(),
        }
    }
}

impl GpuNames {
    /// Creates the names of a process that continues GPUs with names from before.
    pub(super) fn continuing<'a>(names: impl Iterator<Item = &'a str>) -> GpuNames {
        let shared = names.filter_map(|name| Some(name.split_once(SEPARATOR)?.0.into())).collect();
        GpuNames(Mutex::new(Known { shared, ..Known::default() }))
    }

    /// Records that the GPU of a name is read at an index, by a method. Returns true if that is news.
    pub(super) fn record_reading(&self, index: u32, name: &Arc<str>, method: EnergyMethod) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = (Arc::clone(name), method);
        known.logged.insert(index, reading.clone()) != Some(reading)
    }

    /// The name of the board at an index. `is_repeated` is true if another board has the same UUID, and `taken` are the names
    /// of the others.
    pub(super) fn name(
        &self,
        board: &Board,
        index: u32,
        is_repeated: bool,
        taken: &[Arc<str>],
    ) -> Arc<str> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_repeated && known.shared.insert(Arc::clone(&board.uuid)) {
            let uuid = &*board.uuid;
            warn!(uuid, "several GPUs have one UUID: they are told apart by their PCI addresses");
        }
        if let Some(name) = known.names.get(board).filter(|name| !taken.contains(name)) {
            return Arc::clone(name);
        }
        let is_shared = known.shared.contains(&board.uuid) || board.has_blank_uuid();
        let name = if is_shared { board.long_name(index) } else { Arc::clone(&board.uuid) };
        known.names.insert(board.clone(), Arc::clone(&name));
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(uuid: &str, pci_bus_id: &str) -> Board {
        Board { uuid: uuid.into(), pci_bus_id: pci_bus_id.to_owned() }
    }

    #[test]
    fn a_uuid_that_several_boards_have_is_followed_by_the_pci_address() {
        let names = GpuNames::default();
        let name = |board: &Board, repeated| names.name(board, 7, repeated, &[]).to_string();
        let alone = board("GPU-1a", "00000000:17:00.0");
        assert_eq!(name(&alone, false), "GPU-1a");
        assert_eq!(name(&board("GPU-2", "a"), true), "GPU-2@a");
        assert_eq!(name(&board("GPU-2", "b"), true), "GPU-2@b");
        assert_eq!(name(&board("GPU-2", "b"), false), "GPU-2@b", "it keeps its name");
        assert_eq!(name(&board("GPU-2", "c"), false), "GPU-2@c", "the UUID is known to repeat");
        assert_eq!(name(&board("GPU-2", ""), true), "GPU-2@gpu7");
        assert_eq!(name(&board("GPU-0000-00", "a"), false), "GPU-0000-00@a", "blank");
        assert_eq!(name(&alone, true), "GPU-1a", "it keeps its name beside a second board");
        let taken = [Arc::from("GPU-1a")];
        assert_eq!(&*names.name(&alone, 7, true, &taken), "GPU-1a@00000000:17:00.0");
    }

    #[test]
    fn a_gpu_that_is_read_as_before_is_no_news() {
        let names = GpuNames::default();
        let is_news = |name: &str, method| names.record_reading(3, &name.into(), method);
        assert!(is_news("GPU-1", EnergyMethod::Counter));
        assert!(!is_news("GPU-1", EnergyMethod::Counter));
        assert!(is_news("GPU-1", EnergyMethod::Integrated));
        assert!(is_news("GPU-2", EnergyMethod::Integrated));
    }

    #[test]
    fn names_from_before_are_continued() {
        let names = GpuNames::continuing(["GPU-1@a", "GPU-2"].into_iter());
        let name = |uuid| names.name(&board(uuid, "b"), 0, false, &[]).to_string();
        assert_eq!([name("GPU-1"), name("GPU-2")], ["GPU-1@b", "GPU-2"]);
    }
}
