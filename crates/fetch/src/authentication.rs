//! The authentication of a request.

use crate::secret::Secret;

/// The authentication of a request.
#[derive(Debug)]
pub(crate) enum Authentication {
    /// No authentication.
    None,
    /// HTTP Basic, with a user name and a password.
    Basic(Secret, Secret),
    /// A bearer token.
    Bearer(Secret),
    /// A token in a header of the service's own.
    Header(&'static str, Secret),
    /// A key in a parameter of the URL.
    Parameter(&'static str, Secret),
}
