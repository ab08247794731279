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

/// The figure of a chassis that was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Shown {
    /// The power.
    pub power: Option<Power>,
    /// The energy that the BMC has counted, in microjoules.
    pub microjoules: Option<u64>,
}

impl Shown {
    fn of_watts(watts: Option<f64>) -> Shown {
        Shown { power: watts.and_then(|it| Power::from_watts(it).ok()), microjoules: None }
    }

    fn of_kilowatt_hours(kilowatt_hours: Option<f64>) -> Shown {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the kilowatt-hours of a few counters are neither negative nor beyond the range of u64"
        )]
        let microjoules = kilowatt_hours.map(|it| (it * MICROJOULES).round() as u64);
        Shown { power: None, microjoules }
    }

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
        let shown = self.place.read(self.quantity, &mut request)?;
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
        Ok(self.read(quantity, request)?.has(quantity).then_some(self))
    }

    /// Reads one quantity. What a BMC shows of the other one may be wrong.
    fn read<E>(
        &self,
        quantity: Quantity,
        request: &mut impl Request<E>,
    ) -> Result<Shown, RedfishError<E>> {
        match (self, quantity) {
            (Place::Environment(path), Quantity::Power) => {
                let metrics = Resource::get(path, request)?;
                let key = quantity.key();
                Ok(Shown::of_watts(metrics.watts(metrics.at(&[key, "Reading"]), key)?))
            }
            (Place::Environment(path), Quantity::Energy) => {
                Ok(Shown::of_kilowatt_hours(kilowatt_hours(&Resource::get(path, request)?)?))
            }
            (Place::Supplies(paths), Quantity::Power) => {
                let key = "InputPowerWatts";
                let watts = sum(paths, request, |metrics| {
                    metrics.watts_of_part(metrics.at(&[key, "Reading"]), key)
                })?;
                // One supply may draw nothing, and all of them may not: the host answers.
                Ok(Shown::of_watts(watts.filter(|&watts| watts > 0.0)))
            }
            (Place::Supplies(paths), Quantity::Energy) => {
                Ok(Shown::of_kilowatt_hours(sum(paths, request, kilowatt_hours)?))
            }
            (Place::Control(path), Quantity::Power) => {
                let watts = consumed(&Resource::get(path, request)?)?;
                Ok(Shown::of_watts(watts.filter(|&watts| watts > 0.0)))
            }
            (Place::Control(_), Quantity::Energy) => Ok(Shown::default()),
        }
    }
}

/// The sum of a figure of several resources, which is known where each of its parts is.
fn sum<E>(
    paths: &[ResourcePath],
    request: &mut impl Request<E>,
    figure: impl Fn(&Resource) -> Result<Option<f64>, RedfishError<E>>,
) -> Result<Option<f64>, RedfishError<E>> {
    let mut sum = None;
    for (place, path) in paths.iter().enumerate() {
        let part = figure(&Resource::get(path, request)?)?;
        sum = if place == 0 { part } else { sum.zip(part).map(|(sum, part)| sum + part) };
    }
    Ok(sum)
}

fn kilowatt_hours<E>(metrics: &Resource) -> Result<Option<f64>, RedfishError<E>> {
    let key = Quantity::Energy.key();
    metrics.kilowatt_hours(metrics.at(&[key, "Reading"]), key)
}

/// The power of the resource `Power`, which may list that of parts, too.
fn consumed<E>(power: &Resource) -> Result<Option<f64>, RedfishError<E>> {
    const KEY: &str = "PowerConsumedWatts";
    let controls = power.at(&["PowerControl"]).and_then(Value::as_array);
    let mut found = Vec::new();
    for control in controls.into_iter().flatten() {
        let is_of_chassis = control.get("PhysicalContext").is_some_and(|it| it == "Chassis");
        let value = control.get(KEY);
        // A part, such as a processor that is switched off, may draw nothing.
        let watts = match is_of_chassis {
            true => power.watts(value, KEY)?,
            false => power.watts_of_part(value, KEY)?,
        };
        found.extend(watts.map(|watts| (is_of_chassis, watts)));
    }
    let of_chassis: Vec<f64> = found.iter().filter(|it| it.0).map(|it| it.1).collect();
    match (found.as_slice(), of_chassis.as_slice()) {
        ([], _) => Ok(None),
        ([(_, watts)], _) | (_, [watts]) => Ok(Some(*watts)),
        _ => Err(RedfishError::SeveralPowers { path: power.path(), count: found.len() }),
    }
}
