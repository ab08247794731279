//! Credentials in files and environment variables. The configuration itself never contains one.

use std::path::PathBuf;

use crate::secret::Secret;

/// The place of a credential. It is read before each request that needs it, so that it can be changed while the program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A file that contains the credential alone. White space around it, and a byte order mark, are ignored.
    File(PathBuf),
    /// The name of an environment variable.
    Environment(String),
}

/// The reason why a credential cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        error: std::io::Error,
    },
    /// The file is empty.
    #[error("{}: the file is empty, and should hold a credential", .0.display())]
    Empty(PathBuf),
    /// The variable is not set, or is empty.
    #[error("the environment variable {0} is not set")]
    Unset(String),
    /// The credential contains a control character, which HTTP headers cannot contain.
    #[error("the credential of {0} holds a character that no request may carry")]
    ControlCharacter(String),
}

impl Credential {
    /// Reads the credential.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is empty, the variable is not set, or the credential contains a control character.
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
            text if text.chars().any(char::is_control) => {
                Err(CredentialError::ControlCharacter(place))
            }
            text => Ok(Secret::new(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_and_a_byte_order_mark_are_not_part_of_the_credential() {
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
        let two_lines = read("abc\ndef").unwrap_err();
        assert!(
            matches!(two_lines, CredentialError::ControlCharacter(_))
                && !two_lines.to_string().contains("abc")
        );
        std::fs::remove_file(&path).unwrap();
        let missing = Credential::File(path).read().unwrap_err().to_string();
        assert!(missing.contains("No such file"), "{missing}");
    }
}
