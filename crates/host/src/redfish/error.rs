//! The errors of the answers of a BMC.

/// The reason why a BMC does not show the power of the host. Texts of the BMC are in no message but as names of resources.
#[derive(Debug, thiserror::Error)]
pub enum RedfishError<E> {
    /// A request failed.
    #[error("{path}: {error}")]
    Request {
        /// The path of the resource.
        path: String,
        /// The error of the request.
        error: E,
    },
    /// The answer is no JSON object.
    #[error("{path}: the answer is no JSON object")]
    NotAnObject {
        /// The path of the resource.
        path: String,
    },
    /// A key has a value of another type than Redfish says.
    #[error("{path}: {key} should be {expected}")]
    Shape {
        /// The path of the resource.
        path: String,
        /// The key.
        key: &'static str,
        /// The type that Redfish says.
        expected: &'static str,
    },
    /// A number cannot be true.
    #[error(
        "{path}: {key} is {found}, which cannot be true: the most is {most}, and 0 W is no host"
    )]
    Implausible {
        /// The path of the resource.
        path: String,
        /// The key.
        key: &'static str,
        /// The number.
        found: f64,
        /// The largest number.
        most: f64,
    },
    /// A collection has more members than a host has parts.
    #[error("{path}: it has {count} members, more than any host")]
    TooMany {
        /// The path of the collection.
        path: String,
        /// The number of members.
        count: usize,
    },
    /// The chassis shows nothing of the quantity.
    #[error("the chassis {chassis} shows no {quantity} now")]
    Nothing {
        /// The name of the chassis.
        chassis: String,
        /// The quantity, by the key of Redfish.
        quantity: &'static str,
    },
    /// The chassis shows several powers.
    #[error("{path}: it shows {count} powers, and none alone has the PhysicalContext Chassis")]
    SeveralPowers {
        /// The path of the resource.
        path: String,
        /// The number of powers.
        count: usize,
    },
    /// The BMC has several chassis that may be the host.
    #[error(
        "the chassis {names} show power, and nothing says which of them is the host: name one by `chassis`"
    )]
    Ambiguous {
        /// The names of the chassis.
        names: String,
    },
    /// The BMC has no chassis that may be the host.
    #[error("no chassis shows power; there are {names}")]
    NoChassis {
        /// The names of all chassis.
        names: String,
    },
    /// The BMC has no chassis of the name that was asked for.
    #[error("there is no chassis `{name}`; there are {names}")]
    UnknownChassis {
        /// The name that was asked for.
        name: String,
        /// The names of all chassis.
        names: String,
    },
}

impl<E> RedfishError<E> {
    /// The kind of the error in one word, for a label: `implausible` or `no_power`; `None` for a failed request.
    #[must_use]
    pub const fn kind(&self) -> Option<&'static str> {
        match self {
            RedfishError::Request { .. } => None,
            RedfishError::NotAnObject { .. }
            | RedfishError::Shape { .. }
            | RedfishError::Implausible { .. }
            | RedfishError::TooMany { .. } => Some("implausible"),
            RedfishError::Nothing { .. }
            | RedfishError::SeveralPowers { .. }
            | RedfishError::Ambiguous { .. }
            | RedfishError::NoChassis { .. }
            | RedfishError::UnknownChassis { .. } => Some("no_power"),
        }
    }
}
