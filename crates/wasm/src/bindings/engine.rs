//! The planner for JavaScript, and its regions.

use std::rc::Rc;

use gpu_carbon_core::{
    Intensity, Interval, Pue, Scope, Series, Span, StepChange, Timestamp, what_if,
};
use gpu_carbon_feeds::metadata::Metadata;
use gpu_carbon_schema::Request;
use wasm_bindgen::prelude::*;

use super::{object, parse, write};
use crate::reading::{Provenance, quality_of, signal_of};
use crate::region::timestamp;
use crate::{InputError, calculations, plan, ranking, reading, region, seasonal, sensitivity};

/// The TypeScript types of arguments and answers.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("engine.ts");

/// A region with its series of intensity, in the engine's memory.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Region(Rc<region::Region>);

#[wasm_bindgen]
impl Region {
    /// A region with a series that the readers have parsed.
    #[wasm_bindgen(js_name = fromReading)]
    pub fn from_reading(name: &str, reading: &Reading) -> Result<Region, InputError> {
        Ok(Region(Rc::new(region::Region::from_reading(name, reading.to_reading()?))))
    }

    /// A region with a bundled series, from the inflated content of its pack. A pack is a gzip file: `DecompressionStream("gzip")`
    /// inflates it.
    #[wasm_bindgen(js_name = fromPack)]
    pub fn from_pack(name: &str, bytes: &[u8]) -> Result<Region, InputError> {
        Ok(Region(Rc::new(region::Region::from_pack(name, bytes)?)))
    }

    /// The name in rankings.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.0.name.clone()
    }

    /// The signal of the values.
    #[wasm_bindgen(getter, unchecked_return_type = "Signal")]
    pub fn signal(&self) -> String {
        self.0.signal.name().to_owned()
    }

    /// The scope of the values; undefined where it is unknown.
    #[wasm_bindgen(getter, unchecked_return_type = "Scope | undefined")]
    pub fn scope(&self) -> Option<String> {
        self.0.scope.map(|scope| scope.name().to_owned())
    }

    /// The source of the values.
    #[wasm_bindgen(getter)]
    pub fn source(&self) -> String {
        self.0.source.clone()
    }

    /// The credit that must be shown with the values.
    #[wasm_bindgen(getter)]
    pub fn attribution(&self) -> Option<String> {
        self.0.attribution.clone()
    }

    /// The quality of the values.
    #[wasm_bindgen(getter, unchecked_return_type = "Quality")]
    pub fn quality(&self) -> String {
        self.0.quality.name().to_owned()
    }

    /// The time of the first value, in milliseconds since 1970-01-01T00:00:00Z.
    #[wasm_bindgen(getter, js_name = startMilliseconds)]
    pub fn start_milliseconds(&self) -> f64 {
        milliseconds(self.0.extent().start())
    }

    /// The end of the last value, in milliseconds since 1970-01-01T00:00:00Z.
    #[wasm_bindgen(getter, js_name = endMilliseconds)]
    pub fn end_milliseconds(&self) -> f64 {
        milliseconds(self.0.extent().end())
    }

    /// The longest time for which a value holds, in seconds.
    #[wasm_bindgen(getter, js_name = stepSeconds)]
    pub fn step_seconds(&self) -> f64 {
        self.0.exposures.series().step().as_seconds()
    }

    /// The checksum of the values and their times, as sixteen hexadecimal digits; the name is not part of it.
    #[wasm_bindgen(getter)]
    pub fn checksum(&self) -> String {
        format!("{:016x}", self.0.checksum)
    }

    /// The number of gaps in the series.
    #[wasm_bindgen(getter)]
    pub fn gaps(&self) -> usize {
        self.0.gaps()
    }

    /// The values as a CSV with the header `timestamp_utc,gco2_per_kwh`, which the command line reads; before it stand the
    /// signal and the scope, in comment lines.
    #[wasm_bindgen(js_name = toCsv)]
    pub fn to_csv(&self) -> String {
        let region = &self.0;
        let (signal, scope) = (Some(region.signal), region.scope);
        let metadata = Metadata { signal, scope, ..Metadata::default() };
        metadata.write() + &gpu_carbon_feeds::csv::write(region.exposures.series())
    }

    /// The mean intensity of each of `points` equal parts of an interval, in grams per kilowatt-hour, over the time in which the series
    /// has values; NaN where it has none.
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
    /// A JavaScript handle on a [`Region`].
    #[wasm_bindgen(typescript_type = "Region")]
    #[derive(Debug)]
    pub type RegionHandle;

    #[wasm_bindgen(method)]
    fn share(this: &RegionHandle) -> Region;
}

#[wasm_bindgen]
impl Region {
    /// Another handle on the same series. A function that takes a list of regions frees the handles in it: it takes shared ones.
    #[wasm_bindgen(skip_typescript)]
    #[must_use]
    pub fn share(&self) -> Region {
        Region(Rc::clone(&self.0))
    }
}

#[wasm_bindgen]
extern "C" {
    /// A series that the readers have parsed. The readers have a memory of their own, so that it is passed as a JavaScript object.
    #[wasm_bindgen(typescript_type = "Reading")]
    #[derive(Debug)]
    pub type Reading;

    #[wasm_bindgen(method, getter)]
    fn signal(this: &Reading) -> String;
    #[wasm_bindgen(method, getter)]
    fn scope(this: &Reading) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn source(this: &Reading) -> String;
    #[wasm_bindgen(method, getter)]
    fn attribution(this: &Reading) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn quality(this: &Reading) -> String;
    #[wasm_bindgen(method, getter, js_name = stepSeconds)]
    fn step_seconds(this: &Reading) -> f64;
    #[wasm_bindgen(method, getter, js_name = stepChanges)]
    fn step_changes(this: &Reading) -> Vec<f64>;
    #[wasm_bindgen(method, getter)]
    fn times(this: &Reading) -> Vec<f64>;
    #[wasm_bindgen(method, getter)]
    fn grams(this: &Reading) -> Vec<f64>;
}

impl Reading {
    /// Copies the series into the engine's memory.
    fn to_reading(&self) -> Result<reading::Reading, InputError> {
        let provenance = Provenance {
            signal: signal_of(&self.signal())?,
            scope: self.scope().and_then(|scope| Scope::named(&scope)),
            source: self.source(),
            attribution: self.attribution(),
            quality: quality_of(&self.quality())?,
        };
        let span = |seconds| {
            let step = Span::from_seconds_f64(seconds);
            step.ok_or_else(|| InputError::of("stepSeconds", "a step is zero or more"))
        };
        let usual = span(self.step_seconds())?;
        let mut changes = Vec::new();
        for change in self.step_changes().chunks_exact(2) {
            if let &[from, step] = change {
                let from = timestamp("stepChanges", from * 1000.0)?;
                changes.push(StepChange { from, step: span(step)? });
            }
        }
        let point = |(seconds, grams): (f64, f64)| {
            let time = timestamp("times", seconds * 1000.0)?;
            let value = Intensity::from_grams_per_kilowatt_hour(grams);
            Ok::<(Timestamp, Intensity), InputError>((
                time,
                value.map_err(|error| InputError::of("grams", error))?,
            ))
        };
        let points = self.times().into_iter().zip(self.grams()).map(point);
        let points = points.collect::<Result<_, _>>()?;
        let series = Series::with_changes(points, usual, changes).map_err(InputError::new)?;
        Ok(reading::Reading { provenance, series })
    }
}

/// Parses and validates a request.
fn parse_request(object: &JsValue) -> Result<what_if::Request, InputError> {
    Ok(Request::from_deserializer(object::Object::of(object))?.validate()?)
}

/// Plans a job in some regions: the document of `gpu-carbon plan --format json`.
#[wasm_bindgen(unchecked_return_type = "Plan")]
pub fn plan(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    regions: Vec<RegionHandle>,
) -> Result<JsValue, InputError> {
    let shared: Vec<Region> = regions.iter().map(RegionHandle::share).collect();
    let regions: Vec<&region::Region> = shared.iter().map(|region| &*region.0).collect();
    parse(&plan::plan(&parse_request(request)?, &regions)?)
}

/// Plans a job in some regions: the table of `gpu-carbon plan --format csv`, byte for byte.
#[wasm_bindgen(js_name = planCsv)]
pub fn plan_csv(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    regions: Vec<RegionHandle>,
) -> Result<String, InputError> {
    let shared: Vec<Region> = regions.iter().map(RegionHandle::share).collect();
    let regions: Vec<&region::Region> = shared.iter().map(|region| &*region.0).collect();
    plan::plan_csv(&parse_request(request)?, &regions)
}

/// Ranks places by their yearly levels in grams per kilowatt-hour, the least first. `null` is an unknown level; `home` is the
/// index of the place that savings are measured against.
#[wasm_bindgen(js_name = rankByLevel, unchecked_return_type = "LevelRanking")]
pub fn rank_by_level(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "(number | null)[]")] levels: &JsValue,
    home: Option<usize>,
    #[wasm_bindgen(unchecked_param_type = "Costs")] costs: &JsValue,
) -> Result<JsValue, InputError> {
    let (levels, costs): (Vec<Option<f64>>, _) = (object::read(levels)?, object::read(costs)?);
    write(&ranking::by_level(&parse_request(request)?, &levels, home, &costs)?)
}

/// Plans a job by what is usual: from its start and the same hour on each day of the four weeks around it, on the region's series
/// repeated by the time of year.
#[wasm_bindgen(unchecked_return_type = "Seasonal")]
pub fn seasonal(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    region: &Region,
) -> Result<JsValue, InputError> {
    parse(&seasonal::seasonal(&parse_request(request)?, &region.0)?)
}

/// Studies one job and its window from every start of the region's last year, or from the paper's starts, which are five a month; for
/// a series shorter than a year, over all of it.
#[wasm_bindgen(unchecked_return_type = "Year")]
pub fn year(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    region: &Region,
    #[wasm_bindgen(unchecked_param_type = "YearOptions")] options: &JsValue,
) -> Result<JsValue, InputError> {
    parse(&sensitivity::year(&parse_request(request)?, &region.0, object::read(options)?)?)
}

/// The savings of the job as its window grows: from the requested start, and as the mean over the paper's starts of the year.
#[wasm_bindgen(unchecked_return_type = "Curve")]
pub fn curve(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    region: &Region,
    hours: Vec<f64>,
) -> Result<JsValue, InputError> {
    parse(&sensitivity::curve(&parse_request(request)?, &region.0, &hours)?)
}

/// The exact plan as the energy of a pause grows, and the energy at which pausing stops saving emissions.
#[wasm_bindgen(js_name = pauseCosts, unchecked_return_type = "PauseCostCurve")]
pub fn pause_costs(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    region: &Region,
) -> Result<JsValue, InputError> {
    parse(&sensitivity::pause_costs(&parse_request(request)?, &region.0)?)
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

/// The allowed range of a PUE, as text for an error message.
#[wasm_bindgen(js_name = pueAllowed)]
#[must_use]
pub fn pue_allowed() -> String {
    Pue::ALLOWED.to_owned()
}

/// The equivalents of some grams CO2e, such as kilometres in a car: by the factors that the paper used, and by newer ones.
#[wasm_bindgen(unchecked_return_type = "Equivalents[]")]
pub fn equivalents(grams: f64) -> Result<JsValue, InputError> {
    write(&calculations::equivalents(grams)?)
}

/// The embodied emissions attributed to a use of some GPUs, in grams CO2e.
#[wasm_bindgen]
pub fn embodied(
    #[wasm_bindgen(js_name = kilogramsPerGpu)] kilograms_per_gpu: f64,
    gpus: f64,
    #[wasm_bindgen(js_name = lifetimeYears)] lifetime_years: f64,
    seconds: f64,
) -> Result<f64, InputError> {
    Ok(calculations::embodied(kilograms_per_gpu, gpus, lifetime_years, seconds)?.as_grams())
}

/// The power of boards of several kinds in watts: for each, the board power of one, times their number, times their mean
/// utilisation in percent.
#[wasm_bindgen(js_name = boardsPower)]
pub fn boards_power(
    #[wasm_bindgen(unchecked_param_type = "Boards[]")] boards: &JsValue,
) -> Result<f64, InputError> {
    let boards: Vec<calculations::Boards> = object::read(boards)?;
    Ok(calculations::boards_power(&boards)?.as_watts())
}

/// The emissions of an energy by one average intensity, such as that of a year, in grams CO2e.
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
fn milliseconds(time: gpu_carbon_core::Timestamp) -> f64 {
    time.as_unix_micros() as f64 / 1000.0
}
