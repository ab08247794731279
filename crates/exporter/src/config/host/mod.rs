//! The section `host`: the meters of the host around its GPUs, and what is declared instead.

mod redfish;

use std::fmt;

use gpu_carbon_core::boundary::BoundaryChoice;
use gpu_carbon_core::{Power, Ratio};
use gpu_carbon_host::Choice;
use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use self::redfish::RedfishSection;
use super::check::Checker;
use super::error::ConfigError;
use crate::host_meters::{Declared, Settings};

/// The most watts that a component of a host may be declared to draw.
const MOST_DECLARED_WATTS: f64 = 50_000.0;

/// The most joules that the host around the GPUs may be declared to use for each of theirs.
const MOST_SHARE_OF_GPUS: f64 = 10.0;

/// The meters that are read where the file does not say.
const AUTO: Choice = Choice { rapl: true, psys: false, hwmon: true };

/// The meters of the host, and the powers of what none measures.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HostSection {
    meters: MeterChoice,
    redfish: Option<RedfishSection>,
    declared: DeclaredSection,
    boundary: BoundaryName,
}

/// The parts of the host that totals and bills contain.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BoundaryName {
    #[default]
    Gpus,
    Host,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DeclaredSection {
    cpu_watts: Option<f64>,
    memory_watts: Option<f64>,
    rest_watts: Option<f64>,
    share_of_gpus: Option<f64>,
}

/// `auto`, `none` or a list of interfaces.
#[derive(Debug, Default)]
enum MeterChoice {
    #[default]
    Auto,
    None,
    List(Vec<InterfaceName>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum InterfaceName {
    Rapl,
    Psys,
    Hwmon,
    Redfish,
}

impl InterfaceName {
    const fn name(self) -> &'static str {
        match self {
            InterfaceName::Rapl => "rapl",
            InterfaceName::Psys => "psys",
            InterfaceName::Hwmon => "hwmon",
            InterfaceName::Redfish => "redfish",
        }
    }
}

impl<'de> Deserialize<'de> for MeterChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<MeterChoice, D::Error> {
        struct ChoiceVisitor;
        impl<'de> Visitor<'de> for ChoiceVisitor {
            type Value = MeterChoice;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter
                    .write_str("`auto`, `none`, or a list of `rapl`, `psys`, `hwmon` and `redfish`")
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<MeterChoice, E> {
                match word {
                    "auto" => Ok(MeterChoice::Auto),
                    "none" => Ok(MeterChoice::None),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<MeterChoice, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = list.next_element()? {
                    names.push(name);
                }
                Ok(MeterChoice::List(names))
            }
        }
        deserializer.deserialize_any(ChoiceVisitor)
    }
}

/// Checks the section.
pub(super) fn settings(
    check: &Checker<'_>,
    section: &HostSection,
) -> Result<Settings, ConfigError> {
    let (choice, asks_controller) = match &section.meters {
        MeterChoice::Auto => (Some(AUTO), section.redfish.is_some()),
        MeterChoice::None => (None, false),
        MeterChoice::List(names) => {
            (Some(listed(check, names)?), names.contains(&InterfaceName::Redfish))
        }
    };
    let redfish = match (&section.redfish, asks_controller) {
        (Some(section), true) => Some(redfish::settings(check, section)?),
        (None, false) => None,
        (Some(_), false) => {
            let allowed = "`host.meters: auto`, or a list with redfish";
            return Err(check.invalid("host.redfish", "a section that no meter uses", allowed));
        }
        (None, true) => {
            let needed =
                "the BMC to ask, as {url: https://bmc, username: NAME, password_file: PATH}";
            return Err(check.missing("host.redfish", needed));
        }
    };
    let watts = |key, watts: Option<f64>| {
        let power = |watts: f64| {
            let power = Power::from_watts(watts).ok().filter(|_| watts <= MOST_DECLARED_WATTS);
            let allowed = format!("a number from 0 to {MOST_DECLARED_WATTS}");
            power.ok_or_else(|| check.invalid(key, watts, allowed))
        };
        watts.map(power).transpose()
    };
    let DeclaredSection { cpu_watts, memory_watts, rest_watts, share_of_gpus } = section.declared;
    let declared = Declared {
        cpu: watts("host.declared.cpu_watts", cpu_watts)?,
        memory: watts("host.declared.memory_watts", memory_watts)?,
        rest: watts("host.declared.rest_watts", rest_watts)?,
        share_of_gpus: share_of_gpus
            .map(|share| share_beside(check, share, &section.declared))
            .transpose()?,
    };
    let boundary = match section.boundary {
        BoundaryName::Gpus => BoundaryChoice::Gpus,
        BoundaryName::Host => BoundaryChoice::Host,
    };
    Ok(Settings { choice, redfish, declared, boundary })
}

/// Checks a share of the GPUs' energy, which stands for all parts of the host around them.
fn share_beside(
    check: &Checker<'_>,
    share: f64,
    section: &DeclaredSection,
) -> Result<Ratio, ConfigError> {
    const KEY: &str = "host.declared.share_of_gpus";
    let constants = [
        ("cpu_watts", section.cpu_watts),
        ("memory_watts", section.memory_watts),
        ("rest_watts", section.rest_watts),
    ];
    if let Some((constant, _)) = constants.into_iter().find(|(_, watts)| watts.is_some()) {
        let value = format!("{share} beside {constant}");
        let allowed = "a share alone, because it stands for CPU, memory and the rest together; remove one of both";
        return Err(check.invalid(KEY, value, allowed));
    }
    let ratio = Ratio::from_number(share).ok().filter(|_| share <= MOST_SHARE_OF_GPUS);
    let allowed = format!(
        "a number from 0 to {MOST_SHARE_OF_GPUS}: joules of the host around the GPUs for each of theirs"
    );
    ratio.ok_or_else(|| check.invalid(KEY, share, allowed))
}

fn listed(check: &Checker<'_>, names: &[InterfaceName]) -> Result<Choice, ConfigError> {
    for (index, name) in names.iter().enumerate() {
        if names.iter().take(index).any(|before| before == name) {
            let value = format!("`{}`, again,", name.name());
            return Err(check.invalid("host.meters", value, "each interface once"));
        }
    }
    if names.is_empty() {
        let allowed = "at least one of rapl, psys, hwmon and redfish, or the word `none`";
        return Err(check.invalid("host.meters", "an empty list", allowed));
    }
    let has = |name| names.contains(&name);
    Ok(Choice {
        rapl: has(InterfaceName::Rapl),
        psys: has(InterfaceName::Psys),
        hwmon: has(InterfaceName::Hwmon),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn read(section: &str) -> Result<Settings, String> {
        let text = format!("intensity: {{source: gb}}\n{section}\n");
        let config = Config::parse(&text, Path::new("/etc/c.yaml"), Path::new("nvml.so"));
        config.map(|config| config.host).map_err(|error| error.to_string())
    }

    #[test]
    fn the_section_chooses_meters_and_declares_powers() {
        let boundary = BoundaryChoice::Gpus;
        let auto =
            Settings { choice: Some(AUTO), redfish: None, declared: Declared::default(), boundary };
        for section in ["", "host: {}", "host: {meters: auto}", "host: {boundary: gpus}"] {
            assert_eq!(read(section).unwrap(), auto, "{section}");
        }
        assert_eq!(read("host: {boundary: host}").unwrap().boundary, BoundaryChoice::Host);
        assert_eq!(read("host: {meters: none}").unwrap().choice, None);
        let psys = Choice { rapl: true, psys: true, hwmon: false };
        assert_eq!(read("host: {meters: [psys, rapl]}").unwrap().choice, Some(psys));
        let declared = read("host:\n  declared: {cpu_watts: 150, rest_watts: 0}").unwrap().declared;
        assert_eq!(declared.cpu, Power::from_watts(150.0).ok());
        assert_eq!((declared.memory, declared.rest), (None, Some(Power::ZERO)));
        assert_eq!(declared.share_of_gpus, None);
        for (text, share) in [("0.345", 0.345), ("0", 0.0), ("10", 10.0)] {
            let declared =
                read(&format!("host: {{declared: {{share_of_gpus: {text}}}}}")).unwrap().declared;
            assert_eq!(declared.share_of_gpus, Ratio::from_number(share).ok());
        }
    }

    #[test]
    fn an_invalid_section_is_named_in_one_line() {
        for (section, expected) in [
            ("host: {meters: all}", "`auto`, `none`, or a list"),
            ("host: {meters: 5}", "`auto`, `none`, or a list"),
            ("host: {meters: []}", "host.meters"),
            ("host: {meters: [rapl, rapl]}", "each interface once"),
            ("host: {meters: [ipmi]}", "hwmon"),
            ("host: {declared: {cpu_watts: -1}}", "host.declared.cpu_watts"),
            ("host: {declared: {cpu_watts: .nan}}", "host.declared.cpu_watts"),
            ("host: {declared: {memory_watts: 1e9}}", "host.declared.memory_watts"),
            ("host: {declared: {gpu_watts: 1}}", "gpu_watts"),
            ("host: {declared: {share_of_gpus: -0.1}}", "host.declared.share_of_gpus"),
            ("host: {declared: {share_of_gpus: 10.01}}", "a number from 0 to 10"),
            ("host: {declared: {share_of_gpus: .nan}}", "host.declared.share_of_gpus"),
            ("host: {declared: {share_of_gpus: .inf}}", "host.declared.share_of_gpus"),
            ("host: {declared: {share_of_gpus: 0.345, cpu_watts: 150}}", "beside cpu_watts"),
            ("host: {declared: {share_of_gpus: 0.345, rest_watts: 0}}", "beside rest_watts"),
            ("host: {declares: {}}", "declares"),
            ("host: {boundary: platform}", "gpus"),
        ] {
            let error = read(section).unwrap_err();
            assert!(error.contains(expected) && !error.contains('\n'), "{section}: {error}");
        }
    }
}
