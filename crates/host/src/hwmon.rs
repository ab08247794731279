//! The power meters of ACPI, by hwmon.
//!
//! The firmware of a server may have one that measures all of it. NVIDIA's Grace has several for each socket, which their
//! `power1_oem_info` tells apart: the module (processor, memory, GPU and losses), Grace (processor and memory), the
//! processor, and its input and output.

use std::fs;
use std::path::{Path, PathBuf};

use gpu_carbon_core::Span;
use gpu_carbon_core::meter::SampledMeter;

use crate::error::{Refusal, RefusalError};
use crate::file;
use crate::meter::{Component, Gauge, Meter, Source};

/// The name of the kernel's driver.
const DRIVER: &str = "power_meter";

/// The longest time between two samples of power whose energy is counted.
const LONGEST_SAMPLE: Span = Span::from_seconds(5);

/// A power meter that was found.
#[derive(Debug)]
struct PowerMeter {
    folder: PathBuf,
    /// The text of the firmware, or the name of the folder.
    zone: String,
    rail: Rail,
}

/// The part of the host that a power meter measures.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rail {
    /// A socket with processor, memory and GPU.
    Module,
    /// The processor and the memory of a socket.
    Grace(String),
    /// The processor of a socket.
    Cpu(String),
    /// The input and output of a socket's processor.
    SysIo,
    /// Nothing says, so it is the whole host if there is no other.
    Unnamed,
}

impl Rail {
    fn of(oem_info: &str) -> Rail {
        let socket = |name: &str| {
            let rest = oem_info.strip_prefix(name)?;
            Some(rest.trim().to_owned())
        };
        if socket("Module Power").is_some() {
            return Rail::Module;
        }
        if socket("SysIO Power").is_some() {
            return Rail::SysIo;
        }
        match (socket("Grace Power"), socket("CPU Power")) {
            (Some(socket), _) => Rail::Grace(socket),
            (None, Some(socket)) => Rail::Cpu(socket),
            (None, None) => Rail::Unnamed,
        }
    }
}

/// Searches a sysfs for power meters.
pub(crate) fn find(sysfs: &Path, found: &mut Vec<Meter>, refused: &mut Vec<Refusal>) {
    let meters = power_meters(sysfs);
    let title = |meter: &PowerMeter| format!("{} {}", Source::Hwmon.name(), meter.zone);
    let unnamed: Vec<&PowerMeter> = meters.iter().filter(|it| it.rail == Rail::Unnamed).collect();
    for meter in &meters {
        let part = |other: &PowerMeter| Err(RefusalError::Part { other: title(other) });
        let component = match &meter.rail {
            Rail::Unnamed if unnamed.len() > 1 => {
                Err(RefusalError::Ambiguous { count: unnamed.len() })
            }
            Rail::Unnamed => Ok((Component::Platform, false)),
            Rail::Module => match unnamed.as_slice() {
                [whole] => part(whole),
                _ => Ok((Component::Platform, false)),
            },
            Rail::Grace(_) => Ok((Component::Cpu, true)),
            Rail::Cpu(socket) => {
                let is_around = |it: &&PowerMeter| it.rail == Rail::Grace(socket.clone());
                match meters.iter().find(is_around) {
                    Some(grace) => part(grace),
                    None => Ok((Component::Cpu, false)),
                }
            }
            Rail::SysIo => Err(RefusalError::Part { other: "the processor's socket".to_owned() }),
        };
        match component {
            Ok((component, contains_memory)) => found.push(Meter {
                component,
                contains_memory,
                source: Source::Hwmon,
                zone: meter.zone.clone(),
                path: meter.folder.join("power1_average"),
                gauge: Gauge::Power(SampledMeter::new(LONGEST_SAMPLE)),
            }),
            Err(reason) => {
                let path = meter.folder.clone();
                refused.push(Refusal { meter: title(meter), path, reason });
            }
        }
    }
}

/// The power meters in the order of their names.
fn power_meters(sysfs: &Path) -> Vec<PowerMeter> {
    let entries = fs::read_dir(sysfs.join("class/hwmon")).into_iter().flatten().flatten();
    let mut entries: Vec<_> = entries.map(|entry| entry.path()).collect();
    // hwmon10 comes after hwmon9.
    entries.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    let meter = |entry: PathBuf| {
        // The driver of before Linux 6.18 has its files at the device.
        let folders = [entry.clone(), entry.join("device")];
        let text = |file| folders.iter().find_map(|folder| file::text(&folder.join(file)).ok());
        text("name").filter(|name| name == DRIVER)?;
        let folder = folders.iter().find(|folder| folder.join("power1_average").exists())?.clone();
        let oem_info = text("power1_oem_info").unwrap_or_default();
        let entry = entry.file_name()?.to_string_lossy().into_owned();
        let rail = Rail::of(oem_info.trim());
        let zone = if oem_info.trim().is_empty() { entry } else { oem_info.trim().to_owned() };
        Some(PowerMeter { folder, zone, rail })
    };
    entries.into_iter().filter_map(meter).collect()
}
