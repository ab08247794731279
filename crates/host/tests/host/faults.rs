//! Files that are empty, wrong, forbidden or gone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use gpu_carbon_host::{Outcome, ReadError};
use proptest::prelude::*;

use crate::tree::{RANGE, Tree, USUAL, joules, moment};

const COUNTER: &str = "powercap/intel-rapl:0/energy_uj";

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Failed(error) => error.kind(),
        _ => "none",
    }
}

#[test]
fn a_wrong_content_is_an_error_that_names_the_file_and_the_value() {
    let tree = Tree::new();
    tree.zone("intel-rapl:0", "package-0", 1_000_000);
    let mut meters = tree.find(USUAL);
    meters.read(|| moment(0));
    let wrong = ["", "\n", "-5", "+5", "0x10", "1e9", "1 2", "99999999999999999999999", "NaN"];
    for (second, text) in (1..).zip(wrong) {
        tree.write(COUNTER, text);
        let outcomes = meters.read(|| moment(second * 1000));
        let Outcome::Failed(error) = &outcomes[0] else { panic!("{text:?}: {outcomes:?}") };
        assert_eq!(error.kind(), "implausible", "{text:?}");
        let message = error.to_string();
        let parts = ["intel-rapl:0/energy_uj", "microjoules", text.trim()];
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
    tree.count("intel-rapl:0", RANGE + 1);
    let outcomes = meters.read(|| moment(20_000));
    assert!(matches!(outcomes[0], Outcome::Failed(ReadError::TooLarge { .. })), "{outcomes:?}");
    // Nothing of the time of the errors is lost.
    tree.count("intel-rapl:0", 2_000_000_000);
    assert_eq!(joules(&meters.read(|| moment(21_000))[0]), 1999.0);
}

#[test]
fn a_file_that_is_none_is_an_error_and_delays_no_other_meter() {
    let tree = Tree::new();
    tree.zone("intel-rapl:0", "package-0", 0).zone("intel-rapl:1", "package-1", 90_000_000_000);
    tree.power_meter("hwmon0", "", 100_000_000);
    let mut meters = tree.find(USUAL);
    meters.read(|| moment(0));
    for (second, what) in [(1, "pipe"), (2, "device"), (3, "folder")] {
        for path in [COUNTER, "hwmon/hwmon0/power1_average"].map(|it| tree.path(it)) {
            fs::remove_file(&path).unwrap();
            match what {
                "pipe" => {
                    let made = std::process::Command::new("mkfifo").arg(&path).status();
                    assert!(made.unwrap().success());
                }
                "device" => std::os::unix::fs::symlink("/dev/zero", &path).unwrap(),
                _ => fs::create_dir(&path).unwrap(),
            }
        }
        tree.count("intel-rapl:1", 90_000_000_000 + second * 50_000_000);
        let outcomes = meters.read(|| moment(second * 1000));
        let found: Vec<_> = outcomes.iter().map(kind).collect();
        assert_eq!(found, ["io", "none", "io"], "{what}: {outcomes:?}");
        assert_eq!(joules(&outcomes[1]), 50.0, "{what}");
    }
}

#[test]
fn a_zone_that_vanishes_is_an_error_and_counts_when_it_is_back() {
    let tree = Tree::new();
    tree.zone("intel-rapl:0", "package-0", 0).power_meter("hwmon0", "", 100_000_000);
    let mut meters = tree.find(USUAL);
    meters.read(|| moment(0));
    fs::rename(tree.path("powercap/intel-rapl:0"), tree.path("powercap/away")).unwrap();
    fs::remove_file(tree.path("hwmon/hwmon0/power1_average")).unwrap();
    let outcomes = meters.read(|| moment(1000));
    assert_eq!(outcomes.iter().map(kind).collect::<Vec<_>>(), ["gone", "gone"]);
    fs::rename(tree.path("powercap/away"), tree.path("powercap/intel-rapl:0")).unwrap();
    tree.count("intel-rapl:0", 400_000_000).power_meter("hwmon0", "", 100_000_000);
    let outcomes = meters.read(|| moment(2000));
    assert_eq!(outcomes.iter().map(joules).collect::<Vec<_>>(), [400.0, 200.0]);
}

#[test]
fn a_lost_permission_invents_nothing() {
    let tree = Tree::new();
    tree.zone("intel-rapl:0", "package-0", 0);
    let mut meters = tree.find(USUAL);
    meters.read(|| moment(0));
    let path = tree.path(COUNTER);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // Root reads it all the same, so a folder in its place stands for what it may not read.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    for second in 1..=100 {
        let outcomes = meters.read(|| moment(second * 1000));
        assert_eq!(kind(&outcomes[0]), "io");
    }
    fs::remove_dir(&path).unwrap();
    tree.count("intel-rapl:0", 900_000_000);
    let outcomes = meters.read(|| moment(101_000));
    let Outcome::Read(reading) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert!(reading.flows.is_empty(), "the counter may have wrapped unseen");
    assert_eq!(reading.unseen.as_seconds(), 101.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_content_makes_it_panic_or_invent_energy(contents in prop::collection::vec(
        prop_oneof!["[0-9]{0,13}\n?", "\\PC{0,80}", (0..=RANGE).prop_map(|value| value.to_string())],
        1..30,
    )) {
        let tree = Tree::new();
        tree.zone("intel-rapl:0", "package-0", 0).power_meter("hwmon0", "", 1);
        let mut meters = tree.find(USUAL);
        let mut last = [0, 0];
        meters.read(|| moment(0));
        for (second, text) in (1..).zip(contents) {
            tree.write(COUNTER, &text).write("hwmon/hwmon0/power1_average", &text);
            let outcomes = meters.read(|| moment(second * 1000));
            for (last, outcome) in last.iter_mut().zip(&outcomes) {
                let most = 50_000.0 * (second - *last + 1) as f64;
                prop_assert!(joules(outcome) <= most, "{text:?}: {outcome:?}");
                if matches!(outcome, Outcome::Read(_)) {
                    *last = second;
                }
            }
        }
    }
}
