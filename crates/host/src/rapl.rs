//! RAPL, by the zones of the power capping framework.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gpu_carbon_core::Power;
use gpu_carbon_core::meter::WrappingMeter;

use crate::error::{Refusal, RefusalError};
use crate::file;
use crate::meter::{Component, Gauge, Meter, Source};

/// The control type of the registers of the processor. Another interface to the same parts is called `intel-rapl-mmio`.
/// Both names are those of AMD's processors, too.
const REGISTERS: &str = "intel-rapl";

/// A power above that of any socket: processors draw 600 W in 2026.
const MOST_WATTS: u32 = 2000;

/// A power above that of any host whose processors show it.
const MOST_WATTS_OF_PLATFORM: u32 = 10_000;

/// A zone, by its folder's name, such as `intel-rapl:0:1`.
#[derive(Debug)]
struct Zone {
    control: String,
    folder: PathBuf,
    /// The name, after that of the zone that contains it: `package-0/dram`.
    name: String,
}

/// Searches a sysfs for the meters of RAPL. `with_psys` tells whether the zones `psys` are read.
pub(crate) fn find(
    sysfs: &Path,
    with_psys: bool,
    found: &mut Vec<Meter>,
    refused: &mut Vec<Refusal>,
) {
    let mut used: Vec<Zone> = Vec::new();
    for zone in zones(sysfs, refused) {
        let other = used.iter().find(|it| it.name == zone.name && it.control != zone.control);
        let meter = match other {
            Some(other) => Err(RefusalError::Duplicate { other: title(&other.name) }),
            None => meter(&zone, with_psys),
        };
        match meter {
            Ok(meter) => {
                found.push(meter);
                used.push(zone);
            }
            Err(reason) => {
                refused.push(Refusal { meter: title(&zone.name), path: zone.folder, reason });
            }
        }
    }
}

fn title(zone: &str) -> String {
    format!("{} {zone}", Source::Rapl.name())
}

/// The zones, those of the processor's registers first.
fn zones(sysfs: &Path, refused: &mut Vec<Refusal>) -> Vec<Zone> {
    let class = sysfs.join("class/powercap");
    let entries = fs::read_dir(&class).into_iter().flatten().flatten();
    let entries = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names = BTreeMap::new();
    let mut ordered = Vec::new();
    for entry in entries {
        let Some((control, numbers)) = entry.split_once(':') else { continue };
        if !control.starts_with(REGISTERS) {
            continue;
        }
        let numbers = numbers.split(':').map(str::parse).collect::<Result<Vec<u32>, _>>();
        let Ok(numbers) = numbers else { continue };
        let folder = class.join(&entry);
        match file::text(&folder.join("name")) {
            Ok(name) => {
                ordered.push((control != REGISTERS, control.to_owned(), numbers, entry.clone()));
                names.insert(entry, name);
            }
            Err(error) => refused.push(Refusal {
                meter: title(&entry),
                path: folder,
                reason: RefusalError::Unread(error),
            }),
        }
    }
    ordered.sort();
    let zone = |(_, control, _, entry): (bool, String, Vec<u32>, String)| {
        let name = names.get(&entry)?;
        let parent = entry.rsplit_once(':').and_then(|(parent, _)| names.get(parent));
        let name = parent.map_or_else(|| name.clone(), |parent| format!("{parent}/{name}"));
        Some(Zone { control, folder: class.join(entry), name })
    };
    ordered.into_iter().filter_map(zone).collect()
}

fn meter(zone: &Zone, with_psys: bool) -> Result<Meter, RefusalError> {
    let (package, own_name) = match zone.name.rsplit_once('/') {
        Some((package, own_name)) => (Some(package), own_name),
        None => (None, zone.name.as_str()),
    };
    let (component, ceiling) = match own_name {
        "psys" if with_psys => (Component::Platform, MOST_WATTS_OF_PLATFORM),
        "psys" => return Err(RefusalError::NotAsked),
        "dram" => (Component::Memory, MOST_WATTS),
        "core" | "uncore" => {
            let package = package.unwrap_or("package");
            return Err(RefusalError::Part { other: title(package) });
        }
        name if name.starts_with("package-") => (Component::Cpu, MOST_WATTS),
        _ => return Err(RefusalError::Unknown),
    };
    let path = zone.folder.join("energy_uj");
    if !path.exists() {
        let error = file::text(&path).err();
        return Err(error.map_or(RefusalError::Unknown, RefusalError::Unread));
    }
    let range = file::number(&zone.folder.join("max_energy_range_uj"), "microjoules");
    let range = range.map_err(RefusalError::UnknownRange)?;
    let meter = WrappingMeter::new(range, Power::from_milliwatts(ceiling * 1000))?;
    let (source, zone) = (Source::Rapl, zone.name.clone());
    let gauge = Gauge::Counter { range, meter };
    Ok(Meter { component, contains_memory: false, source, zone, path, gauge })
}
