//! The choice of the GPUs that are read, by UUID or PCI address.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::pci::PciAddress;

/// The choice of the GPUs that are read. The default admits all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GpuFilter {
    include: Arc<[GpuPattern]>,
    exclude: Arc<[GpuPattern]>,
}

/// A pattern of UUIDs or PCI addresses, in which `*` stands for any characters and `?` for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GpuPattern {
    /// The configured text.
    text: Arc<str>,
    lower: Arc<str>,
}

/// A text that is not a pattern of UUIDs or PCI addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a UUID such as GPU-5fd4f087-* or a PCI address such as 0000:3b:00.0; `*` stands for any characters, and `?` for one"
)]
pub struct GpuPatternError;

/// The properties of a GPU that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KnownGpu {
    pub(crate) uuid: Option<Arc<str>>,
    pub(crate) address: Option<PciAddress>,
}

/// The decision about a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// A GPU that is read.
    Admitted,
    /// A GPU that is not read.
    Excluded,
    /// A GPU of which too little is known to decide.
    Undecided,
}

impl KnownGpu {
    /// The GPU of a name, which is its UUID or begins with it, at a PCI address as the driver reports it.
    pub(crate) fn named(name: &str, pci_bus_id: &str) -> KnownGpu {
        let uuid = name.split('@').next().unwrap_or(name);
        KnownGpu { uuid: Some(uuid.into()), address: pci_bus_id.parse().ok() }
    }
}

impl GpuPattern {
    /// Checks a pattern.
    ///
    /// # Errors
    ///
    /// If no UUID and no PCI address can match it.
    pub fn new(text: &str) -> Result<GpuPattern, GpuPatternError> {
        let lower = text.to_lowercase();
        let has_wildcard = lower.contains(['*', '?']);
        let is_uuid = lower.strip_prefix("gpu-").is_some_and(|rest| !rest.is_empty());
        let digits = lower.strip_prefix("gpu-").unwrap_or(&lower);
        let are_valid = digits.chars().all(|it| it.is_ascii_hexdigit() || "-:.*?@gpu".contains(it));
        if are_valid && (is_uuid || has_wildcard || lower.contains(':')) {
            Ok(GpuPattern { text: text.into(), lower: lower.into() })
        } else {
            Err(GpuPatternError)
        }
    }

    /// The configured text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// True if what is known of a GPU matches.
    fn matches(&self, gpu: &KnownGpu) -> bool {
        let is_matched = |text: &str| matches(self.lower.as_bytes(), text.as_bytes());
        let uuid = gpu.uuid.as_deref().map(str::to_lowercase);
        let mut forms = gpu.address.into_iter().flat_map(PciAddress::forms);
        let with_address = || {
            let mut forms = gpu.address.into_iter().flat_map(PciAddress::forms);
            forms.any(|form| {
                uuid.as_deref().is_some_and(|uuid| is_matched(&format!("{uuid}@{form}")))
            })
        };
        uuid.as_deref().is_some_and(is_matched)
            || forms.any(|form| is_matched(&form))
            || with_address()
    }

    /// True if it could match what is not known of a GPU.
    fn may_match(&self, gpu: &KnownGpu) -> bool {
        let begins_with_any = self.lower.starts_with(['*', '?']);
        let is_uuid = self.lower.starts_with('g');
        (gpu.uuid.is_none() && (is_uuid || begins_with_any))
            || (gpu.address.is_none() && (!is_uuid || begins_with_any || self.lower.contains('@')))
    }
}

impl GpuFilter {
    /// Creates a filter that admits the GPUs that match one of `include`, or all if it is empty, but none that matches one of
    /// `exclude`.
    #[must_use]
    pub fn new(include: Vec<GpuPattern>, exclude: Vec<GpuPattern>) -> GpuFilter {
        GpuFilter { include: include.into(), exclude: exclude.into() }
    }

    /// Decides on a GPU by what is known of it.
    pub(crate) fn admission(&self, gpu: &KnownGpu) -> Admission {
        let matched = |patterns: &[GpuPattern]| patterns.iter().any(|it| it.matches(gpu));
        let possible = |patterns: &[GpuPattern]| patterns.iter().any(|it| it.may_match(gpu));
        let is_included = self.include.is_empty() || matched(&self.include);
        if matched(&self.exclude) || (!is_included && !possible(&self.include)) {
            Admission::Excluded
        } else if !is_included || possible(&self.exclude) {
            Admission::Undecided
        } else {
            Admission::Admitted
        }
    }

    /// All patterns, with the keys under which they are configured.
    fn patterns(&self) -> impl Iterator<Item = (&'static str, &GpuPattern)> {
        let include = self.include.iter().map(|pattern| ("gpus.include", pattern));
        include.chain(self.exclude.iter().map(|pattern| ("gpus.exclude", pattern)))
    }

    /// The patterns that match none of some GPUs.
    pub(crate) fn unmatched<'a>(
        &'a self,
        gpus: &'a BTreeSet<KnownGpu>,
    ) -> impl Iterator<Item = (&'static str, &'a GpuPattern)> {
        self.patterns().filter(|(_, pattern)| !gpus.iter().any(|gpu| pattern.matches(gpu)))
    }
}

/// True if a text matches a pattern with `*` and `?`, in time that grows with the product of their lengths at most.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut place) = (0, 0);
    // The place after the last star, and the text that it stands for so far.
    let mut star = None;
    while place < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                star = Some((at, place));
            }
            Some(&wanted) if wanted == b'?' || Some(&wanted) == text.get(place) => {
                (at, place) = (at + 1, place + 1);
            }
            _ => {
                let Some((after, stood_for)) = star else { return false };
                star = Some((after, stood_for + 1));
                (at, place) = (after, stood_for + 1);
            }
        }
    }
    pattern.iter().skip(at).all(|&rest| rest == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(include: &[&str], exclude: &[&str]) -> GpuFilter {
        let patterns =
            |texts: &[&str]| texts.iter().map(|it| GpuPattern::new(it).unwrap()).collect();
        GpuFilter::new(patterns(include), patterns(exclude))
    }

    fn gpu(uuid: &str, address: &str) -> KnownGpu {
        let uuid = Some(uuid).filter(|uuid| !uuid.is_empty()).map(Arc::from);
        KnownGpu { uuid, address: address.parse().ok() }
    }

    #[test]
    fn a_pattern_is_a_uuid_or_a_pci_address() {
        for valid in [
            "GPU-5fd4",
            "gpu-5fd4f087-*",
            "3b:00.0",
            "0000:3B:00.0",
            "*",
            "????:3b:*",
            "GPU-0*@*:3b:*",
        ] {
            assert!(GpuPattern::new(valid).is_ok(), "{valid}");
        }
        for invalid in ["", "0", "GPU-", "MIG-5fd4", "GPU-x", "3b", "H100", "a/b", "nvidia*"] {
            assert!(GpuPattern::new(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn a_gpu_is_admitted_by_what_is_known_of_it() {
        use Admission::{Admitted, Excluded, Undecided};
        let gpus = [("GPU-aa-1", "00000000:3B:00.0"), ("", "0000:3b:00.0"), ("GPU-aa-1", "")];
        let gpus = gpus.map(|(uuid, address)| gpu(uuid, address));
        for (include, exclude, expected) in [
            (&[][..], &[][..], [Admitted; 3]),
            (&["GPU-AA-*"], &[], [Admitted, Undecided, Admitted]),
            (&["GPU-bb"], &[], [Excluded, Undecided, Excluded]),
            (&["3b:00.0"], &[], [Admitted, Admitted, Undecided]),
            (&["3c:00.0"], &[], [Excluded, Excluded, Undecided]),
            (&[], &["*:3b:*"], [Excluded, Excluded, Undecided]),
            (&[], &["GPU-aa-1"], [Excluded, Undecided, Excluded]),
            (&[], &["GPU-bb"], [Admitted, Undecided, Admitted]),
            (&["*"], &["0000:3b:00.?"], [Excluded, Excluded, Undecided]),
            (&["GPU-aa-1@0000:3b:00.0"], &[], [Admitted, Undecided, Undecided]),
        ] {
            let filter = filter(include, exclude);
            let found = gpus.each_ref().map(|gpu| filter.admission(gpu));
            assert_eq!(found, expected, "{include:?} {exclude:?}");
        }
    }

    /// The same by recursion, in exponential time.
    fn matches_slowly(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), None) => matches_slowly(rest, text),
            (Some((b'*', rest)), Some((_, less))) => {
                matches_slowly(rest, text) || matches_slowly(pattern, less)
            }
            (Some((one, rest)), Some((other, less))) => {
                (*one == b'?' || one == other) && matches_slowly(rest, less)
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_glob_matches_as_its_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,8}") {
            let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(matches(pattern, text), matches_slowly(pattern, text));
        }
    }
}
