//! The file about the software whose score is disclosed.

use std::path::Path;

use gpu_carbon_core::disclosure::About;
use serde::Deserialize;

use crate::input;
use crate::usage_error::UsageError;
use crate::yaml;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AboutFile {
    application: Application,
    organization: Organization,
    accountable: Accountable,
    guid: Option<String>,
    manifest_url: Option<String>,
    visualizer_url: Option<String>,
    summary: Option<String>,
    insights: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Application {
    name: String,
    version: String,
    description: String,
    url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Organization {
    name: String,
    url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Accountable {
    organization: Option<String>,
    person: String,
    contact: String,
}

/// Reads a file about the software; nothing is known without one.
///
/// # Errors
///
/// When it cannot be read, has another key, or its GUID is none.
pub(super) fn read(path: Option<&Path>) -> Result<About, UsageError> {
    let Some(path) = path else { return Ok(About::default()) };
    let text = input::text(path)?;
    let file: AboutFile = yaml::read(&text)
        .map_err(|reason| UsageError::CommandLine(format!("{}: {reason}", path.display())))?;
    let AboutFile { application, organization, accountable, guid, .. } = file;
    if let Some(guid) = guid.as_deref().filter(|guid| !is_guid(guid)) {
        return Err(UsageError::CommandLine(format!(
            "{}: guid: expected a GUID of RFC 4122, such as `uuidgen` prints, got `{guid}`",
            path.display()
        )));
    }
    let accountable_organization =
        accountable.organization.unwrap_or_else(|| organization.name.clone());
    Ok(About {
        name: application.name,
        version: application.version,
        description: application.description,
        url: application.url,
        organization: organization.name,
        organization_url: organization.url,
        accountable_organization,
        accountable_person: accountable.person,
        accountable_contact: accountable.contact,
        guid,
        manifest_url: file.manifest_url,
        visualizer_url: file.visualizer_url,
        summary: file.summary,
        insights: file.insights,
    })
}

/// True for 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12.
pub(super) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let is_hex = |group: &&str| group.chars().all(|it| it.is_ascii_hexdigit());
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_one_of_rfc_4122() {
        assert!(is_guid("25c78b6d-b049-424d-87c1-28f07e41bb23"));
        for wrong in [
            "",
            "25c78b6d",
            "25c78b6db049424d87c128f07e41bb23",
            "g5c78b6d-b049-424d-87c1-28f07e41bb23",
        ] {
            assert!(!is_guid(wrong), "{wrong}");
        }
    }
}
