//! The knowledge of each component of a host.

use gpu_carbon_host::Component;

use super::HostEnergy;
use super::meter_record::MeterRecord;
use crate::host_view::{Boundary, Knowledge};

impl HostEnergy {
    /// The knowledge of each component now.
    pub(super) fn boundary(&self, gpus_contain_host: bool) -> Boundary {
        let rest = self.of_meters(|meter| meter.info.component == Component::Platform);
        let platform = rest.is_some();
        let known = |measured: Option<Knowledge>, is_declared: bool| match measured {
            Some(measured) => measured,
            None if is_declared => Knowledge::Declared,
            None if gpus_contain_host => Knowledge::InGpus,
            None if platform => Knowledge::InRest,
            None => Knowledge::LeftOut,
        };
        let cpu = self.of_meters(|meter| meter.info.component == Component::Cpu);
        let memory = self.of_meters(|meter| meter.info.component == Component::Memory);
        let within = self.of_meters(|meter| meter.info.contains_memory).map(|_| Knowledge::InCpu);
        let rest = match rest {
            Some(rest) => rest,
            None if self.declared.rest.is_some() => Knowledge::Declared,
            None => Knowledge::LeftOut,
        };
        Boundary {
            cpu: known(cpu, self.declared.cpu.is_some()),
            memory: known(memory.or(within), self.declared.memory.is_some()),
            rest,
        }
    }

    /// The knowledge by some of the meters; `None` if none of them measures.
    fn of_meters(&self, are_meant: impl Fn(&MeterRecord) -> bool) -> Option<Knowledge> {
        let meant = || self.meters.iter().filter(|it| !it.is_mirror() && are_meant(it));
        let measuring = meant().filter(|it| it.measures()).count();
        match measuring {
            0 => None,
            all if all == meant().count() => Some(Knowledge::Measured),
            _ => Some(Knowledge::Partly),
        }
    }
}
