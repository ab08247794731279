//! The reporting format of the Green Software Foundation: `report.yaml`.

use anyhow::Result;
use gpu_carbon_core::Span;
use gpu_carbon_core::disclosure::{STANDARD_VERSION, SoftwareBoundary};
use gpu_carbon_feeds::rfc3339;

use super::number::{number, quoted};
use crate::clock;
use crate::sci::args::Args;
use crate::sci::assessment::Assessment;
use crate::usage_error::UsageError;

/// Returns the report.
///
/// # Errors
///
/// When the GUID, which this format requires, is missing.
pub(crate) fn write(assessment: &Assessment, args: &Args) -> Result<String> {
    let disclosure = &assessment.disclosure;
    let parts = disclosure.parts();
    let about = &parts.about;
    let Some(guid) = &about.guid else {
        let file = args.about.as_deref().map(|path| path.display().to_string());
        let file = file.unwrap_or_else(|| "the file of --about".to_owned());
        let text = format!(
            "no disclosure: metadata/guid is missing, and report.yaml requires it: add a line `guid: …` to {file}, as `uuidgen` prints one"
        );
        return Err(UsageError::CommandLine(text).into());
    };
    let unit = &parts.unit;
    let information = format!(
        "{}. {} score, {} {}. {} to {}. {}",
        disclosure.score_unit(),
        parts.persona,
        number(unit.count),
        unit.plural,
        rfc3339::format(parts.timespan.start()),
        rfc3339::format(parts.timespan.end()),
        unit.rationale
    );
    let today = clock::now().floor_to(Span::from_seconds(1));
    let mut text = format!(
        "# sci is in {}; r is the number of {}.\nsci:\n  software-boundary: {}\n  sci: {}\n  r: {}\n  r-source: {}\nmetadata:\n",
        disclosure.score_unit(),
        unit.plural,
        quoted(&boundary(&parts.boundary)),
        disclosure.score(),
        unit.count,
        quoted(&unit.source),
    );
    let fields = [
        ("name", quoted(&about.name)),
        ("contact-name", quoted(&about.accountable_person)),
        ("contact-email", quoted(&about.accountable_contact)),
        ("organization", quoted(&about.organization)),
        ("guid", quoted(guid)),
        ("entity-version", quoted(&about.version)),
        ("sci-version", STANDARD_VERSION.to_string()),
        ("calculation-date", quoted(&rfc3339::format(today))),
        ("calculation-information", quoted(&information)),
    ];
    for (name, value) in fields {
        text += &format!("  {name}: {value}\n");
    }
    if let Some(url) = &about.manifest_url {
        text += &format!("  report-information-url: {}\n", quoted(url));
    }
    Ok(text)
}

/// The boundary in two sentences.
fn boundary(boundary: &SoftwareBoundary) -> String {
    let list = |parts: &[gpu_carbon_core::disclosure::BoundaryPart]| {
        let texts = parts.iter().map(|part| format!("{} ({})", part.name, part.reason));
        texts.collect::<Vec<_>>().join("; ")
    };
    format!("In: {}. Left out: {}.", list(&boundary.included), list(&boundary.left_out))
}
