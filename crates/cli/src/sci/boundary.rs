//! The boundary of a disclosure from the ledger.

use std::collections::BTreeMap;

use gpu_carbon_core::boundary::{GPU_SHARE_HINT, HostPart};
use gpu_carbon_core::disclosure::{BoundaryPart, Persona, SoftwareBoundary, Stage};
use gpu_carbon_ledger::Reader;
use gpu_carbon_ledger::report::WorkloadTotals;

use super::boundary_part::part;
use super::host::title;
use super::selection::Selection;
use crate::report::manufacture::GpuManufacture;

/// The GPUs that are counted, with the parts of their hosts that are, and those that are not.
pub(super) fn of_host(
    selection: &Selection,
    reader: &Reader,
    manufactures: &[GpuManufacture<'_>],
) -> (Vec<BoundaryPart>, Vec<BoundaryPart>) {
    let held = |it: &WorkloadTotals| it.gpus.iter().copied().collect::<Vec<_>>();
    let mut places: Vec<usize> = match selection.workloads.as_slice() {
        [] => (0..reader.gpus().len()).collect(),
        some => some.iter().flat_map(|it| held(&it.totals)).collect(),
    };
    places.sort_unstable();
    places.dedup();
    let mut models: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for gpu in places.iter().filter_map(|&place| reader.gpus().get(place)) {
        models.entry(gpu.name.as_str()).or_default().push(&gpu.uuid);
    }
    let model = |(name, uuids): (&&str, &Vec<&str>)| {
        format!("{} {name} ({})", uuids.len(), uuids.join(", "))
    };
    let models: Vec<String> = models.iter().map(model).collect();
    let included = part("GPUs", &format!("{}, by their own meters", models.join(", ")));
    let mut included = vec![included];
    let mut left_out = Vec::new();
    let servers = "manufacture of the servers around the GPUs";
    let some_with = manufactures.iter().any(GpuManufacture::contains_server);
    let some_without = manufactures.iter().any(GpuManufacture::is_without_server);
    let counted = "of each GPU its part, as the exporter counts it (embodied.server)";
    match (some_with, some_without) {
        (true, false) => included.push(part(servers, counted)),
        (true, true) => included.push(part(servers, &format!("{counted}, for a part of the time"))),
        (false, _) => left_out
            .push(part(servers, "the ledger has figures of GPUs alone (embodied.server adds it)")),
    }
    if let Some(host) = &selection.host {
        let (parts, others) = host.boundary();
        included.extend(parts);
        left_out.extend(others.into_iter().chain(of_others()));
        return (included, left_out);
    }
    let host = |it: HostPart| match reader.host_accounts().any(|row| row.account.part == it) {
        true => "the boundary of the exporter's configuration (host.boundary) contains GPUs alone"
            .to_owned(),
        false => format!("the ledger has no energy of it ({GPU_SHARE_HINT})"),
    };
    let parts = [HostPart::Cpu, HostPart::Memory, HostPart::Rest];
    let parts = parts.map(|it| part(title(it), &host(it)));
    (included, parts.into_iter().chain(left_out).chain(of_others()).collect())
}

/// The parts that are outside the host.
fn of_others() -> [BoundaryPart; 2] {
    [
        part("storage and network", "they are outside the host, and nothing measures them"),
        part("clients", "they are not in the operator's hands"),
    ]
}

/// The whole boundary, with the overhead of the data centre and the stages that are not counted.
pub(super) fn complete(
    mut included: Vec<BoundaryPart>,
    mut left_out: Vec<BoundaryPart>,
    persona: Persona,
    stages: &[Stage],
) -> SoftwareBoundary {
    included.push(part(
        "overhead of the data centre",
        "cooling and the supply of power, by the power usage effectiveness",
    ));
    let others: Vec<&str> = Stage::ALL
        .iter()
        .filter(|stage| stage.persona() == persona && !stages.contains(stage))
        .map(|stage| stage.name())
        .collect();
    if !others.is_empty() {
        left_out.push(part(&others.join(", "), "no energy of these stages was named"));
    }
    let other = if persona == Persona::Consumer { Persona::Provider } else { Persona::Consumer };
    let stages: Vec<&str> = other.stages().iter().map(|stage| stage.name()).collect();
    left_out.push(part(
        &stages.join(", "),
        &format!("they count for the score of the {other}, and the two are never added up"),
    ));
    SoftwareBoundary { included, left_out }
}
