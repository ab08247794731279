//! One answer of a BMC.

use serde_json::Value;

use super::error::RedfishError;

/// The path at which every BMC has its resources.
const ROOT: &str = "/redfish/v1";

/// The most bytes of a path.
const MOST_PATH_BYTES: usize = 256;

/// The most members of a collection. A rack's controller has a few dozen chassis.
const MOST_MEMBERS: usize = 128;

/// The most watts of a host, 50 kW: an air-cooled server with eight GPUs draws 15 kW in 2026.
const MOST_WATTS: f64 = 50_000.0;

/// The most kilowatt-hours of a counter: a host of 10 kW counts them in eleven years.
const MOST_KILOWATT_HOURS: f64 = 1e6;

/// A request: the text of the resource at a path.
pub(super) trait Request<E>: FnMut(&str) -> Result<String, E> {}

impl<E, F: FnMut(&str) -> Result<String, E>> Request<E> for F {}

/// The path of a resource, in the characters that a URL may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResourcePath(String);

impl ResourcePath {
    /// The collection of all chassis.
    pub(super) fn of_chassis() -> ResourcePath {
        ResourcePath(format!("{ROOT}/Chassis"))
    }

    /// Checks a link.
    fn new(text: &str) -> Option<ResourcePath> {
        let is_allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%()@:+,='".contains(&byte);
        let text = text.trim_end_matches('/');
        let is_below_root = text.strip_prefix(ROOT).is_some_and(|rest| rest.starts_with('/'));
        let is_valid =
            is_below_root && text.len() <= MOST_PATH_BYTES && text.bytes().all(is_allowed);
        is_valid.then(|| ResourcePath(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part, by which people know a chassis.
    pub(super) fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

/// An answer, and its path for messages.
#[derive(Debug)]
pub(super) struct Resource {
    path: ResourcePath,
    value: Value,
}

impl Resource {
    /// Requests a resource.
    pub(super) fn get<E>(
        path: &ResourcePath,
        request: &mut impl Request<E>,
    ) -> Result<Resource, RedfishError<E>> {
        let text = request(path.as_str())
            .map_err(|error| RedfishError::Request { path: path.0.clone(), error })?;
        Resource::parse(path, &text)
    }

    /// Reads the text of a resource.
    pub(super) fn parse<E>(path: &ResourcePath, text: &str) -> Result<Resource, RedfishError<E>> {
        let value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok();
        let value: Option<Value> = value.filter(Value::is_object);
        let value = value.ok_or_else(|| RedfishError::NotAnObject { path: path.0.clone() })?;
        Ok(Resource { path: path.clone(), value })
    }

    pub(super) fn path(&self) -> String {
        self.path.0.clone()
    }

    /// The name of the resource, by its path.
    pub(super) fn name(&self) -> String {
        self.path.name().to_owned()
    }

    /// The value below some keys; `None` where one is missing, or null.
    pub(super) fn at(&self, keys: &[&'static str]) -> Option<&Value> {
        let found = keys.iter().try_fold(&self.value, |value, key| value.get(key));
        found.filter(|value| !value.is_null())
    }

    fn shape<E>(&self, key: &'static str, expected: &'static str) -> RedfishError<E> {
        RedfishError::Shape { path: self.path(), key, expected }
    }

    /// The resource that a key links to, if there is one.
    pub(super) fn link<E>(
        &self,
        keys: &[&'static str],
    ) -> Result<Option<ResourcePath>, RedfishError<E>> {
        let key = keys.last().copied().unwrap_or_default();
        let Some(value) = self.at(keys) else { return Ok(None) };
        link(value).map(Some).ok_or_else(|| self.shape(key, "a link to a resource"))
    }

    /// The members of a collection.
    pub(super) fn members<E>(&self) -> Result<Vec<ResourcePath>, RedfishError<E>> {
        let Some(members) = self.at(&["Members"]).and_then(Value::as_array) else {
            return Err(self.shape("Members", "a list of links"));
        };
        if members.len() > MOST_MEMBERS {
            return Err(RedfishError::TooMany { path: self.path(), count: members.len() });
        }
        let links: Option<Vec<ResourcePath>> = members.iter().map(link).collect();
        links.ok_or_else(|| self.shape("Members", "a list of links"))
    }

    /// The paths in a list of links, without those that are none.
    pub(super) fn links(&self, keys: &[&'static str]) -> Vec<ResourcePath> {
        let list = self.at(keys).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(link).collect()
    }

    /// A power in watts, if the resource shows one. A host that answers draws some.
    pub(super) fn watts<E>(
        &self,
        value: Option<&Value>,
        key: &'static str,
    ) -> Result<Option<f64>, RedfishError<E>> {
        self.number(value, key, f64::MIN_POSITIVE, MOST_WATTS)
    }

    /// A power in watts of a part of a host, which may draw none, such as a power supply in standby.
    pub(super) fn watts_of_part<E>(
        &self,
        value: Option<&Value>,
        key: &'static str,
    ) -> Result<Option<f64>, RedfishError<E>> {
        self.number(value, key, 0.0, MOST_WATTS)
    }

    /// The value of a counter in kilowatt-hours, if the resource shows one.
    pub(super) fn kilowatt_hours<E>(
        &self,
        value: Option<&Value>,
        key: &'static str,
    ) -> Result<Option<f64>, RedfishError<E>> {
        self.number(value, key, 0.0, MOST_KILOWATT_HOURS)
    }

    fn number<E>(
        &self,
        value: Option<&Value>,
        key: &'static str,
        least: f64,
        most: f64,
    ) -> Result<Option<f64>, RedfishError<E>> {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
        let found = value.as_f64().ok_or_else(|| self.shape(key, "a number"))?;
        match (least..=most).contains(&found) {
            true => Ok(Some(found)),
            false => Err(RedfishError::Implausible { path: self.path(), key, found, most }),
        }
    }
}

/// The path of a link, such as `{"@odata.id": "/redfish/v1/Chassis/1"}`.
fn link(value: &Value) -> Option<ResourcePath> {
    ResourcePath::new(value.get("@odata.id")?.as_str()?)
}
