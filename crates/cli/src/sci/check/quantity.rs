//! Quantities in the prose of documents: `6,500 kg CO2e`, `50 billion tokens`, `0.13 g CO2e/million tokens`, `5 × 10²² FLOPs`.

use gpu_carbon_core::disclosure::{Printed, Rate};

/// Words and letters that multiply a number.
const MULTIPLIERS: [(&str, f64); 8] = [
    ("hundred", 1e2),
    ("thousand", 1e3),
    ("million", 1e6),
    ("billion", 1e9),
    ("trillion", 1e12),
    ("k", 1e3),
    ("m", 1e6),
    ("b", 1e9),
];

/// Units of mass, in grams.
const MASSES: [(&str, f64); 9] = [
    ("mg", 1e-3),
    ("g", 1.0),
    ("gram", 1.0),
    ("grams", 1.0),
    ("kg", 1e3),
    ("t", 1e6),
    ("ton", 1e6),
    ("tonnes", 1e6),
    ("tons", 1e6),
];

/// The endings of a unit of mass that name the gas.
const GASES: [&str; 4] = ["co2eq", "co2e", "co2-eq", "co2"];

/// A mass in grams, or a number of units.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Quantity {
    Mass(Printed),
    Count {
        count: Printed,
        /// The name of one unit in lower case; empty where there is none.
        unit: String,
    },
}

/// Writes letters that mean the same in one way: digits that are raised, signs of multiplication, `CO₂`.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut was_raised = false;
    for letter in text.chars() {
        let raised = "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|it| it == letter);
        let is_raised = raised.is_some() || letter == '⁻' || letter == '⁺';
        if is_raised && !was_raised {
            plain.push('^');
        }
        was_raised = is_raised;
        match (letter, raised) {
            (_, Some(digit)) => plain += &digit.to_string(),
            ('⁻' | '−', _) => plain.push('-'),
            ('₂', _) => plain.push('2'),
            ('×' | '·', _) => plain.push('x'),
            ('\u{a0}' | '\u{202f}', _) => plain.push(' '),
            ('`' | '*' | '⁺', _) => {}
            (letter, _) => plain.push(letter),
        }
    }
    plain
}

/// Reads a number at the beginning of a plain text, with the rest: 1,234.5, 5e22, 4 x 10^-18, 50 billion.
pub(super) fn number(text: &str) -> Option<(Printed, &str)> {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|&(at, letter)| {
            let is_exponent = matches!(letter, 'e' | 'E')
                && text.get(at + 1..).is_some_and(|rest| {
                    rest.trim_start_matches(['+', '-']).starts_with(|it: char| it.is_ascii_digit())
                })
                && at > 0;
            let is_sign = matches!(letter, '+' | '-')
                && text
                    .get(..at)
                    .is_some_and(|before| before.ends_with(['e', 'E']) || before.is_empty());
            !(letter.is_ascii_digit() || matches!(letter, '.' | ',') || is_exponent || is_sign)
        })
        .map_or(text.len(), |(at, _)| at);
    let (digits, rest) = text.split_at(end);
    let digits = digits.trim_end_matches([',', '.']);
    let rest = text.get(digits.len()..).unwrap_or(rest);
    let cleaned = digits.replace(',', "");
    let value: f64 = cleaned.parse().ok().filter(|it: &f64| it.is_finite())?;
    let mantissa = cleaned.split(['e', 'E']).next().unwrap_or_default();
    let exponent = cleaned.split(['e', 'E']).nth(1).and_then(|it| it.parse().ok()).unwrap_or(0);
    let decimals = mantissa.split('.').nth(1).map_or(0, str::len);
    let decimals = i32::try_from(decimals).unwrap_or(0);
    let half_unit = 0.5 * 10f64.powi(exponent - decimals);
    let printed = Printed { value, half_unit };
    let (factor, rest) = multiplier(rest);
    Some((printed.times(factor), rest))
}

/// Reads what multiplies a number: x 10^22, or a word.
fn multiplier(text: &str) -> (f64, &str) {
    let trimmed = text.trim_start();
    if let Some(power) = trimmed.strip_prefix('x').map(str::trim_start)
        && let Some(power) = power.strip_prefix("10^")
    {
        let end = power
            .char_indices()
            .find(|&(at, it)| !(it.is_ascii_digit() || (at == 0 && it == '-')))
            .map_or(power.len(), |(at, _)| at);
        let (exponent, rest) = power.split_at(end);
        if let Ok(exponent) = exponent.parse::<i32>() {
            return (10f64.powi(exponent), rest);
        }
    }
    let (word, rest) = word(trimmed);
    let lower = word.to_lowercase();
    let known = MULTIPLIERS.iter().find(|(name, _)| *name == lower);
    // A letter multiplies only where it stands at the number, as in 7B.
    let is_near = lower.len() > 1 || !text.starts_with(' ');
    known.filter(|_| is_near).map_or((1.0, text), |(_, factor)| (*factor, rest))
}

/// Splits a text after its first word.
fn word(text: &str) -> (&str, &str) {
    let is_part = |it: char| it.is_alphanumeric() || it == '-' || it == '_';
    let end = text.find(|it| !is_part(it)).unwrap_or(text.len());
    text.split_at(end)
}

/// Reads a unit of mass at the beginning of a plain text: g, kg CO2e, gCO2eq.
fn mass_unit(text: &str) -> Option<(f64, &str)> {
    let (first, rest) = word(text.trim_start());
    let lower = first.to_lowercase();
    let joined = GASES.iter().find_map(|gas| lower.strip_suffix(gas));
    let name = joined.unwrap_or(&lower);
    let (_, grams) = MASSES.iter().find(|(known, _)| *known == name)?;
    let (gas, after) = word(rest.trim_start());
    let has_gas = joined.is_none() && GASES.contains(&gas.to_lowercase().as_str());
    Some((*grams, if has_gas { after } else { rest }))
}

/// Reads a quantity at the beginning of a plain text, with the rest. Brackets around it are left out.
pub(super) fn quantity(text: &str) -> Option<(Quantity, &str)> {
    let text = text.trim_start().trim_start_matches('(');
    let (value, rest) = number(text)?;
    if let Some((grams, rest)) = mass_unit(rest) {
        return Some((Quantity::Mass(value.times(grams)), rest));
    }
    let (unit, rest) = unit_name(rest);
    Some((Quantity::Count { count: value, unit }, rest))
}

/// Reads the name of a unit, such as tokens or training tokens, and returns that of one in lower case.
fn unit_name(text: &str) -> (String, &str) {
    let (mut name, mut rest) = (String::new(), text);
    loop {
        let trimmed = rest.trim_start();
        let (next, after) = word(trimmed);
        if next.is_empty()
            || next.starts_with(|it: char| it.is_ascii_digit())
            || name.split(' ').count() > 2
        {
            break;
        }
        if !name.is_empty() {
            name.push(' ');
        }
        name += next;
        rest = after;
    }
    (one(&name), rest)
}

/// The name of one unit in lower case, of one or several.
pub(super) fn one(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    lower.strip_suffix('s').map(str::to_owned).unwrap_or(lower)
}

/// Reads a score at the beginning of a text, with the rest: `0.13 g CO2e/million tokens`, `47.54 gCO2eq per 1,000,000 tokens`.
pub(super) fn rate(text: &str) -> Option<(Rate, &str)> {
    let (Quantity::Mass(grams), rest) = quantity(text)? else { return None };
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('/').or_else(|| rest.strip_prefix("per "))?;
    let trimmed = rest.trim_start().trim_start_matches('(');
    let (per, rest) = match number(trimmed) {
        Some((printed, rest)) => (printed.value, rest),
        // 10^18 without a factor before it; a word without a number.
        None => multiplier(trimmed),
    };
    let (per, rest) = power_of_ten(per, trimmed, rest);
    let (unit, rest) = unit_name(rest);
    (!unit.is_empty() && per > 0.0).then_some((Rate { grams, per, unit }, rest))
}

/// Reads `10^18`, where a number was read as 10.
fn power_of_ten<'a>(per: f64, text: &str, rest: &'a str) -> (f64, &'a str) {
    let Some(power) = rest.strip_prefix('^').filter(|_| text.starts_with("10^")) else {
        return (per, rest);
    };
    let end = power.find(|it: char| !it.is_ascii_digit()).unwrap_or(power.len());
    let (exponent, after) = power.split_at(end);
    exponent.parse::<i32>().map_or((per, rest), |exponent| (10f64.powi(exponent), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (f64, f64, String) {
        let text = plain(text);
        let (Rate { grams, per, unit }, _) = rate(&text).unwrap_or_else(|| panic!("{text}"));
        (grams.value, per, unit)
    }

    #[test]
    fn scores_are_read_as_people_write_them() {
        for (text, expected) in [
            ("0.129 gCO2e/visit", (0.129, 1.0, "visit")),
            ("0.13 g CO₂e/million tokens", (0.13, 1e6, "token")),
            ("47.54 gCO2eq per 1,000,000 tokens", (47.54, 1e6, "token")),
            ("30 kg CO₂e/billion parameters", (30e3, 1e9, "parameter")),
            ("4 g CO₂e/10¹⁸ FLOPs", (4.0, 1e18, "flop")),
            ("4 × 10⁻¹⁸ kg CO₂e/FLOP", (4e-15, 1.0, "flop")),
            ("0.5 g CO2e per 1e6 tokens", (0.5, 1e6, "token")),
            ("`1028.55 g/request`", (1028.55, 1.0, "request")),
        ] {
            let (grams, per, unit) = read(text);
            assert!((grams / expected.0 - 1.0).abs() < 1e-12, "{text}: {grams}");
            assert!((per / expected.1 - 1.0).abs() < 1e-12, "{text}: {per}");
            assert_eq!(unit, expected.2, "{text}");
        }
    }

    #[test]
    fn masses_and_counts_are_read() {
        let mass = |text: &str| match quantity(&plain(text)) {
            Some((Quantity::Mass(grams), _)) => grams.value,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(mass("6,500 kg CO₂e"), 6.5e6);
        assert_eq!(mass("1.2 t"), 1.2e6);
        assert_eq!(mass("272,328.77 gCO2eq"), 272_328.77);
        let count = |text: &str| match quantity(&plain(text)) {
            Some((Quantity::Count { count, unit }, _)) => (count.value, unit),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(count("50 billion tokens"), (50e9, "token".to_owned()));
        assert_eq!(count("(5 × 10²² FLOPs)"), (5e22, "flop".to_owned()));
        assert_eq!(count("2.5 billion"), (2.5e9, String::new()));
        assert_eq!(count("23,200,000,000 tokens (23.2 billion)"), (23.2e9, "token".to_owned()));
        assert_eq!(quantity("none"), None);
    }

    #[test]
    fn a_number_knows_its_last_digit() {
        let half = |text| number(text).unwrap().0.half_unit;
        assert_eq!((half("0.0002"), half("130"), half("5e22")), (0.00005, 0.5, 0.5e22));
    }
}
