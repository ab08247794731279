//! Content negotiation: the format and the encoding of a response (RFC 9110, sections 12.4 and 12.5).

use crate::metrics::Format;

/// The format that an `Accept` header prefers; text if it prefers none, or accepts no available format.
///
/// ```
/// use gpu_carbon_exporter::{metrics::Format, web::negotiate::format};
/// assert_eq!(format("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3"), Format::OpenMetrics);
/// assert_eq!(format("text/html,*/*;q=0.8"), Format::Text);
/// ```
#[must_use]
pub fn format(accept: &str) -> Format {
    let openmetrics = offers(accept)
        .filter(|offer| offer.names("application/openmetrics-text"))
        .filter(|offer| matches!(offer.parameter("version"), Some("1.0.0") | None))
        .map(|offer| offer.weight())
        .fold(0.0, f64::max);
    let text = offers(accept)
        .filter(|offer| {
            (offer.names("text/plain")
                && matches!(offer.parameter("version"), Some("0.0.4") | None))
                || offer.names("text/*")
                || offer.names("*/*")
        })
        .map(|offer| offer.weight())
        .fold(0.0, f64::max);
    if openmetrics > 0.0 && openmetrics >= text { Format::OpenMetrics } else { Format::Text }
}

/// `true` if an `Accept-Encoding` header accepts gzip: by name with a weight above zero, or by `*` if it is not
/// named.
#[must_use]
pub fn accepts_gzip(accept_encoding: &str) -> bool {
    let weight_of = |name| {
        offers(accept_encoding).filter(|offer| offer.names(name)).map(|offer| offer.weight()).last()
    };
    weight_of("gzip").or_else(|| weight_of("*")).is_some_and(|weight| weight > 0.0)
}

/// One element of a header's list: a name and its parameters.
struct Offer<'a>(&'a str);

fn offers(header: &str) -> impl Iterator<Item = Offer<'_>> {
    header.split(',').map(Offer)
}

impl<'a> Offer<'a> {
    fn names(&self, name: &str) -> bool {
        self.0.split(';').next().is_some_and(|own| own.trim().eq_ignore_ascii_case(name))
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        self.0.split(';').skip(1).find_map(|parameter| {
            let (own, value) = parameter.split_once('=')?;
            own.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
        })
    }

    /// The weight from 0 to 1: 1 if none is given, and 0 if it is not a number in that range.
    fn weight(&self) -> f64 {
        match self.parameter("q") {
            None => 1.0,
            Some(text) => text.parse().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_format_is_chosen() {
        let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
            application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
            text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        let text_first =
            "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5";
        for (accept, expected) in [
            (prometheus_3, Format::OpenMetrics),
            (text_first, Format::Text),
            ("", Format::Text),
            ("*/*", Format::Text),
            ("application/openmetrics-text", Format::OpenMetrics),
            (
                "Application/OpenMetrics-Text; Version=\"1.0.0\" ; Q=0.9, */*;q=0.1",
                Format::OpenMetrics,
            ),
            ("application/openmetrics-text;version=0.0.1", Format::Text),
            ("application/openmetrics-text;q=0", Format::Text),
            ("application/openmetrics-text;q=nonsense", Format::Text),
            ("application/json", Format::Text),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Format::Text),
            (";;;,,=,q=1", Format::Text),
        ] {
            assert_eq!(format(accept), expected, "{accept}");
        }
    }

    #[test]
    fn gzip_is_sent_only_where_it_is_accepted() {
        for (header, expected) in [
            ("gzip", true),
            ("br;q=1.0, GZIP;q=0.8, *;q=0.1", true),
            ("*", true),
            ("*, gzip;q=0", false),
            ("gzip;q=0.000", false),
            ("identity", false),
            ("", false),
            ("x-gzip-like", false),
        ] {
            assert_eq!(accepts_gzip(header), expected, "{header}");
        }
    }
}
