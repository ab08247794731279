//! The file of `--web.config.file`.

use std::path::Path;

use gpu_carbon_exporter::web::Auth;

/// A wrong file is refused in one line that names it.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    if let Err(error) = Auth::parse(Path::new("web.yml"), text) {
        crate::is_one_line(&error);
        assert!(error.to_string().contains("web.yml"), "{error}");
    }
}
