//! The section `host.redfish`: the management controller of the host (BMC).

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_carbon_fetch::{BaseUrl, Credential};
use gpu_carbon_host::redfish::Quantity;
use serde::Deserialize;

use crate::config::check::Checker;
use crate::config::error::ConfigError;
use crate::host_meters::{RedfishSettings, TrustSetting};

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

/// The most characters of a name.
const MOST_CHARACTERS: usize = 256;

/// The permission of a file by which users that are neither its owner nor of its group may read it.
const READ_BY_OTHERS: u32 = 0o004;

/// A BMC, and the account of the exporter there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RedfishSection {
    url: Option<String>,
    username: Option<String>,
    password_file: Option<PathBuf>,
    password_env: Option<String>,
    ca_file: Option<PathBuf>,
    #[serde(default)]
    insecure_skip_verify: bool,
    chassis: Option<String>,
    #[serde(default)]
    method: MethodName,
    poll_period: Option<String>,
    timeout: Option<String>,
}

/// The method of the metrics.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MethodName {
    #[default]
    Integrated,
    Counter,
}

/// Checks the section.
pub(super) fn settings(
    check: &Checker<'_>,
    section: &RedfishSection,
) -> Result<RedfishSettings, ConfigError> {
    let duration = |key, text: &Option<String>, default, least, most| match text {
        Some(text) => check.duration(key, text, least..=most),
        None => Ok(default),
    };
    let (poll_period, timeout) = (&section.poll_period, &section.timeout);
    Ok(RedfishSettings {
        base: base(check, section)?,
        username: name(check, "host.redfish.username", section.username.as_deref())?.ok_or_else(
            || check.missing("host.redfish.username", "the name of an account of the BMC"),
        )?,
        password: password(check, section)?,
        trust: trust(check, section)?,
        chassis: name(check, "host.redfish.chassis", section.chassis.as_deref())?,
        quantity: match section.method {
            MethodName::Integrated => Quantity::Power,
            MethodName::Counter => Quantity::Energy,
        },
        poll_period: duration(
            "host.redfish.poll_period",
            poll_period,
            SECONDS(10),
            SECONDS(1),
            SECONDS(300),
        )?,
        timeout: duration(
            "host.redfish.timeout",
            timeout,
            SECONDS(20),
            Duration::from_millis(100),
            SECONDS(120),
        )?,
    })
}

/// The address, to which a password is sent in clear only within this machine.
fn base(check: &Checker<'_>, section: &RedfishSection) -> Result<BaseUrl, ConfigError> {
    const KEY: &str = "host.redfish.url";
    let Some(url) = &section.url else {
        return Err(check.missing(KEY, "the address of the BMC, as https://bmc.example.org"));
    };
    // The address is not repeated: it might hold a credential.
    let base = BaseUrl::new(url).map_err(|error| check.invalid(KEY, "the value", error))?;
    if base.to_string().starts_with("http://") && !base.is_loopback() {
        let allowed = "https, since others could read the password; http only to this machine";
        return Err(check.invalid(KEY, "an address with http", allowed));
    }
    Ok(base)
}

/// A name that is not empty.
fn name(
    check: &Checker<'_>,
    key: &'static str,
    name: Option<&str>,
) -> Result<Option<String>, ConfigError> {
    let Some(name) = name else { return Ok(None) };
    let is_valid = !name.is_empty()
        && name.chars().count() <= MOST_CHARACTERS
        && !name.chars().any(char::is_control);
    match is_valid {
        true => Ok(Some(name.to_owned())),
        false => {
            let allowed = format!("1 to {MOST_CHARACTERS} characters in one line");
            Err(check.invalid(key, "the value", allowed))
        }
    }
}

/// The place of the password, which no other user may read there.
fn password(check: &Checker<'_>, section: &RedfishSection) -> Result<Credential, ConfigError> {
    const KEY: &str = "host.redfish.password_file";
    let credential = match (&section.password_file, &section.password_env) {
        (Some(path), None) => {
            let path = check.resolve(path);
            refuse_readable_by_others(check, &path)?;
            Credential::File(path)
        }
        (None, Some(name)) => Credential::Environment(name.clone()),
        (Some(_), Some(_)) => {
            let allowed = "password_file or password_env, not both";
            return Err(check.invalid(KEY, "both", allowed));
        }
        (None, None) => {
            let needed = "a file that holds the password of the account alone, or password_env";
            return Err(check.missing(KEY, needed));
        }
    };
    Ok(credential)
}

fn refuse_readable_by_others(check: &Checker<'_>, path: &Path) -> Result<(), ConfigError> {
    // A file that is not there has an error of its own.
    let Ok(metadata) = std::fs::metadata(path) else { return Ok(()) };
    let mode = metadata.permissions().mode();
    if mode & READ_BY_OTHERS == 0 {
        return Ok(());
    }
    let found = format!("{} of mode {:04o}", path.display(), mode & 0o7777);
    let allowed = "a file that other users cannot read: take their rights by `chmod o=`";
    Err(check.invalid("host.redfish.password_file", found, allowed))
}

fn trust(check: &Checker<'_>, section: &RedfishSection) -> Result<TrustSetting, ConfigError> {
    let setting = match (&section.ca_file, section.insecure_skip_verify) {
        (None, false) => TrustSetting::System,
        (None, true) => TrustSetting::Everything,
        (Some(path), false) => TrustSetting::File(check.resolve(path)),
        (Some(_), true) => {
            let allowed = "false beside ca_file, by which certificates are verified";
            return Err(check.invalid("host.redfish.insecure_skip_verify", "true", allowed));
        }
    };
    let readable = setting.read().map(drop);
    readable
        .map_err(|error| check.invalid("host.redfish.ca_file", error, "certificates in PEM"))?;
    Ok(setting)
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions, write};

    use tempfile::TempDir;

    use super::*;
    use crate::config::Config;

    /// A folder with a password that no one else can read.
    fn folder() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let password = folder.path().join("password");
        write(&password, "hunter2\n").unwrap();
        set_permissions(password, Permissions::from_mode(0o640)).unwrap();
        folder
    }

    fn read(folder: &TempDir, host: &str) -> Result<Option<RedfishSettings>, String> {
        let text = format!("intensity: {{source: gb}}\nhost: {host}\n");
        let path = folder.path().join("c.yaml");
        let config = Config::parse(&text, &path, Path::new("nvml.so"));
        config.map(|config| config.host.redfish).map_err(|error| error.to_string())
    }

    const LEAST: &str = "url: https://bmc, username: u, password_file: password";

    #[test]
    fn the_section_has_defaults_and_is_used_by_auto_or_by_name() {
        let folder = folder();
        for host in [
            format!("{{redfish: {{{LEAST}}}}}"),
            format!("{{meters: [redfish], redfish: {{{LEAST}}}}}"),
            format!("{{meters: [rapl, redfish], redfish: {{{LEAST}, method: integrated}}}}"),
        ] {
            let settings = read(&folder, &host).unwrap().unwrap();
            assert_eq!(settings.base.to_string(), "https://bmc", "{host}");
            assert_eq!((settings.poll_period, settings.timeout), (SECONDS(10), SECONDS(20)));
            assert_eq!(
                (settings.trust, settings.quantity),
                (TrustSetting::System, Quantity::Power)
            );
            assert_eq!(settings.password, Credential::File(folder.path().join("password")));
        }
        let counter =
            format!("{{redfish: {{{LEAST}, method: counter, insecure_skip_verify: true}}}}");
        let settings = read(&folder, &counter).unwrap().unwrap();
        assert_eq!(
            (settings.trust, settings.quantity),
            (TrustSetting::Everything, Quantity::Energy)
        );
        assert!(read(&folder, "{meters: auto}").unwrap().is_none());
    }

    #[test]
    fn an_invalid_section_is_named_in_one_line_without_the_password() {
        let folder = folder();
        let open = folder.path().join("open");
        write(&open, "hunter2").unwrap();
        set_permissions(&open, Permissions::from_mode(0o644)).unwrap();
        for (host, expected) in [
            ("{meters: [redfish]}".to_owned(), "host.redfish is missing"),
            (format!("{{meters: [rapl], redfish: {{{LEAST}}}}}"), "a section that no meter uses"),
            (format!("{{meters: none, redfish: {{{LEAST}}}}}"), "a section that no meter uses"),
            (format!("{{redfish: {{{LEAST}, port: 1}}}}"), "port"),
            (format!("{{redfish: {{{LEAST}, method: sum}}}}"), "integrated"),
            (format!("{{redfish: {{{LEAST}, timeout: 1h}}}}"), "host.redfish.timeout"),
            (format!("{{redfish: {{{LEAST}, chassis: ''}}}}"), "host.redfish.chassis"),
            (format!("{{redfish: {{{LEAST}, ca_file: nowhere}}}}"), "host.redfish.ca_file"),
            (format!("{{redfish: {{{LEAST}, ca_file: password}}}}"), "holds no certificate"),
            (
                format!("{{redfish: {{{LEAST}, ca_file: x, insecure_skip_verify: true}}}}"),
                "insecure_skip_verify",
            ),
            (format!("{{redfish: {{{LEAST}, password_env: X}}}}"), "not both"),
            ("{redfish: {username: u, password_file: password}}".to_owned(), "host.redfish.url"),
            ("{redfish: {url: 'https://bmc', password_file: password}}".to_owned(), "username"),
            ("{redfish: {url: 'https://bmc', username: u}}".to_owned(), "password_file"),
            (
                "{redfish: {url: 'http://bmc', username: u, password_file: password}}".to_owned(),
                "https",
            ),
            (
                "{redfish: {url: 'https://u:hunter2@bmc', username: u, password_file: password}}"
                    .to_owned(),
                "host.redfish.url",
            ),
            (
                "{redfish: {url: 'https://bmc', username: u, password_file: open}}".to_owned(),
                "of mode 0644 is not allowed: a file that other users cannot read",
            ),
        ] {
            let error = read(&folder, &host).unwrap_err();
            assert!(error.contains(expected) && !error.contains('\n'), "{host}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let here =
            "{redfish: {url: 'http://127.0.0.1:8000', username: u, password_file: password}}";
        assert!(read(&folder, here).is_ok(), "nothing leaves this machine");
    }
}
