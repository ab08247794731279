//! The whole host and its parts, declared powers, and a host without meters.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::ensure;
use gpu_carbon_tests::exporter::{Exporter, binary, command, startup_error};
use gpu_carbon_tests::fake_power::FakePower;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

use super::{CONSTANT, ENERGY, GPU, RANGE, boundary, of, scrape_until, start};

#[test]
fn a_host_without_meters_has_its_boundary_and_one_line_of_the_log() {
    let machine = Machine::new(GPU).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    let exporter = start(&machine, &power, CONSTANT);
    scrape_until("a GPU", &exporter, |it| Ok(it.gpu(0, "energy_joules_total")? > 0.0));
    let left_out = "gpus=\"measured\",cpu=\"left_out\",memory=\"left_out\",rest=\"left_out\"";
    assert_eq!(boundary(&exporter).unwrap(), left_out);
    let scrape = exporter.scrape().unwrap();
    let of_host = scrape.iter().filter(|(series, _)| series.starts_with("gpu_carbon_host_"));
    assert_eq!(of_host.count(), 0);
    let lines = exporter.log().lines().filter(|line| line.contains("host")).count();
    assert_eq!(lines, 1, "{}", exporter.log());
    let threads = fs::read_dir(format!("/proc/{}/task", exporter.pid())).unwrap();
    let names = threads.map(|it| fs::read_to_string(it.unwrap().path().join("comm")).unwrap());
    assert!(names.collect::<Vec<_>>().iter().all(|name| name.trim() != "host"));
}

#[test]
fn a_meter_that_may_not_be_read_is_left_out_and_the_log_has_the_command() {
    let machine = Machine::new(GPU).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    power.add_zone(&["intel-rapl:0"], &["package-0"], RANGE, 5_000_000_000).unwrap();
    power.add_zone(&["intel-rapl:1"], &["package-1"], RANGE, 9_000_000_000).unwrap();
    let set_mode = |mode| {
        for folder in ["intel-rapl:0", "intel-rapl:1"] {
            let file = power.path(&format!("powercap/{folder}/energy_uj"));
            fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    set_mode(0o000);
    machine.configure(CONSTANT).unwrap();
    fs::set_permissions(machine.path("."), fs::Permissions::from_mode(0o755)).unwrap();
    // The folder of the build may be closed to others.
    let copy = machine.path("exporter");
    assert!(Command::new("cp").arg(binary().unwrap()).arg(&copy).status().unwrap().success());
    let usual = command(&machine).unwrap();
    let mut command = Command::new(copy);
    command
        .args(usual.get_args())
        .envs(usual.get_envs().filter_map(|(name, it)| Some((name, it?))));
    command.arg("--path.sysfs").arg(power.root());
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.uid(65534).gid(65534); // the user `nobody`, since root may read everything
    }
    let exporter = Exporter::run(command).unwrap();
    let errors = "gpu_carbon_host_read_errors_total";
    scrape_until("refusals", &exporter, |it| {
        Ok(it.value(errors, &["zone=\"package-1\"", "error=\"no_permission\""])? > 1.0)
    });
    let log = exporter.log();
    let lines: Vec<&str> = log.lines().filter(|it| it.contains("chgrp gpu-carbon")).collect();
    assert!(lines.len() == 1 && lines[0].contains("meters=2"), "{log}");
    assert!(boundary(&exporter).unwrap().contains("cpu=\"left_out\""));
    assert!(of(&exporter.scrape().unwrap(), ENERGY, "cpu").is_err(), "absent, not 0");
    set_mode(0o444); // while the exporter runs
    wait_for("the processors", || {
        let boundary = boundary(&exporter)?;
        ensure!(boundary.contains("cpu=\"measured\""), "{boundary}: {}", exporter.log());
        Ok(())
    })
    .unwrap();
}

#[test]
fn the_platform_is_its_gpus_processors_and_the_rest() {
    let machine = Machine::new(GPU).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    let cpu = power.add_zone(&["intel-rapl:0"], &["package-0"], RANGE, 40_000_000_000).unwrap();
    power.set_milliwatts(cpu, 100_000);
    power.set_power_meter("hwmon2", 540_000_000).unwrap();
    let exporter = start(&machine, &power, CONSTANT);
    let first = scrape_until("some rest", &exporter, |it| Ok(of(it, ENERGY, "rest")? > 200.0));
    let before = of(&first, ENERGY, "platform").unwrap();
    let last = scrape_until("more of it", &exporter, |it| {
        Ok(of(it, ENERGY, "platform")? > before + 540.0 * 15.0)
    });
    let risen =
        |component| of(&last, ENERGY, component).unwrap() - of(&first, ENERGY, component).unwrap();
    let gpus =
        last.gpu(0, "energy_joules_total").unwrap() - first.gpu(0, "energy_joules_total").unwrap();
    let whole = risen("platform");
    let difference = whole - gpus - risen("cpu") - risen("rest");
    assert!(difference.abs() < 2.0 * 540.0, "{difference} J of {whole} J");
    assert_eq!(last.value("gpu_carbon_host_disagreement_joules_total", &[]).unwrap(), 0.0);
    let emissions = "gpu_carbon_host_emissions_grams_total";
    assert!(of(&last, emissions, "platform").is_err(), "it would be counted twice");
    let grams = of(&last, emissions, "rest").unwrap();
    let joules = of(&last, ENERGY, "rest").unwrap();
    assert!((grams - joules / 3.6e6 * 400.0).abs() < 1e-6, "{grams} g of {joules} J");
    let method = ["component=\"rest\"", "method=\"integrated\""];
    assert!(last.value(ENERGY, &method).is_ok());
    let expected = "gpus=\"measured\",cpu=\"measured\",memory=\"in_rest\",rest=\"measured\"";
    assert_eq!(boundary(&exporter).unwrap(), expected);
}

#[test]
fn a_release_of_the_gpus_puts_none_of_their_energy_into_the_rest() {
    let machine = Machine::new(GPU).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    power.set_power_meter("hwmon2", 540_000_000).unwrap();
    let exporter = start(&machine, &power, CONSTANT);
    let first = scrape_until("some rest", &exporter, |it| Ok(of(it, ENERGY, "rest")? > 400.0));
    assert_eq!(exporter.post("/-/release?for=12s").unwrap().0, 200);
    let of_gpu = |it: &Scrape| it.gpu(0, "energy_joules_total");
    let released = of_gpu(&exporter.scrape().unwrap()).unwrap();
    let last = scrape_until("the energy of that time", &exporter, |it| {
        Ok(of_gpu(it)? > released + 360.0 * 15.0)
    });
    let risen = |part| of(&last, ENERGY, part).unwrap() - of(&first, ENERGY, part).unwrap();
    let gpu = of_gpu(&last).unwrap() - of_gpu(&first).unwrap();
    let difference = risen("platform") - gpu - risen("rest");
    // Without a wait, the rest has 4,320 J too much. Some seconds pass until the GPU is late, and until both are read.
    assert!(difference.abs() <= 4.0 * 540.0, "{difference} J: {}", exporter.log());
    assert_eq!(last.value("gpu_carbon_host_disagreement_joules_total", &[]).unwrap(), 0.0);
}

#[test]
fn declared_powers_have_a_method_of_their_own_and_wait_for_an_intensity() {
    let machine = Machine::new(GPU).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    let slot = now() as i64 / 300 * 300 - 300;
    machine.set_intensities(&[(slot - 3600, 500.0), (slot - 3300, 500.0)]).unwrap();
    let yaml = "intensity: {source: file, path: intensity.csv}\n\
        host: {meters: none, declared: {cpu_watts: 150, memory_watts: 60}}\n";
    let exporter = start(&machine, &power, yaml);
    let pending = "gpu_carbon_host_pending_energy_joules";
    let scrape =
        scrape_until("pending energy", &exporter, |it| Ok(of(it, pending, "cpu")? > 300.0));
    let energy = of(&scrape, ENERGY, "cpu").unwrap();
    assert_eq!(of(&scrape, pending, "cpu").unwrap(), energy);
    assert!((energy / of(&scrape, ENERGY, "memory").unwrap() - 2.5).abs() < 1e-9);
    let method = ["component=\"memory\"", "method=\"declared\""];
    assert_eq!(scrape.value("gpu_carbon_host_power_watts", &method).unwrap(), 60.0);
    let intensities: Vec<(i64, f64)> = (-2..20).map(|n| (slot + n * 300, 600.0)).collect();
    machine.set_intensities(&intensities).unwrap();
    let scrape =
        scrape_until("converted energy", &exporter, |it| Ok(of(it, pending, "cpu")? == 0.0));
    let (grams, joules) = (
        of(&scrape, "gpu_carbon_host_emissions_grams_total", "cpu").unwrap(),
        of(&scrape, ENERGY, "cpu").unwrap(),
    );
    assert!((grams - joules / 3.6e6 * 600.0).abs() < 1e-6, "{grams} g of {joules} J");
    let expected = "gpus=\"measured\",cpu=\"declared\",memory=\"declared\",rest=\"left_out\"";
    assert_eq!(boundary(&exporter).unwrap(), expected);
}

#[test]
fn a_wrong_section_ends_the_start_with_its_key() {
    let machine = Machine::new(GPU).unwrap();
    machine.configure("intensity: {source: gb}\nhost: {declared: {cpu_watts: -5}}").unwrap();
    let (status, error) = startup_error(command(&machine).unwrap()).unwrap();
    assert_eq!(status, Some(2));
    assert!(error.contains("host.declared.cpu_watts") && error.contains("-5"), "{error}");
}
