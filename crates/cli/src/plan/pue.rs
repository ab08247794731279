//! The power usage effectiveness of a plan: a number, or that of the region in a table.

use std::path::Path;

use gpu_carbon_core::Pue;
use gpu_carbon_feeds::region_pues::RegionPues;
use gpu_carbon_feeds::regions::CloudRegion;

use crate::input;
use crate::usage_error::UsageError;
use crate::value_parsers;

/// The value of --pue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PueArg {
    /// A number.
    Number(Pue),
    /// The value of the region in a table.
    Region,
}

/// The flags that a table of --pue region needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct PueFlags<'a> {
    pub(super) pue: PueArg,
    pub(super) data: Option<&'a Path>,
    pub(super) year: Option<u16>,
    pub(super) regions: &'a [CloudRegion],
}

/// A power usage effectiveness, and the source of one that is a region's.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SourcedPue {
    pub(super) pue: Pue,
    pub(super) source: Option<String>,
}

impl PueArg {
    /// Reads a number, or the word `region`.
    ///
    /// # Errors
    ///
    /// When the text is neither.
    pub fn parse(text: &str) -> Result<PueArg, String> {
        match text {
            "region" => Ok(PueArg::Region),
            text => value_parsers::pue(text)
                .map(PueArg::Number)
                .map_err(|allowed| format!("{allowed}, or region")),
        }
    }
}

impl PueFlags<'_> {
    /// Returns the number, or looks up that of the region.
    ///
    /// # Errors
    ///
    /// When --pue region has no table or not one region, and when the table has no value of it: a blank is no number.
    pub(super) fn resolve(self) -> Result<SourcedPue, UsageError> {
        let refuse = |text: &str| Err(UsageError::CommandLine(text.to_owned()));
        match (self.pue, self.data) {
            (PueArg::Number(pue), None) => return Ok(SourcedPue { pue, source: None }),
            (PueArg::Number(_), Some(_)) => {
                return refuse(
                    "--pue-data has an effect with --pue region only: give that, or leave it out",
                );
            }
            (PueArg::Region, _) => {}
        }
        let Some(path) = self.data else {
            return refuse("--pue region needs a table: give one by --pue-data");
        };
        let [region] = self.regions else {
            return refuse(
                "--pue region needs one --region, since a plan has one power usage effectiveness: give one, or a number",
            );
        };
        let wrong = |reason: String| UsageError::RegionPues { path: path.to_owned(), reason };
        let table =
            RegionPues::read(&input::text(path)?).map_err(|error| wrong(error.to_string()))?;
        let found = table.of(region, self.year).map_err(|error| wrong(error.to_string()))?;
        let source = format!("{} in {}, by {}", region.id(), found.year, path.display());
        Ok(SourcedPue { pue: found.pue, source: Some(source) })
    }
}
