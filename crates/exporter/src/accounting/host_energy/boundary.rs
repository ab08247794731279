//! The knowledge of each component of a host.

use gpu_carbon_core::Power;
use gpu_carbon_core::boundary::Declaration;
use gpu_carbon_host::Component;

use super::HostEnergy;
use super::meter_record::MeterRecord;
use crate::host_view::{Boundary, HostPart, Knowledge};

impl HostEnergy {
    /// The knowledge of each component now, beside that of the GPUs.
    pub(in crate::accounting) fn boundary(
        &self,
        gpus: Knowledge,
        gpus_contain_host: bool,
    ) -> Boundary {
        let rest = self.of_meters(|meter| meter.info.component == Component::Platform);
        let platform = rest.is_some();
        let share = self.share_of_gpus(gpus_contain_host);
        let known =
            |measured: Option<Knowledge>, declared: Option<Power>| match (measured, declared) {
                (Some(measured), _) => measured,
                (None, Some(power)) => Knowledge::Declared(Declaration::Power(power)),
                (None, None) if gpus_contain_host => Knowledge::InGpus,
                (None, None) if platform || share.is_some() => Knowledge::InRest,
                (None, None) => Knowledge::LeftOut,
            };
        // A declared power is not counted any more once a meter of the part has answered, even if that has failed since then.
        let declared = |part, power: Option<Power>| power.filter(|_| !self.is_measured(part));
        let cpu = self.of_meters(|meter| meter.info.component == Component::Cpu);
        let memory = self.of_meters(|meter| meter.info.component == Component::Memory);
        let within = self.of_meters(|meter| meter.info.contains_memory).map(|_| Knowledge::InCpu);
        let of_share = share.map(Declaration::ShareOfGpus);
        let of_rest = declared(HostPart::Rest, self.declared.rest);
        let of_rest = of_rest.map(Declaration::Power).or(of_share);
        let rest = rest.or_else(|| of_rest.map(Knowledge::Declared)).unwrap_or_default();
        let cpu = known(cpu, declared(HostPart::Cpu, self.declared.cpu));
        let memory = known(memory.or(within), declared(HostPart::Memory, self.declared.memory));
        Boundary { gpus, cpu, memory, rest }
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
