//! Credentials of services: from the file that a flag names, else from the environment.

use std::env;
use std::path::{Path, PathBuf};

use gpu_carbon_fetch::{Credential, CredentialError};

/// The place of one part of an account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CredentialPlace<'a> {
    /// The variable that holds it; the variable of that name with [`FILE_SUFFIX`] names a file that does.
    pub(crate) variable: &'static str,
    /// The file of a flag, and the flag.
    pub(crate) file: Option<&'a Path>,
    /// The flag that names a file; `None` where the command has none.
    pub(crate) flag: Option<&'static str>,
}

/// The end of the name of a variable that names the file of a credential.
const FILE_SUFFIX: &str = "_FILE";

impl CredentialPlace<'_> {
    /// Reads the credential, once: a pipe can be read only once.
    ///
    /// # Errors
    ///
    /// The reason why there is none, with the places where it may be. No error has the text of a variable, which may be the
    /// credential itself.
    pub(crate) fn read(self) -> Result<Credential, String> {
        let CredentialPlace { variable, file, flag } = self;
        if let Some(path) = file {
            let flag = flag.map(|flag| format!("{flag}: ")).unwrap_or_default();
            let credential = held(&Credential::File(path.to_owned()));
            return credential.map_err(|error| format!("{flag}{error}"));
        }
        let of_file = format!("{variable}{FILE_SUFFIX}");
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        match (is_set(variable), is_set(&of_file)) {
            (true, true) => {
                Err(format!("{variable} and {of_file} are both set: unset one of them"))
            }
            (true, false) => {
                let place = Credential::Environment(variable.to_owned());
                held(&place).map_err(|error| error.to_string())
            }
            (false, true) => {
                let path = PathBuf::from(env::var_os(&of_file).unwrap_or_default());
                held(&Credential::File(path)).map_err(|error| {
                    format!("{of_file}: the file that it names {}", unusable(&error))
                })
            }
            (false, false) => {
                let flag = flag.map(|flag| format!(", or give {flag}")).unwrap_or_default();
                Err(format!(
                    "{variable} is not set: set it, or {of_file} to the file that holds it{flag}"
                ))
            }
        }
    }
}

fn held(place: &Credential) -> Result<Credential, CredentialError> {
    place.read().map(Credential::Held)
}

/// Describes why a file cannot be used, without its path.
fn unusable(error: &CredentialError) -> String {
    match error {
        CredentialError::Read { error, .. } => format!("cannot be read: {error}"),
        CredentialError::TooLong(_) => "is too long for a credential".to_owned(),
        CredentialError::Empty(_) | CredentialError::Unset(_) => "is empty".to_owned(),
        CredentialError::ControlCharacter(_) => {
            "holds a character that no request may carry".to_owned()
        }
    }
}
