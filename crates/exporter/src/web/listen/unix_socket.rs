//! A Unix socket and its file, which is removed with it.

use std::fs::{remove_file, symlink_metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

/// The file of a Unix socket that this process has made. Dropping it removes the file, if it is still the same one.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    id: FileId,
}

/// A file's device, number and time of modification, which a socket keeps from its creation: a new file may get the
/// number of a removed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId {
    device: u64,
    number: u64,
    modified: (i64, i64),
}

/// Listens on a path. A socket on which no process listens any more is replaced; every other file is left as it is.
///
/// # Errors
///
/// If another process listens there, if the path is no socket, and those of the system.
#[expect(clippy::disallowed_methods, reason = "one of the places that listen")]
pub(super) fn listen(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    remove_stale(path)?;
    let listener = UnixListener::bind(path)?;
    let id = id(path)?;
    Ok((listener, SocketFile { path: path.to_owned(), id }))
}

fn remove_stale(path: &Path) -> io::Result<()> {
    let metadata = match symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    if !metadata.file_type().is_socket() {
        let reason = "the file exists and is no socket; it is left as it is";
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, reason));
    }
    // A process that is too busy to accept must not delay this one.
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let client = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    match connect(&client, &SocketAddrUnix::new(path)?) {
        Ok(()) | Err(Errno::AGAIN) => Err(Errno::ADDRINUSE.into()),
        Err(Errno::CONNREFUSED) => remove_file(path),
        Err(error) => Err(error.into()),
    }
}

fn id(path: &Path) -> io::Result<FileId> {
    let metadata = symlink_metadata(path)?;
    let modified = (metadata.mtime(), metadata.mtime_nsec());
    Ok(FileId { device: metadata.dev(), number: metadata.ino(), modified })
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if id(&self.path).ok() == Some(self.id) {
            let _ = remove_file(&self.path); // the next start replaces it
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_socket_is_replaced_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exporter.sock");
        let (listener, file) = listen(&path).unwrap();
        assert_eq!(listen(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        drop(listener);
        std::thread::sleep(std::time::Duration::from_millis(20)); // more than a step of the file system's clock
        // As after a crash: the file is there, and no one listens.
        let (_second, second_file) = listen(&path).unwrap();
        drop(file);
        assert!(path.exists(), "the file of the second");
        drop(second_file);
        assert!(!path.exists());
        std::fs::write(&path, "text").unwrap();
        assert_eq!(listen(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
        let link = folder.path().join("link.sock");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(listen(&link).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
