//! Parsers of flag values: times, lengths of time, windows, energies, powers and others.

use gpu_carbon_core::job::{PAPER_JOBS, PaperJob};
use gpu_carbon_core::{Energy, Intensity, Power, Pue, Span, Timestamp, UnitError};
use gpu_carbon_feeds::hardware::{Gpus, GpusError};
use gpu_carbon_feeds::regions::{self, CloudRegion, Provider, RegionError};
use gpu_carbon_fetch::{BaseUrl, Location};

mod shares;

pub use shares::{host_share, load, margin};

/// The time by which a job may start later than at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Window {
    /// A length of time.
    Span(Span),
    /// A share of the job's duration, in percent.
    Percent(f64),
}

/// The longest window in percent: a thousand times the job.
const MOST_PERCENT: f64 = 100_000.0;

impl Window {
    /// Returns the length of the window for a job of a duration.
    #[must_use]
    pub fn of(self, duration: Span) -> Span {
        match self {
            Window::Span(span) => span,
            Window::Percent(percent) => {
                Span::from_seconds_f64(duration.as_seconds() * percent / 100.0).unwrap_or(Span::ALL)
            }
        }
    }
}

/// Parses an RFC 3339 time with its offset from UTC, such as 2020-06-01T00:00:00Z.
///
/// # Errors
///
/// When the text is not such a time, has no offset, or is a leap second.
pub fn time(text: &str) -> Result<Timestamp, String> {
    gpu_carbon_feeds::rfc3339::parse(text).map_err(|error| format!("expected {error}"))
}

/// Parses a length of time, such as 36h, 12min or 1h30m.
///
/// # Errors
///
/// When the text is not a length of time.
pub fn span(text: &str) -> Result<Span, String> {
    humantime::parse_duration(text)
        .ok()
        .and_then(|duration| u64::try_from(duration.as_micros()).ok())
        .map(Span::from_micros)
        .ok_or_else(|| {
            "expected a length of time with its unit, such as 36h, 12min or 1h30m".to_owned()
        })
}

/// Parses a length of time of at least a microsecond.
///
/// # Errors
///
/// When the text is not a length of time, or is 0.
pub fn duration(text: &str) -> Result<Span, String> {
    match span(text)? {
        Span::ZERO => Err("expected a length of time greater than 0, such as 12min".to_owned()),
        span => Ok(span),
    }
}

/// Parses a window: a length of time, or a percentage of the job's duration, from 0% to 100000%.
///
/// # Errors
///
/// When the text is neither.
pub fn window(text: &str) -> Result<Window, String> {
    let expected = || {
        format!(
            "expected a length of time with its unit, such as 24h, or 0% to {MOST_PERCENT}% of the duration"
        )
    };
    match text.trim().strip_suffix('%') {
        Some(percent) => {
            let percent: f64 = percent.trim().parse().map_err(|_| expected())?;
            let allowed = (0.0..=MOST_PERCENT).contains(&percent);
            allowed.then_some(Window::Percent(percent)).ok_or_else(expected)
        }
        None => span(text).map(Window::Span).map_err(|_| expected()),
    }
}

/// Parses an energy of zero or more, in Wh, kWh or MWh.
///
/// # Errors
///
/// When the text is not such an energy.
pub fn energy(text: &str) -> Result<Energy, String> {
    let units: [Unit<Energy>; 3] = [
        Unit { symbol: "kWh", convert: Energy::from_kilowatt_hours },
        Unit { symbol: "MWh", convert: |number| Energy::from_kilowatt_hours(number * 1e3) },
        Unit { symbol: "Wh", convert: |number| Energy::from_joules(number * 3600.0) },
    ];
    with_unit(text, &units).ok_or_else(|| {
        "expected a number of zero or more with its unit, Wh, kWh or MWh, such as 37.3kWh"
            .to_owned()
    })
}

/// Parses a number and a model of GPUs, such as 8xH100.
///
/// # Errors
///
/// When no such GPUs are known.
pub fn gpus(text: &str) -> Result<Gpus, GpusError> {
    Gpus::parse(text)
}

/// Parses the speed of a clock, from 1 to a million.
///
/// # Errors
///
/// When the text is not such a number.
pub fn speed(text: &str) -> Result<f64, String> {
    let speed = text.trim().parse().ok().filter(|speed| (1.0..=1e6).contains(speed));
    speed.ok_or_else(|| "expected a number from 1 to 1000000, such as 3600".to_owned())
}

/// Parses the name of a cloud provider: aws, azure or gcp.
///
/// # Errors
///
/// When no provider of the map has the name.
pub fn provider(text: &str) -> Result<Provider, String> {
    let names = Provider::ALL.map(Provider::name).join(", ");
    Provider::named(text).ok_or_else(|| format!("expected one of {names}"))
}

/// Parses an amount of money of zero or more, in USD.
///
/// # Errors
///
/// When the text is not such a number.
pub fn usd(text: &str) -> Result<f64, String> {
    let usd = text.trim().parse().ok().filter(|usd: &f64| usd.is_finite() && *usd >= 0.0);
    usd.ok_or_else(|| "expected a number of USD, zero or more, such as 24.48".to_owned())
}

/// Parses an amount of data of zero or more, in MB, GB or TB, and returns it in GB of 10^9 bytes.
///
/// # Errors
///
/// When the text is not such an amount.
pub fn gigabytes(text: &str) -> Result<f64, String> {
    let units: [Unit<f64>; 3] = [
        Unit { symbol: "GB", convert: Ok },
        Unit { symbol: "TB", convert: |number| Ok(number * 1e3) },
        Unit { symbol: "MB", convert: |number| Ok(number / 1e3) },
    ];
    let gigabytes = with_unit(text, &units).filter(|it: &f64| it.is_finite() && *it >= 0.0);
    gigabytes.ok_or_else(|| "expected an amount of data, such as 500GB, 2TB or 800MB".to_owned())
}

/// Parses the id of a cloud region, such as aws:us-east-1.
///
/// # Errors
///
/// When no region of the map has the id.
pub fn cloud_region(text: &str) -> Result<CloudRegion, RegionError> {
    regions::find(text)
}

/// Parses a base URL of this machine: a loopback address, or localhost.
///
/// # Errors
///
/// When the text is no base URL, or names another host.
pub fn loopback_url(text: &str) -> Result<String, String> {
    let url = BaseUrl::new(text).map_err(|error| error.to_string())?;
    if url.is_loopback() {
        Ok(url.to_string())
    } else {
        Err("expected an address of this machine, as http://127.0.0.1:8080".to_owned())
    }
}

/// Parses a power of zero or more, in W, kW or MW.
///
/// # Errors
///
/// When the text is not such a power.
pub fn power(text: &str) -> Result<Power, String> {
    let units: [Unit<Power>; 3] = [
        Unit { symbol: "kW", convert: |number| Power::from_watts(number * 1e3) },
        Unit { symbol: "MW", convert: |number| Power::from_watts(number * 1e6) },
        Unit { symbol: "W", convert: Power::from_watts },
    ];
    with_unit(text, &units).ok_or_else(|| {
        "expected a number of zero or more with its unit, W, kW or MW, such as 1.2kW".to_owned()
    })
}

/// Parses an intensity in g/kWh, with or without the unit.
///
/// # Errors
///
/// When the text is not an intensity that a grid has.
pub fn intensity(text: &str) -> Result<Intensity, String> {
    let number = text.trim().trim_end_matches("g/kWh").trim_end();
    let intensity = number.parse().ok().and_then(Intensity::from_grid_grams);
    intensity.ok_or_else(|| "expected g/kWh from 0 to 1000000, such as 300".to_owned())
}

/// Parses a power usage effectiveness.
///
/// # Errors
///
/// When the text is not a number in the [allowed](Pue::ALLOWED) range.
pub fn pue(text: &str) -> Result<Pue, String> {
    let pue = text.parse().ok().and_then(|number| Pue::from_number(number).ok());
    pue.ok_or_else(|| format!("expected {}", Pue::ALLOWED))
}

/// Parses a latitude in degrees north of the equator.
///
/// # Errors
///
/// When the text is not a number from -90 to 90.
pub fn latitude(text: &str) -> Result<f64, String> {
    degrees(text, Location::MAX_LATITUDE)
}

/// Parses a longitude in degrees east of Greenwich.
///
/// # Errors
///
/// When the text is not a number from -180 to 180.
pub fn longitude(text: &str) -> Result<f64, String> {
    degrees(text, Location::MAX_LONGITUDE)
}

fn degrees(text: &str, most: f64) -> Result<f64, String> {
    let degrees = text.parse().ok().filter(|degrees| (-most..=most).contains(degrees));
    degrees.ok_or_else(|| format!("expected degrees from -{most} to {most}, such as 37.77"))
}

/// Parses a calendar year.
///
/// # Errors
///
/// When the text is not a whole number from 1 to 9999.
pub fn year(text: &str) -> Result<i32, String> {
    let year = text.parse().ok().filter(|year| (1..=9999).contains(year));
    year.ok_or_else(|| "expected a year from 1 to 9999".to_owned())
}

/// Parses a count.
///
/// # Errors
///
/// When the text is not a whole number of zero or more.
pub fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a whole number, zero or more".to_owned())
}

/// Parses the name of a job of the paper, such as bert_lm.
///
/// # Errors
///
/// When the paper has no such job.
pub fn paper_job(text: &str) -> Result<PaperJob, String> {
    PAPER_JOBS.into_iter().find(|job| job.name == text).ok_or_else(|| {
        format!("expected a job of the paper: {}", PAPER_JOBS.map(|job| job.name).join(", "))
    })
}

/// A unit of a quantity.
struct Unit<Q> {
    symbol: &'static str,
    /// Converts a number of this unit.
    convert: fn(f64) -> Result<Q, UnitError>,
}

/// Parses a number that is followed by a unit. The first unit that matches counts, so that longer symbols must be first.
fn with_unit<Q>(text: &str, units: &[Unit<Q>]) -> Option<Q> {
    let text = text.trim();
    units.iter().find_map(|unit| {
        let number = text.strip_suffix(unit.symbol)?;
        Some((unit.convert)(number.trim_end().parse().ok()?).ok())
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_each_unit() {
        assert_eq!(time("2020-06-01T02:00:00+02:00"), time("2020-06-01T00:00:00Z"));
        assert_eq!(span("1h30m").unwrap(), Span::from_seconds(5400));
        assert_eq!(span("12min").unwrap(), Span::from_seconds(720));
        assert_eq!(window("100%").unwrap().of(Span::from_seconds(7)), Span::from_seconds(7));
        assert_eq!(
            window("33%").unwrap().of(Span::from_seconds(129_600)),
            Span::from_seconds(42_768)
        );
        assert_eq!(window("24h").unwrap().of(Span::from_seconds(7)), Span::from_days(1));
        for same in ["37300Wh", "37.3 kWh", "0.0373MWh"] {
            let joules = energy(same).unwrap().as_joules();
            assert!((joules / 134_280_000.0 - 1.0).abs() < 1e-15, "{same}: {joules}");
        }
        assert_eq!(power("1.2kW").unwrap().as_watts(), 1200.0);
        assert_eq!(power("1036W").unwrap().as_watts(), 1036.0);
        assert_eq!(pue("1.2").unwrap().as_number(), 1.2);
        assert_eq!((year("2020"), count("0")), (Ok(2020), Ok(0)));
        assert_eq!((latitude("-90"), longitude("-122.42")), (Ok(-90.0), Ok(-122.42)));
        assert_eq!(paper_job("bert_lm").unwrap().duration(), Span::from_seconds(36 * 3600));
    }

    #[test]
    fn invalid_values_are_rejected() {
        for bad in ["2020-06-01", "2020-06-01T00:00:00", "now", "2020-06-01T00:00:60Z", ""] {
            assert!(time(bad).is_err(), "{bad}");
        }
        for bad in ["", "36", "-1h", "1.5", "999999999999y"] {
            assert!(span(bad).is_err(), "{bad}");
        }
        assert!(duration("0s").is_err() && duration("1ns").is_err());
        for bad in ["-1%", "NaN%", "inf%", "%", "1000000%", "1 %h"] {
            assert!(window(bad).is_err(), "{bad}");
        }
        for bad in ["37.3", "kWh", "-1kWh", "infkWh", "NaNWh", "1KWh", "1mWh", "1kW", "1J"] {
            assert!(energy(bad).is_err(), "{bad}");
        }
        for bad in ["1036", "-1W", "1mW", "1kWh", "W", "1e400W"] {
            assert!(power(bad).is_err(), "{bad}");
        }
        for bad in ["0.9", "NaN", "11", "-1", ""] {
            assert!(pue(bad).is_err(), "{bad}");
        }
        for bad in ["90.1", "-91", "NaN", "37N", ""] {
            assert!(latitude(bad).is_err() && longitude(&bad.replace('9', "18")).is_err(), "{bad}");
        }
        for bad in ["0", "10000", "-5", "2020.5", "abc", ""] {
            assert!(year(bad).is_err(), "{bad}");
        }
        for bad in ["-1", "1.5", "two", ""] {
            assert!(count(bad).is_err(), "{bad}");
        }
        for bad in ["5", "-1%", "NaN%", "1001%", ""] {
            assert!(margin(bad).is_err(), "{bad}");
        }
        for bad in ["0", "0.5", "NaN", "inf", "fast", ""] {
            assert!(speed(bad).is_err(), "{bad}");
        }
        assert_eq!((margin("5%"), speed("3600")), (Ok(0.05), Ok(3600.0)));
        assert!(paper_job("gpt").unwrap_err().contains("bert_lm"));
    }
}
