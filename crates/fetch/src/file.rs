//! Files that users name, which may be pipes: a slow writer is waited for, and one that never comes is not.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;

/// The time for which a named pipe may be without a writer, in seconds: the program that writes may be about to start.
const WRITER_PATIENCE: i64 = 5;

/// Reads a file, or a pipe such as that of `<(command)` until its writer closes it, up to a number of bytes.
///
/// # Errors
///
/// When the file cannot be read, and when no program opens a named pipe for writing within five seconds.
pub fn read_file(path: &Path, most_bytes: u64) -> io::Result<Vec<u8>> {
    read_within(path, most_bytes, WRITER_PATIENCE)
}

fn read_within(path: &Path, most_bytes: u64, patience_seconds: i64) -> io::Result<Vec<u8>> {
    // Without this flag, opening a pipe would wait for its writer, however long that takes.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let is_file = file.metadata()?.is_file();
    let mut reader = (&file).take(most_bytes);
    let mut content = Vec::new();
    let mut has_writer = is_file;
    loop {
        match reader.read_to_end(&mut content) {
            Ok(_) if content.is_empty() && !has_writer => {
                if !wait(&file, Some(patience_seconds))? {
                    let text =
                        format!("no program writes to this pipe within {patience_seconds} s");
                    return Err(io::Error::new(ErrorKind::TimedOut, text));
                }
                has_writer = true;
            }
            Ok(_) => return Ok(content),
            // The writer is there, and slow.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                wait(&file, None)?;
                has_writer = true;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Waits until a pipe has data, or its writer has closed it; `false` if neither happens in time.
fn wait(pipe: &File, seconds: Option<i64>) -> io::Result<bool> {
    let timeout = seconds.map(|tv_sec| Timespec { tv_sec, tv_nsec: 0 });
    loop {
        match poll(&mut [PollFd::new(pipe, PollFlags::IN)], timeout.as_ref()) {
            Err(Errno::INTR) => {}
            polled => return Ok(polled? > 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::sync::mpsc::channel;
    use std::thread;

    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    #[test]
    fn a_pipe_without_a_writer_is_an_error_and_a_slow_writer_is_none() {
        let folder = std::env::temp_dir().join(format!("gpu-carbon-pipe-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let pipe = folder.join("pipe");
        mkfifoat(CWD, &pipe, Mode::RUSR | Mode::WUSR).unwrap();
        let error = read_within(&pipe, 9, 0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.to_string().starts_with("no program writes to this pipe"), "{error}");

        // Each part is written after the one before was surely read: the pipe is empty, and the writer stays.
        let (go, may_write) = channel();
        let path = pipe.clone();
        let writer = thread::spawn(move || {
            let mut pipe = OpenOptions::new().write(true).open(path).unwrap();
            for part in ["ab", "cd"] {
                may_write.recv().unwrap();
                pipe.write_all(part.as_bytes()).unwrap();
            }
        });
        let path = pipe.clone();
        let reader = thread::spawn(move || read_file(&path, 9));
        for _ in 0..2 {
            thread::sleep(std::time::Duration::from_millis(50));
            go.send(()).unwrap();
        }
        assert_eq!(reader.join().unwrap().unwrap(), b"abcd");
        writer.join().unwrap();
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_pipe_that_its_writer_has_closed_and_a_device_have_an_end() {
        let (read_end, mut write_end) = io::pipe().unwrap();
        let path = format!("/proc/self/fd/{}", read_end.as_raw_fd());
        write_end.write_all(b"12345").unwrap();
        drop(write_end);
        assert_eq!(read_within(Path::new(&path), 4, 0).unwrap(), b"1234");
        assert_eq!(read_within(Path::new(&path), 9, 0).unwrap(), b"5");
        assert_eq!(read_within(Path::new(&path), 9, 0).unwrap(), b"", "it stays closed");
        assert_eq!(read_within(Path::new("/dev/null"), 9, 0).unwrap(), b"");
        assert_eq!(read_within(Path::new("/dev/zero"), 3, 0).unwrap(), [0; 3]);
    }
}
