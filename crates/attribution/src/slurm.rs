//! The jobs of Slurm that hold GPUs, from the files that a prolog writes and an epilog removes.
//!
//! Two folders are read: that of gpu-carbon's own prolog, with one file a job, and that of dcgm-exporter
//! (`--hpc-job-mapping-dir`), with one file a GPU and one job a line.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::time::UNIX_EPOCH;

use gpu_carbon_core::Timestamp;
use serde::Deserialize;

/// The longest file that is read, in bytes: a job has some GPUs, and a GPU some jobs.
const LONGEST_FILE: u64 = 64 * 1024;

/// The most files of a folder that are read: a node has some GPUs, and each of them some jobs.
const MOST_FILES: usize = 4096;

/// The most GPUs of jobs that the files of a folder name.
const MOST_HOLDINGS: usize = 10_000;

/// The most characters in the number of a job.
const LONGEST_ID: usize = 64;

/// The id of a job: digits, or what an array or another scheduler makes of it, such as `123_4`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(String);

/// A GPU as a scheduler names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GpuName {
    /// The number of a GPU: of its device file, or in the order of NVML.
    Number(u32),
    /// The UUID that NVML reports, of a GPU or a MIG instance.
    Uuid(String),
    /// A MIG instance by its number.
    Instance {
        /// The number of the GPU.
        number: u32,
        /// The number of the GPU instance.
        instance: u32,
    },
}

/// A job and the GPUs that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFile {
    /// The job.
    pub job: JobId,
    /// The GPUs, each once.
    pub gpus: Vec<GpuName>,
    /// The time from which the job holds them: the last change of the file.
    pub since: Timestamp,
}

/// The jobs of a folder.
#[derive(Debug, Default)]
pub struct Jobs {
    /// The jobs of the files that could be read.
    pub jobs: Vec<JobFile>,
    /// The first file that could not be read, and its error.
    pub error: Option<(String, JobFileError)>,
}

/// An error of a file in which a job and its GPUs should stand.
#[derive(Debug, thiserror::Error)]
pub enum JobFileError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// The file is none, such as a pipe, which would block its reader.
    #[error("it is not a regular file: a prolog writes one")]
    NotAFile,
    /// The file is too long.
    #[error("the file has more than {LONGEST_FILE} bytes: a prolog writes one job and its GPUs")]
    TooLong,
    /// The file is not the JSON that the prolog writes.
    #[error("not the JSON of a job, such as {{\"job\": \"123\", \"gpus\": \"0,1\"}}: {}", one_line(.0))]
    Json(#[from] serde_json::Error),
    /// A job's id that is not a valid one.
    #[error("the job {0:?} is not a number such as 123 or 123_4, of {LONGEST_ID} letters at most")]
    Job(String),
    /// A GPU's name is not one.
    #[error("the GPU {0:?} is neither a number nor a UUID such as GPU-8a1b...")]
    Gpu(String),
    /// The folder has too many files.
    #[error("the folder has more than {MOST_FILES} files: are old ones not removed by the epilog?")]
    TooMany,
    /// The files name too many GPUs of jobs.
    #[error(
        "the files of the folder name more than {MOST_HOLDINGS} GPUs of jobs: are old ones not removed by the epilog?"
    )]
    TooManyHoldings,
}

impl JobFileError {
    /// The kind, for the `error` label: `permission`, `not_found`, `read` or `parse`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            JobFileError::Read(error) => kind_of(error),
            JobFileError::NotAFile => "read",
            _ => "parse",
        }
    }
}

/// The kind of an error of a file, for the `error` label: `permission`, `not_found` or `read`.
#[must_use]
pub fn kind_of(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission",
        io::ErrorKind::NotFound => "not_found",
        _ => "read",
    }
}

/// The error of a JSON text, whose own message may quote a line's end.
fn one_line(error: &serde_json::Error) -> String {
    error.to_string().escape_debug().to_string()
}

impl JobId {
    /// The id of a job, from letters, digits, `_`, `-`, `+` and `.`.
    ///
    /// # Errors
    ///
    /// [`JobFileError::Job`] for another text.
    pub fn new(text: &str) -> Result<JobId, JobFileError> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+.".contains(&byte);
        if (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(JobId(text.to_owned()))
        } else {
            Err(JobFileError::Job(text.chars().take(LONGEST_ID).collect()))
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The job as the name of a workload: `slurm:123`.
impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slurm:{}", self.0)
    }
}

impl GpuName {
    /// A number such as `0`, or a UUID that begins with `GPU-` or `MIG-`.
    ///
    /// # Errors
    ///
    /// [`JobFileError::Gpu`] for another text.
    pub fn new(text: &str) -> Result<GpuName, JobFileError> {
        let is_uuid = (text.starts_with("GPU-") || text.starts_with("MIG-"))
            && text.len() <= 128
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-/".contains(&byte));
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if is_number => Ok(GpuName::Number(number)),
            _ if is_uuid => Ok(GpuName::Uuid(text.to_owned())),
            _ => Err(JobFileError::Gpu(text.chars().take(128).collect())),
        }
    }
}

/// The file of a job, as the prolog writes it. Other keys are left alone, so that a site may add its own.
#[derive(Deserialize)]
struct Written {
    job: String,
    gpus: String,
}

/// Reads the text of a job's file: `{"job": "123", "gpus": "0,1"}`, with GPUs as `SLURM_JOB_GPUS` has them. A job without
/// GPUs holds none.
///
/// # Errors
///
/// If the text is not such JSON, or names no job or no GPU.
pub fn read_job(text: &str, since: Timestamp) -> Result<JobFile, JobFileError> {
    let Written { job, gpus } = serde_json::from_str(text)?;
    let names = gpus.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut gpus = names.map(GpuName::new).collect::<Result<Vec<_>, _>>()?;
    gpus.sort_unstable();
    gpus.dedup();
    Ok(JobFile { job: JobId::new(&job)?, gpus, since })
}

/// Reads the text of a GPU's file in the folder of dcgm-exporter: one job a line. The file's name is the number of the
/// GPU, maybe with that of a GPU instance after a dot.
///
/// # Errors
///
/// If the name has no GPU, or a line no job.
pub fn read_gpu(name: &str, text: &str, since: Timestamp) -> Result<Vec<JobFile>, JobFileError> {
    let gpu = match name.split_once('.') {
        None => GpuName::new(name)?,
        Some((gpu, instance)) => match (GpuName::new(gpu)?, GpuName::new(instance)?) {
            (GpuName::Number(number), GpuName::Number(instance)) => {
                GpuName::Instance { number, instance }
            }
            _ => return Err(JobFileError::Gpu(name.to_owned())),
        },
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let job = |line| Ok(JobFile { job: JobId::new(line)?, gpus: vec![gpu.clone()], since });
    lines.map(job).collect()
}

/// Reads the folder of gpu-carbon's prolog: each file whose name ends in `.json`.
///
/// # Errors
///
/// If the folder cannot be read. A file that cannot be read is reported in [`Jobs::error`].
pub fn read_jobs(folder: &Path) -> io::Result<Jobs> {
    read_folder(
        folder,
        |name| name.ends_with(".json"),
        |_, text, since| Ok(vec![read_job(text, since)?]),
    )
}

/// Reads the folder of dcgm-exporter: each file whose name has digits and dots alone.
///
/// # Errors
///
/// As [`read_jobs`].
pub fn read_dcgm_mapping(folder: &Path) -> io::Result<Jobs> {
    let is_wanted = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    read_folder(folder, is_wanted, read_gpu)
}

fn read_folder(
    folder: &Path,
    is_wanted: fn(&str) -> bool,
    parse: fn(&str, &str, Timestamp) -> Result<Vec<JobFile>, JobFileError>,
) -> io::Result<Jobs> {
    let mut read = Jobs::default();
    let names = fs::read_dir(folder)?.flatten().map(|entry| entry.file_name());
    let names = names.filter_map(|name| name.into_string().ok()).filter(|name| is_wanted(name));
    let mut holdings = 0;
    for (count, name) in names.enumerate() {
        if count >= MOST_FILES {
            read.error = read.error.or(Some((name, JobFileError::TooMany)));
            break;
        }
        match read_file(&folder.join(&name)) {
            // Removed since the folder was listed.
            Err(JobFileError::Read(error)) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => read.error = read.error.or(Some((name, error))),
            Ok((text, since)) => match parse(&name, &text, since) {
                Ok(jobs) => {
                    holdings += jobs.iter().map(|job| job.gpus.len()).sum::<usize>();
                    if holdings > MOST_HOLDINGS {
                        read.error = read.error.or(Some((name, JobFileError::TooManyHoldings)));
                        break;
                    }
                    read.jobs.extend(jobs);
                }
                Err(error) => read.error = read.error.or(Some((name, error))),
            },
        }
    }
    Ok(read)
}

/// The text of a file, and the time of its last change.
fn read_file(path: &Path) -> Result<(String, Timestamp), JobFileError> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(JobFileError::NotAFile);
    }
    let (file, since) = (File::open(path)?, modified(&metadata));
    let mut text = String::new();
    let length = file.take(LONGEST_FILE + 1).read_to_string(&mut text)?;
    let is_too_long = u64::try_from(length).unwrap_or(u64::MAX) > LONGEST_FILE;
    if is_too_long { Err(JobFileError::TooLong) } else { Ok((text, since)) }
}

/// The time of the last change of a file or folder.
#[must_use]
pub fn modified(metadata: &Metadata) -> Timestamp {
    let modified = metadata.modified().ok();
    let since_epoch = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let micros = since_epoch.and_then(|time| i64::try_from(time.as_micros()).ok());
    Timestamp::from_unix_micros(micros.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_unix_seconds(1_795_444_800);

    fn number(number: u32) -> GpuName {
        GpuName::Number(number)
    }

    #[test]
    fn the_file_of_a_job_is_read() {
        let job = read_job(r#"{"job": "123", "gpus": "1,0,1", "partition": "p"}"#, AT).unwrap();
        assert_eq!(job.job.to_string(), "slurm:123");
        assert_eq!((job.gpus, job.since), (vec![number(0), number(1)], AT));
        assert_eq!(read_job(r#"{"job": "9", "gpus": ""}"#, AT).unwrap().gpus, []);
        let uuid = "GPU-8a1bfe3c-0000-4000-8000-000000000000";
        let job = read_job(&format!(r#"{{"job": "1_2", "gpus": "{uuid}, 3"}}"#), AT).unwrap();
        assert_eq!(job.gpus, [number(3), GpuName::Uuid(uuid.to_owned())]);
    }

    #[test]
    fn another_text_is_refused_in_one_line() {
        for text in [
            "",
            "123",
            "{\"job\": \"1\n2\", \"gpus\": \"0\"}",
            r#"{"job": "", "gpus": "0"}"#,
            r#"{"job": "a b", "gpus": "0"}"#,
            r#"{"job": "1", "gpus": "gpu:2"}"#,
            r#"{"job": "1", "gpus": "+1"}"#,
            r#"{"job": "1", "gpus": "99999999999"}"#,
        ] {
            let error = read_job(text, AT).unwrap_err();
            assert!(!error.to_string().contains('\n'), "{error}");
            assert_eq!(error.kind(), "parse");
        }
    }

    #[test]
    fn a_gpu_of_dcgm_exporter_has_a_job_a_line() {
        let jobs = read_gpu("3", "17\n\n18\n", AT).unwrap();
        let ids: Vec<&str> = jobs.iter().map(|job| job.job.as_str()).collect();
        assert_eq!(ids, ["17", "18"]);
        assert!(jobs.iter().all(|job| job.gpus == [number(3)]));
        let instance = GpuName::Instance { number: 0, instance: 7 };
        assert_eq!(read_gpu("0.7", "17", AT).unwrap()[0].gpus, [instance]);
        assert_eq!(read_gpu("0", "", AT).unwrap(), []);
        for (name, text) in [("gpu0", "1"), ("0.x", "1"), ("0", "1 2"), ("0.GPU-1", "1")] {
            assert!(read_gpu(name, text, AT).is_err(), "{name} {text}");
        }
    }

    #[test]
    fn folders_are_read_as_far_as_they_can_be() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(root.path().join(name), text).unwrap();
        write("123.json", r#"{"job": "123", "gpus": "0"}"#);
        write("bad.json", "{");
        write("long.json", &" ".repeat(100_000));
        write(".124.json.new", "{");
        write("1", "125\n");
        let Jobs { jobs, error } = read_jobs(root.path()).unwrap();
        assert_eq!(jobs.len(), 1);
        assert!(jobs[0].since > AT - gpu_carbon_core::Span::from_days(3650), "{:?}", jobs[0].since);
        assert_eq!(error.unwrap().1.kind(), "parse");
        let Jobs { jobs, error } = read_dcgm_mapping(root.path()).unwrap();
        assert!(jobs.len() == 1 && error.is_none(), "{jobs:?} {error:?}");
        let missing = read_jobs(&root.path().join("missing")).unwrap_err();
        assert_eq!(kind_of(&missing), "not_found");
    }
}
