//! The time without an exporter, and the first reading after it.

use super::*;

#[test]
fn energy_of_the_time_without_an_exporter_is_paid_by_its_holder_before_and_after() {
    let holds = |name| attribution(vec![claim(Some(name), 0, 0, None)], 200, 10);
    let after = |name, from| attribution(vec![claim(Some(name), 0, from, None)], 200, from);
    for (name, expected) in [
        ("a", named(&[("a", 300.0), ("-", 0.0), ("?", 0.0)])),
        ("b", named(&[("a", 100.0), ("-", 0.0), ("?", 200.0)])),
    ] {
        let mut gpu = Gpu::new();
        gpu.use_energy((0, 10, 100.0), None, &holds("a"));
        gpu.use_energy_while(Watching::Away, (-100, -80, 200.0), None, None, &after(name, 30));
        assert_eq!(gpu.joules(), expected);
        gpu.check_conservation();
    }
    let mut gpu = Gpu::new();
    gpu.use_energy((0, 10, 100.0), None, &holds("a"));
    let two = vec![claim(Some("a"), 0, 30, None), claim(None, 0, 30, None)];
    gpu.use_energy_while(
        Watching::Away,
        (-100, -80, 200.0),
        None,
        None,
        &attribution(two, 200, 30),
    );
    assert_eq!(gpu.joules(), named(&[("a", 100.0), ("-", 0.0), ("?", 200.0)]), "it is shared now");
}

#[test]
fn the_first_reading_waits_until_the_sources_have_said_who_holds_the_gpu() {
    let of_gpu = |attribution: &Attribution| attribution.of_gpu("GPU-a", 3, None).are_known();
    assert!(of_gpu(&attribution(vec![claim(Some("a"), 0, 0, None)], 200, 10)));
    assert!(of_gpu(&attribution(Vec::new(), 200, 10)), "all of them know that none holds it");
    let mut unwatched = holdings(vec![claim(Some("a"), 1, 0, None)], 10);
    unwatched.sources[0].watch = Watch::All(None);
    let latest = Arc::new(Latest::new(unwatched));
    let mut attribution = Attribution::new(&settings(200), latest);
    attribution.refresh(ClockReading::steady(at(10)));
    assert!(!of_gpu(&attribution), "the first source has not answered");
}
