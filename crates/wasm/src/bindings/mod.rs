//! What JavaScript sees. Nothing is computed here: arguments are read, and answers written.

use js_sys::{Error, JSON, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::Fault;
use crate::json::json;

#[cfg(feature = "engine")]
pub mod engine;
#[cfg(feature = "engine")]
mod object;
#[cfg(feature = "readers")]
pub mod readers;

/// The types that both know.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("common.ts");

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> JsValue {
        let error = Error::new(&fault.message);
        let field = fault.field.map_or(JsValue::UNDEFINED, JsValue::from);
        // An `Error` takes properties: this cannot fail.
        let _ = Reflect::set(&error, &JsValue::from("field"), &field);
        error.into()
    }
}

/// A plain object for JavaScript.
fn write(value: &impl Serialize) -> Result<JsValue, Fault> {
    parse(&json(value)?)
}

fn parse(json: &str) -> Result<JsValue, Fault> {
    JSON::parse(json).map_err(|_| Fault::new("the answer cannot be written"))
}
