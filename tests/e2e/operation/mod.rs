//! The exporter in the hands of an operator: signals, another configuration, GPUs that are released, suspended, excluded,
//! removed or alike.

mod choice;
mod readiness;
mod release;
mod reload;
mod signals;
mod suspended;
mod twins;

use std::fs;
use std::os::unix::fs::symlink;

use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::machine::Machine;

use super::steady_gpu::{WATTS, check_energy, counted, counted_after, counted_first, gpu, up};

const QUICK: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms, rescan_period: 500ms}\n";

fn start(script: &str, configuration: &str) -> (Machine, Exporter) {
    let machine = Machine::new(script).unwrap();
    machine.configure(configuration).unwrap();
    let exporter = run(&machine);
    (machine, exporter)
}

/// Starts the exporter on a machine, with the kernel's files of the machine.
fn run(machine: &Machine) -> Exporter {
    let mut command = command(machine).unwrap();
    command.arg("--path.sysfs").arg(machine.path("sys"));
    command.arg("--path.procfs").arg(machine.path("proc"));
    Exporter::run(command).unwrap()
}

/// Adds the kernel's files of the GPU at an index.
fn add_to_sysfs(machine: &Machine, index: u8) {
    let device = machine.path(&format!("sys/bus/pci/devices/0000:{:02x}:00.0", 0x17 + index));
    let driver = machine.path("sys/bus/pci/drivers/nvidia");
    fs::create_dir_all(device.join("power")).unwrap();
    fs::create_dir_all(&driver).unwrap();
    fs::write(device.join("vendor"), "0x10de\n").unwrap();
    fs::write(device.join("class"), "0x030200\n").unwrap();
    fs::write(device.join("power/control"), "auto\n").unwrap();
    symlink(driver, device.join("driver")).unwrap();
    set_runtime_status(machine, index, "active");
}

fn set_runtime_status(machine: &Machine, index: u8, status: &str) {
    let device = format!("sys/bus/pci/devices/0000:{:02x}:00.0", 0x17 + index);
    fs::write(machine.path(&device).join("power/runtime_status"), format!("{status}\n")).unwrap();
}
