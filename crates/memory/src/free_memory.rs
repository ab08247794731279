//! The arenas of the allocator.

/// The number of arenas. The threads allocate little at a time, and wait for one another hardly ever.
#[cfg(target_env = "gnu")]
const MOST_ARENAS: i32 = 2;

/// Limits the arenas of glibc, of which each thread that allocates beside others gets its own: under many scrapes, memory that
/// each of them keeps for later grows for minutes, by a third of the whole.
pub fn limit_arenas() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it changes a setting of the allocator, which takes a lock for it.
    #[allow(unsafe_code, reason = "a function of C")]
    unsafe {
        // It returns 0 where it does not know the setting, and all stays as it is.
        let _ = libc::mallopt(libc::M_ARENA_MAX, MOST_ARENAS);
    }
}
