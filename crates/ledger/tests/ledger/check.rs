//! The check before a start: it says what the start finds, and changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_ledger::{Checked, CheckedContent, Ledger, OpenError, Opened, check};

use crate::fixtures::{at, batch, folder, gpu, posting, presence};

/// The name and content of each file beside a ledger, without the index of the log: within one process it is shared memory,
/// in which readers record what they read.
fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(path.parent().unwrap()).unwrap().map(Result::unwrap);
    let entries = entries.filter(|it| !it.file_name().to_string_lossy().ends_with("-shm"));
    entries
        .map(|it| {
            (it.file_name().to_string_lossy().into_owned(), fs::read(it.path()).unwrap_or_default())
        })
        .collect()
}

/// The outcome of a check, which changes nothing.
#[track_caller]
fn checked(path: &Path) -> Result<Checked, OpenError> {
    let before = files(path);
    let checked = check(path);
    assert!(files(path) == before, "a file was changed");
    checked
}

fn write(ledger: &mut Ledger) {
    let used = vec![posting(0, Some(Quality::Measured), 100.0, 0.5), posting(300, None, 1.0, 0.0)];
    ledger.write(&batch(vec![gpu(0, used, vec![presence(0, 300.0)])])).unwrap();
}

const SOUND: CheckedContent = CheckedContent::Sound { signal: Some(Signal::Average) };

#[test]
fn the_check_agrees_with_the_start() {
    let (_folder, path) = folder();
    assert_eq!(checked(&path).unwrap().content, CheckedContent::Missing);
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    write(&mut ledger);
    let running = checked(&path).unwrap();
    assert_eq!(running, Checked { content: SOUND, is_locked: true }, "beside its writer");
    drop(ledger);
    assert_eq!(checked(&path).unwrap(), Checked { content: SOUND, is_locked: false });

    // Wherever a byte is damaged, both find it, or neither does.
    let sound = fs::read(&path).unwrap();
    for place in (0..sound.len()).step_by(211) {
        let mut damaged = sound.clone();
        damaged[place] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        let found = checked(&path);
        let opened = Ledger::open(&path, at(0));
        match (&found, &opened) {
            (Ok(Checked { content: CheckedContent::Damaged { .. }, .. }), Ok((_, opened))) => {
                assert!(matches!(opened, Opened::Quarantined { .. }), "byte {place}: {opened:?}");
            }
            (Ok(Checked { content: CheckedContent::Sound { .. }, .. }), Ok((_, opened))) => {
                assert_eq!(opened, &Opened::Continued, "byte {place}");
            }
            (Err(found), Err(opened)) => assert_eq!(found.to_string(), opened.to_string()),
            _ => panic!("byte {place}: {found:?}, and {opened:?}"),
        }
    }
}

#[test]
fn what_a_start_refuses_is_refused() {
    let (_folder, path) = folder();
    drop(Ledger::open(&path, at(0)).unwrap());
    let mut newer = fs::read(&path).unwrap();
    newer[60..64].copy_from_slice(&i32::MAX.to_be_bytes()); // SQLite's user_version
    for bytes in [&newer[..], b"timestamp_utc,gco2_per_kwh\n"] {
        fs::write(&path, bytes).unwrap();
        let error = checked(&path).unwrap_err().to_string();
        assert_eq!(error, Ledger::open(&path, at(0)).unwrap_err().to_string());
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(checked(&path), Err(OpenError::NotAFile { .. })));
    let nowhere = path.join("nowhere/ledger.db");
    let error = check(&nowhere).unwrap_err().to_string();
    assert_eq!(error, Ledger::open(&nowhere, at(0)).unwrap_err().to_string());
}

#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    let (folder, path) = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let can_write_anywhere = fs::File::create(folder.path().join("x")).is_ok();
    let found = check(&path);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // The user root may write there.
    assert_eq!(found.is_ok(), can_write_anywhere, "{found:?}");
}
