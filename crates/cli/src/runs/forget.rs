//! The removal of the journals of runs that have ended.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use gpu_carbon_core::Span;

use crate::clock;
use crate::history::{self, History};

/// Removes the journals of a folder whose run is over, and whose last line is at least so old. A file that is no journal stays.
///
/// # Errors
///
/// Where the folder cannot be read, or a journal cannot be removed.
pub(super) fn forget(folder: &Path, older_than: Span) -> Result<String> {
    let mut forgotten = 0;
    for path in history::journals(folder)? {
        let changed = fs::metadata(&path).and_then(|it| it.modified());
        let is_old = changed.is_ok_and(|it| clock::since(it) >= older_than);
        if is_old && History::open(&path).is_ok_and(|history| history.is_over()) {
            fs::remove_file(&path).with_context(|| format!("{} is not removed", path.display()))?;
            forgotten += 1;
        }
    }
    Ok(match forgotten {
        1 => "forgot 1 run\n".to_owned(),
        runs => format!("forgot {runs} runs\n"),
    })
}
