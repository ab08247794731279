//! What plans, and what it is told by.

use std::rc::Rc;

use gpu_carbon_core::{Intensity, Interval, Pue, Series, Span, Timestamp, what_if};
use gpu_carbon_schema::Request;
use wasm_bindgen::prelude::*;

use super::{object, parse, write};
use crate::reading::{Provenance, quality_of, signal_of};
use crate::region::timestamp;
use crate::{InputError, calculations, plan, reading, region, sensitivity};

/// The types of the objects that come and go.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("engine.ts");

/// One series of intensity, kept in the engine's memory.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Region(Rc<region::Region>);

#[wasm_bindgen]
impl Region {
    /// From a file or an answer that the readers have read.
    #[wasm_bindgen(js_name = fromReading)]
    pub fn from_reading(name: &str, reading: &Reading) -> Result<Region, InputError> {
        Ok(Region(Rc::new(region::Region::from_reading(name, reading.take()?))))
    }

    /// From the bytes that a pack, which ships with the project, inflates to: a pack is a gzip file, for
    /// `DecompressionStream("gzip")`.
    #[wasm_bindgen(js_name = fromPack)]
    pub fn from_pack(name: &str, bytes: &[u8]) -> Result<Region, InputError> {
        Ok(Region(Rc::new(region::Region::from_pack(name, bytes)?)))
    }

    /// The name that it is ranked under.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.0.name.clone()
    }

    /// Which question its values answer.
    #[wasm_bindgen(getter, unchecked_return_type = "Signal")]
    pub fn signal(&self) -> String {
        self.0.signal.name().to_owned()
    }

    /// Where its values come from.
    #[wasm_bindgen(getter)]
    pub fn source(&self) -> String {
        self.0.source.clone()
    }

    /// The credit that must be shown with them.
    #[wasm_bindgen(getter)]
    pub fn attribution(&self) -> Option<String> {
        self.0.attribution.clone()
    }

    /// How well they are known.
    #[wasm_bindgen(getter, unchecked_return_type = "Quality")]
    pub fn quality(&self) -> String {
        self.0.quality.name().to_owned()
    }

    /// Its first moment.
    #[wasm_bindgen(getter, js_name = startMilliseconds)]
    pub fn start_milliseconds(&self) -> f64 {
        milliseconds(self.0.extent().start())
    }

    /// The end of its last value.
    #[wasm_bindgen(getter, js_name = endMilliseconds)]
    pub fn end_milliseconds(&self) -> f64 {
        milliseconds(self.0.extent().end())
    }

    /// For how long a value holds at most.
    #[wasm_bindgen(getter, js_name = stepSeconds)]
    pub fn step_seconds(&self) -> f64 {
        self.0.exposures.series().step().as_seconds()
    }

    /// Of its values and their moments, whatever it is called: sixteen hexadecimal digits.
    #[wasm_bindgen(getter)]
    pub fn checksum(&self) -> String {
        format!("{:016x}", self.0.checksum)
    }

    /// How many gaps it has.
    #[wasm_bindgen(getter)]
    pub fn gaps(&self) -> usize {
        self.0.gaps()
    }

    /// Its values as a file that the command line reads: a CSV with the header `timestamp_utc,gco2_per_kwh`.
    #[wasm_bindgen(js_name = toCsv)]
    pub fn to_csv(&self) -> String {
        gpu_carbon_feeds::csv::write(self.0.exposures.series())
    }

    /// The mean intensity, in grams per kilowatt-hour, of each of so many equal parts of a time, over what is covered
    /// of it; NaN where nothing is.
    pub fn draw(
        &self,
        from_milliseconds: f64,
        to_milliseconds: f64,
        points: usize,
    ) -> Result<Vec<f64>, InputError> {
        let from = timestamp("from_milliseconds", from_milliseconds)?;
        let to = timestamp("to_milliseconds", to_milliseconds)?;
        self.0.draw(Interval::new(from, to), points)
    }
}

#[wasm_bindgen]
extern "C" {
    /// A region that JavaScript keeps.
    #[wasm_bindgen(typescript_type = "Region")]
    #[derive(Debug)]
    pub type RegionHandle;

    #[wasm_bindgen(method)]
    fn share(this: &RegionHandle) -> Region;
}

#[wasm_bindgen]
impl Region {
    /// Another handle on the same series: a list of regions would otherwise be used up by the function that takes it.
    #[wasm_bindgen(skip_typescript)]
    #[must_use]
    pub fn share(&self) -> Region {
        Region(Rc::clone(&self.0))
    }
}

#[wasm_bindgen]
extern "C" {
    /// A series that the readers have read: theirs is another memory, so it comes as JavaScript's.
    #[wasm_bindgen(typescript_type = "Reading")]
    #[derive(Debug)]
    pub type Reading;

    #[wasm_bindgen(method, getter)]
    fn signal(this: &Reading) -> String;
    #[wasm_bindgen(method, getter)]
    fn source(this: &Reading) -> String;
    #[wasm_bindgen(method, getter)]
    fn attribution(this: &Reading) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn quality(this: &Reading) -> String;
    #[wasm_bindgen(method, getter, js_name = stepSeconds)]
    fn step_seconds(this: &Reading) -> f64;
    #[wasm_bindgen(method, getter)]
    fn moments(this: &Reading) -> Vec<f64>;
    #[wasm_bindgen(method, getter)]
    fn grams(this: &Reading) -> Vec<f64>;
}

impl Reading {
    /// The same, in this memory.
    fn take(&self) -> Result<reading::Reading, InputError> {
        let provenance = Provenance {
            signal: signal_of(&self.signal())?,
            source: self.source(),
            attribution: self.attribution(),
            quality: quality_of(&self.quality())?,
        };
        let step = Span::from_seconds_f64(self.step_seconds());
        let step = step.ok_or_else(|| InputError::of("stepSeconds", "a step is zero or more"))?;
        let point = |(seconds, grams): (f64, f64)| {
            let moment = timestamp("moments", seconds * 1000.0)?;
            let value = Intensity::from_grams_per_kilowatt_hour(grams);
            Ok::<(Timestamp, Intensity), InputError>((
                moment,
                value.map_err(|error| InputError::of("grams", error))?,
            ))
        };
        let points = self.moments().into_iter().zip(self.grams()).map(point);
        let points = points.collect::<Result<_, _>>()?;
        let series = Series::with_step(points, step).map_err(InputError::new)?;
        Ok(reading::Reading { provenance, series })
    }
}

/// A question, checked.
fn question(object: &JsValue) -> Result<what_if::Request, InputError> {
    Ok(Request::from_deserializer(object::Object::of(object))?.validate()?)
}

/// Plans a job in regions: the document of `gpu-carbon plan --format json`.
#[wasm_bindgen(unchecked_return_type = "Plan")]
pub fn plan(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    regions: Vec<RegionHandle>,
) -> Result<JsValue, InputError> {
    let shared: Vec<Region> = regions.iter().map(RegionHandle::share).collect();
    let regions: Vec<&region::Region> = shared.iter().map(|region| &*region.0).collect();
    parse(&plan::plan(&question(request)?, &regions)?)
}

/// The same as a table: that of `gpu-carbon plan --format csv`, byte for byte.
#[wasm_bindgen(js_name = planCsv)]
pub fn plan_csv(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    regions: Vec<RegionHandle>,
) -> Result<String, InputError> {
    let shared: Vec<Region> = regions.iter().map(RegionHandle::share).collect();
    let regions: Vec<&region::Region> = shared.iter().map(|region| &*region.0).collect();
    plan::plan_csv(&question(request)?, &regions)
}

/// One job and its window from every start of the region's last year (the paper's starts: five a month); of a shorter
/// series, all of it.
#[wasm_bindgen(unchecked_return_type = "Year")]
pub fn year(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    region: &Region,
    #[wasm_bindgen(unchecked_param_type = "YearOptions")] options: &JsValue,
) -> Result<JsValue, InputError> {
    parse(&sensitivity::year(&question(request)?, &region.0, object::read(options)?)?)
}

/// What the job saves as its window grows: from its own start, and on the mean over the paper's starts of the year.
#[wasm_bindgen(unchecked_return_type = "Curve")]
pub fn curve(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    region: &Region,
    hours: Vec<f64>,
) -> Result<JsValue, InputError> {
    parse(&sensitivity::curve(&question(request)?, &region.0, &hours)?)
}

/// The exact plan as the energy of a pause grows, and where pausing stops paying.
#[wasm_bindgen(js_name = pauseCosts, unchecked_return_type = "PauseCostCurve")]
pub fn pause_costs(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    region: &Region,
) -> Result<JsValue, InputError> {
    parse(&sensitivity::pause_costs(&question(request)?, &region.0)?)
}

/// The paper's eleven jobs.
#[wasm_bindgen(js_name = paperJobs, unchecked_return_type = "PaperJob[]")]
pub fn paper_jobs() -> Result<JsValue, InputError> {
    write(&calculations::paper_jobs())
}

/// The least and the greatest power usage effectiveness that a plan accepts.
#[wasm_bindgen(js_name = pueRange)]
#[must_use]
pub fn pue_range() -> Vec<f64> {
    vec![Pue::MIN, Pue::MAX]
}

/// That range as text for an error message.
#[wasm_bindgen(js_name = pueAllowed)]
#[must_use]
pub fn pue_allowed() -> String {
    Pue::ALLOWED.to_owned()
}

/// What else emits as much as so many grams: by the factors that the paper used, and by the newer ones.
#[wasm_bindgen(unchecked_return_type = "Equivalents[]")]
pub fn equivalents(grams: f64) -> Result<JsValue, InputError> {
    write(&calculations::equivalents(grams)?)
}

/// Grams of the manufacture of some GPUs that a use of them answers for.
#[wasm_bindgen]
pub fn embodied(
    #[wasm_bindgen(js_name = kilogramsPerGpu)] kilograms_per_gpu: f64,
    gpus: f64,
    #[wasm_bindgen(js_name = lifetimeYears)] lifetime_years: f64,
    seconds: f64,
) -> Result<f64, InputError> {
    Ok(calculations::embodied(kilograms_per_gpu, gpus, lifetime_years, seconds)?.as_grams())
}

/// What GPUs draw together, in watts: of the board power of one, how many, and the mean share of it, in percent.
#[wasm_bindgen(js_name = gpuPower)]
pub fn gpu_power(
    #[wasm_bindgen(js_name = boardWatts)] board_watts: f64,
    gpus: f64,
    #[wasm_bindgen(js_name = utilisationPercent)] utilisation_percent: f64,
) -> Result<f64, InputError> {
    Ok(calculations::gpu_power(board_watts, gpus, utilisation_percent)?.as_watts())
}

/// What an energy emits, in grams, where all that is known is a yearly average.
#[wasm_bindgen]
pub fn emissions(
    #[wasm_bindgen(js_name = energyKilowattHours)] energy_kilowatt_hours: f64,
    #[wasm_bindgen(js_name = powerUsageEffectiveness)] power_usage_effectiveness: f64,
    #[wasm_bindgen(js_name = gramsPerKilowattHour)] grams_per_kilowatt_hour: f64,
) -> Result<f64, InputError> {
    let grams = calculations::emissions(
        energy_kilowatt_hours,
        power_usage_effectiveness,
        grams_per_kilowatt_hour,
    );
    Ok(grams?.as_grams())
}

/// The Software Carbon Intensity, ((E x I) + M) per R, with each of its terms.
#[wasm_bindgen(unchecked_return_type = "SciScore")]
pub fn sci(
    #[wasm_bindgen(unchecked_param_type = "SciTerms")] terms: &JsValue,
) -> Result<JsValue, InputError> {
    write(&calculations::sci(&object::read(terms)?)?)
}

#[allow(clippy::cast_precision_loss, reason = "exact for dates that JavaScript has")]
fn milliseconds(moment: gpu_carbon_core::Timestamp) -> f64 {
    moment.as_unix_micros() as f64 / 1000.0
}
