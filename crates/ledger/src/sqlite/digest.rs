//! Digests of rows: a value that changed on the disk, within a page that is otherwise intact, changes the digest.

use rusqlite::types::ValueRef;

use crate::mix::mix;

/// A digest of 64 bits over a sequence of values. It detects damage, and no forgery. It is a part of the file's format, and never
/// changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digest(u64);

impl Digest {
    /// The digest of no values, in a table that has this number.
    pub(super) const fn of_table(table: u64) -> Digest {
        Digest(0).with_word(table)
    }

    /// The digest of the values of a row, in a table that has this number.
    ///
    /// # Errors
    ///
    /// The error of a value that cannot be read.
    pub(super) fn of_row<'a>(
        table: u64,
        values: impl IntoIterator<Item = rusqlite::Result<ValueRef<'a>>>,
    ) -> rusqlite::Result<Digest> {
        values
            .into_iter()
            .try_fold(Digest::of_table(table), |digest, value| Ok(digest.with(value?)))
    }

    /// The digest of values, in a table that has this number.
    pub(super) fn of_values(table: u64, values: &[ValueRef<'_>]) -> Digest {
        values.iter().fold(Digest::of_table(table), |digest, &value| digest.with(value))
    }

    /// The digest after one more value.
    #[must_use]
    pub(super) fn with(self, value: ValueRef<'_>) -> Digest {
        match value {
            ValueRef::Null => self.with_word(0),
            ValueRef::Integer(value) => self.with_word(1).with_word(value.cast_unsigned()),
            // 0 and -0 are one amount, and SQLite stores both as the integer 0.
            ValueRef::Real(value) => self.with_word(2).with_word((value + 0.0).to_bits()),
            ValueRef::Text(bytes) => self.with_word(3).with_bytes(bytes),
            ValueRef::Blob(bytes) => self.with_word(4).with_bytes(bytes),
        }
    }

    /// The digest as an integer of SQLite.
    pub(super) const fn as_integer(self) -> i64 {
        self.0.cast_signed()
    }

    fn with_bytes(self, bytes: &[u8]) -> Digest {
        let of_words = bytes.chunks(8).fold(self, |digest, chunk| {
            let word = chunk.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
            digest.with_word(word)
        });
        of_words.with_word(bytes.len() as u64)
    }

    const fn with_word(self, word: u64) -> Digest {
        Digest(mix(self.0 ^ word))
    }
}

/// A digest of a set of rows: the sum of their digests, which does not depend on their order. A row is added or taken
/// out without a look at the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SetDigest(u64);

impl SetDigest {
    /// The digest that an integer of SQLite holds.
    pub(super) const fn from_integer(integer: i64) -> SetDigest {
        SetDigest(integer.cast_unsigned())
    }

    /// The digest as an integer of SQLite.
    pub(super) const fn as_integer(self) -> i64 {
        self.0.cast_signed()
    }

    /// Adds a row.
    pub(super) const fn add(&mut self, row: Digest) {
        self.0 = self.0.wrapping_add(row.0);
    }

    /// Takes a row out.
    pub(super) const fn remove(&mut self, row: Digest) {
        self.0 = self.0.wrapping_sub(row.0);
    }

    /// The digest of both sets.
    #[must_use]
    pub(super) const fn plus(self, other: SetDigest) -> SetDigest {
        SetDigest(self.0.wrapping_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[ValueRef<'_>]) -> Digest {
        Digest::of_values(1, values)
    }

    #[test]
    fn a_digest_is_that_of_the_format() {
        let row = of(&[
            ValueRef::Integer(-1),
            ValueRef::Real(0.1),
            ValueRef::Text(b"GPU-00000000"),
            ValueRef::Null,
        ]);
        assert_eq!(row.as_integer(), 4_767_438_973_696_399_183);
    }

    #[test]
    fn each_bit_counts_and_zero_has_no_sign() {
        assert_eq!(of(&[ValueRef::Real(0.0)]), of(&[ValueRef::Real(-0.0)]));
        for bit in 0..64 {
            let flipped = f64::from_bits(300.0_f64.to_bits() ^ 1 << bit);
            assert_ne!(of(&[ValueRef::Real(300.0)]), of(&[ValueRef::Real(flipped)]), "bit {bit}");
            assert_ne!(of(&[ValueRef::Integer(7)]), of(&[ValueRef::Integer(7 ^ 1 << bit)]));
        }
        assert_ne!(of(&[ValueRef::Text(b"a"), ValueRef::Text(b"")]), of(&[ValueRef::Text(b"a")]));
        assert_ne!(of(&[ValueRef::Text(b"\0")]), of(&[ValueRef::Text(b"")]));
    }

    #[test]
    fn a_set_has_no_order() {
        let rows = [1, 2, 3].map(|value| of(&[ValueRef::Integer(value)]));
        let (mut one, mut other) = (SetDigest::default(), SetDigest::default());
        rows.iter().for_each(|&row| one.add(row));
        rows.iter().rev().for_each(|&row| other.add(row));
        assert_eq!(one, other);
        rows.iter().for_each(|&row| one.remove(row));
        assert_eq!(SetDigest::from_integer(one.plus(other).as_integer()), other);
    }
}
