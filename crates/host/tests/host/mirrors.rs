//! Dies that show one counter, sockets that share nothing, and the energy of both.

use gpu_carbon_host::{Choice, Meters, Outcome};
use proptest::prelude::*;

use crate::tree::{RANGE, Tree, USUAL, joules, moment};

/// The energy of the host after each round, and the last outcomes.
struct Played {
    joules: f64,
    outcomes: Vec<Outcome>,
    meters: Meters,
}

/// Plays seconds in which counters rise by so many microjoules, from their first values on. Each meter is read `late`
/// milliseconds after the one before, in which a mirror goes on.
fn play(names: &[&str], first: &[u64], seconds: &[Vec<u64>]) -> Played {
    let tree = Tree::new();
    let mut counters = first.to_vec();
    for (index, (name, counter)) in names.iter().zip(&counters).enumerate() {
        tree.zone(&format!("intel-rapl:{index}"), name, *counter);
    }
    let choice = Choice { hwmon: false, ..USUAL };
    let mut meters = tree.find(choice);
    let mut outcomes = meters.read(|| moment(1000));
    let mut total = 0.0;
    for (second, rises) in (2..).zip(seconds) {
        for (index, rise) in rises.iter().enumerate() {
            counters[index] = (counters[index] + rise) % (RANGE + 61);
            tree.count(&format!("intel-rapl:{index}"), counters[index].min(RANGE));
        }
        outcomes = meters.read(|| moment(second * 1000));
        total += outcomes.iter().map(joules).sum::<f64>();
    }
    Played { joules: total, outcomes, meters }
}

#[test]
fn dies_that_show_one_counter_are_counted_once() {
    let seconds: Vec<Vec<u64>> =
        (0..40_u64).map(|n| vec![60_000_000 + n * n * 11_117; 2]).collect();
    let truth: u64 = seconds.iter().map(|rises| rises[0]).sum();
    let first = 5_000_000_000;
    for names in [["package-0", "package-1"], ["package-0-die-0", "package-0-die-1"]] {
        // The second value is read a little later.
        let played = play(&names, &[first, first + 3500], &seconds);
        assert!((played.joules - truth as f64 / 1e6).abs() < 1e-6, "{names:?}: {}", played.joules);
        assert!(matches!(played.outcomes[1], Outcome::MirrorOf(0)), "{:?}", played.outcomes);
        assert_eq!(played.meters.meters().len(), 2);
    }
}

#[test]
fn four_dies_of_a_socket_are_one() {
    let names = ["package-0-die-0", "package-0-die-1", "package-0-die-2", "package-0-die-3"];
    let seconds: Vec<Vec<u64>> = (0..30_u64).map(|n| vec![90_000_000 + n * 1_311_117; 4]).collect();
    let truth: u64 = seconds.iter().map(|rises| rises[0]).sum();
    let played = play(&names, &[70, 71, 72, 73], &seconds);
    assert!((played.joules - truth as f64 / 1e6).abs() < 1e-6, "{}", played.joules);
    let of_first = |it: &Outcome| matches!(it, Outcome::MirrorOf(0));
    assert!(played.outcomes[1..].iter().all(of_first), "{:?}", played.outcomes);
}

#[test]
fn sockets_at_one_power_limit_are_two() {
    // Both draw exactly the same, so that only the values differ.
    let seconds = vec![vec![350_000_000; 2]; 30];
    let played = play(&["package-0", "package-1"], &[5_000_000_000, 95_000_000_000], &seconds);
    assert!((played.joules - 2.0 * 350.0 * 30.0).abs() < 1e-6, "{}", played.joules);
}

#[test]
fn sockets_at_one_power_whose_counters_are_near_are_two() {
    // Soon after a boot, the counters of two idle sockets have not gone far apart.
    let seconds = vec![vec![60_000_000; 2]; 30];
    for apart in [3_000_000, 50_000_000, 390_000_000] {
        let played =
            play(&["package-0", "package-1"], &[5_000_000_000, 5_000_000_000 + apart], &seconds);
        assert!((played.joules - 2.0 * 60.0 * 30.0).abs() < 1e-6, "{apart}: {}", played.joules);
    }
}

#[test]
fn dies_with_counters_of_their_own_are_two_and_lose_nothing() {
    let names = ["package-0-die-0", "package-0-die-1"];
    let seconds: Vec<Vec<u64>> =
        (0..30_u64).map(|n| vec![90_000_000, 80_000_000 + n * 100_000]).collect();
    let truth: u64 = seconds.iter().flatten().sum();
    let played = play(&names, &[70, 75], &seconds);
    assert!((played.joules - truth as f64 / 1e6).abs() < 1e-6, "{}", played.joules);
}

#[test]
fn counters_that_stand_decide_nothing() {
    let names = ["package-0", "package-1"];
    let mut seconds = vec![vec![0; 2]; 100];
    let played = play(&names, &[0, 0], &seconds);
    assert!(matches!(played.outcomes[1], Outcome::Withheld), "{:?}", played.outcomes);
    seconds.extend(vec![vec![50_000_000, 0]; 3]);
    let played = play(&names, &[0, 0], &seconds);
    assert!(matches!(played.outcomes[1], Outcome::Read(_)), "{:?}", played.outcomes);
}

#[test]
fn a_suspect_whose_other_is_gone_for_a_minute_counts() {
    let tree = Tree::new();
    tree.zone("intel-rapl:0", "package-0", 0).zone("intel-rapl:1", "package-1", 0);
    let mut meters = tree.find(USUAL);
    meters.read(|| moment(0));
    std::fs::remove_dir_all(tree.path("powercap/intel-rapl:0")).unwrap();
    let mut total = 0.0;
    for second in 1..=70 {
        tree.count("intel-rapl:1", second * 80_000_000);
        let outcomes = meters.read(|| moment(second * 1000));
        assert!(matches!(outcomes[0], Outcome::Failed(_)));
        total += joules(&outcomes[1]);
    }
    assert!((total - 5600.0).abs() < 1e-6, "{total}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn energy_is_never_doubled_and_never_lost(
        watts in prop::collection::vec((1_u64..600, 1_u64..600), 61..90),
        first in 0..RANGE,
        is_mirror in any::<bool>(),
    ) {
        let seconds: Vec<Vec<u64>> = watts
            .iter()
            .map(|&(one, two)| vec![one * 1_000_000, if is_mirror { one } else { two } * 1_000_000])
            .collect();
        let truth: u64 = seconds.iter().map(|rises| rises[0] + if is_mirror { 0 } else { rises[1] }).sum();
        let played = play(&["package-0-die-0", "package-0-die-1"], &[first; 2], &seconds);
        prop_assert!((played.joules - truth as f64 / 1e6).abs() < 1e-3, "{} J, truly {truth} uJ", played.joules);
    }
}
