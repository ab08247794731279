//! Tests in processes of their own: the library reads the path of its script from the environment, and is loaded once.
#![allow(clippy::unwrap_used, dead_code, reason = "each test program uses a part of it")]

use fake_nvml::{Gpu, Model, SCRIPT_VARIABLE, Script, built_library};
use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;
use std::{env, fs};

/// The environment variable with the name of the test that a child runs.
const CHILD: &str = "FAKE_NVML_TEST";

/// An H100 with this power, whose driver was loaded in September 2026.
pub(crate) fn gpu(index: usize, power: &str) -> Gpu {
    Gpu {
        power: power.parse().unwrap(),
        loaded_at: 1_790_000_000.0,
        ..Gpu::preset(Model::H100, index)
    }
}

/// The script file of a test, and the library that reads it.
pub(crate) struct Fake {
    path: PathBuf,
}

impl Fake {
    /// Runs `body` in a child of this test program, with `script` in force.
    ///
    /// The child is the same program, which runs only the test of this `name` and calls this function again.
    pub(crate) fn run(name: &str, script: &Script, body: impl FnOnce(&Self)) {
        if env::var_os(CHILD).is_some_and(|child| child == name) {
            return body(&Self { path: env::var_os(SCRIPT_VARIABLE).unwrap().into() });
        }
        let path = env::temp_dir().join(format!("fake-nvml-{name}-{}.toml", std::process::id()));
        script.write(&path).unwrap();
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", name, "--nocapture"]).env(CHILD, name).env(SCRIPT_VARIABLE, &path);
        let output = child.output().unwrap();
        fs::remove_file(&path).unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }

    /// Loads and initialises the library.
    pub(crate) fn init(&self) -> Result<Nvml, NvmlError> {
        Nvml::builder().lib_path(built_library().unwrap().as_os_str()).init()
    }

    /// Replaces the script, and waits until the library reads it.
    pub(crate) fn change(&self, script: &Script) {
        self.overwrite(&script.to_toml().unwrap());
    }

    /// Replaces the text of the script, and waits until the library reads it.
    pub(crate) fn overwrite(&self, text: &str) {
        let draft = self.path.with_extension("new");
        fs::write(&draft, text).unwrap();
        fs::rename(&draft, &self.path).unwrap();
        sleep(Duration::from_millis(60));
    }

    /// Removes the script's file, and waits until the library detects it.
    pub(crate) fn remove(&self) {
        fs::remove_file(&self.path).unwrap();
        sleep(Duration::from_millis(60));
    }
}
