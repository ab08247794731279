//! Errors in the id of a cloud region.

use super::provider::Provider;
use crate::nearest_names::nearest_names;
use crate::one_line::marked;

/// A text that names no region; the message says what is known instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// A region without its provider before it.
    #[error("`{text}` names no provider: write {suggestion}")]
    WithoutProvider {
        /// The text.
        text: String,
        /// The ids of the regions of that name, or an example.
        suggestion: String,
    },
    /// The map does not have the provider.
    #[error("no provider is named `{0}`: the map has aws, azure and gcp")]
    Provider(String),
    /// The provider does not have the region.
    #[error("{} has no region `{name}`: did you mean {nearest}?", .provider.name())]
    Region {
        /// The provider.
        provider: Provider,
        /// The region that it does not have.
        name: String,
        /// The regions that come nearest, in words.
        nearest: String,
    },
}

/// The characters of a text that a message repeats at most.
const LONGEST_QUOTE: usize = 60;

impl RegionError {
    /// The error of a text without a provider; `ids` are those of the regions with that name.
    pub(super) fn without_provider(text: &str, ids: &[String]) -> RegionError {
        let suggestion = if ids.is_empty() {
            "PROVIDER:REGION, such as aws:us-east-1".to_owned()
        } else {
            ids.join(" or ")
        };
        RegionError::WithoutProvider { text: marked(text, LONGEST_QUOTE), suggestion }
    }

    pub(super) fn provider(name: &str) -> RegionError {
        RegionError::Provider(marked(name, LONGEST_QUOTE))
    }

    /// The error of a region that a provider does not have, with the nearest of its regions' names.
    pub(super) fn region<'a>(
        provider: Provider,
        name: &str,
        names: impl Iterator<Item = &'a str>,
    ) -> RegionError {
        let name = marked(name, LONGEST_QUOTE);
        let nearest = nearest_names(&name.to_lowercase(), names, str::to_owned);
        RegionError::Region { provider, name, nearest }
    }
}
