//! The host around the GPUs as a share of their energy.

use gpu_carbon_core::Ratio;

use super::*;

const SHARE: f64 = 0.345;

fn of_share() -> Declared {
    Declared { share_of_gpus: Ratio::from_number(SHARE).ok(), ..Declared::default() }
}

fn gpu_joules(accounting: &Accounting) -> f64 {
    let snapshot = accounting.snapshot(at(0));
    snapshot.gpus.iter().filter_map(|gpu| gpu.totals).map(|it| it.energy.as_joules()).sum()
}

#[test]
fn a_share_follows_the_energy_of_the_gpus_and_its_emissions_theirs() {
    let mut accounting = accounting(of_share(), vec![]);
    accounting.set_grid(grid(Some(400.0)), at(0));
    find_gpu(&mut accounting);
    for second in 1..=1000 {
        read_gpu(&mut accounting, second);
    }
    let rest = component(&accounting, HostPart::Rest).unwrap();
    let gpus = gpu_joules(&accounting);
    assert!(gpus >= 299_000.0, "{gpus}");
    assert!((rest.energy.as_joules() - SHARE * gpus).abs() <= 1e-12 * gpus);
    let of_gpus = accounting.snapshot(at(0)).gpus[0].totals.unwrap().emissions.as_grams();
    let grams = rest.emissions.unwrap().mass.as_grams();
    assert!((grams - SHARE * of_gpus).abs() <= 1e-12 * of_gpus);
    assert_eq!(rest.method, HostMethod::Declared);
    accounting.check(now(1000));
    let power = component(&accounting, HostPart::Rest).unwrap().power.unwrap();
    assert!((power.as_watts() - SHARE * 300.0).abs() < 1e-6, "{power:?}");
    let boundary = accounting.snapshot(at(1000)).host.boundary;
    let share = Declaration::ShareOfGpus(Ratio::from_number(SHARE).unwrap());
    assert_eq!(boundary.rest, Knowledge::Declared(share));
    assert_eq!([boundary.cpu, boundary.memory], [Knowledge::InRest; 2]);
}

#[test]
fn a_share_ends_where_a_meter_measures_a_part_of_it() {
    let mut accounting = accounting(of_share(), vec![info(Component::Memory, "package-0/dram")]);
    find_gpu(&mut accounting);
    for second in 1..=10 {
        read_gpu(&mut accounting, second);
    }
    let before = joules(&accounting, HostPart::Rest);
    assert!(before > 0.0);
    accounting.record_host(vec![first(0)], now(10));
    for second in 11..=20 {
        read_gpu(&mut accounting, second);
    }
    accounting.check(now(20));
    let rest = component(&accounting, HostPart::Rest).unwrap();
    assert_eq!((rest.energy.as_joules(), rest.power), (before, None));
    let boundary = accounting.snapshot(at(20)).host.boundary;
    assert_eq!([boundary.cpu, boundary.rest], [Knowledge::LeftOut; 2], "nothing is filled in");
}
