//! The way from a BMC to the chassis of the host, and to the resource that shows its power.

use serde_json::Value;

use super::error::RedfishError;
use super::read::{Place, PowerSource, Quantity};
use super::resource::{Request, Resource, ResourcePath};

/// The resources of a chassis that may show its power.
const OF_POWER: [&str; 3] = ["EnvironmentMetrics", "PowerSubsystem", "Power"];

impl PowerSource {
    /// Follows the links of a BMC to the power of the host. `chassis` is the name of its chassis; without one, it is the only
    /// chassis with a computer system that shows power, or the only one that shows power. A caller should allow for a few
    /// dozen requests.
    ///
    /// # Errors
    ///
    /// When a request fails, an answer is none of Redfish, or no chassis shows the quantity, or several may be the host.
    pub fn find<E>(
        chassis: Option<&str>,
        quantity: Quantity,
        mut request: impl FnMut(&str) -> Result<String, E>,
    ) -> Result<PowerSource, RedfishError<E>> {
        let request = &mut request;
        let paths = Resource::get(&ResourcePath::of_chassis(), request)?.members()?;
        let chassis = match chassis {
            Some(name) => {
                let path = paths.iter().find(|path| path.name() == name);
                let path = path.ok_or_else(|| RedfishError::UnknownChassis {
                    name: name.to_owned(),
                    names: names(&paths),
                })?;
                Resource::get(path, request)?
            }
            None => only_chassis(&paths, request)?,
        };
        match place(&chassis, quantity, request)? {
            Some(place) => Ok(PowerSource { chassis: chassis.name(), quantity, place }),
            None => {
                let quantity = match quantity {
                    Quantity::Power => "power",
                    Quantity::Energy => "EnergykWh",
                };
                Err(RedfishError::Nothing { chassis: chassis.name(), quantity })
            }
        }
    }
}

fn names(paths: &[ResourcePath]) -> String {
    let names: Vec<&str> = paths.iter().map(ResourcePath::name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The chassis that is the host, if only one can be.
fn only_chassis<E>(
    paths: &[ResourcePath],
    request: &mut impl Request<E>,
) -> Result<Resource, RedfishError<E>> {
    let mut showing = Vec::new();
    for path in paths {
        let chassis = Resource::get(path, request)?;
        if OF_POWER.iter().any(|key| chassis.at(&[key]).is_some()) {
            showing.push(chassis);
        }
    }
    let has_system = |it: &Resource| !it.links(&["Links", "ComputerSystems"]).is_empty();
    if showing.iter().any(has_system) {
        showing.retain(has_system);
    }
    // A GPU's chassis in the host's has a system, too, on some controllers.
    let all: Vec<String> = showing.iter().map(Resource::path).collect();
    let is_within = |it: &Resource| {
        let around = it.link::<E>(&["Links", "ContainedBy"]).ok().flatten();
        around.is_some_and(|around| all.iter().any(|path| path == around.as_str()))
    };
    showing.retain(|it| !is_within(it));
    match showing.len() {
        0 => Err(RedfishError::NoChassis { names: names(paths) }),
        1 => Ok(showing.remove(0)),
        _ => {
            let names: Vec<String> = showing.iter().map(Resource::name).collect();
            Err(RedfishError::Ambiguous { names: names.join(", ") })
        }
    }
}

/// The place at which a chassis shows a quantity, the newest kind first. One whose answer cannot be true hides no other.
fn place<E>(
    chassis: &Resource,
    quantity: Quantity,
    request: &mut impl Request<E>,
) -> Result<Option<Place>, RedfishError<E>> {
    let mut first_error = None;
    for kind in OF_POWER {
        match place_of_kind(kind, chassis, quantity, request) {
            Ok(Some(place)) => return Ok(Some(place)),
            Ok(None) => {}
            // More requests could lock an account.
            Err(error @ RedfishError::Request { .. }) => return Err(first_error.unwrap_or(error)),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    first_error.map_or(Ok(None), Err)
}

/// The resource of a kind, if the chassis has it and it shows a quantity.
fn place_of_kind<E>(
    kind: &'static str,
    chassis: &Resource,
    quantity: Quantity,
    request: &mut impl Request<E>,
) -> Result<Option<Place>, RedfishError<E>> {
    let Some(path) = chassis.link(&[kind])? else { return Ok(None) };
    let place = match kind {
        "EnvironmentMetrics" => Some(Place::Environment(path)),
        "PowerSubsystem" => supplies(&path, request)?,
        _ => Some(Place::Control(path)),
    };
    match place {
        Some(place) => place.showing(quantity, request),
        None => Ok(None),
    }
}

/// The metrics of the power supplies that are in use; `None` where one of them has none.
fn supplies<E>(
    subsystem: &ResourcePath,
    request: &mut impl Request<E>,
) -> Result<Option<Place>, RedfishError<E>> {
    let subsystem = Resource::get(subsystem, request)?;
    let Some(path) = subsystem.link(&["PowerSupplies"])? else { return Ok(None) };
    let mut metrics = Vec::new();
    for path in Resource::get(&path, request)?.members()? {
        let supply = Resource::get(&path, request)?;
        let state = supply.at(&["Status", "State"]).and_then(Value::as_str);
        if state.is_some_and(|state| state == "Absent") {
            continue;
        }
        let Some(path) = supply.link(&["Metrics"])? else { return Ok(None) };
        metrics.push(path);
    }
    Ok(Some(Place::Supplies(metrics)))
}
