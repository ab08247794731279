//! The functions and classes for JavaScript. They convert arguments and answers, and compute nothing.

use js_sys::{Error, JSON, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::InputError;
use crate::json::json;

#[cfg(feature = "engine")]
pub mod engine;
#[cfg(feature = "engine")]
mod object;
#[cfg(feature = "readers")]
pub mod readers;

/// The TypeScript types of both parts.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("common.ts");

impl From<InputError> for JsValue {
    fn from(error: InputError) -> JsValue {
        let InputError { field, message } = error;
        let thrown = Error::new(&message);
        let field = field.map_or(JsValue::UNDEFINED, JsValue::from);
        // An `Error` takes properties: this cannot fail.
        let _ = Reflect::set(&thrown, &JsValue::from("field"), &field);
        thrown.into()
    }
}

/// Converts a value to a plain object of JavaScript.
fn write(value: &impl Serialize) -> Result<JsValue, InputError> {
    parse(&json(value)?)
}

fn parse(json: &str) -> Result<JsValue, InputError> {
    JSON::parse(json).map_err(|_| InputError::new("the answer cannot be written"))
}
