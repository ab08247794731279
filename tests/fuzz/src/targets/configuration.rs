//! The exporter's configuration.

use std::path::Path;

use gpu_carbon_exporter::config::Config;

/// What is wrong is said in one line, and names the file.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let (file, library) = (Path::new("exporter.yaml"), Path::new("libnvidia-ml.so.1"));
    if let Err(error) = Config::parse(text, file, library) {
        crate::is_one_line(&error);
        assert!(error.to_string().contains("exporter.yaml"), "{error}");
    }
}
