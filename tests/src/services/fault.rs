//! The faults of a service.

use gpu_carbon_feeds::Service;

use super::Reply;

/// A fault that a test sets.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// An error status, with a header and a body.
    Status {
        /// The status.
        status: u16,
        /// `Retry-After`, if any.
        retry_after: Option<String>,
        /// The body; `{sent}` in it is replaced by the credential of the request.
        body: String,
    },
    /// Another fault, only of the login.
    Login(Box<Fault>),
    /// Like [`Fault::Status`], only for history.
    NoHistory(u16),
    /// Like [`Fault::Status`], only for a forecast of so many hours.
    NoForecastOf(u32, u16),
    /// A web page with status 200.
    Html,
    /// A web page in Latin-1.
    OldHtml,
    /// An answer in an encoding that was not requested.
    Packed,
    /// JSON that stops in the middle.
    Truncated,
    /// `NaN` for a value.
    NotANumber,
    /// `null` for every value.
    Null,
    /// A value below zero.
    Negative,
    /// Values in another unit, where the service names a unit.
    Unit,
    /// Values of another zone, where the service names a zone.
    Zone,
    /// Times that run backwards.
    Backwards,
    /// Two values for one time.
    Duplicate,
    /// So many blanks.
    Blanks(usize),
    /// The connection closes without an answer.
    Closed,
    /// The connection stays open, and no answer comes.
    Silent,
    /// A redirect.
    Redirect,
}

impl Fault {
    /// Every fault of all requests, with the reason under which it is reported.
    #[must_use]
    pub fn all() -> Vec<(Fault, &'static str)> {
        vec![
            (Fault::status(400), "client_error"),
            (Fault::status(401), "unauthorized"),
            (Fault::status(403), "forbidden"),
            (Fault::status(404), "client_error"),
            (Fault::status(429), "rate_limited"),
            (Fault::status(500), "server_error"),
            (Fault::status(503), "server_error"),
            (Fault::Redirect, "redirect"),
            (Fault::status(204), "empty"),
            (Fault::Html, "html"),
            (Fault::OldHtml, "html"),
            (Fault::Packed, "not_json"),
            (Fault::Truncated, "truncated"),
            (Fault::NotANumber, "not_a_number"),
            (Fault::Null, "null"),
            (Fault::Negative, "negative"),
            (Fault::Backwards, "backwards"),
            (Fault::Duplicate, "duplicate"),
            (Fault::Unit, "unit"),
            (Fault::Zone, "zone"),
            (Fault::Blanks(20_000_000), "too_large"),
            (Fault::Blanks(1000), "empty"),
            (Fault::Closed, "connection"),
            (Fault::Silent, "timeout"),
        ]
    }

    /// A status without a header or a body.
    #[must_use]
    pub fn status(status: u16) -> Fault {
        Fault::Status { status, retry_after: None, body: String::new() }
    }

    /// Reports whether the fault shows in a service's answer for the present, or for another time: some services name no
    /// unit and no zone, and one answers with a single value for the present, which has no order.
    #[must_use]
    pub fn affects(&self, service: Service, present: bool) -> bool {
        match self {
            Fault::Unit => matches!(
                service,
                Service::WattTime
                    | Service::ElectricityMaps
                    | Service::Eia
                    | Service::OpenElectricity
            ),
            Fault::Zone => !matches!(service, Service::EnergyCharts | Service::Ieso),
            // Rows of generation may be in any order.
            Fault::Backwards if matches!(service, Service::Eia | Service::Ieso) => false,
            Fault::Backwards | Fault::Duplicate => {
                !present || !matches!(service, Service::ElectricityMaps | Service::Sgip)
            }
            // Generation may be negative, and so may a rate of PJM.
            Fault::Negative => !matches!(service, Service::Eia | Service::Ieso | Service::Pjm),
            _ => true,
        }
    }

    /// The reason under which a service's fault is reported, in place of that of the services that answer in JSON.
    #[must_use]
    pub fn reason_of(reason: &'static str, service: Service) -> &'static str {
        match (reason, service) {
            ("not_json", Service::Ieso) => "not_xml",
            (reason, _) => reason,
        }
    }

    /// Reports whether the fault affects every answer, and not only values of an intensity. A login's answer is never
    /// quoted, where a token should be.
    #[must_use]
    pub fn is_of_any_answer(&self) -> bool {
        (self.instead().is_some() || *self == Fault::Truncated) && *self != Fault::Packed
    }

    /// The fault of a request to a path, if there is one.
    pub(super) fn of(&self, path: &str) -> Option<&Fault> {
        let login = path.starts_with("/login");
        match self {
            Fault::Login(fault) => Some(&**fault).filter(|_| login),
            Fault::NoHistory(_) if !(path.contains("histor") || path.contains("past-range")) => {
                None
            }
            Fault::NoForecastOf(hours, _) => {
                Some(self).filter(|_| path.contains(&format!("horizonHours={hours}&")))
            }
            _ => Some(self).filter(|_| !login),
        }
    }

    /// The reply in place of data; `None` where the fault is in the data.
    pub(super) fn instead(&self) -> Option<Reply> {
        let answer = |status, headers: String, body: &str| {
            Some(Reply::Answer { status, headers, body: body.to_owned() })
        };
        match self {
            Fault::Status { status, retry_after, body } => {
                let headers = retry_after.as_ref().map(|it| format!("retry-after: {it}\r\n"));
                answer(*status, headers.unwrap_or_default(), body)
            }
            Fault::NoHistory(status) | Fault::NoForecastOf(_, status) => {
                answer(*status, String::new(), r#"{"error":"Invalid scope"}"#)
            }
            Fault::Html => answer(200, String::new(), "<!DOCTYPE html><title>Sign in</title>"),
            Fault::OldHtml => Some(Reply::Bytes(b"<html><title>Acc\xe8s refus\xe9</title></html>")),
            Fault::Packed => Some(Reply::Bytes(b"\x0b\x02\x80{}\x03\xff")),
            Fault::Redirect => {
                answer(302, "location: http://127.0.0.1:1/moved?key=1\r\n".to_owned(), "")
            }
            Fault::Blanks(bytes) => Some(Reply::Blanks(*bytes)),
            Fault::Closed => Some(Reply::Nothing),
            Fault::Silent => Some(Reply::Silence),
            _ => None,
        }
    }
}
