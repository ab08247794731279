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
pub struct Reading {
    reading: reading::Reading,
    zone: Option<String>,
    is_signal_stated: bool,
}

#[wasm_bindgen]
impl Reading {
    /// Parses a CSV with the header `timestamp_utc,gco2_per_kwh`, or a download of a service. `signal` is that of values whose
    /// signal the file does not state; of several zones, the first of `zones` that the file has is taken.
    #[wasm_bindgen(js_name = fromCsv)]
    pub fn from_csv(
        name: &str,
        text: &str,
        #[wasm_bindgen(unchecked_param_type = "Signal")] signal: &str,
        zones: Vec<String>,
    ) -> Result<Reading, InputError> {
        let read::FileReading { reading, zone, is_signal_stated } =
            read::csv(name, text, signal, &zones)?;
        Ok(Reading { reading, zone, is_signal_stated })
    }

    /// Parses an answer of WattTime, Electricity Maps, carbonintensity.org.uk or Energy-Charts, live or saved. The service is detected
    /// by the shape of the answer.
    #[wasm_bindgen(js_name = fromResponse)]
    pub fn from_response(text: &str) -> Result<Reading, InputError> {
        let reading = read::response(text)?;
        Ok(Reading { reading, zone: None, is_signal_stated: true })
    }

    /// The zone, where the file has the series of several; else undefined.
    #[wasm_bindgen(getter)]
    pub fn zone(&self) -> Option<String> {
        self.zone.clone()
    }

    /// True where the file or the service says whether its values are marginal or average.
    #[wasm_bindgen(getter, js_name = isSignalStated)]
    pub fn is_signal_stated(&self) -> bool {
        self.is_signal_stated
    }

    /// The signal of the values.
    #[wasm_bindgen(getter, unchecked_return_type = "Signal")]
    pub fn signal(&self) -> String {
        self.reading.provenance.signal.name().to_owned()
    }

    /// The scope of the values; undefined where it is unknown.
    #[wasm_bindgen(getter, unchecked_return_type = "Scope | undefined")]
    pub fn scope(&self) -> Option<String> {
        self.reading.provenance.scope.map(|scope| scope.name().to_owned())
    }

    /// The source of the values.
    #[wasm_bindgen(getter)]
    pub fn source(&self) -> String {
        self.reading.provenance.source.clone()
    }

    /// The credit that must be shown with the values.
    #[wasm_bindgen(getter)]
    pub fn attribution(&self) -> Option<String> {
        self.reading.provenance.attribution.clone()
    }

    /// The lowest quality among the values.
    #[wasm_bindgen(getter, unchecked_return_type = "Quality")]
    pub fn quality(&self) -> String {
        self.reading.provenance.quality.name().to_owned()
    }

    /// The longest time for which a value holds, in seconds.
    #[wasm_bindgen(getter, js_name = stepSeconds)]
    pub fn step_seconds(&self) -> f64 {
        self.reading.series.step().as_seconds()
    }

    /// The changes of the step: pairs of the time in seconds since 1970-01-01T00:00:00Z, and the step from then on in seconds; empty
    /// where it never changes.
    #[wasm_bindgen(getter, js_name = stepChanges)]
    pub fn step_changes(&self) -> Vec<f64> {
        let changes = self.reading.series.step_changes().iter();
        changes.flat_map(|it| [it.from.as_unix_seconds(), it.step.as_seconds()]).collect()
    }

    /// The times from which the values hold, in seconds since 1970-01-01T00:00:00Z.
    #[wasm_bindgen(getter)]
    pub fn times(&self) -> Vec<f64> {
        let points = self.reading.series.points().iter();
        points.map(|&(time, _)| Timestamp::as_unix_seconds(time)).collect()
    }

    /// The values, in grams per kilowatt-hour.
    #[wasm_bindgen(getter)]
    pub fn grams(&self) -> Vec<f64> {
        let points = self.reading.series.points().iter();
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
