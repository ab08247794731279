//! A BMC, by the answers of DMTF's published examples.

use std::cell::RefCell;
use std::collections::BTreeMap;

use gpu_carbon_core::{Power, Span, Timestamp};
use gpu_carbon_host::redfish::{PowerSource, Quantity, RedfishError, Shown};
use gpu_carbon_host::{Choice, Meter, MeterKind, Meters, Moment, Outcome, ReadError, Sample};
use proptest::prelude::*;

/// A BMC whose resources a test sets.
#[derive(Default)]
struct Bmc {
    resources: BTreeMap<String, String>,
    asked: RefCell<Vec<String>>,
}

impl Bmc {
    fn with(mut self, path: &str, text: &str) -> Bmc {
        self.resources.insert(format!("/redfish/v1{path}"), text.replace('\'', "\""));
        self
    }

    /// A chassis with a computer system, and links to some resources of power.
    fn with_chassis(self, name: &str, resources: &[&str]) -> Bmc {
        let links: String = resources
            .iter()
            .map(|it| format!(", '{it}': {{'@odata.id': '/redfish/v1/Chassis/{name}/{it}'}}"))
            .collect();
        let systems = "'Links': {'ComputerSystems': [{'@odata.id': '/redfish/v1/Systems/1'}]}";
        self.with(&format!("/Chassis/{name}"), &format!("{{{systems}{links}}}"))
    }

    fn with_members(self, path: &str, names: &[&str]) -> Bmc {
        let members: Vec<String> = names
            .iter()
            .map(|name| format!("{{'@odata.id': '/redfish/v1{path}/{name}'}}"))
            .collect();
        self.with(path, &format!("{{'Members': [{}]}}", members.join(", ")))
    }

    fn get(&self, path: &str) -> Result<String, String> {
        self.asked.borrow_mut().push(path.to_owned());
        self.resources.get(path).cloned().ok_or_else(|| "not found".to_owned())
    }

    fn find(&self, chassis: Option<&str>, quantity: Quantity) -> Result<PowerSource, Error> {
        PowerSource::find(chassis, quantity, |path| self.get(path))
    }

    fn read(&self, quantity: Quantity) -> Result<Shown, Error> {
        self.find(None, quantity)?.read(|path| self.get(path))
    }

    fn watts(&self) -> Result<f64, Error> {
        Ok(self.read(Quantity::Power)?.power.unwrap().as_watts())
    }
}

type Error = RedfishError<String>;

/// A BMC of 2021 and later: metrics of the chassis.
fn newer() -> Bmc {
    Bmc::default()
        .with_members("/Chassis", &["1U"])
        .with_chassis("1U", &["EnvironmentMetrics", "PowerSubsystem", "Power"])
        .with(
            "/Chassis/1U/EnvironmentMetrics",
            "{'PowerWatts': {'DataSourceUri': '/redfish/v1/x', 'Reading': 374.0}, \
             'EnergykWh': {'Reading': 325675.25}, 'TemperatureCelsius': {'Reading': 39}}",
        )
}

/// A BMC before that.
fn older(controls: &str) -> Bmc {
    Bmc::default()
        .with_members("/Chassis", &["Self"])
        .with_chassis("Self", &["Power"])
        .with("/Chassis/Self/Power", &format!("{{'PowerControl': [{controls}]}}"))
}

/// A BMC that shows the power of each supply alone.
fn supplies(metrics: &[&str]) -> Bmc {
    let names = ["Bay1", "Bay2", "Bay3"];
    let all = "/Chassis/1U/PowerSubsystem/PowerSupplies";
    let mut bmc = Bmc::default()
        .with_members("/Chassis", &["1U"])
        .with_chassis("1U", &["PowerSubsystem"])
        .with(
            "/Chassis/1U/PowerSubsystem",
            &format!("{{'PowerSupplies': {{'@odata.id': '/redfish/v1{all}'}}}}"),
        )
        .with_members(all, &names)
        .with(&format!("{all}/Bay3"), "{'Status': {'State': 'Absent'}}");
    for (name, metrics) in names.iter().zip(metrics) {
        let link = format!("'/redfish/v1{all}/{name}/Metrics'");
        bmc = bmc
            .with(&format!("{all}/{name}"), &format!("{{'Metrics': {{'@odata.id': {link}}}}}"))
            .with(&format!("{all}/{name}/Metrics"), metrics);
    }
    bmc
}

#[test]
fn the_power_is_found_in_each_kind_of_bmc() {
    assert_eq!(newer().watts().unwrap(), 374.0);
    let energy = newer().read(Quantity::Energy).unwrap().microjoules;
    assert_eq!(energy, Some(325_675_250_000 * 3_600_000));
    let older = older("{'MemberId': '0', 'PowerConsumedWatts': 344, 'PowerCapacityWatts': 800}");
    assert_eq!(older.watts().unwrap(), 344.0);
    let supply = "{'InputPowerWatts': {'Reading': 937.4}, 'OutputPowerWatts': {'Reading': 900}}";
    let supplies = supplies(&[supply, "{'InputPowerWatts': {'Reading': 12.6}}"]);
    assert_eq!(supplies.watts().unwrap(), 950.0);
}

#[test]
fn the_newest_kind_that_shows_power_is_read_and_found_once() {
    let bmc = newer().with("/Chassis/1U/EnvironmentMetrics", "{'PowerWatts': {'Reading': null}}");
    let bmc = bmc
        .with("/Chassis/1U/PowerSubsystem", "{'CapacityWatts': 1600}")
        .with("/Chassis/1U/Power", "{'PowerControl': [{'PowerConsumedWatts': 344}]}");
    let source = bmc.find(None, Quantity::Power).unwrap();
    assert_eq!(source.paths(), ["/redfish/v1/Chassis/1U/Power"]);
    bmc.asked.borrow_mut().clear();
    source.read(|path| bmc.get(path)).unwrap();
    assert_eq!(*bmc.asked.borrow(), ["/redfish/v1/Chassis/1U/Power"]);
}

#[test]
fn of_several_chassis_the_host_is_the_outermost_with_a_system_or_the_one_that_is_named() {
    let names = ["Tray", "GPU_0", "Shelf"];
    let contained = "{'Links': {'ComputerSystems': [{'@odata.id': '/redfish/v1/Systems/1'}], \
         'ContainedBy': {'@odata.id': '/redfish/v1/Chassis/Tray'}}, \
         'EnvironmentMetrics': {'@odata.id': '/redfish/v1/Chassis/GPU_0/EnvironmentMetrics'}}";
    let bmc = Bmc::default()
        .with_members("/Chassis", &names)
        .with_chassis("Tray", &["EnvironmentMetrics"])
        .with("/Chassis/GPU_0", contained)
        .with("/Chassis/Shelf", "{'Power': {'@odata.id': '/redfish/v1/Chassis/Shelf/Power'}}")
        .with("/Chassis/Shelf/Power", "{'PowerControl': [{'PowerConsumedWatts': 9000}]}")
        .with("/Chassis/GPU_0/EnvironmentMetrics", "{'PowerWatts': {'Reading': 700}}")
        .with("/Chassis/Tray/EnvironmentMetrics", "{'PowerWatts': {'Reading': 6000}}");
    assert_eq!(bmc.watts().unwrap(), 6000.0);
    let named = bmc.find(Some("Shelf"), Quantity::Power).unwrap();
    assert_eq!(named.chassis(), "Shelf");
    let unknown = bmc.find(Some("Rack"), Quantity::Power).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no chassis `Rack`; there are Tray, GPU_0, Shelf");
    let both = bmc.with_chassis("Shelf", &["Power"]);
    let error = both.watts().unwrap_err();
    assert!(
        matches!(&error, RedfishError::Ambiguous { names } if names == "Tray, Shelf"),
        "{error}"
    );
    let none = Bmc::default().with_members("/Chassis", &["A"]).with("/Chassis/A", "{}");
    assert_eq!(none.watts().unwrap_err().to_string(), "no chassis shows power; there are A");
}

#[test]
fn several_powers_are_not_added_up() {
    let system = "{'Name': 'System', 'PhysicalContext': 'Chassis', 'PowerConsumedWatts': 800}";
    let cpu = "{'Name': 'CPU', 'PhysicalContext': 'CPU', 'PowerConsumedWatts': 200}";
    assert_eq!(older(&format!("{cpu}, {system}")).watts().unwrap(), 800.0);
    let error = older(&format!("{cpu}, {cpu}")).watts().unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().contains("shows 2 powers")),
        (Some("no_power"), true)
    );
    let idle = "{'Name': 'Limit', 'PowerConsumedWatts': null}";
    assert_eq!(older(&format!("{idle}, {cpu}")).watts().unwrap(), 200.0);
}

#[test]
fn a_part_may_draw_nothing_and_the_host_may_not() {
    let supply = |watts: f64| format!("{{'InputPowerWatts': {{'Reading': {watts}}}}}");
    let watts = |one, other| supplies(&[&supply(one), &supply(other)]).watts();
    assert_eq!(watts(900.0, 0.0).unwrap(), 900.0, "one supply is in standby");
    assert_eq!(watts(0.0, 850.0).unwrap(), 850.0);
    assert!(matches!(watts(0.0, 0.0).unwrap_err(), RedfishError::Nothing { .. }));
    assert_eq!(watts(-1.0, 5.0).unwrap_err().kind(), Some("implausible"));
    let host = "{'PhysicalContext': 'Chassis', 'PowerConsumedWatts': 800}";
    let cpu = "{'PhysicalContext': 'CPU', 'PowerConsumedWatts': 0}";
    assert_eq!(older(&format!("{host}, {cpu}")).watts().unwrap(), 800.0);
    assert!(matches!(older(cpu).watts().unwrap_err(), RedfishError::Nothing { .. }));
}

#[test]
fn a_wrong_figure_that_no_one_asked_for_hides_no_other() {
    for energy in ["-1", "4294967295", "'5'"] {
        let text =
            format!("{{'PowerWatts': {{'Reading': 5}}, 'EnergykWh': {{'Reading': {energy}}}}}");
        let bmc = newer().with("/Chassis/1U/EnvironmentMetrics", &text);
        assert_eq!(bmc.watts().unwrap(), 5.0);
        let error = bmc.read(Quantity::Energy).unwrap_err().to_string();
        assert!(error.contains("EnergykWh"), "{error}");
    }
}

#[test]
fn an_answer_that_cannot_be_true_hides_no_older_resource() {
    for wrong in ["{'PowerWatts': {'Reading': 0}}", "{'PowerWatts': {'Reading': '5'}}", "<html>"] {
        let bmc = newer()
            .with("/Chassis/1U/EnvironmentMetrics", wrong)
            .with("/Chassis/1U/PowerSubsystem", "[]");
        let shows =
            bmc.with("/Chassis/1U/Power", "{'PowerControl': [{'PowerConsumedWatts': 344}]}");
        assert_eq!(shows.watts().unwrap(), 344.0, "{wrong}");
    }
}

#[test]
fn a_supply_that_shows_nothing_leaves_the_sum_unknown() {
    let error = supplies(&["{'InputPowerWatts': {'Reading': 900}}", "{}"]).watts().unwrap_err();
    assert!(matches!(error, RedfishError::Nothing { .. }), "{error}");
    let energy = "{'EnergykWh': {'Reading': 2}}";
    let sum = supplies(&[energy, energy]).read(Quantity::Energy).unwrap();
    assert_eq!(sum, Shown { power: None, microjoules: Some(14_400_000_000_000) });
}

#[test]
fn what_cannot_be_true_is_refused_by_its_key() {
    let environment = |text: &str| newer().with("/Chassis/1U/EnvironmentMetrics", text).watts();
    for (text, expected) in [
        ("", "no JSON object"),
        ("[]", "no JSON object"),
        ("<html>", "no JSON object"),
        ("{'PowerWatts': {'Reading': 1e9}}", "PowerWatts is 1000000000, which cannot be true"),
        ("{'PowerWatts': {'Reading': -5}}", "cannot be true"),
        ("{'PowerWatts': {'Reading': 0}}", "0 W is no host"),
        ("{'PowerWatts': {'Reading': '374'}}", "PowerWatts should be a number"),
    ] {
        let error = environment(text).unwrap_err();
        assert_eq!(error.kind(), Some("implausible"), "{text}");
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
    for (text, expected) in [
        ("{'Members': 5}", "Members should be a list of links"),
        ("{'Members': [{'@odata.id': 'https://elsewhere/redfish/v1/x'}]}", "a list of links"),
        ("{'Members': [{'@odata.id': '/etc/passwd'}]}", "a list of links"),
        ("{'Members': [{'@odata.id': '/redfish/v1/a b'}]}", "a list of links"),
    ] {
        let error = newer().with("/Chassis", text).watts().unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let many: Vec<String> = (0..129).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let error = Bmc::default().with_members("/Chassis", &many).watts().unwrap_err();
    assert!(matches!(error, RedfishError::TooMany { count: 129, .. }), "{error}");
}

#[test]
fn a_request_that_fails_is_named_by_its_path() {
    let error = Bmc::default().watts().unwrap_err();
    assert_eq!(error.kind(), None);
    assert_eq!(error.to_string(), "/redfish/v1/Chassis: not found");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(texts in prop::collection::vec(".{0,60}|\\{\"Members\": \\[.{0,40}\\]\\}", 4)) {
        let mut texts = texts.into_iter();
        let _ = PowerSource::find(None, Quantity::Power, |_| texts.next().ok_or(()));
    }
}

/// A meter of a BMC, and a function that leaves a sample at a second and reads the round after it.
fn meter(kind: MeterKind) -> impl FnMut(u64, Option<Result<Sample, ReadError>>) -> Outcome {
    let longest = Span::from_seconds(60);
    let (meter, slot) = Meter::of_controller(kind, "1U".into(), "https://bmc", longest);
    let none = Choice { rapl: false, psys: false, hwmon: false };
    let mut meters = Meters::find("/nowhere".as_ref(), none).with_preferred(meter);
    move |seconds, sample| {
        if let Some(sample) = sample {
            slot.put(sample);
        }
        meters.read(|| moment(seconds)).remove(0)
    }
}

fn moment(seconds: u64) -> Moment {
    let uptime = Span::from_seconds(seconds);
    Moment { at: Timestamp::EPOCH + uptime, uptime }
}

fn watts(seconds: u64, watts: f64) -> Option<Result<Sample, ReadError>> {
    let power = Power::from_watts(watts).ok();
    Some(Ok(Sample { moment: moment(seconds), power, microjoules: None }))
}

/// A counter in tenths of a kilowatt-hour.
fn tenths(seconds: u64, tenths: u64) -> Option<Result<Sample, ReadError>> {
    let microjoules = Some(tenths * 360_000_000_000);
    Some(Ok(Sample { moment: moment(seconds), power: None, microjoules }))
}

fn joules(outcome: &Outcome) -> f64 {
    let Outcome::Read(reading) = outcome else { panic!("{outcome:?}") };
    reading.flows.iter().map(|flow| flow.energy.as_joules()).sum()
}

#[test]
fn samples_of_power_are_integrated_and_the_rounds_between_show_nothing_new() {
    let mut read = meter(MeterKind::Power);
    assert!(matches!(read(0, None), Outcome::Unchanged));
    assert_eq!(joules(&read(1, watts(1, 1000.0))), 0.0);
    assert!(matches!(read(2, None), Outcome::Unchanged));
    assert_eq!(joules(&read(11, watts(11, 2000.0))), 15_000.0);
    let error = || ReadError::Remote {
        address: "https://bmc".into(),
        kind: "timeout",
        message: "timeout".into(),
    };
    let Outcome::Failed(failed) = read(21, Some(Err(error()))) else { panic!("no error") };
    assert_eq!((failed.kind(), failed.to_string().as_str()), ("timeout", "https://bmc: timeout"));
    assert!(matches!(read(22, None), Outcome::Unchanged));
    assert_eq!(joules(&read(31, watts(31, 2000.0))), 40_000.0, "one poll may fail");
    let Outcome::Read(reading) = read(131, watts(131, 2000.0)) else { panic!("no reading") };
    assert_eq!((reading.flows.len(), reading.unseen), (0, Span::from_seconds(100)));
}

#[test]
fn a_counter_is_counted_from_step_to_step_and_never_the_part_before_the_first() {
    let mut read = meter(MeterKind::Counter);
    assert_eq!(joules(&read(0, tenths(0, 50))), 0.0);
    assert!(matches!(read(10, tenths(10, 50)), Outcome::Unchanged));
    assert_eq!(joules(&read(20, tenths(20, 51))), 0.0, "a part of it was used before");
    assert!(matches!(read(100, tenths(100, 51)), Outcome::Unchanged));
    let Outcome::Read(reading) = read(200, tenths(200, 52)) else { panic!("no reading") };
    let flow = reading.flows[0];
    assert_eq!(
        (flow.energy.as_joules(), flow.interval.length()),
        (360_000.0, Span::from_seconds(180))
    );
    assert_eq!(reading.power, Power::from_watts(2000.0).ok());
    let Outcome::Read(reset) = read(210, tenths(210, 1)) else { panic!("no reading") };
    assert_eq!((reset.flows.len(), reset.unseen), (0, Span::from_seconds(10)), "it was reset");
    assert_eq!(joules(&read(300, tenths(300, 2))), 360_000.0);
}

#[test]
fn the_controller_that_was_asked_for_replaces_other_meters_of_the_platform() {
    let sysfs = tempfile::tempdir().unwrap();
    let folder = sysfs.path().join("class/hwmon/hwmon0");
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in [("name", "power_meter"), ("power1_average", "500000000")] {
        std::fs::write(folder.join(file), text).unwrap();
    }
    let (meter, _slot) =
        Meter::of_controller(MeterKind::Power, "1U".into(), "https://bmc", Span::from_seconds(60));
    let all = Choice { rapl: true, psys: true, hwmon: true };
    let meters = Meters::find(sysfs.path(), all).with_preferred(meter);
    let titles: Vec<String> = meters.meters().iter().map(Meter::title).collect();
    assert_eq!(titles, ["redfish 1U"]);
    assert_eq!(meters.refused()[0].meter, "hwmon hwmon0");
}
