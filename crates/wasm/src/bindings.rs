//! What JavaScript sees. Nothing is computed here: arguments are read, and answers written.

use gpu_carbon_core::Interval;
use js_sys::{Error, JSON, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

use crate::region::moment;
use crate::{Fault, explore, facts, plan, region};

/// The types of the objects that come and go.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.ts");

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> JsValue {
        let error = Error::new(&fault.message);
        let field = fault.field.map_or(JsValue::UNDEFINED, JsValue::from);
        // An `Error` takes properties: this cannot fail.
        let _ = Reflect::set(&error, &JsValue::from("field"), &field);
        error.into()
    }
}

/// One series of intensity, kept in the engine's memory.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Region(Rc<region::Region>);

#[wasm_bindgen]
impl Region {
    /// From a CSV with the header `timestamp_utc,gco2_per_kwh`.
    #[wasm_bindgen(js_name = fromCsv)]
    pub fn from_csv(
        name: &str,
        text: &str,
        #[wasm_bindgen(unchecked_param_type = "Signal")] signal: &str,
    ) -> Result<Region, Fault> {
        Ok(Region(Rc::new(region::Region::from_csv(name, text, signal)?)))
    }

    /// From the bytes that a pack, which ships with the project, inflates to: a pack is a gzip file, for
    /// `DecompressionStream("gzip")`.
    #[wasm_bindgen(js_name = fromPack)]
    pub fn from_pack(name: &str, bytes: &[u8]) -> Result<Region, Fault> {
        Ok(Region(Rc::new(region::Region::from_pack(name, bytes)?)))
    }

    /// From an answer of WattTime, Electricity Maps, Great Britain's API or Energy-Charts, live or saved; which one it is
    /// of, its shape tells.
    #[wasm_bindgen(js_name = fromResponse)]
    pub fn from_response(name: &str, text: &str) -> Result<Region, Fault> {
        Ok(Region(Rc::new(region::Region::from_response(name, text)?)))
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

    /// The mean intensity, in grams per kilowatt-hour, of each of so many equal parts of a time, over what is covered
    /// of it; NaN where nothing is.
    pub fn draw(
        &self,
        from_milliseconds: f64,
        to_milliseconds: f64,
        points: usize,
    ) -> Result<Vec<f64>, Fault> {
        let from = moment("from_milliseconds", from_milliseconds)?;
        let to = moment("to_milliseconds", to_milliseconds)?;
        self.0.draw(Interval::new(from, to), points)
    }
}

#[wasm_bindgen]
extern "C" {
    /// A region that JavaScript keeps.
    #[wasm_bindgen(typescript_type = "Region")]
    #[derive(Debug)]
    pub type Kept;

    #[wasm_bindgen(method)]
    fn share(this: &Kept) -> Region;
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

/// Plans a job in regions: the document of `gpu-carbon plan --format json`.
#[wasm_bindgen(unchecked_return_type = "Plan")]
pub fn plan(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    regions: Vec<Kept>,
) -> Result<JsValue, Fault> {
    let shared: Vec<Region> = regions.iter().map(Kept::share).collect();
    let regions: Vec<&region::Region> = shared.iter().map(|region| &*region.0).collect();
    parse(&plan::plan(&text_of(request)?, &regions)?)
}

/// One job and its window from every start of the region's last year (the paper's starts: five a month); of a shorter
/// series, all of it.
#[wasm_bindgen(unchecked_return_type = "Year")]
pub fn year(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    region: &Region,
    #[wasm_bindgen(unchecked_param_type = "YearOptions")] options: &JsValue,
) -> Result<JsValue, Fault> {
    parse(&explore::year(&text_of(request)?, &region.0, read(options)?)?)
}

/// What the job saves as its window grows: from its own start, and on the mean over the paper's starts of the year.
#[wasm_bindgen(unchecked_return_type = "Curve")]
pub fn curve(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    region: &Region,
    hours: Vec<f64>,
) -> Result<JsValue, Fault> {
    parse(&explore::curve(&text_of(request)?, &region.0, &hours)?)
}

/// The exact plan as the energy of a pause grows, and where pausing stops paying.
#[wasm_bindgen(js_name = pauseCosts, unchecked_return_type = "PausePrices")]
pub fn pause_costs(
    #[wasm_bindgen(unchecked_param_type = "Request")] request: &JsValue,
    region: &Region,
) -> Result<JsValue, Fault> {
    parse(&explore::pause_costs(&text_of(request)?, &region.0)?)
}

/// The paper's eleven jobs.
#[wasm_bindgen(js_name = paperJobs, unchecked_return_type = "PaperJob[]")]
pub fn paper_jobs() -> Result<JsValue, Fault> {
    write(&facts::paper_jobs())
}

/// What else emits as much as so many grams: by the factors that the paper used, and by the newer ones.
#[wasm_bindgen(unchecked_return_type = "Equivalents[]")]
pub fn equivalents(grams: f64) -> Result<JsValue, Fault> {
    write(&facts::equivalents(grams)?)
}

/// Grams of the manufacture of some GPUs that a use of them answers for.
#[wasm_bindgen]
pub fn embodied(
    #[wasm_bindgen(js_name = kilogramsPerGpu)] kilograms_per_gpu: f64,
    gpus: f64,
    #[wasm_bindgen(js_name = lifetimeYears)] lifetime_years: f64,
    seconds: f64,
) -> Result<f64, Fault> {
    Ok(facts::embodied(kilograms_per_gpu, gpus, lifetime_years, seconds)?.as_grams())
}

/// What GPUs draw together, in watts: of the board power of one, how many, and the mean share of it, in percent.
#[wasm_bindgen(js_name = gpuPower)]
pub fn gpu_power(
    #[wasm_bindgen(js_name = boardWatts)] board_watts: f64,
    gpus: f64,
    #[wasm_bindgen(js_name = utilisationPercent)] utilisation_percent: f64,
) -> Result<f64, Fault> {
    Ok(facts::gpu_power(board_watts, gpus, utilisation_percent)?.as_watts())
}

/// What an energy emits, in grams, where all that is known is a yearly average.
#[wasm_bindgen]
pub fn emissions(
    #[wasm_bindgen(js_name = energyKilowattHours)] energy_kilowatt_hours: f64,
    #[wasm_bindgen(js_name = powerUsageEffectiveness)] power_usage_effectiveness: f64,
    #[wasm_bindgen(js_name = gramsPerKilowattHour)] grams_per_kilowatt_hour: f64,
) -> Result<f64, Fault> {
    let grams =
        facts::emissions(energy_kilowatt_hours, power_usage_effectiveness, grams_per_kilowatt_hour);
    Ok(grams?.as_grams())
}

/// What GPUs draw now, from a page of the exporter's metrics: the sum over those that answer.
#[wasm_bindgen(js_name = powerFromMetrics, unchecked_return_type = "{ power_watts: number; gpus: number }")]
pub fn power_from_metrics(page: &str) -> Result<JsValue, Fault> {
    write(&facts::power_from_metrics(page)?)
}

/// A profile from a CSV with the header `offset_seconds,power_watts`: offsets in seconds, and the watts from there on.
#[wasm_bindgen(js_name = profileFromCsv, unchecked_return_type = "[number, number][]")]
pub fn profile_from_csv(text: &str) -> Result<JsValue, Fault> {
    write(&facts::profile_from_csv(text)?)
}

/// A profile from what Prometheus answers to `query_range` for `gpu_carbon_gpu_power_watts`, its series summed.
#[wasm_bindgen(js_name = profileFromPrometheus, unchecked_return_type = "MeasuredPower")]
pub fn profile_from_prometheus(text: &str) -> Result<JsValue, Fault> {
    write(&facts::profile_from_prometheus(text)?)
}

/// A short name for a text's content: sixteen hexadecimal digits.
#[wasm_bindgen]
#[must_use]
pub fn checksum(text: &str) -> String {
    format!("{:016x}", gpu_carbon_feeds::checksum::of_text(text))
}

/// The Software Carbon Intensity, ((E x I) + M) per R, with each of its terms.
#[wasm_bindgen(unchecked_return_type = "SciScore")]
pub fn sci(
    #[wasm_bindgen(unchecked_param_type = "SciTerms")] terms: &JsValue,
) -> Result<JsValue, Fault> {
    write(&facts::sci(&read(terms)?)?)
}

#[allow(clippy::cast_precision_loss, reason = "exact for dates that JavaScript has")]
fn milliseconds(moment: gpu_carbon_core::Timestamp) -> f64 {
    moment.as_unix_micros() as f64 / 1000.0
}

/// A plain object, as what it should be.
fn read<T: DeserializeOwned>(object: &JsValue) -> Result<T, Fault> {
    serde_json::from_str(&text_of(object)?).map_err(Fault::new)
}

/// A plain object as JSON.
fn text_of(object: &JsValue) -> Result<String, Fault> {
    let text = JSON::stringify(object).ok().and_then(|text| text.as_string());
    text.ok_or_else(|| Fault::new("expected a plain object"))
}

/// A plain object for JavaScript.
fn write(value: &impl Serialize) -> Result<JsValue, Fault> {
    parse(&serde_json::to_string(value).map_err(Fault::new)?)
}

fn parse(json: &str) -> Result<JsValue, Fault> {
    JSON::parse(json).map_err(|_| Fault::new("the answer cannot be written"))
}
