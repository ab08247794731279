//! Where a credential comes from: a file or the environment, never the configuration itself.

use std::path::PathBuf;

use crate::secret::Secret;

/// Where a credential is. It is read anew each time it is needed, so that it may be changed while the
/// program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A file that holds nothing else. Blanks around it, and a byte order mark, do not count.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
}

/// No credential is where it should be.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is empty.
    #[error("{}: the file is empty, and should hold a credential", .0.display())]
    Empty(PathBuf),
    /// The variable is not set, or is empty.
    #[error("the environment variable {0} is not set")]
    Unset(String),
    /// It holds a character that no header may hold.
    #[error("the credential of {0} holds a character that no request may carry")]
    Unfit(String),
}

impl Credential {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// When there is none, or it cannot be sent.
    pub fn read(&self) -> Result<Secret, CredentialError> {
        let (text, place) = match self {
            Credential::File(path) => {
                let failed = |error| CredentialError::Read { path: path.clone(), error };
                (std::fs::read_to_string(path).map_err(failed)?, path.display().to_string())
            }
            Credential::Environment(name) => {
                (std::env::var(name).unwrap_or_default(), name.clone())
            }
        };
        match text.trim_start_matches('\u{feff}').trim() {
            "" => Err(match self {
                Credential::File(path) => CredentialError::Empty(path.clone()),
                Credential::Environment(name) => CredentialError::Unset(name.clone()),
            }),
            text if text.chars().any(char::is_control) => Err(CredentialError::Unfit(place)),
            text => Ok(Secret::new(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_one_credential_however_an_editor_ends_it() {
        let path = std::env::temp_dir().join(format!("gpu-carbon-token-{}", std::process::id()));
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Credential::File(path.clone()).read().map(|secret| secret.expose().to_owned())
        };
        for text in ["abc", "abc\n", " abc\r\n\n", "\u{feff}abc\r\n"] {
            assert_eq!(read(text).unwrap(), "abc", "{text:?}");
        }
        assert_eq!(read("two words").unwrap(), "two words");
        for empty in ["", "\n", "\u{feff}\r\n"] {
            assert!(matches!(read(empty), Err(CredentialError::Empty(_))), "{empty:?}");
        }
        let unfit = read("abc\ndef").unwrap_err();
        assert!(matches!(unfit, CredentialError::Unfit(_)) && !unfit.to_string().contains("abc"));
        std::fs::remove_file(&path).unwrap();
        let gone = Credential::File(path).read().unwrap_err().to_string();
        assert!(gone.contains("No such file"), "{gone}");
    }
}
