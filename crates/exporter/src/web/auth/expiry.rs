//! The time in which the server's certificate is valid.

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::rfc3339;
use rustls::pki_types::CertificateDer;
use tracing::warn;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

/// The time before the expiry from which it is logged.
const WARNING_TIME: Span = Span::from_days(30);

/// The time between two warnings about one certificate.
const WARNING_PERIOD: Span = Span::from_days(1);

/// The time in which all certificates of a chain are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

impl Validity {
    /// The validity of a chain; `None` if one of its certificates cannot be read, or if it has none.
    pub(super) fn of(chain: &[CertificateDer<'_>]) -> Option<Validity> {
        let times = chain.iter().map(|der| {
            let (_, certificate) = X509Certificate::from_der(der).ok()?;
            let validity = certificate.validity();
            let time = Timestamp::from_unix_seconds;
            Some(Validity {
                not_before: time(validity.not_before.timestamp()),
                not_after: time(validity.not_after.timestamp()),
            })
        });
        let times = times.collect::<Option<Vec<_>>>()?;
        times.into_iter().reduce(|one, other| Validity {
            not_before: one.not_before.max(other.not_before),
            not_after: one.not_after.min(other.not_after),
        })
    }
}

/// The warnings about a certificate that is not valid yet, expires soon or has expired: one a day.
#[derive(Debug, Default)]
pub(super) struct ExpiryWarnings {
    last: Option<Warning>,
}

#[derive(Debug, Clone, Copy)]
struct Warning {
    /// The certificate that it was about.
    validity: Validity,
    at: Timestamp,
}

impl ExpiryWarnings {
    /// Logs a warning if one is due for a certificate.
    pub(super) fn check(&mut self, validity: Option<Validity>, now: Timestamp) {
        let Some(validity) = validity else { return };
        if !self.is_due(validity, now) {
            return;
        }
        self.last = Some(Warning { validity, at: now });
        let Validity { not_before, not_after } = validity;
        let time = rfc3339::format(not_after);
        if now < not_before {
            let not_before = rfc3339::format(not_before);
            warn!(
                not_before,
                "the TLS certificate is not valid yet, so clients refuse it; check the clock, or replace tls_server_config.cert"
            );
        } else if not_after <= now {
            warn!(
                not_after = time,
                "the TLS certificate has expired, so clients refuse it; replace tls_server_config.cert"
            );
        } else {
            let days = not_after.duration_since(now).as_seconds() / 86_400.0;
            warn!(
                not_after = time,
                days = format!("{days:.1}"),
                "the TLS certificate expires soon; replace tls_server_config.cert"
            );
        }
    }

    fn is_due(&self, validity: Validity, now: Timestamp) -> bool {
        let is_recent = |last: Warning| {
            last.validity == validity && last.at <= now && now < last.at + WARNING_PERIOD
        };
        let Validity { not_before, not_after } = validity;
        let is_wrong = now < not_before || not_after.duration_since(now) < WARNING_TIME;
        is_wrong && !self.last.is_some_and(is_recent)
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(year: i32) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.not_after = date_time_ymd(year, 1, 1);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    #[test]
    fn a_chain_expires_with_its_first_certificate() {
        let at = |text| rfc3339::parse(text).ok();
        let not_after = |chain: &[_]| Validity::of(chain).map(|validity| validity.not_after);
        assert_eq!(not_after(&[certificate(2031)]), at("2031-01-01T00:00:00Z"));
        let chain = [certificate(2040), certificate(2030), certificate(2099)];
        assert_eq!(not_after(&chain), at("2030-01-01T00:00:00Z"));
        assert_eq!(not_after(&[certificate(2031), CertificateDer::from(vec![0])]), None);
        assert_eq!(not_after(&[]), None);
    }

    #[test]
    fn a_warning_is_due_once_a_day_in_the_last_month_and_for_a_new_certificate() {
        let day = |days: f64| Timestamp::EPOCH + Span::from_seconds_f64(days * 86_400.0).unwrap();
        let until = |days| Validity { not_before: Timestamp::EPOCH, not_after: day(days) };
        let mut warnings = ExpiryWarnings::default();
        let mut warned_at = Vec::new();
        for hour in 0_u32..(42 * 24) {
            let now = day(f64::from(hour) / 24.0);
            if warnings.is_due(until(40.0), now) {
                warned_at.push(hour);
            }
            warnings.check(Some(until(40.0)), now);
        }
        let daily: Vec<u32> = (0..32).map(|count| 10 * 24 + 1 + count * 24).take(32).collect();
        assert_eq!(warned_at, daily);
        assert!(warnings.is_due(until(50.0), day(41.9)), "another certificate");
        assert!(!warnings.is_due(until(90.0), day(41.9)), "one that lasts");
        assert!(warnings.is_due(until(40.0), day(20.0)), "the clock was set back");
        let later = Validity { not_before: day(60.0), not_after: day(200.0) };
        assert!(warnings.is_due(later, day(41.9)), "one that is not valid yet");
        warnings.check(Some(later), day(41.9));
        assert!(!warnings.is_due(later, day(42.0)) && !warnings.is_due(later, day(60.0)));
    }
}
