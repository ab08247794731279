//! The gaps of a series: refused, or filled by the rule of `--gaps`.

use gpu_carbon_core::{Interval, Series, Span, format};
use gpu_carbon_feeds::gaps::{self, Filling};

use crate::value_parsers;

/// The value of `--gaps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapsArg {
    /// A gap in the time that is needed is an error.
    Refuse,
    /// Gaps are filled by a rule, as far as it goes; the rest is an error.
    Fill(Filling),
}

/// The values that the flag allows, for errors.
const ALLOWED: &str = "refuse, hold:TIME as hold:2h, or same-hour";

/// Parses the value of `--gaps`.
///
/// # Errors
///
/// When the text is no rule.
pub fn parse(text: &str) -> Result<GapsArg, String> {
    match text.trim().split_once(':') {
        Some(("hold", longest)) => {
            let longest = value_parsers::duration(longest)?;
            Ok(GapsArg::Fill(Filling::Hold(longest)))
        }
        None if text.trim() == "refuse" => Ok(GapsArg::Refuse),
        None if text.trim() == "same-hour" => Ok(GapsArg::Fill(Filling::SameHour)),
        _ => Err(format!("must be {ALLOWED}")),
    }
}

impl std::fmt::Display for GapsArg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            GapsArg::Refuse => f.write_str("refuse"),
            GapsArg::Fill(Filling::Hold(longest)) => write!(f, "hold:{}", format::span(*longest)),
            GapsArg::Fill(Filling::SameHour) => f.write_str("same-hour"),
        }
    }
}

/// Describes intervals by their number and length; `None` where there is none.
pub(crate) fn described(intervals: &[Interval]) -> Option<String> {
    let micros = intervals.iter().map(|it| it.length().as_micros()).fold(0, u64::saturating_add);
    match intervals.len() {
        0 => None,
        count => Some(count_and_length(count, Span::from_micros(micros))),
    }
}

fn count_and_length(count: usize, length: Span) -> String {
    let gaps = if count == 1 { "1 gap".to_owned() } else { format!("{count} gaps") };
    format!("{gaps} of {} in all", format::span(length))
}

/// The gaps of a series in an interval that is needed, for an error about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Missing {
    count: usize,
    length: Span,
    longest: Span,
    /// The rule that left them.
    rule: GapsArg,
}

impl Missing {
    /// The gaps that a rule has left in an interval.
    pub(crate) fn within(series: &Series, needed: Interval, rule: GapsArg) -> Missing {
        let gaps: Vec<Span> = gaps::within(series, needed).map(Interval::length).collect();
        let micros = gaps.iter().map(|gap| gap.as_micros()).fold(0, u64::saturating_add);
        // The rules fill whole gaps, also those that reach beyond the interval.
        let is_needed = |gap: &Interval| gap.start() < needed.end() && needed.start() < gap.end();
        let longest = series.gaps().filter(is_needed).map(Interval::length).max();
        Missing {
            count: gaps.len(),
            length: Span::from_micros(micros),
            longest: longest.unwrap_or(Span::ZERO),
            rule,
        }
    }

    /// The way out, as an advice: the rules that would fill all of the gaps.
    pub(crate) fn way_out(&self) -> String {
        let hold = hold_for(self.longest);
        let can_hold = hold <= MOST_ADVISED_HOLD;
        let can_take_days = self.rule != GapsArg::Fill(Filling::SameHour)
            && self.longest <= Span::from_days(2 * gaps::MOST_DAYS);
        let longest = format::span(self.longest);
        let why = match self.rule {
            GapsArg::Refuse if can_hold || can_take_days => String::new(),
            GapsArg::Refuse => {
                format!("the longest is {longest}, which is too long to be filled")
            }
            GapsArg::Fill(Filling::Hold(_)) => {
                format!("--gaps {} leaves gaps of up to {longest}", self.rule)
            }
            GapsArg::Fill(Filling::SameHour) => format!(
                "--gaps same-hour found no value at the same time of a day within {} days",
                gaps::MOST_DAYS
            ),
        };
        let hold = can_hold.then(|| format!("--gaps hold:{}", format::span(hold)));
        let same_hour = can_take_days.then(|| "--gaps same-hour".to_owned());
        let rules: Vec<String> = hold.into_iter().chain(same_hour).collect();
        let advice = match rules.is_empty() {
            true => "take the missing values from elsewhere".to_owned(),
            false => format!("fill {} by {}", self.pronoun(), rules.join(" or ")),
        };
        if why.is_empty() { advice } else { format!("{why}: {advice}") }
    }

    fn pronoun(&self) -> &'static str {
        if self.count == 1 { "it" } else { "them" }
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&count_and_length(self.count, self.length))
    }
}

/// The longest gap for which an error advises to hold a value: grids are another at another time of the day.
const MOST_ADVISED_HOLD: Span = Span::from_seconds(6 * 3600);

/// The time to give to `hold` for a gap: two hours, or the whole hours that contain a longer one.
fn hold_for(gap: Span) -> Span {
    let hour = Span::from_seconds(3600);
    let hours = gap.as_micros().div_ceil(hour.as_micros()).max(2);
    Span::from_micros(hour.as_micros().saturating_mul(hours))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rule that is advised fills the gaps, and one that did not fill them is not advised.
    #[test]
    fn the_way_out_leads_out() {
        use gpu_carbon_core::{Intensity, Timestamp};
        let hour = |hour: i64| Timestamp::from_unix_seconds(hour * 3600);
        let without = |missing: std::ops::Range<i64>| {
            let value = Intensity::from_grams_per_kilowatt_hour(100.0).unwrap();
            let points = (0..24 * 40).filter(|it| !missing.contains(it));
            let points = points.map(|it| (hour(it), value)).collect();
            Series::with_step(points, Span::from_seconds(3600)).unwrap()
        };
        for (length, rule, advice) in [
            (1, "refuse", "fill it by --gaps hold:2h or --gaps same-hour"),
            (5, "refuse", "fill it by --gaps hold:5h or --gaps same-hour"),
            (9, "refuse", "fill it by --gaps same-hour"),
            (
                400,
                "refuse",
                "the longest is 400h, which is too long to be filled: take the missing values from elsewhere",
            ),
            (
                5,
                "hold:2h",
                "--gaps hold:2h leaves gaps of up to 5h: fill it by --gaps hold:5h or --gaps same-hour",
            ),
            (9, "hold:2h", "--gaps hold:2h leaves gaps of up to 9h: fill it by --gaps same-hour"),
            (
                400,
                "same-hour",
                "--gaps same-hour found no value at the same time of a day within 7 days: take the missing values from elsewhere",
            ),
        ] {
            let (series, rule) = (without(48..48 + length), parse(rule).unwrap());
            let left = |rule| match rule {
                GapsArg::Refuse => series.clone(),
                GapsArg::Fill(filling) => gaps::fill(&series, filling).unwrap().series,
            };
            let missing = Missing::within(&left(rule), series.extent(), rule);
            assert_eq!(missing.way_out(), advice);
            for advised in advice
                .split("--gaps ")
                .skip(1)
                .filter(|it| !it.contains("leaves") && !it.contains("found"))
            {
                let rule = parse(advised.split(' ').next().unwrap()).unwrap();
                assert_eq!(left(rule).gaps().count(), 0, "{advised}");
            }
        }
    }

    #[test]
    fn a_rule_is_parsed_as_it_is_written() {
        for text in ["refuse", "hold:2h", "same-hour", "hold:30min"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        for wrong in ["", "hold", "hold:", "hold:2", "hold:-1h", "drop", "same-hour:2h", "Refuse"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
