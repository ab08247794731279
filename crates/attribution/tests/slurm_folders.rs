//! Folders of jobs of Slurm with files that are none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

use std::fs;
use std::os::unix::fs::symlink;

use gpu_carbon_attribution::slurm::{Jobs, read_jobs};

#[test]
fn a_pipe_a_device_and_a_folder_are_errors_and_block_no_other_file() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    fs::write(path("9.json"), r#"{"job": "9", "gpus": "0"}"#).unwrap();
    let makers: [(&str, &dyn Fn()); 3] = [
        ("pipe", &|| {
            let made = std::process::Command::new("mkfifo").arg(path("1.json")).status();
            assert!(made.unwrap().success());
        }),
        ("device", &|| symlink("/dev/zero", path("1.json")).unwrap()),
        ("folder", &|| fs::create_dir(path("1.json")).unwrap()),
    ];
    for (what, make) in makers {
        make();
        let Jobs { jobs, error } = read_jobs(root.path()).unwrap();
        assert_eq!(jobs.len(), 1, "{what}");
        let (file, error) = error.unwrap();
        assert_eq!((file.as_str(), error.kind()), ("1.json", "read"), "{what}: {error}");
        let _ = fs::remove_file(path("1.json"));
    }
}

#[test]
fn files_with_endless_lists_of_gpus_take_no_endless_memory() {
    let root = tempfile::tempdir().unwrap();
    for job in 0..40 {
        let gpus: Vec<String> = (0..1000).map(|gpu| gpu.to_string()).collect();
        let text = format!(r#"{{"job": "{job}", "gpus": "{}"}}"#, gpus.join(","));
        fs::write(root.path().join(format!("{job}.json")), text).unwrap();
    }
    let Jobs { jobs, error } = read_jobs(root.path()).unwrap();
    assert_eq!(jobs.len(), 10);
    assert!(error.unwrap().1.to_string().contains("more than 10000 GPUs"));
}
