//! Workloads that hold MIG instances of a GPU.

use gpu_carbon_core::{Flow, Interval};

use super::*;
use crate::holders::{Partition, UseByInstance};
use crate::nvml::MigInstance;

/// A GPU of 7 slices with instances of 3, 2 and 1 of them, whose GPU instances are 2, 5 and 9. No process ran in the last one.
fn partition() -> Partition {
    let instance =
        |uuid: &str, slices, gpu_instance| MigInstance { uuid: uuid.into(), slices, gpu_instance };
    let instances = vec![
        instance("MIG-3", 3, Some(2)),
        instance("MIG-2", 2, Some(5)),
        instance("MIG-1", 1, None),
    ];
    Partition { slices: 7, instances }
}

fn on_instance(name: &str, uuid: &str) -> Claim {
    Claim { gpu: ClaimedGpu::Instance(uuid.into()), ..claim(Some(name), 0, 0, None) }
}

/// The joules by payer of ten seconds in which the divided GPU used 700 J, 70 J of them idle.
fn joules(claims: Vec<Claim>, used: Option<&[(u32, u64)]>) -> (Vec<(String, f64)>, SharingMethod) {
    let mut attribution = attribution_with(claims, Power::from_watts(7.0).ok());
    attribution.set_partition("GPU-a".into(), Some(partition()));
    let used = used.map(|used| Used::ByInstance(used.iter().copied().collect::<UseByInstance>()));
    let mut gpu = Gpu::new();
    let holders = attribution.of_gpu("GPU-a", 3, used.as_ref());
    let interval = Interval::new(at(0), at(10));
    let flow = Flow { interval, energy: Energy::from_joules(700.0).unwrap() };
    let Gpu { account, shares } = &mut gpu;
    account.add_and_journal(flow, None, &mut |entry| {
        shares.record(entry, at(0), Watching::Running, &holders);
    });
    shares.record_presence(interval, at(0), None, Watching::Running, &holders);
    gpu.check_conservation();
    let rounded = |(name, joules): (String, f64)| (name, (joules * 1e9).round() / 1e9);
    (gpu.joules().into_iter().map(rounded).collect(), gpu.view().method)
}

#[test]
fn idle_power_is_divided_by_slices_and_the_rest_by_the_use_of_them() {
    let claims = vec![on_instance("a", "MIG-3"), on_instance("b", "MIG-2")];
    // 630 J are divided by 3 x 50 and 2 x 30.
    let (found, method) = joules(claims.clone(), Some(&[(2, 50), (5, 30)]));
    let expected = [("a", 30.0 + 450.0), ("b", 20.0 + 180.0), ("-", 20.0), ("?", 0.0)];
    assert_eq!((found, method), (named(&expected), SharingMethod::Utilization));
    // Without a measurement, the slices that are held are used alike.
    let (found, method) = joules(claims, None);
    let expected = [("a", 30.0 + 378.0), ("b", 20.0 + 252.0), ("-", 20.0), ("?", 0.0)];
    assert_eq!((found, method), (named(&expected), SharingMethod::Held));
}

#[test]
fn one_holder_of_an_instance_does_not_pay_for_the_others() {
    let (found, _) = joules(vec![on_instance("b", "MIG-2")], Some(&[(2, 50), (5, 75)]));
    // Someone unknown uses the instance that no known workload holds.
    let expected = [("b", 20.0 + 315.0), ("-", 50.0), ("?", 315.0)];
    assert_eq!(found, named(&expected));
    // An idle GPU is paid by slices.
    let (found, _) = joules(vec![on_instance("b", "MIG-2")], Some(&[]));
    assert_eq!(found, named(&[("b", 200.0), ("-", 500.0), ("?", 0.0)]));
}

#[test]
fn replicas_of_one_instance_share_it_equally() {
    let claims = ["a", "b"].map(|name| on_instance(name, "MIG-3")).to_vec();
    let (found, _) = joules([claims, vec![on_instance("c", "MIG-1")]].concat(), Some(&[(2, 40)]));
    let expected = [("a", 15.0 + 315.0), ("b", 15.0 + 315.0), ("c", 10.0), ("-", 30.0), ("?", 0.0)];
    assert_eq!(found, named(&expected));
}

#[test]
fn who_holds_the_whole_gpu_pays_for_it_though_it_is_divided() {
    let (found, method) = joules(vec![claim(Some("a"), 0, 0, None)], Some(&[(2, 40)]));
    let expected = [("a", 700.0), ("-", 0.0), ("?", 0.0)];
    assert_eq!((found, method), (named(&expected), SharingMethod::Exclusive));
}

#[test]
fn an_instance_that_no_gpu_has_may_be_on_any_divided_one() {
    let (found, _) = joules(vec![on_instance("a", "MIG-x")], None);
    assert_eq!(found, named(&[("-", 0.0), ("?", 700.0)]));
    let numbered = |instance| Claim {
        gpu: ClaimedGpu::NumberedInstance { number: 3, instance },
        ..claim(Some("a"), 0, 0, None)
    };
    let (found, _) = joules(vec![numbered(4)], None);
    assert_eq!(found, named(&[("-", 0.0), ("?", 700.0)]));
    let (found, _) = joules(vec![numbered(5)], Some(&[(5, 1)]));
    assert_eq!(found, named(&[("a", 20.0 + 630.0), ("-", 50.0), ("?", 0.0)]));
    // A GPU that is not divided has no instance.
    let mut attribution = attribution_with(vec![on_instance("a", "MIG-x")], None);
    attribution.set_partition("GPU-b".into(), Some(partition()));
    let mut gpu = Gpu::new();
    gpu.use_energy((0, 10, 700.0), None, &attribution);
    assert_eq!(gpu.joules(), named(&[("-", 700.0), ("?", 0.0)]));
}

proptest! {
    #[test]
    fn shares_of_instances_add_up(
        claimed in prop::collection::vec((0..3_usize, 0..5_usize), 0..6),
        used in prop::option::of(prop::collection::vec((0_u32..10, 0_u64..1_000_000_000), 0..4)),
    ) {
        let claim_of = |(name, instance): (usize, usize)| {
            let name = ["a", "b", "c"][name];
            match instance {
                4 => claim(Some(name), 0, 0, None),
                place => on_instance(name, ["MIG-3", "MIG-2", "MIG-1", "MIG-x"][place]),
            }
        };
        let (found, _) = joules(claimed.into_iter().map(claim_of).collect(), used.as_deref());
        let sum: f64 = found.iter().map(|(_, joules)| joules).sum();
        prop_assert!((sum - 700.0).abs() <= 1e-9, "{found:?}");
    }
}
