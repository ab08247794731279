//! The exporter's configuration.

use std::path::Path;

use gpu_carbon_exporter::config::Config;

/// A wrong file is refused in one line that names it.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let (file, library) = (Path::new("exporter.yaml"), Path::new("libnvidia-ml.so.1"));
    if let Err(error) = Config::parse(text, file, library) {
        crate::is_one_line(&error);
        assert!(error.to_string().contains("exporter.yaml"), "{error}");
    }
}
