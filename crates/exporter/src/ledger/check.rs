//! The check of the ledger without a start.

use gpu_carbon_core::Signal;
use gpu_carbon_ledger::{self as ledger, Checked, CheckedContent, OpenError};

use super::settings::Settings;

/// Describes what a start would find at the ledger's path. Nothing is changed.
///
/// # Errors
///
/// Those of [`Worker::open`](super::Worker::open), except that of a ledger which another process uses: the exporter that runs
/// does.
pub fn check(settings: &Settings, signal: Signal) -> Result<String, OpenError> {
    let Checked { content, is_locked } = ledger::check(&settings.path)?;
    let found = match content {
        CheckedContent::Missing => "does not exist, and is created at the start".to_owned(),
        CheckedContent::Sound { signal: Some(recorded) } if recorded != signal => {
            let path = settings.path.clone();
            return Err(OpenError::OtherSignal { path, recorded, configured: signal });
        }
        CheckedContent::Sound { .. } => "is continued".to_owned(),
        CheckedContent::Damaged { reason } => {
            format!("is damaged ({reason}), and is replaced at the start")
        }
    };
    let used = if is_locked { "; another process uses it now" } else { "" };
    Ok(format!("{} {found}{used}", settings.path.display()))
}
