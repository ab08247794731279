//! What JavaScript sees. Nothing is computed here: arguments are read, and answers written.

use gpu_carbon_core::Interval;
use js_sys::{Error, JSON, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

use crate::region::moment;
use crate::{Fault, facts, region};

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
    let text = JSON::stringify(object).ok().and_then(|text| text.as_string());
    let text = text.ok_or_else(|| Fault::new("expected a plain object"))?;
    serde_json::from_str(&text).map_err(Fault::new)
}

/// A plain object for JavaScript.
fn write(value: &impl Serialize) -> Result<JsValue, Fault> {
    let text = serde_json::to_string(value).map_err(Fault::new)?;
    JSON::parse(&text).map_err(|_| Fault::new("the answer cannot be read back"))
}
