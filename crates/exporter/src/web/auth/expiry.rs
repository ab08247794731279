//! The expiry of the server's certificate.

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

/// The time at which the first certificate of a chain expires; `None` if one of them cannot be read.
pub(super) fn not_after(chain: &[CertificateDer<'_>]) -> Option<Timestamp> {
    let ends = chain.iter().map(|der| {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(Timestamp::from_unix_seconds(certificate.validity().not_after.timestamp()))
    });
    ends.collect::<Option<Vec<_>>>()?.into_iter().min()
}

/// The warnings about a certificate that expires soon or has expired: one a day.
#[derive(Debug, Default)]
pub(super) struct ExpiryWarnings {
    last: Option<Warning>,
}

#[derive(Debug, Clone, Copy)]
struct Warning {
    /// The expiry that it was about.
    not_after: Timestamp,
    at: Timestamp,
}

impl ExpiryWarnings {
    /// Logs a warning if one is due for a certificate that expires at `not_after`.
    pub(super) fn check(&mut self, not_after: Option<Timestamp>, now: Timestamp) {
        let Some(not_after) = not_after else { return };
        if !self.is_due(not_after, now) {
            return;
        }
        self.last = Some(Warning { not_after, at: now });
        let time = rfc3339::format(not_after);
        if not_after <= now {
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

    fn is_due(&self, not_after: Timestamp, now: Timestamp) -> bool {
        let is_recent = |last: Warning| {
            last.not_after == not_after && last.at <= now && now < last.at + WARNING_PERIOD
        };
        not_after.duration_since(now) < WARNING_TIME && !self.last.is_some_and(is_recent)
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
        assert_eq!(not_after(&[certificate(2031)]), at("2031-01-01T00:00:00Z"));
        let chain = [certificate(2040), certificate(2030), certificate(2099)];
        assert_eq!(not_after(&chain), at("2030-01-01T00:00:00Z"));
        assert_eq!(not_after(&[certificate(2031), CertificateDer::from(vec![0])]), None);
    }

    #[test]
    fn a_warning_is_due_once_a_day_in_the_last_month_and_for_a_new_certificate() {
        let day = |days: f64| Timestamp::EPOCH + Span::from_seconds_f64(days * 86_400.0).unwrap();
        let mut warnings = ExpiryWarnings::default();
        let mut warned_at = Vec::new();
        for hour in 0_u32..(42 * 24) {
            let now = day(f64::from(hour) / 24.0);
            if warnings.is_due(day(40.0), now) {
                warned_at.push(hour);
            }
            warnings.check(Some(day(40.0)), now);
        }
        let daily: Vec<u32> = (0..32).map(|count| 10 * 24 + 1 + count * 24).take(32).collect();
        assert_eq!(warned_at, daily);
        assert!(warnings.is_due(day(50.0), day(41.9)), "another certificate");
        assert!(!warnings.is_due(day(90.0), day(41.9)), "one that lasts");
        assert!(warnings.is_due(day(40.0), day(20.0)), "the clock was set back");
    }
}
