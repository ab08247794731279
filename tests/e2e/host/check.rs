//! The comparison with `perf stat`, on a sysfs of a test and with a program in the place of perf.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use gpu_carbon_tests::fake_power::FakePower;

use super::RANGE;

#[test]
fn the_check_compares_our_watts_with_those_of_perf() {
    let folder = tempfile::tempdir().unwrap();
    let power = FakePower::new(folder.path().join("sys")).unwrap();
    let zone = power.add_zone(&["intel-rapl:0"], &["package-0"], RANGE, 50_000_000_000).unwrap();
    power.set_milliwatts(zone, 200_000);
    let perf = folder.path().join("perf");
    let script = "#!/bin/sh\nsleep 4\necho '800.00,Joules,power/energy-pkg/,4000000000,100.00,,' >&2\n\
        echo '<not supported>,Joules,power/energy-ram/,0,100.00,,' >&2\n";
    fs::write(&perf, script).unwrap();
    fs::set_permissions(&perf, fs::Permissions::from_mode(0o755)).unwrap();
    let mut check = Command::new(env!("CARGO_BIN_EXE_host_check"));
    check.args(["--seconds", "4", "--sysfs"]).arg(power.root()).arg("--perf").arg(&perf);
    let output = check.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let row: Vec<&str> =
        text.lines().find(|it| it.starts_with("cpu")).unwrap().split_whitespace().collect();
    assert_eq!(row[2], "200.00", "{text}");
    // A busy machine may run the thread of the counter late.
    let ratio: f64 = row[3].parse().unwrap();
    assert!(ratio > 0.2 && ratio < 1.5, "{text}");
}
