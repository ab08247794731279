//! The cores of the exporter and of its clients: the exporter has one, the clients the others.

use anyhow::{Result, bail};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The cores that this process may use, in two parts.
#[derive(Debug, Clone)]
pub struct Cores {
    exporter: CpuSet,
    clients: CpuSet,
    /// The number of cores of the clients.
    pub clients_count: usize,
}

impl Cores {
    /// Gives the first core to the exporter, and the others to the clients.
    ///
    /// # Errors
    ///
    /// When there is only one core.
    pub fn divided() -> Result<Cores> {
        Cores::divide(&sched_getaffinity(Pid::from_raw(0))?)
    }

    fn divide(all: &CpuSet) -> Result<Cores> {
        let usable = (0..CpuSet::count()).filter(|&core| all.is_set(core).unwrap_or(false));
        let [first, others @ ..] = &usable.collect::<Vec<_>>()[..] else { bail!("no core") };
        if others.is_empty() {
            bail!("one core is too few: the exporter and its clients would wait for each other");
        }
        let (mut exporter, mut clients) = (CpuSet::new(), CpuSet::new());
        exporter.set(*first)?;
        others.iter().try_for_each(|&core| clients.set(core))?;
        Ok(Cores { exporter, clients, clients_count: others.len() })
    }

    /// Starts something on the exporter's core. Everything that this thread starts afterwards runs on the clients' cores.
    ///
    /// # Errors
    ///
    /// When it does not start, or the system refuses the cores.
    pub fn start<T>(&self, start: impl FnOnce() -> Result<T>) -> Result<T> {
        let this_thread = Pid::from_raw(0);
        sched_setaffinity(this_thread, &self.exporter)?;
        let started = start();
        sched_setaffinity(this_thread, &self.clients)?;
        started
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_core_is_in_both_parts() {
        let mut all = CpuSet::new();
        all.set(3).unwrap();
        assert!(Cores::divide(&all).is_err(), "one core is too few");
        all.set(5).unwrap();
        all.set(7).unwrap();
        let cores = Cores::divide(&all).unwrap();
        let of = |set: &CpuSet| {
            (0..CpuSet::count()).filter(|&core| set.is_set(core).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!([&cores.exporter, &cores.clients].map(of), [vec![3], vec![5, 7]]);
        assert_eq!(cores.clients_count, 2);
    }
}
