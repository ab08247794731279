//! Keys that had another name in an earlier version.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::yaml;

/// A key with its former name and its present one, both from the top of the file. A list does not show in a path:
/// `intensity.sources.zone` names the zone of every service of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RenamedKey {
    pub(super) former: &'static str,
    pub(super) present: &'static str,
    /// The first version that knows the present name, and the former one no more.
    pub(super) since: &'static str,
}

/// All keys that were ever renamed, the oldest first.
pub(super) const RENAMED_KEYS: &[RenamedKey] = &[RenamedKey {
    former: "intensity.price_by_fallback_after",
    present: "intensity.fallback_after",
    since: "0.2.0",
}];

/// The first renamed key that a file still has by its former name; `None` where there is none, or where the
/// text is not YAML.
pub(super) fn find(text: &str) -> Option<RenamedKey> {
    let root: Node = yaml::read(text).ok()?;
    RENAMED_KEYS.iter().copied().find(|key| root.has(key.former))
}

/// A file without types: only its keys.
#[derive(Deserialize)]
#[serde(untagged)]
enum Node {
    Mapping(BTreeMap<String, Node>),
    Sequence(Vec<Node>),
    Scalar(IgnoredAny),
}

impl Node {
    fn has(&self, path: &str) -> bool {
        let (key, rest) =
            path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
        match self {
            Node::Mapping(entries) => {
                entries.get(key).is_some_and(|entry| rest.is_none_or(|rest| entry.has(rest)))
            }
            Node::Sequence(items) => items.iter().any(|item| item.has(path)),
            Node::Scalar(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_former_key_wherever_it_stands() {
        let found = |text: &str| find(text).map(|key| key.former);
        let former = RENAMED_KEYS[0].former;
        assert_eq!(found("intensity: {price_by_fallback_after: 1d, sauce: gb}"), Some(former));
        assert_eq!(found("intensity: [{}, {price_by_fallback_after: 1d}]"), Some(former));
        assert_eq!(found("price_by_fallback_after: 1d"), None, "not in its section");
        assert_eq!(found("intensity: {fallback_after: 1d}"), None);
        assert_eq!(found("intensity: price_by_fallback_after"), None);
        assert_eq!(found("intensity: {"), None);
    }
}
