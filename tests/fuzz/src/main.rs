//! One target under libFuzzer: the one that `FUZZ_TARGET` names. `cargo xtask fuzz` builds and runs it.
#![cfg_attr(feature = "libfuzzer", no_main)]

#[cfg(feature = "libfuzzer")]
mod under_libfuzzer {
    use std::sync::OnceLock;

    use gpu_carbon_fuzz::{TARGETS, Target};

    static TARGET: OnceLock<&Target> = OnceLock::new();

    /// The target that the variable names. Without it there is nothing to do but to report that on standard error.
    #[allow(clippy::print_stderr, clippy::exit, reason = "libFuzzer has its own main")]
    fn target() -> &'static Target {
        TARGET.get_or_init(|| {
            let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
            TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| {
                let names = TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
                eprintln!("FUZZ_TARGET is `{name}`, and must be one of {names}");
                std::process::exit(2)
            })
        })
    }

    libfuzzer_sys::fuzz_target!(
        init: {
            target();
        },
        |input: &[u8]| (target().run)(input)
    );
}

#[cfg(not(feature = "libfuzzer"))]
#[allow(clippy::print_stderr, reason = "the message of the program")]
fn main() -> std::process::ExitCode {
    eprintln!(
        "this program is built without libFuzzer; `cargo xtask fuzz` builds it with libFuzzer"
    );
    std::process::ExitCode::FAILURE
}
