//! Numbers in files: with a decimal point or a decimal comma, and with separators of thousands.

/// Texts in place of a missing value.
const MISSING: [&str; 8] = ["", "-", "na", "n/a", "nan", "null", "none", "#n/a"];

/// The notation of the numbers in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// `1234.5`.
    Point,
    /// `1234,5`, or with points between thousands `1.234,5`.
    Comma,
    /// `1,234.5`, as EIA writes it.
    Thousands,
}

impl Notation {
    /// The notation of a column from its fields. Only a file whose fields are not separated by commas, or that quotes them,
    /// has decimal commas.
    pub(super) fn of<'a>(mut fields: impl Iterator<Item = &'a str>) -> Notation {
        if fields.any(|field| field.contains(',')) { Notation::Comma } else { Notation::Point }
    }

    /// Reads a number; `None` is a missing one.
    ///
    /// # Errors
    ///
    /// What the field must be.
    pub(super) fn read(self, field: &str) -> Result<Option<f64>, String> {
        let text = field.trim();
        if MISSING.iter().any(|missing| text.eq_ignore_ascii_case(missing)) {
            return Ok(None);
        }
        let plain = match self {
            Notation::Point => text.to_owned(),
            Notation::Thousands => without(text, ',')?,
            Notation::Comma => {
                let (whole, decimals) = text.split_once(',').unwrap_or((text, ""));
                if decimals.contains([',', '.']) {
                    return Err("must be a number with one decimal comma".to_owned());
                }
                if decimals.is_empty() && whole.contains('.') {
                    return Err(
                        "is ambiguous beside numbers with a decimal comma: a point may mark decimals or thousands; write every number \
                         in one way"
                            .to_owned(),
                    );
                }
                format!("{}.{decimals}", without(whole, '.')?)
            }
        };
        let is_number = plain.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
        let number = plain.parse::<f64>().ok().filter(|number| is_number && number.is_finite());
        number.map(Some).ok_or_else(|| "must be a number".to_owned())
    }
}

/// A number without separators of thousands, which stand before groups of three digits.
fn without(text: &str, separator: char) -> Result<String, String> {
    let (whole, decimals) = match separator {
        ',' => text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest))),
        _ => (text, None),
    };
    let mut groups = whole.split(separator);
    let first = groups.next().unwrap_or_default().trim_start_matches(['-', '+']);
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|it| it.is_ascii_digit());
    if !groups.clone().all(is_group) || (groups.next().is_some() && !(1..=3).contains(&first.len()))
    {
        return Err(format!(
            "must be a number, with `{separator}` only between groups of three digits"
        ));
    }
    let digits = whole.replace(separator, "");
    Ok(decimals.map_or(digits.clone(), |decimals| format!("{digits}.{decimals}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_the_notation_of_their_column() {
        let read = |notation: Notation, text| notation.read(text).ok().flatten();
        assert_eq!(read(Notation::Point, " 1234.5 "), Some(1234.5));
        assert_eq!(read(Notation::Point, "1e3"), Some(1000.0));
        assert_eq!(read(Notation::Comma, "1234,5"), Some(1234.5));
        assert_eq!(read(Notation::Comma, "1.234,5"), Some(1234.5));
        assert_eq!(read(Notation::Comma, "1234"), Some(1234.0));
        assert_eq!(read(Notation::Thousands, "-12,345,678.25"), Some(-12_345_678.25));
        assert_eq!(Notation::of(["1", "2,5"].into_iter()), Notation::Comma);
        for missing in ["", " ", "NaN", "n/a", "null", "-"] {
            assert_eq!(Notation::Point.read(missing), Ok(None), "{missing}");
        }
    }

    #[test]
    fn ambiguous_and_wrong_numbers_are_refused() {
        for (notation, wrong) in [
            (Notation::Point, "12g"),
            (Notation::Point, "inf"),
            (Notation::Point, "0x10"),
            (Notation::Comma, "1.234"),
            (Notation::Comma, "1,2,3"),
            (Notation::Comma, "12.34,5"),
            (Notation::Thousands, "1,23"),
            (Notation::Thousands, "1234,567"),
        ] {
            assert!(notation.read(wrong).is_err(), "{notation:?} {wrong}");
        }
    }
}
