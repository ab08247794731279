//! The shares of workloads in the energy of the host: by processor time and by held GPUs, conserved to the last bit.

use gpu_carbon_attribution::cpu_time::HostTime;

use super::*;
use crate::accounting::workloads::HostHolders;
use crate::holders::CpuUse;
use crate::host_view::HostPart;

/// A claim on the GPU of a number, from the start on.
fn claim_of(number: u32, name: &str) -> Claim {
    Claim { gpu: ClaimedGpu::Number(number), ..claim(Some(name), 0, 0, None) }
}

fn cpu(busy: u64, by_workload: &[(&str, u64)]) -> Option<Arc<CpuUse>> {
    let host = HostTime { busy, whole: 64_000_000 * 10 };
    let by_workload = by_workload.iter().map(|(name, time)| ((*name).into(), *time)).collect();
    Some(Arc::new(CpuUse { host, by_workload }))
}

/// The holders of a host between two readings of its processors' time.
fn attribution_of(claims: Vec<Claim>, [before, after]: [Option<Arc<CpuUse>>; 2]) -> Attribution {
    let now = ClockReading::steady(at(10));
    let latest = Arc::new(Latest::new(Holdings { cpu: before, ..holdings(claims.clone(), 10) }));
    let mut attribution = Attribution::new(&settings(200), Arc::clone(&latest));
    attribution.refresh(now);
    latest.publish(Holdings { cpu: after, ..holdings(claims, 10) });
    attribution.refresh(now);
    attribution
}

fn host<'a>(attribution: &'a Attribution, names: &'a [String]) -> HostHolders<'a> {
    let gpu = |(number, uuid): (u32, &'a String)| attribution.of_gpu(uuid, number, None);
    attribution.of_host((0..).zip(names).map(gpu))
}

/// The shares of a flow of some joules in ten seconds, as the shares of a part of the host record it.
fn shares(part: HostPart, joules: f64, host: &HostHolders<'_>, pending: bool) -> GpuShares {
    let mut shares = GpuShares::new(at(0), false);
    let mut account = Account::default();
    let series = Series::constant(intensity(400.0));
    let conversion = (!pending).then_some(Conversion { series: &series, pue: Pue::ONE });
    let energy = Energy::from_joules(joules).unwrap();
    let flow = Flow { interval: Interval::new(at(0), at(10)), energy };
    account.add_and_journal(flow, conversion.as_ref(), &mut |entry| {
        shares.record_of_host(entry, entry.interval.start().floor_to(SLOT), part, host);
    });
    shares
}

fn joules(shares: &GpuShares) -> Vec<(String, f64)> {
    let view = shares.published(false).unwrap();
    let named = view.by_workload.iter().map(|(name, it)| (name.to_string(), it.energy_joules));
    let others = [("-", view.unallocated), ("?", view.unknown)];
    named.chain(others.map(|(name, it)| (name.to_owned(), it.energy_joules))).collect()
}

fn expected(parts: &[(&str, f64)]) -> Vec<(String, f64)> {
    parts.iter().map(|(name, joules)| ((*name).to_owned(), *joules)).collect()
}

#[test]
fn processors_are_paid_by_their_time_and_all_else_by_held_gpus() {
    let names: Vec<String> = (0..4).map(|number| format!("GPU-{number}")).collect();
    let claims = vec![claim_of(0, "slurm:1"), claim_of(1, "slurm:1"), claim_of(2, "slurm:2")];
    let before = cpu(1_000_000, &[("slurm:1", 400_000), ("slurm:2", 0)]);
    let after = cpu(11_000_000, &[("slurm:1", 2_400_000), ("slurm:2", 6_000_000)]);
    let attribution = attribution_of(claims.clone(), [before, after]);
    let holders = host(&attribution, &names);
    // Two, one and none of four GPUs.
    let by_gpus = [("slurm:1", 200.0), ("slurm:2", 100.0), ("-", 100.0), ("?", 0.0)];
    for part in [HostPart::Memory, HostPart::Rest] {
        assert_eq!(joules(&shares(part, 400.0, &holders, false)), expected(&by_gpus), "{part:?}");
    }
    // 2 s, 6 s and, of others, 2 s of 10 s; the power without work is not known yet.
    let by_time = [("slurm:1", 200.0), ("slurm:2", 600.0), ("-", 200.0), ("?", 0.0)];
    assert_eq!(joules(&shares(HostPart::Cpu, 1000.0, &holders, true)), expected(&by_time));

    let unknown = attribution_of(claims, [None, None]);
    let holders = host(&unknown, &names);
    assert_eq!(joules(&shares(HostPart::Cpu, 400.0, &holders, false)), expected(&by_gpus));
    let none = attribution_of(Vec::new(), [None, None]);
    let holders = host(&none, &[]);
    let unallocated = [("-", 400.0), ("?", 0.0)];
    assert_eq!(joules(&shares(HostPart::Cpu, 400.0, &holders, false)), expected(&unallocated));
}

proptest! {
    #[test]
    fn the_shares_of_the_host_add_up_to_it(
        held in prop::collection::vec(0..6_usize, 0..8),
        used in prop::collection::vec(0..100_000_000_u64, 6),
        others in 0..100_000_000_u64,
        joules in 0.0..1e9_f64,
        is_pending in any::<bool>(),
    ) {
        let workload = |index: usize| format!("slurm:{index}");
        let held_by = held.iter().zip(0..).filter(|(workload, _)| **workload > 0);
        let claims = held_by.map(|(index, number)| claim_of(number, &workload(*index))).collect();
        let names: Vec<String> = (0..held.len()).map(|number| format!("GPU-{number}")).collect();
        let texts: Vec<String> = (0..6).map(workload).collect();
        let times: Vec<(&str, u64)> = texts.iter().map(|it| &**it).zip(used.clone()).collect();
        let zeros: Vec<(&str, u64)> = texts.iter().map(|it| (&**it, 0)).collect();
        let busy = used.iter().sum::<u64>() + others;
        let attribution = attribution_of(claims, [cpu(0, &zeros), cpu(busy, &times)]);
        let holders = host(&attribution, &names);
        for part in [HostPart::Cpu, HostPart::Memory, HostPart::Rest] {
            let shares = shares(part, joules, &holders, is_pending);
            let view = shares.published(false).unwrap();
            let of_workloads: f64 = view.by_workload.iter().map(|(_, it)| it.energy_joules).sum();
            let whole = of_workloads + view.unallocated.energy_joules + view.unknown.energy_joules;
            prop_assert!((whole - joules).abs() <= 1e-12 * joules, "{whole} J of {joules} J");
            let grams = view.workloads.emissions_grams + view.unallocated.emissions_grams + view.unknown.emissions_grams;
            let emitted = if is_pending { 0.0 } else { joules / 3.6e6 * 400.0 };
            prop_assert!((grams - emitted).abs() <= 1e-11 * emitted, "{grams} g of {emitted} g");
            if part != HostPart::Cpu {
                let free = held.iter().filter(|workload| **workload == 0).count() as f64;
                let unallocated = if held.is_empty() { joules } else { joules * free / held.len() as f64 };
                prop_assert!((view.unallocated.energy_joules - unallocated).abs() <= 1e-9 * joules);
            }
        }
    }
}
