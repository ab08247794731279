//! Credentials in files and environment variables. The configuration itself never contains one.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use crate::file::read_file;
use crate::secret::Secret;

/// The greatest size of a file that holds a credential, in bytes. Tokens have a few thousand at most.
const MOST_BYTES: u64 = 64 * 1024;

/// A credential, or the place of one. A place is read before each request that needs it, so that its content can be changed while
/// the program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A file that contains the credential alone. White space around it, and a byte order mark, are ignored.
    File(PathBuf),
    /// The name of an environment variable.
    Environment(String),
    /// The credential itself, which was read before.
    Held(Secret),
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
        error: io::Error,
    },
    /// The file is longer than a credential can be.
    #[error("{}: the file is longer than {MOST_BYTES} bytes, and should hold a credential alone", .0.display())]
    TooLong(PathBuf),
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

/// The error of a user's name and password, of which one cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{error}; the account needs both {user} and {password}")]
pub struct CredentialPairError {
    error: CredentialError,
    /// The place of the name.
    user: Credential,
    /// The place of the password.
    password: Credential,
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credential::File(path) => path.display().fmt(f),
            Credential::Environment(name) => f.write_str(name),
            Credential::Held(_) => f.write_str("a credential that was read before"),
        }
    }
}

impl Credential {
    /// Checks that a user's name and password can be read.
    ///
    /// # Errors
    ///
    /// When one cannot be read; names the places of both.
    pub fn check_pair(user: &Credential, password: &Credential) -> Result<(), CredentialPairError> {
        let read = user.read().and_then(|_| password.read());
        read.map(drop).map_err(|error| CredentialPairError {
            error,
            user: user.clone(),
            password: password.clone(),
        })
    }

    /// Reads the credential.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is empty or is longer than a credential can be, the variable is not set, or the credential
    /// contains a control character.
    pub fn read(&self) -> Result<Secret, CredentialError> {
        match self {
            Credential::Held(secret) => Ok(secret.clone()),
            Credential::File(path) => {
                let empty = CredentialError::Empty(path.clone());
                secret(&content(path)?, path.display().to_string(), empty)
            }
            Credential::Environment(name) => {
                let text = std::env::var(name).unwrap_or_default();
                secret(&text, name.clone(), CredentialError::Unset(name.clone()))
            }
        }
    }
}

fn content(path: &Path) -> Result<String, CredentialError> {
    let unreadable = |error| CredentialError::Read { path: path.to_owned(), error };
    let bytes = read_file(path, MOST_BYTES + 1).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(CredentialError::TooLong(path.to_owned()));
    }
    let not_text =
        |_| unreadable(io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"));
    String::from_utf8(bytes).map_err(not_text)
}

/// The secret in a text from a place; an error where there is none.
fn secret(text: &str, place: String, empty: CredentialError) -> Result<Secret, CredentialError> {
    match text.trim_start_matches('\u{feff}').trim() {
        "" => Err(empty),
        text if text.chars().any(char::is_control) => Err(CredentialError::ControlCharacter(place)),
        text => Ok(Secret::new(text.to_owned())),
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
        assert_eq!(read(&"a".repeat(65_536)).unwrap().len(), 65_536);
        assert!(matches!(read(&"a".repeat(65_537)), Err(CredentialError::TooLong(_))));
        let endless = Credential::File("/dev/zero".into()).read();
        assert!(matches!(endless, Err(CredentialError::TooLong(_))), "{endless:?}");
        std::fs::remove_file(&path).unwrap();
        let missing = Credential::File(path).read().unwrap_err().to_string();
        assert!(missing.contains("No such file"), "{missing}");
    }

    #[test]
    fn a_missing_password_names_the_user_that_it_belongs_to() {
        let unset = |name: &str| Credential::Environment(name.to_owned());
        let user = Credential::File("/dev/null".into());
        let error = Credential::check_pair(&user, &unset("GPU_CARBON_UNSET")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/dev/null: the file is empty, and should hold a credential; \
             the account needs both /dev/null and GPU_CARBON_UNSET"
        );
        let set = Credential::Environment("PATH".to_owned());
        let error = Credential::check_pair(&set, &unset("GPU_CARBON_UNSET")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the environment variable GPU_CARBON_UNSET is not set; \
             the account needs both PATH and GPU_CARBON_UNSET"
        );
        assert!(Credential::check_pair(&set, &set).is_ok());
    }
}
