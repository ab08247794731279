//! The free memory that the allocator keeps for later.

/// The number of arenas. The threads allocate little at a time, and wait for one another hardly ever.
#[cfg(target_env = "gnu")]
const MOST_ARENAS: i32 = 2;

/// The length in bytes from which memory comes from the kernel by itself, and goes back to it when it is freed: a page of metrics with
/// hundreds of workloads is shorter, and a long answer of a service is longer.
#[cfg(target_env = "gnu")]
const MAPPED_FROM: i32 = 512 << 10;

/// The most free memory at the end of an arena, in bytes: what a page of metrics takes while it is written.
#[cfg(target_env = "gnu")]
const MOST_FREE: i32 = 1 << 20;

/// Limits the free memory that glibc keeps.
///
/// Each thread that allocates beside others gets an arena: under many scrapes, what each of them keeps grows for minutes, by a third
/// of the whole. And after the first long block is freed, others of its length come from an arena, which keeps their memory: one answer
/// of 8 MB would double the memory of the process for good.
pub fn limit_free_memory() {
    #[cfg(target_env = "gnu")]
    for (setting, value) in [
        (libc::M_ARENA_MAX, MOST_ARENAS),
        (libc::M_MMAP_THRESHOLD, MAPPED_FROM),
        (libc::M_TRIM_THRESHOLD, MOST_FREE),
    ] {
        // SAFETY: it changes a setting of the allocator, which takes a lock for it.
        #[allow(unsafe_code, reason = "a function of C")]
        unsafe {
            // It returns 0 where it does not know the setting, and all stays as it is.
            let _ = libc::mallopt(setting, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use procfs::process::Process;

    use super::*;

    fn anonymous_kilobytes() -> u64 {
        Process::myself().unwrap().status().unwrap().rssanon.unwrap()
    }

    #[test]
    #[cfg(target_env = "gnu")]
    fn the_memory_of_long_answers_goes_back_to_the_kernel() {
        limit_free_memory();
        let before = anonymous_kilobytes();
        for _ in 0..3 {
            // As an answer is read: in blocks that double.
            let mut answer = Vec::new();
            (0..8 << 20).for_each(|it: u32| answer.push(it.to_le_bytes()[0]));
            assert!(anonymous_kilobytes() > before + (6 << 10), "the answer is in the memory");
            drop(answer);
            let after = anonymous_kilobytes();
            assert!(after < before + (2 << 10), "{after} kB, and {before} kB before");
        }
    }
}
