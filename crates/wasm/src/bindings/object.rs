//! Deserialization of JavaScript objects.
//!
//! `serde-wasm-bindgen` does this too, but ignores unknown keys; JSON in between would add a parser of numbers that is half as
//! large as the planner.

use std::fmt;

use js_sys::{Array, Object as JsObject};
use serde::Deserialize;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use wasm_bindgen::{JsCast, JsValue};

use crate::InputError;

/// Deserializes a plain object; unknown keys are errors where the type denies them.
pub(super) fn read<'de, T: Deserialize<'de>>(object: &JsValue) -> Result<T, InputError> {
    T::deserialize(Object::of(object)).map_err(InputError::new)
}

/// A deserializer of a JavaScript value.
#[derive(Debug)]
pub(super) struct Object(JsValue);

impl Object {
    pub(super) fn of(value: &JsValue) -> Object {
        Object(value.clone())
    }
}

/// An error about a JavaScript value of another type than expected.
#[derive(Debug)]
pub(super) struct ObjectError(String);

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ObjectError {}

impl serde::de::Error for ObjectError {
    fn custom<T: fmt::Display>(message: T) -> ObjectError {
        ObjectError(message.to_string())
    }
}

/// JavaScript's `Number.MAX_SAFE_INTEGER`, 2^53 - 1.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

impl<'de> Deserializer<'de> for Object {
    type Error = ObjectError;

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, and in range"
    )]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ObjectError> {
        let value = self.0;
        // Each check of a type is a call out of the wasm: the most frequent type is checked first.
        if value.is_object() {
            if let Some(array) = value.dyn_ref::<Array>() {
                return visitor.visit_seq(Items { remaining: array.to_vec().into_iter() });
            }
            let remaining = JsObject::entries(value.unchecked_ref()).to_vec().into_iter();
            return visitor.visit_map(Entries { remaining, value: JsValue::UNDEFINED });
        }
        if value.is_undefined() || value.is_null() {
            return visitor.visit_unit();
        }
        if let Some(flag) = value.as_bool() {
            return visitor.visit_bool(flag);
        }
        if let Some(number) = value.as_f64() {
            let is_whole = number.abs() <= MAX_SAFE_INTEGER && number.trunc() == number;
            return match number.is_sign_positive() {
                true if is_whole => visitor.visit_u64(number as u64),
                false if is_whole && number < 0.0 => visitor.visit_i64(number as i64),
                _ => visitor.visit_f64(number), // a negative zero, too
            };
        }
        if let Some(text) = value.as_string() {
            return visitor.visit_string(text);
        }
        Err(ObjectError::invalid_type(Unexpected::Other("something else"), &visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ObjectError> {
        if self.0.is_undefined() || self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    /// Checks first for a string, since each check of a type is a call out of the wasm.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ObjectError> {
        match self.0.as_string() {
            Some(name) => visitor.visit_string(name),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ObjectError> {
        self.deserialize_identifier(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ObjectError> {
        match self.0.as_f64() {
            Some(number) => visitor.visit_f64(number),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ObjectError> {
        match self.0.as_string() {
            Some(name) => visitor.visit_enum(serde::de::value::StringDeserializer::new(name)),
            None => Err(ObjectError::invalid_type(Unexpected::Other("no text"), &visitor)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 char str bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct ignored_any
    }
}

struct Items {
    remaining: std::vec::IntoIter<JsValue>,
}

impl<'de> SeqAccess<'de> for Items {
    type Error = ObjectError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ObjectError> {
        self.remaining.next().map(|item| seed.deserialize(Object(item))).transpose()
    }
}

struct Entries {
    remaining: std::vec::IntoIter<JsValue>,
    value: JsValue,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = ObjectError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ObjectError> {
        let Some(entry) = self.remaining.next() else { return Ok(None) };
        let pair: Array = entry.unchecked_into();
        self.value = pair.get(1);
        seed.deserialize(Object(pair.get(0))).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, ObjectError> {
        seed.deserialize(Object(std::mem::take(&mut self.value)))
    }
}
