//! The resources that show the power of a chassis, and what they show.

use gpu_carbon_core::Power;
use serde_json::Value;

use super::error::RedfishError;
use super::resource::{Request, Resource, ResourcePath};

/// The microjoules of a kilowatt-hour.
const MICROJOULES: f64 = 3.6e12;

/// The quantity that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Power in watts.
    Power,
    /// Energy that the BMC counts, in kilowatt-hours.
    Energy,
}

impl Quantity {
    /// The key of Redfish.
    const fn key(self) -> &'static str {
        match self {
            Quantity::Power => "PowerWatts",
            Quantity::Energy => "EnergykWh",
        }
    }
}

/// The figures of a chassis.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Shown {
    /// The power.
    pub power: Option<Power>,
    /// The energy that the BMC has counted, in microjoules.
    pub microjoules: Option<u64>,
}

impl Shown {
    const fn has(self, quantity: Quantity) -> bool {
        match quantity {
            Quantity::Power => self.power.is_some(),
            Quantity::Energy => self.microjoules.is_some(),
        }
    }
}

/// The place at which a BMC shows the power of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerSource {
    pub(super) chassis: String,
    pub(super) quantity: Quantity,
    pub(super) place: Place,
}

/// The resources that show a power.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The metrics of the chassis.
    Environment(ResourcePath),
    /// The metrics of each power supply, whose sum is the chassis'.
    Supplies(Vec<ResourcePath>),
    /// The older resource.
    Control(ResourcePath),
}

impl PowerSource {
    /// The name of the chassis.
    #[must_use]
    pub fn chassis(&self) -> &str {
        &self.chassis
    }

    /// The paths of the resources that are read.
    #[must_use]
    pub fn paths(&self) -> Vec<&str> {
        match &self.place {
            Place::Environment(path) | Place::Control(path) => vec![path.as_str()],
            Place::Supplies(paths) => paths.iter().map(ResourcePath::as_str).collect(),
        }
    }

    /// Reads the figures, which have the quantity that was asked for.
    ///
    /// # Errors
    ///
    /// When a request fails, or its answer is none of Redfish, shows nothing, or cannot be true.
    pub fn read<E>(
        &self,
        mut request: impl FnMut(&str) -> Result<String, E>,
    ) -> Result<Shown, RedfishError<E>> {
        let shown = self.place.read(&mut request)?;
        if shown.has(self.quantity) {
            return Ok(shown);
        }
        let (chassis, quantity) = (self.chassis.clone(), self.quantity.key());
        Err(RedfishError::Nothing { chassis, quantity })
    }
}

impl Place {
    /// The place, if it shows a quantity now.
    pub(super) fn showing<E>(
        self,
        quantity: Quantity,
        request: &mut impl Request<E>,
    ) -> Result<Option<Place>, RedfishError<E>> {
        Ok(self.read(request)?.has(quantity).then_some(self))
    }

    fn read<E>(&self, request: &mut impl Request<E>) -> Result<Shown, RedfishError<E>> {
        match self {
            Place::Environment(path) => {
                let metrics = Resource::get(path, request)?;
                shown(&metrics, "PowerWatts")
            }
            Place::Supplies(paths) => {
                let mut sum: Option<(Option<f64>, Option<f64>)> = None;
                for path in paths {
                    let metrics = Resource::get(path, request)?;
                    let of_supply = figures(&metrics, "InputPowerWatts")?;
                    // The sum is known where each of its parts is.
                    let added = |one: Option<f64>, other: Option<f64>| Some(one? + other?);
                    sum = Some(match sum {
                        None => of_supply,
                        Some(sum) => (added(sum.0, of_supply.0), added(sum.1, of_supply.1)),
                    });
                }
                let (watts, kilowatt_hours) = sum.unwrap_or_default();
                Ok(converted(watts, kilowatt_hours))
            }
            Place::Control(path) => {
                let power = Resource::get(path, request)?;
                Ok(converted(consumed(&power)?, None))
            }
        }
    }
}

/// The figures of a resource of metrics: watts and kilowatt-hours.
fn figures<E>(
    metrics: &Resource,
    power: &'static str,
) -> Result<(Option<f64>, Option<f64>), RedfishError<E>> {
    let watts = metrics.watts(metrics.at(&[power, "Reading"]), power)?;
    let key = Quantity::Energy.key();
    let kilowatt_hours = metrics.kilowatt_hours(metrics.at(&[key, "Reading"]), key)?;
    Ok((watts, kilowatt_hours))
}

fn shown<E>(metrics: &Resource, power: &'static str) -> Result<Shown, RedfishError<E>> {
    let (watts, kilowatt_hours) = figures(metrics, power)?;
    Ok(converted(watts, kilowatt_hours))
}

fn converted(watts: Option<f64>, kilowatt_hours: Option<f64>) -> Shown {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the kilowatt-hours of a few counters are neither negative nor beyond the range of u64"
    )]
    let microjoules = kilowatt_hours.map(|it| (it * MICROJOULES).round() as u64);
    Shown { power: watts.and_then(|it| Power::from_watts(it).ok()), microjoules }
}

/// The power of the resource `Power`, which may list that of parts, too.
fn consumed<E>(power: &Resource) -> Result<Option<f64>, RedfishError<E>> {
    const KEY: &str = "PowerConsumedWatts";
    let controls = power.at(&["PowerControl"]).and_then(Value::as_array);
    let mut found = Vec::new();
    for control in controls.into_iter().flatten() {
        let is_of_chassis = control.get("PhysicalContext").is_some_and(|it| it == "Chassis");
        if let Some(watts) = power.watts(control.get(KEY), KEY)? {
            found.push((is_of_chassis, watts));
        }
    }
    let of_chassis: Vec<f64> = found.iter().filter(|it| it.0).map(|it| it.1).collect();
    match (found.as_slice(), of_chassis.as_slice()) {
        ([], _) => Ok(None),
        ([(_, watts)], _) | (_, [watts]) => Ok(Some(*watts)),
        _ => Err(RedfishError::SeveralPowers { path: power.path(), count: found.len() }),
    }
}
