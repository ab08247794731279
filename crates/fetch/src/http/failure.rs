//! The errors of the HTTP library, and the texts of a service that errors quote.

use gpu_carbon_feeds::{FeedError, one_line, parse_any_service};

use crate::error::FetchError;
use crate::tls_error::explain_tls_error;

/// The number of characters that an error quotes of a service's text.
const MAX_QUOTED_CHARS: usize = 120;

/// The error of the HTTP library as one of this crate, without the URL.
pub(super) fn transport_error(error: &ureq::Error) -> FetchError {
    match error {
        ureq::Error::Timeout(stage) => FetchError::Timeout(stage.to_string()),
        ureq::Error::BodyExceedsLimit(limit) => FetchError::TooLarge { limit: *limit },
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            FetchError::Timeout("read".to_owned())
        }
        ureq::Error::Io(error) => {
            match error.get_ref().and_then(|it| it.downcast_ref()).and_then(explain_tls_error) {
                Some(why) => FetchError::UntrustedCertificate(why),
                None => FetchError::Connection(excerpt(&error.to_string())),
            }
        }
        ureq::Error::Rustls(rustls::Error::General(why)) => {
            FetchError::UntrustedCertificate(format!(
                "{}: install them (ca-certificates), or name a file of them by SSL_CERT_FILE",
                excerpt(why)
            ))
        }
        ureq::Error::BadUri(_) => FetchError::Connection("the address is malformed".to_owned()),
        ureq::Error::InvalidProxyUrl => {
            FetchError::Connection("the proxy's address is malformed".to_owned())
        }
        other => FetchError::Connection(excerpt(&other.to_string())),
    }
}

/// The message of an error response, whether it is JSON, a web page or plain text.
pub(super) fn summary(body: &str) -> String {
    match parse_any_service(body) {
        Err(FeedError::Refused(message)) => message,
        Err(FeedError::WebPage(_)) => "with a web page".to_owned(),
        _ => excerpt(body),
    }
}

/// Reports whether a body is a web page, which no service answers with.
pub(super) fn is_web_page(body: &str) -> bool {
    matches!(parse_any_service(body), Err(FeedError::WebPage(_)))
}

pub(super) fn excerpt(text: &str) -> String {
    one_line::collapsed(text, MAX_QUOTED_CHARS)
}
