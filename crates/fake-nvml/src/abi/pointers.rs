//! Pointers from C, each with what NVML promises about it.
//!
//! Only a C caller makes these: they are arguments of the exported functions, and nothing in this crate builds one from a
//! number. Null is refused; NVML's contract vouches for the rest.
#![allow(unsafe_code, reason = "reads and writes the caller's memory")]

use crate::nvml_error::NvmlError;
use std::ffi::{CStr, c_char, c_uint};
use std::ptr::NonNull;

/// Where one result goes.
#[repr(transparent)]
pub(super) struct Out<T>(Option<NonNull<T>>);

impl<T> Out<T> {
    /// Writes the result.
    pub(super) fn set(&self, value: T) -> Result<(), NvmlError> {
        let place = self.0.ok_or(NvmlError::InvalidArgument)?;
        // SAFETY: not null, and NVML's callers pass a place for a `T`. Unaligned, as C compilers vary in packing.
        unsafe { place.as_ptr().write_unaligned(value) };
        Ok(())
    }

    /// The first words of a structure that the caller fills in before the call, such as its version.
    pub(super) fn leading_words<const N: usize>(&self) -> Result<[c_uint; N], NvmlError> {
        const { assert!(N * size_of::<c_uint>() <= size_of::<T>()) };
        let place = self.0.ok_or(NvmlError::InvalidArgument)?;
        // SAFETY: not null, a `T` is at least as long, and NVML's callers set these words. Every bit pattern is a word.
        Ok(unsafe { place.cast::<[c_uint; N]>().as_ptr().read_unaligned() })
    }
}

/// An array whose length is another argument.
#[repr(transparent)]
pub(super) struct Array<T>(Option<NonNull<T>>);

impl<T> Array<T> {
    pub(super) const fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// Writes the items under NVML's rule: `count` holds the room before and the number of items after. Where there is not
    /// enough room, or no array at all, nothing but the count is written.
    pub(super) fn fill(&self, count: &Out<c_uint>, items: Vec<T>) -> Result<(), NvmlError> {
        let [room] = count.leading_words()?;
        let needed = c_uint::try_from(items.len()).map_err(|_| NvmlError::Memory)?;
        count.set(needed)?;
        if needed == 0 {
            return Ok(());
        }
        if self.0.is_none() || room < needed {
            return Err(NvmlError::InsufficientSize);
        }
        items.into_iter().enumerate().try_for_each(|(place, item)| self.at(place).set(item))
    }

    /// The place of one item. The caller must have vouched for an array so long.
    pub(super) fn at(&self, place: usize) -> Out<T> {
        // SAFETY: NVML's callers pass an array of the length that they give beside it, and no caller of ours goes beyond.
        Out(self.0.map(|first| unsafe { first.add(place) }))
    }
}

/// Where a text goes, with a zero at its end.
#[repr(transparent)]
pub(super) struct TextOut(Option<NonNull<c_char>>);

impl TextOut {
    /// Writes a text into `length` bytes of room.
    pub(super) fn set(&self, text: &str, length: c_uint) -> Result<(), NvmlError> {
        let place = self.0.ok_or(NvmlError::InvalidArgument)?.cast::<u8>();
        let room = usize::try_from(length).map_err(|_| NvmlError::InvalidArgument)?;
        if text.len() >= room {
            return Err(NvmlError::InsufficientSize);
        }
        // SAFETY: not null, `length` bytes long as the caller says, and the text with its zero is no longer. They cannot
        // overlap: the text is this library's own.
        unsafe {
            place.copy_from_nonoverlapping(NonNull::from(text.as_bytes()).cast(), text.len());
            place.add(text.len()).write(0);
        }
        Ok(())
    }
}

/// A text that the caller passes, with a zero at its end.
#[repr(transparent)]
pub(super) struct TextIn(Option<NonNull<c_char>>);

impl TextIn {
    /// The text, which must be UTF-8.
    pub(super) fn get(&self) -> Result<String, NvmlError> {
        let place = self.0.ok_or(NvmlError::InvalidArgument)?;
        // SAFETY: not null, and NVML's callers end a text with a zero.
        let text = unsafe { CStr::from_ptr(place.as_ptr()) };
        text.to_str().map(str::to_owned).map_err(|_| NvmlError::InvalidArgument)
    }
}
