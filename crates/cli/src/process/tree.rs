//! The descendants of a process.

use std::collections::HashMap;
use std::fs;
use std::io;

use super::identity::Stat;

/// Reads the state of all descendants of a process, those of `apart` included and itself not. Where a parent has ended, its
/// children belong to the nearest ancestor that adopts them; the runner and the guard do.
///
/// # Errors
///
/// Where `/proc` cannot be read.
pub(super) fn descendants(root: i32, apart: Option<i32>) -> io::Result<Vec<Stat>> {
    let mut children: HashMap<i32, Vec<Stat>> = HashMap::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let pid = name.to_str().and_then(|name| name.parse().ok());
        // A process may end meanwhile.
        if let Some(stat) = pid.and_then(Stat::of) {
            children.entry(stat.parent).or_default().push(stat);
        }
    }
    let mut found = Vec::new();
    let mut next = vec![root];
    while let Some(parent) = next.pop() {
        for stat in children.remove(&parent).into_iter().flatten() {
            next.push(stat.identity.pid);
            if Some(stat.identity.pid) != apart && !stat.has_ended() {
                found.push(stat);
            }
        }
    }
    Ok(found)
}
