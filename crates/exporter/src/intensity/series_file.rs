//! A file with a series of intensities, which is read again when it has changed.

use std::path::{Path, PathBuf};

use gpu_carbon_core::{Scope, Series, Signal};
use gpu_carbon_feeds::files;
use tracing::warn;

use super::source_error::{MOST_BYTES, SourceError};
use crate::file_watch::{Change, FileWatch};
use crate::regular_file;

/// A file that is read again when it has changed.
#[derive(Debug)]
pub(super) struct SeriesFile {
    path: PathBuf,
    signal: Signal,
    scope: Option<Scope>,
    watch: FileWatch,
}

/// The content of a file.
#[derive(Debug)]
pub(super) struct FileSeries {
    pub(super) series: Series,
    /// The scope that the file or the configuration states.
    pub(super) scope: Option<Scope>,
}

impl SeriesFile {
    /// Reads a file. The signal and the scope are those of the configuration, with which the file must agree.
    pub(super) fn open(
        path: &Path,
        signal: Signal,
        scope: Option<Scope>,
    ) -> Result<(SeriesFile, FileSeries), SourceError> {
        let path = path.to_owned();
        let watch = FileWatch::new(vec![path.clone()]);
        let file = SeriesFile { path, signal, scope, watch };
        let content = file.read()?;
        Ok((file, content))
    }

    /// The new content, if the file has changed and the change has settled. A missing file is no change.
    pub(super) fn read_if_changed(&mut self) -> Option<Result<FileSeries, SourceError>> {
        match self.watch.check() {
            Change::None | Change::Unsettled | Change::Missing => None,
            Change::Settled => {
                self.watch.mark_read();
                Some(self.read())
            }
        }
    }

    fn read(&self) -> Result<FileSeries, SourceError> {
        let path = &self.path;
        let failed = |error| SourceError::Read { path: path.clone(), error };
        let content = regular_file::read(path, MOST_BYTES).map_err(failed)?;
        let wrong = |error| SourceError::File { path: path.clone(), error };
        let content = files::inflate(&content).map_err(wrong)?;
        let text = files::text(&content).map_err(wrong)?;
        let found = files::read(&text).map_err(wrong)?;
        let [files::FileSeries { series, metadata, doubt, .. }] = <[_; 1]>::try_from(found)
            .map_err(|several| SourceError::Several { path: path.clone(), count: several.len() })?;
        let conflict = |key, found, expected| {
            Err(SourceError::Conflict { path: path.clone(), key, found, expected })
        };
        match (metadata.signal, metadata.scope, self.scope) {
            (Some(found), ..) if found != self.signal => {
                conflict("intensity.signal", found.name(), self.signal.name())
            }
            (_, Some(found), Some(expected)) if found != expected => {
                conflict("intensity.scope", found.name(), expected.name())
            }
            _ => {
                if let Some(doubt) = doubt {
                    warn!(file = %path.display(), "{doubt}; until then they are taken as g/kWh");
                }
                Ok(FileSeries { series, scope: metadata.scope.or(self.scope) })
            }
        }
    }
}
