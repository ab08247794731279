//! The parsers of files and answers for JavaScript.

use gpu_carbon_core::{Intensity, Timestamp};
use wasm_bindgen::prelude::*;

use super::write;
use crate::{InputError, power, read, reading};

/// The TypeScript types of answers.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("readers.ts");

/// A parsed series, for `Region.fromReading` of the engine.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Reading(reading::Reading);

#[wasm_bindgen]
impl Reading {
    /// Parses a CSV with the header `timestamp_utc,gco2_per_kwh`.
    #[wasm_bindgen(js_name = fromCsv)]
    pub fn from_csv(
        name: &str,
        text: &str,
        #[wasm_bindgen(unchecked_param_type = "Signal")] signal: &str,
    ) -> Result<Reading, InputError> {
        Ok(Reading(read::csv(name, text, signal)?))
    }

    /// Parses an answer of WattTime, Electricity Maps, carbonintensity.org.uk or Energy-Charts, live or saved. The service is detected
    /// by the shape of the answer.
    #[wasm_bindgen(js_name = fromResponse)]
    pub fn from_response(text: &str) -> Result<Reading, InputError> {
        Ok(Reading(read::response(text)?))
    }

    /// The signal of the values.
    #[wasm_bindgen(getter, unchecked_return_type = "Signal")]
    pub fn signal(&self) -> String {
        self.0.provenance.signal.name().to_owned()
    }

    /// The source of the values.
    #[wasm_bindgen(getter)]
    pub fn source(&self) -> String {
        self.0.provenance.source.clone()
    }

    /// The credit that must be shown with the values.
    #[wasm_bindgen(getter)]
    pub fn attribution(&self) -> Option<String> {
        self.0.provenance.attribution.clone()
    }

    /// The lowest quality among the values.
    #[wasm_bindgen(getter, unchecked_return_type = "Quality")]
    pub fn quality(&self) -> String {
        self.0.provenance.quality.name().to_owned()
    }

    /// The longest time for which a value holds, in seconds.
    #[wasm_bindgen(getter, js_name = stepSeconds)]
    pub fn step_seconds(&self) -> f64 {
        self.0.series.step().as_seconds()
    }

    /// The times from which the values hold, in seconds since 1970-01-01T00:00:00Z.
    #[wasm_bindgen(getter)]
    pub fn times(&self) -> Vec<f64> {
        let points = self.0.series.points().iter();
        points.map(|&(time, _)| Timestamp::as_unix_seconds(time)).collect()
    }

    /// The values, in grams per kilowatt-hour.
    #[wasm_bindgen(getter)]
    pub fn grams(&self) -> Vec<f64> {
        let points = self.0.series.points().iter();
        points.map(|&(_, value)| Intensity::as_grams_per_kilowatt_hour(value)).collect()
    }
}

/// The present power of GPUs, from a page of the exporter's metrics: the sum over the GPUs that answer.
#[wasm_bindgen(js_name = powerFromMetrics, unchecked_return_type = "{ power_watts: number; gpus: number }")]
pub fn power_from_metrics(page: &str) -> Result<JsValue, InputError> {
    write(&power::power_from_metrics(page)?)
}

/// A profile from a CSV with the header `offset_seconds,power_watts`: pairs of an offset in seconds, and the watts from there on.
#[wasm_bindgen(js_name = profileFromCsv, unchecked_return_type = "[number, number][]")]
pub fn profile_from_csv(text: &str) -> Result<JsValue, InputError> {
    write(&power::profile_from_csv(text)?)
}

/// A profile from Prometheus's answer to `query_range` for `gpu_carbon_gpu_power_watts`, with its series summed.
#[wasm_bindgen(js_name = profileFromPrometheus, unchecked_return_type = "MeasuredPower")]
pub fn profile_from_prometheus(text: &str) -> Result<JsValue, InputError> {
    write(&power::profile_from_prometheus(text)?)
}

/// The checksum of a text, as sixteen hexadecimal digits.
#[wasm_bindgen]
#[must_use]
pub fn checksum(text: &str) -> String {
    format!("{:016x}", gpu_carbon_feeds::checksum::of_text(text))
}
