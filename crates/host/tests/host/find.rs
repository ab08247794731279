//! The meters of different hosts.

use gpu_carbon_host::{Choice, Component, Outcome};

use crate::tree::{RANGE, Tree, USUAL, joules, moment, names};

#[test]
fn a_server_has_packages_and_memory_each_once() {
    let tree = Tree::new();
    for (socket, base) in [(0, 1_000_000_000), (1, 90_000_000_000)] {
        tree.zone(&format!("intel-rapl:{socket}"), &format!("package-{socket}"), base);
        tree.zone(&format!("intel-rapl:{socket}:0"), "core", base);
        tree.zone(&format!("intel-rapl:{socket}:1"), "dram", base / 10);
        tree.zone(&format!("intel-rapl-mmio:{socket}"), &format!("package-{socket}"), base);
        tree.zone(&format!("intel-rapl-mmio:{socket}:0"), "dram", base / 10);
    }
    tree.zone("intel-rapl:2", "psys", 7).zone("dtpm:0", "package", 7);
    let (used, refused) = names(&tree.find(USUAL));
    assert_eq!(
        used,
        [
            "cpu = rapl package-0",
            "memory = rapl package-0/dram",
            "cpu = rapl package-1",
            "memory = rapl package-1/dram",
        ]
    );
    let reasons = [
        "rapl package-0/core: it is a part of rapl package-0",
        "rapl package-1/core: it is a part of rapl package-1",
        "rapl psys: its scope differs by model: it is read only if `host.meters` has `psys`",
        "rapl package-0: it is the same as rapl package-0, through another interface",
        "rapl package-0/dram: it is the same as rapl package-0/dram, through another interface",
        "rapl package-1: it is the same as rapl package-1, through another interface",
        "rapl package-1/dram: it is the same as rapl package-1/dram, through another interface",
    ];
    assert_eq!(refused, reasons);
    let meters = tree.find(USUAL);
    assert!(meters.meters().iter().all(|it| !it.path.to_string_lossy().contains("mmio")));
}

#[test]
fn psys_and_a_meter_of_acpi_are_read_as_asked_for_and_never_both() {
    let tree = Tree::new();
    tree.zone("intel-rapl:0", "package-0", 5).zone("intel-rapl:1", "psys", 7);
    let psys = Choice { rapl: false, psys: true, hwmon: true };
    assert_eq!(names(&tree.find(psys)).0, ["platform = rapl psys"]);
    let none = Choice { rapl: false, psys: false, hwmon: false };
    assert_eq!(names(&tree.find(none)).0, [""; 0]);
    tree.power_meter("hwmon3", "", 350_000_000);
    let (used, refused) = names(&tree.find(Choice { rapl: true, ..psys }));
    assert_eq!(used, ["cpu = rapl package-0", "platform = hwmon hwmon3"]);
    assert_eq!(refused, ["rapl psys: it is the same as hwmon hwmon3, through another interface"]);
}

#[test]
fn zones_of_one_name_have_names_of_their_own() {
    let tree = Tree::new();
    tree.zone("intel-rapl:0", "psys", 5).zone("intel-rapl:1", "psys", 9_000_000_000);
    tree.zone("intel-rapl:2", "psys (2)", 7);
    let choice = Choice { rapl: false, psys: true, hwmon: false };
    let (used, _) = names(&tree.find(choice));
    assert_eq!(used, ["platform = rapl psys", "platform = rapl psys (2)"]);
    tree.power_meter("hwmon1", "CPU Power Socket 0", 5).power_meter(
        "hwmon2",
        "CPU Power Socket 0",
        5,
    );
    let (used, _) = names(&tree.find(Choice { rapl: false, psys: false, hwmon: true }));
    assert_eq!(used, ["cpu = hwmon CPU Power Socket 0", "cpu = hwmon CPU Power Socket 0 (2)"]);
}

#[test]
fn the_same_package_by_mmio_is_used_where_the_registers_have_no_range() {
    let tree = Tree::new();
    tree.zone("intel-rapl:0", "package-0", 5).zone("intel-rapl-mmio:0", "package-0", 5);
    tree.write("powercap/intel-rapl:0/max_energy_range_uj", "");
    let meters = tree.find(USUAL);
    assert!(meters.meters()[0].path.ends_with("intel-rapl-mmio:0/energy_uj"));
    let (_, refused) = names(&meters);
    assert!(refused[0].starts_with("rapl package-0: its range is unknown"), "{refused:?}");
    assert!(refused[0].contains("intel-rapl:0/max_energy_range_uj"), "{refused:?}");
}

#[test]
fn a_range_that_cannot_be_true_refuses_the_meter() {
    for text in ["", "0", "-1", "many", "1000", "18446744073709551615", "99999999999999999999"] {
        let tree = Tree::new();
        tree.zone("intel-rapl:0", "package-0", 5);
        tree.write("powercap/intel-rapl:0/max_energy_range_uj", text);
        let meters = tree.find(USUAL);
        assert!(meters.meters().is_empty(), "{text:?}");
        assert_eq!(meters.refused().len(), 1, "{text:?}");
    }
    let tree = Tree::new();
    tree.write("powercap/intel-rapl:0/name", "package-0");
    tree.write("powercap/intel-rapl:0/max_energy_range_uj", "262143328850");
    let (used, refused) = names(&tree.find(USUAL));
    assert!(used.is_empty() && refused[0].contains("energy_uj: the meter is gone"), "{refused:?}");
}

#[test]
fn grace_has_a_module_and_its_parts() {
    let tree = Tree::new();
    for socket in 0..2 {
        for (number, rail) in ["Module", "Grace", "CPU", "SysIO"].into_iter().enumerate() {
            let folder = format!("hwmon{}", socket * 4 + number);
            let info = format!("{rail} Power Socket {socket}\n");
            // The files are at the device, as before Linux 6.18.
            tree.write(&format!("hwmon/{folder}/device/power1_average"), "100000000\n");
            tree.write(&format!("hwmon/{folder}/device/power1_oem_info"), &info);
            tree.write(&format!("hwmon/{folder}/name"), "power_meter\n");
        }
    }
    tree.write("hwmon/hwmon9/name", "coretemp\n");
    let meters = tree.find(USUAL);
    let (used, refused) = names(&meters);
    assert_eq!(
        used,
        [
            "platform = hwmon Module Power Socket 0",
            "cpu = hwmon Grace Power Socket 0",
            "platform = hwmon Module Power Socket 1",
            "cpu = hwmon Grace Power Socket 1",
        ]
    );
    assert!(meters.meters()[1].contains_memory && !meters.meters()[0].contains_memory);
    assert_eq!(
        refused[..2],
        [
            "hwmon CPU Power Socket 0: it is a part of hwmon Grace Power Socket 0",
            "hwmon SysIO Power Socket 0: it is a part of the processor's socket",
        ]
    );
}

#[test]
fn several_meters_without_a_name_are_not_guessed() {
    let tree = Tree::new();
    tree.power_meter("hwmon1", "", 1).power_meter("hwmon10", "", 1).power_meter("hwmon2", "", 1);
    let (used, refused) = names(&tree.find(USUAL));
    assert!(used.is_empty());
    let meters: Vec<&str> = refused.iter().map(|it| it.split(':').next().unwrap()).collect();
    assert_eq!(meters, ["hwmon hwmon1", "hwmon hwmon2", "hwmon hwmon10"]);
    assert!(refused[0].ends_with("nothing says which of them measures the whole host"));
}

#[test]
fn a_power_meter_is_integrated_and_a_counter_counted() {
    let tree = Tree::new();
    tree.zone("intel-rapl:0", "package-0", RANGE - 50_000_000).power_meter(
        "hwmon0",
        "",
        400_000_000,
    );
    let mut meters = tree.find(USUAL);
    meters.read(|| moment(10_000));
    tree.count("intel-rapl:0", 70_000_000 - 62);
    tree.power_meter("hwmon0", "", 600_000_000);
    let outcomes = meters.read(|| moment(11_000));
    assert_eq!(outcomes.iter().map(joules).collect::<Vec<_>>(), [119.999_999, 500.0]);
    let Outcome::Read(reading) = &outcomes[1] else { panic!("{outcomes:?}") };
    assert_eq!(reading.power.unwrap().as_watts(), 600.0);
    assert_eq!(meters.meters()[1].component, Component::Platform);
}

#[test]
fn a_host_without_meters_has_none() {
    let tree = Tree::new();
    assert_eq!(names(&tree.find(USUAL)), (vec![], vec![]));
    // Docker hides the folder to which the zones lead.
    std::fs::create_dir_all(tree.path("powercap")).unwrap();
    std::os::unix::fs::symlink("../../nowhere", tree.path("powercap/intel-rapl:0")).unwrap();
    let (used, refused) = names(&tree.find(USUAL));
    assert!(used.is_empty() && refused[0].starts_with("rapl intel-rapl:0:"), "{refused:?}");
}
