//! The phases of a model's life, and the workloads that belong to each.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::input;
use crate::usage_error::UsageError;
use crate::yaml;

/// The position of what stands in the place of workloads, after all phases.
pub(super) const LAST: usize = usize::MAX;

/// The name of the workloads of no phase.
const OTHERS: &str = "other workloads";

/// The workloads of each phase, by patterns in which `*` stands for any letters.
#[derive(Debug, Default)]
pub(crate) struct Phases {
    path: PathBuf,
    lists: Lists,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Lists {
    exploration: Vec<String>,
    training: Vec<String>,
    tuning: Vec<String>,
    inference: Vec<String>,
}

impl Lists {
    /// The phases in the order of a model's life, with their patterns.
    const fn phases(&self) -> [(&'static str, &Vec<String>); 4] {
        [
            ("exploration", &self.exploration),
            ("training", &self.training),
            ("tuning", &self.tuning),
            ("inference", &self.inference),
        ]
    }
}

impl Phases {
    /// Reads the phases from a YAML file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has another key than the four phases.
    pub(crate) fn read(path: &Path) -> Result<Phases, UsageError> {
        let text = input::text(path)?;
        let wrong = |reason| UsageError::Phases { path: path.to_owned(), reason };
        Ok(Phases { path: path.to_owned(), lists: yaml::read(&text).map_err(wrong)? })
    }

    /// The patterns that match none of some workloads, each with its phase.
    pub(crate) fn unmatched(&self, workloads: &[&str]) -> Vec<String> {
        let is_unmatched =
            |pattern: &&String| !workloads.iter().any(|workload| matches(pattern, workload));
        let of_phase = |(phase, patterns): (&'static str, &Vec<String>)| {
            let unmatched = patterns.iter().filter(is_unmatched);
            unmatched.map(|pattern| format!("{pattern} ({phase})")).collect::<Vec<_>>()
        };
        self.lists.phases().into_iter().flat_map(of_phase).collect()
    }

    /// The phase of a workload: its position and its name.
    ///
    /// # Errors
    ///
    /// When patterns of two phases match the workload.
    pub(crate) fn of(&self, workload: &str) -> Result<(usize, String), UsageError> {
        let phases = self.lists.phases();
        let mut found = phases
            .iter()
            .enumerate()
            .filter(|(_, (_, patterns))| patterns.iter().any(|pattern| matches(pattern, workload)));
        match (found.next(), found.next()) {
            (None, _) => Ok((phases.len(), OTHERS.to_owned())),
            (Some((position, (name, _))), None) => Ok((position, (*name).to_owned())),
            (Some((_, (one, _))), Some((_, (other, _)))) => Err(UsageError::Phases {
                path: self.path.clone(),
                reason: format!(
                    "{workload} is of two phases, {one} and {other}: change a pattern, so that it counts once"
                ),
            }),
        }
    }
}

/// Reports whether a text matches a pattern, in which `*` stands for any letters.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(begin) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match text.split_once(part) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_matches_no_workload_is_found() {
        let lists = Lists {
            training: ["slurm:1*", "slurm:7"].map(str::to_owned).to_vec(),
            inference: vec!["pod:*".to_owned()],
            ..Lists::default()
        };
        let phases = Phases { path: PathBuf::new(), lists };
        let unmatched = phases.unmatched(&["slurm:12", "unit:a.service"]);
        assert_eq!(unmatched, ["slurm:7 (training)", "pod:* (inference)"]);
    }

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, text) in [
            ("slurm:12", "slurm:12"),
            ("slurm:12*", "slurm:12"),
            ("slurm:12*", "slurm:123_4"),
            ("pod:*/train-*", "pod:team/train-0"),
            ("*", ""),
            ("*b*b", "abab"),
            ("a**c", "abc"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("slurm:12", "slurm:123"),
            ("slurm:12*", "slurm:1"),
            ("pod:*/train-*", "pod:team/serve-0"),
            ("a*a", "a"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
