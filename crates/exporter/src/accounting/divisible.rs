//! The state of one GPU whose energy is divided among its holders: what its thread is asked for, and what it measured.

use gpu_carbon_core::Span;

use super::workloads::Wanted;
use crate::holders::Used;
use crate::nvml::NOT_SUPPORTED;
use crate::sampler::ProcessListing;

/// The age from which a measurement of use says nothing about the present.
const STALE_AFTER: Span = Span::from_seconds(5);

/// The part of the record of a GPU whose energy is divided among its holders.
#[derive(Debug)]
pub(super) struct Divisible {
    /// The number of its device file.
    minor: Option<u32>,
    listing: ProcessListing,
    /// The use since the last energy.
    used: Option<Measured>,
    /// The use for the last energy, for more of it that comes before the next measurement.
    last: Option<Measured>,
}

/// The use of a GPU, and the time when it was measured, since boot without the machine's sleep.
#[derive(Debug)]
struct Measured {
    used: Used,
    awake: Span,
}

impl Divisible {
    /// The state of a GPU of which nothing was measured yet.
    pub(super) const fn new(minor: Option<u32>, listing: ProcessListing) -> Divisible {
        Divisible { minor, listing, used: None, last: None }
    }

    /// The number of the GPU's device file; `None` if the driver does not tell it.
    pub(super) const fn minor(&self) -> Option<u32> {
        self.minor
    }

    /// Asks the thread that reads the GPU.
    pub(super) fn request(&self, wanted: Wanted) {
        self.listing.set_wanted(wanted.processes);
        self.listing.set_use_wanted(wanted.usage);
    }

    /// Adds a measurement.
    ///
    /// # Errors
    ///
    /// The kind of its error. A GPU without samples is none: its holders have equal shares.
    pub(super) fn record_use(
        &mut self,
        used: Result<Used, &'static str>,
        awake: Span,
    ) -> Result<(), &'static str> {
        let used = match used {
            Ok(used) => used,
            Err(kind) => {
                (self.used, self.last) = (None, None);
                return if kind == NOT_SUPPORTED { Ok(()) } else { Err(kind) };
            }
        };
        let used = match self.used.take() {
            Some(earlier) => earlier.used.with(used),
            None => used,
        };
        self.used = Some(Measured { used, awake });
        Ok(())
    }

    /// The use since the last energy, or that for the last energy if none was measured since. `None` if that is too old.
    pub(super) fn latest_use(&self, awake: Span) -> Option<&Used> {
        let is_fresh = |it: &&Measured| awake.saturating_sub(it.awake) <= STALE_AFTER;
        self.used.as_ref().or(self.last.as_ref()).filter(is_fresh).map(|it| &it.used)
    }

    /// Records that the use belongs to energy that was divided.
    pub(super) fn finish_use(&mut self) {
        if let Some(used) = self.used.take() {
            self.last = Some(used);
        }
    }
}

#[cfg(test)]
mod tests {
    use gpu_carbon_attribution::Place;

    use super::*;
    use crate::holders::{UseByInstance, UseByPlace};

    fn at(seconds: u64) -> Span {
        Span::from_seconds(seconds)
    }

    fn used(percents: u64) -> Used {
        Used::ByPlace([(Some(Place::SlurmJob(7)), percents)].into())
    }

    #[test]
    fn use_is_added_up_until_there_is_energy() {
        let mut gpu = Divisible::new(None, ProcessListing::default());
        assert_eq!(gpu.latest_use(at(0)), None);
        gpu.record_use(Ok(used(10)), at(1)).unwrap();
        gpu.record_use(Ok(used(5)), at(2)).unwrap();
        assert_eq!(gpu.latest_use(at(2)), Some(&used(15)));
        gpu.finish_use();
        gpu.finish_use();
        assert_eq!(gpu.latest_use(at(7)), Some(&used(15)), "for energy of the same time");
        assert_eq!(gpu.latest_use(at(8)), None, "it is too old");
        let nothing = Used::ByPlace(UseByPlace::new());
        gpu.record_use(Ok(nothing.clone()), at(8)).unwrap();
        assert_eq!(gpu.latest_use(at(8)), Some(&nothing), "no one uses it any more");
    }

    #[test]
    fn use_of_a_gpu_that_was_divided_meanwhile_is_that_of_its_instances() {
        let of = |uses: [(u32, u64); 2]| Used::ByInstance(UseByInstance::from(uses));
        let mut gpu = Divisible::new(None, ProcessListing::default());
        gpu.record_use(Ok(used(10)), at(1)).unwrap();
        gpu.record_use(Ok(of([(1, 10), (2, 20)])), at(2)).unwrap();
        gpu.record_use(Ok(of([(2, 5), (3, 7)])), at(3)).unwrap();
        let sum = Used::ByInstance([(1, 10), (2, 25), (3, 7)].into());
        assert_eq!(gpu.latest_use(at(3)), Some(&sum));
    }

    #[test]
    fn an_error_ends_what_was_measured() {
        let mut gpu = Divisible::new(None, ProcessListing::default());
        gpu.record_use(Ok(used(10)), at(1)).unwrap();
        assert_eq!(gpu.record_use(Err(NOT_SUPPORTED), at(2)), Ok(()));
        assert_eq!(gpu.latest_use(at(2)), None);
        assert_eq!(gpu.record_use(Err("unknown"), at(2)), Err("unknown"));
    }
}
