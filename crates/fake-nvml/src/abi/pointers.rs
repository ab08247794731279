//! Pointers that a C caller passes, with the guarantees that NVML's contract gives for each.
//!
//! They are arguments of the exported functions, and nothing in this crate makes one from a number. Null is rejected;
//! everything else is guaranteed by the contract.
#![allow(unsafe_code, reason = "the caller's memory is read and written")]

use crate::nvml_error::NvmlError;
use std::ffi::{CStr, c_char, c_uint};
use std::ptr::NonNull;

/// The location of one result.
#[repr(transparent)]
pub(super) struct Out<T>(Option<NonNull<T>>);

impl<T> Out<T> {
    /// Writes the result.
    pub(super) fn set(&self, value: T) -> Result<(), NvmlError> {
        let location = self.0.ok_or(NvmlError::InvalidArgument)?;
        // SAFETY: not null, and NVML's callers pass the location of a `T`. Unaligned, as C compilers vary in packing.
        unsafe { location.as_ptr().write_unaligned(value) };
        Ok(())
    }

    /// The structure, which the caller has set before the call.
    pub(super) fn get(&self) -> Result<T, NvmlError>
    where
        T: Copy,
    {
        let location = self.0.ok_or(NvmlError::InvalidArgument)?;
        // SAFETY: not null, and NVML's callers set the whole structure, in which every bit pattern is valid.
        Ok(unsafe { location.as_ptr().read_unaligned() })
    }

    /// The first words of a structure, such as its version, which the caller sets before the call.
    pub(super) fn leading_words<const N: usize>(&self) -> Result<[c_uint; N], NvmlError> {
        const { assert!(N * size_of::<c_uint>() <= size_of::<T>()) };
        let location = self.0.ok_or(NvmlError::InvalidArgument)?;
        // SAFETY: not null, a `T` is at least as long, and NVML's callers set these words. Every bit pattern is a word.
        Ok(unsafe { location.cast::<[c_uint; N]>().as_ptr().read_unaligned() })
    }
}

impl<T> Out<T> {
    /// The array that follows the structure in memory, of the length that the structure gives.
    pub(super) fn following<U>(&self) -> Array<U> {
        // SAFETY: NVML's callers pass the whole structure, of which `T` is the head and this array the rest.
        Array(self.0.map(|location| unsafe { location.add(1) }.cast()))
    }
}

/// An array. Its length is another argument of the function.
#[repr(transparent)]
pub(super) struct Array<T>(Option<NonNull<T>>);

impl<T> Array<T> {
    pub(super) const fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// Writes the items by NVML's rule: `count` is the capacity before the call and the number of items after it. If the
    /// capacity is too small or the array is null, only the count is written.
    pub(super) fn fill(&self, count: &Out<c_uint>, items: Vec<T>) -> Result<(), NvmlError> {
        let [capacity] = count.leading_words()?;
        let needed = c_uint::try_from(items.len()).map_err(|_| NvmlError::Memory)?;
        count.set(needed)?;
        if needed == 0 {
            return Ok(());
        }
        if self.0.is_none() || capacity < needed {
            return Err(NvmlError::InsufficientSize);
        }
        items.into_iter().enumerate().try_for_each(|(index, item)| self.at(index).set(item))
    }

    /// The location of one item. The index must be below the length that the caller gives for the array.
    pub(super) fn at(&self, index: usize) -> Out<T> {
        // SAFETY: NVML's callers pass an array of the length that they give beside it, and no caller of ours goes beyond.
        Out(self.0.map(|first| unsafe { first.add(index) }))
    }
}

/// The location of a text, which ends with a zero.
#[repr(transparent)]
pub(super) struct TextOut(Option<NonNull<c_char>>);

impl TextOut {
    /// Writes a text into a buffer of `length` bytes. A character from U+F780 to U+F7FF stands for a byte that is no UTF-8.
    pub(super) fn set(&self, text: &str, length: c_uint) -> Result<(), NvmlError> {
        let text = bytes(text);
        let location = self.0.ok_or(NvmlError::InvalidArgument)?.cast::<u8>();
        let capacity = usize::try_from(length).map_err(|_| NvmlError::InvalidArgument)?;
        if text.len() >= capacity {
            return Err(NvmlError::InsufficientSize);
        }
        // SAFETY: not null, `length` bytes long as the caller says, and the text with its zero is no longer. They cannot
        // overlap: the text is this library's own.
        unsafe {
            location.copy_from_nonoverlapping(NonNull::from(text.as_slice()).cast(), text.len());
            location.add(text.len()).write(0);
        }
        Ok(())
    }
}

/// The bytes of a text, in which a character from U+F780 to U+F7FF stands for a byte from 0x80 to 0xff.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for character in text.chars() {
        match u32::from(character).checked_sub(0xf700).map(u8::try_from) {
            Some(Ok(byte @ 0x80..)) => bytes.push(byte),
            _ => bytes.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    bytes
}

/// A text of the caller, which ends with a zero.
#[repr(transparent)]
pub(super) struct TextIn(Option<NonNull<c_char>>);

impl TextIn {
    /// The text, which must be UTF-8.
    pub(super) fn get(&self) -> Result<String, NvmlError> {
        let location = self.0.ok_or(NvmlError::InvalidArgument)?;
        // SAFETY: not null, and NVML's callers end a text with a zero.
        let text = unsafe { CStr::from_ptr(location.as_ptr()) };
        text.to_str().map(str::to_owned).map_err(|_| NvmlError::InvalidArgument)
    }
}
