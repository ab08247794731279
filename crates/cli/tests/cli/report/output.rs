//! The report while it is written: piece by piece, and to outputs that fail.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::process::Command;

use super::ledgers::{gpus, ledger};
use crate::harness::{gpu_carbon, outcome};

/// An output that counts the longest piece.
#[derive(Default)]
struct Pieces {
    written: Vec<u8>,
    longest: usize,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.longest = self.longest.max(bytes.len());
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_long_history_is_written_piece_by_piece() {
    let (_folder, path, _ledger) = ledger(gpus());
    let line = ["report", "--format", "openmetrics", "--ledger", path.to_str().unwrap()];
    let mut pieces = Pieces::default();
    gpu_carbon_cli::write(["gpu-carbon"].into_iter().chain(line).map(Into::into), &mut pieces)
        .unwrap();
    assert_eq!(pieces.written, gpu_carbon(line).out.into_bytes());
    assert!(pieces.written.len() > 50_000 && pieces.longest < 1000, "{} bytes", pieces.longest);
}

#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_not() {
    let (_folder, path, _ledger) = ledger(gpus());
    for line in ["", "--format openmetrics"] {
        let ask = |to: File| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
            command.args(["report", "--ledger"]).arg(&path).args(line.split_whitespace());
            let outcome = outcome(command.stdout(to));
            (outcome.status, outcome.err)
        };
        let full = ask(File::options().write(true).open("/dev/full").unwrap());
        let error = "gpu-carbon: cannot write the answer: No space left on device (os error 28)\n";
        assert_eq!(full, (Some(1), error.to_owned()), "{line}");
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        assert_eq!(ask(OwnedFd::from(writer).into()), (Some(0), String::new()), "{line}");
    }
}
