//! The folder of the cache where the configuration names none.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// The folder of a service of the system.
const OF_SYSTEM: &str = "/var/cache/gpu-carbon";

/// The folder without the parent folders, in the cache of a user.
const NAME: &str = "gpu-carbon";

/// The folder that systemd makes, as `environment` says; else that of the system, where this user may write there; else one in
/// the user's own cache (XDG Base Directory Specification).
pub(super) fn default(environment: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    choose(Path::new(OF_SYSTEM), environment)
}

fn choose(of_system: &Path, environment: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let variable = |name| environment(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    if let Some(of_systemd) = variable("CACHE_DIRECTORY") {
        return of_systemd;
    }
    let of_user = || {
        let in_home = || variable("HOME").map(|home| home.join(".cache"));
        let absolute = variable("XDG_CACHE_HOME").filter(|path| path.is_absolute());
        absolute.or_else(in_home).map(|folder| folder.join(NAME))
    };
    let own = if can_be_written(of_system) { None } else { of_user() };
    own.unwrap_or_else(|| of_system.to_owned())
}

/// Reports whether this user can write in a folder, or create it.
fn can_be_written(folder: &Path) -> bool {
    let exists = folder.exists();
    let place = if exists { Some(folder) } else { folder.parent() };
    place.is_some_and(|place| access(place, Access::WRITE_OK | Access::EXEC_OK).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(of_system: &Path, variables: &[(&str, &str)]) -> PathBuf {
        let environment = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
        };
        choose(of_system, environment)
    }

    #[test]
    fn a_user_without_rights_has_a_cache_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let (present, absent) = (folder.path(), folder.path().join("gpu-carbon"));
        let variables = [("HOME", "/home/ada"), ("XDG_CACHE_HOME", "/tmp/ada")];
        assert_eq!(chosen(present, &variables), present, "a folder that can be written");
        assert_eq!(chosen(&absent, &variables), absent, "one that can be created");
        // No one can create a folder in one that does not exist.
        let denied = folder.path().join("no/gpu-carbon");
        assert_eq!(chosen(&denied, &variables), Path::new("/tmp/ada/gpu-carbon"));
        assert_eq!(chosen(&denied, &variables[..1]), Path::new("/home/ada/.cache/gpu-carbon"));
        let relative = [("XDG_CACHE_HOME", "cache"), ("HOME", "/home/ada")];
        assert_eq!(chosen(&denied, &relative), Path::new("/home/ada/.cache/gpu-carbon"));
        assert_eq!(chosen(&denied, &[("HOME", "")]), denied, "the warning names it");
        assert_eq!(chosen(present, &[("CACHE_DIRECTORY", "/run/x")]), Path::new("/run/x"));
    }
}
