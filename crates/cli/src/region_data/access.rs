//! Access to the service of a zone: without an account, or with the credentials that the environment holds or names.

use std::time::Duration;

use gpu_carbon_feeds::Account;
use gpu_carbon_feeds::regions::ZoneSource;
use gpu_carbon_fetch::Service;

use crate::pull::{Wanted, client};

/// The time that a service has to begin its answer. A person waits for it.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Access to a service.
#[derive(Debug)]
pub(super) enum Access {
    /// A client that can be asked.
    Ready(Box<Service>),
    /// No access, for a reason.
    Missing(String),
}

/// Returns the client of a zone, where its service needs no account or the environment has its credentials.
pub(super) fn access(source: ZoneSource, base_url: Option<&str>) -> Access {
    let wanted = Wanted { zone: Some(source.zone), base_url, ..Wanted::default() };
    match client(source.service, &wanted, TIMEOUT) {
        Ok(service) => Access::Ready(Box::new(service)),
        Err(error) => Access::Missing(match source.service.account() {
            Account::None => format!("{}: {error}", source.service.title()),
            account => {
                format!("{} needs a {}: {error}", source.service.title(), account.title())
            }
        }),
    }
}
