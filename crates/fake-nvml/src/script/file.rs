//! A script on the disk.

use super::{Script, ScriptError};
use std::fs;
use std::path::Path;

impl Script {
    /// Reads a script's file.
    ///
    /// # Errors
    /// Where it cannot be read, or [`Script::parse`] refuses it.
    pub fn read(path: &Path) -> Result<Self, ScriptError> {
        let text = fs::read_to_string(path)
            .map_err(|error| ScriptError::File { path: path.to_owned(), error })?;
        Self::parse(&text)
            .map_err(|error| ScriptError::In { path: path.to_owned(), error: Box::new(error) })
    }

    /// Writes the script to a file in one step, so that a reader sees the old script or the new, never a part.
    ///
    /// # Errors
    /// Where the folder cannot be written, or the script is one that [`Script::parse`] would refuse.
    pub fn write(&self, path: &Path) -> Result<(), ScriptError> {
        let text = self.to_toml()?;
        let draft = path.with_extension(format!("{}.draft", std::process::id()));
        fs::write(&draft, text)
            .and_then(|()| fs::rename(&draft, path))
            .map_err(|error| ScriptError::File { path: path.to_owned(), error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let path = std::env::temp_dir().join(format!("fake-nvml-file-{}.toml", std::process::id()));
        let script = Script::default();
        script.write(&path).unwrap();
        assert_eq!(Script::read(&path).unwrap(), script);
        fs::write(&path, "init = 3").unwrap();
        let refusal = Script::read(&path).unwrap_err().to_string();
        assert!(refusal.contains("fake-nvml-file-") && refusal.contains("init = 3"), "{refusal}");
        fs::remove_file(&path).unwrap();
        let refusal = Script::read(&path).unwrap_err().to_string();
        assert!(refusal.contains("fake-nvml-file-"), "{refusal}");
    }
}
