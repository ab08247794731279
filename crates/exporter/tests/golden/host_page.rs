//! The host around the GPUs of the golden pages: a processor that counts, a platform that is integrated, and a declared
//! memory.

use std::sync::Arc;

use gpu_carbon_core::boundary::Declaration;
use gpu_carbon_core::{Energy, Mass, Power, Span, Timestamp, TotalScope};
use gpu_carbon_exporter::host_meters::MeterInfo;
use gpu_carbon_exporter::host_view::{
    Boundary, ComponentView, HostEmissions, HostMethod, HostPart, HostView, Knowledge, MeterView,
};
use gpu_carbon_exporter::snapshot::SharesView;
use gpu_carbon_host::{Component, MeterKind};

/// A host with one of each. `shares` are those of its processors.
pub(crate) fn host(shares: SharesView) -> HostView {
    let of_platform = component(HostPart::Platform, HostMethod::Integrated, 9e6);
    HostView {
        boundary: Boundary {
            gpus: Knowledge::Measured,
            cpu: Knowledge::Measured,
            memory: Knowledge::Declared(Declaration::Power(Power::from_watts(60.0).unwrap())),
            rest: Knowledge::Measured,
        },
        components: vec![
            ComponentView {
                shares: Some(Arc::new(shares)),
                ..component(HostPart::Cpu, HostMethod::Counter, 720_000.5)
            },
            component(HostPart::Memory, HostMethod::Declared, 216_000.0),
            ComponentView {
                power: None,
                ..component(HostPart::Rest, HostMethod::Integrated, 500_000.0)
            },
            ComponentView { emissions: None, ..of_platform },
        ],
        meters: vec![
            meter(Component::Cpu, "rapl", "package-0", "powercap/intel-rapl:0/energy_uj"),
            meter(Component::Platform, "hwmon", "hwmon3", "hwmon/hwmon3/power1_average"),
        ],
        disagreement: Some(Energy::from_joules(12.5).unwrap()),
    }
}

fn component(part: HostPart, method: HostMethod, joules: f64) -> ComponentView {
    let emissions = HostEmissions {
        mass: Mass::from_grams(joules / 10_000.0).unwrap(),
        pending: Energy::from_joules(joules / 100.0).unwrap(),
        scope: TotalScope::Uniform(None),
    };
    ComponentView {
        part,
        method,
        since: Timestamp::from_unix_seconds(1_795_441_200),
        energy: Energy::from_joules(joules).unwrap(),
        power: Some(Power::from_watts(joules / 3600.0).unwrap()),
        emissions: Some(emissions),
        shares: None,
    }
}

fn meter(component: Component, source: &'static str, zone: &str, path: &str) -> MeterView {
    let (kind, path) = (MeterKind::Counter, format!("/sys/class/{path}"));
    let info =
        MeterInfo { component, contains_memory: false, kind, source, zone: zone.to_owned(), path };
    let errors = if source == "rapl" { [("gone", 2)].into() } else { [].into() };
    MeterView { info: Arc::new(info), unseen: Span::from_micros(1_500_000), errors }
}
