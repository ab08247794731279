//! The files in which a prolog of Slurm writes jobs: any text is read as jobs and GPUs, or refused in one line.

use gpu_carbon_attribution::JobFile;
use gpu_carbon_attribution::slurm::{read_gpu, read_job};
use gpu_carbon_core::Timestamp;

use crate::is_one_line;

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let at = Timestamp::EPOCH;
    let check = |JobFile { job, gpus, since }: JobFile| {
        let name = job.to_string();
        assert!(name.len() <= 70 && name.bytes().all(|byte| byte.is_ascii_graphic()), "{name:?}");
        assert!(gpus.is_sorted_by(|before, after| before < after) && since == at);
    };
    match read_job(text, at) {
        Ok(job) => check(job),
        Err(error) => is_one_line(&error),
    }
    // The name of a file, and its lines.
    let (name, lines) = text.split_once('\n').unwrap_or((text, ""));
    match read_gpu(name, lines, at) {
        Ok(jobs) => jobs.into_iter().for_each(check),
        Err(error) => is_one_line(&error),
    }
}
